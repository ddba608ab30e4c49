//! Checks of the learners' numbers.

use super::Checks;
use crate::learning::{kl::KlConfig, optimizer::OptimizerConfig};
use crate::scenario::format::LearnerSpec;

/// Passes over the evidence of one tick; with more an update is repetition, and seems to hang.
const EPOCHS_MAX: u32 = 1000;

impl Checks<'_> {
    pub(super) fn learner(&mut self, path: &str, learner: &LearnerSpec) {
        match learner {
            LearnerSpec::Reinforce(config) => {
                let path = format!("{path}.Reinforce");
                self.below_one(&format!("{path}.baseline_decay"), "a decay", config.baseline_decay);
                self.common(&path, config.discount, config.entropy_coef, &config.kl, &config.optimizer);
            }
            LearnerSpec::Rloo(config) => {
                let path = format!("{path}.Rloo");
                self.common(&path, config.discount, config.entropy_coef, &config.kl, &config.optimizer);
            }
            LearnerSpec::Grpo(config) => {
                let path = format!("{path}.Grpo");
                self.epochs(&path, config.epochs);
                self.clip(&format!("{path}.clip_coef"), config.clip_coef);
                self.common(&path, config.discount, config.entropy_coef, &config.kl, &config.optimizer);
            }
            LearnerSpec::Ppo(config) => {
                let path = format!("{path}.Ppo");
                self.fraction(&format!("{path}.gae_lambda"), "λ", config.gae_lambda);
                self.epochs(&path, config.epochs);
                self.clip(&format!("{path}.clip_coef"), config.clip_coef);
                if let Some(coef) = config.value_clip_coef {
                    self.positive(&format!("{path}.value_clip_coef"), "value_clip_coef", coef);
                }
                self.not_negative(&format!("{path}.value_coef"), "value_coef", config.value_coef);
                self.common(&path, config.discount, config.entropy_coef, &config.kl, &config.optimizer);
            }
        }
    }

    /// What every learner has.
    fn common(&mut self, path: &str, discount: f64, entropy_coef: f64, kl: &KlConfig, optimizer: &OptimizerConfig) {
        self.fraction(&format!("{path}.discount"), "discount", discount);
        self.not_negative(&format!("{path}.entropy_coef"), "entropy_coef", entropy_coef);
        match kl {
            KlConfig::None => {}
            KlConfig::Fixed { coef } => self.not_negative(&format!("{path}.kl.Fixed.coef"), "coef", *coef),
            KlConfig::Adaptive { coef, target, horizon } => {
                self.positive(&format!("{path}.kl.Adaptive.coef"), "coef", *coef);
                self.positive(&format!("{path}.kl.Adaptive.target"), "target", *target);
                self.positive(&format!("{path}.kl.Adaptive.horizon"), "horizon", *horizon);
            }
        }
        let path = format!("{path}.optimizer");
        self.rate(&format!("{path}.lr"), optimizer.lr);
        self.below_one(&format!("{path}.beta1"), "a decay", optimizer.beta1);
        self.below_one(&format!("{path}.beta2"), "a decay", optimizer.beta2);
        self.positive(&format!("{path}.eps"), "eps", optimizer.eps);
        self.not_negative(&format!("{path}.weight_decay"), "weight_decay", optimizer.weight_decay);
        if let Some(norm) = optimizer.max_grad_norm {
            self.positive(&format!("{path}.max_grad_norm"), "max_grad_norm", norm);
        }
    }

    fn clip(&mut self, path: &str, value: f64) {
        if !(value > 0.0 && value < 1.0) {
            self.error(path, format!("clip_coef {value} is out of range"), "expected more than 0 and below 1");
        }
    }

    fn epochs(&mut self, path: &str, epochs: u32) {
        if !(1..=EPOCHS_MAX).contains(&epochs) {
            let message = format!("updates of {epochs} epochs");
            self.error(&format!("{path}.epochs"), message, format!("expected 1 to {EPOCHS_MAX}"));
        }
    }
}
