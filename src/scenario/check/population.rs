//! Checks of the populations: names, members, policies, rewards.

use super::{Checks, KnownGame};
use crate::llm::lora::{ALPHA_MAX, LoraConfig};
use crate::morals::AnyTerm;
use crate::policies::scripted::{Listed, MatchFacts, STRATEGIES, member_stream};
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{HorizonSpec, PolicySpec, PopulationSpec, RewardSpec, StrategySpec, TermSpec};
use std::collections::BTreeSet;
use std::path::Path;

/// Highest rank: beyond this, an adapter is no longer low-rank, and is larger than what it learns.
const RANK_MAX: usize = 256;

/// More populations than anyone compares; rules about pairs of populations look at every pair.
const POPULATIONS_MAX: usize = 1000;

impl Checks<'_> {
    /// Whether there are few enough populations to look at one by one; reports it if there are more.
    pub(super) fn populations_can_be_checked(&mut self) -> bool {
        let count = self.spec.populations.len();
        if count > POPULATIONS_MAX {
            let message = format!("{count} populations are too many");
            self.error("populations", message, format!("expected at most {POPULATIONS_MAX}; `count` gives members"));
        }
        count <= POPULATIONS_MAX
    }

    pub(super) fn populations(&mut self, game: Option<&KnownGame>) {
        let populations = &self.spec.populations;
        if populations.is_empty() {
            self.error("populations", "`populations` must not be empty", "expected at least one population");
        }
        for (i, population) in populations.iter().enumerate() {
            let path = format!("populations[{i}]");
            // In a population that evolves, one without members may be what invades, or what others mutate into.
            if population.count == 0 && self.spec.evolution.is_none() {
                let message = format!("population `{}` has no members", population.name);
                self.error(&format!("{path}.count"), message, "expected at least 1");
            }
            self.stay(&path, population);
            self.policy(&path, &population.policy, game);
            self.population_learner(&path, population);
            self.estimator(&path, i, game);
            self.rewards(&path, population, game);
        }
    }

    /// Checks the ticks in which a population plays.
    fn stay(&mut self, path: &str, population: &PopulationSpec) {
        let (spec, ticks) = (self.spec, self.spec.ticks);
        let PopulationSpec { name, joins, leaves, .. } = population;
        if *joins == 0 && leaves.is_none() {
            return;
        }
        let field = format!("{path}.{}", if *joins > 0 { "joins" } else { "leaves" });
        if spec.evolution.is_some() {
            let message = format!("`{name}` comes or goes, while agents inherit from each other");
            self.error(&field, message, "expected `invasions` in `evolution` instead");
        } else if spec.matchmaking.is_by_choice() {
            let message = format!("`{name}` comes or goes, while agents pick partners among all");
            self.error(&field, message, "expected another matchmaker");
        }
        if *joins >= ticks && self.view.intact("ticks") {
            let message = format!("`{name}` never plays: it joins at tick {joins} of {ticks}");
            self.error(&format!("{path}.joins"), message, format!("expected less than {ticks}"));
        }
        if let Some(leaves) = leaves.filter(|leaves| leaves <= joins) {
            let message = format!("`{name}` leaves at tick {leaves}, and joins at tick {joins}");
            self.error(&format!("{path}.leaves"), message, format!("expected more than {joins}"));
        }
    }

    fn policy(&mut self, path: &str, policy: &PolicySpec, game: Option<&KnownGame>) {
        match policy {
            PolicySpec::Scripted(strategy) => self.strategy(&format!("{path}.policy.Scripted"), strategy, game),
            PolicySpec::Llm { adapter, activated, from, prompt } => {
                let path = format!("{path}.policy.Llm");
                if *activated && prompt.as_ref().unwrap_or(&self.spec.prompt).talk > 0 {
                    let message = "an activated adapter acts from words on that only the questions for a choice share";
                    self.error(&format!("{path}.activated"), message, "expected false with `talk: 1`");
                }
                self.adapter(&format!("{path}.adapter"), adapter);
                if let Some(from) = from {
                    let file = Path::new(from).join("adapter_config.json");
                    if !file.is_file() {
                        let message = format!("there is no adapter in {from}");
                        self.error(&format!("{path}.from"), message, "expected a directory with adapter_config.json");
                    }
                }
                if let Some(prompt) = prompt {
                    self.prompt(&format!("{path}.prompt"), prompt, game, true);
                }
            }
            PolicySpec::Frozen { model, prompt, .. } => {
                self.frozen_policy(&format!("{path}.policy.Frozen"), model, prompt.as_ref(), game);
            }
            PolicySpec::QLearning(config) => self.q_learning(&format!("{path}.policy.QLearning"), config, game),
            PolicySpec::QNetwork(config) => self.q_network(&format!("{path}.policy.QNetwork"), config, game),
            PolicySpec::Remote(config) => self.remote(&format!("{path}.policy.Remote"), config, game),
            PolicySpec::Custom { name, params } => {
                let path = format!("{path}.policy.Custom");
                self.offer(&path, "plugin policy", name, params, &self.known.offered.policies);
            }
        }
    }

    fn strategy(&mut self, path: &str, strategy: &StrategySpec, game: Option<&KnownGame>) {
        let Listed { word, answers_nobody, reads_reputation, .. } = strategy.listed();
        if *reads_reputation {
            self.reads_reputation(path, &format!("`{word}`"));
        }
        let own = format!("{path}.{word}");
        self.numbers(&own, &strategy.numbers());
        if let Some(game) = game.filter(|game| game.seats != 2 && !answers_nobody) {
            let message = format!("`{word}` answers one opponent; `{}` seats {}", game.name, game.seats);
            let anywhere: Vec<&str> =
                STRATEGIES.iter().filter(|listed| listed.answers_nobody).map(|listed| listed.word).collect();
            self.error(path, message, format!("expected one of {}", anywhere.join(", ")));
        } else if let Some(game) = game {
            let made = strategy.build(&self.match_facts(Some(game)), &mut member_stream(self.spec.seed, 0));
            self.faults(&own, made.err().into_iter().collect());
        }
    }

    /// What strategies know of their matches.
    pub(super) fn match_facts(&self, game: Option<&KnownGame>) -> MatchFacts {
        let rounds = match self.spec.rounds {
            HorizonSpec::Fixed(rounds) => Some(rounds),
            HorizonSpec::Continue { .. } => None,
        };
        MatchFacts { payoffs: game.and_then(|game| game.payoffs), rounds }
    }

    fn adapter(&mut self, path: &str, adapter: &LoraConfig) {
        if !(1..=RANK_MAX).contains(&adapter.rank) {
            let message = format!("`rank` {} is out of range", adapter.rank);
            self.error(&format!("{path}.rank"), message, format!("expected 1 to {RANK_MAX}"));
        }
        self.positive_up_to(&format!("{path}.alpha"), "alpha", adapter.alpha, ALPHA_MAX);
        if adapter.targets.is_empty() {
            self.error(&format!("{path}.targets"), "`targets` must not be empty", "expected at least one layer");
        }
        let mut given = BTreeSet::new();
        for (i, target) in adapter.targets.iter().enumerate() {
            if !given.insert(target) {
                self.error(&format!("{path}.targets[{i}]"), "this layer is given twice", "expected another layer");
            }
        }
    }

    fn population_learner(&mut self, path: &str, population: &PopulationSpec) {
        let Some(learner) = &population.learner else { return };
        let learner_path = format!("{path}.learner");
        if matches!(population.policy, PolicySpec::Scripted(_)) && self.view.intact(&format!("{path}.policy")) {
            let message = format!("`{}` is a scripted strategy, which does not learn", population.name);
            let help = "drop the learner, or use `policy: Llm()`".to_owned();
            self.report(Severity::Error, &learner_path, message, "expected no learner".into(), Some(help));
        }
        if matches!(population.policy, PolicySpec::Custom { .. }) && self.view.intact(&format!("{path}.policy")) {
            let message =
                format!("`{}` plays a policy of a plugin, which learns in its own way or not at all", population.name);
            let help = "drop the learner, or use `policy: Llm()`".to_owned();
            self.report(Severity::Error, &learner_path, message, "expected no learner".into(), Some(help));
        }
        if matches!(population.policy, PolicySpec::Remote(_)) && self.view.intact(&format!("{path}.policy")) {
            let message = format!("`{}` plays what a server answers, which does not learn", population.name);
            let help = "drop the learner, or use `policy: Llm()`".to_owned();
            self.report(Severity::Error, &learner_path, message, "expected no learner".into(), Some(help));
        }
        let learns = matches!(population.policy, PolicySpec::QLearning(_) | PolicySpec::QNetwork(_));
        if learns && self.view.intact(&format!("{path}.policy")) {
            let message = format!("`{}` learns by itself, as its policy says", population.name);
            self.error(&learner_path, message, "expected no learner");
        }
        self.frozen_learner(path, population);
        self.learner(&learner_path, learner);
        if let PolicySpec::Llm { prompt, .. } = &population.policy {
            self.learner_of_texts(&learner_path, learner, prompt.as_ref().unwrap_or(&self.spec.prompt));
        }
        let idle = population.rewards.iter().all(|reward| reward.weight == 0.0);
        if idle && self.view.intact(&format!("{path}.rewards")) {
            let message = format!("`{}` learns, but nothing it does is rewarded", population.name);
            self.warn(&format!("{path}.rewards"), message, "every weight is 0");
        }
    }

    fn rewards(&mut self, path: &str, population: &PopulationSpec, game: Option<&KnownGame>) {
        let mut given = BTreeSet::new();
        for (i, reward) in population.rewards.iter().enumerate() {
            let path = format!("{path}.rewards[{i}]");
            let is_custom = matches!(reward.term, TermSpec::Custom { .. });
            if !given.insert((is_custom, reward.term.name())) {
                let message = "a population has each reward term once".to_owned();
                let help = "give it one entry; `ramp` lets its weight grow, and `fade` lets it fall".to_owned();
                self.report(Severity::Error, &format!("{path}.term"), message, "given before".into(), Some(help));
            }
            if reward.weight < 0.0 {
                let help = reward.term.listed().and_then(AnyTerm::opposite);
                let help = help.map(|term| format!("its opposite is `{term}`"));
                let message = format!("weight {} is negative", reward.weight);
                self.report(Severity::Error, &format!("{path}.weight"), message, "expected at least 0".into(), help);
            } else {
                self.not_negative(&format!("{path}.weight"), "weight", reward.weight);
            }
            self.phase(&path, reward);
            self.term(&format!("{path}.term"), &reward.term, game);
        }
    }

    fn phase(&mut self, path: &str, reward: &RewardSpec) {
        let ticks = self.spec.ticks;
        if let Some(until) = reward.until.filter(|until| *until <= reward.from) {
            let message = format!("this phase never starts: it ends at tick {until} and begins at {}", reward.from);
            self.error(&format!("{path}.until"), message, "expected a tick after `from`");
        } else if reward.from >= ticks && ticks > 0 && self.view.intact("ticks") {
            let message = format!("this phase never starts: the run ends after {ticks} ticks, 0 to {}", ticks - 1);
            let path = format!("{path}.from");
            let help = format!(
                "for a short trial move the phases too: `--set {path}={}`, and `until` of the phase before it likewise",
                ticks / 2
            );
            self.report(Severity::Error, &path, message, format!("expected less than {ticks}"), Some(help));
        } else {
            self.fade(path, reward);
        }
    }

    /// A weight falls towards an end, and only as far as there are ticks for it.
    fn fade(&mut self, path: &str, reward: &RewardSpec) {
        let RewardSpec { from, until, ramp, fade, .. } = *reward;
        if fade == 0 {
            return;
        }
        let path = format!("{path}.fade");
        let Some(until) = until else {
            let help =
                "`until` is the tick at which the weight reaches 0; the run's number of ticks will do".to_owned();
            let message = "this weight fades towards no end".to_owned();
            self.report(Severity::Error, &path, message, "expected `until` beside it".into(), Some(help));
            return;
        };
        let length = until - from;
        if u64::from(ramp) + u64::from(fade) > u64::from(length) {
            let message = match ramp {
                0 => format!("a fade of {fade} ticks does not fit into this phase of {length}"),
                _ => format!("a ramp of {ramp} ticks and a fade of {fade} do not fit into this phase of {length}"),
            };
            self.error(&path, message, format!("expected at most {}", length.saturating_sub(ramp)));
        }
    }

    fn term(&mut self, path: &str, term: &TermSpec, game: Option<&KnownGame>) {
        if let TermSpec::Custom { name, params } = term {
            self.offer(&format!("{path}.Custom"), "plugin term", name, params, &self.known.offered.terms);
        }
        let Some(listed) = term.listed() else { return };
        self.numbers(&format!("{path}.{}", term.word()), &listed.numbers());
        // A game that has doubts about itself has already reported them.
        let has_doubts = self.spec.game.listed().is_some_and(|(_, kind)| !kind.doubts().is_empty());
        let no_dilemma = game.filter(|game| game.dilemma == Some(false) && !has_doubts);
        if let Some(game) = no_dilemma.filter(|_| listed.supposes_dilemma()) {
            let message = format!("`{}` is not a social dilemma", game.name);
            self.warn(path, message, "a duty to cooperate may mean little here");
        }
    }
}
