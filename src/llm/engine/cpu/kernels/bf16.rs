//! Products with frozen matrices in bf16: operands rounded to 8 bits of mantissa, products and sums in f32.
//!
//! A frozen matrix is rounded and laid out once, one panel of [`TILE_COLUMNS`] columns after another; the other factor
//! is rounded and laid out as it comes. Every sum runs over the whole inner dimension in one order, whatever the number
//! of rows and threads, so a row's result does not depend on the other rows. Processors with AVX512-BF16 multiply two
//! pairs in a lane at once; the portable tile computes the same sums, and the fast one is tested against it. The two
//! may differ in the last bits, because processors are free in how they round between the two products of a lane.

use super::bf16_tile::{Pair, PairRow, TILE_COLUMNS, TILE_ROWS, tile};
use super::machine::{Store, vectorised};
use super::matrix::{MatMut, MatRef};
use rayon::prelude::*;
use std::cell::RefCell;

/// A frozen right-hand matrix, rounded and laid out for [`multiply`].
#[derive(Clone, Debug)]
pub struct Bf16Matrix {
    inner: usize,
    columns: usize,
    /// Panel by panel, the pairs of rows from first to last; zeros where the matrix has no number.
    pairs: Vec<PairRow>,
}

impl Bf16Matrix {
    /// Rounds `matrix`, (inner, columns).
    pub fn new(matrix: MatRef) -> Self {
        let (inner, columns) = (matrix.rows(), matrix.columns());
        let (down, right) = matrix.strides();
        let half = |k: usize, column: usize| {
            if k < inner && column < columns { rounded(matrix.slice()[k * down + column * right]) } else { 0 }
        };
        let pairs_of_panel = inner.div_ceil(2);
        let panel = |panel: usize| {
            (0..pairs_of_panel).map(move |p| {
                std::array::from_fn(|c| {
                    let column = panel * TILE_COLUMNS + c;
                    half(2 * p, column) | half(2 * p + 1, column) << 16
                })
            })
        };
        let pairs = (0..columns.div_ceil(TILE_COLUMNS)).flat_map(panel).collect();
        Self { inner, columns, pairs }
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.pairs[..])
    }
}

/// The upper half of `x` as f32, rounded to nearest, ties to even.
#[inline(always)]
fn rounded(x: f32) -> Pair {
    let bits = x.to_bits();
    let up = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    if x.is_nan() { 0x7fc0 } else { up }
}

vectorised! {
    /// Rounds a row and joins neighbours into pairs; a last number without a neighbour is joined with 0.
    fn round_row(row: &[f32], pairs: &mut [Pair]) {
        let (whole, rest) = row.as_chunks::<2>();
        for (pair, [low, high]) in pairs.iter_mut().zip(whole) {
            *pair = rounded(*low) | rounded(*high) << 16;
        }
        if let ([last], Some(pair)) = (rest, pairs.last_mut()) {
            *pair = rounded(*last);
        }
    }
}

/// A rounded left-hand matrix: blocks of [`TILE_ROWS`] rows (the last may be shorter), each with its rows pair by pair.
#[derive(Default)]
struct Rows {
    pairs: Vec<Pair>,
    row: Vec<Pair>,
}

impl Rows {
    fn fill(&mut self, matrix: MatRef) {
        let (rows, inner) = (matrix.rows(), matrix.columns());
        let (down, right) = matrix.strides();
        assert!(right == 1, "rows are rounded from row-major matrices");
        let width = inner.div_ceil(2);
        self.pairs.resize(rows * width, 0);
        self.row.resize(width, 0);
        for (b, block) in self.pairs.chunks_mut(TILE_ROWS * width).enumerate() {
            let height = block.len() / width;
            for r in 0..height {
                round_row(&matrix.slice()[(b * TILE_ROWS + r) * down..][..inner], &mut self.row);
                for (to, pair) in block[r..].iter_mut().step_by(height).zip(&self.row) {
                    *to = *pair;
                }
            }
        }
    }
}

thread_local! {
    /// The rounded left-hand matrix, kept for the next product.
    static ROWS: RefCell<Rows> = RefCell::default();
}

