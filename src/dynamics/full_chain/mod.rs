//! The whole chain of a finite population with mutation, over every composition of its types.
//!
//! One event changes at most one agent, so in lexicographic order a composition leads only to near ones. The
//! elimination of [`markov`](super::markov) keeps to this band, whose width differs from state to state.

mod envelope;

use super::compositions::Compositions;
use super::logs;
use super::matrix::DenseMatrix;
use super::payoffs::Payoffs;
use super::process::{Process, Structure, Tally, Update};
pub use envelope::CHANCES_MAX;
use envelope::{Envelope, check_chances, lowest};

/// Most types of a chain.
pub const TYPES_MAX: usize = 4;

/// The chances of mutation where each agent mutates with probability `rate`, to each other type alike.
///
/// # Errors
/// If there are fewer than two types, or the rate is not a probability.
pub fn uniform(types: usize, rate: f64) -> Result<DenseMatrix, String> {
    if types < 2 || !(0.0..=1.0).contains(&rate) {
        return Err(format!("mutation at rate {rate} among {types} types: expected 0 to 1, and at least two types"));
    }
    let mut chances = DenseMatrix::filled(types, types, rate / (types - 1) as f64);
    for i in 0..types {
        chances[(i, i)] = 1.0 - rate;
    }
    Ok(chances)
}

/// Refuses chances of mutation that are none.
///
/// # Errors
/// If they are not a square matrix of the game's types whose rows hold probabilities that sum to 1.
pub fn check_mutation(mutation: &DenseMatrix, types: usize) -> Result<(), String> {
    if (mutation.rows(), mutation.columns()) != (types, types) {
        return Err(format!(
            "mutation has {} rows and {} columns for {types} types",
            mutation.rows(),
            mutation.columns()
        ));
    }
    for from in 0..types {
        let sum: f64 = mutation.row(from).iter().sum();
        if mutation.row(from).iter().any(|chance| !(0.0..=1.0).contains(chance)) || (sum - 1.0).abs() > 1e-9 {
            return Err(format!("row {from} of mutation sums to {sum}: expected probabilities that sum to 1"));
        }
    }
    Ok(())
}

/// The stationary distribution over all compositions.
#[derive(Clone, Debug, PartialEq)]
pub struct FullChain {
    /// The compositions.
    pub states: Compositions,
    /// The share of time that the population spends in each.
    pub stationary: Vec<f64>,
}

impl FullChain {
    /// The mean share of each type.
    pub fn frequencies(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.states.parts()];
        for (counts, share) in self.states.iter().zip(&self.stationary) {
            for (mean, count) in means.iter_mut().zip(counts) {
                *mean += share * f64::from(*count);
            }
        }
        means.into_iter().map(|mean| mean / self.states.total() as f64).collect()
    }
}

/// How large a chain over all compositions is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Compositions.
    pub states: usize,
    /// Multiplications that its elimination takes, at most a few times as many.
    pub steps: u64,
}

/// How large the chain of `population` agents of `types` types is, without computing it.
///
/// # Errors
/// If it is so large that [`stationary`] refuses it.
pub fn extent(population: usize, types: usize) -> Result<Extent, String> {
    check_types(types)?;
    let states = Compositions::new(population, types)?;
    let low = lowest(&states);
    check_chances(&states, &low)?;
    let steps = low.iter().enumerate().map(|(place, low)| ((place - low) as u64).pow(2)).sum();
    Ok(Extent { states: states.len(), steps })
}

fn check_types(types: usize) -> Result<(), String> {
    match types {
        2..=TYPES_MAX => Ok(()),
        _ => Err(format!("the chain over all compositions of {types} types: expected 2 to {TYPES_MAX}")),
    }
}

/// What exactly is computed, in a sentence, to be printed beside the numbers.
pub fn convention(process: &Process) -> String {
    let mutation = match process.update {
        Update::PairwiseComparison { .. } => {
            "the focal agent of type i mutates to j with probability Q_ij instead of copying, and copies with \
             probability Q_ii"
        }
        _ => "the child of a parent of type i is of type j with probability Q_ij",
    };
    format!("{}; {mutation}; mean shares over the stationary distribution of the chain", process.convention())
}

