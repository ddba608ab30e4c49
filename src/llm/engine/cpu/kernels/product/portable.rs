//! Sums by plain arithmetic: on any processor, and the reference of the others.

use super::unit::Factors;
use super::{PANELS, ROWS};
use crate::llm::engine::cpu::kernels::target::Tile;

/// Columns whose sums are kept at a time.
const COLUMNS: usize = PANELS[0];

/// See [`super::unit::Unit::sum`].
pub(super) fn sum(factors: &Factors, fresh: bool, tile: &mut Tile) {
    for column in (0..factors.width).step_by(COLUMNS) {
        let mut sums = [[0.0; COLUMNS]; ROWS];
        let sums = &mut sums[..factors.rows];
        if !fresh {
            for (row, sums) in sums.iter_mut().enumerate() {
                sums.copy_from_slice(&tile.row(row)[column..column + COLUMNS]);
            }
        }
        for (step, right) in factors.right.chunks(factors.stride).take(factors.depth).enumerate() {
            let right = &right[column..column + COLUMNS];
            for (row, sums) in sums.iter_mut().enumerate() {
                let left = factors.left[row * factors.down + step * factors.along];
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = left.mul_add(right, *sum);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            tile.row(row)[column..column + COLUMNS].copy_from_slice(sums);
        }
    }
}
