//! Shuffles agents and cuts them into groups, and counts pairs.

use rand::{Rng, RngExt};

/// Shuffles `agents` and cuts them into groups of `seats`, each agent in one group; those left over sit out.
///
/// # Panics
/// If `seats` is 0.
pub(super) fn random_groups<A: Copy>(agents: &[A], seats: usize, rng: &mut impl Rng) -> Vec<A> {
    let mut pairing = agents.to_vec();
    // The Fisher–Yates shuffle, written out: the draws, and with them every result, stay the same whatever the library
    // does.
    for i in (1..pairing.len()).rev() {
        pairing.swap(i, rng.random_range(0..=i));
    }
    pairing.truncate(agents.len() / seats * seats);
    pairing
}

/// Number of groups that [`random_groups`] makes; 0 if there are no seats.
pub(super) fn groups_of(agents: u64, seats: u64) -> u64 {
    agents.checked_div(seats).unwrap_or(0)
}

/// Every pair of `agents` once.
///
/// Seats alternate so that no agent sits first in more than one match more (or less) than it sits second.
pub(super) fn every_pair<A: Copy>(agents: &[A]) -> Vec<A> {
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

/// Number of unordered pairs of different agents, n (n − 1) / 2; saturates.
pub(super) fn pairs_of(agents: u64) -> u64 {
    let (half, other) =
        if agents.is_multiple_of(2) { (agents / 2, agents.saturating_sub(1)) } else { (agents / 2, agents) };
    half.saturating_mul(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};
    use crate::testing::property_config;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn in_random_groups_nobody_plays_twice_and_few_sit_out(n in 0u32..40, seats in 2usize..6, seed: u64) {
            let agents: Vec<u32> = (0..n).map(|i| 3 * i + 10).collect();
            let rng = &mut stream(seed, Purpose::Pairing, StreamKey::default());
            let pairing = random_groups(&agents, seats, rng);
            let playing: BTreeSet<_> = pairing.iter().copied().collect();
            prop_assert_eq!(playing.len(), pairing.len());
            prop_assert!(playing.is_subset(&agents.iter().copied().collect()));
            prop_assert_eq!(pairing.len(), agents.len() - agents.len() % seats);
        }
    }

    #[test]
    fn pairs_by_hand_and_at_the_limit() {
        assert_eq!([0, 1, 2, 3, 8, 9].map(pairs_of), [0, 0, 1, 3, 28, 36]);
        assert_eq!(pairs_of(u64::MAX), u64::MAX);
        assert_eq!(groups_of(3, 0), 0);
        assert_eq!(every_pair(&[7, 8, 9, 5]), [7, 8, 9, 7, 7, 5, 8, 9, 5, 8, 9, 5]);
    }
}
