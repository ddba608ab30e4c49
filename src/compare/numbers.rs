//! The numbers of one run: one per table, population, question and column.

use super::interval::{SHARE, UNBOUNDED};
use std::collections::{BTreeMap, BTreeSet};

/// The table of agents, by population.
pub const EVOLUTION: &str = "strategy_evolution";
/// The table of all agents together.
pub const OUTCOMES: &str = "social_outcomes";
/// Shares of the nearest strategies: the column is the strategy, the number the share of agents nearest to it.
pub const STRATEGIES: &str = "nearest_strategy";
/// What an evaluation measured.
pub const EVALUATION: &str = "evaluation";

/// The name of all populations together.
pub(super) const TOGETHER: &str = "all agents";

/// A population as people read it: [`TOGETHER`] if the name is empty.
pub(super) fn population_name(population: &str) -> &str {
    if population.is_empty() { TOGETHER } else { population }
}

/// What a number is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// [`EVOLUTION`], [`OUTCOMES`], [`STRATEGIES`] or [`EVALUATION`].
    pub table: &'static str,
    /// The population; empty in [`OUTCOMES`].
    pub population: String,
    /// The question of an evaluation: part, game and what is special about it; empty in other tables.
    pub question: String,
    /// The column, or the strategy.
    pub column: String,
}

/// The smallest and the largest value that a column of `table` can have.
pub fn bounds(table: &'static str, column: &str) -> [f64; 2] {
    Key { table, population: String::new(), question: String::new(), column: column.to_owned() }.bounds()
}

impl Key {
    /// The smallest and the largest value there can be.
    pub fn bounds(&self) -> [f64; 2] {
        const SHARES: [&str; 13] = [
            "cooperation_rate",
            "illegal_rate",
            "void_rate",
            "regret_deontological",
            "regret_utilitarian",
            "cooperation_exact",
            "cc",
            "cd",
            "dc",
            "dd",
            "equality",
            "cooperation",
            "illegal",
        ];
        let is_share = self.table == STRATEGIES || self.is_read_out() || SHARES.contains(&self.column.as_str());
        if is_share { SHARE } else { UNBOUNDED }
    }

    /// Whether it comes from a policy's probabilities, which may be exact or counted.
    pub fn is_read_out(&self) -> bool {
        self.table == STRATEGIES || (self.table != OUTCOMES && self.column.starts_with("p_c_"))
    }
}

/// The numbers of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Numbers {
    /// What there are numbers about, in the order of the files, also where a cell was empty.
    pub keys: Vec<Key>,
    /// The numbers there are.
    values: BTreeMap<Key, f64>,
    /// Where each population's probabilities come from: words of the column `p_c_source`.
    pub sources: BTreeMap<String, BTreeSet<String>>,
}

impl Numbers {
    /// Adds a number, or that there is none.
    pub(super) fn add(&mut self, key: Key, value: Option<f64>) {
        if let Some(value) = value {
            self.values.insert(key.clone(), value);
        }
        self.keys.push(key);
    }

    /// The number for `key`, if there is one.
    pub(super) fn value(&self, key: &Key) -> Option<f64> {
        self.values.get(key).copied()
    }

    /// Gives each population that has nearest strategies a share of every strategy in `names`, 0 where it had none.
    pub(super) fn complete_strategies(&mut self, names: &[String]) {
        let (shares, mut keys): (Vec<Key>, Vec<Key>) =
            std::mem::take(&mut self.keys).into_iter().partition(|key| key.table == STRATEGIES);
        let mut populations: Vec<String> = Vec::new();
        for share in shares {
            if !populations.contains(&share.population) {
                populations.push(share.population);
            }
        }
        for population in populations {
            for name in names {
                let key = strategy(&population, name);
                self.values.entry(key.clone()).or_insert(0.0);
                keys.push(key);
            }
        }
        self.keys = keys;
    }
}

/// The key of the share of `population` whose nearest strategy is `name`.
pub(super) fn strategy(population: &str, name: &str) -> Key {
    Key { table: STRATEGIES, population: population.into(), question: String::new(), column: name.into() }
}
