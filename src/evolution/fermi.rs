//! Pairwise comparison by Fermi's rule.

use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{AgentId, Birth, UpdateRule};
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
    #[serde(default = "one")]
    pub comparisons: u32,
}

fn one() -> u32 {
    1
}

/// Most comparisons of a generation: births are listed before they are carried out.
const COMPARISONS_MAX: u32 = 1 << 24;

impl UpdateRule for Fermi {
    fn births(&self, fitness: &[f64], rng: &mut Stream) -> Vec<Birth> {
        let agents = fitness.len();
        let mut births = Vec::new();
        for _ in 0..self.comparisons {
            let focal = rng.random_range(0..agents);
            let other = rng.random_range(0..agents - 1);
            let model = other + usize::from(other >= focal);
            let chance = 1.0 / (1.0 + (-self.strength * (fitness[model] - fitness[focal])).exp());
            if rng.random::<f64>() < chance {
                births.push(Birth { child: AgentId(focal as u32), parent: AgentId(model as u32) });
            }
        }
        births
    }

    fn summary(&self) -> String {
        let times = if self.comparisons == 1 { String::new() } else { format!(", {} comparisons", self.comparisons) };
        format!("Fermi, strength {}{times}", self.strength)
    }

    fn faults(&self, _: u64) -> Vec<Fault> {
        if (1..=COMPARISONS_MAX).contains(&self.comparisons) {
            return Vec::new();
        }
        let message = format!("{} comparisons per generation", self.comparisons);
        vec![Fault::new(".comparisons", message, format!("expected 1 to {COMPARISONS_MAX}"))]
    }
}

impl ListedUpdateRule for Fermi {
    const EXPLANATION: Explanation = Explanation {
        name: "fermi",
        example: "Fermi(strength: 0.1)",
        meaning: "Pairwise comparison: two agents are drawn, and the first takes over the second's strategy with \
                  probability 1/(1 + exp(-strength * (f2 - f1))), where f is fitness.",
        source: "Traulsen, Nowak & Pacheco 2006, Stochastic dynamics of invasion and fixation, Phys. Rev. E 74",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("strength", self.strength)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::fixations;

    #[test]
    fn a_defector_takes_over_as_often_as_the_closed_form_says() {
        // (R, S, T, P) = (3, 0, 5, 1), N = 20, β = 0.1: 0.1811392429. Standard error over 4,000: 0.0061.
        let found = fixations(&Fermi { strength: 0.1, comparisons: 1 }, 4000);
        assert!((found - 0.181_139_242_9).abs() < 4.0 * 0.0061, "{found}");
    }

    #[test]
    fn without_selection_every_agent_is_as_likely_to_take_over() {
        let found = fixations(&Fermi { strength: 0.0, comparisons: 1 }, 4000);
        // One in twenty: standard error 0.0034.
        assert!((found - 0.05).abs() < 4.0 * 0.0034, "{found}");
    }
}
