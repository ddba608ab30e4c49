//! Divergence from the reference policy: exact over the outcomes of each prompt, with a fixed or adaptive coefficient.
//!
//! PPO implementations for language models subtract a sampled estimate of KL from the reward. Here a prompt has so few
//! outcomes that all of them can be summed over, so KL is a term of the loss: `β Σ_p w_p Σ_o π (ln π − ln π_ref)`.

use super::{PolicyTable, TableGradient, cells::mean_kl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strongly a learner is held to its reference policy (the base model without the adapter).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum KlConfig {
    /// No penalty; KL is still measured and recorded.
    #[default]
    None,
    /// A constant coefficient.
    Fixed {
        /// The coefficient.
        coef: f64,
    },
    /// A coefficient that grows while KL exceeds the target and shrinks while it is below (Ziegler et al. 2019, section
    /// 2.2).
    Adaptive {
        /// Initial coefficient.
        coef: f64,
        /// The KL to aim for, in nats per decision.
        target: f64,
        /// Number of decisions over which the coefficient changes by at most a factor of e^0.2.
        horizon: f64,
    },
}

/// The largest deviation from the target, relative to it, that counts in one update (Ziegler et al. 2019, section 2.2).
const ERROR_LIMIT: f64 = 0.2;

/// The coefficient of the penalty, as it stands after the updates so far.
#[derive(Clone, Debug, PartialEq)]
pub struct KlController {
    config: KlConfig,
    coef: f64,
}

impl KlController {
    /// The controller before the first update.
    pub fn new(config: &KlConfig) -> Self {
        let coef = match config {
            KlConfig::None => 0.0,
            KlConfig::Fixed { coef } | KlConfig::Adaptive { coef, .. } => *coef,
        };
        Self { config: config.clone(), coef }
    }

    /// The coefficient in force.
    pub fn coef(&self) -> f64 {
        self.coef
    }

    /// Continues with a coefficient that was in force earlier.
    pub fn resume(&mut self, coef: f64) {
        self.coef = coef;
    }

    /// Whether there is a penalty, which needs a reference policy.
    pub fn is_active(&self) -> bool {
        self.config != KlConfig::None
    }

    /// Returns KL(current ‖ reference) and adds `coef · ∂KL/∂ln π` to `gradient`; `None` without a reference.
    ///
    /// With `l = ln π` as the free variable, `∂KL/∂l = w_p e^l (l − l_ref + 1)`.
    pub fn accumulate(
        &self,
        weights: &[f64],
        current: &PolicyTable,
        reference: Option<&PolicyTable>,
        gradient: &mut TableGradient,
    ) -> Option<f64> {
        assert!(reference.is_some() || !self.is_active(), "a KL penalty needs the reference policy's table");
        let reference = reference?;
        if self.coef != 0.0 {
            for (prompt, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                for outcome in 0..current.outcomes {
                    let log_prob = current.log_prob(prompt, outcome);
                    if log_prob > f64::NEG_INFINITY {
                        let excess = log_prob - reference.log_prob(prompt, outcome) + 1.0;
                        gradient.log_probs[prompt * current.outcomes + outcome] +=
                            self.coef * weight * log_prob.exp() * excess;
                    }
                }
            }
        }
        Some(mean_kl(weights, current, reference))
    }

    /// Adjusts an adaptive coefficient after an update on `decisions` decisions that began at `kl`.
    ///
    /// `β ← β · exp(e · n / horizon)` with `e = clip(KL / target − 1, ±0.2)`. To first order this is Ziegler's
    /// `β (1 + e n / horizon)`, but it stays positive when an update holds more decisions than the horizon. No update
    /// counts for more than one horizon, so β changes by at most a factor of e^0.2.
    pub fn update(&mut self, kl: f64, decisions: f64) {
        if let KlConfig::Adaptive { target, horizon, .. } = self.config {
            let error = ((kl - target) / target.max(f64::MIN_POSITIVE)).clamp(-ERROR_LIMIT, ERROR_LIMIT);
            let horizons = (decisions / horizon.max(1.0)).min(1.0);
            self.coef *= (error * horizons).exp();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adaptive() -> KlController {
        KlController::new(&KlConfig::Adaptive { coef: 0.5, target: 2.0, horizon: 100.0 })
    }

    #[test]
    fn the_controller_by_hand() {
        let mut controller = adaptive();
        // e = 2.2/2 − 1 = 0.1, n/horizon = 0.5: β = 0.5 e^0.05.
        controller.update(2.2, 50.0);
        assert!((controller.coef() - 0.5 * 0.05f64.exp()).abs() < 1e-12);
        // e is clipped to −0.2, n/horizon = 0.25: β = 0.5 e^(0.05 − 0.05).
        controller.update(0.0, 25.0);
        assert!((controller.coef() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn one_huge_update_counts_for_one_horizon_and_keeps_the_sign() {
        let mut controller = adaptive();
        controller.update(0.0, 1_000_000.0);
        assert!((controller.coef() - 0.5 * (-0.2f64).exp()).abs() < 1e-12);
        controller.update(1e9, 1_000_000.0);
        assert!((controller.coef() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn fixed_and_absent_coefficients_do_not_move() {
        for (config, coef) in [(KlConfig::None, 0.0), (KlConfig::Fixed { coef: 0.3 }, 0.3)] {
            let mut controller = KlController::new(&config);
            controller.update(10.0, 1000.0);
            assert_eq!(controller.coef(), coef);
        }
    }

    #[test]
    #[should_panic(expected = "needs the reference")]
    fn a_penalty_without_a_reference_is_refused() {
        let table = PolicyTable { outcomes: 1, log_probs: vec![0.0], values: vec![] };
        adaptive().accumulate(&[1.0], &table, None, &mut TableGradient::zeros(&table, false));
    }
}
