//! Random pairs: agents are shuffled and paired, as often as the scenario asks.

use super::groups::{groups_of, random_groups};
use super::{Explanation, ListedMatchmaker};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shuffles the agents and pairs (or groups) them a number of times; those left over sit out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RandomPairs {
    /// Number of pairings per tick.
    pub repeats: u32,
}

impl Default for RandomPairs {
    fn default() -> Self {
        Self { repeats: 1 }
    }
}

impl Matchmaker for RandomPairs {
    fn pair(&self, people: &People, seats: usize, rng: &mut Stream) -> Vec<AgentId> {
        let pairings: Vec<Vec<AgentId>> = (0..self.repeats).map(|_| random_groups(people.all(), seats, rng)).collect();
        pairings.concat()
    }

    fn matches(&self, sizes: &Sizes, seats: u64) -> u64 {
        groups_of(sizes.agents(), seats).saturating_mul(self.repeats.into())
    }

    fn summary(&self) -> String {
        format!("random, {} per agent and tick", self.repeats)
    }

    fn faults(&self, _: &Sizes) -> Vec<Fault> {
        match self.repeats {
            0 => vec![Fault::new(".repeats", "`repeats` must be at least 1", "with 0 nobody is ever paired")],
            _ => Vec::new(),
        }
    }

    fn seats_each_once(&self) -> Result<(), Vec<Fault>> {
        match self.repeats {
            0 | 1 => Ok(()),
            _ => Err(vec![Fault::new("", "matches played one by one seat everyone once", "")]),
        }
    }
}

impl ListedMatchmaker for RandomPairs {
    const EXPLANATION: Explanation = Explanation {
        name: "random_pairs",
        example: "RandomPairs(repeats: 1)",
        meaning: "Shuffles the agents and pairs (or groups) them a number of times; those left over sit out.",
        source: "",
    };

    const SEATING_ONCE: Option<&'static str> = Some("RandomPairs(repeats: 1)");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{check, people, rng};
    use crate::testing::property_config;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_partner_is_about_as_likely() {
        let names = ["a".to_owned()];
        let pairing = RandomPairs { repeats: 3000 }.pair(&people(&names, &[4]), 2, &mut rng(1));
        let mut partners: BTreeMap<u32, u32> = BTreeMap::new();
        for pair in pairing.chunks(2).filter(|pair| pair.contains(&AgentId(0))) {
            *partners.entry(pair[0].0 + pair[1].0).or_default() += 1;
        }
        // 3000 meetings, a third with each: the standard deviation is 26, so five of them are 130.
        assert!(partners.len() == 3 && partners.values().all(|&count| count.abs_diff(1000) < 130), "{partners:?}");
    }

    #[test]
    fn counts_saturate() {
        let sizes = Sizes::new([("a".to_owned(), u64::MAX)]);
        assert_eq!(RandomPairs { repeats: 2 }.matches(&sizes, 1), u64::MAX);
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn the_stream_alone_decides(n in 8u32..40, seats in 2usize..5, seed: u64) {
            let names = ["a".to_owned()];
            let people = people(&names, &[n]);
            let draw = |seed| RandomPairs { repeats: 2 }.pair(&people, seats, &mut rng(seed));
            prop_assert_eq!(draw(seed), draw(seed));
            prop_assert_ne!(draw(seed), draw(seed ^ 1));
        }

        #[test]
        fn it_makes_what_it_counts(n in 0u32..20, m in 0u32..20, seats in 2usize..6, repeats in 0u32..4) {
            check(&RandomPairs { repeats }, [n, m], seats)?;
        }
    }
}
