//! Sums by AVX2 and FMA: up to 12 registers of 8 numbers.
#![expect(unsafe_code, reason = "AVX2 code may only run where the processor has it")]

use super::factors::Factors;
use super::shape::{ROWS, SIXTEEN};
use crate::llm::engine::cpu::kernels::target::Tile;
use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps};

/// Numbers of a register.
const LANES: usize = 8;

/// See [`super::unit::Unit::sum`].
///
/// # Safety
/// The factors fit each other and the tile.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn sum(factors: &Factors, fresh: bool, tile: &mut Tile) {
    for column in (0..factors.width).step_by(SIXTEEN) {
        // SAFETY: as the caller promises.
        unsafe {
            match factors.rows {
                1 => rows::<1>(factors, column, fresh, tile),
                2 => rows::<2>(factors, column, fresh, tile),
                3 => rows::<3>(factors, column, fresh, tile),
                4 => rows::<4>(factors, column, fresh, tile),
                5 => rows::<5>(factors, column, fresh, tile),
                _ => rows::<ROWS>(factors, column, fresh, tile),
            }
        }
    }
}

/// `R` rows of the columns from `column` on.
///
/// # Safety
/// Both factors and the tile have as many numbers.
#[target_feature(enable = "avx2,fma")]
unsafe fn rows<const R: usize>(factors: &Factors, column: usize, fresh: bool, tile: &mut Tile) {
    let Factors { down, along, stride, sixteens, depth, .. } = *factors;
    let (start, below) = (tile.start(), tile.stride());
    let at = |r: usize, v: usize| start.wrapping_add(r * below + column + v * LANES);
    let mut sums = [[_mm256_setzero_ps(); 2]; R];
    if !fresh {
        for (r, sums) in sums.iter_mut().enumerate() {
            for (v, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the tile has these numbers.
                *sum = unsafe { _mm256_loadu_ps(at(r, v)) };
            }
        }
    }
    let left: [*const f32; R] = std::array::from_fn(|r| factors.left.as_ptr().wrapping_add(r * down));
    let right = factors.right.as_ptr().wrapping_add(column / SIXTEEN * sixteens);
    for step in 0..depth {
        // SAFETY: the right factor has these numbers.
        let numbers = [0, LANES].map(|v| unsafe { _mm256_loadu_ps(right.wrapping_add(step * stride + v)) });
        for (sums, left) in sums.iter_mut().zip(left) {
            // SAFETY: the left factor has this number.
            let left = _mm256_set1_ps(unsafe { *left.wrapping_add(step * along) });
            for (sum, &right) in sums.iter_mut().zip(&numbers) {
                *sum = _mm256_fmadd_ps(left, right, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, &sum) in sums.iter().enumerate() {
            // SAFETY: the tile has these numbers.
            unsafe { _mm256_storeu_ps(at(r, v), sum) };
        }
    }
}
