//! Products of every unit against products of rounded factors in f64.

use super::super::matrix::MatRef;
use super::super::tests::numbers;
use super::layout::rounded;
use super::*;
use rayon::ThreadPoolBuilder;

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

/// Shapes (rows, inner, columns) of which some are whole tiles and others reach over every edge.
const SHAPES: [[usize; 3]; 9] = [
    [1, 1, 1],
    [5, 7, 3],
    [2, 64, 33],
    [12, 64, 32],
    [16, 32, 32],
    [17, 33, 31],
    [32, 64, 64],
    [40, 130, 70],
    [67, 1300, 40],
];

/// The product of x (rows, inner) and the transpose of w (columns, inner), written to whole rows of a wider result.
fn product(unit: Unit, x: &[f32], w: &[f32], shape: [usize; 3], store: Store, threads: usize) -> Vec<f32> {
    let [rows, inner, columns] = shape;
    let mut y = vec![1.0; rows * (columns + 2)];
    let dst = MatMut::strided(&mut y, rows, columns, columns + 2);
    let mut left = Rows::default();
    left.fill(MatRef::new(x, rows, inner), &[inner], threads);
    let right = Panels::new(&[MatRef::new(w, columns, inner).t()]);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| multiply_by(unit, dst, store, left.all(), &right, threads));
    assert!(y.chunks(columns + 2).all(|row| row[columns..] == [1.0, 1.0]), "what lies beside the result is kept");
    y.chunks(columns + 2).flat_map(|row| row[..columns].to_vec()).collect()
}

/// Asserts that `found` (rows, columns) is `base` plus the product of rounded factors.
fn assert_product(
    found: &[f32],
    base: f64,
    [rows, inner, columns]: [usize; 3],
    left: impl Fn(usize, usize) -> f32,
    right: impl Fn(usize, usize) -> f32,
) {
    for row in 0..rows {
        for column in 0..columns {
            let terms = (0..inner).map(|k| nearest(left(row, k)) * nearest(right(k, column)));
            let (exact, size) = terms.fold((base, base.abs()), |(sum, size), term| (sum + term, size + term.abs()));
            let found = f64::from(found[row * columns + column]);
            assert!((found - exact).abs() <= 2e-6 * size, "{row}, {column}: {found} instead of {exact}");
        }
    }
}

#[test]
fn products_are_those_of_rounded_factors_on_every_unit() {
    for shape @ [rows, inner, columns] in SHAPES {
        let (x, w) = (numbers(2, rows * inner), numbers(3, columns * inner));
        let expect = |found: &[f32], base| {
            assert_product(found, base, shape, |row, k| x[row * inner + k], |k, column| w[column * inner + k]);
        };
        for unit in Unit::all_of_this_cpu() {
            expect(&product(unit, &x, &w, shape, Store::Set, 1), 0.0);
            expect(&product(unit, &x, &w, shape, Store::Add, 1), 1.0);
        }
    }
}

#[test]
fn a_row_depends_neither_on_its_company_nor_on_threads() {
    let shape @ [rows, inner, columns] = [53, 1066, 200];
    let (x, w) = (numbers(4, rows * inner), numbers(5, columns * inner));
    for unit in Unit::all_of_this_cpu() {
        let all = product(unit, &x, &w, shape, Store::Set, 1);
        for threads in [2, 3, 16] {
            assert_eq!(product(unit, &x, &w, shape, Store::Set, threads), all);
        }
        for (row, x) in x.chunks(inner).enumerate() {
            let alone = product(unit, x, &w, [1, inner, columns], Store::Set, 1);
            assert_eq!(alone, all[row * columns..][..columns]);
        }
    }
}

#[test]
fn factors_may_be_transposed_and_made_of_parts() {
    let (rows, columns) = (21, 45);
    let lengths = [40, 3, 65];
    let inner: usize = lengths.iter().sum();
    let (x, w) = (numbers(6, rows * inner), numbers(7, inner * columns));
    let parts = [0..40, 40..43, 43..108];
    let below = |range: &std::ops::Range<usize>| MatRef::new(&w[range.start * columns..], range.len(), columns);
    let right = Panels::new(&parts.each_ref().map(below));
    let (mut plain, mut turned) = (Rows::default(), Rows::default());
    plain.fill(MatRef::new(&x, rows, inner), &lengths, 1);
    turned.fill(MatRef::new(&x, inner, rows).t(), &lengths, 3);
    for unit in Unit::all_of_this_cpu() {
        let mut y = vec![0.0; rows * columns];
        multiply_by(unit, MatMut::new(&mut y, rows, columns), Store::Set, plain.all(), &right, 1);
        let w = |k: usize, column: usize| w[k * columns + column];
        assert_product(&y, 0.0, [rows, inner, columns], |row, k| x[row * inner + k], w);
        multiply_by(unit, MatMut::new(&mut y, rows, columns), Store::Set, turned.all(), &right, 1);
        assert_product(&y, 0.0, [rows, inner, columns], |row, k| x[k * rows + row], w);
        for (i, part) in parts.iter().enumerate() {
            let one = Panels::new(&[below(part)]);
            multiply_by(unit, MatMut::new(&mut y, rows, columns), Store::Set, plain.part(i), &one, 1);
            let left = |row: usize, k: usize| x[row * inner + part.start + k];
            assert_product(&y, 0.0, [rows, part.len(), columns], left, |k, column| w(part.start + k, column));
        }
    }
}

#[test]
fn what_was_laid_out_before_leaves_nothing_behind() {
    let (mut left, mut right) = (Rows::default(), Panels::default());
    let nan = [f32::NAN; 40 * 40];
    left.fill(MatRef::new(&nan, 40, 40), &[40], 1);
    right.fill(&[MatRef::new(&nan, 40, 40)], 1);
    left.fill(MatRef::new(&[2.0; 9], 3, 3), &[3], 1);
    right.fill(&[MatRef::new(&[1.0; 9], 3, 3)], 1);
    for unit in Unit::all_of_this_cpu() {
        let mut y = [0.0; 9];
        multiply_by(unit, MatMut::new(&mut y, 3, 3), Store::Set, left.all(), &right, 1);
        assert_eq!(y, [6.0; 9]);
    }
}

#[test]
fn the_fastest_unit_is_the_one_that_the_system_lists() {
    // Only Linux lists what the processor has.
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        use crate::testing::processor_has;
        let expected = match (processor_has("amx_bf16"), processor_has("avx512_bf16")) {
            (true, true) => Unit::Amx,
            (_, true) => Unit::Avx512,
            (_, false) => Unit::Portable,
        };
        assert_eq!(Unit::of_this_cpu(), expected);
    }
}

#[test]
#[should_panic(expected = "does not fit")]
fn products_check_their_shapes() {
    let right = Panels::new(&[MatRef::new(&[0.0; 12], 4, 3)]);
    let mut left = Rows::default();
    left.fill(MatRef::new(&[0.0; 15], 3, 5), &[5], 1);
    multiply(MatMut::new(&mut [0.0; 9], 3, 3), Store::Set, left.all(), &right, 1);
}
