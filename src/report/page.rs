//! The page: charts of every population, and the last tick as a table.

use super::chart::{Curve, chart, escape};
use super::table::{Row, Table};
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}\
    h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}.grid-of-charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(400px,1fr));gap:1.2em}\
    figure{margin:0}figcaption{font-weight:600}svg{width:100%}.key{width:24px;height:8px;margin-right:.4em}ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2em 1.2em;padding:0;margin:.2em 0;font-size:.85em}\
    table{border-collapse:collapse;font-size:.88em}th,td{padding:.25em .7em;text-align:right;border-bottom:1px solid #eee}th:first-child,td:first-child,.text{text-align:left}";

/// Columns of a memory-one policy and what they are called here.
const AFTER: [(&str, &str); 5] = [
    ("p_c_start", "start"),
    ("p_c_cc", "after CC"),
    ("p_c_cd", "after CD"),
    ("p_c_dc", "after DC"),
    ("p_c_dd", "after DD"),
];

/// The whole page.
pub(super) fn page(title: &str, evolution: &Table, outcomes: &Table) -> String {
    let title = escape(title);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\n<h2>Populations</h2><div class=\"grid-of-charts\">\n"
    );
    let populations = populations(evolution);
    let curves = |column: &str| -> Vec<Curve> {
        populations
            .iter()
            .map(|name| mean_curve(name, column, evolution, |row| row.text("population") == *name))
            .collect()
    };
    html += &chart("Cooperation rate", &curves("cooperation_rate"), Some((0.0, 1.0)));
    html += &chart("Mean payoff per decision", &curves("payoff_mean"), None);
    html += "</div>\n<h2>Probability of cooperating (own action first)</h2><div class=\"grid-of-charts\">\n";
    for name in populations.iter().filter(|name| learns(evolution, name)) {
        let of_population = |row: &Row| row.text("population") == *name;
        let curves: Vec<Curve> =
            AFTER.iter().map(|(column, label)| mean_curve(label, column, evolution, of_population)).collect();
        html += &chart(&format!("{name}, {}", source(evolution, name)), &curves, Some((0.0, 1.0)));
    }
    html += "</div>\n<h2>Together</h2><div class=\"grid-of-charts\">\n";
    let everybody: Vec<Curve> = [("cooperation_rate", "cooperation"), ("equality", "equality"), ("gini", "Gini index")]
        .iter()
        .map(|(column, label)| mean_curve(label, column, outcomes, |_| true))
        .collect();
    html += &chart("Society", &everybody, Some((0.0, 1.0)));
    let collective = [mean_curve("collective payoff", "collective_payoff", outcomes, |_| true)];
    html += &chart("Collective payoff per round", &collective, None);
    html += "</div>\n";
    html += &last_tick(evolution);
    html
}

/// Names of the populations in the order of the table.
fn populations(table: &Table) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in table.rows() {
        if !names.contains(&row.text("population")) {
            names.push(row.text("population"));
        }
    }
    names
}

/// Whether any member's policy has probabilities that change.
fn learns(table: &Table, population: &str) -> bool {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    table.rows().filter(|row| row.text("population") == population).any(|row| {
        let now = row.text("p_c_cc");
        *first.entry(row.text("agent")).or_insert(now) != now
    })
}

/// Where a population's probabilities come from.
fn source(table: &Table, population: &str) -> &'static str {
    let of_population = |row: &Row| row.text("population") == population;
    let is_counted = table.rows().any(|row| of_population(&row) && row.text("p_c_source") == "counted");
    if is_counted { "counted from its decisions" } else { "read from the policy" }
}

/// The mean of `column` over the rows that `keep` keeps, tick by tick.
fn mean_curve(name: &str, column: &str, table: &Table, keep: impl Fn(&Row) -> bool) -> Curve {
    let mut sums: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    for row in table.rows().filter(|row| keep(row)) {
        let entry = sums.entry(row.number("tick") as u64).or_default();
        let value = row.number(column);
        if value.is_finite() {
            entry.0 += value;
            entry.1 += 1.0;
        }
    }
    let points = sums.into_iter().map(|(tick, (sum, n))| (tick as f64, sum / n)).collect();
    Curve { name: name.to_string(), points }
}

/// The last tick, a row per agent.
fn last_tick(table: &Table) -> String {
    let last = table.last_tick();
    let columns =
        ["cooperation_rate", "p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd", "payoff_mean", "reward_mean"];
    let mut html = format!("<h2>Tick {last}</h2><table><tr><th>agent</th><th class=\"text\">policy</th>");
    for column in columns {
        let _ = write!(html, "<th>{column}</th>");
    }
    html += "<th class=\"text\">nearest strategy</th></tr>\n";
    for row in table.rows().filter(|row| row.number("tick") == last) {
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"text\">{}</td>",
            escape(row.text("agent")),
            escape(row.text("policy"))
        );
        for column in columns {
            let value = row.number(column);
            let text = if value.is_finite() { format!("{value:.2}") } else { String::new() };
            let _ = write!(html, "<td>{text}</td>");
        }
        let _ = writeln!(html, "<td class=\"text\">{}</td></tr>", escape(row.text("nearest_strategy")));
    }
    html + "</table>\n"
}
