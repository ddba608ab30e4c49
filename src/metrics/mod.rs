//! Numbers out: what is measured each tick, and the tables it is written to.
//!
//! Column names are fixed here and nowhere else: [`evolution_columns`], [`EXACT_COLUMNS`], [`OUTCOME_COLUMNS`],
//! [`move_columns`], [`MESSAGE_COLUMNS`], [`PAIR_COLUMNS`], [`SELECTION_COLUMNS`].

mod nearest;
mod pairs;
mod plugin;
mod row_file;
mod rows;
mod summary;
mod window;

pub use nearest::{known_strategies, nearest_strategy};
pub use pairs::{PAIR_COLUMNS, PairSums, add_pairs, pair_rows};
pub use plugin::{MetricsPlugin, Records, TableError, Tables};
pub use row_file::{RowFile, number, optional};
pub use rows::{
    EXACT_COLUMNS, EvolutionRow, MESSAGE_COLUMNS, OUTCOME_COLUMNS, OutcomeRow, evolution_columns, evolution_rows,
    move_columns, outcome_row,
};
pub use summary::{PopulationSummary, Summary};
pub use window::{SELECTION_COLUMNS, Window};

/// The Gini index of `values` (0: all equal): mean absolute difference over twice the mean. Payoffs may be negative, so
/// absolute values make the mean; all zero gives 0.
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
