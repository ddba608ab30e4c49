//! Who meets whom in a tick: pure functions from agents to matches.
//!
//! A pairing is a flat list of agents, `seats` of them for each match, in seat order: match `m` seats
//! `pairing[m * seats .. (m + 1) * seats]`. The order of matches and seats is part of the result.

pub mod count;
mod partners;
mod plugin;

pub use plugin::MatchmakingPlugin;

use rand::{Rng, RngExt};

/// Every pair of `agents` once.
///
/// Seats alternate so that nobody sits first in more than one match more (or less) than second. With more than two
/// seats meeting everyone once is seldom possible; then it is one [`random_groups`] of the tick.
pub fn round_robin<A: Copy + PartialEq>(agents: &[A], seats: usize, rng: &mut impl Rng) -> Vec<A> {
    if !count::meets_everybody(seats as u64) {
        return random_groups(agents, seats, rng);
    }
    let n = agents.len();
    let mut pairing = Vec::with_capacity(n * n.saturating_sub(1));
    for i in 0..n {
        for j in i + 1..n {
            let (first, second) = if (i + j) % 2 == 1 { (i, j) } else { (j, i) };
            pairing.extend([agents[first], agents[second]]);
        }
    }
    pairing
}

/// `agents` shuffled and cut into groups of `seats`, each agent in one; those left over sit out.
///
/// # Panics
/// If `seats` is 0.
pub fn random_groups<A: Copy + PartialEq>(agents: &[A], seats: usize, rng: &mut impl Rng) -> Vec<A> {
    let mut pairing = agents.to_vec();
    // Fisher and Yates, written out: the draws, and with them every result, stay the same whatever the library does.
    for i in (1..pairing.len()).rev() {
        pairing.swap(i, rng.random_range(0..=i));
    }
    pairing.truncate(agents.len() / seats * seats);
    pairing
}

/// [`random_groups`], `repeats` times over, one after the other.
///
/// # Panics
/// If `seats` is 0.
pub fn random_pairs<A: Copy + PartialEq>(agents: &[A], seats: usize, repeats: u32, rng: &mut impl Rng) -> Vec<A> {
    (0..repeats).flat_map(|_| random_groups(agents, seats, rng)).collect()
}

/// For each pair of populations every member of the first, in seat 0, with every member of the second, in seat 1.
///
/// An agent never meets itself; a population paired with itself plays each of its pairs once, seats alternating as in
/// [`round_robin`].
pub fn fixed_pairs<A: Copy + PartialEq>(pairs: &[(&[A], &[A])], rng: &mut impl Rng) -> Vec<A> {
    let mut pairing = Vec::new();
    for &(first, second) in pairs {
        if first == second {
            pairing.extend(round_robin(first, 2, rng));
            continue;
        }
        for &a in first {
            pairing.extend(second.iter().filter(|&&b| b != a).flat_map(|&b| [a, b]));
        }
    }
    pairing
}

/// For each pair of populations the first member of the first, in seat 0, with the first of the second, the second with
/// the second, and so on; an agent without a counterpart sits out.
pub fn paired<A: Copy>(pairs: &[(&[A], &[A])]) -> Vec<A> {
    pairs.iter().flat_map(|&(first, second)| first.iter().zip(second).flat_map(|(&a, &b)| [a, b])).collect()
}

