//! Agents that change places between islands: a pure function from a stream to who comes where.

use crate::rng::Stream;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Agents of different islands that exchange places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MigrationSpec {
    /// Ticks between two migrations. The first is this many ticks after the burn-in, each before its tick.
    pub every: u32,
    /// Pairs that exchange places, one after another, drawn evenly from all pairs of agents on different islands whose
    /// populations are not committed.
    #[serde(default = "super::one")]
    pub pairs: u32,
}

/// Most pairs of one migration.
pub const PAIRS_MAX: u32 = 1 << 20;

impl MigrationSpec {
    /// Whether agents exchange places before `tick`, where the burn-in lasts `burn_in` ticks.
    pub(super) fn is_before(&self, tick: u32, burn_in: u32) -> bool {
        tick > burn_in && (tick - burn_in).is_multiple_of(self.every)
    }

    /// A few words for the dry run.
    pub(super) fn summary(&self) -> String {
        let pairs = if self.pairs == 1 { "a pair changes".to_owned() } else { format!("{} pairs change", self.pairs) };
        let ticks = if self.every == 1 { "tick".to_owned() } else { format!("{} ticks", self.every) };
        format!("{pairs} islands every {ticks}")
    }
}

/// The agents that may change places, island by island.
struct Movable {
    agents: Vec<u32>,
    /// Where in `agents` the islands begin, and how many ordered pairs have their first agent on an earlier one.
    islands: Vec<(usize, u64)>,
    /// All ordered pairs of agents on different islands.
    pairs: u64,
}

impl Movable {
    fn new(islands: &[u32], is_committed: &[bool]) -> Self {
        let mut agents: Vec<u32> = (0..islands.len() as u32).filter(|agent| !is_committed[*agent as usize]).collect();
        agents.sort_by_key(|agent| (islands[*agent as usize], *agent));
        let mut starts = Vec::new();
        let mut pairs = 0;
        let mut from = 0;
        while from < agents.len() {
            let island = islands[agents[from] as usize];
            let size = agents[from..].partition_point(|agent| islands[*agent as usize] == island);
            starts.push((from, pairs));
            pairs += size as u64 * (agents.len() - size) as u64;
            from += size;
        }
        Self { agents, islands: starts, pairs }
    }

    /// Two agents on different islands, every ordered pair as likely as any other; there must be one.
    fn pair(&self, rng: &mut Stream) -> [usize; 2] {
        let number = rng.random_range(0..self.pairs);
        let island = self.islands.partition_point(|(_, before)| *before <= number) - 1;
        let (start, before) = self.islands[island];
        let end = self.islands.get(island + 1).map_or(self.agents.len(), |(next, _)| *next);
        let elsewhere = (self.agents.len() - (end - start)) as u64;
        let inside = number - before;
        let (first, other) = (start + (inside / elsewhere) as usize, (inside % elsewhere) as usize);
        // Counted past those on the first one's island.
        let second = if other < start { other } else { other + (end - start) };
        [first, second].map(|place| self.agents[place] as usize)
    }
}

/// Who comes to the place of each agent after `pairs` exchanges, where agents live on `islands`, by agent: itself, if
/// nobody does. Nobody moves if all who may are on one island.
pub(super) fn newcomers(islands: &[u32], is_committed: &[bool], pairs: u32, rng: &mut Stream) -> Vec<usize> {
    let mut newcomers: Vec<usize> = (0..islands.len()).collect();
    let movable = Movable::new(islands, is_committed);
    if movable.pairs > 0 {
        for _ in 0..pairs {
            let [one, other] = movable.pair(rng);
            newcomers.swap(one, other);
        }
    }
    newcomers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};
    use crate::testing::property_config;
    use proptest::prelude::*;

    fn rng(seed: u64) -> Stream {
        stream(seed, Purpose::Evolution, StreamKey::default())
    }

    #[test]
    fn every_pair_of_different_islands_is_as_likely() {
        // Islands of two, one and three; the last agent of the third is committed.
        let (islands, is_committed) = ([0, 2, 1, 0, 2, 2], [false, false, false, false, false, true]);
        let movable = Movable::new(&islands, &is_committed);
        assert_eq!(movable.pairs, 2 * (2 + 4 + 2));
        let mut counts = [[0u32; 6]; 6];
        let mut rng = rng(1);
        for _ in 0..16_000 {
            let [one, other] = movable.pair(&mut rng);
            counts[one][other] += 1;
        }
        for (one, row) in counts.iter().enumerate() {
            for (other, count) in row.iter().enumerate() {
                let may = islands[one] != islands[other] && !is_committed[one] && !is_committed[other];
                // A sixteenth of 16,000: the standard deviation is 31, five of them are 153.
                let is_right = if may { count.abs_diff(1000) < 153 } else { *count == 0 };
                assert!(is_right, "{one}, {other}: {count}");
            }
        }
    }

    #[test]
    fn many_exchanges_bring_everyone_everywhere_as_often() {
        let islands = [0, 0, 0, 1, 1, 2, 2, 2];
        let mut counts = [0u32; 8];
        for seed in 0..4000 {
            let newcomers = newcomers(&islands, &[false; 8], 60, &mut rng(seed));
            counts[newcomers.iter().position(|agent| *agent == 3).unwrap()] += 1;
        }
        // An eighth of 4,000: the standard deviation is 21, five of them are 105.
        assert!(counts.iter().all(|count| count.abs_diff(500) < 105), "{counts:?}");
    }

    #[test]
    fn nobody_moves_where_nobody_may() {
        let stays = |islands: &[u32], is_committed: &[bool]| {
            newcomers(islands, is_committed, 9, &mut rng(1)) == (0..islands.len()).collect::<Vec<_>>()
        };
        assert!(stays(&[0, 0, 1], &[false, false, true]));
        assert!(stays(&[0, 1], &[true, true]));
        assert!(stays(&[], &[]));
        // An odd number of exchanges of the same two.
        assert!(!stays(&[0, 1], &[false, false]));
    }

    #[test]
    fn the_first_migration_is_some_ticks_after_the_burn_in() {
        let before = |every, burn_in| {
            let migration = MigrationSpec { every, pairs: 1 };
            (0..10).filter(|tick| migration.is_before(*tick, burn_in)).collect::<Vec<_>>()
        };
        assert_eq!((before(3, 0), before(2, 5), before(1, 7)), (vec![3, 6, 9], vec![7, 9], vec![8, 9]));
    }

    proptest! {
        #![proptest_config(property_config(64))]

        #[test]
        fn a_migration_is_a_permutation_that_the_committed_are_no_part_of(
            agents in prop::collection::vec((0u32..4, any::<bool>()), 0..30), pairs in 0u32..40, seed: u64
        ) {
            let (islands, is_committed): (Vec<u32>, Vec<bool>) = agents.into_iter().unzip();
            let newcomers = newcomers(&islands, &is_committed, pairs, &mut rng(seed));
            let mut sorted = newcomers.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..islands.len()).collect::<Vec<_>>());
            prop_assert!((0..islands.len()).all(|agent| !is_committed[agent] || newcomers[agent] == agent));
        }
    }
}