/// The stationary distribution of a well-mixed population under `process`, where row i of `mutation` holds the
/// chances Q_ij that type i becomes j.
///
/// Under Fermi's rule the focal agent mutates instead of copying (as in EGTtools, where Q_ij is μ/(s − 1)); under the
/// others a child may be of another type than its parent. A chance of one event below 1e-308 counts as 0.
///
/// # Errors
/// If the process refuses game, population or payoffs, mutation is out of bounds, there are too many types or states,
/// or mutation leaves the chain with several groups of states that it never leaves.
pub fn stationary(
    game: &impl Payoffs,
    population: usize,
    process: &Process,
    mutation: &DenseMatrix,
) -> Result<FullChain, String> {
    process.check(game, &[], population)?;
    let types = game.types();
    check_mutation(mutation, types)?;
    if process.structure != Structure::Mixed {
        return Err("the chain over all compositions is that of a well-mixed population, not of a cycle".into());
    }
    check_types(types)?;
    let states = Compositions::new(population, types)?;
    let mut chain = Envelope::new(&states)?;
    let mut event = Event::new(game, population, process, mutation);
    for place in 0..states.len() {
        let counts = states.at(place);
        event.at(counts)?;
        for from in (0..types).filter(|&from| counts[from] > 0) {
            for to in (0..types).filter(|&to| to != from) {
                chain.set(place, states.after(place, from, to), event.changes[(from, to)]);
            }
        }
    }
    let stationary = chain.eliminate()?;
    Ok(FullChain { states, stationary })
}

/// The chances of one event in one state.
struct Event<'a, G> {
    game: &'a G,
    process: &'a Process,
    mutation: &'a DenseMatrix,
    /// What a payoff is multiplied by.
    scale: f64,
    means: Vec<f64>,
    /// Entry (i, j): the chance that an agent of type i is replaced by one of type j.
    changes: DenseMatrix,
}

impl<'a, G: Payoffs> Event<'a, G> {
    fn new(game: &'a G, population: usize, process: &'a Process, mutation: &'a DenseMatrix) -> Self {
        let scale = if process.tally == Tally::Sum { population as f64 - 1.0 } else { 1.0 };
        let (means, changes) = (vec![0.0; game.types()], DenseMatrix::filled(game.types(), game.types(), 0.0));
        Self { game, process, mutation, scale, means, changes }
    }

    fn at(&mut self, counts: &[u32]) -> Result<(), String> {
        self.game.finite(counts, &mut self.means);
        self.means.iter_mut().for_each(|mean| *mean *= self.scale);
        let (types, n) = (counts.len(), f64::from(counts.iter().sum::<u32>()));
        let many = |of: usize| f64::from(counts[of]);
        let fitness = match self.process.update {
            Update::PairwiseComparison { strength } => {
                for (from, to) in (0..types).flat_map(|from| (0..types).map(move |to| (from, to))) {
                    let copies = logs::logistic(strength * (self.means[to] - self.means[from]));
                    let copied = self.mutation[(from, from)] * many(to) / (n - 1.0) * copies;
                    self.changes[(from, to)] = many(from) / n * (copied + self.mutation[(from, to)]);
                }
                return Ok(());
            }
            Update::BirthDeath(fitness) | Update::DeathBirth(fitness) => fitness,
        };
        let present = || (0..types).filter(|&of| counts[of] > 0);
        let mut weights = vec![f64::NEG_INFINITY; types];
        for of in present() {
            weights[of] = fitness.ln(self.means[of])?;
        }
        let dies_first = matches!(self.process.update, Update::DeathBirth(_));
        for from in present() {
            let parents: Vec<f64> = (0..types)
                .map(|of| (many(of) - f64::from(u8::from(dies_first && of == from))).ln() + weights[of])
                .collect();
            let all = logs::sum(&parents);
            if all == f64::NEG_INFINITY {
                return Err(format!("nobody who could have a child has fitness above 0 where types number {counts:?}"));
            }
            for to in 0..types {
                let born: f64 = present().map(|of| (parents[of] - all).exp() * self.mutation[(of, to)]).sum();
                self.changes[(from, to)] = many(from) / n * born;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::fixation;
    use crate::dynamics::markov;
    use crate::dynamics::process::Fitness;
    use crate::dynamics::small_mutation;

    fn repeated() -> DenseMatrix {
        DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]])
    }

