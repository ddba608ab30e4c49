//! Runs side by side: means over seeds with 95 % intervals, and differences by seed.
//!
//! Reads the CSV files that runs leave behind, and `manifest.json` to see whose they are; knows nothing about the
//! world. Runs are grouped by the name of their scenario. A run gives one number per population and column: the mean
//! over the members and the last ticks. Means and intervals are made of these numbers, one per seed.

mod error;
mod folder;
mod group;
mod interval;
mod output;
mod table;
#[cfg(test)]
mod tests;

pub use error::CompareError;
pub use group::compare;
pub use interval::{CONFIDENCE, Estimate, t_quantile};
pub use output::{csv, text};

use crate::text::nearest;

/// The table of agents, by population.
pub const EVOLUTION: &str = "strategy_evolution";
/// The table of all agents together.
pub const OUTCOMES: &str = "social_outcomes";

/// The runs of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name of the scenario.
    pub scenario: String,
    /// Seeds, ascending.
    pub seeds: Vec<u64>,
    /// First and last of the ticks that the numbers cover.
    pub ticks: (u64, u64),
    /// Number of recorded ticks that cover them: fewer than the ticks themselves if not every tick has rows.
    pub recorded: usize,
}

/// One number of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Index of the group.
    pub group: usize,
    /// [`EVOLUTION`] or [`OUTCOMES`].
    pub table: &'static str,
    /// The population; empty in [`OUTCOMES`].
    pub population: String,
    /// The column.
    pub column: String,
    /// The estimate over the group's seeds.
    pub estimate: Estimate,
    /// This group minus the first one, over the seeds that both have; `None` in the first group.
    pub difference: Option<Estimate>,
}

/// Groups and their numbers, groups in the order given, then tables, populations and columns in the order of the files.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The groups.
    pub groups: Vec<Group>,
    /// The numbers.
    pub rows: Vec<Row>,
}

/// The columns that keep `text` readable: a handful of those that each table has.
const READABLE: [(&str, &str); 10] = [
    (EVOLUTION, "cooperation_rate"),
    (EVOLUTION, "illegal_rate"),
    (EVOLUTION, "payoff_mean"),
    (EVOLUTION, "regret_deontological"),
    (EVOLUTION, "regret_utilitarian"),
    (OUTCOMES, "cooperation_rate"),
    (OUTCOMES, "collective_payoff"),
    (OUTCOMES, "equality"),
    (OUTCOMES, "gini"),
    (OUTCOMES, "min_payoff"),
];

impl Comparison {
    /// Keeps what people want to see: a handful of columns, and those of plugins, which `is_built_in` does not know.
    pub fn select_readable(&mut self, is_built_in: impl Fn(&str) -> bool) {
        self.rows.retain(|row| READABLE.contains(&(row.table, row.column.as_str())) || !is_built_in(&row.column));
    }

    /// Keeps the columns in `names`.
    ///
    /// # Errors
    /// If no table has such a column.
    pub fn select(&mut self, names: &[String]) -> Result<(), CompareError> {
        let mut known: Vec<String> = Vec::new();
        for row in &self.rows {
            if !known.contains(&row.column) {
                known.push(row.column.clone());
            }
        }
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            let hint = nearest(name, known.iter().map(String::as_str))
                .map_or_else(String::new, |column| format!(" Did you mean `{column}`?"));
            return Err(CompareError::UnknownColumn { name: name.clone(), hint, known });
        }
        self.rows.retain(|row| names.contains(&row.column));
        Ok(())
    }
}
