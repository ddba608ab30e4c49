//! What a strategy has read of the match that is played in its seat.

use super::memory::Memory;
use super::strategy::Strategy;
use super::view::MatchView;

/// What the strategy in a seat keeps, if it keeps anything, and how many rounds have been read into it.
pub(super) struct SeatMemory {
    kept: Option<Box<dyn Memory>>,
    read: usize,
}

impl SeatMemory {
    /// What `strategy` begins with.
    pub(super) fn of(strategy: &dyn Strategy) -> Self {
        Self { kept: strategy.memory(), read: 0 }
    }

    /// Probability of cooperation in a match that looks like `view`; `None` if the strategy keeps nothing.
    pub(super) fn chance(&mut self, view: &MatchView) -> Option<f64> {
        let kept = self.kept.as_mut()?;
        for round in self.read..view.round {
            if let Some((own, others)) = view.counted(round) {
                kept.see(own, others);
            }
        }
        self.read = view.round;
        Some(kept.chance(view.recall()))
    }
}
