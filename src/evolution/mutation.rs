//! How children come to differ from their parents.

use crate::fault::Fault;
use crate::rng::Stream;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How children come to differ from their parents. Each trait mutates by itself, at a rate of its own; an agent that an
/// update rule looks at and leaves as it is may mutate too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MutationSpec {
    /// From a founding type to another.
    pub types: Option<TypeMutation>,
    /// Of the five probabilities of memory-one strategies.
    pub strategy: Option<Gaussian>,
    /// Of the weights that are inherited.
    pub weights: Option<WeightMutation>,
    /// Of the adapters of language models that are inherited.
    pub adapter: Option<AdapterMutation>,
}

impl MutationSpec {
    /// Whether anything ever mutates.
    pub fn is_any(&self) -> bool {
        self.types.is_some() || self.strategy.is_some() || self.weights.is_some() || self.adapter.is_some()
    }
}

/// Mutation between the founding types, which populations bring along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum TypeMutation {
    /// With this probability, to a founding type other than the parent's, drawn evenly.
    Uniform(f64),
    /// For each founding type, in the order of the populations that bring them, the probability that its child is of
    /// each: rows that sum to 1.
    Matrix(Vec<Vec<f64>>),
}

/// Normal noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Gaussian {
    /// Probability that the trait mutates.
    pub rate: f64,
    /// Standard deviation of what is added to each of its numbers.
    pub deviation: f64,
}

/// Normal noise on moral weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct WeightMutation {
    /// Probability that the weights mutate.
    pub rate: f64,
    /// Standard deviation of what is added to each.
    pub deviation: f64,
    /// Whether the weights stay at or above 0 and sum to 1: after the noise, the nearest such weights are taken.
    #[serde(default)]
    pub simplex: bool,
}

/// Noise on the product ΔW = B A of every matrix that an adapter changes, in its own scale. A product that is zero, as
/// that of an adapter which has not learned yet is, stays zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct AdapterMutation {
    /// Probability that the adapter mutates.
    pub rate: f64,
    /// Each singular value is multiplied by exp(`deviation` · z), with z standard normal.
    pub deviation: f64,
    /// Standard deviation of the angles, in radians, by which singular vectors turn towards each other, within the
    /// spaces that they span. 0: they do not turn.
    #[serde(default)]
    pub rotation: f64,
}

/// The largest deviation and rotation of adapters that are taken to be intended: a factor of e³ is twenty.
pub const ADAPTER_NOISE_MAX: f64 = 3.0;

/// Numbers that have mutated are rounded to multiples of one over this, so that agents can be of one type again.
pub const STEPS: f64 = 1000.0;

/// How far from 1 the sum of a row of probabilities may be.
const SUM_TOLERANCE: f64 = 1e-9;

/// The nearest multiple of a step; never -0.
pub(super) fn rounded(value: f64) -> f64 {
    (value * STEPS).round() / STEPS + 0.0
}

impl TypeMutation {
    /// The founding type of a child whose parent descends from `base`, one of `types`; draws nothing where nothing can
    /// change.
    pub fn child(&self, base: u32, types: u32, rng: &mut Stream) -> Option<u32> {
        match self {
            Self::Uniform(rate) => {
                if types < 2 || rng.random::<f64>() >= *rate {
                    return None;
                }
                let other = rng.random_range(0..types - 1);
                Some(other + u32::from(other >= base))
            }
            Self::Matrix(rows) => {
                let to = crate::rng::pick(&rows[base as usize], rng.random()) as u32;
                (to != base).then_some(to)
            }
        }
    }

    /// What is wrong with it for this number of founding types.
    pub fn faults(&self, types: usize) -> Vec<Fault> {
        let rows = match self {
            Self::Uniform(rate) if (0.0..=1.0).contains(rate) => return Vec::new(),
            Self::Uniform(rate) => {
                return vec![Fault::new(".Uniform", format!("{rate} is not a probability"), "expected 0 to 1")];
            }
            Self::Matrix(rows) => rows,
        };
        if rows.len() != types {
            let message = format!("{} rows for {types} founding types", rows.len());
            return vec![Fault::new(".Matrix", message, "expected a row for each, in the order of the populations")];
        }
        let mut faults = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let at = format!(".Matrix[{number}]");
            let sum: f64 = row.iter().sum();
            if row.len() != types {
                let message = format!("{} probabilities for {types} founding types", row.len());
                faults.push(Fault::new(at, message, "expected one for each"));
            } else if row.iter().any(|p| !(0.0..=1.0).contains(p)) {
                faults.push(Fault::new(at, "a number that is not a probability", "expected 0 to 1"));
            } else if (sum - 1.0).abs() > SUM_TOLERANCE {
                faults.push(Fault::new(at, format!("probabilities that sum to {sum}"), "expected a sum of 1"));
            }
        }
        faults
    }
}

impl Gaussian {
    /// What becomes of probabilities: each gets noise, and stays within 0 and 1. `None` if they do not mutate.
    pub fn child(&self, probabilities: &[f64], rng: &mut Stream) -> Option<Vec<f64>> {
        if rng.random::<f64>() >= self.rate {
            return None;
        }
        let noisy = |p: &f64| {
            let noise: f64 = StandardNormal.sample(rng);
            rounded((p + self.deviation * noise).clamp(0.0, 1.0))
        };
        Some(probabilities.iter().map(noisy).collect())
    }
}

