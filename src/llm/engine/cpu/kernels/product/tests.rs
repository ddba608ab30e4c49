//! Products of every unit against f64 and against each other.

use super::super::tests::numbers;
use super::*;
use crate::llm::weight::Weight;
use rayon::ThreadPoolBuilder;

/// Shapes (rows, inner, columns): whole tiles, edges everywhere, few rows, few columns, several pieces of a panel.
const SHAPES: [[usize; 3]; 12] = [
    [1, 1, 1],
    [5, 7, 3],
    [12, 192, 32],
    [13, 193, 33],
    [24, 64, 16],
    [23, 65, 8],
    [25, 400, 17],
    [3, 500, 70],
    [30, 5, 100],
    [67, 300, 130],
    [285, 64, 9],
    [40, 0, 20],
];

/// How a factor's numbers lie.
#[derive(Clone, Copy, Debug)]
enum Order {
    Rows,
    Columns,
}

/// (rows, columns) numbers as a matrix, in rows that are longer than needed.
fn factor(numbers: &[f32], rows: usize, columns: usize, order: Order) -> (Vec<f32>, usize) {
    let (outer, inner) = match order {
        Order::Rows => (rows, columns),
        Order::Columns => (columns, rows),
    };
    let stride = inner + 3;
    let mut laid_out = vec![f32::NAN; outer * stride];
    for (i, &number) in numbers.iter().enumerate() {
        let (row, column) = (i / columns.max(1), i % columns.max(1));
        let at = match order {
            Order::Rows => row * stride + column,
            Order::Columns => column * stride + row,
        };
        laid_out[at] = number;
    }
    (laid_out, stride)
}

fn view<'a>(numbers: &'a (Vec<f32>, usize), rows: usize, columns: usize, order: Order) -> MatRef<'a> {
    match order {
        Order::Rows => MatRef::strided(&numbers.0, rows, columns, numbers.1),
        Order::Columns => MatRef::strided(&numbers.0, columns, rows, numbers.1).t(),
    }
}

/// The names of what [`EveryRight`] holds.
const RIGHTS: [&str; 4] = ["by rows", "by columns", "forward", "backward"];

/// A right factor in every way that it may lie: a matrix in either order, and a weight in either direction.
struct EveryRight {
    matrices: [(Vec<f32>, usize); 2],
    weights: Option<[Weight; 2]>,
    rows: usize,
    columns: usize,
}

impl EveryRight {
    fn of(numbers: &[f32], rows: usize, columns: usize) -> Self {
        let turned: Vec<f32> = (0..rows * columns).map(|i| numbers[i % rows * columns + i / rows]).collect();
        // There are no weights without numbers.
        let weights =
            (rows > 0).then(|| [Weight::new(turned, columns, rows), Weight::new(numbers.to_vec(), rows, columns)]);
        let matrices = [Order::Rows, Order::Columns].map(|order| factor(numbers, rows, columns, order));
        Self { matrices, weights, rows, columns }
    }

    fn all(&self) -> Vec<Right<'_>> {
        let Self { matrices: [by_rows, by_columns], weights, rows, columns } = self;
        let matrix = |factor, order| Right::Plain(view(factor, *rows, *columns, order));
        let mut all = vec![matrix(by_rows, Order::Rows), matrix(by_columns, Order::Columns)];
        if let Some([forward, backward]) = weights {
            all.extend([Right::Forward(forward), Right::Backward(backward)]);
        }
        all
    }
}

