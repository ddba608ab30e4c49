//! Fixed pairs of populations: every member of one meets every member of the other.

use super::groups::{every_pair, pairs_of};
use super::{Explanation, ListedMatchmaker, pairs};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Pairs every member of the first population of each pair, in seat 0, with every member of the second, in seat 1. A
/// population paired with itself plays each of its pairs once, seats alternating as in a round robin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct FixedPairs(pub Vec<(String, String)>);

impl Matchmaker for FixedPairs {
    fn pair(&self, people: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        let mut pairing = Vec::new();
        for (first, second) in &self.0 {
            if first == second {
                pairing.extend(every_pair(people.members(first)));
                continue;
            }
            for &a in people.members(first) {
                pairing.extend(people.members(second).iter().flat_map(|&b| [a, b]));
            }
        }
        pairing
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        let meetings = |(a, b): &(String, String)| match a == b {
            true => pairs_of(sizes.of(a)),
            false => sizes.of(a).saturating_mul(sizes.of(b)),
        };
        self.0.iter().map(meetings).fold(0, u64::saturating_add)
    }

    fn summary(&self) -> String {
        let meets = |(a, b): &(String, String)| match a == b {
            true => format!("every {a} meets every other {a}"),
            false => format!("every {a} meets every {b}"),
        };
        self.0.iter().map(meets).collect::<Vec<_>>().join(", ")
    }

    fn seats_of(&self, sizes: &Sizes, _: u64, population: usize) -> f64 {
        let own = sizes.name(population);
        let met = |(a, b): &(String, String)| match (a == own, b == own) {
            (true, true) => sizes.of(a).saturating_sub(1),
            (true, false) => sizes.of(b),
            (false, true) => sizes.of(a),
            (false, false) => 0,
        };
        self.0.iter().map(met).fold(0, u64::saturating_add) as f64
    }

    fn met_by(&self, sizes: &Sizes, own: usize) -> BTreeSet<usize> {
        pairs::met_by(&self.0, sizes, sizes.name(own))
    }

    fn seats_two(&self) -> Option<&'static str> {
        Self::SEATS_TWO
    }

    fn names(&self) -> Vec<(String, &str)> {
        pairs::names(&self.0)
    }

    fn faults(&self, sizes: &Sizes) -> Vec<Fault> {
        let mut faults = pairs::faults(&self.0);
        for (i, (first, _)) in self.0.iter().enumerate().filter(|(_, (first, second))| first == second) {
            if sizes.of(first) == 1 {
                let message = format!("`{first}` has one member, who cannot meet another");
                faults.push(Fault::new(
                    format!("[{i}]"),
                    message,
                    "expected two populations, or `count` of at least 2",
                ));
            }
        }
        faults
    }

    fn draws_from_all(&self) -> bool {
        false
    }
}

impl ListedMatchmaker for FixedPairs {
    const EXPLANATION: Explanation = Explanation {
        name: "fixed_pairs",
        example: "FixedPairs([(\"a\", \"b\")])",
        meaning: "Each pair of populations meets: every agent of the first with every agent of the second.",
        source: "",
    };

    const SEATS_TWO: Option<&'static str> = Some("pairs");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{by_hand, check};
    use crate::testing::property_config;
    use proptest::prelude::*;

    fn fixed(pairs: &[(&str, &str)]) -> FixedPairs {
        FixedPairs(pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect())
    }

    #[test]
    fn three_agents_by_hand() {
        assert_eq!(by_hand(&fixed(&[("a", "b")]), [2, 1]), [0, 2, 1, 2]);
        assert_eq!(by_hand(&fixed(&[("b", "a")]), [2, 1]), [2, 0, 2, 1]);
        assert_eq!(by_hand(&fixed(&[("a", "a"), ("a", "b")]), [3, 1]), [0, 1, 2, 0, 1, 2, 0, 3, 1, 3, 2, 3]);
        assert!(by_hand(&fixed(&[("a", "b")]), [2, 0]).is_empty());
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn it_makes_what_it_counts(n in 0u32..20, m in 0u32..20) {
            check(&fixed(&[("a", "b")]), [n, m], 2)?;
            check(&fixed(&[("a", "a"), ("b", "a")]), [n, m], 2)?;
        }
    }
}