impl WeightMutation {
    /// What becomes of weights; `None` if they do not mutate.
    pub fn child(&self, weights: &[f64], rng: &mut Stream) -> Option<Vec<f64>> {
        if rng.random::<f64>() >= self.rate {
            return None;
        }
        let noisy = weights.iter().map(|weight| {
            let noise: f64 = StandardNormal.sample(rng);
            weight + self.deviation * noise
        });
        let noisy: Vec<f64> = noisy.collect();
        Some(if self.simplex { on_simplex(&noisy) } else { noisy.into_iter().map(rounded).collect() })
    }
}

/// The point of the simplex (all at least 0, sum 1) that is nearest to `point`, in whole steps that sum to 1 exactly.
///
/// Duchi, Shalev-Shwartz, Singer & Chandra 2008, Efficient projections onto the l1-ball, ICML, figure 1; the steps that
/// rounding leaves over go to the greatest remainders.
pub fn on_simplex(point: &[f64]) -> Vec<f64> {
    let mut sorted = point.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut shift) = (0.0, 0.0);
    for (number, value) in sorted.iter().enumerate() {
        sum += value;
        let candidate = (sum - 1.0) / (number as f64 + 1.0);
        if value - candidate > 0.0 {
            shift = candidate;
        }
    }
    let exact: Vec<f64> = point.iter().map(|value| (value - shift).max(0.0) * STEPS).collect();
    let mut steps: Vec<f64> = exact.iter().map(|value| value.floor()).collect();
    let left = (STEPS - steps.iter().sum::<f64>()).round().max(0.0) as usize;
    let mut by_remainder: Vec<usize> = (0..point.len()).collect();
    by_remainder.sort_by(|&a, &b| (exact[b] - steps[b]).total_cmp(&(exact[a] - steps[a])).then(a.cmp(&b)));
    for &number in by_remainder.iter().cycle().take(left) {
        steps[number] += 1.0;
    }
    steps.into_iter().map(|step| step / STEPS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};
    use crate::testing::property_config;
    use proptest::prelude::*;

    #[test]
    fn uniform_mutation_reaches_every_other_type_as_often() {
        let mut rng = stream(1, Purpose::Evolution, StreamKey::default());
        let mut counts = [0u32; 4];
        for _ in 0..8000 {
            counts[TypeMutation::Uniform(0.3).child(2, 4, &mut rng).map_or(2, |to| to as usize)] += 1;
        }
        // A tenth each, 800 of 8,000: the standard deviation is 27, so five of them are 134; 5,600 stay, ± 205.
        assert!([0, 1, 3].iter().all(|&to| counts[to].abs_diff(800) < 134), "{counts:?}");
        assert!(counts[2].abs_diff(5600) < 205, "{counts:?}");
    }

    #[test]
    fn rows_of_a_matrix_are_checked_and_kept_to() {
        let matrix = |rows: &[&[f64]]| TypeMutation::Matrix(rows.iter().map(|row| row.to_vec()).collect());
        let one_way = matrix(&[&[0.0, 1.0], &[0.0, 1.0]]);
        let mut rng = stream(1, Purpose::Evolution, StreamKey::default());
        assert_eq!((one_way.child(0, 2, &mut rng), one_way.child(1, 2, &mut rng)), (Some(1), None));
        assert!(one_way.faults(2).is_empty());
        for (wrong, said) in [
            (matrix(&[&[1.0]]), "1 rows for 2 founding types"),
            (matrix(&[&[1.0], &[0.0, 1.0]]), "1 probabilities for 2"),
            (matrix(&[&[0.5, 0.4], &[0.0, 1.0]]), "sum to 0.9"),
            (matrix(&[&[1.5, -0.5], &[0.0, 1.0]]), "not a probability"),
            (TypeMutation::Uniform(1.5), "1.5 is not a probability"),
        ] {
            assert!(wrong.faults(2)[0].message.contains(said), "{wrong:?}");
        }
    }

    #[test]
    fn the_nearest_weights_by_hand() {
        assert_eq!(on_simplex(&[0.5, 0.5]), [0.5, 0.5]);
        assert_eq!(on_simplex(&[0.9, 0.5]), [0.7, 0.3]);
        assert_eq!(on_simplex(&[2.0, -1.0, 0.0]), [1.0, 0.0, 0.0]);
        assert_eq!(on_simplex(&[0.0, 0.0, 0.0]), [0.334, 0.333, 0.333]);
    }

    proptest! {
        #![proptest_config(property_config(128))]

        #[test]
        fn mutants_are_probabilities_and_weights(seed: u64, deviation in 0.0..3.0f64) {
            let mut rng = stream(seed, Purpose::Evolution, StreamKey::default());
            let gaussian = Gaussian { rate: 1.0, deviation };
            let mutant = gaussian.child(&[0.0, 0.3, 1.0, 0.5, 0.9], &mut rng).unwrap();
            prop_assert!(mutant.iter().all(|p| (0.0..=1.0).contains(p) && *p == rounded(*p)));
            let weights = WeightMutation { rate: 1.0, deviation, simplex: true }.child(&[0.2, 0.3, 0.5], &mut rng);
            let weights = weights.unwrap();
            prop_assert!(weights.iter().all(|weight| *weight >= 0.0), "{weights:?}");
            prop_assert_eq!((weights.iter().sum::<f64>() * STEPS).round(), STEPS);
        }
    }
}
