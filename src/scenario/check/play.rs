//! Checks of the order in which the rounds of a tick are played.

use super::amounts::one_of;
use super::{Checks, KnownGame};
use crate::matchmaking::MATCHMAKERS;
use crate::play::ACTIONS_MAX;
use crate::scenario::format::{HorizonSpec, OpeningSpec, PolicySpec};
use crate::scenario::questions;
use crate::world::PlayOrder;

impl Checks<'_> {
    pub(super) fn play_order(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        if spec.output.every == 0 {
            self.error("output.every", "`every` must be at least 1", "number of ticks that a row sums up");
        }
        match questions::play_order(spec) {
            PlayOrder::Lockstep => {}
            PlayOrder::PairByPair => self.pair_by_pair(game),
            PlayOrder::LearnersByMatch => self.learners_by_match(game),
            PlayOrder::ScriptsByMatch => self.scripts_by_match(game),
        }
    }

    fn learners_by_match(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        self.two_players(game, "matches are played one by one only for two");
        for (is_wrong, path, message) in [
            (spec.noise > 0.0, "noise", "matches between learners played one by one have no noise"),
            (spec.output.moves, "output.moves", "matches played one by one leave no moves"),
            (
                spec.reputation.is_some(),
                "reputation",
                "matches played one by one do not hear of each other's reputations",
            ),
        ] {
            if is_wrong {
                self.error(path, message, "expected another value, or `play: Lockstep`");
            }
        }
        for (i, population) in spec.populations.iter().enumerate() {
            if !matches!(population.policy, PolicySpec::QLearning(_)) {
                let message = format!("`{}` cannot play its matches one by one", population.name);
                let label = "expected Q-learners alone, or scripts alone, or `play: Lockstep`";
                self.error(&format!("populations[{i}].policy"), message, label);
            }
        }
        self.seats_each_once();
    }

    /// Scripts are paid by what a round can be, and nothing but their match has any say in it.
    fn scripts_by_match(&mut self, game: Option<&KnownGame>) {
        self.two_players(game, "matches are played one by one only for two");
        self.few_actions(game);
        self.apart("matches played one by one leave no moves");
    }

    fn two_players(&mut self, game: Option<&KnownGame>, only: &str) {
        if let Some(game) = game.filter(|game| game.seats != 2) {
            self.error("play", format!("`{}` seats {}; {only}", game.name, game.seats), "expected Lockstep");
        }
    }

    fn few_actions(&mut self, game: Option<&KnownGame>) {
        if let Some(game) = game.filter(|game| game.actions > ACTIONS_MAX) {
            let message =
                format!("`{}` has {} actions: its rounds are too many to be numbered", game.name, game.actions);
            self.error("play", message, format!("expected Lockstep, or a game of at most {ACTIONS_MAX} actions"));
        }
    }

    /// What would make matches depend on each other, or players of a population be paid by rules of their own.
    fn apart(&mut self, moves: &str) {
        let spec = self.spec;
        for (is_wrong, path, message) in [
            (spec.output.moves, "output.moves", moves),
            (spec.matchmaking.is_by_choice(), "matchmaking", "agents that pick partners learn from every round"),
            (
                spec.reputation.is_some(),
                "reputation",
                "what players are known for changes between the rounds of a match",
            ),
            (
                spec.evolution.as_ref().is_some_and(|evolution| !evolution.inherit.weights.is_empty()),
                "evolution.inherit.weights",
                "members of a population are paid by weights of their own",
            ),
        ] {
            if is_wrong {
                self.error(path, message, "expected another value, or `play: Lockstep`");
            }
        }
    }

    /// What is played once for all has to go the same way every time.
    fn pair_by_pair(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        self.two_players(game, "pairs are played once for all only for two");
        self.few_actions(game);
        for (is_wrong, path, message) in [
            (spec.noise > 0.0, "noise", "with noise, no match goes as another does"),
            (!matches!(spec.rounds, HorizonSpec::Fixed(_)), "rounds", "matches of drawn lengths do not go alike"),
            (spec.opening != OpeningSpec::Blank, "opening", "matches that open differently do not go alike"),
        ] {
            if is_wrong {
                self.error(path, message, "expected another value, or `play: Lockstep`");
            }
        }
        self.apart("pairs that are played once for all leave no moves");
        for (i, population) in spec.populations.iter().enumerate() {
            let is_fit = match &population.policy {
                PolicySpec::Scripted(strategy) => strategy.is_memory_one(),
                PolicySpec::Custom { name, .. } => self.known.offered.heritable.contains(name),
                _ => false,
            };
            if !is_fit {
                let message = format!("`{}` depends on more than the last round, or learns", population.name);
                self.error(
                    &format!("populations[{i}].policy"),
                    message,
                    "expected a memory-one strategy, or `play: Lockstep`",
                );
            }
        }
    }

    /// Matches played one by one run side by side, so no agent may sit in two of them.
    fn seats_each_once(&mut self) {
        let Some(Err(faults)) = self.matchmaker.as_ref().map(|matchmaker| matchmaker.seats_each_once()) else { return };
        let word = self.matchmaker_word();
        let once = one_of(MATCHMAKERS.iter().filter_map(|listed| listed.seating_once));
        for fault in faults {
            let label = match fault.expected.is_empty() {
                true => format!("expected {once}, or `play: Lockstep`"),
                false => fault.expected,
            };
            let path =
                if fault.at.is_empty() { "matchmaking".into() } else { format!("matchmaking.{word}{}", fault.at) };
            self.error(&path, fault.message, label);
        }
    }
}
