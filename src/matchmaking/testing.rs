//! Helpers shared by the tests of matchmakers.

use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::world::{AgentId, Matchmaker, People, Sizes};
use proptest::prelude::TestCaseError;
use proptest::prop_assert_eq;

pub(super) fn rng(seed: u64) -> Stream {
    stream(seed, Purpose::Pairing, StreamKey::default())
}

/// Populations of these `counts`; agents are numbered consecutively across them.
pub(super) fn people<'a>(names: &'a [String], counts: &[u32]) -> People<'a> {
    let populations = counts.iter().enumerate().flat_map(|(index, &count)| (0..count).map(move |_| index));
    // Backwards: the order in which the world lists them must not matter.
    let mut seated: Vec<_> = populations.enumerate().map(|(id, index)| (AgentId(id as u32), index)).collect();
    seated.reverse();
    People::new(names, seated.into_iter())
}

/// The pairing of populations `a` and `b` with these `counts`, in a two-player game.
pub(super) fn by_hand(matchmaker: &dyn Matchmaker, counts: [u32; 2]) -> Vec<u32> {
    let names = ["a".to_owned(), "b".to_owned()];
    matchmaker.pair(&people(&names, &counts), 2, &mut rng(1)).into_iter().map(|agent| agent.0).collect()
}

/// Checks that `matchmaker` makes as many matches of populations `a` and `b` as it says, seats each population as often
/// as it says, and lets no others meet.
pub(super) fn check(matchmaker: &dyn Matchmaker, counts: [u32; 2], seats: usize) -> Result<(), TestCaseError> {
    let names = ["a".to_owned(), "b".to_owned()];
    let people = people(&names, &counts);
    let sizes = Sizes::new(names.iter().cloned().zip(counts.map(u64::from)));
    let pairing = matchmaker.pair(&people, seats, &mut rng(1));
    prop_assert_eq!(matchmaker.matches(&sizes, seats as u64) * seats as u64, pairing.len() as u64);
    let population = |agent: &AgentId| usize::from(agent.0 >= counts[0]);
    let taken = (0..2).map(|index| matchmaker.seats_of(&sizes, seats as u64, index) * f64::from(counts[index]));
    prop_assert_eq!(taken.sum::<f64>().round(), pairing.len() as f64);
    for group in pairing.chunks(seats) {
        for (i, a) in group.iter().enumerate() {
            for b in &group[i + 1..] {
                proptest::prop_assert!(matchmaker.met_by(&sizes, population(a)).contains(&population(b)));
            }
        }
    }
    Ok(())
}
