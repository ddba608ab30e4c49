//! How long it takes until one type has taken over.
//!
//! Every time is a sum over states of how often the chain is there: the chance that it ever gets there, over the chance
//! that it leaves and does not return (Kemeny & Snell 1960; for the conditional times, Traulsen & Hauert 2009,
//! equations 1.38 and 1.39). Only positive terms are added, so long and short times keep their digits.

use super::fixation::Sums;
use super::logs;
use super::payoffs::Payoffs;
use super::process::Process;

/// Expected numbers of events until one type has taken over. Events that change nothing count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Until one of both has.
    pub either: f64,
    /// Until the invaders have, in those cases in which they do.
    pub fixed: f64,
    /// Until the residents have, in those cases in which they do.
    pub lost: f64,
}

/// The times from `count` agents of type `pair[0]` among residents of type `pair[1]` on, 0 < count < population.
///
/// # Errors
/// If the process refuses game, population or payoffs, one side cannot grow in some state, or a time exceeds 1e308
/// events.
pub fn times(
    game: &impl Payoffs,
    pair: [usize; 2],
    count: usize,
    population: usize,
    process: &Process,
) -> Result<Times, String> {
    let sums = Sums::new(game, pair, population, process)?;
    if !(1..population).contains(&count) {
        return Err(format!("{count} invaders in a population of {population}: expected 1 to {}", population - 1));
    }
    let s = &sums.terms;
    // From below and from above: ln Σ_{k ≤ j} e^{S_k} and ln Σ_{k ≥ j} e^{S_k}.
    let (mut below, mut above) = (s.clone(), s.clone());
    for k in 1..population {
        below[k] = logs::add(below[k - 1], s[k]);
        above[population - 1 - k] = logs::add(above[population - k], s[population - 1 - k]);
    }
    let all = below[population - 1];
    let fixes = |from: usize| below[from - 1] - all;
    let loses = |from: usize| above[from] - all;
    let mut found = [f64::NEG_INFINITY; 3];
    for at in 1..population {
        if sums.base > 0 || s[at] == f64::NEG_INFINITY {
            return Err(format!("with {at} invaders or fewer one side cannot grow: times need chances of both"));
        }
        let chances = process.chances(game, pair, at, population)?;
        let leaves = logs::add(chances.more + s[at] - above[at], chances.fewer + s[at - 1] - below[at - 1]);
        let reaches = if count < at { below[count - 1] - below[at - 1] } else { above[count] - above[at] };
        let stay = reaches - leaves;
        let weights = [stay, stay + fixes(at) - fixes(count), stay + loses(at) - loses(count)];
        for (sum, weight) in found.iter_mut().zip(weights) {
            *sum = logs::add(*sum, weight);
        }
    }
    let [either, fixed, lost] = found.map(f64::exp);
    if [either, fixed, lost].iter().all(|time| time.is_finite()) {
        return Ok(Times { either, fixed, lost });
    }
    Err("it takes more than 1e308 events until one type has taken over".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::markov;
    use crate::dynamics::matrix::DenseMatrix;
    use crate::dynamics::process::{Fitness, Update};

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} where {expected} is expected");
    }

    /// Of the linear equations for the times, solved with 60 digits by mpmath.
    #[test]
    fn times_are_those_of_the_linear_equations() {
        let game = DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]]);
        let found = times(&game, [1, 0], 1, 10, &Process::fermi(0.5)).unwrap();
        close(found.either, 71.022_525_484_302_7);
        close(found.fixed, 96.292_540_562_679_1);
        close(found.lost, 17.421_782_991_493_005);
        let found = times(&game, [0, 1], 2, 40, &Process::fermi(4.0)).unwrap();
        close(found.either, 61.648_457_852_688_94);
        close(found.fixed, 294.227_842_282_036);
    }

    #[test]
    fn times_are_the_steps_of_the_chain() {
        let (game, n) = (DenseMatrix::from([[3.0, 0.5], [5.0, 1.0]]), 7);
        let fitness = Fitness::Linear { weight: 0.5 };
        for update in
            [Update::BirthDeath(fitness), Update::DeathBirth(fitness), Update::PairwiseComparison { strength: 0.5 }]
        {
            for process in [Process::mixed(update), Process::cycle(update)] {
                let mut chain = DenseMatrix::filled(n + 1, n + 1, 0.0);
                for k in 1..n {
                    let chances = process.chances(&game, [0, 1], k, n).unwrap();
                    chain[(k, k + 1)] = chances.more.exp();
                    chain[(k, k - 1)] = chances.fewer.exp();
                    chain[(k, k)] = 1.0 - chances.more.exp() - chances.fewer.exp();
                }
                // Each row sums to 1, so that `steps` counts events that change nothing too.
                let ends = markov::absorption(&chain).unwrap();
                for k in 1..n {
                    let found = times(&game, [0, 1], k, n, &process).unwrap();
                    close(found.either, ends.steps[k]);
                    let fixed = ends.chances[(k, 1)];
                    close(found.either, fixed * found.fixed + (1.0 - fixed) * found.lost);
                }
            }
        }
    }

    #[test]
    fn times_without_end_are_refused() {
        let game = DenseMatrix::from([[3.0, 0.0], [1.0, 1.0]]);
        let raw = Process::mixed(Update::BirthDeath(Fitness::Raw));
        assert!(times(&game, [0, 1], 2, 5, &raw).unwrap_err().contains("cannot grow"));
        assert!(times(&game, [0, 1], 5, 5, &raw).unwrap_err().contains("expected 1 to 4"));
        let apart = DenseMatrix::from([[0.0, 9.0], [9.0, 0.0]]);
        assert!(times(&apart, [0, 1], 1, 1000, &Process::fermi(10.0)).unwrap_err().contains("1e308"));
    }
}
