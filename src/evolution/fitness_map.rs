//! From fitness to the chance of having offspring.

use crate::fault::Fault;
use crate::numbers::{Number, Range};
use crate::rng::Stream;
use crate::world::Prospect;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How likely an agent is to have offspring, in proportion to a function of its fitness π.
///
/// Raw fitness as in Axelrod-Python and Nashpy, linear as in Nowak et al. 2004, exponential as in Traulsen, Shoresh &
/// Nowak 2008, where adding a constant to all payoffs changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum FitnessMap {
    /// π itself, which must not be negative.
    Raw,
    /// 1 − w + w π with this strength of selection w, 0 to 1; the result must not be negative.
    Linear(f64),
    /// exp(β π) with this strength of selection β, at least 0; 0 is neutral drift.
    Exponential(f64),
}

impl FitnessMap {
    /// What it makes of each fitness. Exponential weights are relative to the greatest, so that none overflows; if all
    /// weights are 0, all are taken to be 1, since equal agents are equally likely to have offspring.
    ///
    /// # Errors
    /// With a sentence, if a weight is negative.
    pub fn weights(self, fitness: impl Iterator<Item = f64> + Clone) -> Result<Vec<f64>, String> {
        let greatest = match self {
            Self::Exponential(_) => fitness.clone().fold(f64::NEG_INFINITY, f64::max),
            _ => 0.0,
        };
        let mut weights = Vec::with_capacity(fitness.size_hint().0);
        for one in fitness {
            let weight = match self {
                Self::Raw => one,
                Self::Linear(w) => 1.0 - w + w * one,
                Self::Exponential(beta) => (beta * (one - greatest)).exp(),
            };
            if weight < 0.0 {
                return Err(self.negative(one, weight));
            }
            weights.push(weight);
        }
        if weights.iter().all(|weight| *weight == 0.0) {
            weights.fill(1.0);
        }
        Ok(weights)
    }

    fn negative(self, fitness: f64, weight: f64) -> String {
        let what = match self {
            Self::Linear(w) => format!("a fitness of {fitness} gives 1 - w + w * fitness = {weight} at w = {w}"),
            _ => format!("a fitness is {fitness}"),
        };
        format!(
            "{what}, and offspring cannot be had in proportion to a negative number: add a constant to all payoffs, or \
             use `Exponential`"
        )
    }

    /// A few words for the dry run.
    pub fn summary(self) -> String {
        match self {
            Self::Raw => "raw fitness".into(),
            Self::Linear(w) => format!("linear, w {w}"),
            Self::Exponential(beta) => format!("exponential, strength {beta}"),
        }
    }

    /// Its number, and what that may be, below the field `fitness`.
    pub fn numbers(self) -> Vec<Number> {
        match self {
            Self::Raw => Vec::new(),
            Self::Linear(w) => vec![Number::new("fitness.Linear", w, Range::Share).called("w")],
            Self::Exponential(beta) => {
                vec![Number::not_negative("fitness.Exponential", beta).called("strength of selection")]
            }
        }
    }

    /// What is wrong with it where fitness may be as little as in `prospect`.
    pub fn faults(self, prospect: &Prospect) -> Vec<Fault> {
        let Some(least) = prospect.fitness_min else { return Vec::new() };
        match self.weights([least, least + 1.0].into_iter()) {
            Ok(_) => Vec::new(),
            Err(_) => {
                let message = format!("payoffs of this game are as low as {least}, which {} forbids", self.summary());
                let expected = "expected payoffs that leave it at 0 or more, or `Exponential`";
                vec![Fault::new(".fitness", message, expected)]
            }
        }
    }
}

/// Draws in proportion to weights, again and again.
#[derive(Debug)]
pub(super) struct Wheel {
    /// Sums of the weights up to and with each.
    sums: Vec<f64>,
}

impl Wheel {
    /// A wheel of these weights, of which one at least is positive.
    pub(super) fn new(weights: &[f64]) -> Self {
        let mut sum = 0.0;
        let sums = weights.iter().map(|weight| {
            sum += weight;
            sum
        });
        Self { sums: sums.collect() }
    }

    /// The number of a weight; never of one that is 0.
    pub(super) fn draw(&self, rng: &mut Stream) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let u = rng.random::<f64>() * total;
        let found = self.sums.partition_point(|sum| *sum <= u);
        // Rounding may bring u up to the total; the last weight that is not 0 takes it.
        if found < self.sums.len() { found } else { self.sums.partition_point(|sum| *sum < total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};

    #[test]
    fn weights_by_hand() {
        let weights = |map: FitnessMap, fitness: [f64; 2]| map.weights(fitness.into_iter());
        assert_eq!(weights(FitnessMap::Raw, [3.0, 0.0]), Ok(vec![3.0, 0.0]));
        assert_eq!(weights(FitnessMap::Raw, [0.0, 0.0]), Ok(vec![1.0, 1.0]));
        assert_eq!(weights(FitnessMap::Linear(0.5), [3.0, -1.0]), Ok(vec![2.0, 0.0]));
        // Relative to the greatest, so that nothing overflows.
        assert_eq!(
            weights(FitnessMap::Exponential(1000.0), [2.0, 2.5]),
            Ok(vec![0.0, 1.0]).map(|mut w: Vec<f64>| {
                w[0] = (-500.0f64).exp();
                w
            })
        );
        assert!(weights(FitnessMap::Raw, [-1.0, 2.0]).unwrap_err().contains("a fitness is -1"));
        assert!(weights(FitnessMap::Linear(1.0), [1.0, -0.5]).unwrap_err().contains("at w = 1"));
    }

    #[test]
    fn a_wheel_never_stops_at_nothing() {
        let wheel = Wheel::new(&[0.0, 1.0, 0.0, 3.0, 0.0]);
        let mut rng = stream(1, Purpose::Evolution, StreamKey::default());
        let mut counts = [0u32; 5];
        for _ in 0..4000 {
            counts[wheel.draw(&mut rng)] += 1;
        }
        // A quarter of 4,000: the standard deviation is 27, so five of them are 137.
        assert!(counts[1].abs_diff(1000) < 137 && counts[1] + counts[3] == 4000, "{counts:?}");
    }
}
