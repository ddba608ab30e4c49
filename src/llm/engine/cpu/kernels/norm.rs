//! RMSNorm (Zhang & Sennrich 2019) over rows, and its backward to the input. The weights are frozen.

use super::machine::vectorised;
use super::rows::{each_row, sum_of};

vectorised! {
    /// One block of rows: out = weight · x / √(mean x² + ε), rows as wide as `weight`.
    fn norm_rows(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
        let width = weight.len();
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            norm_row(x, weight, eps, out);
        }
    }
}

vectorised! {
    /// One block of rows: dx += or = ∂loss/∂x given ∂loss/∂out in `dy`.
    fn norm_rows_backward(x: &[f32], weight: &[f32], eps: f32, dy: &[f32], dx: &mut [f32], add: bool) {
        let width = weight.len();
        for ((x, dy), dx) in x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.chunks_exact_mut(width)) {
            let (inverse, pull) = inverse_and_pull(x, weight, eps, dy);
            for (((dx, x), dy), weight) in dx.iter_mut().zip(x).zip(dy).zip(weight) {
                let slope = (dy * weight - x * pull) * inverse;
                *dx = if add { *dx + slope } else { slope };
            }
        }
    }
}

/// Numbers of a row that the backward multiplies at a time.
const NORM_PIECE: usize = 64;

/// 1/rms of a row, and the mean of dy·w·x over rms²: ∂loss/∂x = (dy·w − x · pull) / rms.
#[inline(always)]
fn inverse_and_pull(x: &[f32], weight: &[f32], eps: f32, dy: &[f32]) -> (f32, f32) {
    let inverse = inverse_rms(x, eps);
    let mut weighted = 0.0;
    for ((x, dy), weight) in x.chunks(NORM_PIECE).zip(dy.chunks(NORM_PIECE)).zip(weight.chunks(NORM_PIECE)) {
        let mut product = [0.0f32; NORM_PIECE];
        for ((p, dy), weight) in product.iter_mut().zip(dy).zip(weight) {
            *p = dy * weight;
        }
        weighted += sum_of(x, &product[..x.len()], |x, p| x * p);
    }
    (inverse, weighted * inverse * inverse / x.len() as f32)
}

/// One row of [`rms_norm`].
#[inline(always)]
pub fn norm_row(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let inverse = inverse_rms(x, eps);
    for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
        *out = weight * (x * inverse);
    }
}

/// One row of [`rms_norm_backward`] that turns ∂loss/∂out into ∂loss/∂x in place.
#[inline(always)]
pub fn norm_row_backward_in_place(x: &[f32], weight: &[f32], eps: f32, slopes: &mut [f32]) {
    let (inverse, pull) = inverse_and_pull(x, weight, eps, slopes);
    for ((slope, x), weight) in slopes.iter_mut().zip(x).zip(weight) {
        *slope = (*slope * weight - x * pull) * inverse;
    }
}

#[inline(always)]
fn inverse_rms(x: &[f32], eps: f32) -> f32 {
    1.0 / (sum_of(x, x, |x, y| x * y) / x.len() as f32 + eps).sqrt()
}

/// out = weight · x / √(mean x² + ε) for every row as wide as `weight`.
pub fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32], threads: usize) {
    let width = weight.len();
    each_row(out, width, threads, |first, out| {
        norm_rows(&x[first * width..][..out.len()], weight, eps, out);
    });
}

/// Overwrites `dx` with (or, with `add`, adds to it) ∂loss/∂x of [`rms_norm`], given ∂loss/∂out in `dy`.
pub fn rms_norm_backward(x: &[f32], weight: &[f32], eps: f32, dy: &[f32], dx: &mut [f32], add: bool, threads: usize) {
    let width = weight.len();
    each_row(dx, width, threads, |first, dx| {
        let piece = first * width..first * width + dx.len();
        norm_rows_backward(&x[piece.clone()], weight, eps, &dy[piece], dx, add);
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, numbers, slope};
    use super::*;

    fn reference(x: &[f64], weight: &[f32], eps: f64) -> Vec<f64> {
        let rows = x.chunks(weight.len());
        rows.flat_map(|row| {
            let rms = (row.iter().map(|x| x * x).sum::<f64>() / row.len() as f64 + eps).sqrt();
            row.iter().zip(weight).map(move |(x, w)| x / rms * f64::from(*w)).collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn forward_and_backward_match_finite_differences() {
        for width in [3, 16, 150] {
            let (x, weight, dy) = (numbers(1, 4 * width), numbers(2, width), numbers(3, 4 * width));
            let mut out = vec![0.0; x.len()];
            rms_norm(&x, &weight, 1e-5, &mut out, 1);
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            assert_close(&out, &reference(&wide, &weight, 1e-5), 1e-6);
            let mut dx = vec![1.0; x.len()];
            rms_norm_backward(&x, &weight, 1e-5, &dy, &mut dx, true, 2);
            let expected: Vec<f64> = slope(&x, &dy, |x| reference(x, &weight, 1e-5)).iter().map(|d| d + 1.0).collect();
            assert_close(&dx, &expected, 1e-5);
        }
    }
}
