//! The part of a result that one thread writes to.
#![expect(unsafe_code, reason = "columns of a row-major matrix are shared among threads, which slices cannot express")]

use super::chunk::{TILE_COLUMNS, TILE_ROWS};
use crate::llm::engine::cpu::kernels::matrix::MatMut;
use std::marker::PhantomData;
use std::ops::Range;

/// A writable row-major matrix that can be split by columns.
pub(super) struct Target<'a> {
    start: *mut f32,
    rows: usize,
    columns: usize,
    stride: usize,
    numbers: PhantomData<&'a mut [f32]>,
}

// SAFETY: a target is an exclusive view of numbers, like the `&mut [f32]` that it was made of.
unsafe impl Send for Target<'_> {}

/// Sums of two blocks of rows and all columns of a panel, beside the result: for tiles that reach over its edge.
pub(super) type Edge = [[f32; TILE_COLUMNS]; 2 * TILE_ROWS];

/// Whole rows of [`TILE_COLUMNS`] numbers that a unit may write to.
pub(super) struct Tile<'a> {
    start: *mut f32,
    rows: usize,
    stride: usize,
    numbers: PhantomData<&'a mut [f32]>,
}

impl<'a> Tile<'a> {
    /// An edge as a tile.
    pub(super) fn of(edge: &'a mut Edge) -> Self {
        Self { start: edge.as_mut_ptr().cast(), rows: edge.len(), stride: TILE_COLUMNS, numbers: PhantomData }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers between the beginnings of rows.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Where the first row begins. All rows may be read and written through it.
    pub(super) fn start(&mut self) -> *mut f32 {
        self.start
    }

    /// One row.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        // SAFETY: the row lies in the tile, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.stride), TILE_COLUMNS) }
    }
}

impl<'a> Target<'a> {
    pub(super) fn new(matrix: MatMut<'a>) -> Self {
        let (rows, columns, stride) = (matrix.rows(), matrix.columns(), matrix.row_stride());
        // The constructors of MatMut checked that all rows lie in the slice and do not overlap.
        Self { start: matrix.into_slice().as_mut_ptr(), rows, columns, stride, numbers: PhantomData }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The columns before `at`, and the others.
    ///
    /// # Panics
    /// If there are fewer columns.
    pub(super) fn split_columns(self, at: usize) -> (Self, Self) {
        assert!(at <= self.columns, "column {at} of {}", self.columns);
        let left = Self { columns: at, ..self };
        // SAFETY: the first element of the right part lies in the matrix, or one past the end of a row where there is
        // none.
        let start = unsafe { self.start.add(if self.rows == 0 { 0 } else { at }) };
        (left, Self { start, columns: self.columns - at, ..self })
    }

    /// The tile of these rows and all columns of a panel from `column` on, if it lies in the matrix.
    pub(super) fn tile(&mut self, rows: Range<usize>, column: usize) -> Option<Tile<'_>> {
        let inside = !rows.is_empty() && rows.end <= self.rows && column + TILE_COLUMNS <= self.columns;
        inside.then(|| {
            // SAFETY: the first element of a tile that lies in the matrix does so too.
            let start = unsafe { self.start.add(rows.start * self.stride + column) };
            Tile { start, rows: rows.len(), stride: self.stride, numbers: PhantomData }
        })
    }

    /// What there is of a row in a panel that begins at `column`.
    fn row(&mut self, row: usize, column: usize) -> &mut [f32] {
        assert!(row < self.rows && column <= self.columns, "row {row}, column {column}");
        let len = TILE_COLUMNS.min(self.columns - column);
        // SAFETY: the row and its columns lie in the matrix, as was just checked, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.stride + column), len) }
    }

    /// Copies what there is of the rows from `first` on, in the panel that begins at `column`, to `edge`.
    pub(super) fn read(&mut self, first: usize, column: usize, edge: &mut Edge) {
        for (row, to) in (first..self.rows).zip(edge) {
            let from = self.row(row, column);
            to[..from.len()].copy_from_slice(from);
        }
    }

    /// Copies `edge` to what there is of the rows from `first` on, in the panel that begins at `column`.
    pub(super) fn write(&mut self, first: usize, column: usize, edge: &Edge) {
        for (row, from) in (first..self.rows).zip(edge) {
            let to = self.row(row, column);
            to.copy_from_slice(&from[..to.len()]);
        }
    }
}
