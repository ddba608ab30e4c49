//! Scripts in matches that are played one by one.

use super::behaviour::chance;
use super::seat::SeatMemory;
use super::{MatchView, Moves, Strategy};
use crate::games::Action;
use crate::rng::{Purpose, RoundStreams, Stream, StreamKey, stream};
use crate::world::{MatchPlayer, MatchSoFar, Reflex, Rules, Seated};
use std::sync::Arc;

/// A script that plays whole matches.
#[derive(Debug)]
pub(super) struct ByMatch {
    strategy: Arc<dyn Strategy>,
    moves: Moves,
    /// By observation, if it looks at the last round alone.
    chances: Option<Vec<f64>>,
}

impl ByMatch {
    /// `strategy` in the game of `rules`, whose moves are `moves`.
    pub(super) fn new(strategy: Arc<dyn Strategy>, moves: Moves, rules: &Rules) -> Self {
        let chances = (0..rules.observations.len()).map(|i| chance(strategy.as_ref(), moves, rules, i)).collect();
        Self { strategy, moves, chances }
    }
}

impl MatchPlayer for ByMatch {
    fn reflex(&self) -> Option<Reflex<'_>> {
        let actions = [self.moves.cooperate, self.moves.defect];
        self.chances.as_deref().map(|chances| Reflex { chances, actions })
    }

    fn sit(&self, seat: usize) -> Box<dyn Seated + '_> {
        let strategy = self.strategy.as_ref();
        // Strategies that never draw are given a stream that nobody else has a use for.
        let idle = (!strategy.draws()).then(|| stream(0, Purpose::Decision, StreamKey::default()));
        Box::new(InSeat { strategy, moves: &self.moves, seat, memory: SeatMemory::of(strategy), idle })
    }
}

/// A script in its seat.
struct InSeat<'a> {
    strategy: &'a dyn Strategy,
    moves: &'a Moves,
    seat: usize,
    memory: SeatMemory,
    idle: Option<Stream>,
}

impl Seated for InSeat<'_> {
    fn decide(&mut self, so_far: &MatchSoFar, draws: &mut RoundStreams) -> Action {
        let round = so_far.round();
        let view = MatchView {
            game: so_far.rules.game.as_ref(),
            moves: self.moves,
            history: so_far.history,
            stride: 2,
            first_seat: 0,
            seat: self.seat,
            round: round as usize,
            seen: so_far.seen,
            others_good: None,
        };
        match (self.memory.chance(&view), &mut self.idle) {
            (Some(p), _) => self.moves.action(p >= 1.0 || (p > 0.0 && draws.first(round)[0] < p)),
            (None, Some(idle)) => self.strategy.decide(&view, idle),
            (None, None) => self.strategy.decide(&view, &mut draws.stream(round)),
        }
    }
}