/// dst = lhs · rhs, or dst += lhs · rhs, on up to `threads` threads of the current rayon pool.
///
/// # Panics
/// If the shapes do not fit together, or `lhs` is not row-major.
pub fn multiply(dst: MatMut, store: Store, lhs: MatRef, rhs: &Bf16Matrix, threads: usize) {
    let (rows, columns, inner) = (dst.rows(), dst.columns(), lhs.columns());
    assert!(
        lhs.rows() == rows && rhs.columns == columns && rhs.inner == inner,
        "a product of {}x{inner} and {}x{} does not fit {rows}x{columns}",
        lhs.rows(),
        rhs.inner,
        rhs.columns
    );
    if rows == 0 || columns == 0 || inner == 0 {
        assert!(store == Store::Add || inner > 0, "a product over nothing");
        return;
    }
    let panels_each = columns.div_ceil(TILE_COLUMNS).div_ceil(threads.max(1));
    let mut shares: Vec<Vec<&mut [f32]>> = Vec::new();
    shares.resize_with(columns.div_ceil(panels_each * TILE_COLUMNS), Vec::new);
    let stride = dst.row_stride();
    for row in dst.into_slice().chunks_mut(stride).take(rows) {
        for (share, part) in shares.iter_mut().zip(row[..columns].chunks_mut(panels_each * TILE_COLUMNS)) {
            share.push(part);
        }
    }
    with_rows(|left| {
        left.fill(lhs);
        let width = inner.div_ceil(2);
        match &mut shares[..] {
            [all] => multiply_panels(all, store, &left.pairs, &rhs.pairs, width),
            shares => shares
                .par_iter_mut()
                .zip(rhs.pairs.par_chunks(panels_each * width))
                .for_each(|(share, panels)| multiply_panels(share, store, &left.pairs, panels, width)),
        }
    });
}

/// Lends this thread's buffer to `work`. The buffer is taken out rather than borrowed, because this thread may be given
/// another product to compute while `work` waits for other threads.
fn with_rows(work: impl FnOnce(&mut Rows)) {
    let mut rows = ROWS.take();
    work(&mut rows);
    ROWS.set(rows);
}

