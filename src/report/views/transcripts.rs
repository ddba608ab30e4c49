//! Matches round by round: moves, messages, generated answers, and the prompts that models read. Long runs show a part,
//! spread evenly over the ticks and over the matches of a tick.

use super::View;
use crate::files::read_settings;
use crate::report::ReportError;
use crate::report::data::Number;
use crate::report::run::Run;
use crate::report::table::{Row, Table};
use crate::report::ticks::Ticks;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) const VIEW: View<Run> =
    View { name: "transcripts", title: "Transcripts", script: include_str!("transcripts.js"), data };

/// The tables with a row per seat and round, the first that a run has chooses the matches.
const TABLES: [&str; 3] = ["moves.csv", "messages.csv", "generations.csv"];
/// The most rows of a table on the page.
const ROWS_MAX: u64 = 8_000;
/// The most rounds of a match.
const ROUNDS_MAX: u64 = 250;
/// The most characters of a text, and bytes of all cells of a table.
const TEXT_MAX: usize = 2_000;
const TEXTS_MAX: usize = 600_000;
/// The most bytes of prompts.
const PROMPTS_MAX: usize = 300_000;

/// Which matches are shown.
struct Choice {
    /// Number of ticks that have rows.
    recorded: usize,
    /// The ticks that are shown.
    ticks: BTreeSet<u64>,
    /// The distance between two matches of a tick that are shown.
    step: u64,
    /// The most matches of a tick.
    matches: u64,
    /// Whether matches are left out.
    is_part: bool,
}

impl Choice {
    /// Chooses among the matches of the table at `path`.
    fn of(path: &Path) -> Result<Self, ReportError> {
        let place = Table::open(path)?.place("match");
        let (mut last_match, mut rows, mut all) = (0, 0, Vec::new());
        let ticks = Ticks::read(path, |number, row| {
            last_match = last_match.max(row.count(place));
            rows += 1;
            if number == all.len() {
                all.push(row.tick());
            }
        })?;
        let (recorded, in_tick) = (ticks.recorded.max(1) as u64, last_match.saturating_add(1));
        let per_match = (rows / recorded.saturating_mul(in_tick).max(1)).clamp(1, 4 * ROUNDS_MAX);
        let fit = (ROWS_MAX / per_match).max(1);
        let is_part = fit < recorded.saturating_mul(in_tick);
        let shown = if is_part { recorded.min(fit.isqrt().max(2)) } else { recorded };
        let matches = if is_part { (fit / shown).clamp(1, in_tick) } else { in_tick };
        // The first and the last tick are always among them.
        let chosen = (0..shown).map(|i| (i * (recorded - 1) / (shown - 1).max(1)) as usize);
        let chosen = chosen.filter_map(|number| all.get(number).copied()).collect();
        Ok(Self { recorded: ticks.recorded, ticks: chosen, step: (in_tick / matches).max(1), matches, is_part })
    }

    fn has(&self, tick: u64, match_number: u64) -> bool {
        self.ticks.contains(&tick) && match_number.is_multiple_of(self.step) && match_number / self.step < self.matches
    }
}

/// What has been taken so far.
struct Taken {
    rows: u64,
    bytes: usize,
    is_cut: bool,
}

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let there: Vec<&str> = TABLES.into_iter().filter(|name| run.folder.join(name).is_file()).collect();
    let prompts = prompts(&run.folder);
    let Some(first) = there.first() else {
        return Ok(
            prompts.map(|prompts| json!({ "tables": {}, "prompts": prompts, "is_part": false, "is_cut": false }))
        );
    };
    let choice = Choice::of(&run.folder.join(first))?;
    let mut tables = serde_json::Map::new();
    let mut taken = Taken { rows: 0, bytes: 0, is_cut: false };
    for name in &there {
        (taken.rows, taken.bytes) = (0, 0);
        tables.insert((*name).into(), table(&run.folder.join(name), &choice, &mut taken)?);
    }
    Ok(Some(json!({
        "tables": tables,
        "prompts": prompts,
        "is_part": choice.is_part,
        "is_cut": taken.is_cut,
        "ticks": choice.recorded,
        "rounds_max": ROUNDS_MAX,
    })))
}

/// The rows of a table that belong to chosen matches, as lists of cells.
fn table(path: &Path, choice: &Choice, taken: &mut Taken) -> Result<Value, ReportError> {
    let table = Table::open(path)?;
    let (match_place, round) = (table.place("match"), table.place("round"));
    let columns = table.columns().to_vec();
    let is_number: Vec<bool> = columns
        .iter()
        .map(|name| ["tick", "match", "round", "seat", "payoff"].contains(&name.as_str()) || name.starts_with("reward"))
        .collect();
    let last = choice.ticks.last().copied().unwrap_or(0);
    let mut rows: Vec<Vec<Value>> = Vec::new();
    table.until(u64::MAX, |row| {
        if !choice.has(row.tick(), row.count(match_place)) {
            return row.tick() <= last;
        }
        if row.count(round) >= ROUNDS_MAX || taken.rows >= 2 * ROWS_MAX || taken.bytes >= TEXTS_MAX {
            taken.is_cut = true;
            return true;
        }
        taken.rows += 1;
        rows.push(cells(row, &is_number, taken));
        true
    })?;
    Ok(json!({ "columns": columns, "rows": rows }))
}

/// The cells of a row, numbers as numbers, long texts cut.
fn cells(row: &Row, is_number: &[bool], taken: &mut Taken) -> Vec<Value> {
    let cell = |(text, is_number): (String, &bool)| {
        // What is escaped takes six bytes.
        let width = |c: char| if c.is_control() || "<>&\"\\".contains(c) { 6 } else { c.len_utf8() };
        taken.bytes += text.chars().take(TEXT_MAX).map(width).sum::<usize>() + 3;
        match text.parse() {
            Ok(value) if *is_number => json!(Number(value)),
            _ if text.chars().count() > TEXT_MAX => {
                taken.is_cut = true;
                json!(text.chars().take(TEXT_MAX).collect::<String>() + "…")
            }
            _ => json!(text),
        }
    };
    row.texts().into_iter().zip(is_number).map(cell).collect()
}

/// What models read, if the run has written it and it is not too long.
fn prompts(folder: &Path) -> Option<Value> {
    let text = read_settings(&folder.join("prompts.json")).ok()?;
    if text.len() > PROMPTS_MAX {
        return Some(json!({ "is_long": true }));
    }
    serde_json::from_str(&text).ok()
}
