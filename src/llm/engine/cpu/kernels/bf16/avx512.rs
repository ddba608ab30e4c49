//! Tiles by AVX512-BF16, which multiplies two pairs in a lane at once.
#![expect(unsafe_code, reason = "AVX-512 code may only run where the processor has it")]

use super::chunk::{Blocks, CHUNK_PAIRS, LeftChunk, Pair, RightChunk, TILE_ROWS};
use crate::llm::engine::cpu::kernels::target::Tile;
use std::arch::x86_64::{
    __m512bh, _mm512_dpbf16_ps, _mm512_loadu_ps, _mm512_set1_epi32, _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::transmute;

/// Rows whose sums are in registers at a time, two registers each.
const ROWS: usize = 8;

/// Whether this processor has AVX512-BF16.
pub(super) fn is_usable() -> bool {
    std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512bf16")
}

/// See [`super::unit::Session::sum`], which checks that the blocks fit.
#[target_feature(enable = "avx512f,avx512bf16")]
pub(super) fn sum(blocks: Blocks, right: &[RightChunk], fresh: bool, sums: &mut Tile) {
    for (block, (left, rows)) in blocks.each().enumerate() {
        for first in (0..rows).step_by(ROWS) {
            let at = block * TILE_ROWS + first;
            match rows - first {
                1 => sum_rows::<1>(left, first, right, blocks.pairs, fresh, at, sums),
                2 => sum_rows::<2>(left, first, right, blocks.pairs, fresh, at, sums),
                3 | 4 => sum_rows::<4>(left, first, right, blocks.pairs, fresh, at, sums),
                _ => sum_rows::<ROWS>(left, first, right, blocks.pairs, fresh, at, sums),
            }
        }
    }
}

/// Adds up `R` rows of a block from `first` on into the rows of `sums` from `at` on.
#[target_feature(enable = "avx512f,avx512bf16")]
fn sum_rows<const R: usize>(
    left: &[LeftChunk],
    first: usize,
    right: &[RightChunk],
    pairs: usize,
    fresh: bool,
    at: usize,
    sums: &mut Tile,
) {
    let mut registers = [[_mm512_setzero_ps(); 2]; R];
    if !fresh {
        for (r, registers) in registers.iter_mut().enumerate() {
            let row = sums.row(at + r);
            // SAFETY: a row of a tile has 32 numbers.
            *registers = unsafe { [0, 16].map(|c| _mm512_loadu_ps(row.as_ptr().add(c))) };
        }
    }
    let mut remaining = pairs;
    for (left, right) in left.iter().zip(right) {
        let left: &[[Pair; CHUNK_PAIRS]; R] = left.0[first..].first_chunk().expect("a block has two halves");
        for (p, right) in right.0.iter().enumerate().take(remaining) {
            // SAFETY: both are 128 bytes, and every bit pattern is valid.
            let right: [__m512bh; 2] = unsafe { transmute::<[Pair; 32], [__m512bh; 2]>(*right) };
            for (sums, left) in registers.iter_mut().zip(left) {
                // SAFETY: both are 64 bytes, and every bit pattern is valid.
                let left: __m512bh = unsafe { transmute(_mm512_set1_epi32(left[p] as i32)) };
                sums[0] = _mm512_dpbf16_ps(sums[0], left, right[0]);
                sums[1] = _mm512_dpbf16_ps(sums[1], left, right[1]);
            }
        }
        remaining = remaining.saturating_sub(CHUNK_PAIRS);
        if remaining == 0 {
            break;
        }
    }
    for (r, [low, high]) in registers.into_iter().enumerate() {
        let row = sums.row(at + r);
        // SAFETY: a row of a tile has 32 numbers.
        unsafe {
            _mm512_storeu_ps(row.as_mut_ptr(), low);
            _mm512_storeu_ps(row.as_mut_ptr().add(16), high);
        }
    }
}
