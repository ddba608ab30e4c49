//! The page: charts of every population, and the last tick as a table.

use super::chart::{Curve, Palette, chart, escape};
use super::series::{AGENTS_MAX, Evolution, POINTS_MAX, Series};
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}\
    h1{font-size:1.5em;overflow-wrap:anywhere}h2{font-size:1.15em;margin-top:2em}\
    .grid-of-charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr));gap:1.2em}\
    figure{margin:0;min-width:0}figcaption{font-weight:600}svg{width:100%}.key{width:24px;height:8px;margin-right:.4em}ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2em 1.2em;padding:0;margin:.2em 0;font-size:.85em}\
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.88em}th,td{padding:.25em .7em;text-align:right;border-bottom:1px solid #eee}th:first-child,td:first-child,.text{text-align:left}\
    .note{color:#555}";

/// Columns of a memory-one policy and their names here.
const AFTER: [(&str, &str); 5] = [
    ("p_c_start", "start"),
    ("p_c_cc", "after CC"),
    ("p_c_cd", "after CD"),
    ("p_c_dc", "after DC"),
    ("p_c_dd", "after DD"),
];

/// Columns with a curve per population: two of their own, then [`AFTER`]. Those of plugins follow.
pub(super) const CURVES: [&str; 7] =
    ["cooperation_rate", "payoff_mean", AFTER[0].0, AFTER[1].0, AFTER[2].0, AFTER[3].0, AFTER[4].0];

/// Columns of all agents together. Those of plugins follow.
pub(super) const TOGETHER: [&str; 4] = ["cooperation_rate", "equality", "gini", "collective_payoff"];

/// The most columns of plugins that get a chart, per table: more would make the page large.
pub(super) const ADDED_MAX: usize = 30;

/// Columns of the table of agents: names, then numbers, then the nearest strategy.
pub(super) const AGENT: [&str; 11] = [
    "agent",
    "policy",
    "cooperation_rate",
    "p_c_start",
    "p_c_cc",
    "p_c_cd",
    "p_c_dc",
    "p_c_dd",
    "payoff_mean",
    "reward_mean",
    "nearest_strategy",
];

/// The whole page. `evolution` has [`CURVES`] and [`AGENT`]; `together` has the curves of [`TOGETHER`].
pub(super) fn page(title: &str, evolution: &Evolution, together: &[(String, Series)]) -> String {
    let title = escape(title);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\n"
    );
    if evolution.ticks.per_point > 1 {
        let ticks = evolution.ticks.per_point;
        let _ = writeln!(
            html,
            "<p class=\"note\">A point of a curve is the mean of {ticks} recorded ticks, so that there are at most \
             {POINTS_MAX}; the tables have every one.</p>"
        );
    }
    let unit = Some((0.0, 1.0));
    let curves = |column: usize| -> Vec<Curve> {
        evolution.populations.iter().map(|population| curve(&population.name, &population.columns[column])).collect()
    };
    html += "<h2>Populations</h2><div class=\"grid-of-charts\">\n";
    html += &chart("Cooperation rate", &curves(0), Palette::Populations, unit);
    html += &chart("Mean payoff per decision", &curves(1), Palette::Populations, None);
    html += "</div>\n";
    let learners: Vec<_> = evolution.populations.iter().filter(|population| population.learns).collect();
    if !learners.is_empty() {
        html += "<h2>Probability of cooperating after each outcome (own action, opponent's action)</h2>\
                 <div class=\"grid-of-charts\">\n";
        for population in learners {
            let after = AFTER.iter().zip(&population.columns[2..]);
            let curves: Vec<Curve> = after.map(|((_, label), series)| curve(label, series)).collect();
            let source = if population.is_counted { "counted from its decisions" } else { "read from the policy" };
            html += &chart(&format!("{}, {source}", population.name), &curves, Palette::Others, unit);
        }
        html += "</div>\n";
    }
    html += "<h2>Together</h2><div class=\"grid-of-charts\">\n";
    let names = ["cooperation", "equality", "Gini index"];
    let everybody: Vec<Curve> = names.iter().zip(together).map(|(name, (_, series))| curve(name, series)).collect();
    html += &chart("Society", &everybody, Palette::Others, unit);
    html += &chart("Collective payoff per round", &[curve("collective payoff", &together[3].1)], Palette::Others, None);
    html += "</div>\n";
    html + &of_plugins(evolution, together) + &last_tick(evolution)
}

/// The columns of plugins, one chart each.
fn of_plugins(evolution: &Evolution, together: &[(String, Series)]) -> String {
    let of_agents = evolution.columns.iter().enumerate().skip(CURVES.len()).map(|(column, name)| {
        let curves = evolution.populations.iter().map(|all| curve(&all.name, &all.columns[column]));
        chart(name, &curves.collect::<Vec<_>>(), Palette::Populations, None)
    });
    let of_all = together.iter().skip(TOGETHER.len());
    let of_all = of_all.map(|(name, series)| chart(name, &[curve("together", series)], Palette::Others, None));
    let charts: String = of_agents.chain(of_all).collect();
    if charts.is_empty() {
        return charts;
    }
    format!("<h2>Columns of plugins</h2><div class=\"grid-of-charts\">\n{charts}</div>\n")
}

fn curve(name: &str, series: &Series) -> Curve {
    Curve { name: name.to_string(), points: series.means() }
}

/// The last tick, one row per agent.
fn last_tick(evolution: &Evolution) -> String {
    let mut html = format!("<h2>Tick {}</h2>", evolution.ticks.last);
    if evolution.agents.len() < evolution.agents_all {
        let (shown, all) = (evolution.agents.len(), evolution.agents_all);
        let _ = write!(
            html,
            "<p class=\"note\">{shown} of {all} agents, the first of every population: a page holds {AGENTS_MAX}. All are in \
             strategy_evolution.csv.</p>"
        );
    }
    html += "<div class=\"scroll\"><table><tr>";
    let last = AGENT.len() - 1;
    for (index, column) in AGENT.iter().enumerate() {
        let class = if index == 1 || index == last { " class=\"text\"" } else { "" };
        let _ =
            write!(html, "<th scope=\"col\"{class}>{}</th>", if index == last { "nearest strategy" } else { column });
    }
    html += "</tr>\n";
    for cells in &evolution.agents {
        html += "<tr>";
        for (index, cell) in cells.iter().enumerate() {
            let _ = match index {
                0 => write!(html, "<td>{}</td>", escape(cell)),
                _ if index == 1 || index == last => write!(html, "<td class=\"text\">{}</td>", escape(cell)),
                _ => match cell.parse::<f64>() {
                    Ok(value) if value.is_finite() => write!(html, "<td>{value:.2}</td>"),
                    _ => write!(html, "<td></td>"),
                },
            };
        }
        html += "</tr>\n";
    }
    html + "</table></div>\n"
}
