//! Checks of who meets whom.

use super::{Checks, KnownGame};
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{MatchmakingSpec, PolicySpec};
use std::collections::BTreeSet;

/// Most agents among whom language models pick partners: beyond, prompts are longer than models are made for.
const PICKED_AMONG_MAX: u64 = 256;

impl Checks<'_> {
    pub(super) fn matchmaking(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        let agents: u64 = spec.populations.iter().map(|population| u64::from(population.count)).sum();
        match &spec.matchmaking {
            MatchmakingSpec::RoundRobin => self.enough_agents(agents, game),
            MatchmakingSpec::RandomPairs { repeats } => {
                if *repeats == 0 {
                    let message = "`repeats` must be at least 1";
                    self.error("matchmaking.RandomPairs.repeats", message, "with 0 nobody is ever paired");
                }
                self.enough_agents(agents, game);
            }
            MatchmakingSpec::FixedPairs(pairs) => self.fixed_pairs("FixedPairs", pairs, game),
            MatchmakingSpec::Paired(pairs) => self.fixed_pairs("Paired", pairs, game),
            MatchmakingSpec::SelfPlay => {}
            MatchmakingSpec::PartnerSelection { .. } => {
                if let Some(game) = game.filter(|game| game.seats != 2) {
                    let message = format!("partners cannot fill the {} seats of `{}`", game.seats, game.name);
                    self.error("matchmaking", message, "expected RoundRobin, RandomPairs or SelfPlay");
                }
                self.enough_agents(agents, game);
                self.picks_with_ordinary_adapters();
                self.picks_among_few(agents);
            }
        }
    }

    /// An activated adapter acts from the end of the game's prompts' common start, which a prompt for picking has not.
    fn picks_with_ordinary_adapters(&mut self) {
        let spec = self.spec;
        for (i, population) in spec.populations.iter().enumerate() {
            if matches!(population.policy, PolicySpec::Llm { activated: true, .. }) {
                let message = format!("`{}` picks partners, where an activated adapter would not act", population.name);
                let path = format!("populations[{i}].policy.Llm.activated");
                self.error(&path, message, "expected `activated: false` with PartnerSelection");
            }
        }
    }

    /// A prompt for picking tells of everybody else, and each answer is read after all of it.
    fn picks_among_few(&mut self, agents: u64) {
        let picker = self.spec.populations.iter().position(|p| matches!(p.policy, PolicySpec::Llm { .. }));
        if let Some(index) = picker.filter(|_| agents > PICKED_AMONG_MAX) {
            let message =
                format!("`{}` would pick partners among {agents} agents by prompt", self.spec.populations[index].name);
            let label = format!("expected at most {PICKED_AMONG_MAX} agents with PartnerSelection and language models");
            self.error("matchmaking", message, label);
        }
    }

    fn enough_agents(&mut self, agents: u64, game: Option<&KnownGame>) {
        let Some(game) = game.filter(|game| agents < game.seats as u64) else { return };
        // A count that is missing or 0 has its own message, and with it mended there may be enough.
        let populations = &self.spec.populations;
        let counted = (0..populations.len()).all(|i| self.view.intact(&format!("populations[{i}].count")));
        if populations.iter().any(|population| population.count == 0) || populations.is_empty() || !counted {
            return;
        }
        let message = format!("{agents} agents cannot fill the {} seats of `{}`", game.seats, game.name);
        let help = "more members (`count`), another population, or `matchmaking: SelfPlay`".to_owned();
        self.report(
            Severity::Error,
            "populations",
            message,
            format!("expected at least {} agents", game.seats),
            Some(help),
        );
    }

    fn fixed_pairs(&mut self, word: &str, pairs: &[(String, String)], game: Option<&KnownGame>) {
        let path = &format!("matchmaking.{word}");
        if pairs.is_empty() {
            self.error(path, "no pairs", "expected `(\"population\", \"population\")`, at least one");
        }
        if let Some(game) = game.filter(|game| game.seats != 2) {
            let message = format!("pairs cannot fill the {} seats of `{}`", game.seats, game.name);
            self.error(path, message, "expected RoundRobin, RandomPairs or SelfPlay");
        }
        let spec = self.spec;
        let named = (0..spec.populations.len()).all(|i| self.view.intact(&format!("populations[{i}].name")));
        if !named || !self.view.intact("matchmaking") || self.view.broken.contains("populations") {
            return;
        }
        let names: Vec<&str> = spec.populations.iter().map(|population| &*population.name).collect();
        let (known, mut given): (BTreeSet<&str>, _) = (names.iter().copied().collect(), BTreeSet::new());
        for (i, (first, second)) in pairs.iter().enumerate() {
            for (side, name) in
                [first, second].into_iter().enumerate().filter(|(_, name)| !known.contains(name.as_str()))
            {
                self.name(&format!("{path}[{i}][{side}]"), "population", name, &names);
            }
            if !given.insert((first.min(second), first.max(second))) {
                self.error(&format!("{path}[{i}]"), "this pair is given twice", "expected another pair");
            }
            if word == "Paired" {
                self.counterparts(&format!("{path}[{i}]"), first, second);
                continue;
            }
            let single = spec.populations.iter().any(|p| p.name == *first && first == second && p.count < 2);
            if single {
                let message = format!("`{first}` has one member, who cannot meet another");
                self.error(&format!("{path}[{i}]"), message, "expected two populations, or `count` of at least 2");
            }
        }
    }

    /// Members who meet one by one need counterparts.
    fn counterparts(&mut self, path: &str, first: &str, second: &str) {
        if first == second {
            let message = format!("`{first}` would meet itself, member by member");
            self.error(path, message, "expected two populations");
            return;
        }
        let count = |name: &str| self.spec.populations.iter().find(|p| p.name == name).map(|p| p.count);
        if let (Some(a), Some(b)) = (count(first), count(second))
            && a != b
        {
            let message = format!("{a} members of `{first}` cannot be paired with {b} of `{second}`");
            self.error(path, message, "expected populations of the same size");
        }
    }
}
