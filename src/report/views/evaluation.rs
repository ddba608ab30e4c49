//! What the test suite found, if `sim evaluate` has been run: `evaluation.csv` by subject and question.

use super::View;
use crate::report::ReportError;
use crate::report::data::Number;
use crate::report::run::Run;
use crate::report::table::{Names, Place, Row, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const VIEW: View<Run> =
    View { name: "evaluation", title: "Evaluation", script: include_str!("evaluation.js"), data };

const FILE: &str = "evaluation.csv";
/// The most subjects, and the most questions.
const SUBJECTS_MAX: usize = 60;
const QUESTIONS_MAX: usize = 60;
/// Measures that are means over agents and estimates of the same question; the first is the sum of two columns.
const MEASURES: [&str; 4] = ["cooperation", "payoff", "fine_deontological", "shortfall_utilitarian"];

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let Some(table) = Table::open_if_there(&run.folder.join(FILE), "subject")? else { return Ok(None) };
    let place = |column: &str| table.place(column);
    let subject = ["subject", "population"].map(place);
    let question = ["part", "game", "labels", "table", "phrasing"].map(place);
    let cooperation = ["c_after_c", "c_after_d"].map(place);
    let others = [MEASURES[1], MEASURES[2], MEASURES[3]].map(place);
    let estimate = place("estimate");
    let mut subjects: Names<Vec<String>> = Names::up_to(SUBJECTS_MAX);
    let mut questions: Names<Vec<String>> = Names::up_to(QUESTIONS_MAX);
    let texts = |row: &Row, places: &[Place]| -> Vec<String> {
        places.iter().map(|place| row.text(*place).to_owned()).collect()
    };
    let mut sums: BTreeMap<(usize, usize), [(f64, f64); 4]> = BTreeMap::new();
    table.each(u64::MAX, |row| {
        if row.text(estimate) == "sampled" {
            return;
        }
        let found = (subjects.number(&texts(row, &subject)[..]), questions.number(&texts(row, &question)[..]));
        let (Some(a), Some(b)) = found else { return };
        let together: f64 = cooperation.iter().map(|place| row.number(*place)).sum();
        let values = [together, row.number(others[0]), row.number(others[1]), row.number(others[2])];
        for ((sum, n), value) in sums.entry((a, b)).or_default().iter_mut().zip(values) {
            if value.is_finite() {
                *sum += value;
                *n += 1.0;
            }
        }
    })?;
    if sums.is_empty() {
        return Ok(None);
    }
    let rows: Vec<Value> =
        sums.iter().map(|((a, b), sums)| json!([a, b, sums.map(|(sum, n)| Number(sum / n))])).collect();
    Ok(Some(json!({
        "file": FILE,
        "measures": MEASURES,
        "subjects": subjects.names(),
        "questions": questions.names(),
        "rows": rows,
        "is_whole": !subjects.is_cut() && !questions.is_cut(),
    })))
}
