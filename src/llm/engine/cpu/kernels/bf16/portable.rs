//! Tiles by plain arithmetic.

use super::chunk::{Blocks, Pair, RightChunk, TILE_ROWS};
use crate::llm::engine::cpu::kernels::target::Tile;

/// See [`super::unit::Session::sum`], which checks that the blocks fit.
pub(super) fn sum(blocks: Blocks, right: &[RightChunk], fresh: bool, sums: &mut Tile) {
    for (block, (left, rows)) in blocks.each().enumerate() {
        for r in 0..rows {
            let row = sums.row(block * TILE_ROWS + r);
            if fresh {
                row.fill(0.0);
            }
            let pairs = left.iter().zip(right).flat_map(|(left, right)| left.0[r].iter().zip(&right.0));
            for (&a, right) in pairs.take(blocks.pairs) {
                for (sum, &b) in row.iter_mut().zip(right) {
                    // The upper halves first, as in the instruction of AVX-512.
                    *sum += high(a) * high(b);
                    *sum += low(a) * low(b);
                }
            }
        }
    }
}

fn low(pair: Pair) -> f32 {
    f32::from_bits(pair << 16)
}

fn high(pair: Pair) -> f32 {
    f32::from_bits(pair & 0xffff_0000)
}
