//! Proportional imitation.

use super::imitation::{Pace, model};
use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use crate::rng::Stream;
use crate::world::{Event, Prospect, Society, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two agents are drawn, and the first takes over the second's traits with probability (f₂ − f₁)/`scale`, never if the
/// second does no better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ProportionalImitation {
    /// Difference of fitness at which imitation is certain, and beyond which it is no likelier; in the original rule
    /// the difference between the greatest payoff of the game and the least.
    pub scale: f64,
    /// Comparisons per generation, one after another.
    #[serde(default = "super::imitation::one")]
    pub comparisons: u32,
    /// Every agent compares itself with another at the same time, in place of `comparisons`.
    #[serde(default)]
    pub synchronous: bool,
}

impl ProportionalImitation {
    fn pace(&self) -> Pace {
        Pace { comparisons: self.comparisons, synchronous: self.synchronous }
    }
}

impl UpdateRule for ProportionalImitation {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        Ok(self.pace().events(society, rng, |focal, rng| {
            let model = model(society, focal, rng)?;
            let chance = (society.fitness[model] - society.fitness[focal]) / self.scale;
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
        format!("proportional imitation, scale {}{}", self.scale, self.pace().summary())
    }

    fn faults(&self, _: &Prospect) -> Vec<Fault> {
        self.pace().faults()
    }
}

impl ListedUpdateRule for ProportionalImitation {
    const EXPLANATION: Explanation = Explanation {
        name: "proportional_imitation",
        example: "ProportionalImitation(scale: 5.0)",
        meaning: "An agent and a neighbour of it are drawn, and the first takes over the second's traits with \
                  probability (f2 - f1) / scale if the second has the higher fitness, and never otherwise.",
        source: "Schlag 1998, Why imitate, and if so, how?, J. Economic Theory 78; Helbing 1992, Interrelations \
                 between stochastic equations for systems with pair interactions, Physica A 181",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("scale", self.scale, Range::Positive)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::{Naive, agrees_with, fixations};

    #[test]
    fn it_does_what_the_plain_reference_does_with_the_same_draws() {
        let naive = |naive: &mut Naive, focal: usize| {
            let model = naive.someone_beside(focal)?;
            let better_by = naive.fitness[model] - naive.fitness[focal];
            naive.happens(better_by / 3.0).then_some(model)
        };
        for synchronous in [false, true] {
            let comparisons = if synchronous { 1 } else { 30 };
            let rule = ProportionalImitation { scale: 3.0, comparisons, synchronous };
            agrees_with(&rule, |society| society.imitate(comparisons, synchronous, naive));
        }
    }

    #[test]
    fn a_defector_always_takes_over_since_it_always_does_better() {
        let rule = ProportionalImitation { scale: 5.0, comparisons: 4, synchronous: false };
        assert_eq!(fixations(&rule, 50), 1.0);
    }
}
