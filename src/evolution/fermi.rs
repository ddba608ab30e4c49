//! Pairwise comparison by Fermi's rule.

use super::imitation::{Pace, model};
use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{Event, Prospect, Society, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two agents are drawn, and the first takes over the second's traits with probability 1/(1 + e^(−β (f₂ − f₁))).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Fermi {
    /// Strength of selection β, per unit of payoff; 0 is neutral drift.
    pub strength: f64,
    /// Comparisons per generation, one after another.
    #[serde(default = "super::imitation::one")]
    pub comparisons: u32,
    /// Every agent compares itself with another at the same time, in place of `comparisons`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("default" = false))]
    pub synchronous: bool,
}

impl Fermi {
    fn pace(&self) -> Pace {
        Pace { comparisons: self.comparisons, synchronous: self.synchronous }
    }
}

impl UpdateRule for Fermi {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let fitness = society.fitness;
        Ok(self.pace().events(society, rng, |focal, rng| {
            let model = model(society, focal, rng)?;
            let chance = 1.0 / (1.0 + (-self.strength * (fitness[model] - fitness[focal])).exp());
            (rng.random::<f64>() < chance).then_some(model)
        }))
    }

    fn at_once(&self) -> bool {
        self.synchronous
    }

    fn events_at_most(&self, agents: u64) -> u64 {
        self.pace().events_at_most(agents)
    }

    fn summary(&self) -> String {
        format!("Fermi, strength {}{}", self.strength, self.pace().summary())
    }

    fn faults(&self, _: &Prospect) -> Vec<Fault> {
        self.pace().faults()
    }
}

impl ListedUpdateRule for Fermi {
    const EXPLANATION: Explanation = Explanation {
        name: "fermi",
        example: "Fermi(strength: 0.1)",
        meaning: "Pairwise comparison: an agent and a neighbour of it are drawn, and the first takes over the second's \
                  traits with probability 1/(1 + exp(-strength * (f2 - f1))), where f is fitness.",
        source: "Traulsen, Nowak & Pacheco 2006, Stochastic dynamics of invasion and fixation, Phys. Rev. E 74",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("strength", self.strength)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::{Naive, agrees_with, fixations};

    const ONE: Fermi = Fermi { strength: 0.1, comparisons: 1, synchronous: false };

    #[test]
    fn a_defector_takes_over_as_often_as_the_closed_form_says() {
        // (R, S, T, P) = (3, 0, 5, 1), N = 20, β = 0.1: 0.1811392429. Standard error over 4,000: 0.0061; beyond four of
        // them by chance once in 16,000.
        let found = fixations(&ONE, 4000);
        assert!((found - 0.181_139_242_9).abs() < 4.0 * 0.0061, "{found}");
    }

    #[test]
    fn without_selection_every_agent_is_as_likely_to_take_over() {
        let found = fixations(&Fermi { strength: 0.0, ..ONE }, 4000);
        // One in twenty: standard error 0.0034.
        assert!((found - 0.05).abs() < 4.0 * 0.0034, "{found}");
    }

    #[test]
    fn it_does_what_the_plain_reference_does_with_the_same_draws() {
        let naive = |naive: &mut Naive, focal: usize| {
            let model = naive.someone_beside(focal)?;
            let difference = naive.fitness[model] - naive.fitness[focal];
            naive.happens(1.0 / (1.0 + (-0.7 * difference).exp())).then_some(model)
        };
        for synchronous in [false, true] {
            let comparisons = if synchronous { 1 } else { 30 };
            agrees_with(&Fermi { strength: 0.7, comparisons, synchronous }, |society| {
                society.imitate(comparisons, synchronous, naive)
            });
        }
    }
}
