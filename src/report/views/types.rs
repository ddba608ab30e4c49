//! The share of every type over the ticks: `types.csv`.

use super::View;
use crate::report::ReportError;
use crate::report::data::Numbers;
use crate::report::run::Run;
use crate::report::table::Table;
use crate::report::ticks::{Axis, Ticks};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const VIEW: View<Run> = View { name: "types", title: "Types", script: include_str!("types.js"), data };

const FILE: &str = "types.csv";
/// The most types that have a band of their own: as many as there are colours, less one for the others.
const BANDS_MAX: usize = 7;
/// The most names that are compared; types that come later are among the others.
const NAMES_MAX: usize = 100_000;

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let path = run.folder.join(FILE);
    let Some(table) = Table::open_if_there(&path, "tick")? else { return Ok(None) };
    let [name, frequency, fitness] = ["type", "frequency", "fitness"].map(|column| table.place(column));
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let ticks = Ticks::read(&path, |_, row| {
        let share = row.number(frequency);
        if let Some(sum) = sums.get_mut(row.text(name)) {
            *sum += share;
        } else if sums.len() < NAMES_MAX {
            sums.insert(row.text(name).to_owned(), share);
        }
    })?;
    if ticks.recorded == 0 {
        return Ok(None);
    }
    let all = sums.len();
    let mut ranked: Vec<(String, f64)> = sums.into_iter().collect();
    ranked.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
    ranked.truncate(BANDS_MAX);
    let bands: BTreeMap<&str, usize> = ranked.iter().enumerate().map(|(band, (name, _))| (&**name, band)).collect();
    let points = ticks.points();
    // The last band is that of the others.
    let mut shares = vec![vec![0.0; points]; ranked.len() + 1];
    let mut means = vec![vec![(0.0, 0.0); points]; ranked.len() + 1];
    let mut axis = Axis::default();
    ticks.each(&path, |number, row| {
        let point = number / ticks.per_point;
        axis.note(point, row.tick());
        let (band, share) = (bands.get(row.text(name)).copied().unwrap_or(ranked.len()), row.number(frequency));
        shares[band][point] += share;
        let fitness = row.number(fitness);
        if fitness.is_finite() {
            means[band][point].0 += share * fitness;
            means[band][point].1 += share;
        }
    })?;
    let share = |(point, sum): (usize, &f64)| sum / ticks.ticks_at(point) as f64;
    let shares = shares.iter().map(|band| Numbers(band.iter().enumerate().map(share).collect()));
    let means = means.iter().map(|band| Numbers(band.iter().map(|(sum, weight)| sum / weight).collect()));
    Ok(Some(json!({
        "file": FILE,
        "axis": axis,
        "names": ranked.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "others": all - ranked.len(),
        "shares": shares.collect::<Vec<_>>(),
        "fitness": means.collect::<Vec<_>>(),
    })))
}
