//! Views of slices as matrices, for [products](super::product).

use std::ops::Range;

/// What a product does with its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Overwrites it.
    Set,
    /// Adds to it.
    Add,
}

/// A read-only matrix of any strides.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> MatRef<'a> {
    /// `rows` rows of `columns` numbers, one after another.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows that begin `row_stride` numbers apart.
    ///
    /// # Panics
    /// If the slice is too short.
    pub fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(needed(rows, columns, row_stride) <= data.len(), "{rows}x{columns} is more than the slice holds");
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The transposed matrix.
    pub fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Some of the columns of a matrix that is not transposed.
    ///
    /// # Panics
    /// If the range reaches beyond the columns.
    pub fn column_range(self, range: Range<usize>) -> Self {
        assert!(range.end <= self.columns && self.column_stride == 1, "columns {range:?} of {}", self.columns);
        Self { data: &self.data[range.start..], columns: range.len(), ..self }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Distance between neighbours in a column and in a row.
    pub fn strides(&self) -> (usize, usize) {
        (self.row_stride, self.column_stride)
    }

    /// The numbers, from the first element on.
    pub fn slice(&self) -> &'a [f32] {
        self.data
    }
}

/// A writable row-major matrix.
#[derive(Debug)]
pub struct MatMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
}

impl<'a> MatMut<'a> {
    /// `rows` rows of `columns` numbers, one after another.
    pub fn new(data: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows that begin `row_stride` numbers apart.
    ///
    /// # Panics
    /// If the slice is too short or rows would overlap.
    pub fn strided(data: &'a mut [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(needed(rows, columns, row_stride) <= data.len(), "{rows}x{columns} is more than the slice holds");
        assert!(row_stride >= columns, "rows of {columns} numbers overlap when {row_stride} apart");
        Self { data, rows, columns, row_stride }
    }

    /// Some of the columns.
    ///
    /// # Panics
    /// If the range reaches beyond the columns.
    pub fn column_range(self, range: Range<usize>) -> Self {
        assert!(range.end <= self.columns, "columns {range:?} of {}", self.columns);
        Self { data: &mut self.data[range.start..], columns: range.len(), ..self }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Distance between neighbours in a column.
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// The numbers, from the first element on.
    pub fn into_slice(self) -> &'a mut [f32] {
        self.data
    }
}

/// How many numbers a row-major matrix spans.
fn needed(rows: usize, columns: usize, row_stride: usize) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row_stride + columns }
}

#[cfg(test)]
mod tests {
    use super::super::product::multiply;
    use super::*;

    #[test]
    fn products_of_views_match_loops() {
        let left: Vec<f32> = (0..35).map(|i| (i as f32 * 0.7).sin()).collect();
        let right: Vec<f32> = (0..24).map(|i| (i as f32 * 1.3).cos()).collect();
        let mut out = vec![1.0; 5 * 6];
        // (5, 4) from columns 2..6 of a (5, 7) matrix, times the transpose of a (6, 4) matrix, into columns 0..6.
        let lhs = MatRef::new(&left, 5, 7).column_range(2..6);
        multiply(MatMut::new(&mut out, 5, 6), Store::Add, lhs, MatRef::new(&right, 6, 4).t(), 1);
        for i in 0..5 {
            for j in 0..6 {
                let dot: f32 = (0..4).map(|k| left[i * 7 + 2 + k] * right[j * 4 + k]).sum();
                assert!((out[i * 6 + j] - (1.0 + dot)).abs() < 1e-5);
            }
        }
    }

    #[test]
    #[should_panic(expected = "more than the slice holds")]
    fn views_check_their_length() {
        MatRef::new(&[0.0; 11], 3, 4);
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn products_check_their_shapes() {
        let data = [0.0; 12];
        let factor = || MatRef::new(&data, 3, 4);
        multiply(MatMut::new(&mut [0.0; 9], 3, 3), Store::Set, factor(), factor(), 1);
    }
}
