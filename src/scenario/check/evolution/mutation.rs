//! Checks of what changes on its way to a child.

use super::Checks;
use crate::evolution::mutation::{ADAPTER_NOISE_MAX, AdapterMutation};
use crate::scenario::format::{EvolutionSpec, Learned, PolicySpec};
use crate::scenario::spawn::founding_types;

impl Checks<'_> {
    /// Checks the rates and noises of mutation.
    pub(super) fn mutation(&mut self, evolution: &EvolutionSpec) {
        let (spec, mutation) = (self.spec, &evolution.mutation);
        if let Some(types) = &mutation.types {
            let founding = founding_types(spec, evolution).into_iter().max().map_or(0, |last| last + 1);
            self.faults("evolution.mutation.types", types.faults(founding));
        }
        let path = "evolution.mutation.strategy";
        if let Some(gaussian) = &mutation.strategy {
            self.probability(&format!("{path}.rate"), gaussian.rate);
            self.positive(&format!("{path}.deviation"), "deviation", gaussian.deviation);
            for population in &spec.populations {
                let is_memory_one = match &population.policy {
                    PolicySpec::Scripted(strategy) => strategy.is_memory_one(),
                    // What a plugin's strategy is, its agents show when they play.
                    PolicySpec::Custom { .. } => true,
                    _ => false,
                };
                if !is_memory_one {
                    let message = format!("`{}` has no memory-one probabilities that could mutate", population.name);
                    self.error(path, message, "expected memory-one strategies in all populations");
                }
            }
            if !evolution.inherit.strategy {
                self.error(path, "strategies mutate, and are not inherited", "expected `inherit: (strategy: true)`");
            }
        }
        if let Some(adapter) = mutation.adapter {
            self.adapter_mutation(adapter, evolution.inherit.learned);
        }
        let path = "evolution.mutation.weights";
        if let Some(weights) = &mutation.weights {
            self.probability(&format!("{path}.rate"), weights.rate);
            self.positive(&format!("{path}.deviation"), "deviation", weights.deviation);
            if evolution.inherit.weights.is_empty() {
                self.error(
                    path,
                    "no weights are inherited that could mutate",
                    "expected some in `inherit: (weights: …)`",
                );
            }
            for (i, population) in spec.populations.iter().enumerate().filter(|_| weights.simplex) {
                let own =
                    population.rewards.iter().filter(|r| evolution.inherit.weights.iter().any(|w| w == r.term.name()));
                let (sum, least) =
                    own.fold((0.0, 0.0), |(sum, least): (f64, f64), r| (sum + r.weight, least.min(r.weight)));
                if (sum - 1.0).abs() > 1e-9 || least < 0.0 {
                    let message = format!("the inherited weights of `{}` sum to {sum}", population.name);
                    let label = "expected weights of at least 0 that sum to 1, with `simplex: true`";
                    self.error(&format!("populations[{i}].rewards"), message, label);
                }
            }
        }
    }

    /// Checks the noise on adapters.
    fn adapter_mutation(&mut self, mutation: AdapterMutation, learned: Learned) {
        let path = "evolution.mutation.adapter";
        let AdapterMutation { rate, deviation, rotation } = mutation;
        self.probability(&format!("{path}.rate"), rate);
        for (field, amount) in [("deviation", deviation), ("rotation", rotation)] {
            if !(0.0..=ADAPTER_NOISE_MAX).contains(&amount) {
                let label = format!("expected 0 to {ADAPTER_NOISE_MAX}");
                self.error(&format!("{path}.{field}"), format!("{field} {amount} is out of range"), label);
            }
        }
        if deviation == 0.0 && rotation == 0.0 {
            self.error(path, "the noise on adapters is none", "expected a `deviation` or a `rotation` above 0");
        }
        self.adapters_are_inherited(path, "mutated", learned);
    }
}
