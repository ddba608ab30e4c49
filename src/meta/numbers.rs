//! All numbers of an empirical game that depend on what training left: computed from the matrices of its measures, once
//! for all seeds and once for every draw of seeds.

use super::game::COOPERATION;
use super::plan::{Coverage, Mutation, Plan};
use crate::dynamics::alpha_rank::{self, Selection};
use crate::dynamics::replicator::Flow;
use crate::dynamics::{DenseMatrix, Payoffs, Process, Symmetric, elo, fixation, full_chain, small_mutation, stability};

/// Payoffs that differ by less are equal: those of runs have six digits.
pub const TOLERANCE: f64 = 1e-6;

/// A yes or no about a type.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Its name in tables.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it says.
    pub meaning: &'static str,
    of: fn(&Symmetric, usize) -> bool,
}

/// All verdicts.
pub const VERDICTS: &[Verdict] = &[
    Verdict {
        name: "nash",
        title: "Nash",
        meaning: "no other type gets more from it than it gets from itself",
        of: |payoff, i| stability::is_nash(payoff, i, TOLERANCE),
    },
    Verdict {
        name: "strict_nash",
        title: "strict Nash",
        meaning: "every other type gets less from it than it gets from itself",
        of: |payoff, i| stability::is_strict_nash(payoff, i, TOLERANCE),
    },
    Verdict {
        name: "ess",
        title: "ESS",
        meaning: "evolutionarily stable: any other type, once rare, does worse (Maynard Smith & Price 1973)",
        of: |payoff, i| stability::is_ess(payoff, i, TOLERANCE),
    },
    Verdict {
        name: "nss",
        title: "NSS",
        meaning: "neutrally stable: no other type, once rare, does better (Maynard Smith 1982)",
        of: |payoff, i| stability::is_nss(payoff, i, TOLERANCE),
    },
];

/// The numbers. Lists are by type unless they say otherwise; a grid has a list for each size of the population, in it
/// one for each strength of selection.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// By measure, type and opponent; in groups, and composition of the others.
    pub measures: Vec<Vec<Vec<f64>>>,
    /// Grid of: by resident and mutant, the chance that one mutant takes over; 0 on the diagonal.
    pub fixation: Vec<Vec<Vec<Vec<f64>>>>,
    /// Grid of: shares in the long run where mutants are rare.
    pub long_run: Vec<Vec<Vec<f64>>>,
    /// Grid of: cooperation in the long run, the mean over types of how often each cooperates with itself.
    pub cooperation: Vec<Vec<f64>>,
    /// Grid of: α-rank by what two types get from each other alone.
    pub local_alpha_rank: Vec<Vec<Vec<f64>>>,
    /// By type and time: shares under the replicator equation from an even start.
    pub replicator: Vec<Vec<f64>>,
    /// By type and time: shares under the replicator–mutator equation from an even start; empty if it is not followed.
    pub mutator: Vec<Vec<f64>>,
    /// Grid of: mean shares over the chain of all compositions, NaN where it has no numbers; a size for which it is not
    /// computed has an empty list.
    pub chain: Vec<Vec<Vec<f64>>>,
    /// Grid of: cooperation over that chain, how often an agent cooperates with another one that is drawn at random;
    /// NaN and empty lists as for the shares.
    pub chain_cooperation: Vec<Vec<f64>>,
    /// By verdict and type: 1 for yes, 0 for no.
    pub verdicts: Vec<Vec<f64>>,
    /// By type and other: how much more the first gets where both are equally common.
    pub risk: Vec<Vec<f64>>,
    /// Elo ratings at the chosen strength of selection; NaN where some types hardly ever win.
    pub ratings: Vec<f64>,
}

