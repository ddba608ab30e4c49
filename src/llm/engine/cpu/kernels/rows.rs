//! Rows shared among threads, sums over a row in a fixed order, and the plainest row kernels.

use super::machine::vectorised;
use rayon::prelude::*;

/// Partial sums of a row: as many as two AVX registers hold.
const LANES: usize = 16;

/// Sum of `term(a, b)` over two slices of equal length, in [`LANES`] partial sums.
#[inline(always)]
pub fn sum_of(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(&x, &y)| term(x, y)).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for i in 0..LANES {
            lanes[i] += term(x[i], y[i]);
        }
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0] + rest
}

/// How many rows each of `threads` threads takes.
fn share(rows: usize, threads: usize) -> usize {
    rows.div_ceil(threads.max(1)).max(1)
}

/// Runs `kernel(first row, out rows)` over all rows of `width` numbers, in up to `threads` pieces.
pub fn each_row(out: &mut [f32], width: usize, threads: usize, kernel: impl Fn(usize, &mut [f32]) + Sync) {
    let rows = out.len() / width;
    if threads <= 1 {
        return kernel(0, out);
    }
    let piece = share(rows, threads);
    out.par_chunks_mut(piece * width).enumerate().for_each(|(i, out)| kernel(i * piece, out));
}

vectorised! {
    /// a += b.
    pub fn add(a: &mut [f32], b: &[f32]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a += b;
        }
    }
}

vectorised! {
    /// x *= factor.
    pub fn scale(x: &mut [f32], factor: f32) {
        for x in x {
            *x *= factor;
        }
    }
}

vectorised! {
    /// Adds to `sum`, rows of `width` numbers, the transpose of `product`, `width` rows.
    pub fn add_transposed(sum: &mut [f32], width: usize, product: &[f32]) {
        let length = product.len() / width;
        for (block, rows) in sum.chunks_mut(LANES * width).enumerate() {
            for first in (0..width).step_by(LANES) {
                let columns = first..width.min(first + LANES);
                let height = rows.len() / width;
                let mut piece = [[0.0; LANES]; LANES];
                for (piece, row) in piece.iter_mut().zip(columns.clone()) {
                    piece[..height].copy_from_slice(&product[row * length + block * LANES..][..height]);
                }
                for (r, row) in rows.chunks_exact_mut(width).enumerate() {
                    for (sum, piece) in row[columns.clone()].iter_mut().zip(&piece) {
                        *sum += piece[r];
                    }
                }
            }
        }
    }
}

vectorised! {
    /// Adds `bias` to every row of `rows`.
    pub fn add_to_rows(rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (a, b) in row.iter_mut().zip(bias) {
                *a += b;
            }
        }
    }
}

vectorised! {
    /// a += factor · b.
    pub fn add_scaled(a: &mut [f32], factor: f32, b: &[f32]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a += factor * b;
        }
    }
}

vectorised! {
    /// Σ a·b.
    pub fn dot(a: &[f32], b: &[f32]) -> f32 {
        sum_of(a, b, |x, y| x * y)
    }
}

/// Moves some rows, given in ascending order, to the front.
pub fn pick_rows(data: &mut [f32], width: usize, rows: &[usize]) {
    for (to, &from) in rows.iter().enumerate() {
        data.copy_within(from * width..(from + 1) * width, to * width);
    }
}

/// Moves the first rows back to the places, in ascending order, that [`pick_rows`] took them from, and clears all
/// others.
pub fn spread_rows(data: &mut [f32], width: usize, rows: &[usize]) {
    let mut end = data.len() / width;
    for (from, &to) in rows.iter().enumerate().rev() {
        data.copy_within(from * width..(from + 1) * width, to * width);
        data[(to + 1) * width..end * width].fill(0.0);
        end = to;
    }
    data[..end * width].fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_take_every_element_once() {
        for len in [0, 1, 15, 16, 17, 64, 100] {
            let a: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let b = vec![2.0; len];
            assert_eq!(dot(&a, &b), (len * len.saturating_sub(1)) as f32);
        }
    }

    #[test]
    fn rows_are_shared_completely() {
        for threads in [1, 2, 3, 8] {
            let mut out = vec![0.0; 15];
            each_row(&mut out, 3, threads, |first, rows| {
                for (i, row) in rows.chunks_exact_mut(3).enumerate() {
                    row.fill((first + i) as f32);
                }
            });
            assert_eq!(out, [0., 0., 0., 1., 1., 1., 2., 2., 2., 3., 3., 3., 4., 4., 4.]);
        }
    }

    #[test]
    fn rows_are_picked_and_spread() {
        let mut data: Vec<f32> = (0..12).map(|i| i as f32).collect();
        pick_rows(&mut data, 2, &[0, 3, 4]);
        assert_eq!(data[..6], [0., 1., 6., 7., 8., 9.]);
        spread_rows(&mut data, 2, &[0, 3, 4]);
        assert_eq!(data, [0., 1., 0., 0., 0., 0., 6., 7., 8., 9., 0., 0.]);
        spread_rows(&mut data, 2, &[5]);
        assert_eq!(data, [0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 1.]);
    }

    #[test]
    fn transposes_are_added_whatever_their_shape() {
        for (width, length) in [(1, 1), (3, 40), (16, 16), (17, 33), (64, 5)] {
            let product: Vec<f32> = (0..width * length).map(|i| i as f32).collect();
            let mut sum = vec![1.0; width * length];
            add_transposed(&mut sum, width, &product);
            for (i, sum) in sum.iter().enumerate() {
                assert_eq!(*sum, 1.0 + product[i % width * length + i / width], "{width}x{length}, {i}");
            }
        }
    }

    #[test]
    fn adds() {
        let mut a = [1.0, 2.0, 3.0, 4.0];
        add_to_rows(&mut a, &[10.0, 20.0]);
        add(&mut a, &[1.0; 4]);
        add_scaled(&mut a, 2.0, &[1.0; 4]);
        assert_eq!(a, [14.0, 25.0, 16.0, 27.0]);
    }
}
