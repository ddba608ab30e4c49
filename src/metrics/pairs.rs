//! `pairs.csv`: what populations did to each other.
//!
//! Shares and equality are over the rounds that counted, payoffs over all rounds: a void one pays no agent.

use super::column::{Column, Table};
use super::row_file::number;
use crate::world::{MatchTally, Sum};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
        self.matches += 1;
        self.tally.absorb(tally);
    }
}

/// The data behind the row of a pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairRow<'a> {
    /// The last tick of the row.
    pub tick: u32,
    /// Names of the populations, by seat.
    pub populations: [&'a str; 2],
    /// Their matches.
    pub sums: &'a PairSums,
}

/// The table: one row per recorded tick and pair of populations that met.
pub(super) struct Pairs;

impl Table for Pairs {
    const FILE: &'static str = "pairs.csv";
    type Row<'a> = PairRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick, or the last of those that the row covers", |row| row.tick.to_string()),
        Column::text("population", "the population in the first seat", |row| row.populations[0].to_owned()),
        Column::text("opponents", "the population in the second seat", |row| row.populations[1].to_owned()),
        Column::whole("matches", "number of their matches", |row| row.sums.matches.to_string()),
        Column::whole("rounds", "number of rounds in these, void ones included", |row| {
            row.sums.tally.rounds.to_string()
        }),
        Column::whole("void_rounds", "rounds of these that an illegal answer voided", |row| {
            row.sums.tally.void_rounds.to_string()
        }),
        Column::number("cc", "share of the rounds that counted in which both cooperated", |row| number(row.joint(0))),
        Column::number("cd", "share of the rounds that counted in which only the first seat cooperated", |row| {
            number(row.joint(1))
        }),
        Column::number("dc", "share of the rounds that counted in which only the second seat cooperated", |row| {
            number(row.joint(2))
        }),
        Column::number("dd", "share of the rounds that counted in which both defected", |row| number(row.joint(3))),
        Column::number("last_cc", "`cc` in the last 20 rounds of each match", |row| number(row.joint_last(0))),
        Column::number("last_cd", "`cd` in the last 20 rounds of each match", |row| number(row.joint_last(1))),
        Column::number("last_dc", "`dc` in the last 20 rounds of each match", |row| number(row.joint_last(2))),
        Column::number("last_dd", "`dd` in the last 20 rounds of each match", |row| number(row.joint_last(3))),
        Column::number("payoff", "mean payoff of the first seat per round; a void one pays nothing", |row| {
            number(row.sums.tally.first_payoff / row.sums.tally.rounds as f64)
        }),
        Column::number(
            "payoff_opponents",
            "mean payoff of the second seat per round; a void one pays nothing",
            |row| {
                let tally = &row.sums.tally;
                number((tally.collective_payoff - tally.first_payoff) / tally.rounds as f64)
            },
        ),
        Column::number("collective_payoff", "mean sum of payoffs per round; a void one pays nothing", |row| {
            number(row.sums.tally.collective_payoff / row.sums.tally.rounds as f64)
        }),
        Column::number("equality", "mean equality of payoffs within the rounds that counted", |row| {
            number(row.sums.tally.equality / row.counted())
        }),
        Column::number("min_payoff", "mean smallest payoff per round; a void one pays nothing", |row| {
            number(row.sums.tally.min_payoff / row.sums.tally.rounds as f64)
        }),
    ];
}

impl PairRow<'_> {
    /// Number of rounds that no illegal answer voided.
    fn counted(&self) -> f64 {
        (self.sums.tally.rounds - self.sums.tally.void_rounds) as f64
    }

    /// Share of one joint outcome (CC, CD, DC or DD) in the rounds that counted.
    fn joint(&self, index: usize) -> f64 {
        self.sums.tally.joint[index] as f64 / self.counted()
    }

    /// The same for the last rounds of each match.
    fn joint_last(&self, index: usize) -> f64 {
        let joint = &self.sums.tally.joint_last;
        joint[index] as f64 / joint.iter().sum::<u64>() as f64
    }
}

/// Adds the matches of a tick to `sums`, by pair of populations (seat 0's, seat 1's), of which there are `populations`;
/// `seated` gives both for each match.
pub(super) fn add_pairs(
    sums: &mut BTreeMap<(u32, u32), PairSums>,
    populations: usize,
    seated: impl Iterator<Item = (u32, u32)>,
    tallies: &[MatchTally],
) {
    if populations * populations > tallies.len() {
        for (pair, tally) in seated.zip(tallies) {
            sums.entry(pair).or_default().add(tally);
        }
        return;
    }
    // With many matches, a place for each pair is found sooner than an entry of the map.
    let mut places: Vec<Option<PairSums>> = vec![None; populations * populations];
    for ((first, second), tally) in seated.zip(tallies) {
        let place = &mut places[first as usize * populations + second as usize];
        place.get_or_insert_with(|| sums.remove(&(first, second)).unwrap_or_default()).add(tally);
    }
    for (place, met) in places.into_iter().enumerate() {
        if let Some(met) = met {
            sums.insert(((place / populations) as u32, (place % populations) as u32), met);
        }
    }
}

/// The data behind the rows of one tick.
pub(super) fn pair_rows<'a>(
    tick: u32,
    populations: &'a [String],
    sums: &'a BTreeMap<(u32, u32), PairSums>,
) -> impl Iterator<Item = PairRow<'a>> {
    let name = |population: u32| &*populations[population as usize];
    sums.iter().map(move |(&(first, second), sums)| PairRow { tick, populations: [name(first), name(second)], sums })
}

#[cfg(test)]
mod tests {
    use super::super::column::Conditions;
    use super::*;

    #[test]
    fn matches_of_a_pair_are_added_up() {
        let tally = |joint, joint_last| MatchTally {
            rounds: 16,
            void_rounds: 6,
            joint,
            joint_last,
            collective_payoff: 40.0,
            first_payoff: 24.0,
            equality: 5.0,
            min_payoff: 15.0,
        };
        let tallies = [tally([10, 0, 0, 0], [2, 0, 0, 0]), tally([0; 4], [0; 4]), tally([0, 5, 0, 5], [0, 2, 0, 0])];
        let mut sums = BTreeMap::new();
        add_pairs(&mut sums, 2, [(0, 1), (1, 0), (0, 1)].into_iter(), &tallies);
        // The same with a place for each pair, in two parts.
        let many: Vec<MatchTally> = tallies.iter().cycle().take(12).cloned().collect();
        let seated = || [(0, 1), (1, 0), (0, 1)].into_iter().cycle();
        let [mut once, mut apart] = [BTreeMap::new(), BTreeMap::new()];
        many.chunks(3).for_each(|three| add_pairs(&mut once, 2, seated(), three));
        many.chunks(6).for_each(|six| add_pairs(&mut apart, 2, seated(), six));
        assert_eq!(once, apart);
        let names = ["a".into(), "b".into()];
        let rows: Vec<PairRow> = pair_rows(3, &names, &sums).collect();
        let columns = Pairs::COLUMNS.iter().flat_map(|column| column.open(&[], Conditions::default()));
        let cells: Vec<String> = columns.map(|(_, cell)| cell(&rows[0])).collect();
        assert_eq!(cells.join(","), "3,a,b,2,32,12,0.5,0.25,0,0.25,0.5,0.5,0,0,1.5,1,2.5,0.5,0.9375");
        assert_eq!(rows.len(), 2);
    }
}
