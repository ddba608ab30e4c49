//! `report.html`: the run's tables as curves, in one file that opens anywhere. Sees the CSV files and nothing else.

mod chart;
mod page;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the report in a run's folder.
pub const FILE: &str = "report.html";

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A table is missing, or the report cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// A verb: read, write.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A table is not what a run writes.
    #[error("{}: {problem}; is this the folder of a run?", path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Reads the tables of the run in `folder` and writes `report.html` beside them; returns its path.
pub fn write(folder: &Path) -> Result<PathBuf, ReportError> {
    let evolution = table::read(&folder.join("strategy_evolution.csv"))?;
    let outcomes = table::read(&folder.join("social_outcomes.csv"))?;
    let title = folder.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned());
    let path = folder.join(FILE);
    let html = page::page(&title, &evolution, &outcomes);
    fs::write(&path, html).map_err(|source| ReportError::Io { action: "write", path: path.clone(), source })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVOLUTION: &str = "tick,agent,population,policy,cooperation_rate,p_c_start,p_c_cc,p_c_cd,p_c_dc,p_c_dd,payoff_mean,nearest_strategy\n\
        0,a_0,a<b,llm,0.5,0.1,0.2,0.3,0.4,0.5,2,random\n\
        1,a_0,a<b,llm,1,0.9,0.9,0.9,0.9,0.9,3,always_cooperate\n\
        0,t_0,t,grim,0,,,,,,1,\n1,t_0,t,grim,,,,,,,,\n";
    const OUTCOMES: &str = "tick,cooperation_rate,equality,gini,collective_payoff\n0,0.25,0.5,0.1,4\n1,1,1,0,6\n";

    fn run(evolution: &str) -> (tempfile::TempDir, Result<PathBuf, ReportError>) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("strategy_evolution.csv"), evolution).unwrap();
        fs::write(dir.path().join("social_outcomes.csv"), OUTCOMES).unwrap();
        let written = write(dir.path());
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
    fn a_folder_without_tables_or_with_others_is_named() {
        let empty = tempfile::tempdir().unwrap();
        assert!(write(empty.path()).unwrap_err().to_string().contains("strategy_evolution.csv"));
        let (_dir, written) = run("x,y\n1,2\n");
        assert!(written.unwrap_err().to_string().contains("`tick`"));
    }
}
