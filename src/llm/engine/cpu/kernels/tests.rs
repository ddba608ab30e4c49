//! Helpers for tests of kernels: numbers, closeness, finite differences.

use crate::rng::{Purpose, StreamKey, stream};
use rand_distr::{Distribution, StandardNormal};

/// `len` normal numbers from a stream of their own.
pub(crate) fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = stream(seed, Purpose::plugin("tests"), StreamKey::default());
    (0..len).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// Asserts that every number is within `tolerance` of the expected one, relative to the larger of it and 1.
pub(crate) fn assert_close(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs() / expected.abs().max(1.0);
        assert!(error < tolerance, "at {i}: found {found}, expected {expected}");
    }
}

/// ∂(Σ dy · f(x))/∂x by central differences in f64.
pub(crate) fn slope(x: &[f32], dy: &[f32], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let mut x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let loss = |x: &[f64]| f(x).iter().zip(dy).map(|(y, &dy)| y * f64::from(dy)).sum::<f64>();
    (0..x.len())
        .map(|i| {
            let centre = x[i];
            x[i] = centre + 1e-5;
            let above = loss(&x);
            x[i] = centre - 1e-5;
            let below = loss(&x);
            x[i] = centre;
            (above - below) / 2e-5
        })
        .collect()
}
