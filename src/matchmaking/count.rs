//! How many matches a pairing has, without making it. All counts saturate.

/// Whether a round robin lets everybody meet everybody; with more than two seats it is one round of random groups.
pub(super) fn meets_everybody(seats: u64) -> bool {
    seats == 2
}

/// Matches of [`round_robin`](super::round_robin).
pub fn round_robin(agents: u64, seats: u64) -> u64 {
    if meets_everybody(seats) { pairs_of(agents) } else { random_groups(agents, seats) }
}

/// Matches of [`random_groups`](super::random_groups); none where there are no seats.
pub fn random_groups(agents: u64, seats: u64) -> u64 {
    agents.checked_div(seats).unwrap_or(0)
}

/// Matches of [`random_pairs`](super::random_pairs).
pub fn random_pairs(agents: u64, seats: u64, repeats: u32) -> u64 {
    random_groups(agents, seats).saturating_mul(repeats.into())
}

/// Matches of [`fixed_pairs`](super::fixed_pairs) of one pair of populations: their sizes, or one size if it is paired
/// with itself.
pub fn fixed_pairs(first: u64, second: Option<u64>) -> u64 {
    second.map_or_else(|| pairs_of(first), |second| first.saturating_mul(second))
}

/// Matches of [`paired`](super::paired) of one pair of populations.
pub fn paired(first: u64, second: u64) -> u64 {
    first.min(second)
}

/// Unordered pairs of different agents, n (n − 1) / 2.
fn pairs_of(agents: u64) -> u64 {
    let (half, other) =
        if agents.is_multiple_of(2) { (agents / 2, agents.saturating_sub(1)) } else { (agents / 2, agents) };
    half.saturating_mul(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchmaking as made;
    use crate::rng::{Purpose, StreamKey, stream};
    use crate::testing::property_config;
    use proptest::prelude::*;

    #[test]
    fn counts_by_hand_and_at_the_limit() {
        assert_eq!((round_robin(8, 2), round_robin(9, 2), round_robin(9, 4), round_robin(3, 4)), (28, 36, 2, 0));
        assert_eq!((round_robin(0, 2), round_robin(1, 2)), (0, 0));
        assert_eq!(round_robin(u64::MAX, 2), u64::MAX);
        assert_eq!(random_pairs(u64::MAX, 1, 2), u64::MAX);
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn counts_are_those_of_the_pairings(n in 0u64..20, m in 0u64..20, seats in 2u64..6, repeats in 0u32..4) {
            let rng = &mut stream(1, Purpose::Pairing, StreamKey::default());
            let (first, second): (Vec<u64>, Vec<u64>) = ((0..n).collect(), (100..100 + m).collect());
            let matches = |pairing: Vec<u64>, seats: u64| pairing.len() as u64 / seats;
            let in_seats = seats as usize;
            prop_assert_eq!(round_robin(n, seats), matches(made::round_robin(&first, in_seats, rng), seats));
            prop_assert_eq!(random_groups(n, seats), matches(made::random_groups(&first, in_seats, rng), seats));
            prop_assert_eq!(random_pairs(n, seats, repeats), matches(made::random_pairs(&first, in_seats, repeats, rng), seats));
            // An empty population and another empty one look alike, and have no match either way.
            prop_assert_eq!(fixed_pairs(n, Some(m)), matches(made::fixed_pairs(&[(&first, &second)], rng), 2));
            prop_assert_eq!(fixed_pairs(n, None), matches(made::fixed_pairs(&[(&first, &first)], rng), 2));
            prop_assert_eq!(paired(n, m), matches(made::paired(&[(&first, &second)]), 2));
        }
    }
}
