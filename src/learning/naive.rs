//! The textbook losses, sample by sample, differentiated by dual numbers: the reference that the learners are tested
//! against.
//!
//! Nothing here is shared with the learners, and nothing is summed into cells.

use super::Trajectory;
use crate::learning::outcomes::DecisionMode;
use std::ops::{Add, Div, Mul, Sub};

/// A number and its derivative along one direction: forward-mode differentiation, exact to rounding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dual {
    pub(super) value: f64,
    pub(super) slope: f64,
}

impl Dual {
    pub(super) fn constant(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }

    fn exp(self) -> Self {
        Self { value: self.value.exp(), slope: self.slope * self.value.exp() }
    }

    fn ln(self) -> Self {
        Self { value: self.value.ln(), slope: self.slope / self.value }
    }

    fn min(self, other: Self) -> Self {
        if self.value <= other.value { self } else { other }
    }

    fn max(self, other: Self) -> Self {
        if self.value >= other.value { self } else { other }
    }

    fn clamp(self, low: f64, high: f64) -> Self {
        self.max(Self::constant(low)).min(Self::constant(high))
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

fn sum(terms: impl Iterator<Item = Dual>) -> Dual {
    terms.fold(Dual::constant(0.0), Add::add)
}

/// A policy as logits over a vocabulary whose first tokens are the labels, row-major (prompts, vocabulary).
#[derive(Clone, Debug)]
pub(super) struct Softmax {
    pub(super) labels: usize,
    pub(super) vocabulary: usize,
    pub(super) mode: DecisionMode,
    pub(super) logits: Vec<Dual>,
}

impl Softmax {
    pub(super) fn new(labels: usize, vocabulary: usize, mode: DecisionMode, logits: &[f64]) -> Self {
        Self { labels, vocabulary, mode, logits: logits.iter().map(|x| Dual::constant(*x)).collect() }
    }

    fn mass(&self, prompt: usize, tokens: std::ops::Range<usize>) -> Dual {
        sum(tokens.map(|token| self.logits[prompt * self.vocabulary + token].exp()))
    }

    /// π(outcome | prompt): a label, or with `Free` the rest of the vocabulary.
    pub(super) fn prob(&self, prompt: usize, outcome: usize) -> Dual {
        let chosen = if outcome < self.labels { outcome..outcome + 1 } else { self.labels..self.vocabulary };
        let all = match self.mode {
            DecisionMode::Constrained => 0..self.labels,
            DecisionMode::Free | DecisionMode::Generate => 0..self.vocabulary,
        };
        self.mass(prompt, chosen) / self.mass(prompt, all)
    }

    pub(super) fn outcomes(&self) -> usize {
        match self.mode {
            DecisionMode::Constrained => self.labels,
            DecisionMode::Free | DecisionMode::Generate => self.labels + 1,
        }
    }
}

/// One decision with everything that a loss needs to know about it.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) prompt: usize,
    pub(super) outcome: usize,
    pub(super) value: f64,
    pub(super) advantage: f64,
    pub(super) weight: f64,
}

/// Decisions with value `G_t = Σ_k γ^(k−t) r_k`, advantage not yet set, all with the same weight.
pub(super) fn samples_of_returns(trajectories: &[Trajectory], discount: f64) -> Vec<Sample> {
    samples_with(trajectories, |trajectory, t| {
        (t..trajectory.steps.len()).map(|k| discount.powi((k - t) as i32) * trajectory.steps[k].reward).sum()
    })
}

/// Decisions with advantage `Σ_k (γλ)^(k−t) δ_k` and value `advantage + V`.
pub(super) fn samples_of_gae(trajectories: &[Trajectory], values: &[f64], discount: f64, lambda: f64) -> Vec<Sample> {
    let value_at =
        |trajectory: &Trajectory, t: usize| trajectory.steps.get(t).map_or(0.0, |s| values[s.prompt as usize]);
    let mut samples = samples_with(trajectories, |trajectory, t| {
        let delta =
            |k: usize| trajectory.steps[k].reward + discount * value_at(trajectory, k + 1) - value_at(trajectory, k);
        (t..trajectory.steps.len()).map(|k| (discount * lambda).powi((k - t) as i32) * delta(k)).sum()
    });
    for sample in &mut samples {
        sample.advantage = sample.value;
        sample.value += values[sample.prompt];
    }
    samples
}

fn samples_with(trajectories: &[Trajectory], value: impl Fn(&Trajectory, usize) -> f64) -> Vec<Sample> {
    let decisions: usize = trajectories.iter().map(|t| t.steps.len()).sum();
    let mut samples = Vec::new();
    for trajectory in trajectories {
        for (t, step) in trajectory.steps.iter().enumerate() {
            samples.push(Sample {
                prompt: step.prompt as usize,
                outcome: step.outcome as usize,
                value: value(trajectory, t),
                advantage: 0.0,
                weight: 1.0 / decisions as f64,
            });
        }
    }
    samples
}

/// Mean and standard deviation with divisor n − `less`.
pub(super) fn mean_and_sd(numbers: &[f64], less: f64) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    (mean, (numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - less)).sqrt())
}

