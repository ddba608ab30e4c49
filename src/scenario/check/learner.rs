//! Checks of the learners' numbers.

use super::Checks;
use crate::learning::{About, kl::KlConfig, optimizer::OptimizerConfig};
use crate::scenario::format::LearnerSpec;

/// Most passes over the evidence of one tick; with more, an update is repetition and seems to hang.
const EPOCHS_MAX: f64 = 1000.0;

impl Checks<'_> {
    pub(super) fn learner(&mut self, path: &str, learner: &LearnerSpec) {
        let path = format!("{path}.{}", learner.word());
        if let LearnerSpec::Custom { name, params } = learner {
            let offers = &self.known.offered.learners;
            self.offer(&path, "plugin learner", name, params, offers);
            // A learner that can be made is asked for its numbers; one that cannot was refused along with its
            // parameters.
            let made = offers.get(name).filter(|_| self.view.intact(&path)).map(|offer| (offer.make)(params, 1));
            if let Some(Ok(made)) = made {
                self.optimizer(&format!("{path}.params"), made.optimizer());
                self.epochs(&format!("{path}.params"), made.epochs().into());
            }
            return;
        }
        let Some(About { discount, entropy_coef, kl, optimizer, numbers, .. }) = learner.about() else { return };
        self.numbers(&path, &numbers);
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
        self.optimizer(&path, optimizer);
    }

    /// Checks the optimizer of the rule at `path`; a plugin's rule may call it by another name.
    fn optimizer(&mut self, path: &str, optimizer: &OptimizerConfig) {
        let path = format!("{path}.optimizer");
        self.rate(&format!("{path}.lr"), optimizer.lr);
        self.below_one(&format!("{path}.beta1"), "`beta1`", optimizer.beta1);
        self.below_one(&format!("{path}.beta2"), "`beta2`", optimizer.beta2);
        self.positive(&format!("{path}.eps"), "eps", optimizer.eps);
        self.not_negative(&format!("{path}.weight_decay"), "weight_decay", optimizer.weight_decay);
        if let Some(norm) = optimizer.max_grad_norm {
            self.positive(&format!("{path}.max_grad_norm"), "max_grad_norm", norm);
        }
    }

    /// Checks that a number lies between 0 and 1, both excluded.
    pub(super) fn inside(&mut self, path: &str, what: &str, value: f64) {
        if !(value > 0.0 && value < 1.0) {
            self.error(path, format!("{what} {value} is out of range"), "expected more than 0 and below 1");
        }
    }

    /// Checks how many times an update goes over its evidence.
    pub(super) fn epochs(&mut self, path: &str, epochs: f64) {
        if !(1.0..=EPOCHS_MAX).contains(&epochs) {
            self.error(path, format!("`epochs` {epochs} is out of range"), format!("expected 1 to {EPOCHS_MAX}"));
        }
    }
}
