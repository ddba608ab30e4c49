//! Warnings about what would have no effect: agents that meet no one, weights never reached, too little to learn from.

use super::{Checks, KnownGame};
use crate::learning::Estimator;
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{PolicySpec, PopulationSpec, RewardSpec, TermSpec};
use crate::scenario::questions::generates;
use crate::scenario::size::extent::{Extent, sizes};
use crate::world::Matchmaker;

/// With fewer decisions per tick than this, an update from samples is mostly noise …
const DECISIONS_MIN: f64 = 20.0;
/// … which many small updates even out: with more decisions in total than this, no warning is given.
const DECISIONS_OF_RUN_MIN: f64 = 100.0;

impl Checks<'_> {
    pub(super) fn idle(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        let intact = ["rounds", "matchmaking", "ticks"].iter().all(|path| self.view.intact(path));
        if let (Some(game), Some(matchmaker)) = (game.filter(|_| intact), self.matchmaker.clone()) {
            self.encounters(&Extent::of(spec, game.seats, &*matchmaker), &*matchmaker);
        }
        let answers_are_kept = spec.output.generations && self.view.intact("populations");
        if answers_are_kept && self.view.intact("prompt") && !generates(spec) {
            let message = "no agent answers in text, so there will be no generations.csv";
            self.warn("output.generations", message, "`prompt: (decision: Generate)` decodes answers");
        }
        for (i, population) in spec.populations.iter().enumerate() {
            let path = format!("populations[{i}]");
            self.ramps(&path, population);
            self.frozen(&path, population);
        }
    }

    /// Warns of populations that meet no one, and of those that meet too few to learn from.
    fn encounters(&mut self, extent: &Extent, matchmaker: &dyn Matchmaker) {
        let (spec, sizes) = (self.spec, sizes(self.spec));
        let mut starved = Vec::new();
        for (i, population) in spec.populations.iter().enumerate() {
            let seats = matchmaker.seats_of(&sizes, extent.seats, i);
            if extent.matches > 0 && seats == 0.0 {
                let message = format!("`{}` never plays", population.name);
                self.warn(&format!("populations[{i}].name"), message, "it is in no pair of `matchmaking`");
                continue;
            }
            let decisions = seats * extent.rounds as f64;
            let is_starved = decisions < DECISIONS_MIN && decisions * f64::from(spec.ticks) < DECISIONS_OF_RUN_MIN;
            if is_starved && learns_from_samples(population) {
                starved.push((format!("`{}`", population.name), decisions));
            }
        }
        if !starved.is_empty() {
            self.few_decisions(&starved);
        }
    }

    /// Warns that the `starved` populations learn from few decisions per member and tick.
    fn few_decisions(&mut self, starved: &[(String, f64)]) {
        let names: Vec<&str> = starved.iter().map(|(name, _)| name.as_str()).collect();
        let least = starved.iter().map(|(_, decisions)| *decisions).fold(f64::INFINITY, f64::min);
        let who = if names.len() == 1 { "learns" } else { "learn" };
        let message = format!("{} {who} from {least:.0} decisions per member and tick", names.join(", "));
        let help = format!(
            "an update from so few samples is noisy, and {} ticks average little of it out; play more rounds, more matches \
             (`matchmaking: RandomPairs(repeats: …)`) or more ticks, or set `estimator: Exact` where it has an answer",
            self.spec.ticks
        );
        let label = format!("{DECISIONS_MIN} decisions or more are advised");
        self.report(Severity::Warning, "rounds", message, label, Some(help));
    }

    fn ramps(&mut self, path: &str, population: &PopulationSpec) {
        let ticks = self.spec.ticks;
        for (i, RewardSpec { weight, from, until, ramp, fade, .. }) in population.rewards.iter().enumerate() {
            let end = until.unwrap_or(ticks).min(ticks);
            if let Some(until) = until.filter(|until| *fade > 0 && *until > ticks && self.view.intact("ticks")) {
                let message =
                    format!("this weight has not faded when the run ends: {ticks} ticks, and it reaches 0 at {until}");
                self.warn(
                    &format!("{path}.rewards[{i}].until"),
                    message,
                    format!("fades over the {fade} ticks before"),
                );
            }
            if *ramp > 0 && end > *from && end - from <= *ramp && self.view.intact("ticks") {
                let path = format!("{path}.rewards[{i}].ramp");
                let message = format!("this weight never reaches {weight}: it is in force for {} ticks", end - from);
                self.warn(&path, message, format!("grows over {ramp} ticks"));
            }
        }
    }

    fn frozen(&mut self, path: &str, population: &PopulationSpec) {
        let is_plain = population.rewards.iter().all(|reward| {
            let RewardSpec { term, weight, from, until, ramp, fade } = reward;
            *term == TermSpec::Payoff && (*weight, *from, *until, *ramp, *fade) == (1.0, 0, None, 0, 0)
        });
        let needs_learner = matches!(
            population.policy,
            PolicySpec::Llm { .. } | PolicySpec::Frozen { .. } | PolicySpec::Remote(_) | PolicySpec::Scripted(_)
        );
        let is_frozen = needs_learner && population.learner.is_none();
        if is_frozen && !is_plain && self.view.intact(&format!("{path}.learner")) {
            let message = format!("`{}` has rewards but no learner, so they change nothing", population.name);
            self.warn(&format!("{path}.rewards"), message, "they are written to the tables only");
        }
    }
}

fn learns_from_samples(population: &PopulationSpec) -> bool {
    let is_model = matches!(population.policy, PolicySpec::Llm { .. });
    is_model && population.learner.is_some() && population.estimator == Estimator::Sampled
}
