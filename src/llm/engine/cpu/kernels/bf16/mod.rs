//! Products in bf16: factors rounded to 8 bits of mantissa, products and sums in f32.
//!
//! Factors are rounded and laid out once ([`Rows`], [`Panels`]) and then multiplied as often as needed. A sum runs over
//! the whole inner dimension in one order, whatever the number of rows and threads, so a row's result does not depend
//! on the other rows. Processors with AMX or AVX512-BF16 multiply by these ([`Unit`]); the portable unit computes the
//! same sums, and the others are tested against it. They may differ in the last bits: AMX adds up the two halves of 16
//! pairs apart, and processors are free in how they round between the two products of a lane.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod chunk;
mod layout;
mod portable;
#[cfg(test)]
mod tests;
mod unit;

use super::matrix::{MatMut, Store};
use super::target::{Target, Tile, edge};
use chunk::{Blocks, CHUNK_PAIRS, RightChunk, TILE_COLUMNS, TILE_ROWS};
use rayon::prelude::*;

pub use layout::{Left, Panels, Rows};
pub use unit::Unit;

/// Most chunks of a panel that are gone through at once: they are to stay in the first-level cache.
const DEPTH: usize = 18;

/// dst = left · right, or dst += left · right, on up to `threads` threads of the current rayon pool.
///
/// # Panics
/// If the shapes do not fit together.
pub fn multiply(dst: MatMut, store: Store, left: Left, right: &Panels, threads: usize) {
    multiply_by(Unit::of_this_cpu(), dst, store, left, right, threads);
}

fn multiply_by(unit: Unit, dst: MatMut, store: Store, left: Left, right: &Panels, threads: usize) {
    let (rows, columns) = (dst.rows(), dst.columns());
    assert!(
        left.rows() == rows && right.columns() == columns && left.inner() == right.inner(),
        "a product of {}x{} and {}x{} does not fit {rows}x{columns}",
        left.rows(),
        left.inner(),
        right.inner(),
        right.columns(),
    );
    let target = Target::new(dst);
    let panels = columns.div_ceil(TILE_COLUMNS);
    if rows == 0 || panels == 0 || right.width() == 0 {
        assert!(store == Store::Add || rows * columns == 0, "a product over nothing");
        return;
    }
    let each = panels.div_ceil(threads.max(1));
    if each == panels {
        return multiply_panels(unit, target, store, left, right.chunks(), right.width());
    }
    let mut rest = Some(target);
    let shares = right.chunks().chunks(each * right.width()).map(|panels| {
        let target = rest.take().expect("put back below");
        let at = (each * TILE_COLUMNS).min(target.columns());
        let (share, others) = target.split_columns(at);
        rest = Some(others);
        (share, panels)
    });
    let shares: Vec<(Target, &[RightChunk])> = shares.collect();
    shares.into_par_iter().for_each(|(target, panels)| {
        multiply_panels(unit, target, store, left, panels, right.width());
    });
}

/// The chunks that are needed next, fetched into the cache in equal pieces while those before them are multiplied.
struct Ahead<'a> {
    chunks: &'a [RightChunk],
    piece: usize,
}

impl<'a> Ahead<'a> {
    /// `len` chunks from `start` on, as far as there are any, in `pieces` pieces.
    fn new(panels: &'a [RightChunk], start: usize, len: usize, pieces: usize) -> Self {
        let chunks = &panels[start.min(panels.len())..(start + len).min(panels.len())];
        Self { chunks, piece: chunks.len().div_ceil(pieces) }
    }

    /// Asks for the next piece.
    fn fetch(&mut self) {
        let (piece, rest) = self.chunks.split_at(self.piece.min(self.chunks.len()));
        piece.iter().for_each(RightChunk::fetch);
        self.chunks = rest;
    }
}

/// Computes the columns of some panels of a product, which are those of `target`.
fn multiply_panels(unit: Unit, mut target: Target, store: Store, left: Left, panels: &[RightChunk], width: usize) {
    let session = unit.begin();
    let mut edge = edge::<TILE_COLUMNS>();
    let depth = width.div_ceil(width.div_ceil(DEPTH));
    for (p, panel) in panels.chunks_exact(width).enumerate() {
        let column = p * TILE_COLUMNS;
        for start in (0..width).step_by(depth) {
            let chunks = start..width.min(start + depth);
            let pairs = left.inner().div_ceil(2).min(chunks.end * CHUNK_PAIRS) - start * CHUNK_PAIRS;
            let fresh = store == Store::Set && start == 0;
            let mut ahead = Ahead::new(panels, p * width + chunks.end, chunks.len(), left.blocks().div_ceil(2));
            for block in (0..left.blocks()).step_by(2) {
                let first = block * TILE_ROWS;
                let upper = left.block(block, chunks.clone());
                let lower = (block + 1 < left.blocks()).then(|| left.block(block + 1, chunks.clone()));
                let height = if lower.is_some() { 2 * TILE_ROWS } else { TILE_ROWS };
                let rows = height.min(left.rows() - first);
                let blocks = Blocks { upper, lower, pairs, rows };
                ahead.fetch();
                let right = &panel[chunks.clone()];
                if let Some(tile) = target.tile(first..first + height, column..column + TILE_COLUMNS) {
                    session.sum(blocks, right, fresh, tile);
                } else {
                    if !fresh {
                        target.read(first, column, &mut edge);
                    }
                    session.sum(blocks, right, fresh, Tile::of(&mut edge));
                    target.write(first..first + rows, column, &edge);
                }
            }
        }
    }
}