/// Computes the columns of some panels of a product; `dst` holds the rows of the result, restricted to these columns.
fn multiply_panels(dst: &mut [&mut [f32]], store: Store, lhs: &[Pair], rhs: &[PairRow], width: usize) {
    let mut sums = [[0.0; TILE_COLUMNS]; TILE_ROWS];
    for (p, panel) in rhs.chunks_exact(width).enumerate() {
        for (block, dst) in lhs.chunks(TILE_ROWS * width).zip(dst.chunks_mut(TILE_ROWS)) {
            tile(block, panel, &mut sums[..dst.len()]);
            for (row, sums) in dst.iter_mut().zip(&sums) {
                let columns = p * TILE_COLUMNS..row.len().min((p + 1) * TILE_COLUMNS);
                for (y, sum) in row[columns].iter_mut().zip(sums) {
                    *y = if store == Store::Add { *y + sum } else { *sum };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bf16_tile::portable;
    use super::super::tests::numbers;
    use super::*;

    /// `x` as bf16, computed from the distance to both neighbours.
    fn nearest(x: f32) -> f64 {
        let below = f32::from_bits(x.to_bits() & 0xffff_0000);
        let above = f32::from_bits((x.to_bits() & 0xffff_0000) + 0x1_0000);
        let (down, up) = ((x - below).abs(), (above - x).abs());
        let below_is_even = (below.to_bits() >> 16).is_multiple_of(2);
        f64::from(if down < up || (down == up && below_is_even) { below } else { above })
    }

    #[test]
    fn rounding_goes_to_the_nearest_and_from_the_middle_to_even() {
        let middle = f32::from_bits(0x3f80_8000);
        for x in numbers(1, 10_000).into_iter().chain([0.0, -0.0, 1.0, middle, f32::from_bits(0x3f81_8000), 1e-30]) {
            assert_eq!(f64::from(f32::from_bits(rounded(x) << 16)), nearest(x), "{x}");
        }
        assert!(f32::from_bits(rounded(f32::NAN) << 16).is_nan());
        assert_eq!(f32::from_bits(rounded(f32::NEG_INFINITY) << 16), f32::NEG_INFINITY);
    }

    /// The product of x (rows, inner) and the transpose of w (columns, inner), written to whole rows of a wider result.
    fn product(x: &[f32], w: &[f32], [rows, inner, columns]: [usize; 3], store: Store, threads: usize) -> Vec<f32> {
        let mut y = vec![1.0; rows * (columns + 2)];
        let dst = MatMut::strided(&mut y, rows, columns, columns + 2);
        let rhs = Bf16Matrix::new(MatRef::new(w, columns, inner).t());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| multiply(dst, store, MatRef::new(x, rows, inner), &rhs, threads));
        assert!(y.chunks(columns + 2).all(|row| row[columns..] == [1.0, 1.0]), "what lies beside the result is kept");
        y.chunks(columns + 2).flat_map(|row| row[..columns].to_vec()).collect()
    }

    #[test]
    fn products_are_those_of_rounded_factors() {
        for shape @ [rows, inner, columns] in [[1, 1, 1], [5, 7, 3], [12, 64, 32], [13, 65, 33], [40, 130, 70]] {
            let (x, w) = (numbers(2, rows * inner), numbers(3, columns * inner));
            let set = product(&x, &w, shape, Store::Set, 1);
            let added = product(&x, &w, shape, Store::Add, 1);
            for (i, (set, added)) in set.iter().zip(&added).enumerate() {
                let (x, w) = (&x[i / columns * inner..][..inner], &w[i % columns * inner..][..inner]);
                let exact: f64 = x.iter().zip(w).map(|(&x, &w)| nearest(x) * nearest(w)).sum();
                let size: f64 = x.iter().zip(w).map(|(&x, &w)| f64::from(x * w).abs()).sum();
                assert!((f64::from(*set) - exact).abs() <= 1e-6 * size, "{shape:?}, {i}: {set} instead of {exact}");
                assert_eq!(*added, 1.0 + set);
            }
        }
    }

    #[test]
    fn a_row_depends_neither_on_its_company_nor_on_threads() {
        let shape @ [rows, inner, columns] = [29, 66, 200];
        let (x, w) = (numbers(4, rows * inner), numbers(5, columns * inner));
        let all = product(&x, &w, shape, Store::Set, 1);
        for threads in [2, 3, 16] {
            assert_eq!(product(&x, &w, shape, Store::Set, threads), all);
        }
        for (row, x) in x.chunks(inner).enumerate() {
            assert_eq!(product(x, &w, [1, inner, columns], Store::Set, 1), all[row * columns..][..columns]);
        }
    }

    #[test]
    fn a_thread_in_the_middle_of_a_product_can_compute_another() {
        let shape @ [rows, inner, columns] = [29, 66, 200];
        let (x, w) = (numbers(4, rows * inner), numbers(5, columns * inner));
        let alone = product(&x, &w, shape, Store::Set, 1);
        let rhs = Bf16Matrix::new(MatRef::new(&w, columns, inner).t());
        let others = numbers(6, 3 * inner);
        with_rows(|left| {
            left.fill(MatRef::new(&others, 3, inner));
            let before = left.pairs.clone();
            let mut meanwhile = vec![0.0; rows * columns];
            let dst = MatMut::new(&mut meanwhile, rows, columns);
            multiply(dst, Store::Set, MatRef::new(&x, rows, inner), &rhs, 1);
            assert_eq!(meanwhile, alone);
            assert!(left.pairs == before, "the product that waits keeps its factor");
        });
    }

    #[test]
    fn the_processors_tile_is_the_portable_one() {
        let pairs = |seed, len| numbers(seed, 2 * len).chunks(2).map(|x| rounded(x[0]) | rounded(x[1]) << 16).collect();
        for height in 1..=TILE_ROWS {
            let lhs: Vec<Pair> = pairs(6, height * 50);
            let rhs: Vec<Pair> = pairs(7, TILE_COLUMNS * 50);
            let rhs = rhs.as_chunks::<TILE_COLUMNS>().0;
            let (mut found, mut expected) =
                ([[f32::NAN; TILE_COLUMNS]; TILE_ROWS], [[f32::NAN; TILE_COLUMNS]; TILE_ROWS]);
            tile(&lhs, rhs, &mut found[..height]);
            portable(&lhs, rhs, &mut expected[..height]);
            for (found, expected) in found[..height].iter().flatten().zip(expected[..height].iter().flatten()) {
                assert!((found - expected).abs() < 1e-4, "{height} rows: {found} instead of {expected}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn products_check_their_shapes() {
        let rhs = Bf16Matrix::new(MatRef::new(&[0.0; 12], 4, 3));
        multiply(MatMut::new(&mut [0.0; 9], 3, 3), Store::Set, MatRef::new(&[0.0; 15], 3, 5), &rhs, 1);
    }
}
