//! What the sums of one tile are made of.

use super::shape::{PANELS, ROWS, SIXTEEN};
use crate::llm::engine::cpu::kernels::target::Tile;

/// Factors of the sums of one tile.
pub(super) struct Factors<'a> {
    /// The left factor; its rows are `down` numbers apart, and the steps of a row `along`.
    pub(super) left: &'a [f32],
    pub(super) down: usize,
    pub(super) along: usize,
    /// 1 to [`ROWS`].
    pub(super) rows: usize,
    /// For each step and each sixteen of columns, their numbers; steps are `stride` numbers apart, and the columns
    /// `sixteens`.
    pub(super) right: &'a [f32],
    pub(super) stride: usize,
    pub(super) sixteens: usize,
    /// Columns: one of [`PANELS`].
    pub(super) width: usize,
    /// Steps along the inner dimension.
    pub(super) depth: usize,
}

impl Factors<'_> {
    /// Asserts that all numbers are there, and the rows and columns of `tile`.
    pub(super) fn check(&self, tile: &Tile) {
        let Self { left, down, along, rows, right, stride, sixteens, width, depth } = *self;
        assert!(PANELS.contains(&width) && width <= tile.columns(), "{width} columns of {}", tile.columns());
        assert!((1..=ROWS.min(tile.rows())).contains(&rows), "{rows} rows of {}", tile.rows());
        assert!(depth > 0 && left.len() > (rows - 1) * down + (depth - 1) * along, "the left factor");
        let last = (depth - 1) * stride + (width / SIXTEEN - 1) * sixteens;
        assert!(right.len() >= last + SIXTEEN, "the right factor");
    }
}