/// Each agent in all seats of one match.
pub fn self_play<A: Copy + PartialEq>(agents: &[A], seats: usize) -> Vec<A> {
    agents.iter().flat_map(|&agent| std::iter::repeat_n(agent, seats)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type AgentId = u32;
    use crate::rng::{Purpose, Stream, StreamKey, stream};
    use crate::testing::property_config;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn pairing_stream(seed: u64) -> Stream {
        stream(seed, Purpose::Pairing, StreamKey::default())
    }

    fn agents(n: u32) -> Vec<AgentId> {
        // Not 0, 1, 2, …: a function must not mistake positions for agents.
        (0..n).map(|i| 3 * i + 10).collect()
    }

    #[test]
    fn four_agents_by_hand() {
        let rng = &mut pairing_stream(1);
        assert_eq!(round_robin(&[7, 8, 9, 5], 2, rng), [7, 8, 9, 7, 7, 5, 8, 9, 5, 8, 9, 5]);
        assert_eq!(self_play(&[4, 6], 3), [4, 4, 4, 6, 6, 6]);
        assert_eq!(fixed_pairs(&[(&[1, 2], &[3]), (&[3], &[3, 4])], rng), [1, 3, 2, 3, 3, 4]);
        assert_eq!(fixed_pairs(&[(&[1, 2, 3], &[1, 2, 3])], rng), round_robin(&[1, 2, 3], 2, rng));
    }

    #[test]
    fn nobody_to_meet_is_no_match() {
        let rng = &mut pairing_stream(1);
        assert!(round_robin::<AgentId>(&[], 2, rng).is_empty());
        assert!(round_robin(&[1], 2, rng).is_empty());
        assert!(random_pairs(&[1, 2], 3, 5, rng).is_empty());
        assert!(fixed_pairs(&[(&[1], &[])], rng).is_empty());
        assert!(self_play::<AgentId>(&[], 2).is_empty());
    }

    #[test]
    fn every_partner_is_about_as_likely() {
        let rng = &mut pairing_stream(1);
        let mut partners: BTreeMap<AgentId, u32> = BTreeMap::new();
        let pairing = random_pairs(&[0, 1, 2, 3], 2, 3000, rng);
        for pair in pairing.chunks(2).filter(|pair| pair.contains(&0)) {
            *partners.entry(pair[0] + pair[1]).or_default() += 1;
        }
        // 3000 meetings, a third with each: standard deviation 26, so 5 of them are 130.
        assert!(partners.len() == 3 && partners.values().all(|&count| count.abs_diff(1000) < 130), "{partners:?}");
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn in_a_round_robin_everyone_meets_everyone_once_in_fair_seats(n in 0u32..25) {
            let agents = agents(n);
            let pairing = round_robin(&agents, 2, &mut pairing_stream(1));
            let mut met = BTreeSet::new();
            for pair in pairing.chunks(2) {
                prop_assert!(pair[0] != pair[1]);
                prop_assert!(met.insert((pair[0].min(pair[1]), pair[0].max(pair[1]))));
            }
            prop_assert_eq!(met.len(), (n * n.saturating_sub(1) / 2) as usize);
            for agent in agents {
                let in_seat = |seat| pairing.chunks(2).filter(|pair| pair[seat] == agent).count();
                prop_assert!(in_seat(0).abs_diff(in_seat(1)) <= 1);
            }
        }

        #[test]
        fn in_random_groups_nobody_plays_twice_and_few_sit_out(n in 0u32..40, seats in 2usize..6, seed: u64) {
            let agents = agents(n);
            let pairing = random_groups(&agents, seats, &mut pairing_stream(seed));
            let playing: BTreeSet<_> = pairing.iter().copied().collect();
            prop_assert_eq!(playing.len(), pairing.len());
            prop_assert!(playing.is_subset(&agents.iter().copied().collect()));
            prop_assert_eq!(pairing.len(), agents.len() - agents.len() % seats);
        }

        #[test]
        fn the_stream_alone_decides(n in 8u32..40, seats in 2usize..5, seed: u64) {
            let agents = agents(n);
            let draw = |seed| random_pairs(&agents, seats, 2, &mut pairing_stream(seed));
            prop_assert_eq!(draw(seed), draw(seed));
            prop_assert_ne!(draw(seed), draw(seed ^ 1));
            let groups = |seed| round_robin(&agents, 3, &mut pairing_stream(seed));
            prop_assert_eq!(groups(seed), groups(seed));
        }
    }
}
