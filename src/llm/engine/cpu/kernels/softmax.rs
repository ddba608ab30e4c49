//! Softmax over rows of masked scores with its backward, and log-softmax over a vocabulary.

use super::exp::{exp, tanh};
use super::machine::vectorised;
use super::rows::sum_of;

/// Maximum of a row, in 16 partial maxima.
#[inline(always)]
fn max_of(row: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; 16];
    let chunks = row.chunks_exact(16);
    let rest = chunks.remainder().iter().fold(f32::NEG_INFINITY, |a, &b| larger(a, b));
    for chunk in chunks {
        for i in 0..16 {
            lanes[i] = larger(lanes[i], chunk[i]);
        }
    }
    lanes.iter().fold(rest, |a, &b| larger(a, b))
}

/// row = exp(row − max) / Σ exp(row − max).
#[inline(always)]
fn normalise(row: &mut [f32]) {
    let max = max_of(row);
    for x in row.iter_mut() {
        *x = exp(*x - max);
    }
    let inverse = 1.0 / sum_of(row, row, |x, _| x);
    for x in row.iter_mut() {
        *x *= inverse;
    }
}

vectorised! {
    /// Turns dot products into probabilities, softmax(scale · score + mask), over rows of `columns`; `group`
    /// consecutive rows share a row of the mask.
    pub fn masked_softmax(scores: &mut [f32], mask: &[f32], columns: usize, group: usize, scale: f32) {
        for (scores, mask) in scores.chunks_exact_mut(group * columns).zip(mask.chunks_exact(columns)) {
            for row in scores.chunks_exact_mut(columns) {
                for (score, mask) in row.iter_mut().zip(mask) {
                    *score = *score * scale + mask;
                }
                normalise(row);
            }
        }
    }
}

vectorised! {
    /// Like [`masked_softmax`], on cap · tanh(scale · score / cap); `slopes` receives the derivative of the cap.
    pub fn capped_softmax(
        scores: &mut [f32], slopes: &mut [f32], mask: &[f32], columns: usize, group: usize, scale: f32, cap: f32,
    ) {
        let groups = scores.chunks_exact_mut(group * columns).zip(slopes.chunks_exact_mut(group * columns));
        for ((scores, slopes), mask) in groups.zip(mask.chunks_exact(columns)) {
            for (row, slopes) in scores.chunks_exact_mut(columns).zip(slopes.chunks_exact_mut(columns)) {
                for ((score, slope), mask) in row.iter_mut().zip(slopes).zip(mask) {
                    let t = tanh(*score * scale / cap);
                    *score = cap * t + mask;
                    *slope = 1.0 - t * t;
                }
                normalise(row);
            }
        }
    }
}

vectorised! {
    /// Turns ∂loss/∂probability in `slopes` into ∂loss/∂score, scale · p · (slope − Σ p·slope), in place.
    pub fn softmax_backward(probabilities: &[f32], slopes: &mut [f32], columns: usize, scale: f32) {
        for (p, slopes) in probabilities.chunks_exact(columns).zip(slopes.chunks_exact_mut(columns)) {
            let mean = sum_of(p, slopes, |p, slope| p * slope);
            for (slope, p) in slopes.iter_mut().zip(p) {
                *slope = scale * p * (*slope - mean);
            }
        }
    }
}

vectorised! {
    /// a *= b.
    pub fn multiply(a: &mut [f32], b: &[f32]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a *= b;
        }
    }
}

vectorised! {
    /// x = cap · tanh(x / cap).
    pub fn softcap(x: &mut [f32], cap: f32) {
        for x in x.iter_mut() {
            *x = cap * tanh(*x / cap);
        }
    }
}

vectorised! {
    /// ln Σ exp x: f32 exponentials, added up in f64 a piece at a time.
    pub fn log_sum_exp(x: &[f32]) -> f64 {
        let max = max_of(x);
        let mut total = 0.0f64;
        for piece in x.chunks(1024) {
            let mut lanes = [0.0f32; 16];
            let chunks = piece.chunks_exact(16);
            for &x in chunks.remainder() {
                total += f64::from(exp(x - max));
            }
            for chunk in chunks {
                for i in 0..16 {
                    lanes[i] += exp(chunk[i] - max);
                }
            }
            total += lanes.iter().map(|&x| f64::from(x)).sum::<f64>();
        }
        f64::from(max) + total.ln()
    }
}