    fn moran(strength: f64) -> Process {
        Process::mixed(Update::BirthDeath(Fitness::Exponential { strength }))
    }

    #[track_caller]
    fn close(found: &[f64], expected: &[f64]) {
        let near = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() < 1e-9;
        assert!(found.iter().zip(expected).all(near), "{found:?} where {expected:?} is expected");
    }

    /// Of the linear equations with 40 and 400 digits, by mpmath. EGTtools 0.1.14.2 gives the first line too
    /// (`PairwiseComparison(6, game).calculate_transition_matrix(0.5, 0.05)`), to the digits that it prints.
    #[test]
    fn mean_shares_are_those_of_the_linear_equations() {
        let shares = |process: &Process, rate: f64| {
            stationary(&repeated(), 6, process, &uniform(3, rate).unwrap()).unwrap().frequencies()
        };
        let fermi = Process::fermi;
        close(&shares(&fermi(0.5), 0.05), &[0.159_340_110_166_911_64, 0.392_988_386_235_265_4, 0.447_671_503_597_823]);
        close(
            &shares(&fermi(20.0), 1e-6),
            &[0.098_062_554_884_151_72, 0.215_509_029_184_667_75, 0.686_428_415_931_180_5],
        );
        close(
            &shares(&moran(0.5), 0.05),
            &[0.139_966_644_332_476_97, 0.391_911_746_866_114_6, 0.468_121_608_801_408_44],
        );
        close(&shares(&moran(20.0), 1e-6), &[0.098_061_495_951_007_95, 0.215_511_716_763_767, 0.686_426_787_287_225_1]);
    }

    #[test]
    fn a_chain_is_measured_without_being_computed() {
        // Two types: states in a row, each with one before it.
        assert_eq!(extent(9, 2).unwrap(), Extent { states: 10, steps: 9 });
        let large = extent(20, 3).unwrap();
        assert_eq!(large.states, 231);
        // No band is wider than a state is from the first, and none much wider than 21.
        assert!((231..231 * 22 * 22).contains(&(large.steps as usize)), "{large:?}");
        assert!(extent(100, 4).unwrap_err().contains("176851 compositions"));
        assert!(extent(10, 5).unwrap_err().contains("2 to 4"));
    }

    #[test]
    fn the_band_is_eliminated_as_the_whole_matrix_is() {
        let game = DenseMatrix::new(4, 4, (0..16).map(|i| f64::from((i * 7) % 11)).collect()).unwrap();
        let (n, process) = (5, Process::mixed(Update::DeathBirth(Fitness::Linear { weight: 0.5 })));
        let mutation =
            DenseMatrix::from([[0.9, 0.1, 0.0, 0.0], [0.0, 0.8, 0.2, 0.0], [0.1, 0.1, 0.7, 0.1], [0.3, 0.0, 0.0, 0.7]]);
        let found = stationary(&game, n, &process, &mutation).unwrap();
        let size = found.states.len();
        let mut chain = DenseMatrix::filled(size, size, 0.0);
        let mut event = Event::new(&game, n, &process, &mutation);
        for place in 0..size {
            let counts = found.states.at(place);
            event.at(counts).unwrap();
            for (from, to) in (0..4).flat_map(|from| (0..4).map(move |to| (from, to))) {
                if from != to && counts[from] > 0 {
                    chain[(place, found.states.after(place, from, to))] = event.changes[(from, to)];
                }
            }
        }
        close(&found.stationary, &markov::stationary(&chain).unwrap());
    }

