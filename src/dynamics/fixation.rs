//! The chance that a few invaders take over a population of residents.
//!
//! Between two types, a process without mutation is a chain over the number of invaders with steps of one, so
//! ρᵢ = (1 + Σ_{k<i} e^{S_k})/(1 + Σ_{k<N} e^{S_k}) with S_k = Σ_{j≤k} ln T⁻(j)/T⁺(j) (Karlin & Taylor 1975; Nowak
//! 2006, Evolutionary Dynamics, chapter 6). All sums are taken in logarithms.

use super::logs;
use super::matrix::DenseMatrix;
use super::payoffs::Payoffs;
use super::process::Process;

/// The sums S₀ = 0, S₁, …, S_{N−1} of a chain, from which all its chances follow.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// S_k less the S of [`Self::base`]; −∞ before it.
    pub terms: Vec<f64>,
    /// The number of invaders below which they are lost for certain: a state that they cannot grow out of, or 0.
    pub base: usize,
}

impl Sums {
    /// The sums for invaders of type `pair[0]` among residents of type `pair[1]`.
    ///
    /// # Errors
    /// If the process refuses game or population, a payoff has no fitness, or the chain never ends.
    pub fn new(game: &impl Payoffs, pair: [usize; 2], population: usize, process: &Process) -> Result<Self, String> {
        let mut sums = Self::default();
        sums.fill(game, pair, population, process)?;
        Ok(sums)
    }

    /// Does as [`Self::new`], in the same memory.
    ///
    /// # Errors
    /// As there.
    pub fn fill(
        &mut self,
        game: &impl Payoffs,
        pair: [usize; 2],
        population: usize,
        process: &Process,
    ) -> Result<(), String> {
        process.check(game, &pair, population)?;
        self.base = 0;
        self.terms.clear();
        self.terms.reserve(population);
        self.terms.push(0.0);
        // Neumaier's compensation: a million terms keep the digits of one.
        let (mut sum, mut lost) = (0.0f64, 0.0f64);
        for count in 1..population {
            let ratio = process.ln_ratio(game, pair, count, population)?;
            if ratio == f64::INFINITY {
                if sum == f64::NEG_INFINITY {
                    return Err(format!("from {count} invaders on they neither grow to all nor shrink to none"));
                }
                self.terms.fill(f64::NEG_INFINITY);
                (self.base, sum, lost) = (count, 0.0, 0.0);
            } else if ratio == f64::NEG_INFINITY || sum == f64::NEG_INFINITY {
                (sum, lost) = (f64::NEG_INFINITY, 0.0);
            } else {
                let next = sum + ratio;
                lost += if sum.abs() >= ratio.abs() { (sum - next) + ratio } else { (ratio - next) + sum };
                sum = next;
            }
            self.terms.push(sum + lost);
        }
        Ok(())
    }

    /// ln of the chance that `count` invaders take over.
    pub fn ln_fixation(&self, count: usize) -> f64 {
        if count <= self.base {
            return if count == self.terms.len() { 0.0 } else { f64::NEG_INFINITY };
        }
        logs::sum(&self.terms[..count]) - logs::sum(&self.terms)
    }

    /// ln of the chance that one invader takes over, and that one resident among invaders does.
    pub fn ln_both_ways(&self) -> [f64; 2] {
        let all = logs::sum(&self.terms);
        let back = self.terms[self.terms.len() - 1] - all;
        [if self.base > 0 { f64::NEG_INFINITY } else { -all }, back]
    }
}

/// ln of the chance that `count` agents of type `pair[0]` take over a population whose others are of type `pair[1]`.
///
/// # Errors
/// If the process refuses game, population or payoffs, or `count` is not from 0 to the population.
pub fn ln_fixation(
    game: &impl Payoffs,
    pair: [usize; 2],
    count: usize,
    population: usize,
    process: &Process,
) -> Result<f64, String> {
    let sums = Sums::new(game, pair, population, process)?;
    if count > population {
        return Err(format!("{count} invaders in a population of {population}"));
    }
    Ok(sums.ln_fixation(count))
}

/// The chance that one agent of type `pair[0]` takes over a population whose others are of type `pair[1]`; 0 only if it
/// is 0 or below 1e-308.
///
/// # Errors
/// As in [`ln_fixation`].
pub fn fixation(game: &impl Payoffs, pair: [usize; 2], population: usize, process: &Process) -> Result<f64, String> {
    ln_fixation(game, pair, 1, population, process).map(f64::exp)
}

