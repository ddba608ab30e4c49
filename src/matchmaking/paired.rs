//! Populations paired member by member.

use super::{Explanation, ListedMatchmaker, pairs};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Pairs the members of each pair of populations in order: the first member of the first, in seat 0, with the first of
/// the second, the second with the second, and so on; an agent without a counterpart sits out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Paired(pub Vec<(String, String)>);

impl Matchmaker for Paired {
    fn pair(&self, people: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        let members = |(a, b): &(String, String)| people.members(a).iter().zip(people.members(b));
        self.0.iter().flat_map(members).flat_map(|(&a, &b)| [a, b]).collect()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        self.0.iter().map(|(a, b)| sizes.of(a).min(sizes.of(b))).fold(0, u64::saturating_add)
    }

    fn summary(&self) -> String {
        format!("member by member: {}", pairs::listed(&self.0))
    }

    fn seats_of(&self, sizes: &Sizes, _: u64, population: usize) -> f64 {
        let (own, members) = (sizes.name(population), sizes.members(population).max(1));
        let of_pair = |(a, b): &&(String, String)| a == own || b == own;
        let met = self.0.iter().filter(of_pair).map(|(a, b)| sizes.of(a).min(sizes.of(b)));
        met.fold(0, u64::saturating_add) as f64 / members as f64
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
        for (i, (first, second)) in self.0.iter().enumerate() {
            let (a, b) = (sizes.of(first), sizes.of(second));
            if first == second {
                let message = format!("`{first}` would meet itself, member by member");
                faults.push(Fault::new(format!("[{i}]"), message, "expected two populations"));
            } else if a != b {
                let message = format!("{a} members of `{first}` cannot be paired with {b} of `{second}`");
                faults.push(Fault::new(format!("[{i}]"), message, "expected populations of the same size"));
            }
        }
        faults
    }

    fn draws_from_all(&self) -> bool {
        false
    }

    fn seats_each_once(&self) -> Result<(), Vec<Fault>> {
        let mut seated = BTreeSet::new();
        let again = self.names().into_iter().filter(|(_, name)| !seated.insert(*name));
        let faults: Vec<Fault> = again
            .map(|(at, name)| {
                let message = format!("`{name}` is in two pairs; matches played one by one seat everyone once");
                Fault::new(at, message, "expected another population, or `play: Lockstep`")
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

impl ListedMatchmaker for Paired {
    const EXPLANATION: Explanation = Explanation {
        name: "paired",
        example: "Paired([(\"a\", \"b\")])",
        meaning: "Each pair of populations meets member by member: the first of one with the first of the other, and \
                  so on.",
        source: "",
    };

    const SEATS_TWO: Option<&'static str> = Some("pairs");

    const SEATING_ONCE: Option<&'static str> = Some("Paired");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{by_hand, check};
    use crate::testing::property_config;
    use proptest::prelude::*;

    #[test]
    fn those_without_a_counterpart_sit_out() {
        let paired = Paired(vec![("a".into(), "b".into())]);
        assert_eq!(by_hand(&paired, [3, 2]), [0, 3, 1, 4]);
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn it_makes_what_it_counts(n in 0u32..20, m in 0u32..20) {
            check(&Paired(vec![("a".into(), "b".into()), ("b".into(), "a".into())]), [n, m], 2)?;
        }
    }
}
