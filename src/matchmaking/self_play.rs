//! Self-play: every agent against itself.

use super::{Explanation, ListedMatchmaker};
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use std::collections::BTreeSet;

/// Puts each agent in all seats of one match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfPlay;

impl Matchmaker for SelfPlay {
    fn pair(&self, people: &People, seats: usize, _: &mut Stream) -> Vec<AgentId> {
        people.all().iter().flat_map(|&agent| std::iter::repeat_n(agent, seats)).collect()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        sizes.agents()
    }

    fn summary(&self) -> String {
        "each agent with itself".into()
    }

    fn met_by(&self, _: &Sizes, own: usize) -> BTreeSet<usize> {
        BTreeSet::from([own])
    }

    fn draws_from_all(&self) -> bool {
        false
    }
}

impl ListedMatchmaker for SelfPlay {
    const EXPLANATION: Explanation = Explanation {
        name: "self_play",
        example: "SelfPlay",
        meaning: "Every agent plays both (all) seats of one match against itself.",
        source: "",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{check, people, rng};
    use crate::testing::property_config;
    use proptest::prelude::*;

    #[test]
    fn two_agents_of_three_seats_by_hand() {
        let names = ["a".to_owned()];
        assert_eq!(SelfPlay.pair(&people(&names, &[2]), 3, &mut rng(1)), [0, 0, 0, 1, 1, 1].map(AgentId));
    }

    proptest! {
        #![proptest_config(property_config(64))]

        #[test]
        fn it_makes_what_it_counts(n in 0u32..20, m in 0u32..20, seats in 2usize..6) {
            check(&SelfPlay, [n, m], seats)?;
        }
    }
}
