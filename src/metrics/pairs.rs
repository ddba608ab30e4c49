//! The rows of `pairs.csv`: what populations did to each other.

use super::row_file::number;
use crate::world::MatchTally;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Columns of `pairs.csv`, one row per tick and pair of populations that met; the first population sits in seat 0.
pub const PAIR_COLUMNS: [&str; 17] = [
    "tick",
    "population",
    "opponents",
    "matches",
    "rounds",
    "void_rounds",
    "cc",
    "cd",
    "dc",
    "dd",
    "last_cc",
    "last_cd",
    "last_dc",
    "last_dd",
    "collective_payoff",
    "equality",
    "min_payoff",
];

/// The matches of one pair of populations, added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairSums {
    /// Number of matches.
    pub matches: u64,
    /// Their sums.
    pub tally: MatchTally,
}

impl PairSums {
    fn add(&mut self, tally: &MatchTally) {
        let sum = &mut self.tally;
        self.matches += 1;
        sum.rounds += tally.rounds;
        sum.void_rounds += tally.void_rounds;
        for i in 0..4 {
            sum.joint[i] += tally.joint[i];
            sum.joint_last[i] += tally.joint_last[i];
        }
        sum.collective_payoff += tally.collective_payoff;
        sum.equality += tally.equality;
        sum.min_payoff += tally.min_payoff;
    }

    /// The row's cells after `tick`, `population` and `opponents`: shares of the rounds that counted and equality in
    /// them, and payoffs per round, void ones included, which pay nothing.
    fn cells(&self) -> Vec<String> {
        let tally = &self.tally;
        let (rounds, counted) = (tally.rounds as f64, (tally.rounds - tally.void_rounds) as f64);
        let last = tally.joint_last.iter().sum::<u64>() as f64;
        let mut cells = [self.matches, tally.rounds, tally.void_rounds].iter().map(u64::to_string).collect::<Vec<_>>();
        cells.extend(tally.joint.iter().map(|&count| number(count as f64 / counted)));
        cells.extend(tally.joint_last.iter().map(|&count| number(count as f64 / last)));
        let means = [tally.collective_payoff / rounds, tally.equality / counted, tally.min_payoff / rounds];
        cells.extend(means.map(number));
        cells
    }
}

/// Adds the matches of a tick to `sums`, by pair of populations (seat 0's, seat 1's); `seated` gives both for each
/// match.
pub fn add_pairs(
    sums: &mut BTreeMap<(u32, u32), PairSums>,
    seated: impl Iterator<Item = (u32, u32)>,
    tallies: &[MatchTally],
) {
    for (pair, tally) in seated.zip(tallies) {
        sums.entry(pair).or_default().add(tally);
    }
}

/// The rows of one tick as text, in the order of [`PAIR_COLUMNS`].
pub fn pair_rows(tick: u32, populations: &[String], sums: &BTreeMap<(u32, u32), PairSums>) -> Vec<Vec<String>> {
    let row = |(&(first, second), sums): (&(u32, u32), &PairSums)| {
        let names = [first, second].map(|population| populations[population as usize].clone());
        [tick.to_string()].into_iter().chain(names).chain(sums.cells()).collect()
    };
    sums.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_of_a_pair_are_added_up() {
        let tally = |joint, joint_last| MatchTally {
            rounds: 16,
            void_rounds: 6,
            joint,
            joint_last,
            collective_payoff: 40.0,
            equality: 5.0,
            min_payoff: 15.0,
        };
        let tallies = [tally([10, 0, 0, 0], [2, 0, 0, 0]), tally([0; 4], [0; 4]), tally([0, 5, 0, 5], [0, 2, 0, 0])];
        let mut sums = BTreeMap::new();
        add_pairs(&mut sums, [(0, 1), (1, 0), (0, 1)].into_iter(), &tallies);
        let rows = pair_rows(3, &["a".into(), "b".into()], &sums);
        assert_eq!(rows[0].join(","), "3,a,b,2,32,12,0.5,0.25,0,0.25,0.5,0.5,0,0,2.5,0.5,0.9375");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].len(), PAIR_COLUMNS.len());
    }
}
