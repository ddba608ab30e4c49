//! What is known of a tick before it is played: how agents act, and what a round would pay.

use super::Rules;
use crate::games::{Action, ILLEGAL};
use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

/// The turn at which an agent plays the `slot`-th seat that it holds in a tick: whatever rotates by turns (orders of
/// listing, tables of a [`Behaviour`]) advances with the seats and with the ticks. If it advanced with the seats alone,
/// an opponent met in the same seat of every tick would always be met at the same turn, and the turn would reveal who
/// it is.
pub fn turn(slot: usize, tick: u32) -> usize {
    slot + tick as usize
}

/// How an agent acts in this tick, if that depends on nothing but what it sees: what exact expectations need of its
/// policy. Empty where the agent remembers more, or its policy does not say.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct Behaviour {
    /// Tables that an agent takes in turn, all of one seat before those of the next.
    tables: Vec<Vec<f64>>,
    roles: usize,
    /// What it does after each observation, if it always does the same.
    certain: Option<Vec<Action>>,
}

impl Behaviour {
    /// An agent that plays by `tables`: the same number for each of `roles` seats, which it takes one after another by
    /// its [`turn`]. With one role, all seats are played alike.
    ///
    /// A table holds the chance of each of `actions` legal actions and, in the last place, of an illegal completion,
    /// before noise, row-major (observations, actions + 1).
    pub fn new(roles: usize, actions: usize, tables: Vec<Vec<f64>>) -> Self {
        assert!(roles > 0 && tables.len().is_multiple_of(roles), "every role has its tables");
        let act = |row: &[f64]| row[..actions].iter().position(|chance| *chance == 1.0).map(|action| action as Action);
        let certain = match &tables[..] {
            [table] => table.chunks_exact(actions + 1).map(act).collect(),
            _ => None,
        };
        Self { tables, roles, certain }
    }

    /// What the agent does after each observation; `None` if that is not known for certain, or differs by turns or
    /// seats.
    pub fn certain(&self) -> Option<&[Action]> {
        self.certain.as_deref()
    }

    /// Whether the agent's actions cannot be foretold from what it sees.
    pub fn is_unknown(&self) -> bool {
        self.tables.is_empty()
    }

    /// Number of the table by which the agent plays `seat` of a match at its [`turn`].
    pub fn number(&self, seat: usize, turn: usize) -> usize {
        let turns = self.tables.len() / self.roles;
        let role = if self.roles == 1 { 0 } else { seat };
        role * turns + turn % turns
    }

    /// The mean of the tables by which the agent plays `seat`.
    pub fn mean(&self, seat: usize) -> Vec<f64> {
        let turns = self.tables.len() / self.roles;
        let of_seat = (0..turns).map(|turn| self.table(self.number(seat, turn)));
        let mut mean = vec![0.0; self.tables[0].len()];
        for table in of_seat {
            mean.iter_mut().zip(table).for_each(|(sum, chance)| *sum += chance / turns as f64);
        }
        mean
    }

    /// The table with this number.
    pub fn table(&self, number: usize) -> &[f64] {
        &self.tables[number]
    }
}

/// The reward of an agent in every possible two-player round. The terms of an agent that carries this fill it in before
/// each tick.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct RewardTable {
    /// What each registered term pays, weighted, `[term][round]`; empty for terms the agent does not have.
    pub terms: Vec<Vec<f64>>,
}

/// One two-player round as it might happen to a player that acts legally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PossibleRound {
    /// The player's seat.
    pub seat: usize,
    /// Index of what the player saw before.
    pub observation: usize,
    /// What the player did.
    pub own: Action,
    /// What the opponent did; [`ILLEGAL`] for a completion that named no action.
    pub other: Action,
}

impl RewardTable {
    /// Every round that a table of `rules` lists, in its order.
    pub fn rounds(rules: &Rules) -> impl Iterator<Item = PossibleRound> {
        let actions = rules.game.actions().len() as Action;
        let observations = rules.observations.len();
        (0..2).flat_map(move |seat| {
            (0..observations).flat_map(move |observation| {
                (0..actions).flat_map(move |own| {
                    let others = (0..actions).chain([ILLEGAL]);
                    others.map(move |other| PossibleRound { seat, observation, own, other })
                })
            })
        })
    }

    /// The sum of what all terms pay for `round`.
    pub fn total(&self, rules: &Rules, round: PossibleRound) -> f64 {
        let index = Self::index(rules, round);
        self.terms.iter().filter_map(|term| term.get(index)).sum()
    }

    /// The place of `round` in the columns of [`RewardTable::terms`].
    pub fn index(rules: &Rules, round: PossibleRound) -> usize {
        let actions = rules.game.actions().len();
        let row = (round.seat * rules.observations.len() + round.observation) * actions + usize::from(round.own);
        row * (actions + 1) + usize::from(round.other).min(actions)
    }
}

/// What an agent could expect of the matches of this tick, given how every agent acts: sums over its decisions, which
/// add up over ticks; NaN where they are not known.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectedScore {
    /// Expected number of decisions.
    pub decisions: f64,
    /// Expected number of legal ones.
    pub legal: f64,
    /// Expected number of cooperative ones, as played.
    pub cooperations: f64,
    /// Expected sum of payoffs.
    pub payoff: f64,
}

impl ExpectedScore {
    /// What an agent that plays no match expects.
    pub const ZERO: Self = Self { decisions: 0.0, legal: 0.0, cooperations: 0.0, payoff: 0.0 };

    /// Adds `times` times `other`.
    pub fn add(&mut self, other: Self, times: f64) {
        self.decisions += times * other.decisions;
        self.legal += times * other.legal;
        self.cooperations += times * other.cooperations;
        self.payoff += times * other.payoff;
    }

    /// Expected payoffs per expected decision.
    ///
    /// This is the ratio of two expectations: the payoff per decision of many ticks taken together. Where the length of
    /// matches is drawn, the mean over ticks of each tick's own ratio tends to another value, since long matches weigh
    /// no more in it than short ones.
    pub fn payoff_per_decision(&self) -> f64 {
        self.payoff / self.decisions
    }

    /// Expected cooperative actions, slips included, per expected legal action; a ratio of expectations too.
    pub fn cooperation_rate(&self) -> f64 {
        self.cooperations / self.legal
    }
}

impl Default for ExpectedScore {
    fn default() -> Self {
        Self { decisions: f64::NAN, legal: f64::NAN, cooperations: f64::NAN, payoff: f64::NAN }
    }
}
