//! Checks of how agents come by a reputation.

use super::Checks;
use crate::learning::Estimator;
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{NormSpec, ReputationSpec};

impl Checks<'_> {
    /// Checks the norm and its errors; returns the number of reputations, 1 where there are none.
    pub(super) fn reputation(&mut self) -> usize {
        let spec = self.spec;
        let Some(reputation) = &spec.reputation else { return 1 };
        let ReputationSpec { norm, assessment_error, execution_error, .. } = reputation;
        let path = format!("reputation.norm.{}", norm.word());
        if let NormSpec::Custom { name, params } = norm {
            self.offer(&path, "plugin norm", name, params, &self.known.offered.norms);
        }
        let faults = norm.faults();
        let is_sound = faults.is_empty() && self.view.intact("reputation");
        self.faults(&path, faults);
        self.probability("reputation.assessment_error", *assessment_error);
        self.probability("reputation.execution_error", *execution_error);
        if spec.output.exact {
            let message = "expectations of a tick know nothing of reputations that change in it";
            self.error("output.exact", message, "expected false with `reputation`");
        }
        for (i, population) in spec.populations.iter().enumerate() {
            if population.estimator == Estimator::Exact {
                let name = &population.name;
                let message =
                    format!("`{name}` meets players whose reputation changes, which exact returns do not foresee");
                self.error(&format!("populations[{i}].estimator"), message, "expected `Sampled`, or no `reputation`");
            }
        }
        match norm.build(&self.known.offered).ok().filter(|_| is_sound) {
            Some(norm) => norm.reputations().clamp(2, REPUTATIONS_MAX),
            None => 1,
        }
    }

    /// Refuses at `path` what reads reputations where there are none.
    pub(super) fn reads_reputation(&mut self, path: &str, what: &str) {
        if self.spec.reputation.is_some() || !self.view.intact("reputation") {
            return;
        }
        let message = format!("{what} reads reputations, and there are none in this scenario");
        let help = "say by which norm agents come by them: `reputation: (norm: SternJudging)`; `sim explain norms` lists \
                    norms";
        self.report(Severity::Error, path, message, "expected `reputation` in the scenario".into(), Some(help.into()));
    }
}

/// The most reputations that are numbered in one byte.
const REPUTATIONS_MAX: usize = 255;
