//! Warnings of what would be played without effect: nobody met, a weight never reached, too little to learn from.

use super::{Checks, KnownGame};
use crate::learning::Estimator;
use crate::scenario::diagnostics::Severity;
use crate::scenario::extent::Extent;
use crate::scenario::spec::{PolicySpec, PopulationSpec, RewardSpec, TermSpec};

/// With fewer decisions per tick than this an update from samples is mostly noise.
const DECISIONS_MIN: f64 = 20.0;

impl Checks<'_> {
    pub(super) fn idle(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        let intact = ["rounds", "matchmaking", "ticks"].iter().all(|path| self.view.intact(path));
        let extent = game.filter(|_| intact).map(|game| Extent::of(spec, game.seats));
        for (i, population) in spec.populations.iter().enumerate() {
            let path = format!("populations[{i}]");
            if let Some(extent) = &extent {
                let seats = extent.seats_per_member(spec, i);
                if extent.matches > 0 && seats == 0.0 && population.count > 0 {
                    let message = format!("`{}` meets nobody", population.name);
                    self.warn(&format!("{path}.name"), message, "no pair of `matchmaking` names it");
                } else {
                    self.few_decisions(&path, population, seats * extent.rounds as f64);
                }
            }
            self.ramps(&path, population);
            self.frozen(&path, population);
        }
    }

    fn few_decisions(&mut self, path: &str, population: &PopulationSpec, decisions: f64) {
        let samples = matches!(population.policy, PolicySpec::Llm { .. }) && population.estimator == Estimator::Sampled;
        if population.learner.is_none() || !samples || decisions >= DECISIONS_MIN {
            return;
        }
        let message = format!("`{}` makes about {decisions:.0} decisions per member and tick", population.name);
        let help = "an update from so few samples is mostly noise; play more rounds or more matches (`matchmaking: \
                    RandomPairs(repeats: …)`), or set `estimator: Exact`"
            .to_owned();
        let label = format!("few to learn from; {DECISIONS_MIN} or more are advised");
        self.report(Severity::Warning, &format!("{path}.learner"), message, label, Some(help));
    }

    fn ramps(&mut self, path: &str, population: &PopulationSpec) {
        let ticks = self.spec.ticks;
        for (i, RewardSpec { weight, from, until, ramp, .. }) in population.rewards.iter().enumerate() {
            let end = until.unwrap_or(ticks).min(ticks);
            if *ramp > 0 && end > *from && end - from <= *ramp && self.view.intact("ticks") {
                let path = format!("{path}.rewards[{i}].ramp");
                let message = format!("this weight never reaches {weight}: it is in force for {} ticks", end - from);
                self.warn(&path, message, format!("grows over {ramp} ticks"));
            }
        }
    }

    fn frozen(&mut self, path: &str, population: &PopulationSpec) {
        let is_plain = population.rewards.iter().all(|reward| {
            let RewardSpec { term, weight, from, until, ramp } = reward;
            *term == TermSpec::Payoff && (*weight, *from, *until, *ramp) == (1.0, 0, None, 0)
        });
        let is_frozen = matches!(population.policy, PolicySpec::Llm { .. }) && population.learner.is_none();
        if is_frozen && !is_plain && self.view.intact(&format!("{path}.learner")) {
            let message = format!("`{}` has rewards but no learner, so they change nothing", population.name);
            self.warn(&format!("{path}.rewards"), message, "they are written to the tables only");
        }
    }
}
