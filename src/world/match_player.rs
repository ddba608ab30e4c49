//! Policies that look at nothing but the match that they play, and learn nothing from it.

use super::Rules;
use crate::games::{Action, Observation};
use crate::rng::RoundStreams;
use bevy_ecs::prelude::Component;
use std::fmt::Debug;
use std::sync::Arc;

/// A policy that decides by the rounds of its match and never changes in between, so that a match of two can be played
/// in lockstep with all others or by itself ([`super::PlayOrder`]), with the same moves.
pub trait MatchPlayer: Debug + Send + Sync {
    /// What it does if it looks at the last round alone.
    fn reflex(&self) -> Option<Reflex<'_>>;

    /// Takes a seat of a match that begins.
    fn sit(&self, seat: usize) -> Box<dyn Seated + '_>;
}

/// A choice between two actions that depends on the last round alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reflex<'a> {
    /// How likely the first of `actions` is after each observation, by index. What is certain takes no draw; the rest
    /// is decided by the first draw of the round.
    pub chances: &'a [f64],
    /// The two actions.
    pub actions: [Action; 2],
}

impl Reflex<'_> {
    /// The action in `round` after the observation of this index.
    #[inline]
    pub fn decide(&self, seen: usize, round: u32, draws: &mut RoundStreams) -> Action {
        let chance = self.chances[seen];
        let is_first = chance >= 1.0 || (chance > 0.0 && draws.first(round)[0] < chance);
        self.actions[usize::from(!is_first)]
    }
}

/// A player in its seat, from before the first round of a match to its last.
pub trait Seated {
    /// The action for the coming round.
    fn decide(&mut self, so_far: &MatchSoFar, draws: &mut RoundStreams) -> Action;
}

/// A match of two before a round.
#[derive(Clone, Copy, Debug)]
pub struct MatchSoFar<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// The actions as played, `[round][seat]`.
    pub history: &'a [Action],
    /// What the player sees.
    pub seen: Observation,
}

impl MatchSoFar<'_> {
    /// Rounds played; the coming round's number.
    pub fn round(&self) -> u32 {
        (self.history.len() / 2) as u32
    }
}

/// How an agent plays a match by itself; empty for those that cannot.
#[derive(Component, Clone, Debug, Default)]
pub struct PlaysByMatch(pub Option<Arc<dyn MatchPlayer>>);
