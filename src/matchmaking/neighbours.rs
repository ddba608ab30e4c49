//! Neighbours: every agent plays with those that are next to it.

use super::groups::{every_pair, pairs_of};
use super::{Explanation, ListedMatchmaker};
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};

/// Pairs every two agents that are next to each other in the scenario's `structure` once per tick; without one, every
/// two agents. Seats alternate by the sum of their numbers, as in a round robin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbours;

impl Matchmaker for Neighbours {
    fn pair(&self, people: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        let Some(graph) = people.interaction() else {
            return every_pair(people.all());
        };
        let seated = |(a, b): (usize, usize)| if (a + b) % 2 == 1 { [a, b] } else { [b, a] };
        let pairs = graph.each_edge().map(|edge| seated(edge).map(|agent| AgentId(agent as u32)));
        if people.all().len() == graph.len() {
            return pairs.flatten().collect();
        }
        pairs.filter(|pair| pair.iter().all(|agent| people.includes(*agent))).flatten().collect()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        sizes.edges().unwrap_or_else(|| pairs_of(sizes.agents()))
    }

    fn summary(&self) -> String {
        "neighbours".into()
    }

    fn heeds_structure(&self) -> bool {
        true
    }

    fn seats_two(&self) -> Option<&'static str> {
        Self::SEATS_TWO
    }
}

impl ListedMatchmaker for Neighbours {
    const EXPLANATION: Explanation = Explanation {
        name: "neighbours",
        example: "Neighbours",
        meaning: "Every two agents that are next to each other in the scenario's `structure`, once.",
        source: "",
    };

    const SEATS_TWO: Option<&'static str> = Some("neighbours");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{by_hand, check, people, rng};
    use crate::testing::property_config;
    use crate::world::Graph;
    use proptest::prelude::*;

    #[test]
    fn without_a_structure_every_two_meet_as_in_a_round_robin() {
        assert_eq!(by_hand(&Neighbours, [3, 1]), by_hand(&super::super::round_robin::RoundRobin, [3, 1]));
    }

    #[test]
    fn those_meet_who_are_next_to_each_other() {
        let (names, graph) = (["a".to_owned()], Graph::of(4, &[(3, 0), (0, 1), (1, 3)]));
        let people = people(&names, &[4]).beside(&graph);
        let pairing = Neighbours.pair(&people, 2, &mut rng(1));
        assert_eq!(pairing, [0, 1, 0, 3, 3, 1].map(AgentId));
        let sizes = Sizes::new([("a".to_owned(), 4)]).with_edges(graph.edges());
        assert_eq!(Neighbours.matches(&sizes, 2), 3);
    }

    #[test]
    fn nobody_meets_a_neighbour_who_does_not_play() {
        let (names, graph) = (["a".to_owned()], Graph::of(4, &[(3, 0), (0, 1), (1, 3), (1, 2)]));
        let present = [0, 1, 2].map(|agent| (AgentId(agent), 0));
        let people = People::new(&names, present.into_iter()).beside(&graph);
        assert_eq!(Neighbours.pair(&people, 2, &mut rng(1)), [0, 1, 1, 2].map(AgentId));
        let alone = People::new(&names, [(AgentId(1), 0), (AgentId(3), 0)].into_iter());
        assert_eq!(Neighbours.pair(&alone, 2, &mut rng(1)), [1, 3].map(AgentId));
    }

    proptest! {
        #![proptest_config(property_config(64))]

        #[test]
        fn it_makes_what_it_counts(n in 0u32..20, m in 0u32..20) {
            check(&Neighbours, [n, m], 2)?;
        }
    }
}