/// The values of the samples at the prompt of sample `i`.
pub(super) fn group(samples: &[Sample], i: usize) -> Vec<f64> {
    samples.iter().filter(|s| s.prompt == samples[i].prompt).map(|s| s.value).collect()
}

/// What a loss is made of.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// `None` means the score function, `Some` the clipped ratio.
    pub(super) clip: Option<f64>,
    /// Coefficient and clipping range of the value loss.
    pub(super) value: Option<(f64, Option<f64>)>,
    pub(super) entropy_coef: f64,
    pub(super) kl_coef: f64,
}

/// The tables a loss looks at.
#[derive(Clone, Debug)]
pub(super) struct Policies {
    pub(super) current: Softmax,
    pub(super) played: Softmax,
    pub(super) reference: Softmax,
    pub(super) values: Vec<Dual>,
    pub(super) played_values: Vec<f64>,
}

/// Σ over samples of weight × (policy loss + value loss − entropy + KL), each as its paper writes it.
pub(super) fn loss(samples: &[Sample], terms: &Terms, policies: &Policies) -> Dual {
    sum(samples.iter().map(|sample| {
        let mut loss = policy_loss(sample, terms, policies);
        if let Some((coef, clip)) = terms.value {
            loss = loss + Dual::constant(coef) * value_loss(sample, clip, policies);
        }
        let outcomes = || 0..policies.current.outcomes();
        let entropy = sum(outcomes().map(|o| {
            let p = policies.current.prob(sample.prompt, o);
            Dual::constant(-1.0) * p * p.ln()
        }));
        let kl = sum(outcomes().map(|o| {
            let p = policies.current.prob(sample.prompt, o);
            p * (p / policies.reference.prob(sample.prompt, o)).ln()
        }));
        loss = loss - Dual::constant(terms.entropy_coef) * entropy + Dual::constant(terms.kl_coef) * kl;
        Dual::constant(sample.weight) * loss
    }))
}

fn policy_loss(sample: &Sample, terms: &Terms, policies: &Policies) -> Dual {
    let advantage = Dual::constant(sample.advantage);
    let p = policies.current.prob(sample.prompt, sample.outcome);
    let gain = match terms.clip {
        None => advantage * p.ln(),
        Some(epsilon) => {
            let ratio = p / policies.played.prob(sample.prompt, sample.outcome);
            (ratio * advantage).min(ratio.clamp(1.0 - epsilon, 1.0 + epsilon) * advantage)
        }
    };
    Dual::constant(0.0) - gain
}

fn value_loss(sample: &Sample, clip: Option<f64>, policies: &Policies) -> Dual {
    let (value, target) = (policies.values[sample.prompt], Dual::constant(sample.value));
    let square = |x: Dual| (x - target) * (x - target);
    let mut error = square(value);
    if let Some(clip) = clip {
        let old = policies.played_values[sample.prompt];
        error = error.max(square(value.clamp(old - clip, old + clip)));
    }
    Dual::constant(0.5) * error
}
