//! `report.html`: the run's tables as curves, in one file that opens anywhere. Reads the CSV files and nothing else.

mod chart;
mod error;
mod page;
mod series;
mod table;

pub use error::ReportError;

use crate::files::write_text;
use std::path::{Path, PathBuf};

/// Name of the report in a run's folder.
pub const FILE: &str = "report.html";

/// Reads the tables of the run in `folder`, writes `report.html` beside them in one piece, and returns its path. A
/// column that `is_built_in` does not know as one of `sim` itself is a plugin's, and gets a chart of its own.
///
/// # Errors
/// If a table is missing or is not one, or the report cannot be written.
pub fn write(folder: &Path, is_built_in: impl Fn(&str) -> bool) -> Result<PathBuf, ReportError> {
    let (agents, outcomes) = (folder.join("strategy_evolution.csv"), folder.join("social_outcomes.csv"));
    let columns = |path: &Path, own: &[&str]| -> Result<Vec<String>, ReportError> {
        let all = table::Table::open(path)?.into_columns().into_iter();
        let added = all.filter(|column| !is_built_in(column)).take(page::ADDED_MAX);
        Ok(own.iter().map(|&column| column.to_owned()).chain(added).collect())
    };
    let evolution = series::Evolution::read(&agents, columns(&agents, &page::CURVES)?, &page::AGENT)?;
    let together = series::outcomes(&outcomes, columns(&outcomes, &page::TOGETHER)?)?;
    let title = folder.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned());
    let path = folder.join(FILE);
    let html = page::page(&title, &evolution, &together);
    write_text(&path, &html).map_err(|source| ReportError::Io { action: "write", path: path.clone(), source })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::fs;

    const EVOLUTION: &str = "tick,agent,population,policy,cooperation_rate,p_c_start,p_c_cc,p_c_cd,p_c_dc,p_c_dd,payoff_mean,nearest_strategy\n\
        0,a_0,a<b,llm,0.5,0.1,0.2,0.3,0.4,0.5,2,random\n\
        0,t_0,t,grim,0,,,,,,1,\n\
        1,a_0,a<b,llm,1,0.9,0.9,0.9,0.9,0.9,3,always_cooperate\n\
        1,t_0,t,grim,,,,,,,,\n";
    const OUTCOMES: &str = "tick,cooperation_rate,equality,gini,collective_payoff\n0,0.25,0.5,0.1,4\n1,1,1,0,6\n";

    fn run(evolution: &str) -> (tempfile::TempDir, Result<PathBuf, ReportError>) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("strategy_evolution.csv"), evolution).unwrap();
        fs::write(dir.path().join("social_outcomes.csv"), OUTCOMES).unwrap();
        let written = write(dir.path(), |column| column != "trust");
        (dir, written)
    }

    #[test]
    fn the_page_has_a_curve_for_every_population_and_escapes_names() {
        let (_dir, path) = run(EVOLUTION);
        let html = fs::read_to_string(path.unwrap()).unwrap();
        assert!(html.contains("a&lt;b") && !html.contains("a<b"));
        assert!(html.matches("<polyline").count() >= 9, "cooperation, payoff, five probabilities, outcomes");
        assert!(html.contains("always_cooperate"));
        assert!(html.contains("a&lt;b, read from the policy") && !html.contains("counted from"));
        assert!(!html.contains("NaN") && !html.contains("http"), "self-contained, and gaps are gaps");
    }

    #[test]
    fn shares_of_decisions_are_not_called_probabilities_of_the_policy() {
        let counted =
            "tick,agent,population,policy,p_c_cc,p_c_source\n0,a_0,a,llm,0.5,counted\n1,a_0,a,llm,1,counted\n";
        let (_dir, path) = run(counted);
        assert!(fs::read_to_string(path.unwrap()).unwrap().contains("a, counted from its decisions"));
    }

    #[test]
    fn what_plugins_measure_has_a_chart_of_its_own() {
        let heads = "tick,agent,population,policy,cooperation_rate,payoff_mean,trust";
        let (_dir, path) = run(&format!("{heads}\n0,a_0,a,llm,0.5,1,0.25\n1,a_0,a,llm,0.5,1,0.75\n"));
        let html = fs::read_to_string(path.unwrap()).unwrap();
        assert!(html.contains("plugins") && html.contains("<figcaption>trust<"), "{html}");
        let (_dir, path) = run(EVOLUTION);
        assert!(!fs::read_to_string(path.unwrap()).unwrap().contains("plugins"));
    }

    #[test]
    fn a_run_of_one_row_has_bars_and_a_gap_leaves_dots() {
        let head = EVOLUTION.lines().next().unwrap();
        let (_dir, path) = run(&format!("{head}\n0,a_0,a,grim,0.5,,,,,,2,\n0,b_0,b,grim,1,,,,,,3,\n"));
        let html = fs::read_to_string(path.unwrap()).unwrap();
        // Two populations in two charts, cooperation and payoff.
        assert_eq!(html.matches("<rect").count(), 4, "{html}");
        assert!(!html.contains("Probability of cooperating"), "nobody learns");
        let (_dir, path) =
            run(&format!("{head}\n0,a_0,a,grim,0.5,,,,,,2,\n1,a_0,a,grim,,,,,,,2,\n2,a_0,a,grim,1,,,,,,2,\n"));
        let html = fs::read_to_string(path.unwrap()).unwrap();
        assert!(html.matches("<circle").count() >= 2, "both sides of the gap are there: {html}");
    }

    #[test]
    fn long_runs_and_many_agents_make_no_long_page() {
        let mut rows = EVOLUTION.lines().next().unwrap().to_string() + "\n";
        for tick in 0..3000 {
            let _ = writeln!(rows, "{tick},a_0,a,llm,{},{tick},0.5,0.5,0.5,0.5,1,", f64::from(tick) / 3000.0);
        }
        let (_dir, path) = run(&rows);
        let html = fs::read_to_string(path.unwrap()).unwrap();
        let longest = html
            .split("points=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .map(|points| points.split(' ').count())
            .max();
        assert_eq!(longest, Some(500));
        assert!(html.contains("mean of 6 recorded ticks") && html.contains("tick 2999"), "{}", &html[..2000]);
        let mut rows = EVOLUTION.lines().next().unwrap().to_string() + "\n";
        for agent in 0..1000 {
            let population = if agent < 990 { "many" } else { "few" };
            let _ = writeln!(rows, "0,{population}_{agent},{population},grim,1,,,,,,1,");
        }
        let (_dir, path) = run(&rows);
        let html = fs::read_to_string(path.unwrap()).unwrap();
        assert_eq!(html.matches("<tr>").count(), 1 + 100 + 10, "the head, and of every population what fits");
        assert!(html.contains("110 of 1000 agents"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_report_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("strategy_evolution.csv"), EVOLUTION).unwrap();
        fs::write(dir.path().join("social_outcomes.csv"), OUTCOMES).unwrap();
        let mine = dir.path().join("mine.txt");
        fs::write(&mine, "precious").unwrap();
        std::os::unix::fs::symlink(&mine, dir.path().join(FILE)).unwrap();
        write(dir.path(), |_| true).unwrap();
        assert_eq!(fs::read_to_string(&mine).unwrap(), "precious");
    }

    #[test]
    fn the_table_scrolls_by_itself() {
        let (_dir, path) = run(EVOLUTION);
        let html = fs::read_to_string(path.unwrap()).unwrap();
        assert!(html.contains("<div class=\"scroll\"><table>") && html.contains("min(400px,100%)"));
    }

    #[test]
    fn a_folder_without_tables_or_with_others_is_named() {
        let empty = tempfile::tempdir().unwrap();
        assert!(write(empty.path(), |_| true).unwrap_err().to_string().contains("strategy_evolution.csv"));
        let (_dir, written) = run("x,y\n1,2\n");
        assert!(written.unwrap_err().to_string().contains("`tick`"));
    }
}
