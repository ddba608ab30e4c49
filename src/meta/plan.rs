//! What is computed from an empirical game: what was asked for, as far as its size allows.

use super::options::Options;
use crate::dynamics::full_chain::{self, Extent};
use crate::dynamics::{DenseMatrix, Payoffs, Symmetric, compositions};

/// Times at which shares under the replicator equation are given.
pub(super) const TIMES: usize = 61;
/// Most steps of the eliminations of all chains together: minutes on one core.
pub const STEPS_MAX: u64 = 50_000_000_000;

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<'a> {
    /// What was asked for.
    pub options: &'a Options,
    /// Number of the measure that selection looks at.
    pub fitness: usize,
    /// Times of the replicator equation.
    pub times: Vec<f64>,
    /// How agents mutate; `None` if mutants are rare.
    pub mutation: Option<Mutation>,
}

/// What is computed with mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutation {
    /// Row i: the chances that type i becomes each type.
    pub chances: DenseMatrix,
    /// Whether the replicator–mutator equation is followed.
    pub flows: bool,
    /// For each size of the population, what is computed of its chain over all compositions.
    pub chains: Vec<Coverage>,
}

/// How much is computed of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Nothing.
    Nothing,
    /// Its numbers over all seeds.
    Value,
    /// In addition, those of every draw of seeds.
    Intervals,
}

impl<'a> Plan<'a> {
    /// The plan for `options` where selection looks at the measure number `fitness`, whose matrix is `payoff`; `draws`
    /// is how often seeds are drawn. Beside it, what is left out, a sentence each.
    ///
    /// # Errors
    /// If the mutation is no probability.
    pub fn new(
        options: &'a Options,
        fitness: usize,
        payoff: &Symmetric,
        draws: usize,
    ) -> Result<(Self, Vec<String>), String> {
        let times = (0..TIMES).map(|step| options.time * step as f64 / (TIMES - 1) as f64).collect();
        let mut notes = Vec::new();
        let mutation = match options.mutation {
            0.0 => None,
            rate => {
                let types = payoff.types();
                let chances = full_chain::uniform(types, rate)?;
                let least = payoff.least();
                if least < 0.0 {
                    notes.push(format!(
                        "the replicator–mutator equation is left out: it takes payoffs of 0 or more, and a type may get \
                         {least}"
                    ));
                }
                let chains = coverage(types, options, draws, STEPS_MAX, &mut notes);
                Some(Mutation { chances, flows: least >= 0.0, chains })
            }
        };
        Ok((Self { options, fitness, times, mutation }, notes))
    }

    /// How much is computed of the chain of the size number `n`.
    pub fn coverage(&self, n: usize) -> Coverage {
        self.mutation.as_ref().map_or(Coverage::Nothing, |mutation| mutation.chains[n])
    }
}

/// What is computed of the chain of each size within `steps_max` steps: the smallest sizes first, and numbers before
/// intervals. What is left out goes to `notes`.
pub(super) fn coverage(
    types: usize,
    options: &Options,
    draws: usize,
    steps_max: u64,
    notes: &mut Vec<String>,
) -> Vec<Coverage> {
    let mut coverage = vec![Coverage::Nothing; options.sizes.len()];
    if types > full_chain::TYPES_MAX {
        let size = options.sizes[options.chosen.0];
        notes.push(format!(
            "the chain over all compositions is left out: {size} agents of {types} types have {} states, and chains of at \
             most {} types are computed",
            compositions::count(size, types),
            full_chain::TYPES_MAX
        ));
        return coverage;
    }
    let mut left = steps_max;
    let mut take = |steps: u64| {
        let fits = steps <= left;
        left -= if fits { steps } else { 0 };
        fits
    };
    let extents: Vec<Result<Extent, String>> =
        options.sizes.iter().map(|&size| full_chain::extent(size, types)).collect();
    for (extent, size) in extents.iter().zip(&options.sizes) {
        if let Err(problem) = extent {
            notes.push(format!("the chain over all compositions of {size} agents is left out: {problem}"));
        }
    }
    let passes = [
        (1, Coverage::Value, "is left out", String::new(), ""),
        (draws, Coverage::Intervals, "has no intervals", format!(" in {draws} draws"), "fewer draws, "),
    ];
    for (times, gained, lacks, drawn, fewer) in passes.into_iter().filter(|(times, ..)| *times > 0) {
        for ((extent, size), coverage) in extents.iter().zip(&options.sizes).zip(&mut coverage) {
            let Ok(extent) = extent else { continue };
            if gained == Coverage::Intervals && *coverage == Coverage::Nothing {
                continue;
            }
            let strengths = options.strengths.len();
            let steps = extent.steps.max(1).saturating_mul(strengths as u64).saturating_mul(times as u64);
            if take(steps) {
                *coverage = gained;
                continue;
            }
            notes.push(format!(
                "the chain over all compositions of {size} agents {lacks}: its {} states at {strengths} strengths{drawn} \
                 take {:.1e} steps, and all chains together take at most {:.1e}; ask for {fewer}fewer or \
                 smaller sizes, or fewer strengths",
                extent.states, steps as f64, steps_max as f64
            ));
        }
    }
    coverage
}
