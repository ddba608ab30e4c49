//! A comparison as text for people and as tidy CSV for programs.

use super::{CONFIDENCE, Comparison, EVOLUTION, Estimate, Group, OUTCOMES, Row};
use std::fmt::Write;

/// Columns of the CSV, one row per group, table, population and column.
const CSV_COLUMNS: [&str; 15] = [
    "scenario",
    "table",
    "population",
    "column",
    "tick_first",
    "tick_last",
    "n",
    "mean",
    "low",
    "high",
    "compared_with",
    "n_both",
    "difference",
    "difference_low",
    "difference_high",
];

/// Every number as tidy CSV. `low` and `high` are the ends of the 95 % interval; the last five columns are about the
/// difference from the scenario in `compared_with`, over the `n_both` seeds that both have. Cells without a number are
/// empty.
pub fn csv(comparison: &Comparison) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let whole = "writing to memory cannot fail";
    writer.write_record(CSV_COLUMNS).expect(whole);
    for row in &comparison.rows {
        let group = &comparison.groups[row.group];
        let mut cells = vec![
            group.scenario.clone(),
            row.table.to_string(),
            row.population.clone(),
            row.column.clone(),
            group.ticks.0.to_string(),
            group.ticks.1.to_string(),
        ];
        cells.extend(estimate_cells(&row.estimate));
        match &row.difference {
            Some(difference) => {
                cells.push(comparison.groups[0].scenario.clone());
                cells.extend(estimate_cells(difference));
            }
            None => cells.extend(std::iter::repeat_n(String::new(), 5)),
        }
        writer.write_record(&cells).expect(whole);
    }
    let bytes = writer.into_inner().expect(whole);
    String::from_utf8(bytes).expect("the cells are text")
}

/// n, mean, low, high.
fn estimate_cells(estimate: &Estimate) -> [String; 4] {
    let Estimate { n, mean, half_width } = *estimate;
    [n.to_string(), number(mean), number(mean - half_width), number(mean + half_width)]
}

/// Six decimals, as in the runs' own tables, without trailing zeros; empty for NaN.
fn number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Aligned tables: for each group, one of its populations and one of all agents together, with the differences from the
/// first group below each line.
pub fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for (index, group) in comparison.groups.iter().enumerate() {
        let seeds: Vec<String> = group.seeds.iter().map(u64::to_string).collect();
        let noun = if seeds.len() == 1 { "seed" } else { "seeds" };
        let _ = writeln!(out, "{}: {noun} {}; {}", group.scenario, seeds.join(", "), shown_ticks(group));
        for (table, head) in [(EVOLUTION, "population"), (OUTCOMES, "together")] {
            let rows: Vec<&Row> =
                comparison.rows.iter().filter(|row| row.group == index && row.table == table).collect();
            if !rows.is_empty() {
                let lines = lines(&rows, head, &comparison.groups[0].scenario);
                let _ = write!(out, "\n{}", aligned(&lines));
            }
        }
        out.push('\n');
    }
    let percent = CONFIDENCE * 100.0;
    let _ = write!(out, "mean over n seeds ± half the width of its {percent} % interval (Student's t)");
    if comparison.groups.len() > 1 {
        let _ = write!(out, "; lines with − are differences by seed");
    }
    if comparison.rows.iter().any(|row| row.estimate.n < comparison.groups[row.group].seeds.len()) {
        let _ = write!(out, "; (n): number of seeds with a value in this column");
    }
    out
}

fn shown_ticks(group: &Group) -> String {
    match group.ticks {
        (first, last) if first == last => format!("tick {last}"),
        (first, last) if last - first + 1 == group.recorded as u64 => format!("ticks {first} to {last}"),
        (first, last) => {
            let times = if group.recorded == 1 { "once".into() } else { format!("{} times", group.recorded) };
            format!("ticks {first} to {last}, recorded {times}")
        }
    }
}

/// Ticks as an error lists them: all of a few, the first and last of many.
pub(super) fn ticks(ticks: &[u64]) -> String {
    match ticks {
        [first, .., last] if ticks.len() > 6 => format!("{first} to {last} ({} of them)", ticks.len()),
        few => few.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// A heading, then for each population its means and, below them, its differences from `base`.
fn lines(rows: &[&Row], head: &str, base: &str) -> Vec<Vec<String>> {
    let mut columns: Vec<&str> = Vec::new();
    for row in rows {
        if !columns.contains(&row.column.as_str()) {
            columns.push(&row.column);
        }
    }
    let heads = [head, "n"].into_iter().chain(columns.iter().copied()).map(String::from);
    let mut lines = vec![heads.collect()];
    for of_population in rows.chunk_by(|a, b| a.population == b.population) {
        let name = of_population[0].population.clone();
        let means: Vec<Estimate> = of_population.iter().map(|row| row.estimate).collect();
        lines.push(line(name, &means));
        let differences: Vec<Estimate> = of_population.iter().filter_map(|row| row.difference).collect();
        if !differences.is_empty() {
            lines.push(line(format!("  − {base}"), &differences));
        }
    }
    lines
}

fn line(name: String, estimates: &[Estimate]) -> Vec<String> {
    let n = estimates.iter().map(|estimate| estimate.n).max().unwrap_or(0);
    let cells = estimates.iter().map(|estimate| {
        let text = cell(estimate);
        if estimate.n == n || estimate.n == 0 { text } else { format!("{text} ({})", estimate.n) }
    });
    [name, n.to_string()].into_iter().chain(cells).collect()
}

fn cell(estimate: &Estimate) -> String {
    let Estimate { n, mean, half_width } = *estimate;
    match n {
        0 => "-".into(),
        1 => format!("{mean:.3}±-"),
        _ => format!("{mean:.3}±{half_width:.3}"),
    }
}

/// A heading that is wider than this is written on two lines: numbers with their intervals are about as wide.
const HEAD_MAX: usize = 11;

/// A column's name on one line, with the upper line empty, or on two lines.
fn stacked(name: &str) -> [String; 2] {
    let split = name.find('_').filter(|&at| at > 0 && name.chars().count() > HEAD_MAX);
    split.map_or_else(|| [String::new(), name.into()], |at| [name[..at].into(), name[at..].into()])
}

/// The lines with their cells aligned: names to the left, numbers to the right, a rule below the heading.
fn aligned(lines: &[Vec<String>]) -> String {
    let [upper, lower]: [Vec<String>; 2] =
        [0, 1].map(|line| lines[0].iter().map(|n| stacked(n)[line].clone()).collect());
    let lines: Vec<&Vec<String>> = [&upper, &lower].into_iter().chain(&lines[1..]).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lower.len()).map(width).collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index == 0 && upper.iter().all(String::is_empty) {
            continue;
        }
        let mut text = format!("{:<1$}", line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            let _ = write!(text, "  {cell:>width$}");
        }
        let _ = writeln!(out, "{}", text.trim_end());
        if index == 1 {
            let rule = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
            let _ = writeln!(out, "{}", "-".repeat(rule));
        }
    }
    out
}
