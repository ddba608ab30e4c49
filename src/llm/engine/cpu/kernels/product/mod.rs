//! Products in f32. Every number of a result is one chain of fused multiply-adds along the inner dimension, whatever
//! the processor, the number of rows and the number of threads: all of them give the same bits.
//!
//! The left factor is read where it lies, a few rows at a time. Of the right one, pieces of panels are multiplied with
//! all rows, one after another; they are laid out first unless they lie well already, as frozen weights do on the way
//! forward.

mod arrange;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod factors;
mod portable;
mod right;
mod shape;
mod share;
#[cfg(test)]
mod tests;
mod turn;
mod unit;

use super::matrix::{MatMut, MatRef, Store};
use super::target::Target;
use rayon::prelude::*;
pub use right::Right;
use shape::{ROWS, WIDEST};
use share::Share;
use std::sync::Arc;
use unit::Unit;

/// Multiplications below which a product is not shared among threads.
const SHARED_FROM: usize = 1 << 19;

/// dst = left · right, or dst += left · right, on up to `threads` threads of the current rayon pool.
///
/// # Panics
/// If the shapes do not fit together, or the numbers of the right factor are neighbours neither in rows nor in columns.
pub fn multiply<'a>(dst: MatMut, store: Store, left: MatRef<'a>, right: impl Into<Right<'a>>, threads: usize) {
    multiply_all(vec![Sum { dst: Target::new(dst), store, terms: vec![(left, right.into())] }], threads);
}

/// dst = Σ left · right, or dst += Σ left · right, term by term.
#[derive(Debug)]
pub struct Sum<'a> {
    /// What is written to.
    pub dst: Target<'a>,
    /// Whether it is overwritten.
    pub store: Store,
    /// Left and right factors.
    pub terms: Vec<(MatRef<'a>, Right<'a>)>,
}

/// Computes sums that do not depend on each other, all at once, on up to `threads` threads of the current rayon pool.
///
/// # Panics
/// As [`multiply`].
pub fn multiply_all(sums: Vec<Sum>, threads: usize) {
    multiply_by(Unit::of_this_cpu(), sums, threads);
}

fn multiply_by(unit: Unit, sums: Vec<Sum>, threads: usize) {
    sums.iter().for_each(Sum::check);
    let multiplications: usize = sums.iter().map(Sum::multiplications).sum();
    let threads = if multiplications < SHARED_FROM { 1 } else { threads.max(1) };
    let shares = deal(sums, threads, multiplications.div_ceil(threads));
    let compute = |shares: Vec<Share>| shares.into_iter().for_each(|share| share.compute(unit));
    if shares.len() <= 1 {
        shares.into_iter().for_each(compute);
    } else {
        shares.into_par_iter().with_max_len(1).for_each(compute);
    }
}

impl<'a> Sum<'a> {
    fn check(&self) {
        let (rows, columns) = (self.dst.rows(), self.dst.columns());
        for (left, right) in &self.terms {
            let inner = left.columns();
            assert!(
                left.rows() == rows && right.columns() == columns && right.rows() == inner,
                "a product of {}x{inner} and {}x{} does not fit {rows}x{columns}",
                left.rows(),
                right.rows(),
                right.columns(),
            );
        }
    }

    /// How many there are in all terms.
    fn multiplications(&self) -> usize {
        let inner: usize = self.terms.iter().map(|(left, _)| left.columns()).sum();
        self.dst.rows() * self.dst.columns() * inner
    }
}

/// Deals sums out to `threads` threads, as many multiplications to each as it takes to reach `each`; wide results are
/// divided by columns, others by rows.
fn deal(sums: Vec<Sum>, threads: usize, each: usize) -> Vec<Vec<Share>> {
    let (mut shares, mut dealt) = (vec![Vec::new()], 0);
    for sum in sums {
        let multiplications = sum.multiplications();
        let Sum { dst, store, terms } = sum;
        let terms: Arc<[_]> = terms.into();
        let by_columns = dst.columns().div_ceil(WIDEST) >= threads;
        let (len, unit) = if by_columns { (dst.columns(), WIDEST) } else { (dst.rows(), ROWS) };
        let unit_cost = multiplications / len.div_ceil(unit).max(1);
        let (mut rest, mut at) = (dst, 0);
        while at < len {
            let fit = (each.saturating_sub(dealt) / unit_cost.max(1)).max(usize::from(dealt == 0));
            if fit == 0 && shares.len() < threads {
                shares.push(Vec::new());
                dealt = 0;
                continue;
            }
            let take = if shares.len() < threads { (fit * unit).min(len - at) } else { len - at };
            let (target, others) = if by_columns { rest.split_columns(take) } else { rest.split_rows(take) };
            let (row, column) = if by_columns { (0, at) } else { (at, 0) };
            if let Some(last) = shares.last_mut() {
                last.push(Share { target, store, terms: terms.clone(), row, column });
            }
            dealt += take.div_ceil(unit) * unit_cost;
            rest = others;
            at += take;
        }
    }
    shares
}