#[test]
fn every_unit_computes_one_chain_of_fused_multiply_adds() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for [rows, inner, columns] in SHAPES {
        let (a, b, base) = (numbers(1, rows * inner), numbers(2, inner * columns), numbers(3, rows * columns));
        for store in [Store::Set, Store::Add] {
            let chain = |at: usize| {
                let (row, column) = (at / columns, at % columns);
                let start = if store == Store::Add { base[at] } else { 0.0 };
                (0..inner).fold(start, |sum, k| a[row * inner + k].mul_add(b[k * columns + column], sum))
            };
            let expected: Vec<u32> = (0..rows * columns).map(|at| chain(at).to_bits()).collect();
            let every_right = EveryRight::of(&b, inner, columns);
            for left in [Order::Rows, Order::Columns] {
                let a = factor(&a, rows, inner, left);
                let a = view(&a, rows, inner, left);
                for (right, b) in RIGHTS.into_iter().zip(every_right.all()) {
                    for unit in Unit::all_of_this_cpu() {
                        for threads in [1, 3] {
                            let mut found = vec![7.0; rows * (columns + 2)];
                            for (to, from) in found.chunks_mut(columns + 2).zip(base.chunks(columns)) {
                                to[..columns].copy_from_slice(from);
                            }
                            let dst = MatMut::strided(&mut found, rows, columns, columns + 2);
                            let sum = Sum { dst: Target::new(dst), store, terms: vec![(a, b)] };
                            pool.install(|| multiply_by(unit, vec![sum], threads));
                            let case =
                                format!("{rows}x{inner}x{columns} {store:?} {left:?} {right} {unit:?} {threads}");
                            assert!(found.chunks(columns + 2).all(|row| row[columns..] == [7.0, 7.0]), "{case}");
                            let found = found.chunks(columns + 2).flat_map(|row| &row[..columns]);
                            assert!(found.map(|x| x.to_bits()).eq(expected.iter().copied()), "{case}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn large_products_are_shared_by_columns_and_by_rows_with_the_same_result() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for [rows, inner, columns] in [[300, 200, 30], [100, 200, 100]] {
        let (a, b) = (numbers(1, rows * inner), numbers(2, inner * columns));
        let product = |threads: usize| {
            let mut found = vec![f32::NAN; rows * columns];
            let dst = MatMut::new(&mut found, rows, columns);
            let (a, b) = (MatRef::new(&a, rows, inner), MatRef::new(&b, inner, columns));
            pool.install(|| multiply(dst, Store::Set, a, b, threads));
            found
        };
        assert!(rows * inner * columns >= SHARED_FROM, "shared at all");
        assert_eq!(product(1), product(2));
    }
}

#[test]
fn sums_of_several_terms_go_on_where_the_last_term_ended_and_are_dealt_out_with_others() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let (rows, inner, columns) = (70, 130, 200);
    let (a, b) = (numbers(1, rows * inner), numbers(2, inner * columns));
    let (a, b) = (MatRef::new(&a, rows, inner), MatRef::new(&b, inner, columns));
    let mut whole = vec![0.0; rows * columns];
    multiply(MatMut::new(&mut whole, rows, columns), Store::Set, a, b, 1);
    for threads in [1, 2, 3] {
        let (mut parts, mut narrow) = (vec![f32::NAN; rows * columns], vec![f32::NAN; rows * 9]);
        let lower = MatRef::new(&b.slice()[50 * columns..], 80, columns);
        let terms = vec![
            (a.column_range(0..50), MatRef::new(b.slice(), 50, columns).into()),
            (a.column_range(50..50), MatRef::new(&[], 0, columns).into()),
            (a.column_range(50..130), lower.into()),
        ];
        let sums = vec![
            Sum { dst: Target::new(MatMut::new(&mut parts, rows, columns)), store: Store::Set, terms },
            Sum {
                dst: Target::new(MatMut::new(&mut narrow, rows, 9)),
                store: Store::Set,
                terms: vec![(a, b.column_range(0..9).into())],
            },
        ];
        pool.install(|| multiply_all(sums, threads));
        assert_eq!(parts, whole);
        assert!(narrow.chunks(9).zip(whole.chunks(columns)).all(|(narrow, whole)| narrow == &whole[..9]));
    }
}

#[test]
fn work_is_dealt_out_evenly_and_nothing_of_it_twice() {
    for threads in [1, 2, 3] {
        let (mut wide, mut narrow) = (vec![0.0; 60 * 640], vec![0.0; 120 * 8]);
        let (left, right) = (vec![0.0; 120 * 50], vec![0.0; 50 * 640]);
        let sum = |dst, terms| Sum { dst: Target::new(dst), store: Store::Set, terms };
        let sums = vec![
            sum(
                MatMut::new(&mut wide, 60, 640),
                vec![(MatRef::new(&left, 60, 50), MatRef::new(&right, 50, 640).into())],
            ),
            sum(
                MatMut::new(&mut narrow, 120, 8),
                vec![(MatRef::new(&left, 120, 50), MatRef::new(&right, 50, 8).into())],
            ),
        ];
        let all: usize = sums.iter().map(Sum::multiplications).sum();
        let shares = deal(sums, threads, all.div_ceil(threads));
        assert_eq!(shares.len(), threads);
        let work = |share: &Share| share.target.rows() * share.target.columns() * 50;
        let dealt: Vec<usize> = shares.iter().map(|shares| shares.iter().map(work).sum()).collect();
        assert_eq!(dealt.iter().sum::<usize>(), all);
        // A panel of the wide one is the largest piece that is not divided.
        assert!(dealt.iter().all(|&dealt| dealt.abs_diff(all / threads) <= 2 * 60 * WIDEST * 50), "{dealt:?} of {all}");
    }
}
