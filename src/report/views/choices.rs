//! Who picked whom as a partner: `selections.csv` by period, by population, and by agent where there are few.

use super::View;
use crate::report::ReportError;
use crate::report::run::Run;
use crate::report::table::Table;
use crate::report::ticks::{Axis, Ticks};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const VIEW: View<Run> =
    View { name: "choices", title: "Who picks whom", script: include_str!("choices.js"), data };

const FILE: &str = "selections.csv";
/// The most periods that are told apart.
const PERIODS_MAX: usize = 12;
/// The most agents whose picks are shown one by one.
const AGENTS_MAX: usize = 40;
/// The most populations.
const POPULATIONS_MAX: usize = 64;

/// Names in order of appearance, up to a limit.
#[derive(Default)]
struct Names(BTreeMap<String, usize>, Vec<String>);

impl Names {
    /// The number of a name; `None` if it does not fit.
    fn number(&mut self, name: &str, most: usize) -> Option<usize> {
        if let Some(&number) = self.0.get(name) {
            return Some(number);
        }
        if self.1.len() == most {
            return None;
        }
        self.0.insert(name.into(), self.1.len());
        self.1.push(name.into());
        Some(self.1.len() - 1)
    }
}

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let path = run.folder.join(FILE);
    let Some(table) = Table::open_if_there(&path, "tick")? else { return Ok(None) };
    let place = |column: &str| table.place(column);
    let (by, of) = (place("selector"), place("selected"));
    let (by_population, of_population) = (place("selector_population"), place("selected_population"));
    let count = place("selections");
    let mut ticks = Ticks::read(&path, |_, _| {})?;
    ticks.per_point = ticks.recorded.div_ceil(PERIODS_MAX).max(1);
    let mut axis = Axis::default();
    let (mut agents, mut populations) = (Names::default(), Names::default());
    let (mut of_agents, mut of_populations) = (BTreeMap::new(), BTreeMap::new());
    let mut has_all_agents = true;
    ticks.each(&path, |number, row| {
        let period = number / ticks.per_point;
        axis.note(period, row.tick());
        let picks = row.count(count);
        let pair = [by, of].map(|place| agents.number(row.text(place), AGENTS_MAX));
        if let [Some(a), Some(b)] = pair {
            *of_agents.entry((period, a, b)).or_insert(0) += picks;
        } else {
            has_all_agents = false;
        }
        let pair = [by_population, of_population].map(|place| populations.number(row.text(place), POPULATIONS_MAX));
        if let [Some(a), Some(b)] = pair {
            *of_populations.entry((period, a, b)).or_insert(0) += picks;
        }
    })?;
    if of_populations.is_empty() {
        return Ok(None);
    }
    let rows = |sums: BTreeMap<(usize, usize, usize), u64>| -> Vec<[u64; 4]> {
        let picked = sums.into_iter().filter(|(_, picks)| *picks > 0);
        picked.map(|((period, a, b), picks)| [period as u64, a as u64, b as u64, picks]).collect()
    };
    Ok(Some(json!({
        "file": FILE,
        "axis": axis,
        "populations": { "names": populations.1, "rows": rows(of_populations) },
        "agents": has_all_agents.then(|| json!({ "names": agents.1, "rows": rows(of_agents) })),
    })))
}
