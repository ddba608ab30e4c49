//! One thread's share of a product: panel by panel, piece by piece along the inner dimension, a few rows at a time.

use super::arrange::{Lines, arrange};
use super::factors::Factors;
use super::right::Right;
use super::shape::{CACHE_LINE, PANELS, ROWS, SIXTEEN, WIDEST};
use super::unit::Unit;
use crate::llm::engine::cpu::kernels::matrix::{MatRef, Store};
use crate::llm::engine::cpu::kernels::target::{Edge, Target, Tile, edge};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// Most steps along the inner dimension at a time: what they need of a panel is to stay in the first-level cache.
const DEPTH: usize = 128;
/// Rows up to which a right factor whose steps are neighbours is read where it lies.
const FEW_ROWS: usize = 24;

thread_local! {
    /// Room for a piece of a panel.
    static PANEL: RefCell<Vec<f32>> = RefCell::new(vec![0.0; DEPTH * WIDEST + CACHE_LINE]);
}

/// A part of a sum that one thread computes.
pub(super) struct Share<'a> {
    pub(super) target: Target<'a>,
    pub(super) store: Store,
    /// The factors of the whole sum.
    pub(super) terms: Arc<[(MatRef<'a>, Right<'a>)]>,
    /// The row and the column of the whole sum that are the first of the target.
    pub(super) row: usize,
    pub(super) column: usize,
}

/// A product; its right factor is laid out as it is needed, unless it lies well already.
struct Product<'a> {
    unit: Unit,
    store: Store,
    left: MatRef<'a>,
    right: Lines<'a>,
}

/// A piece of a panel of the right factor, and where it belongs.
struct Piece<'a> {
    right: &'a [f32],
    /// Numbers between one step and the next.
    stride: usize,
    /// Numbers between one sixteen of columns and the next.
    sixteens: usize,
    /// Columns, with those beyond the last one.
    width: usize,
    /// Whether the result is overwritten.
    fresh: bool,
    steps: Range<usize>,
    /// The first column.
    at: usize,
}

impl Share<'_> {
    /// Computes it, term by term.
    pub(super) fn compute(mut self, unit: Unit) {
        let mut terms = self.terms.iter().filter(|(left, _)| left.columns() > 0).peekable();
        if terms.peek().is_none() && self.store == Store::Set {
            (0..self.target.rows()).for_each(|row| self.target.whole_row(row).fill(0.0));
        }
        for (i, &(left, right)) in terms.enumerate() {
            let store = if i == 0 { self.store } else { Store::Add };
            let product = Product { unit, store, left, right: Lines::new(right) };
            PANEL.with_borrow_mut(|room| {
                // A register is then loaded from one line of the cache.
                let aligned = room.as_ptr().align_offset(CACHE_LINE * size_of::<f32>()).min(CACHE_LINE);
                product.pieces(&mut self.target, self.row, self.column, &mut room[aligned..]);
            });
        }
    }
}

impl Product<'_> {
    /// Computes `target`, which are the rows from `row` on and the columns from `column` on.
    fn pieces(&self, target: &mut Target, row: usize, column: usize, room: &mut [f32]) {
        let mut edge = edge();
        let (inner, rows, columns) = (self.left.columns(), target.rows(), target.columns());
        let depth = inner.div_ceil(inner.div_ceil(DEPTH)).next_multiple_of(SIXTEEN);
        let (depths, panels) = (inner.div_ceil(depth), columns.div_ceil(WIDEST));
        // For few rows, where a step lies in one piece, all its panels, then the next; else one panel after the other.
        let by_steps = rows <= FEW_ROWS && self.right.are_steps();
        let place = |i: usize| if by_steps { (i / panels, i % panels) } else { (i % depths, i / depths) };
        let area = |i: usize| {
            let (start, at) = (place(i).0 * depth, place(i).1 * WIDEST);
            (start..inner.min(start + depth), at..columns.min(at + WIDEST))
        };
        let of_all = |columns: &Range<usize>| column + columns.start..column + columns.end;
        for i in 0..depths * panels {
            let (steps, columns) = area(i);
            let width = *PANELS.iter().find(|&&width| width >= columns.len()).unwrap_or(&WIDEST);
            let from = of_all(&columns);
            let in_place =
                if by_steps || !self.right.are_steps() { self.right.in_place(&steps, &from, width) } else { None };
            let (right, stride, sixteens) = match in_place {
                Some(piece) => piece,
                None => {
                    let side = width.min(self.unit.side_by_side());
                    let to = &mut room[..steps.len() * width];
                    for (i, to) in to.chunks_exact_mut(steps.len() * side).enumerate() {
                        let first = from.end.min(from.start + i * side);
                        arrange(self.unit, &self.right, steps.clone(), first..from.end.min(first + side), side, to);
                    }
                    (&*to, side, if side == width { SIXTEEN } else { steps.len() * side })
                }
            };
            let mut ahead = (i + 1 < depths * panels).then(|| {
                let (steps, columns) = area(i + 1);
                self.right.ahead(steps, of_all(&columns), rows.div_ceil(ROWS))
            });
            let fresh = self.store == Store::Set && steps.start == 0;
            let piece = Piece { right, stride, sixteens, width, fresh, steps, at: columns.start };
            for first in (0..rows).step_by(ROWS) {
                ahead.iter_mut().for_each(|ahead| ahead.fetch());
                self.tile(target, first, row, &piece, &mut edge);
            }
        }
    }

    /// Adds a piece to the rows of `target` from `first` on, whose row 0 is row `row` of all.
    fn tile(&self, target: &mut Target, first: usize, row: usize, piece: &Piece, edge: &mut Edge<WIDEST>) {
        let rows = ROWS.min(target.rows() - first);
        let (down, along) = self.left.strides();
        let factors = Factors {
            left: &self.left.slice()[(row + first) * down + piece.steps.start * along..],
            down,
            along,
            rows,
            right: piece.right,
            stride: piece.stride,
            sixteens: piece.sixteens,
            width: piece.width,
            depth: piece.steps.len(),
        };
        if let Some(tile) = target.tile(first..first + rows, piece.at..piece.at + piece.width) {
            self.unit.sum(&factors, piece.fresh, tile);
        } else {
            if !piece.fresh {
                target.read(first, piece.at, edge);
            }
            self.unit.sum(&factors, piece.fresh, Tile::of(edge));
            target.write(first..first + rows, piece.at, edge);
        }
    }
}
