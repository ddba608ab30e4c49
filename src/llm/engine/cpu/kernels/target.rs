//! The part of a result that one thread writes to.
#![expect(unsafe_code, reason = "columns of a row-major matrix are shared among threads, which slices cannot express")]

use super::matrix::MatMut;
use std::marker::PhantomData;
use std::ops::Range;

/// Most rows of a tile.
const EDGE_ROWS: usize = 32;

/// A writable row-major matrix that can be split.
#[derive(Debug)]
pub struct Target<'a> {
    start: *mut f32,
    rows: usize,
    columns: usize,
    stride: usize,
    numbers: PhantomData<&'a mut [f32]>,
}

// SAFETY: a target is an exclusive view of numbers, like the `&mut [f32]` that it was made of.
unsafe impl Send for Target<'_> {}

/// A tile of `COLUMNS` columns beside the result, for those that reach over its edge.
pub(super) type Edge<const COLUMNS: usize> = [[f32; COLUMNS]; EDGE_ROWS];

/// An edge of zeros.
pub(super) const fn edge<const COLUMNS: usize>() -> Edge<COLUMNS> {
    [[0.0; COLUMNS]; EDGE_ROWS]
}

/// Rows of a result, and some of its columns, that sums are written to.
pub(super) struct Tile<'a> {
    start: *mut f32,
    rows: usize,
    columns: usize,
    stride: usize,
    numbers: PhantomData<&'a mut [f32]>,
}

impl<'a> Tile<'a> {
    /// An edge as a tile.
    pub(super) fn of<const COLUMNS: usize>(edge: &'a mut Edge<COLUMNS>) -> Self {
        Self {
            start: edge.as_mut_ptr().cast(),
            rows: edge.len(),
            columns: COLUMNS,
            stride: COLUMNS,
            numbers: PhantomData,
        }
    }

    /// Number of columns.
    pub(super) fn columns(&self) -> usize {
        self.columns
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
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.stride), self.columns) }
    }
}

impl<'a> Target<'a> {
    /// All of a matrix.
    pub fn new(matrix: MatMut<'a>) -> Self {
        let (rows, columns, stride) = (matrix.rows(), matrix.columns(), matrix.row_stride());
        // The constructors of MatMut checked that all rows lie in the slice and do not overlap.
        Self { start: matrix.into_slice().as_mut_ptr(), rows, columns, stride, numbers: PhantomData }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The rows before `at`, and the others.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn split_rows(self, at: usize) -> (Self, Self) {
        assert!(at <= self.rows, "row {at} of {}", self.rows);
        let upper = Self { rows: at, ..self };
        // SAFETY: the first element of the lower part lies in the matrix; where there is none, nothing moves.
        let start = unsafe { self.start.add(if at == self.rows { 0 } else { at * self.stride }) };
        (upper, Self { start, rows: self.rows - at, ..self })
    }

    /// The columns before `at`, and the others.
    ///
    /// # Panics
    /// If there are fewer columns.
    pub fn split_columns(self, at: usize) -> (Self, Self) {
        assert!(at <= self.columns, "column {at} of {}", self.columns);
        let left = Self { columns: at, ..self };
        // SAFETY: the first element of the right part lies in the matrix, or one past the end of a row where there is
        // none.
        let start = unsafe { self.start.add(if self.rows == 0 { 0 } else { at }) };
        (left, Self { start, columns: self.columns - at, ..self })
    }

    /// The tile of these rows and columns, if it lies in the matrix.
    pub(super) fn tile(&mut self, rows: Range<usize>, columns: Range<usize>) -> Option<Tile<'_>> {
        let inside = !rows.is_empty() && rows.end <= self.rows && !columns.is_empty() && columns.end <= self.columns;
        inside.then(|| {
            // SAFETY: the first element of a tile that lies in the matrix does so too.
            let start = unsafe { self.start.add(rows.start * self.stride + columns.start) };
            Tile { start, rows: rows.len(), columns: columns.len(), stride: self.stride, numbers: PhantomData }
        })
    }

    /// A row.
    pub(super) fn whole_row(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        // SAFETY: the row lies in the matrix, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.stride), self.columns) }
    }

    /// What there is of a row in up to `most` columns from `column` on.
    fn row(&mut self, row: usize, column: usize, most: usize) -> &mut [f32] {
        assert!(row < self.rows && column <= self.columns, "row {row}, column {column}");
        let len = most.min(self.columns - column);
        // SAFETY: the row and its columns lie in the matrix, as was just checked, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.stride + column), len) }
    }

    /// Copies what there is of the rows from `first` on, and of up to `COLUMNS` columns from `column` on, to `edge`.
    pub(super) fn read<const COLUMNS: usize>(&mut self, first: usize, column: usize, edge: &mut Edge<COLUMNS>) {
        for (row, to) in (first..self.rows).zip(edge) {
            let from = self.row(row, column, COLUMNS);
            to[..from.len()].copy_from_slice(from);
        }
    }

    /// Copies `edge` to these rows, and to up to `COLUMNS` columns from `column` on.
    pub(super) fn write<const COLUMNS: usize>(&mut self, rows: Range<usize>, column: usize, edge: &Edge<COLUMNS>) {
        for (row, from) in rows.zip(edge) {
            let to = self.row(row, column, COLUMNS);
            to.copy_from_slice(&from[..to.len()]);
        }
    }
}
