//! The first and the last tick side by side, for the table a run ends with.

use super::EvolutionRow;
use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Means over a population's members in one tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationSummary {
    /// Name of the population.
    pub population: String,
    /// Members that played.
    pub members: usize,
    /// Cooperation rate, illegal rate, payoff, deontological regret, utilitarian regret.
    pub means: [f64; 5],
}

/// The populations at the first and at the latest tick.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Tick and populations at the start.
    pub first: Option<(u32, Vec<PopulationSummary>)>,
    /// Tick and populations now.
    pub last: Option<(u32, Vec<PopulationSummary>)>,
}

impl Summary {
    /// Takes in the rows of a tick.
    pub fn add(&mut self, tick: u32, rows: &[EvolutionRow]) {
        let summary = (tick, summarise(rows));
        self.first.get_or_insert_with(|| summary.clone());
        self.last = Some(summary);
    }

    /// The table: one line per population, each number first tick → last tick.
    pub fn table(&self) -> String {
        let (Some((first_tick, first)), Some((last_tick, last))) = (&self.first, &self.last) else {
            return String::new();
        };
        let mut out = String::new();
        let width = first.iter().map(|p| p.population.len()).max().unwrap_or(0).max("population".len());
        let heads = ["cooperation", "illegal", "payoff", "regret (deon.)", "regret (util.)"];
        let _ = write!(out, "{:width$}   n", "population");
        for head in heads {
            let _ = write!(out, "  {head:>14}");
        }
        let _ = writeln!(out, "\n{}", "-".repeat(width + 4 + 16 * heads.len()));
        for (a, b) in first.iter().zip(last) {
            let _ = write!(out, "{:width$} {:>3}", a.population, a.members);
            for (x, y) in a.means.iter().zip(b.means) {
                let _ = write!(out, "  {:>14}", format!("{x:.2} → {y:.2}"));
            }
            out.push('\n');
        }
        let _ = write!(out, "first tick → last tick ({first_tick} → {last_tick}); means over members and decisions");
        out
    }
}

fn summarise(rows: &[EvolutionRow]) -> Vec<PopulationSummary> {
    let mut populations: Vec<PopulationSummary> = Vec::new();
    for row in rows {
        let numbers =
            [row.cooperation_rate, row.illegal_rate, row.payoff_mean, row.regret_deontological, row.regret_utilitarian];
        match populations.iter_mut().find(|p| p.population == row.population) {
            Some(population) => {
                population.members += 1;
                for (sum, x) in population.means.iter_mut().zip(numbers) {
                    *sum += x;
                }
            }
            None => {
                populations.push(PopulationSummary { population: row.population.clone(), members: 1, means: numbers });
            }
        }
    }
    for population in &mut populations {
        population.means = population.means.map(|sum| sum / population.members as f64);
    }
    populations
}
