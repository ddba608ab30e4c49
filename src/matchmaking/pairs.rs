//! Lists of pairs of populations, as some matchmakers use them.

use crate::fault::Fault;
use crate::world::Sizes;
use std::collections::BTreeSet;

/// The pairs as text.
pub(super) fn listed(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(a, b)| format!("{a} and {b}")).collect::<Vec<_>>().join(", ")
}

/// The populations that `own` is paired with, by number, either way round.
pub(super) fn met_by(pairs: &[(String, String)], sizes: &Sizes, own: &str) -> BTreeSet<usize> {
    let other = |(a, b): &(String, String)| match (a == own, b == own) {
        (true, _) => sizes.number(b),
        (_, true) => sizes.number(a),
        _ => None,
    };
    pairs.iter().filter_map(other).collect()
}

/// Every name with its place in the list.
pub(super) fn names(pairs: &[(String, String)]) -> Vec<(String, &str)> {
    let numbered = pairs.iter().enumerate();
    numbered.flat_map(|(i, (a, b))| [(format!("[{i}][0]"), a.as_str()), (format!("[{i}][1]"), b.as_str())]).collect()
}

/// The faults of a list of pairs, whatever it is used for.
pub(super) fn faults(pairs: &[(String, String)]) -> Vec<Fault> {
    if pairs.is_empty() {
        return vec![Fault::new("", "no pairs", "expected `(\"population\", \"population\")`, at least one")];
    }
    let mut given = BTreeSet::new();
    let twice = pairs.iter().enumerate().filter(|(_, (a, b))| !given.insert((a.min(b), a.max(b))));
    twice.map(|(i, _)| Fault::new(format!("[{i}]"), "this pair is given twice", "expected another pair")).collect()
}
