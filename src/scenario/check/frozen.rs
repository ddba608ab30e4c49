//! Checks of frozen players.

use super::{Checks, KnownGame};
use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{ModelSpec, PolicySpec, PopulationSpec};

impl Checks<'_> {
    /// Checks the frozen policy at `path`: its model, and how it is asked.
    pub(super) fn frozen_policy(
        &mut self,
        path: &str,
        model: &ModelSpec,
        prompt: Option<&PromptConfig>,
        game: Option<&KnownGame>,
    ) {
        self.model(&format!("{path}.model"), model);
        let (at, asked) = match prompt {
            Some(prompt) => (format!("{path}.prompt"), prompt),
            None => (path.to_owned(), &self.spec.prompt),
        };
        if prompt.is_some() {
            self.prompt(&at, asked, game, true);
        }
        if asked.decision == DecisionMode::Generate || asked.talk > 0 {
            let message = "a frozen model is asked once, before the run, and writes no texts".to_owned();
            let help =
                "give it a prompt of its own, `prompt: (decision: Free)`, or play the run's model: `policy: Llm()`";
            let label = "expected `decision: Constrained` or `Free`, and no `talk`".to_owned();
            self.report(Severity::Error, &at, message, label, Some(help.into()));
        }
    }

    /// Refuses a learner of a frozen `population`, which is at `path`.
    pub(super) fn frozen_learner(&mut self, path: &str, population: &PopulationSpec) {
        let is_frozen = matches!(population.policy, PolicySpec::Frozen { .. });
        if is_frozen && population.learner.is_some() && self.view.intact(&format!("{path}.policy")) {
            let message = format!("`{}` is a frozen model, which does not learn", population.name);
            let help = "drop the learner, or use `policy: Llm()`".to_owned();
            self.report(Severity::Error, &format!("{path}.learner"), message, "expected no learner".into(), Some(help));
        }
    }

    /// Refuses frozen models where partners are picked: whom they would pick depends on what has happened.
    pub(super) fn frozen_picks_nobody(&mut self) {
        let spec = self.spec;
        for (i, population) in spec.populations.iter().enumerate() {
            if matches!(population.policy, PolicySpec::Frozen { .. }) {
                let message = format!("`{}` is a frozen model, which picks no partners", population.name);
                let label = format!("expected another matchmaker than {}", self.matchmaker_word());
                self.error(&format!("populations[{i}].policy"), message, label);
            }
        }
    }
}
