//! The tables of a tournament, as Axelrod-Python makes them: who ranks where, and against whom.
//!
//! A repetition is a recorded tick. A population's score in it is the mean, over the populations that it met, of what
//! it was paid per round; matches within a population are left out. Populations are ranked by the median of their
//! scores.

use super::CompareError;
use super::table::Rows;
use std::collections::BTreeMap;
use std::path::Path;

/// How a population fared.
#[derive(Clone, Debug, PartialEq)]
pub struct Fared {
    /// Its name.
    pub population: String,
    /// Mean payoff per round over those that it met, in each repetition.
    pub scores: Vec<f64>,
    /// Median of the scores.
    pub score: f64,
    /// Share of rounds in which it cooperated, the mean over those that it met and over repetitions.
    pub cooperation: f64,
    /// Number of those that it met and that were paid less than it against it, the mean over repetitions.
    pub wins: f64,
    /// What it was paid per round beyond those that it met, likewise.
    pub difference: f64,
    /// Mean payoff per round against each population, in the order of the ranks; `None` where the two did not meet.
    pub payoffs: Vec<Option<f64>>,
}

/// Rounds that two populations played, seen from one of them.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    rounds: f64,
    payoff: f64,
    payoff_other: f64,
    cooperated: f64,
}

impl Met {
    fn add(&mut self, other: Met) {
        self.rounds += other.rounds;
        self.payoff += other.payoff;
        self.payoff_other += other.payoff_other;
        self.cooperated += other.cooperated;
    }
}

/// Sums over repetitions of one population.
#[derive(Clone, Debug, Default)]
struct Sums {
    scores: Vec<f64>,
    cooperation: f64,
    wins: f64,
    difference: f64,
}

/// The populations of the run in `folder` by rank, from its `pairs.csv`.
///
/// # Errors
/// If there is no such table, or no two populations met.
pub fn tournament(folder: &Path) -> Result<Vec<Fared>, CompareError> {
    let path = folder.join("pairs.csv");
    let mut rows = Rows::open(&path)?;
    let not_a_table = |problem: String| CompareError::NotATable { path: path.clone(), problem };
    let column =
        |rows: &Rows, name: &str| rows.column(name).ok_or_else(|| not_a_table(format!("there is no column `{name}`")));
    let names = ["population", "opponents", "rounds", "cc", "cd", "dc", "payoff", "payoff_opponents"];
    let mut columns = [0; 8];
    for (place, name) in columns.iter_mut().zip(names) {
        *place = column(&rows, name)?;
    }
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    let mut all: BTreeMap<(String, String), Met> = BTreeMap::new();
    let mut of_tick: BTreeMap<(String, String), Met> = BTreeMap::new();
    let mut current = None;
    loop {
        let tick = rows.next()?;
        if tick != current {
            enter(std::mem::take(&mut of_tick), &mut sums, &mut all);
            current = tick;
        }
        if tick.is_none() {
            break;
        }
        let record = rows.record();
        let [first, second] = [&record[columns[0]], &record[columns[1]]];
        if first == second {
            continue;
        }
        let mut numbers = [0.0; 6];
        for (number, &column) in numbers.iter_mut().zip(&columns[2..]) {
            *number = rows.number(record, column)?.unwrap_or(0.0);
        }
        let [rounds, cc, cd, dc, payoff, payoff_other] = numbers;
        let of = |payoff: f64, payoff_other: f64, cooperated: f64| Met {
            rounds,
            payoff: payoff * rounds,
            payoff_other: payoff_other * rounds,
            cooperated: cooperated * rounds,
        };
        let pair = (first.to_owned(), second.to_owned());
        let back = (second.to_owned(), first.to_owned());
        of_tick.entry(pair).or_default().add(of(payoff, payoff_other, cc + cd));
        of_tick.entry(back).or_default().add(of(payoff_other, payoff, cc + dc));
    }
    if sums.is_empty() {
        return Err(not_a_table("no two populations met".into()));
    }
    Ok(ranked(sums, &all))
}

