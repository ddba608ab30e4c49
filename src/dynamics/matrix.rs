//! A small dense matrix, row by row.

use std::ops::{Index, IndexMut};

/// A matrix of numbers. As payoffs of a game between types it is square: entry (i, j) is what i gets from j.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseMatrix {
    rows: usize,
    columns: usize,
    entries: Vec<f64>,
}

impl DenseMatrix {
    /// The matrix with `entries` row by row.
    ///
    /// # Errors
    /// If the entries are not as many as rows and columns ask for, or one is not finite.
    pub fn new(rows: usize, columns: usize, entries: Vec<f64>) -> Result<Self, String> {
        if rows.checked_mul(columns) != Some(entries.len()) || entries.is_empty() {
            return Err(format!("{} entries for a matrix of {rows} rows and {columns} columns", entries.len()));
        }
        if let Some(place) = entries.iter().position(|entry| !entry.is_finite()) {
            let (row, column) = (place / columns, place % columns);
            return Err(format!("row {row}, column {column} is {}: expected a finite number", entries[place]));
        }
        Ok(Self { rows, columns, entries })
    }

    /// A matrix with the same value everywhere.
    pub fn filled(rows: usize, columns: usize, value: f64) -> Self {
        Self { rows, columns, entries: vec![value; rows * columns] }
    }

    /// The matrix that changes nothing.
    pub fn identity(size: usize) -> Self {
        let mut matrix = Self::filled(size, size, 0.0);
        for i in 0..size {
            matrix[(i, i)] = 1.0;
        }
        matrix
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All entries, row by row.
    pub fn entries(&self) -> &[f64] {
        &self.entries
    }

    /// All entries, row by row, to be written.
    pub fn entries_mut(&mut self) -> &mut [f64] {
        &mut self.entries
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.entries[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, to be written.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.entries[row * self.columns..(row + 1) * self.columns]
    }

    /// Row `changed`, to be written, and row `read`, another one.
    ///
    /// # Panics
    /// If both are the same row.
    pub fn two_rows(&mut self, changed: usize, read: usize) -> (&mut [f64], &[f64]) {
        let width = self.columns;
        if changed < read {
            let (head, tail) = self.entries.split_at_mut(read * width);
            (&mut head[changed * width..(changed + 1) * width], &tail[..width])
        } else {
            let (head, tail) = self.entries.split_at_mut(changed * width);
            (&mut tail[..width], &head[read * width..(read + 1) * width])
        }
    }

    /// The same square matrix with rows and columns in another order: entry (i, j) is the old (order\[i\], order\[j\]).
    pub fn reordered(&self, order: &[usize]) -> Self {
        let entries = order.iter().flat_map(|&i| order.iter().map(move |&j| self[(i, j)])).collect();
        Self { rows: order.len(), columns: order.len(), entries }
    }

    /// The largest distance of an entry from 0.
    pub fn greatest(&self) -> f64 {
        self.entries.iter().fold(0.0, |greatest, entry| entry.abs().max(greatest))
    }

    /// Refuses a matrix that is not square.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_square(&self) -> Result<(), String> {
        if self.rows == self.columns {
            return Ok(());
        }
        Err(format!("a matrix of {} rows and {} columns: expected a square one", self.rows, self.columns))
    }
}

impl<const ROWS: usize, const COLUMNS: usize> From<[[f64; COLUMNS]; ROWS]> for DenseMatrix {
    fn from(rows: [[f64; COLUMNS]; ROWS]) -> Self {
        Self { rows: ROWS, columns: COLUMNS, entries: rows.into_iter().flatten().collect() }
    }
}

impl Index<(usize, usize)> for DenseMatrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.entries[row * self.columns + column]
    }
}

impl IndexMut<(usize, usize)> for DenseMatrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        &mut self.entries[row * self.columns + column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_where_they_belong() {
        let mut matrix = DenseMatrix::from([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!((matrix[(0, 1)], matrix.row(1)), (2.0, [3.0, 4.0].as_slice()));
        assert_eq!(matrix.reordered(&[1, 0]), DenseMatrix::from([[4.0, 3.0], [2.0, 1.0]]));
        for (changed, read) in [(0, 1), (1, 0)] {
            let expected = (matrix.row(changed).to_vec(), matrix.row(read).to_vec());
            let (a, b) = matrix.two_rows(changed, read);
            assert_eq!((a.to_vec(), b.to_vec()), expected);
        }
    }

    #[test]
    fn what_is_no_matrix_is_refused() {
        assert!(DenseMatrix::new(2, 2, vec![0.0; 3]).unwrap_err().contains("3 entries"));
        assert!(DenseMatrix::new(1, 2, vec![0.0, f64::NAN]).unwrap_err().contains("row 0, column 1 is NaN"));
        assert!(DenseMatrix::filled(1, 2, 0.0).check_square().unwrap_err().contains("square"));
    }
}
