//! Policies that decide and learn round by round and need nothing but what they see and get.

use super::AgentId;
use super::snapshot::Opaque;
use crate::games::Action;
use crate::rng::{Purpose, Stream, StreamKey, stream};
use bevy_ecs::prelude::{Component, Res, Resource};
use rayon::prelude::*;
use std::fmt::Debug;

/// A policy that learns after every round. Observations are given by their index in the rules'
/// [`crate::games::ObservationSpace`].
///
/// It sees no more than its own seat does, so its matches can be played in lockstep with all others or each by itself
/// ([`PlayOrder`]), with the same result.
pub trait RoundLearner: Debug + Send + Sync {
    /// What it makes up as its first observation of a match; `None` for the real one.
    fn open(&self, rng: &mut Stream) -> Option<usize>;

    /// Whether it may ever have to decide after `seen`; a learner that makes up what it sees first never sees a blank
    /// opening.
    fn meets(&self, _seen: usize) -> bool {
        true
    }

    /// A legal action after `seen`.
    fn decide(&mut self, seen: usize, rng: &mut Stream) -> Action;

    /// Learns that `action` after `seen` brought `reward` and led to `next`.
    fn learn(&mut self, seen: usize, action: Action, reward: f64, next: usize);

    /// How likely `action` is after `seen`.
    fn probability(&self, seen: usize, action: Action) -> f64;

    /// What it has learned, to be kept while the run is stopped.
    fn keep(&self) -> Opaque;

    /// Takes over what [`RoundLearner::keep`] kept, or says why it cannot.
    fn recall(&mut self, kept: &Opaque) -> Result<(), String>;
}

/// An agent that carries this plays and learns round by round.
#[derive(Component, Debug)]
#[require(SeatStreams)]
pub struct LearnsByRound(pub Box<dyn RoundLearner>);

/// The random streams of an agent's seats in this tick, in the order of its seats.
#[derive(Component, Debug, Default)]
pub struct SeatStreams(pub Vec<Stream>);

impl SeatStreams {
    /// The stream of `seat`, held by `agent`, in `tick`. It serves the whole match: naming a new stream for every round
    /// costs more than the round.
    pub fn open(seed: u64, agent: AgentId, tick: u32, seat: usize) -> Stream {
        stream(seed, Purpose::RoundLearner, StreamKey { agent: agent.0, tick, seat: seat as u32, round: 0 })
    }
}

/// The order in which the rounds of a tick are played.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayOrder {
    /// The first round of every match, then the second of every match, and so on; by the systems of
    /// [`super::schedule::Round`].
    #[default]
    Lockstep,
    /// Every match from its first round to its last, many at once. Only for two-player games without noise whose
    /// players all carry [`LearnsByRound`] and a [`super::RewardTable`] and sit in one match each.
    LearnersByMatch,
    /// The same for agents that learn nothing, in as many matches as they like, with noise or without. Only for
    /// two-player games without reputations, whose players all carry [`super::PlaysByMatch`] and are paid as their
    /// population is.
    ScriptsByMatch,
    /// Each kind of match once, entered into the books of all that play it; ticks in which some agent's moves are not
    /// certain are played as in [`PlayOrder::ScriptsByMatch`]. Only for two-player games without noise, of a fixed
    /// number of rounds and with a blank opening, between agents that play by script and pay no heed to anything but
    /// the last round.
    PairByPair,
}

/// Run condition: scripts play their matches one by one, some of the ticks at least.
pub fn scripts_play_by_match(order: Res<PlayOrder>) -> bool {
    matches!(*order, PlayOrder::ScriptsByMatch | PlayOrder::PairByPair)
}

/// As many small pieces of work are worth more than one thread.
const MANY: usize = 4096;
/// As many small pieces of work are done by one thread in a row.
const FEW: usize = 512;

/// Threads for work inside a tick. Results never depend on their number.
#[derive(Resource, Debug)]
pub struct Workers(pub rayon::ThreadPool);

impl Workers {
    /// Runs `work` on every one of `items`, side by side if there is more than one worker: handing work to another
    /// thread and waiting for it costs more than many a tick.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) + Send + Sync) {
        if self.0.current_num_threads() == 1 {
            items.iter_mut().for_each(work);
        } else {
            self.0.install(|| items.par_iter_mut().for_each(work));
        }
    }

    /// The workers, if there are several and enough `items` for each to have some.
    fn for_many(workers: Option<&Self>, items: usize) -> Option<&Self> {
        workers.filter(|workers| items >= MANY && workers.0.current_num_threads() > 1)
    }

    /// Runs `work` on every one of `items`, side by side if there are `workers` and many items.
    pub fn each_of<T: Send>(workers: Option<&Self>, items: &mut [T], work: impl Fn(&mut T) + Send + Sync) {
        match Self::for_many(workers, items.len()) {
            Some(workers) => workers.0.install(|| items.par_iter_mut().with_min_len(FEW).for_each(work)),
            None => items.iter_mut().for_each(work),
        }
    }

    /// Runs `work` on pieces of `items`, all `size` long but for the last, each with the number of its first item; side
    /// by side if there are `workers` and many items.
    pub fn each_piece<T: Send>(
        workers: Option<&Self>,
        items: &mut [T],
        size: usize,
        work: impl Fn(usize, &mut [T]) + Send + Sync,
    ) {
        let work = |(number, piece): (usize, &mut [T])| work(number * size, piece);
        match Self::for_many(workers, items.len()) {
            Some(workers) => workers.0.install(|| items.par_chunks_mut(size).enumerate().for_each(work)),
            None => items.chunks_mut(size).enumerate().for_each(work),
        }
    }

    /// Does `one` and the `other`, which are about this many `items`; side by side if there are `workers` and many of
    /// these.
    pub fn both(workers: Option<&Self>, items: usize, one: impl FnOnce() + Send, other: impl FnOnce() + Send) {
        match Self::for_many(workers, items) {
            Some(workers) => {
                workers.0.join(one, other);
            }
            None => {
                one();
                other();
            }
        }
    }

    /// Runs `work` on every one of `items` with the one at the same place in `others`, side by side if there are
    /// `workers` and many items.
    pub fn each_with<T: Send, O: Sync>(
        workers: Option<&Self>,
        items: &mut [T],
        others: &[O],
        work: impl Fn(&mut T, &O) + Send + Sync,
    ) {
        match Self::for_many(workers, items.len()) {
            Some(workers) => workers.0.install(|| {
                let both = items.par_iter_mut().zip(others.par_iter()).with_min_len(FEW);
                both.for_each(|(item, other)| work(item, other));
            }),
            None => items.iter_mut().zip(others).for_each(|(item, other)| work(item, other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_halves_are_done_once_by_any_number_of_workers() {
        let pool = |threads| Workers(rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
        for workers in [None, Some(pool(1)), Some(pool(2))] {
            for count in [0, 1, 10, MANY + 10] {
                let (mut items, mut sums) = (vec![0; count], [0; 2]);
                Workers::each_piece(workers.as_ref(), &mut items, 7, |first, piece| {
                    piece.iter_mut().zip(first..).for_each(|(item, number)| *item += number);
                });
                assert_eq!(items, (0..count).collect::<Vec<_>>());
                let [one, other] = &mut sums;
                Workers::both(workers.as_ref(), count, || *one += 1, || *other += 2);
                assert_eq!(sums, [1, 2]);
            }
        }
    }
}
