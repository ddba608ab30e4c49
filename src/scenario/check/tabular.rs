//! Checks of Q-learners and of the order of play that only they allow.

use super::amounts::one_of;
use super::{Checks, KnownGame};
use crate::matchmaking::MATCHMAKERS;
use crate::policies::tabular::q_learning::{Epsilon, FirstState, QLearningConfig};
use crate::scenario::format::{HorizonSpec, OpeningSpec, PlaySpec, PolicySpec};

impl Checks<'_> {
    pub(super) fn q_learning(&mut self, path: &str, config: &QLearningConfig, game: Option<&KnownGame>) {
        if !(config.alpha > 0.0 && config.alpha <= 1.0) {
            let message = format!("`alpha` {} is out of range", config.alpha);
            self.error(&format!("{path}.alpha"), message, "expected more than 0 and at most 1");
        }
        self.below_one(&format!("{path}.discount"), "`discount`", config.discount);
        match config.epsilon {
            Epsilon::Constant(share) => self.probability(&format!("{path}.epsilon.Constant"), share),
            Epsilon::Linear { from, to, over } => {
                let path = format!("{path}.epsilon.Linear");
                self.probability(&format!("{path}.from"), from);
                self.probability(&format!("{path}.to"), to);
                if over == 0 {
                    self.error(
                        &format!("{path}.over"),
                        "`over` must be at least 1",
                        "number of decisions over which exploration changes",
                    );
                }
            }
        }
        if config.first_state == FirstState::Drawn && self.spec.opening == OpeningSpec::MadeUp {
            let message = "the made-up opening is not looked at: a Q-learner draws its first state by itself";
            self.warn(&format!("{path}.first_state"), message, "`first_state: Opening` takes the opening");
        }
        // More seats make more states, not different ones; but a table as large as this would never be filled.
        if let Some(game) = game.filter(|game| game.actions * game.actions.max(game.seats) > STATES_MAX) {
            let message = format!("`{}` has more states than a table can learn", game.name);
            self.error(path, message, format!("expected a game with at most {STATES_MAX}"));
        }
    }

    pub(super) fn play_order(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        if spec.output.every == 0 {
            self.error("output.every", "`every` must be at least 1", "number of ticks that a row sums up");
        }
        match spec.play {
            PlaySpec::Lockstep => return,
            PlaySpec::PairByPair => return self.pair_by_pair(game),
            PlaySpec::MatchByMatch => {}
        }
        if let Some(game) = game.filter(|game| game.seats != 2) {
            let message = format!("`{}` seats {}; matches are played one by one only for two", game.name, game.seats);
            self.error("play", message, "expected Lockstep");
        }
        if spec.noise > 0.0 {
            self.error("noise", "matches played one by one have no noise", "expected 0, or `play: Lockstep`");
        }
        if spec.output.moves {
            self.error(
                "output.moves",
                "matches played one by one leave no moves",
                "expected false, or `play: Lockstep`",
            );
        }
        for (i, population) in spec.populations.iter().enumerate() {
            if !matches!(population.policy, PolicySpec::QLearning(_)) {
                let message = format!("`{}` cannot play its matches one by one", population.name);
                self.error(&format!("populations[{i}].policy"), message, "expected QLearning, or `play: Lockstep`");
            }
        }
        self.seats_each_once();
    }

    /// What is played once for all has to go the same way every time.
    fn pair_by_pair(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        if let Some(game) = game.filter(|game| game.seats != 2) {
            let message = format!("`{}` seats {}; pairs are played once for all only for two", game.name, game.seats);
            self.error("play", message, "expected Lockstep");
        }
        for (is_wrong, path, message) in [
            (spec.noise > 0.0, "noise", "with noise, no match goes as another does"),
            (!matches!(spec.rounds, HorizonSpec::Fixed(_)), "rounds", "matches of drawn lengths do not go alike"),
            (spec.opening != OpeningSpec::Blank, "opening", "matches that open differently do not go alike"),
            (spec.output.moves, "output.moves", "pairs that are played once for all leave no moves"),
            (spec.matchmaking.is_by_choice(), "matchmaking", "agents that pick partners learn from every round"),
            (
                spec.reputation.is_some(),
                "reputation",
                "what players are known for changes, so that matches do not go alike",
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

/// Most states of a table: the agent's own action times what it sees of the others.
const STATES_MAX: usize = 1 << 16;
