//! Checks of Q-learners.

use super::{Checks, KnownGame};
use crate::policies::tabular::q_learning::{Epsilon, FirstState, QLearningConfig};
use crate::scenario::format::OpeningSpec;

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
}

/// Most states of a table: the agent's own action times what it sees of the others.
const STATES_MAX: usize = 1 << 16;
