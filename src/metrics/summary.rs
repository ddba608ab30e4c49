//! The first and the last tick side by side, for the table a run ends with.

use super::evolution::EvolutionRow;
use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::io::Read;

/// Means over a population's members in one tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationSummary {
    /// Name of the population.
    pub population: String,
    /// Members.
    pub members: usize,
    /// Cooperation rate, illegal rate, payoff, deontological regret, utilitarian regret, each over the members that
    /// have the number: a member that sat the tick out has none, and one that said nothing legal has no cooperation
    /// rate. NaN if no member has the number.
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
    /// Adds the populations of a tick.
    pub fn add(&mut self, tick: u32, populations: Vec<PopulationSummary>) {
        let summary = (tick, populations);
        self.first.get_or_insert_with(|| summary.clone());
        self.last = Some(summary);
    }

    /// The summary of a run from its table of agents: of the first and the last tick that have rows. Only the rows of
    /// one tick are ever in memory.
    ///
    /// # Errors
    /// If it is no such table.
    pub fn of_table(table: impl Read) -> Result<Self, csv::Error> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
        let heads = reader.headers()?.clone();
        let column = |name: &str| heads.iter().position(|head| head == name);
        let [tick, population] = ["tick", "population"].map(column);
        let numbers = NUMBERS.map(column);
        let mut summary = Self::default();
        let mut current: (u32, Vec<(String, [f64; 5])>) = Default::default();
        for record in reader.into_records() {
            let record = record?;
            let cell = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default();
            // What is cut off or no number is passed over, as in a table that is being written.
            let Ok(now) = cell(tick).parse::<u32>() else { continue };
            if now != current.0 && !current.1.is_empty() {
                let (tick, members) = std::mem::take(&mut current);
                summary.add(tick, means(members.iter().map(|(name, numbers)| (name.as_str(), *numbers))));
            }
            current.0 = now;
            current
                .1
                .push((cell(population).to_owned(), numbers.map(|column| cell(column).parse().unwrap_or(f64::NAN))));
        }
        if !current.1.is_empty() {
            summary.add(current.0, means(current.1.iter().map(|(name, numbers)| (name.as_str(), *numbers))));
        }
        Ok(summary)
    }

    /// The table: one line per population, each number as first tick → last tick.
    pub fn table(&self) -> String {
        let (Some((first_tick, first)), Some((last_tick, last))) = (&self.first, &self.last) else {
            return String::new();
        };
        let rows = first.iter().zip(last).map(|(a, b)| {
            let means = a.means.iter().zip(b.means).map(|(x, y)| format!("{}→{}", shown(*x), shown(y)));
            [shortened(&a.population), a.members.to_string()].into_iter().chain(means).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEADS[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
        let mut out = line(&HEADS.map(String::from), &widths);
        let _ = writeln!(out, "{}", "-".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)));
        for row in &rows {
            out += &line(row, &widths);
        }
        let _ = write!(
            out,
            "first tick → last tick ({first_tick} → {last_tick}); means over the members that played\n\
             coop.: share of cooperation; regret d., regret u.: deontological, utilitarian"
        );
        out
    }
}

/// The columns of the table of agents that the means are made of.
pub const NUMBERS: [&str; 5] =
    ["cooperation_rate", "illegal_rate", "payoff_mean", "regret_deontological", "regret_utilitarian"];
/// Headings of the table, short enough for a terminal of 80 columns.
const HEADS: [&str; 7] = ["population", "n", "coop.", "illegal", "payoff", "regret d.", "regret u."];
/// Longer names are shortened in the table.
const NAME_MAX: usize = 20;

/// The beginning and the end of a name: names in one scenario often differ in only one of them.
fn shortened(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= NAME_MAX {
        return name.to_string();
    }
    let head: String = characters[..NAME_MAX / 2].iter().collect();
    let tail: String = characters[characters.len() + 1 - NAME_MAX / 2..].iter().collect();
    format!("{head}…{tail}")
}

/// Two decimals, or a dash for a number that no member has.
fn shown(value: f64) -> String {
    if value.is_nan() { "-".into() } else { format!("{value:.2}") }
}

