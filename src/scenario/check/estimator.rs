//! Checks of exact mode: whether a learner's expectations can be computed.

use super::{Checks, KnownGame};
use crate::learning::Estimator;
use crate::policies::llm::prompt::DecisionMode;
use crate::policies::scripted::{Recall, member_stream};
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{OpeningSpec, PolicySpec};
use crate::scenario::size::extent::sizes;

impl Checks<'_> {
    /// Checks the estimator of population `index`, which is at `path`.
    pub(super) fn estimator(&mut self, path: &str, index: usize, game: Option<&KnownGame>) {
        let population = &self.spec.populations[index];
        if population.estimator == Estimator::Sampled {
            return;
        }
        let path = format!("{path}.estimator");
        let name = &population.name;
        if population.learner.is_none() {
            self.error(&path, format!("`{name}` has an estimator but no learner"), "expected a learner beside it");
        } else if let PolicySpec::Llm { prompt, .. } = &population.policy
            && prompt.as_ref().unwrap_or(&self.spec.prompt).decision == DecisionMode::Generate
        {
            let message = format!("`{name}` generates texts, and nobody can sum over all texts");
            self.error(&path, message, "expected `Sampled` with `decision: Generate`");
        }
        if let Some(game) = game.filter(|game| game.seats != 2) {
            let message = format!("exact returns are for two players; `{}` seats {}", game.name, game.seats);
            self.error(&path, message, "expected `Sampled`");
            return;
        }
        if self.spec.opening == OpeningSpec::LastMoves {
            let message =
                format!("`{name}` opens every match with other last moves, and exact returns need one opening");
            self.error(&path, message, "expected `Sampled`, or another `opening`");
        }
        for opponent in self.opponents(index) {
            let opponent = &self.spec.populations[opponent];
            if matches!(opponent.policy, PolicySpec::QLearning(_) | PolicySpec::QNetwork(_)) {
                let message = format!("`{name}` meets `{}`, whose policy is not known ahead", opponent.name);
                self.error(&path, message, "exact returns need memory-one opponents");
                continue;
            }
            let asked = match &opponent.policy {
                PolicySpec::Llm { prompt, .. } => Some(prompt),
                PolicySpec::Remote(config) => Some(&config.prompt),
                _ => None,
            };
            if let Some(prompt) = asked
                && prompt.as_ref().unwrap_or(&self.spec.prompt).decision == DecisionMode::Generate
                && opponent.name != *name
            {
                let message = format!("`{name}` meets `{}`, which generates texts", opponent.name);
                self.error(&path, message, "exact returns need opponents that choose among labels");
                continue;
            }
            let PolicySpec::Scripted(strategy) = &opponent.policy else { continue };
            // One that this game does not have is reported where it is named.
            let made = strategy.build(&self.match_facts(game), &mut member_stream(self.spec.seed, 0));
            let Ok(strategy) = made else { continue };
            if Recall::ALL.iter().any(|&recall| strategy.cooperation(recall).is_none()) {
                let message = format!(
                    "`{name}` meets `{}`, and {} remembers more than the last round",
                    opponent.name,
                    strategy.name()
                );
                let help =
                    "use `estimator: Sampled`, or let the two not meet (`matchmaking: FixedPairs(…)`)".to_owned();
                let label = "exact returns need memory-one opponents".to_owned();
                self.report(Severity::Error, &path, message, label, Some(help));
            }
        }
    }

    /// The populations that members of population `index` may meet.
    pub(super) fn opponents(&self, index: usize) -> Vec<usize> {
        let Some(matchmaker) = &self.matchmaker else { return Vec::new() };
        matchmaker.met_by(&sizes(self.spec), index).into_iter().collect()
    }
}
