//! The measurements of each tick, and the tables they are written to.
//!
//! A column is an entry in the list of its table: its name, its meaning, and its cell. The header, the rows, the
//! documents and `sim explain` come from that list. Plugins add columns of their own to [`Columns`].

mod added;
mod column;
mod evolution;
mod generations;
mod lineages;
mod moves;
mod nearest;
mod outcomes;
mod pairs;
mod plugin;
mod records;
mod row_file;
mod selections;
mod summary;
mod tables;
mod window;

pub use added::Columns;
pub use column::{Described, Kind};
pub use evolution::{EvolutionRow, memory_one};
pub use nearest::{known_strategies, memory_one_strategies, nearest_strategy};
pub use outcomes::OutcomeRow;
pub use pairs::PairSums;
pub use plugin::MetricsPlugin;
pub use records::{Records, TableError, Tables};
pub use row_file::{RowFile, number, optional};
pub use summary::{PopulationSummary, Summary};
pub use tables::{built_in, is_built_in};
pub use window::Window;

/// The Gini index of `values` (0 if all are equal): the mean absolute difference divided by twice the mean. Payoffs may
/// be negative, so the mean is taken over absolute values; if all values are zero, the index is 0.
pub fn gini(values: &[f64]) -> f64 {
    let total: f64 = values.iter().map(|v| v.abs()).sum();
    if total == 0.0 {
        return 0.0;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    // Σ_{i<j} (x_j − x_i) over sorted values is Σ_k (2k − n + 1) x_k.
    let differences: f64 = sorted.iter().enumerate().map(|(k, v)| (2.0 * k as f64 - n + 1.0) * v).sum();
    differences / (n * total)
}

#[cfg(test)]
mod tests {
    use super::gini;

    #[test]
    fn gini_of_equals_of_one_owner_and_by_hand() {
        assert_eq!(gini(&[2.0, 2.0, 2.0]), 0.0);
        assert_eq!(gini(&[0.0, 0.0, 0.0, 1.0]), 0.75);
        // |1-2| + |1-3| + |2-3| = 4 over unordered pairs; 2 · 4 / (2 · 3² · mean 2) = 8 / 36.
        assert!((gini(&[3.0, 1.0, 2.0]) - 8.0 / 36.0).abs() < 1e-15);
        assert_eq!(gini(&[0.0, 0.0]), 0.0);
    }
}
