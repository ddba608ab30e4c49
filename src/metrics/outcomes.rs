//! `social_outcomes.csv`: what all agents did and got together.
//!
//! Shares of joint outcomes, and equality, are over the rounds that counted; payoffs are over all rounds: a void one
//! pays no agent.

use super::column::{Column, Table};
use super::gini;
use super::row_file::number;
use crate::world::{Account, Ledger};
use bevy_ecs::prelude::World;

/// The data behind the row of some ticks.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeRow<'a> {
    /// The world at the end of the row's last tick.
    pub world: &'a World,
    /// The last tick of the row.
    pub tick: u32,
    /// Matches played in the ticks of the row.
    pub matches: usize,
    /// Seats of each match.
    pub seats_per_match: usize,
    /// Accounts and outcomes of the ticks of the row.
    pub ledger: &'a Ledger,
}

/// The table: one row per recorded tick.
pub(super) struct Outcomes;

impl Table for Outcomes {
    const FILE: &'static str = "social_outcomes.csv";
    type Row<'a> = OutcomeRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick, or the last of those that the row covers", |row| row.tick.to_string()),
        Column::whole("matches", "number of matches", |row| row.matches.to_string()),
        Column::whole("rounds", "number of rounds over all matches, void ones included", |row| {
            row.ledger.together.rounds.to_string()
        }),
        Column::whole("void_rounds", "rounds of these that an illegal answer voided", |row| {
            row.ledger.together.void_rounds.to_string()
        }),
        Column::new("cooperation_rate", "cooperative share of all legal actions", |row| {
            number(row.sum(|a| a.cooperations) / (row.sum(|a| a.decisions) - row.sum(|a| a.illegal)))
        }),
        Column::new("cc", "share of two-player rounds that counted in which both cooperated", |row| {
            number(row.joint(0))
        }),
        Column::new("cd", "share of two-player rounds that counted in which only the first seat cooperated", |row| {
            number(row.joint(1))
        }),
        Column::new("dc", "share of two-player rounds that counted in which only the second seat cooperated", |row| {
            number(row.joint(2))
        }),
        Column::new("dd", "share of two-player rounds that counted in which both defected", |row| number(row.joint(3))),
        Column::new("collective_payoff", "mean sum of payoffs per round", |row| {
            number(row.per_round(row.ledger.together.collective_payoff))
        }),
        Column::new("gini", "Gini index of the agents' mean payoffs", |row| {
            let players = row.ledger.accounts.iter().filter(|a| a.decisions > 0);
            number(gini(&players.map(|a| a.payoff / a.decisions as f64).collect::<Vec<_>>()))
        }),
        Column::new("equality", "mean of 1 − |a − b| / (|a| + |b|) within rounds; 1 where all got nothing", |row| {
            number(row.ledger.together.equality / row.counted())
        }),
        Column::new("min_payoff", "mean smallest payoff per round", |row| {
            number(row.per_round(row.ledger.together.min_payoff))
        }),
    ];
}

impl OutcomeRow<'_> {
    /// A sum over all agents.
    fn sum(&self, count: fn(&Account) -> u64) -> f64 {
        self.ledger.accounts.iter().map(count).sum::<u64>() as f64
    }

    /// Number of rounds that no illegal answer voided.
    fn counted(&self) -> f64 {
        (self.ledger.together.rounds - self.ledger.together.void_rounds) as f64
    }

    /// The mean over all rounds of a quantity that adds up to `sum`.
    fn per_round(&self, sum: f64) -> f64 {
        sum / self.ledger.together.rounds as f64
    }

    /// Share of one joint outcome (CC, CD, DC or DD) in the rounds that counted; NaN with more than two seats.
    fn joint(&self, index: usize) -> f64 {
        if self.seats_per_match == 2 { self.ledger.together.joint[index] as f64 / self.counted() } else { f64::NAN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MatchTally;

    /// Six rounds of two players, two of them void: what a void round does not have is divided by the other four.
    #[test]
    fn void_rounds_are_counted_apart_in_the_row_of_all_matches() {
        let account = |decisions, cooperations, illegal, payoff| Account {
            decisions,
            cooperations,
            illegal,
            payoff,
            ..Account::default()
        };
        let ledger = Ledger {
            accounts: vec![account(6, 3, 2, 6.0), account(6, 1, 0, 18.0)],
            together: MatchTally {
                rounds: 6,
                void_rounds: 2,
                joint: [1, 2, 0, 1],
                collective_payoff: 24.0,
                equality: 3.0,
                min_payoff: 6.0,
                ..MatchTally::default()
            },
            ..Ledger::default()
        };
        let row = OutcomeRow { world: &World::new(), tick: 7, matches: 1, seats_per_match: 2, ledger: &ledger };
        let columns = Outcomes::COLUMNS.iter().flat_map(|column| column.open(&[], Default::default()));
        let cells: Vec<String> = columns.map(|(name, cell)| format!("{name}={}", cell(&row))).collect();
        let expected = "tick=7 matches=1 rounds=6 void_rounds=2 cooperation_rate=0.4 cc=0.25 cd=0.5 dc=0 dd=0.25 \
                        collective_payoff=4 gini=0.25 equality=0.75 min_payoff=1";
        assert_eq!(cells.join(" "), expected);
    }
}
