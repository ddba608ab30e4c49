//! Sums by plain arithmetic: on any processor, and the reference of the others.

use super::factors::Factors;
use super::shape::{ROWS, SIXTEEN};
use crate::llm::engine::cpu::kernels::target::Tile;

/// See [`super::unit::Unit::sum`].
pub(super) fn sum(factors: &Factors, fresh: bool, tile: &mut Tile) {
    for column in (0..factors.width).step_by(SIXTEEN) {
        let mut sums = [[0.0; SIXTEEN]; ROWS];
        let sums = &mut sums[..factors.rows];
        if !fresh {
            for (row, sums) in sums.iter_mut().enumerate() {
                sums.copy_from_slice(&tile.row(row)[column..column + SIXTEEN]);
            }
        }
        for step in 0..factors.depth {
            let right = &factors.right[column / SIXTEEN * factors.sixteens + step * factors.stride..][..SIXTEEN];
            for (row, sums) in sums.iter_mut().enumerate() {
                let left = factors.left[row * factors.down + step * factors.along];
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = left.mul_add(right, *sum);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            tile.row(row)[column..column + SIXTEEN].copy_from_slice(sums);
        }
    }
}
