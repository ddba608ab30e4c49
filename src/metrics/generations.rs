//! `generations.csv`: what agents that generate answered, word for word.

use super::column::{Column, Table};
use super::moves::SeatRow;
use crate::games::ILLEGAL;
use crate::world::{Completion, Rules};
use std::fmt::Write;

/// The data behind a row of `generations.csv`.
#[derive(Clone, Copy, Debug)]
pub(super) struct GenerationRow<'a> {
    /// The seat.
    pub seat: SeatRow<'a>,
    /// The rules of its match.
    pub rules: &'a Rules,
    /// What the agent in it wrote.
    pub completion: &'a Completion,
}

/// The table of generated answers: one row per answer.
pub(super) struct Generations;

impl Table for Generations {
    const FILE: &'static str = "generations.csv";
    type Row<'a> = GenerationRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick", |row| row.seat.tick.to_string()),
        Column::whole("match", "as in `moves.csv`", |row| row.seat.live.match_index.to_string()),
        Column::whole("round", "as in `moves.csv`", |row| row.seat.tournament.round.to_string()),
        Column::whole("seat", "as in `moves.csv`", |row| row.seat.number().to_string()),
        Column::text("agent", "as in `moves.csv`", |row| row.seat.agent.to_owned()),
        Column::text(
            "text",
            "the answer as it was decoded, after the prompt and any `prefill`, on one line: a line break is `\\n`, a tab \
             `\\t`, another control character `\\u001b` or the like, a backslash `\\\\`",
            |row| escaped(&row.completion.text),
        ),
        Column::text(
            "action",
            "the action that the text names, before any noise; `illegal` where it names none",
            |row| match row.completion.action {
                ILLEGAL => "illegal".to_owned(),
                action => row.rules.game.actions()[usize::from(action)].clone(),
            },
        ),
    ];
}

/// `text` on one line, escaped so that the original can be recovered.
fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                write!(line, "\\u{:04x}", u32::from(c)).expect("a string takes everything");
            }
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_on_one_line_and_can_be_recovered() {
        assert_eq!(escaped("a \"b\", c"), "a \"b\", c");
        assert_eq!(escaped("one\ntwo\r\n\tthree"), "one\\ntwo\\r\\n\\tthree");
        assert_eq!(escaped("\u{1b}[31m \\n \u{2028}é"), "\\u001b[31m \\\\n \\u2028é");
    }
}
