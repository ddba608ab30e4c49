//! Exact means and variances of rewards and returns over the matches of one player in one tick.

use super::Process;
use crate::learning::PolicyTable;
use crate::learning::normalize::Moments;

/// How returns are computed from rewards: `R_t = (r_t − shift) · scale + γ ((1 − λ) V(p_{t+1}) + λ R_{t+1})`, with
/// nothing after the last round. With λ = 1 this is the discounted return, otherwise the λ-return, whose excess over
/// V(p_t) is the generalised advantage (Schulman et al. 2016, equation 16).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReturnRule<'a> {
    /// γ.
    pub discount: f64,
    /// λ.
    pub lambda: f64,
    /// V, one per prompt; empty stands for zeros.
    pub values: &'a [f64],
    /// Subtracted from every reward.
    pub shift: f64,
    /// Multiplies every reward, after the subtraction.
    pub scale: f64,
}

impl ReturnRule<'_> {
    /// The discounted sum of rewards.
    pub fn discounted(discount: f64) -> Self {
        Self { discount, lambda: 1.0, values: &[], shift: 0.0, scale: 1.0 }
    }
}

/// The matches of one player in one tick, before they are played.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    matches: Vec<Expected>,
    /// π, row-major (prompts, outcomes).
    probs: Vec<f64>,
    outcomes: usize,
}

/// A number of identical matches.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    process: Process,
    times: f64,
    /// Chance of each outcome, row-major (states, outcomes).
    choices: Vec<f64>,
    /// See [`Process::occupancy`].
    occupancy: Vec<f64>,
}

/// Mean and variance of a return.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    mean: f64,
    variance: f64,
}

impl Spread {
    /// The mixture of `parts`, given as (chance, part); the chances sum to 1. Its variance is the variance within the
    /// parts plus that between them. Summing squared deviations rather than squared returns leaves equal returns
    /// without variance.
    fn mix(parts: impl Iterator<Item = (f64, Self)> + Clone) -> Self {
        let mean: f64 = parts.clone().map(|(chance, part)| chance * part.mean).sum();
        let spread = |(chance, part): (f64, Self)| chance * (part.variance + (part.mean - mean) * (part.mean - mean));
        Self { mean, variance: parts.map(spread).sum() }
    }

    /// `shift + factor · X`.
    fn scaled(self, factor: f64, shift: f64) -> Self {
        Self { mean: shift + factor * self.mean, variance: factor * factor * self.variance }
    }

    /// X with probability `chance`, else 0.
    fn perhaps(self, chance: f64) -> Self {
        let variance = chance * (self.variance + (1.0 - chance) * self.mean * self.mean);
        Self { mean: chance * self.mean, variance }
    }
}

impl Expectation {
    /// What a player who draws from `played` can expect of `matches`, given as (match, how often).
    pub fn new(matches: Vec<(Process, f64)>, played: &PolicyTable) -> Self {
        let probs: Vec<f64> = played.log_probs.iter().map(|l| l.exp()).collect();
        let outcomes = played.outcomes;
        let expect = |(process, times): (Process, f64)| {
            let choices = process.choices(&probs, outcomes);
            let occupancy = process.occupancy(&choices, outcomes);
            Expected { process, times, choices, occupancy }
        };
        Self { matches: matches.into_iter().map(expect).collect(), probs, outcomes }
    }

    /// The moments of the reward of a decision.
    pub fn rewards(&self) -> Moments {
        let mut all = Moments::default();
        for expected in &self.matches {
            let states = expected.process.states();
            for (entry, branches) in expected.process.branches.iter().enumerate() {
                let mass: f64 = expected.occupancy.iter().skip(entry / self.outcomes).step_by(states).sum();
                let decisions = expected.times * mass * expected.choices[entry];
                for branch in branches {
                    all.merge(&Moments::of(decisions * branch.chance, branch.reward, 0.0));
                }
            }
        }
        all
    }

    /// The moments of the return of a decision in each cell, row-major (prompts, outcomes); counts are expected
    /// decisions.
    pub fn returns(&self, rule: &ReturnRule) -> Vec<Moments> {
        let mut cells = vec![Moments::default(); self.probs.len()];
        for expected in &self.matches {
            self.add_returns(expected, rule, &mut cells);
        }
        cells
    }

    /// Adds the returns of a match, from the last round back to the first.
    fn add_returns(&self, expected: &Expected, rule: &ReturnRule, cells: &mut [Moments]) {
        let process = &expected.process;
        let rounds = expected.occupancy.chunks_exact(process.states());
        let mut ahead = vec![Spread::default(); process.states()];
        let mut go_on = 0.0;
        for occupancy in rounds.rev() {
            let returns = self.returns_now(process, rule, go_on, &ahead);
            for (state, mass) in occupancy.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
                for &(prompt, chance) in &process.prompts[state] {
                    for outcome in 0..self.outcomes {
                        let cell = prompt * self.outcomes + outcome;
                        let decisions = expected.times * mass * chance * self.probs[cell];
                        let Spread { mean, variance } = returns[state * self.outcomes + outcome];
                        cells[cell].merge(&Moments::of(decisions, mean, variance));
                    }
                }
            }
            ahead = self.ahead(process, rule, &returns);
            go_on = process.go_on;
        }
    }

    /// The return of each outcome in each state, where another round follows with chance `go_on` and is worth `ahead`.
    fn returns_now(&self, process: &Process, rule: &ReturnRule, go_on: f64, ahead: &[Spread]) -> Vec<Spread> {
        let of_branches = |branches: &Vec<super::Branch>| {
            Spread::mix(branches.iter().map(|branch| {
                let reward = (branch.reward - rule.shift) * rule.scale;
                (branch.chance, ahead[branch.next].perhaps(go_on).scaled(rule.discount, reward))
            }))
        };
        process.branches.iter().map(of_branches).collect()
    }

    /// What each state is worth to the round before it: `(1 − λ) V + λ R`.
    fn ahead(&self, process: &Process, rule: &ReturnRule, returns: &[Spread]) -> Vec<Spread> {
        let worth = |state: usize| {
            Spread::mix(process.prompts[state].iter().flat_map(|&(prompt, chance)| {
                let value = rule.values.get(prompt).copied().unwrap_or(0.0);
                (0..self.outcomes).map(move |outcome| {
                    let ahead =
                        returns[state * self.outcomes + outcome].scaled(rule.lambda, (1.0 - rule.lambda) * value);
                    (chance * self.probs[prompt * self.outcomes + outcome], ahead)
                })
            }))
        };
        (0..process.states()).map(worth).collect()
    }
}
