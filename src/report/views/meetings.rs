//! Who played against whom, and what came of it: `pairs.csv` by period.

use super::View;
use crate::report::ReportError;
use crate::report::evolution::POPULATIONS_MAX;
use crate::report::run::Run;
use crate::report::table::{Row, Table};
use crate::report::ticks::{Axis, Ticks};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const VIEW: View<Run> =
    View { name: "meetings", title: "Who plays whom", script: include_str!("meetings.js"), data };

const FILE: &str = "pairs.csv";
/// Columns whose means over periods are wanted: weighted by the rounds that counted, then by all rounds.
const SHARES: [&str; 3] = ["cc", "cd", "dc"];
const MEANS: [&str; 2] = ["payoff", "payoff_opponents"];

/// What two populations did to each other in a period.
#[derive(Clone, Debug, Default)]
struct Sums {
    matches: u64,
    rounds: u64,
    counted: u64,
    shares: [f64; 3],
    means: [f64; 2],
}

impl Sums {
    fn add(&mut self, row: &Row, places: &Places) {
        let rounds = row.count(places.rounds);
        let counted = rounds.saturating_sub(row.count(places.void_rounds));
        self.matches += row.count(places.matches);
        self.rounds += rounds;
        self.counted += counted;
        for (sum, place) in self.shares.iter_mut().zip(places.shares) {
            // Without a round that counted there is no share.
            *sum += if counted == 0 { 0.0 } else { row.number(place) * counted as f64 };
        }
        for (sum, place) in self.means.iter_mut().zip(places.means) {
            *sum += row.number(place) * rounds as f64;
        }
    }
}

struct Places {
    matches: Option<usize>,
    rounds: Option<usize>,
    void_rounds: Option<usize>,
    shares: [Option<usize>; 3],
    means: [Option<usize>; 2],
}

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let path = run.folder.join(FILE);
    let Some(table) = Table::open_if_there(&path, "tick")? else { return Ok(None) };
    let place = |column: &str| table.place(column);
    let places = Places {
        matches: place("matches"),
        rounds: place("rounds"),
        void_rounds: place("void_rounds"),
        shares: SHARES.map(place),
        means: MEANS.map(place),
    };
    let sides = ["population", "opponents"].map(place);
    let known = run.evolution.populations.iter().map(|population| population.name.as_str());
    let known: BTreeMap<&str, usize> = known.enumerate().map(|(number, name)| (name, number)).collect();
    let mut left_out = false;
    let mut pairs = BTreeSet::new();
    let pair = |row: &Row| match sides.map(|side| known.get(row.text(side)).copied()) {
        [Some(a), Some(b)] => Some((a, b)),
        _ => None,
    };
    let ticks = Ticks::read(&path, |_, row| match pair(row) {
        Some(pair) => {
            pairs.insert(pair);
        }
        None => left_out = true,
    })?;
    let ticks = ticks.in_periods(pairs.len());
    let mut axis = Axis::default();
    let mut sums: BTreeMap<(usize, usize, usize), Sums> = BTreeMap::new();
    ticks.each(&path, |number, row| {
        let period = number / ticks.per_point;
        axis.note(period, row.tick());
        if let Some((a, b)) = pair(row) {
            sums.entry((period, a, b)).or_default().add(row, &places);
        }
    })?;
    if sums.is_empty() {
        return Ok(None);
    }
    let rows = sums.iter().map(|(&(period, a, b), sums)| {
        let share = |sum: f64| round(sum / sums.counted as f64);
        let mean = |sum: f64| round(sum / sums.rounds as f64);
        json!([period, a, b, sums.matches, sums.rounds, sums.counted, sums.shares.map(share), sums.means.map(mean)])
    });
    Ok(Some(json!({
        "file": FILE,
        "axis": axis,
        "rows": rows.collect::<Vec<_>>(),
        "left_out": left_out.then_some(POPULATIONS_MAX),
    })))
}

/// Seven significant digits, so that sums over periods keep five; `None` if there is no number.
fn round(value: f64) -> Option<f64> {
    format!("{value:.6e}").parse().ok().filter(|value: &f64| value.is_finite())
}