vectorised! {
    /// Turns logits into −weight · softmax, given their log-sum-exp; with a softcap, also times its derivative.
    pub fn softmax_times(logits: &mut [f32], log_sum_exp: f32, weight: f32, cap: Option<f32>) {
        match cap {
            None => {
                for x in logits.iter_mut() {
                    *x = -weight * exp(*x - log_sum_exp);
                }
            }
            Some(cap) => {
                for x in logits.iter_mut() {
                    let t = *x / cap;
                    *x = -weight * exp(*x - log_sum_exp) * (1.0 - t * t);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::HIDDEN;
    use super::super::tests::{assert_close, numbers, slope};
    use super::*;

    fn reference(scores: &[f64], mask: &[f32], columns: usize, group: usize, scale: f64, cap: Option<f64>) -> Vec<f64> {
        let rows = scores.chunks(columns).enumerate();
        rows.flat_map(|(i, row)| {
            let mask = &mask[i / group * columns..][..columns];
            let weights: Vec<f64> = row
                .iter()
                .zip(mask)
                .map(|(s, m)| if *m == 0.0 { cap.map_or(s * scale, |c| c * (s * scale / c).tanh()).exp() } else { 0.0 })
                .collect();
            let total: f64 = weights.iter().sum();
            weights.into_iter().map(move |w| w / total).collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn forward_and_backward_match_finite_differences() {
        let (columns, group) = (21, 2);
        let scores: Vec<f32> = numbers(1, 4 * columns).iter().map(|x| 3.0 * x).collect();
        let mask: Vec<f32> = (0..2 * columns).map(|i| if i % 5 == 3 { HIDDEN } else { 0.0 }).collect();
        let dy = numbers(2, scores.len());
        let wide: Vec<f64> = scores.iter().map(|&x| f64::from(x)).collect();
        for cap in [None, Some(2.0)] {
            let (mut p, mut cap_slopes) = (scores.clone(), vec![1.0; scores.len()]);
            match cap {
                None => masked_softmax(&mut p, &mask, columns, group, 0.7),
                Some(cap) => capped_softmax(&mut p, &mut cap_slopes, &mask, columns, group, 0.7, cap),
            }
            let wide_cap = cap.map(f64::from);
            let scale = f64::from(0.7f32);
            assert_close(&p, &reference(&wide, &mask, columns, group, scale, wide_cap), 1e-6);
            assert!(
                p.iter()
                    .enumerate()
                    .all(|(i, p)| mask[i / columns / group * columns + i % columns] == 0.0 || *p == 0.0)
            );
            let mut slopes = dy.clone();
            softmax_backward(&p, &mut slopes, columns, 0.7);
            multiply(&mut slopes, &cap_slopes);
            assert_close(&slopes, &slope(&scores, &dy, |x| reference(x, &mask, columns, group, scale, wide_cap)), 1e-5);
        }
    }

    #[test]
    fn log_softmax_over_a_vocabulary_and_its_gradient() {
        let raw: Vec<f32> = numbers(3, 5003).iter().map(|x| 4.0 * x).collect();
        for cap in [None, Some(9.0)] {
            let mut logits = raw.clone();
            if let Some(cap) = cap {
                softcap(&mut logits, cap);
            }
            let total = |x: &[f64]| {
                x.iter().map(|&x| cap.map_or(x, |c| f64::from(c) * (x / f64::from(c)).tanh()).exp()).sum::<f64>().ln()
            };
            let wide: Vec<f64> = raw.iter().map(|&x| f64::from(x)).collect();
            let lse = log_sum_exp(&logits);
            assert!((lse - total(&wide)).abs() < 1e-6);
            softmax_times(&mut logits, lse as f32, 0.5, cap);
            let some = &wide[..40];
            for (i, &x) in some.iter().enumerate() {
                let mut moved = wide.clone();
                moved[i] = x + 1e-4;
                let above = total(&moved);
                moved[i] = x - 1e-4;
                let expected = -0.5 * (above - total(&moved)) / 2e-4;
                assert!((f64::from(logits[i]) - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_nan_is_not_hidden() {
        assert!(log_sum_exp(&[1.0, f32::NAN, 2.0]).is_nan());
    }
}
