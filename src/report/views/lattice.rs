//! Who is where on the lattice: some ticks of `strategy_evolution.csv` as boards.

use super::View;
use crate::files::EVOLUTION_TABLE;
use crate::report::ReportError;
use crate::report::run::Run;
use crate::report::table::Table;
use crate::report::ticks::Ticks;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const VIEW: View<Run> =
    View { name: "lattice", title: "On the lattice", script: include_str!("lattice.js"), data };

/// The most boards.
const BOARDS_MAX: usize = 6;
/// The most squares of a board that are drawn; of a larger one, every second, third, … column and row.
const SQUARES_MAX: usize = 10_000;
/// The most types that have a colour of their own; the others share the last.
const COLOURS_MAX: usize = 7;

/// A board: the colour of each square, row by row.
struct Board {
    tick: u64,
    squares: BTreeMap<(u64, u64), String>,
}

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let path = run.folder.join(EVOLUTION_TABLE);
    let table = Table::open(&path)?;
    let [x, y] = ["x", "y"].map(|column| table.place(column));
    // Without evolution, agents are told apart by their populations.
    let what = table.place("type").or_else(|| table.place("population"));
    if x.is_none() || y.is_none() {
        return Ok(None);
    }
    let (mut columns, mut rows) = (0, 0);
    let ticks = Ticks::read(&path, |number, row| {
        if number == 0 {
            (columns, rows) = (columns.max(row.count(x) + 1), rows.max(row.count(y) + 1));
        }
    })?;
    if ticks.recorded == 0 || columns * rows == 0 {
        return Ok(None);
    }
    let mut step = 1;
    while (columns.div_ceil(step) * rows.div_ceil(step)) as usize > SQUARES_MAX {
        step += 1;
    }
    let boards = ticks.recorded.min(BOARDS_MAX);
    // Evenly over the recorded ticks, the first and the last among them.
    let wanted: Vec<usize> = (0..boards).map(|board| board * (ticks.recorded - 1) / (boards - 1).max(1)).collect();
    let mut made: BTreeMap<usize, Board> = BTreeMap::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    ticks.each(&path, |number, row| {
        if wanted.binary_search(&number).is_err() {
            return;
        }
        let (x, y) = (row.count(x), row.count(y));
        if x % step != 0 || y % step != 0 {
            return;
        }
        let name = row.text(what).to_owned();
        *counts.entry(name.clone()).or_default() += 1;
        let board = made.entry(number).or_insert_with(|| Board { tick: row.tick(), squares: BTreeMap::new() });
        board.squares.insert((y / step, x / step), name);
    })?;
    let mut ranked: Vec<(String, u64)> = counts.into_iter().collect();
    ranked.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let others = ranked.len().saturating_sub(COLOURS_MAX);
    ranked.truncate(COLOURS_MAX);
    let colour = |name: &String| ranked.iter().position(|(ranked, _)| ranked == name).unwrap_or(COLOURS_MAX);
    // A digit per square; a blank where nobody sits.
    let across = columns.div_ceil(step);
    let board = |board: &Board| {
        let line = |y: u64| -> String {
            (0..across)
                .map(|x| board.squares.get(&(y, x)).map_or(' ', |name| char::from(b'0' + colour(name) as u8)))
                .collect()
        };
        json!({ "tick": board.tick, "rows": (0..rows.div_ceil(step)).map(line).collect::<Vec<_>>() })
    };
    Ok(Some(json!({
        "file": EVOLUTION_TABLE,
        "names": ranked.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "others": others,
        "step": step,
        "boards": made.values().map(board).collect::<Vec<_>>(),
    })))
}