    /// Of two types the chain is one of births and deaths: the shares of neighbouring states are as the chances to go
    /// up and down, whatever their size.
    #[test]
    fn the_smallest_shares_of_two_types_keep_their_digits() {
        let (game, n, rate, strength) = (DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]]), 60, 1e-9, 3.0);
        let found = stationary(&game, n, &Process::fermi(strength), &uniform(2, rate).unwrap()).unwrap();
        // The chance that one more, or one fewer, of `count` agents cooperates after an event.
        let moves = |count: usize| {
            let (k, all) = (count as f64, n as f64);
            let cooperator = 3.0 * (k - 1.0) / (all - 1.0);
            let defector = (5.0 * k + (all - k - 1.0)) / (all - 1.0);
            let copies = |own: f64, other: f64| 1.0 / (1.0 + (-strength * (other - own)).exp());
            let (of, against) = (k / all, (all - k) / all);
            let up = against * (rate + (1.0 - rate) * k / (all - 1.0) * copies(defector, cooperator));
            let down = of * (rate + (1.0 - rate) * (all - k) / (all - 1.0) * copies(cooperator, defector));
            [up, down]
        };
        let mut logs = vec![0.0f64];
        for count in 1..=n {
            logs.push(logs[count - 1] + (moves(count - 1)[0] / moves(count)[1]).ln());
        }
        let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum = greatest + logs.iter().map(|log| (log - greatest).exp()).sum::<f64>().ln();
        let mut least: f64 = 1.0;
        for (place, share) in found.stationary.iter().enumerate() {
            let expected = (logs[found.states.at(place)[0] as usize] - sum).exp();
            assert!((share / expected - 1.0).abs() < 1e-9, "{place}: {share:e}, {expected:e}");
            least = least.min(*share);
        }
        assert!(least < 1e-100, "{least:e}");
    }

    #[test]
    fn rare_mutations_are_the_small_mutation_chain() {
        let (game, n) = (repeated(), 20);
        for process in [Process::fermi(0.3), moran(0.3)] {
            let full = stationary(&game, n, &process, &uniform(3, 1e-7).unwrap()).unwrap().frequencies();
            let small = small_mutation::stationary(&fixation::ln_fixations(&game, n, &process).unwrap()).unwrap();
            assert!(full.iter().zip(&small).all(|(a, b)| (a / b - 1.0).abs() < 1e-4), "{full:?} {small:?}");
        }
    }

    /// Without selection all types are alike, and two types in N agents have a distribution that is known: for one
    /// event after another the mean share is 1/s.
    #[test]
    fn without_selection_all_types_are_alike() {
        for process in [Process::fermi(0.0), moran(0.0)] {
            let found = stationary(&repeated(), 12, &process, &uniform(3, 0.01).unwrap()).unwrap();
            assert!(found.frequencies().iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-12));
        }
    }

    #[test]
    fn what_is_too_large_or_never_left_is_refused() {
        let (game, process) = (repeated(), Process::fermi(0.1));
        let refusal = |n, mutation: &DenseMatrix| stationary(&game, n, &process, mutation).unwrap_err();
        assert!(refusal(10, &DenseMatrix::identity(3)).contains("reaches every type"));
        assert!(refusal(10, &DenseMatrix::identity(2)).contains("for 3 types"));
        assert!(refusal(10, &DenseMatrix::filled(3, 3, 0.5)).contains("sum to 1"));
        assert!(refusal(1000, &uniform(3, 0.1).unwrap()).contains("take fewer agents"));
        assert!(refusal(100_000, &uniform(3, 0.1).unwrap()).contains("100000 among 3"));
        let five = DenseMatrix::filled(5, 5, 1.0);
        assert!(stationary(&five, 5, &process, &uniform(5, 0.1).unwrap()).unwrap_err().contains("2 to 4"));
        let cycle = Process::cycle(process.update);
        assert!(stationary(&game, 5, &cycle, &uniform(3, 0.1).unwrap()).unwrap_err().contains("well-mixed"));
        assert!(uniform(3, 1.5).is_err() && uniform(1, 0.5).is_err());
        assert!(convention(&process).contains("Q_ij") && convention(&moran(1.0)).contains("child"));
    }
}