/// One line of aligned cells: the name to the left, numbers to the right.
fn line(cells: &[String], widths: &[usize]) -> String {
    let mut out = format!("{:<1$}", cells[0], widths[0]);
    for (cell, width) in cells.iter().zip(widths).skip(1) {
        let _ = write!(out, "  {cell:>width$}");
    }
    out + "\n"
}

/// The populations of the agents in `rows`.
pub(super) fn summarise(rows: &[EvolutionRow]) -> Vec<PopulationSummary> {
    means(rows.iter().map(|row| {
        let regrets = [row.regret_deontological(), row.regret_utilitarian()];
        let numbers = [row.cooperation_rate(), row.illegal_rate(), row.payoff_mean(), regrets[0], regrets[1]];
        (row.population, numbers)
    }))
}

/// Means over the members of each population; members are given as (population, numbers).
fn means<'a>(members: impl Iterator<Item = (&'a str, [f64; 5])>) -> Vec<PopulationSummary> {
    let mut populations: Vec<PopulationSummary> = Vec::new();
    // The number of members that have each number, by population.
    let mut counts: Vec<[u32; 5]> = Vec::new();
    for (population, numbers) in members {
        let known = populations.iter().position(|p| p.population == population);
        let index = known.unwrap_or_else(|| {
            populations.push(PopulationSummary { population: population.to_owned(), members: 0, means: [0.0; 5] });
            counts.push([0; 5]);
            populations.len() - 1
        });
        populations[index].members += 1;
        for ((sum, count), number) in populations[index].means.iter_mut().zip(&mut counts[index]).zip(numbers) {
            if !number.is_nan() {
                *sum += number;
                *count += 1;
            }
        }
    }
    for (population, counts) in populations.iter_mut().zip(counts) {
        for (mean, count) in population.means.iter_mut().zip(counts) {
            *mean /= f64::from(count);
        }
    }
    populations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sat_out_takes_no_number_from_the_others() {
        let members = [
            ("a", [0.5, 0.0, 2.0, 0.1, 0.2]),
            ("a", [f64::NAN; 5]),
            ("a", [f64::NAN, 1.0, 0.0, 1.0, 1.0]),
            ("b", [f64::NAN; 5]),
        ];
        let summary = means(members.into_iter());
        assert_eq!((summary[0].members, summary[0].means), (3, [0.5, 0.5, 1.0, 0.55, 0.6]));
        assert!(summary[1].means.iter().all(|mean| mean.is_nan()));
        let mut ticks = Summary::default();
        ticks.add(0, summary);
        let table = ticks.table();
        assert!(table.contains("0.50→0.50") && table.contains("-→-") && !table.contains("NaN"), "{table}");
    }

    #[test]
    fn a_table_that_was_written_is_summed_up_again() {
        let text = "tick,agent,population,cooperation_rate,illegal_rate,payoff_mean,regret_deontological,regret_utilitarian\n\
            0,a_0,a,0.5,0,2,0.1,0.2\n0,a_1,a,,,,,\n0,b_0,b,1,0,3,0,0\n4,a_0,a,1,0,3,0,0\n4,a_1,a,0,0,1,0,0\n4,b_0,b,1,0,3,0,0\n";
        let summary = Summary::of_table(text.as_bytes()).unwrap();
        let (first, last) = (summary.first.unwrap(), summary.last.unwrap());
        assert_eq!((first.0, last.0), (0, 4));
        assert_eq!((first.1[0].members, first.1[0].means), (2, [0.5, 0.0, 2.0, 0.1, 0.2]));
        assert_eq!((last.1[0].means[0], last.1[0].means[2], last.1[1].means[2]), (0.5, 2.0, 3.0));
        let cut_off = Summary::of_table(&text.as_bytes()[..text.len() - 12]).unwrap();
        assert!(cut_off.last.unwrap().1[1].means[4].is_nan());
        assert!(Summary::of_table("x\n1\n".as_bytes()).unwrap().first.is_none());
    }

    #[test]
    fn the_table_fits_a_terminal() {
        let mut ticks = Summary::default();
        let names = ["payoff_deontological", "a_population_with_a_name_that_is_long", "a_population_with_another_one"];
        ticks.add(0, means(names.map(|name| (name, [1.0, 0.0, 2.15, 0.25, 0.5])).into_iter()));
        let table = ticks.table();
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(table.contains("payoff_deontological") && table.contains("a_populati…"), "{table}");
    }
}
