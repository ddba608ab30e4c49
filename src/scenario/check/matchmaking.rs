//! Checks of who meets whom.

use super::amounts::one_of;
use super::{Checks, KnownGame};
use crate::matchmaking::MATCHMAKERS;
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::{MatchmakingSpec, PolicySpec};
use crate::scenario::size::extent::sizes;
use crate::world::Matchmaker;

/// Most agents among which language models pick partners; with more, prompts are longer than models are made for.
const PICKED_AMONG_MAX: u64 = 256;

impl Checks<'_> {
    /// Checks who meets whom, and keeps the matchmaker for the checks to come.
    pub(super) fn matchmaking(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        let agents = sizes(spec).agents();
        let path = match &spec.matchmaking {
            MatchmakingSpec::Custom { name, params } => {
                let path = "matchmaking.Custom";
                self.offer(path, "plugin matchmaker", name, params, &self.known.offered.matchmakers);
                path.to_owned()
            }
            _ => format!("matchmaking.{}", self.matchmaker_word()),
        };
        if !self.view.intact("matchmaking") {
            return;
        }
        let Ok(matchmaker) = spec.matchmaking.build(&self.known.offered) else { return };
        self.matchmaker = Some(matchmaker.clone());
        self.seats_two(&path, &*matchmaker, game);
        if matchmaker.draws_from_all() {
            self.enough_agents(agents, game);
        }
        self.seated(&path, &*matchmaker);
        if matchmaker.is_by_choice() && !spec.matchmaking.is_by_choice() {
            let message = "a matchmaker of a plugin leaves the choice of partners to agents, who would not be asked";
            self.error(&path, message, "expected one that makes the matches itself");
        } else if matchmaker.is_by_choice() {
            self.frozen_picks_nobody();
            self.picks_with_ordinary_adapters();
            self.picks_among_few(agents);
        }
    }

    /// A matchmaker with two sides cannot fill more than two seats.
    fn seats_two(&mut self, path: &str, matchmaker: &dyn Matchmaker, game: Option<&KnownGame>) {
        let seats_two = matchmaker.seats_two().or(matchmaker.is_by_choice().then_some("partners"));
        let (Some(what), Some(game)) = (seats_two, game.filter(|game| game.seats != 2)) else { return };
        let any = MATCHMAKERS.iter().filter(|listed| listed.seats_two.is_none()).map(|listed| listed.word);
        let message = format!("{what} cannot fill the {} seats of `{}`", game.seats, game.name);
        self.error(path, message, format!("expected {}", one_of(any)));
    }

    /// Checks the populations that the matchmaker names, and reports the faults that it finds itself.
    fn seated(&mut self, path: &str, matchmaker: &dyn Matchmaker) {
        let spec = self.spec;
        let named = (0..spec.populations.len()).all(|i| self.view.intact(&format!("populations[{i}].name")));
        let is_known = named && !self.view.broken.contains("populations");
        let names: Vec<&str> = spec.populations.iter().map(|population| &*population.name).collect();
        for (at, name) in matchmaker.names().into_iter().filter(|_| is_known) {
            self.name(&format!("{path}{at}"), "population", name, &names);
        }
        let faults = matchmaker.faults(&sizes(spec));
        if is_known || matchmaker.names().is_empty() {
            self.faults(path, faults);
        }
    }

    /// The word for the matchmaker.
    pub(super) fn matchmaker_word(&self) -> &'static str {
        self.spec.matchmaking.listed().map_or("Custom", |(listed, _)| listed.word)
    }

    /// An activated adapter acts from the end of the start that the game's prompts share, which a prompt for picking
    /// lacks.
    fn picks_with_ordinary_adapters(&mut self) {
        let spec = self.spec;
        for (i, population) in spec.populations.iter().enumerate() {
            if matches!(population.policy, PolicySpec::Llm { activated: true, .. }) {
                let message = format!("`{}` picks partners, where an activated adapter would not act", population.name);
                let path = format!("populations[{i}].policy.Llm.activated");
                self.error(&path, message, format!("expected `activated: false` with {}", self.matchmaker_word()));
            }
        }
    }

    /// A prompt for picking tells of every other agent, and each answer is read after all of it.
    fn picks_among_few(&mut self, agents: u64) {
        let picker = self.spec.populations.iter().position(|p| matches!(p.policy, PolicySpec::Llm { .. }));
        if let Some(index) = picker.filter(|_| agents > PICKED_AMONG_MAX) {
            let message =
                format!("`{}` would pick partners among {agents} agents by prompt", self.spec.populations[index].name);
            let label = {
                let word = self.matchmaker_word();
                format!("expected at most {PICKED_AMONG_MAX} agents with {word} and language models")
            };
            self.error("matchmaking", message, label);
        }
    }

    fn enough_agents(&mut self, agents: u64, game: Option<&KnownGame>) {
        let Some(game) = game.filter(|game| agents < game.seats as u64) else { return };
        // A count that is missing or 0 has its own message; once it is corrected, there may be enough agents.
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
}
