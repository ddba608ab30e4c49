//! What the populations are and do in the last tick of a table.

use csv::StringRecord;
use std::collections::BTreeMap;

/// The columns of probabilities, in the order of [`PopulationNow::p_cooperate`].
const PROBABILITIES: [&str; 5] = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];

/// The populations in one tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Now {
    /// The tick.
    pub tick: u64,
    /// The populations, in the order of the table.
    pub populations: Vec<PopulationNow>,
    /// Rows of the tick.
    rows: usize,
}

/// A population in one tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PopulationNow {
    /// Its name.
    pub name: String,
    /// Members that have a row.
    pub members: usize,
    sums: [Mean; 7],
    /// How many members are nearest to each strategy.
    nearest: BTreeMap<String, usize>,
    /// Whether the probabilities are shares of decisions.
    pub is_counted: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mean {
    sum: f64,
    count: f64,
}

impl PopulationNow {
    /// Mean probability of cooperating in the first round and after CC, CD, DC, DD; NaN where no member has one.
    pub fn p_cooperate(&self) -> [f64; 5] {
        [0, 1, 2, 3, 4].map(|number| self.mean(number))
    }

    /// Mean share of cooperation; NaN if there is none.
    pub fn cooperation(&self) -> f64 {
        self.mean(5)
    }

    /// Mean payoff per decision; NaN if there is none.
    pub fn payoff(&self) -> f64 {
        self.mean(6)
    }

    /// The strategy that most members are nearest to, and how many; `None` if there is none.
    pub fn nearest(&self) -> Option<(&str, usize)> {
        let most = self.nearest.iter().rev().max_by_key(|(_, count)| **count)?;
        Some((most.0, *most.1))
    }

    fn mean(&self, number: usize) -> f64 {
        self.sums[number].sum / self.sums[number].count
    }
}

/// The tick that is being read, and the last that was read whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Latest {
    /// The first tick, once it was read whole.
    first: Option<Now>,
    whole: Now,
    coming: Option<Now>,
}

impl Latest {
    /// Adds a row of `tick`.
    pub(super) fn add(&mut self, tick: u64, population: &str, heads: &[String], row: &StringRecord) {
        if self.coming.as_ref().is_none_or(|coming| coming.tick != tick) {
            let coming = self.coming.replace(Now { tick, ..Now::default() });
            if self.first.is_none() {
                self.first.clone_from(&coming);
            }
            self.whole = coming.unwrap_or_default();
        }
        let Some(now) = &mut self.coming else { return };
        now.rows += 1;
        let known = now.populations.iter().position(|known| known.name == population);
        let number = known.unwrap_or_else(|| {
            now.populations.push(PopulationNow { name: population.to_owned(), ..PopulationNow::default() });
            now.populations.len() - 1
        });
        let population = &mut now.populations[number];
        population.members += 1;
        for (head, cell) in heads.iter().zip(row) {
            let measured = ["cooperation_rate", "payoff_mean"];
            if let Some(place) = PROBABILITIES.iter().chain(&measured).position(|known| known == head)
                && let Ok(value) = cell.parse::<f64>()
            {
                population.sums[place].sum += value;
                population.sums[place].count += 1.0;
            } else if head == "nearest_strategy" && !cell.is_empty() {
                *population.nearest.entry(cell.to_owned()).or_default() += 1;
            }
            population.is_counted |= head == "p_c_source" && cell == "counted";
        }
    }

    /// The first tick; `None` while there is no second one.
    pub(super) fn first(&self) -> Option<&Now> {
        self.first.as_ref()
    }

    /// The last tick that has all its rows, as far as can be told: as many as the tick before it.
    pub(super) fn now(&self) -> &Now {
        self.coming.as_ref().filter(|coming| coming.rows >= self.whole.rows).unwrap_or(&self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_tick_is_shown() {
        let heads = ["tick", "cooperation_rate", "p_c_cc", "nearest_strategy"].map(String::from);
        let mut latest = Latest::default();
        let mut add = |tick, cells: [&str; 3]| {
            let row = StringRecord::from(vec!["", cells[0], cells[1], cells[2]]);
            latest.add(tick, "a", &heads, &row);
            latest.now().clone()
        };
        add(0, ["1", "0.5", "grim"]);
        let now = add(0, ["0", "", ""]);
        let a = &now.populations[0];
        assert_eq!((now.tick, a.members, a.cooperation(), a.p_cooperate()[1]), (0, 2, 0.5, 0.5));
        assert_eq!(a.nearest(), Some(("grim", 1)));
        assert!(a.payoff().is_nan());
        assert_eq!(add(1, ["1", "1", "random"]).tick, 0, "half of its rows are missing");
        assert_eq!(add(1, ["1", "1", "random"]).tick, 1);
    }
}
