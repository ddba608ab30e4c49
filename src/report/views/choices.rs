//! Who picked whom as a partner: `selections.csv` by period, by population, and by agent where there are few.

use super::View;
use crate::report::ReportError;
use crate::report::run::Run;
use crate::report::table::{Names, Place, Row, Table};
use crate::report::ticks::{Axis, Ticks};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const VIEW: View<Run> =
    View { name: "choices", title: "Who picks whom", script: include_str!("choices.js"), data };

const FILE: &str = "selections.csv";
/// The most agents whose picks are shown one by one.
const AGENTS_MAX: usize = 40;
/// The most populations.
const POPULATIONS_MAX: usize = 64;

/// Picks by period, and by numbers of names.
type Picks = BTreeMap<(usize, usize, usize), u64>;

/// The columns of who picks and who is picked, and the names in them.
struct Sides {
    places: [Place; 2],
    names: Names,
    pairs: BTreeSet<[Option<usize>; 2]>,
    picks: Picks,
}

impl Sides {
    fn new(table: &Table, columns: [&str; 2], most: usize) -> Self {
        let places = columns.map(|column| table.place(column));
        Self { places, names: Names::up_to(most), pairs: BTreeSet::new(), picks: Picks::new() }
    }

    /// Notes who is in a row.
    fn look(&mut self, row: &Row) {
        self.pairs.insert(self.places.map(|place| self.names.number(row.text(place))));
    }

    /// Adds the picks of a row, if there is room for both names.
    fn add(&mut self, period: usize, row: &Row, picks: u64) {
        if let [Some(a), Some(b)] = self.places.map(|place| self.names.find(row.text(place))) {
            *self.picks.entry((period, a, b)).or_insert(0) += picks;
        }
    }

    /// For the page.
    fn shown(&self) -> Value {
        let picked = self.picks.iter().filter(|(_, picks)| **picks > 0);
        let rows = picked.map(|(&(period, a, b), &picks)| [period as u64, a as u64, b as u64, picks]);
        json!({ "names": self.names.names(), "rows": rows.collect::<Vec<_>>() })
    }
}

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let path = run.folder.join(FILE);
    let Some(table) = Table::open_if_there(&path, "tick")? else { return Ok(None) };
    let count = table.place("selections");
    let mut agents = Sides::new(&table, ["selector", "selected"], AGENTS_MAX);
    let mut populations = Sides::new(&table, ["selector_population", "selected_population"], POPULATIONS_MAX);
    let ticks = Ticks::read(&path, |_, row| {
        agents.look(row);
        populations.look(row);
    })?;
    let ticks = ticks.in_periods(agents.pairs.len() + populations.pairs.len());
    let mut axis = Axis::default();
    ticks.each(&path, |number, row| {
        let period = number / ticks.per_point;
        axis.note(period, row.tick());
        agents.add(period, row, row.count(count));
        populations.add(period, row, row.count(count));
    })?;
    if populations.picks.is_empty() {
        return Ok(None);
    }
    Ok(Some(json!({
        "file": FILE,
        "axis": axis,
        "populations": populations.shown(),
        "populations_left_out": populations.names.is_cut().then_some(POPULATIONS_MAX),
        "agents": (!agents.names.is_cut()).then(|| agents.shown()),
    })))
}