impl Numbers {
    /// The numbers that follow from the matrices of the measures by `plan`; `is_draw` says that they are those of a
    /// draw of seeds.
    ///
    /// # Errors
    /// If a process refuses the payoffs.
    pub fn of(measures: &[Symmetric], plan: &Plan, is_draw: bool) -> Result<Self, String> {
        let (payoff, cooperation) = (&measures[plan.fitness], &measures[COOPERATION]);
        let (options, times) = (plan.options, &plan.times);
        let types = payoff.types();
        let mut numbers = Self {
            measures: measures.iter().map(Symmetric::rows).collect(),
            fixation: Vec::new(),
            long_run: Vec::new(),
            cooperation: Vec::new(),
            local_alpha_rank: Vec::new(),
            replicator: transposed(&Flow::new(payoff)?.trajectory(&vec![1.0 / types as f64; types], times)?),
            mutator: plan
                .mutation
                .as_ref()
                .map_or_else(|| Ok(Vec::new()), |mutation| mutator(payoff, mutation, times))?,
            chain: Vec::new(),
            chain_cooperation: Vec::new(),
            verdicts: VERDICTS
                .iter()
                .map(|verdict| (0..types).map(|i| f64::from(u8::from((verdict.of)(payoff, i)))).collect())
                .collect(),
            risk: (0..types).map(|i| (0..types).map(|j| stability::risk_advantage(payoff, i, j)).collect()).collect(),
            // Under strong selection some types hardly ever win, and have no rating; in larger groups nobody has one.
            ratings: payoff
                .matrix()
                .and_then(|matrix| ratings(matrix, options.strengths[options.chosen.1]).ok())
                .unwrap_or_else(|| vec![f64::NAN; types]),
        };
        for &size in &options.sizes {
            let (mut chances, mut shares, mut together, mut ranks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for &strength in &options.strengths {
                let ln = fixation::ln_fixations(payoff, size, &Process::fermi(strength))?;
                let share = small_mutation::stationary(&ln)?;
                together.push(share.iter().enumerate().map(|(i, share)| share * cooperation.among_own(i)).sum());
                let chance = |i: usize, j: usize| if i == j { 0.0 } else { ln[(i, j)].exp() };
                chances.push((0..types).map(|i| (0..types).map(|j| chance(i, j)).collect()).collect());
                shares.push(share);
                // What two types get from each other alone says nothing of larger groups.
                ranks.push(match payoff.matrix() {
                    Some(matrix) => alpha_rank::rank(matrix, size, strength, Selection::Local)?,
                    None => vec![f64::NAN; types],
                });
            }
            numbers.fixation.push(chances);
            numbers.long_run.push(shares);
            numbers.cooperation.push(together);
            numbers.local_alpha_rank.push(ranks);
        }
        for (n, &size) in options.sizes.iter().enumerate() {
            let of = |strength: f64| match (&plan.mutation, plan.coverage(n)) {
                (None, _) | (_, Coverage::Nothing) => None,
                (_, Coverage::Value) if is_draw => Some((vec![f64::NAN; types], f64::NAN)),
                (Some(mutation), _) => Some(chain(payoff, cooperation, size, strength, mutation)),
            };
            let (shares, together) = options.strengths.iter().filter_map(|&strength| of(strength)).unzip();
            numbers.chain.push(shares);
            numbers.chain_cooperation.push(together);
        }
        Ok(numbers)
    }
}

/// By type and time, shares under the replicator–mutator equation from an even start; empty if it is not followed, and
/// NaN if this draw of seeds has payoffs below 0.
fn mutator(payoff: &Symmetric, mutation: &Mutation, times: &[f64]) -> Result<Vec<Vec<f64>>, String> {
    let types = payoff.types();
    if !mutation.flows {
        return Ok(Vec::new());
    }
    if payoff.least() < 0.0 {
        return Ok(vec![vec![f64::NAN; times.len()]; types]);
    }
    let flow = Flow::with_mutation(payoff, &mutation.chances)?;
    Ok(transposed(&flow.trajectory(&vec![1.0 / types as f64; types], times)?))
}

/// Mean shares and cooperation over the chain of all compositions; NaN if its chances are too small for f64.
fn chain(
    payoff: &Symmetric,
    cooperation: &Symmetric,
    size: usize,
    strength: f64,
    mutation: &Mutation,
) -> (Vec<f64>, f64) {
    let types = payoff.types();
    let Ok(chain) = full_chain::stationary(payoff, size, &Process::fermi(strength), &mutation.chances) else {
        return (vec![f64::NAN; types], f64::NAN);
    };
    let mut means = vec![0.0; types];
    let mut together = 0.0;
    for (counts, share) in chain.states.iter().zip(&chain.stationary) {
        cooperation.finite(counts, &mut means);
        let sum: f64 = counts.iter().zip(&means).map(|(count, mean)| f64::from(*count) * mean).sum();
        together += share * sum / size as f64;
    }
    (chain.frequencies(), together)
}

/// How ratings are made, in a sentence.
pub const RATING_CONVENTION: &str = "Elo ratings: i wins against j with probability 1/(1 + exp(−β (π_ij − π_ji))), the \
                                     chance that j copies i in a pairwise comparison after they met";

/// Elo ratings, where the first of a pair wins with the chance that the second would copy it by Fermi's rule.
fn ratings(payoff: &DenseMatrix, strength: f64) -> Result<Vec<f64>, String> {
    let types = payoff.rows();
    let mut wins = DenseMatrix::filled(types, types, 0.0);
    for i in 0..types {
        for j in (0..types).filter(|&j| j != i) {
            wins[(i, j)] = 1.0 / (1.0 + (-strength * (payoff[(i, j)] - payoff[(j, i)])).exp());
        }
    }
    elo::ratings(&wins)
}

/// Lists by time as lists by type.
fn transposed(by_time: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let types = by_time.first().map_or(0, Vec::len);
    (0..types).map(|i| by_time.iter().map(|shares| shares[i]).collect()).collect()
}

/// Something made of numbers.
pub(super) trait Leaves {
    /// Hands every number to `visit`, always in the same order.
    fn each(&mut self, visit: &mut dyn FnMut(&mut f64));
}

impl Leaves for f64 {
    fn each(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        visit(self);
    }
}

impl<T: Leaves> Leaves for Vec<T> {
    fn each(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        self.iter_mut().for_each(|inner| inner.each(visit));
    }
}

impl Leaves for Numbers {
    fn each(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        let Self {
            measures,
            fixation,
            long_run,
            cooperation,
            local_alpha_rank,
            replicator,
            mutator,
            chain,
            chain_cooperation,
            verdicts,
            risk,
            ratings,
        } = self;
        measures.each(visit);
        fixation.each(visit);
        long_run.each(visit);
        cooperation.each(visit);
        local_alpha_rank.each(visit);
        replicator.each(visit);
        mutator.each(visit);
        chain.each(visit);
        chain_cooperation.each(visit);
        verdicts.each(visit);
        risk.each(visit);
        ratings.each(visit);
    }
}