/// ln of the chance that one agent of type j takes over a population of type i, in row i and column j; ln 1/N in the
/// diagonal. Both directions of a pair come from one chain.
///
/// # Errors
/// As in [`ln_fixation`].
pub fn ln_fixations(game: &impl Payoffs, population: usize, process: &Process) -> Result<DenseMatrix, String> {
    let types = game.types();
    process.check(game, &[], population)?;
    let mut found = DenseMatrix::filled(types, types, -(population as f64).ln());
    let mut sums = Sums::default();
    for i in 0..types {
        for j in 0..i {
            sums.fill(game, [i, j], population, process)?;
            let [into_j, into_i] = sums.ln_both_ways();
            found[(j, i)] = into_j;
            found[(i, j)] = into_i;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::payoffs::Table;
    use crate::dynamics::process::{Fitness, Tally, Update};

    fn prisoners() -> DenseMatrix {
        DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]])
    }

    /// Always cooperate, always defect, tit for tat, means over 200 turns.
    fn repeated() -> DenseMatrix {
        DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]])
    }

    fn birth_death(fitness: Fitness) -> Process {
        Process::mixed(Update::BirthDeath(fitness))
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found:e} where {expected:e} is expected");
    }

    /// Of ρ = 1/(1 + Σ_k Π_{j ≤ k} T⁻(j)/T⁺(j)) with 60 digits, by mpmath.
    #[test]
    fn chances_are_those_of_the_closed_form() {
        let (one_shot, game) = (prisoners(), repeated());
        let fermi = |game: &DenseMatrix, pair, n, strength| fixation(game, pair, n, &Process::fermi(strength)).unwrap();
        close(fermi(&one_shot, [1, 0], 20, 0.1), 0.181_139_242_929_739_74);
        close(fermi(&one_shot, [0, 1], 20, 0.1), 0.007_383_634_768_788_881_6);
        close(fermi(&game, [2, 1], 20, 0.1), 0.078_789_796_916_489_36);
        close(fermi(&game, [2, 1], 20, 1.0), 0.199_990_047_760_295_74);
        let raw = birth_death(Fitness::Raw);
        close(fixation(&game, [2, 1], 20, &raw).unwrap(), 0.187_612_983_549_434_04);
        let linear = birth_death(Fitness::Linear { weight: 0.1 });
        close(fixation(&game, [2, 1], 20, &linear).unwrap(), 0.077_672_087_007_602_69);
    }

    /// 1 + wf and e^(wf) differ in w²: with half the strength the difference is a quarter.
    #[test]
    fn linear_and_exponential_fitness_agree_to_first_order_only() {
        let game = repeated();
        let gap = |weight: f64| {
            // Linear fitness 1 − w + wf is proportional to 1 + w/(1 − w) f.
            let linear = birth_death(Fitness::Linear { weight });
            let exponential = birth_death(Fitness::Exponential { strength: weight / (1.0 - weight) });
            let [linear, exponential] =
                [linear, exponential].map(|process| fixation(&game, [2, 1], 20, &process).unwrap());
            (linear - exponential).abs()
        };
        for (weight, tolerance) in [(1e-3, 0.02), (1e-4, 2e-3)] {
            // Strengths, not weights, are halved.
            let half = weight / (2.0 - weight);
            let ratio = gap(weight) / gap(half);
            assert!((ratio - 4.0).abs() < tolerance, "{weight}: {ratio}");
        }
        assert!(gap(0.1) > 1e-3, "{}", gap(0.1));
    }

    #[test]
    fn tiny_chances_keep_their_digits() {
        let one_shot = prisoners();
        let fermi = |pair, n, strength| fixation(&one_shot, pair, n, &Process::fermi(strength)).unwrap();
        close(fermi([0, 1], 300, 0.5), 4.479_882_302_988_956_6e-99);
        close(fermi([0, 1], 100, 4.4), 3.497_785_780_687_454e-291);
        close(ln_fixation(&one_shot, [0, 1], 3, 100, &Process::fermi(4.0)).unwrap().exp(), 3.869_528_197_836_6e-261);
        let coordination = DenseMatrix::from([[2.0, 0.0], [0.0, 1.0]]);
        let fermi = Process::fermi(1.0);
        close(fixation(&coordination, [1, 0], 1000, &fermi).unwrap(), 1.755_131_719_645_863_8e-291);
        close(fixation(&coordination, [0, 1], 1000, &fermi).unwrap(), 9.062_670_386_897_002e-75);
        let game = DenseMatrix::from([[3.0, 0.5], [5.0, 1.0]]);
        close(fixation(&game, [0, 1], 1000, &birth_death(Fitness::Raw)).unwrap(), 1.393_160_127_575_861_3e-242);
        let linear = birth_death(Fitness::Linear { weight: 0.9 });
        close(fixation(&game, [0, 1], 1000, &linear).unwrap(), 1.615_141_177_729_229e-228);
        let death_birth = Process::mixed(Update::DeathBirth(Fitness::Exponential { strength: 4.0 }));
        close(fixation(&one_shot, [0, 1], 100, &death_birth).unwrap(), 2.929_018_740_526_848e-261);
        let death_birth = Process::mixed(Update::DeathBirth(Fitness::Exponential { strength: 0.1 }));
        close(fixation(&one_shot, [1, 0], 20, &death_birth).unwrap(), 0.172_332_437_710_060_83);
        // 2.0690695847334623e-436 is no number of 64 bits, but has a logarithm.
        let below = ln_fixation(&one_shot, [0, 1], 1, 100, &Process::fermi(6.6)).unwrap();
        assert!((below - (2.069_069_584_733_462_3f64.ln() - 436.0 * 10.0f64.ln())).abs() < 1e-9);
    }

    /// Of the same closed form, with hypergeometric groups of four; a good is made by three who give.
    #[test]
    fn groups_of_four_are_drawn_without_replacement() {
        let game = Table::new(2, 4, |own, others| {
            let givers = others[0] + u32::from(own == 0);
            4.0 * f64::from(u8::from(givers >= 3)) - f64::from(u8::from(own == 0)) + 0.1 * f64::from(others[0])
        });
        let game = game.unwrap();
        close(fixation(&game, [0, 1], 30, &Process::fermi(2.0)).unwrap(), 6.125_116_197_728_004e-8);
        close(fixation(&game, [1, 0], 30, &Process::fermi(2.0)).unwrap(), 4.502_543_450_497_94e-5);
    }

    /// EGTtools with three agents by hand: fᵢ over two others, and Axelrod's raw Moran process with two agents.
    #[test]
    fn the_conventions_of_other_tools_hold_by_hand() {
        let game = repeated();
        let strength: f64 = 0.7;
        // One tit for tat beside two defectors, then two beside one.
        let first = 0.995 - (1.02 + 1.0) / 2.0;
        let second = (3.0 + 0.995) / 2.0 - 1.02;
        let sum = 1.0 + (-strength * first).exp() + (-strength * (first + second)).exp();
        close(fixation(&game, [2, 1], 3, &Process::fermi(strength)).unwrap(), 1.0 / sum);
        close(fixation(&game, [2, 1], 2, &birth_death(Fitness::Raw)).unwrap(), 0.995 / (0.995 + 1.02));
        // Sums instead of means are a stronger selection, and nothing to raw fitness.
        let summed = Process { tally: Tally::Sum, ..Process::fermi(strength) };
        let stronger = fixation(&game, [2, 1], 20, &Process::fermi(strength * 19.0)).unwrap();
        close(fixation(&game, [2, 1], 20, &summed).unwrap(), stronger);
        let summed = Process { tally: Tally::Sum, ..birth_death(Fitness::Raw) };
        let raw = fixation(&game, [2, 1], 20, &birth_death(Fitness::Raw)).unwrap();
        close(fixation(&game, [2, 1], 20, &summed).unwrap(), raw);
    }

    /// Ohtsuki & Nowak 2006 (Proc. R. Soc. B 273): on a cycle the ratios between both ends are all the same, and so the
    /// chance is a geometric sum. Payoffs are summed over both neighbours.
    #[test]
    fn a_cycle_has_the_closed_form_of_ohtsuki_and_nowak() {
        let (a, b, c, d) = (3.0, 0.5, 5.0, 1.0);
        let game = DenseMatrix::from([[a, b], [c, d]]);
        let (n, w) = (12i32, 0.4);
        let f = |payoff: f64| 1.0 - w + w * payoff;
        let fitness = Fitness::Linear { weight: w };
        let on_cycle = |update| Process { tally: Tally::Sum, ..Process::cycle(update) };
        let geometric = |ratio: f64, terms: i32| (0..terms).map(|k| ratio.powi(k)).sum::<f64>();

        let ratio = f(c + d) / f(a + b);
        let (first, last) = (f(c + d) / f(2.0 * b), f(2.0 * c) / f(a + b));
        let sum = 1.0 + first * (geometric(ratio, n - 2) + ratio.powi(n - 3) * last);
        let found = fixation(&game, [0, 1], n as usize, &on_cycle(Update::BirthDeath(fitness))).unwrap();
        close(found, 1.0 / sum);

        // Two places are contested; each goes to the edge of the other side or to the next of its own.
        let wins = |other: f64, own: f64| 2.0 * other / (other + own);
        let lost = wins(f(c + d), f(2.0 * a)) / wins(f(a + b), f(2.0 * d));
        let first = 1.0 / wins(f(2.0 * b), f(2.0 * d));
        let second = wins(f(c + d), f(a + b)) / wins(f(a + b), f(2.0 * d));
        let next_to_last = wins(f(c + d), f(2.0 * a)) / wins(f(a + b), f(c + d));
        let last = wins(f(2.0 * c), f(2.0 * a));
        let mut product = 1.0;
        let ratios = [first, second].into_iter().chain(std::iter::repeat_n(lost, n as usize - 5));
        let sum: f64 = ratios.chain([next_to_last, last]).fold(1.0, |sum, ratio| {
            product *= ratio;
            sum + product
        });
        let found = fixation(&game, [0, 1], n as usize, &on_cycle(Update::DeathBirth(fitness))).unwrap();
        close(found, 1.0 / sum);
    }

    /// Ohtsuki et al. 2006 (Nature 441): on a graph of degree k, death–birth favours cooperators under weak selection
    /// where b/c > (N − 2)/(N/k − 2); under birth–death never.
    #[test]
    fn neighbours_help_cooperators_under_death_birth_only() {
        let n = 20usize;
        let critical = (n as f64 - 2.0) / (n as f64 / 2.0 - 2.0);
        let gains = |benefit: f64, update: fn(Fitness) -> Update| {
            let game = DenseMatrix::from([[benefit - 1.0, -1.0], [benefit, 0.0]]);
            let process = Process::cycle(update(Fitness::Linear { weight: 1e-6 }));
            fixation(&game, [0, 1], n, &process).unwrap() * n as f64 - 1.0
        };
        assert!(gains(critical + 0.01, Update::DeathBirth) > 0.0);
        assert!(gains(critical - 0.01, Update::DeathBirth) < 0.0);
        assert!(gains(50.0, Update::BirthDeath) < 0.0);
    }

    #[test]
    fn both_ways_come_from_one_chain() {
        let game = repeated();
        for update in [
            Update::PairwiseComparison { strength: 0.3 },
            Update::BirthDeath(Fitness::Linear { weight: 0.5 }),
            Update::DeathBirth(Fitness::Exponential { strength: 0.3 }),
        ] {
            for process in [Process::mixed(update), Process::cycle(update)] {
                let found = ln_fixations(&game, 15, &process).unwrap();
                for (i, j) in [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)] {
                    close(found[(i, j)].exp(), fixation(&game, [j, i], 15, &process).unwrap());
                }
                let back = ln_fixation(&game, [1, 2], 11, 15, &process).unwrap().exp();
                close(ln_fixation(&game, [2, 1], 4, 15, &process).unwrap().exp(), 1.0 - back);
            }
        }
    }

    #[test]
    fn fitness_of_zero_is_a_dead_end_and_not_a_fault() {
        // One of the first type alone has nothing; beside its own it has.
        let game = DenseMatrix::from([[3.0, 0.0], [1.0, 1.0]]);
        let raw = birth_death(Fitness::Raw);
        assert_eq!(fixation(&game, [0, 1], 5, &raw).unwrap(), 0.0);
        let of = |count| ln_fixation(&game, [0, 1], count, 5, &raw).unwrap().exp();
        assert_eq!((of(0), of(5)), (0.0, 1.0));
        assert!(of(2) > 0.0 && of(2) < of(3));
        close(fixation(&game, [1, 0], 5, &raw).unwrap(), 1.0 - of(4));
        // Among others each is safe.
        let apart = DenseMatrix::from([[0.0, 1.0], [1.0, 0.0]]);
        assert!(fixation(&apart, [0, 1], 3, &raw).unwrap() > 0.0);
        let stuck = DenseMatrix::from([[0.0, 1.0], [0.0, 1.0]]);
        assert!(fixation(&stuck, [0, 1], 4, &raw).unwrap() > 0.0);
        assert!(ln_fixation(&game, [0, 1], 6, 5, &raw).unwrap_err().contains("6 invaders"));
        assert!(fixation(&game, [0, 2], 5, &raw).unwrap_err().contains("type 2"));
    }
}
