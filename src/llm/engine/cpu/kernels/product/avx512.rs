//! Sums by AVX-512: up to 24 registers of 16 numbers.
#![expect(unsafe_code, reason = "AVX-512 code may only run where the processor has it")]

use super::factors::Factors;
use super::shape::ROWS;
use crate::llm::engine::cpu::kernels::target::Tile;
use std::arch::x86_64::{
    _MM_HINT_T0, _mm_prefetch, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

/// Numbers of a register.
const LANES: usize = 16;

/// See [`super::unit::Unit::sum`].
///
/// # Safety
/// The factors fit each other and the tile.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn sum(factors: &Factors, fresh: bool, tile: &mut Tile) {
    // SAFETY: as the caller promises.
    unsafe {
        match factors.width {
            16 => some_rows::<1>(factors, fresh, tile),
            32 => some_rows::<2>(factors, fresh, tile),
            _ => some_rows::<4>(factors, fresh, tile),
        }
    }
}

/// See [`rows`].
#[target_feature(enable = "avx512f")]
unsafe fn some_rows<const V: usize>(factors: &Factors, fresh: bool, tile: &mut Tile) {
    // SAFETY: as the caller promises.
    unsafe {
        match factors.rows {
            1 => rows::<1, V>(factors, fresh, tile),
            2 => rows::<2, V>(factors, fresh, tile),
            3 => rows::<3, V>(factors, fresh, tile),
            4 => rows::<4, V>(factors, fresh, tile),
            5 => rows::<5, V>(factors, fresh, tile),
            _ => rows::<ROWS, V>(factors, fresh, tile),
        }
    }
}

/// `R` rows, in `V` registers each.
///
/// # Safety
/// Both factors and the tile have as many numbers.
#[target_feature(enable = "avx512f")]
unsafe fn rows<const R: usize, const V: usize>(factors: &Factors, fresh: bool, tile: &mut Tile) {
    let Factors { down, along, stride, sixteens, depth, .. } = *factors;
    let (start, below) = (tile.start(), tile.stride());
    let at = |r: usize, v: usize| start.wrapping_add(r * below + v * LANES);
    let mut sums = [[_mm512_setzero_ps(); V]; R];
    for (r, sums) in sums.iter_mut().enumerate() {
        for (v, sum) in sums.iter_mut().enumerate() {
            if !fresh {
                // SAFETY: the tile has these numbers.
                *sum = unsafe { _mm512_loadu_ps(at(r, v)) };
            }
            // The rows that follow are next.
            _mm_prefetch::<_MM_HINT_T0>(at(R + r, v).cast());
        }
    }
    let left: [*const f32; R] = std::array::from_fn(|r| factors.left.as_ptr().wrapping_add(r * down));
    let right = factors.right.as_ptr();
    for begin in (0..depth).step_by(LANES) {
        // The rows that follow are next.
        for left in left {
            _mm_prefetch::<_MM_HINT_T0>(left.wrapping_add(R * down + begin * along).cast());
        }
        for step in begin..depth.min(begin + LANES) {
            let mut numbers = [_mm512_setzero_ps(); V];
            for (v, numbers) in numbers.iter_mut().enumerate() {
                // SAFETY: the right factor has these numbers.
                *numbers = unsafe { _mm512_loadu_ps(right.wrapping_add(step * stride + v * sixteens)) };
            }
            for (sums, left) in sums.iter_mut().zip(left) {
                // SAFETY: the left factor has this number.
                let left = _mm512_set1_ps(unsafe { *left.wrapping_add(step * along) });
                for (sum, &right) in sums.iter_mut().zip(&numbers) {
                    *sum = _mm512_fmadd_ps(left, right, *sum);
                }
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, &sum) in sums.iter().enumerate() {
            // SAFETY: the tile has these numbers.
            unsafe { _mm512_storeu_ps(at(r, v), sum) };
        }
    }
}
