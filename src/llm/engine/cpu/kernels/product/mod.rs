//! Products in f32. Every number of a result is one chain of fused multiply-adds along the inner dimension, whatever the
//! processor, the number of rows and the number of threads: all of them give the same bits.
//!
//! The left factor is read where it lies, a few rows at a time; the right one is laid out in pieces of a panel, each
//! before it is multiplied with all rows.

mod arrange;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod share;
#[cfg(test)]
mod tests;
mod unit;

use super::matrix::{MatMut, MatRef, Store};
use super::target::Target;
use arrange::Lines;
use rayon::prelude::*;
use share::Product;
use unit::Unit;

/// Rows of a tile.
const ROWS: usize = 6;
/// Columns of a panel, which is as narrow as its columns allow: one, two or four registers of 16.
const PANELS: [usize; 3] = [16, 32, 64];
/// Columns of the widest panel.
const WIDEST: usize = 64;
/// Multiplications below which a product is not shared among threads.
const SHARED_FROM: usize = 1 << 19;

/// dst = left · right, or dst += left · right, on up to `threads` threads of the current rayon pool.
///
/// # Panics
/// If the shapes do not fit together, or the numbers of the right factor are neighbours neither in rows nor in columns.
pub fn multiply(dst: MatMut, store: Store, left: MatRef, right: MatRef, threads: usize) {
    multiply_by(Unit::of_this_cpu(), dst, store, left, right, threads);
}

fn multiply_by(unit: Unit, dst: MatMut, store: Store, left: MatRef, right: MatRef, threads: usize) {
    let (rows, columns, inner) = (dst.rows(), dst.columns(), left.columns());
    assert!(
        left.rows() == rows && right.columns() == columns && right.rows() == inner,
        "a product of {}x{inner} and {}x{} does not fit {rows}x{columns}",
        left.rows(),
        right.rows(),
        right.columns(),
    );
    if rows == 0 || columns == 0 {
        return;
    }
    let target = Target::new(dst);
    let threads = if rows * columns * inner < SHARED_FROM { 1 } else { threads.max(1) };
    let product = Product { unit, store, left, right: Lines::new(right) };
    let panels = columns.div_ceil(WIDEST);
    if threads == 1 {
        product.share(target, 0, 0);
    } else if panels >= threads {
        let each = panels.div_ceil(threads) * WIDEST;
        let share = |(column, target)| product.share(target, 0, column);
        shares(target, columns, each, Target::split_columns).into_par_iter().for_each(share);
    } else {
        let each = rows.div_ceil(ROWS).div_ceil(threads) * ROWS;
        let share = |(row, target)| product.share(target, row, 0);
        shares(target, rows, each, Target::split_rows).into_par_iter().for_each(share);
    }
}

/// Pieces of `each` of all `len` rows or columns, with where they begin.
fn shares<'a>(
    target: Target<'a>,
    len: usize,
    each: usize,
    split: impl Fn(Target<'a>, usize) -> (Target<'a>, Target<'a>),
) -> Vec<(usize, Target<'a>)> {
    let (mut rest, mut shares) = (target, Vec::new());
    for start in (0..len).step_by(each) {
        let (share, others) = split(rest, each.min(len - start));
        shares.push((start, share));
        rest = others;
    }
    shares
}
