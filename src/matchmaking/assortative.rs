//! Assortative matching: agents meet their own type more often than chance has it.

use super::{Explanation, ListedMatchmaker};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every agent invites a partner: with probability `r` one of its own type, else any.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Assortative {
    /// Probability that an agent meets its own type, another agent of it if there is one and else itself, as a clone
    /// would. Types are those of `evolution`; without it, populations.
    pub r: f64,
    /// Partners that every agent invites per tick.
    #[serde(default = "one")]
    pub repeats: u32,
}

fn one() -> u32 {
    1
}

impl Matchmaker for Assortative {
    fn pair(&self, people: &People, _: usize, rng: &mut Stream) -> Vec<AgentId> {
        let all = people.all();
        let mut kin: BTreeMap<u32, Vec<AgentId>> = BTreeMap::new();
        for &agent in all {
            kin.entry(people.type_of(agent)).or_default().push(agent);
        }
        let other = |own: AgentId, among: &[AgentId], rng: &mut Stream| {
            if among.len() < 2 {
                return own;
            }
            // Lists are ascending, and hold the agent itself.
            let place = among.partition_point(|agent| *agent < own);
            let drawn = rng.random_range(0..among.len() - 1);
            among[drawn + usize::from(drawn >= place)]
        };
        let mut pairing = Vec::with_capacity(2 * all.len() * self.repeats as usize);
        for _ in 0..self.repeats {
            for &agent in all {
                let is_kin = rng.random::<f64>() < self.r;
                let partner = other(agent, if is_kin { &kin[&people.type_of(agent)] } else { all }, rng);
                pairing.extend([agent, partner]);
            }
        }
        pairing
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        sizes.agents().saturating_mul(self.repeats.into())
    }

    fn summary(&self) -> String {
        format!("assortative, r {}, {} per agent and tick", self.r, self.repeats)
    }

    fn seats_two(&self) -> Option<&'static str> {
        Self::SEATS_TWO
    }

    fn met_by(&self, sizes: &Sizes, own: usize) -> std::collections::BTreeSet<usize> {
        // A lone agent of its type meets itself.
        (0..sizes.populations()).filter(|&other| sizes.members(other) > 0 || other == own).collect()
    }

    fn faults(&self, _: &Sizes) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(0.0..=1.0).contains(&self.r) {
            faults.push(Fault::new(".r", format!("{} is not a probability", self.r), "expected 0 to 1"));
        }
        if self.repeats == 0 {
            faults.push(Fault::new(".repeats", "`repeats` must be at least 1", "with 0 nobody is ever paired"));
        }
        faults
    }
}

impl ListedMatchmaker for Assortative {
    const EXPLANATION: Explanation = Explanation {
        name: "assortative",
        example: "Assortative(r: 0.5)",
        meaning: "Every agent invites a partner: with probability r one of its own type (itself, if it is the only one), \
                  else any other agent.",
        source: "Bergstrom 2003, The algebra of assortative encounters and the evolution of cooperation, Int. Game \
                 Theory Review 5; Alger & Weibull 2013, Homo moralis, Econometrica 81",
    };

    const SEATS_TWO: Option<&'static str> = Some("partners");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking::testing::{check, people, rng};
    use crate::testing::property_config;
    use proptest::prelude::*;

    /// The share of invitations within the own type, of 4 agents of one and 6 of another.
    fn share(r: f64) -> f64 {
        let names = ["a".to_owned(), "b".to_owned()];
        let people = people(&names, &[4, 6]);
        let pairing = Assortative { r, repeats: 1000 }.pair(&people, 2, &mut rng(1));
        let is_kin = |pair: &&[AgentId]| (pair[0].0 < 4) == (pair[1].0 < 4);
        pairing.chunks(2).filter(is_kin).count() as f64 / 10_000.0
    }

    #[test]
    fn own_types_meet_as_often_as_it_says() {
        // Without assortment: 0.4 · 3/9 + 0.6 · 5/9 = 0.4667. Standard error 0.005, and four of them.
        let by_chance = 0.4 * 3.0 / 9.0 + 0.6 * 5.0 / 9.0;
        for r in [0.0, 0.3, 1.0] {
            assert!((share(r) - (r + (1.0 - r) * by_chance)).abs() < 0.02, "{r}: {}", share(r));
        }
    }

    #[test]
    fn the_only_one_of_its_type_meets_itself() {
        let names = ["a".to_owned(), "b".to_owned()];
        let pairing = Assortative { r: 1.0, repeats: 1 }.pair(&people(&names, &[1, 2]), 2, &mut rng(1));
        assert_eq!(pairing, [0, 0, 1, 2, 2, 1].map(AgentId));
    }

    proptest! {
        #![proptest_config(property_config(64))]

        #[test]
        fn it_makes_what_it_counts(n in 1u32..20, m in 1u32..20, repeats in 1u32..4) {
            check(&Assortative { r: 0.5, repeats }, [n, m], 2)?;
        }
    }
}