/// Adds one repetition to what came before.
fn enter(
    of_tick: BTreeMap<(String, String), Met>,
    sums: &mut BTreeMap<String, Sums>,
    all: &mut BTreeMap<(String, String), Met>,
) {
    let mut own: BTreeMap<&str, Vec<Met>> = BTreeMap::new();
    for ((population, _), met) in of_tick.iter().filter(|(_, met)| met.rounds > 0.0) {
        own.entry(population).or_default().push(*met);
    }
    for (population, met) in own {
        let mean = |value: &dyn Fn(&Met) -> f64| met.iter().map(value).sum::<f64>() / met.len() as f64;
        let sum = sums.entry(population.to_owned()).or_default();
        sum.scores.push(mean(&|met| met.payoff / met.rounds));
        sum.cooperation += mean(&|met| met.cooperated / met.rounds);
        sum.difference += mean(&|met| (met.payoff - met.payoff_other) / met.rounds);
        sum.wins += met.iter().filter(|met| met.payoff > met.payoff_other).count() as f64;
    }
    for (pair, met) in of_tick {
        all.entry(pair).or_default().add(met);
    }
}

/// The populations by rank; equal ones by name.
fn ranked(sums: BTreeMap<String, Sums>, all: &BTreeMap<(String, String), Met>) -> Vec<Fared> {
    let mut fared: Vec<Fared> = sums
        .into_iter()
        .map(|(population, sums)| {
            let repetitions = sums.scores.len() as f64;
            Fared {
                population,
                score: median(&sums.scores),
                cooperation: sums.cooperation / repetitions,
                wins: sums.wins / repetitions,
                difference: sums.difference / repetitions,
                scores: sums.scores,
                payoffs: Vec::new(),
            }
        })
        .collect();
    fared.sort_by(|a, b| b.score.total_cmp(&a.score));
    let names: Vec<String> = fared.iter().map(|fared| fared.population.clone()).collect();
    for fared in &mut fared {
        let against = |other: &String| all.get(&(fared.population.clone(), other.clone()));
        let payoffs = names.iter().map(|other| against(other).map(|met| met.payoff / met.rounds));
        fared.payoffs = payoffs.collect();
    }
    fared
}

/// The median of `values`, of which there must be one.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "tick,population,opponents,rounds,cc,cd,dc,payoff,payoff_opponents\n";

    fn of(rows: &str) -> Result<Vec<Fared>, CompareError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pairs.csv"), format!("{HEAD}{rows}")).unwrap();
        tournament(dir.path())
    }

    #[test]
    fn a_tournament_of_three_by_hand() {
        // In the first repetition a and b cooperate and c exploits both; in the second all defect.
        let fared = of("0,a,b,10,1,0,0,3,3\n0,c,a,10,0,0,1,5,0\n0,b,c,10,0,1,0,0,5\n0,c,c,10,1,0,0,3,3\n\
             1,a,b,10,0,0,0,1,1\n1,a,c,10,0,0,0,1,1\n1,b,c,10,0,0,0,1,1\n")
        .unwrap();
        let names: Vec<&str> = fared.iter().map(|fared| &*fared.population).collect();
        assert_eq!(names, ["c", "a", "b"]);
        let c = &fared[0];
        assert_eq!((c.scores.clone(), c.score, c.cooperation), (vec![5.0, 1.0], 3.0, 0.0));
        assert_eq!((c.wins, c.difference), (1.0, 2.5));
        assert_eq!(c.payoffs, [None, Some(3.0), Some(3.0)]);
        assert_eq!((fared[1].score, fared[1].cooperation, fared[1].wins), (1.25, 0.5, 0.0));
    }

    #[test]
    fn tables_without_matches_are_refused() {
        assert!(of("").unwrap_err().to_string().contains("no two populations met"));
        assert!(of("0,a,b,x,1,0,0,3,3\n").unwrap_err().to_string().contains("is no number"));
    }
}
