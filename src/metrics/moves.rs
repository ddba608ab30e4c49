//! `moves.csv` and `messages.csv`: what was done and said, round by round.

use super::column::{Column, Table};
use super::row_file::number;
use crate::games::{Action, ILLEGAL, Observation};
use crate::world::{Decisions, LiveSeat, Rewards, Rules, Tournament};

/// A seat in a round, and the agent in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatRow<'a> {
    /// The tick.
    pub tick: u32,
    /// The matches of the tick.
    pub tournament: &'a Tournament,
    /// The seat.
    pub live: LiveSeat,
    /// Name of the agent in it.
    pub agent: &'a str,
    /// Name of the agent in the other seat; `None` with more than two seats.
    pub opponent: Option<&'a str>,
}

/// The data behind a row of `moves.csv`.
#[derive(Clone, Copy, Debug)]
pub(super) struct MoveRow<'a> {
    /// The seat.
    pub seat: SeatRow<'a>,
    /// The rules of its match.
    pub rules: &'a Rules,
    /// The round's actions.
    pub decisions: &'a Decisions,
    /// The round's payoffs and rewards.
    pub rewards: &'a Rewards,
}

/// The table of moves: one row per seat and round.
pub(super) struct Moves;

impl Table for Moves {
    const FILE: &'static str = "moves.csv";
    type Row<'a> = MoveRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick", |row| row.seat.tick.to_string()),
        Column::whole("match", "number of the match in the tick, from 0", |row| row.seat.live.match_index.to_string()),
        Column::whole("round", "number of the round in the match, from 0", |row| row.seat.tournament.round.to_string()),
        Column::whole("seat", "number of the seat in the match, from 0", |row| row.seat.number().to_string()),
        Column::text("agent", "the agent in the seat", |row| row.seat.agent.to_owned()),
        Column::text("opponent", "the agent in the other seat; empty with more than two players", |row| {
            row.seat.opponent.unwrap_or_default().to_owned()
        }),
        Column::text("seen_own", "its own last action, as it saw it; empty at the start", |row| match row.seen() {
            Observation::Opening => String::new(),
            Observation::Last { own, .. } => row.name(own),
        }),
        Column::text(
            "seen_others",
            "the other's last action, as it saw it, or how many others cooperated; empty at the start",
            |row| match row.seen() {
                Observation::Opening => String::new(),
                Observation::Last { others, .. } if row.seat.tournament.seats_per_match == 2 => row.name(others),
                Observation::Last { others, .. } => others.to_string(),
            },
        ),
        Column::text("action", "what it did; `illegal` where it named no action", |row| {
            match row.decisions.0[row.seat.live.seat] {
                ILLEGAL => "illegal".to_owned(),
                action => row.name(action),
            }
        }),
        Column::number("payoff", "what the game paid it", |row| number(row.rewards.payoffs[row.seat.live.seat])),
        Column::number("reward", "what it was rewarded with", |row| number(row.rewards.total[row.seat.live.seat])),
        Column::per_term("reward_<term>", "what a reward term paid it, weighted", |row, term| {
            number(row.rewards.terms[term][row.seat.live.seat])
        }),
    ];
}

/// The data behind a row of `messages.csv`.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageRow<'a> {
    /// The seat.
    pub seat: SeatRow<'a>,
    /// The message of the agent in it.
    pub text: &'a str,
}

/// The table of messages: one row per round and seat that says something.
pub(super) struct Messages;

impl Table for Messages {
    const FILE: &'static str = "messages.csv";
    type Row<'a> = MessageRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick", |row| row.seat.tick.to_string()),
        Column::whole("match", "as in `moves.csv`", |row| row.seat.live.match_index.to_string()),
        Column::whole("round", "as in `moves.csv`", |row| row.seat.tournament.round.to_string()),
        Column::whole("seat", "as in `moves.csv`", |row| row.seat.number().to_string()),
        Column::text("agent", "as in `moves.csv`", |row| row.seat.agent.to_owned()),
        Column::text("text", "the message as its opponent read it: one line, cut to `characters`", |row| {
            row.text.to_owned()
        }),
    ];
}

impl SeatRow<'_> {
    /// Number of the seat in its match.
    pub(super) fn number(&self) -> usize {
        self.live.seat % self.tournament.seats_per_match
    }
}

impl MoveRow<'_> {
    /// The observation before the action.
    fn seen(&self) -> Observation {
        self.seat.tournament.seen[self.seat.live.seat]
    }

    /// The name of an action.
    fn name(&self, action: Action) -> String {
        self.rules.game.actions()[usize::from(action)].clone()
    }
}
