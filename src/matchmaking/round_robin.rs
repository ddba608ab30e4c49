//! Round robin: every pair of agents once.

use super::groups::{every_pair, groups_of, pairs_of, random_groups};
use super::{Explanation, ListedMatchmaker};
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};

/// Pairs every two agents once. With more than two seats this is seldom possible; then each agent is in one random
/// group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundRobin;

impl Matchmaker for RoundRobin {
    fn pair(&self, people: &People, seats: usize, rng: &mut Stream) -> Vec<AgentId> {
        if seats == 2 { every_pair(people.all()) } else { random_groups(people.all(), seats, rng) }
    }

    fn matches(&self, sizes: &Sizes, seats: u64) -> u64 {
        if seats == 2 { pairs_of(sizes.agents()) } else { groups_of(sizes.agents(), seats) }
    }

    fn summary(&self) -> String {
        "round robin".into()
    }
}

impl ListedMatchmaker for RoundRobin {
    const EXPLANATION: Explanation = Explanation {
        name: "round_robin",
        example: "RoundRobin",
        meaning: "Every pair of agents once. In games of more than two players each agent is in one random group.",
        source: "",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{check, people, rng};
    use crate::testing::property_config;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn everyone_meets_everyone_once_in_fair_seats(n in 0u32..25) {
            let names = ["a".to_owned()];
            let people = people(&names, &[n]);
            let pairing = RoundRobin.pair(&people, 2, &mut rng(1));
            let mut met = BTreeSet::new();
            for pair in pairing.chunks(2) {
                prop_assert!(pair[0] != pair[1]);
                prop_assert!(met.insert((pair[0].min(pair[1]), pair[0].max(pair[1]))));
            }
            prop_assert_eq!(met.len(), (n * n.saturating_sub(1) / 2) as usize);
            for &agent in people.all() {
                let in_seat = |seat| pairing.chunks(2).filter(|pair| pair[seat] == agent).count();
                prop_assert!(in_seat(0).abs_diff(in_seat(1)) <= 1);
            }
        }

        #[test]
        fn it_makes_what_it_counts(n in 0u32..20, m in 0u32..20, seats in 2usize..6) {
            check(&RoundRobin, [n, m], seats)?;
        }
    }
}
