//! The sums of one tile of a bf16 product.
#![expect(unsafe_code, reason = "AVX-512 code may only run where the processor has it")]

/// Rows of a tile: with two registers of columns, 24 registers of sums.
pub(super) const TILE_ROWS: usize = 12;
/// Columns of a tile: two registers of 16.
pub(super) const TILE_COLUMNS: usize = 32;

/// Two neighbours along the inner dimension in one number, the first in the low half.
pub(super) type Pair = u32;
/// Pairs of all columns of a tile.
pub(super) type PairRow = [Pair; TILE_COLUMNS];
/// One row of a tile's result.
pub(super) type SumRow = [f32; TILE_COLUMNS];

/// Whether this processor multiplies bf16 (AVX512-BF16).
pub fn has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    let has = false;
    has
}

/// `sums[r][c] = Σ lhs[p][r] · rhs[p][c]` over pairs `p`, for up to [`TILE_ROWS`] rows.
pub(super) fn tile(lhs: &[Pair], rhs: &[PairRow], sums: &mut [SumRow]) {
    #[cfg(target_arch = "x86_64")]
    if has_bf16() {
        // SAFETY: the processor was just asked whether it has AVX512-BF16.
        return unsafe { avx512::tile(lhs, rhs, sums) };
    }
    portable(lhs, rhs, sums);
}

/// [`tile`] on any processor.
pub(super) fn portable(lhs: &[Pair], rhs: &[PairRow], sums: &mut [SumRow]) {
    let rows = sums.len();
    sums.fill([0.0; _]);
    for (left, right) in lhs.chunks_exact(rows).zip(rhs) {
        for (sums, &a) in sums.iter_mut().zip(left) {
            for (sum, &b) in sums.iter_mut().zip(right) {
                // The upper halves first, as in the instruction.
                *sum += high(a) * high(b);
                *sum += low(a) * low(b);
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

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{Pair, PairRow, SumRow, TILE_ROWS};
    use std::arch::x86_64::{__m512, __m512bh, _mm512_dpbf16_ps, _mm512_set1_epi32, _mm512_setzero_ps};
    use std::mem::transmute;

    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) fn tile(lhs: &[Pair], rhs: &[PairRow], sums: &mut [SumRow]) {
        const { assert!(TILE_ROWS == 12, "one arm below for each height") };
        match sums.len() {
            1 => rows::<1>(lhs, rhs, sums),
            2 => rows::<2>(lhs, rhs, sums),
            3 => rows::<3>(lhs, rhs, sums),
            4 => rows::<4>(lhs, rhs, sums),
            5 => rows::<5>(lhs, rhs, sums),
            6 => rows::<6>(lhs, rhs, sums),
            7 => rows::<7>(lhs, rhs, sums),
            8 => rows::<8>(lhs, rhs, sums),
            9 => rows::<9>(lhs, rhs, sums),
            10 => rows::<10>(lhs, rhs, sums),
            11 => rows::<11>(lhs, rhs, sums),
            12 => rows::<12>(lhs, rhs, sums),
            other => unreachable!("a tile of {other} rows"),
        }
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    fn rows<const R: usize>(lhs: &[Pair], rhs: &[PairRow], sums: &mut [SumRow]) {
        let mut registers = [[_mm512_setzero_ps(); 2]; R];
        for (left, right) in lhs.as_chunks::<R>().0.iter().zip(rhs) {
            // SAFETY: both are 64 bytes, and every bit pattern is valid.
            let right: [__m512bh; 2] = unsafe { transmute::<PairRow, [__m512bh; 2]>(*right) };
            for (sums, &pair) in registers.iter_mut().zip(left) {
                // SAFETY: both are 64 bytes, and every bit pattern is valid.
                let left: __m512bh = unsafe { transmute(_mm512_set1_epi32(pair as i32)) };
                sums[0] = _mm512_dpbf16_ps(sums[0], left, right[0]);
                sums[1] = _mm512_dpbf16_ps(sums[1], left, right[1]);
            }
        }
        for (sums, registers) in sums.iter_mut().zip(registers) {
            // SAFETY: both are 128 bytes, and every bit pattern is valid.
            *sums = unsafe { transmute::<[__m512; 2], SumRow>(registers) };
        }
    }
}
