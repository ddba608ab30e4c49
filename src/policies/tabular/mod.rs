//! Learners whose policy is a table of values, which changes after every round.

mod plugin;
pub mod q_learning;

pub use plugin::TabularPlugin;

use crate::games::Action;
use crate::rng::Stream;
use crate::world::RoundLearner;
use crate::world::snapshot::Opaque;
use q_learning::{FirstState, QTable};
use rand::RngExt;

/// A Q-learner as the world sees it: its states are the game's observations.
#[derive(Debug)]
pub struct QLearner(pub QTable);

impl RoundLearner for QLearner {
    fn open(&self, rng: &mut Stream) -> Option<usize> {
        match self.0.config().first_state {
            // Observation 0 is the blank opening; the others stand for the last moves.
            FirstState::Drawn => Some(rng.random_range(1..self.0.states() as u32) as usize),
            FirstState::Opening => None,
        }
    }

    fn meets(&self, seen: usize) -> bool {
        seen != 0 || self.0.config().first_state == FirstState::Opening
    }

    fn decide(&mut self, seen: usize, rng: &mut Stream) -> Action {
        self.0.decide(seen, rng)
    }

    fn learn(&mut self, seen: usize, action: Action, reward: f64, next: usize) {
        self.0.update(seen, action, reward, next);
    }

    fn probability(&self, seen: usize, action: Action) -> f64 {
        self.0.probability(seen, action)
    }

    fn keep(&self) -> Opaque {
        Opaque::new(&self.0)
    }

    fn recall(&mut self, kept: &Opaque) -> Result<(), String> {
        self.0 = kept.open()?;
        Ok(())
    }
}
