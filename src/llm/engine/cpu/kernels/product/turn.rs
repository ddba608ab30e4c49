//! Squares of sixteen lines and sixteen steps, turned: from line after line to step after step.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "AVX2 and AVX-512 code may only run where the processor has them")
)]

use super::shape::SIXTEEN;
use super::unit::Unit;

/// Sixteen lines of sixteen steps.
pub(super) type Square = [[f32; SIXTEEN]; SIXTEEN];

/// Writes step after step of `lines` into the sixteen columns of `to` from `first` on.
///
/// # Panics
/// If `to` has fewer columns.
pub(super) fn turn<const WIDTH: usize>(unit: Unit, lines: &Square, to: &mut [[f32; WIDTH]; SIXTEEN], first: usize) {
    assert!(first + SIXTEEN <= WIDTH, "columns {first} to {} of {WIDTH}", first + SIXTEEN);
    match unit {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a unit is this one only where the processor has AVX-512, and the columns were checked.
        Unit::Avx512 => unsafe { avx512(lines, to, first) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a unit is this one only where the processor has AVX2, and the columns were checked.
        Unit::Avx2 => unsafe { avx2(lines, to, first) },
        Unit::Portable => {
            for (step, to) in to.iter_mut().enumerate() {
                for (to, line) in to[first..].iter_mut().zip(lines) {
                    *to = line[step];
                }
            }
        }
    }
}

/// Four steps at a time: a register holds them of four lines, each fourth of all, so that four registers turned within
/// their quarters hold the lines in order.
///
/// # Safety
/// `to` has sixteen columns from `first` on.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<const WIDTH: usize>(lines: &Square, to: &mut [[f32; WIDTH]; SIXTEEN], first: usize) {
    use std::arch::x86_64::*;
    for step in (0..SIXTEEN).step_by(4) {
        let mut own = [_mm512_setzero_ps(); 4];
        for (line, own) in own.iter_mut().enumerate() {
            // SAFETY: a line has sixteen steps.
            unsafe {
                let all = _mm512_castps128_ps512(_mm_loadu_ps(four(&lines[line], step)));
                let all = _mm512_insertf32x4::<1>(all, _mm_loadu_ps(four(&lines[line + 4], step)));
                let all = _mm512_insertf32x4::<2>(all, _mm_loadu_ps(four(&lines[line + 8], step)));
                *own = _mm512_insertf32x4::<3>(all, _mm_loadu_ps(four(&lines[line + 12], step)));
            }
        }
        let [a, b, c, d] = own;
        let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        let (ab_low, ab_high) = (_mm512_castps_pd(ab_low), _mm512_castps_pd(ab_high));
        let (cd_low, cd_high) = (_mm512_castps_pd(cd_low), _mm512_castps_pd(cd_high));
        let turned = [
            _mm512_unpacklo_pd(ab_low, cd_low),
            _mm512_unpackhi_pd(ab_low, cd_low),
            _mm512_unpacklo_pd(ab_high, cd_high),
            _mm512_unpackhi_pd(ab_high, cd_high),
        ];
        for (to, turned) in to[step..].iter_mut().zip(turned) {
            // SAFETY: as the caller promises.
            unsafe { _mm512_storeu_ps(to.as_mut_ptr().wrapping_add(first), _mm512_castpd_ps(turned)) };
        }
    }
}

/// As [`avx512`], of eight lines at a time.
///
/// # Safety
/// `to` has sixteen columns from `first` on.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2<const WIDTH: usize>(lines: &Square, to: &mut [[f32; WIDTH]; SIXTEEN], first: usize) {
    use std::arch::x86_64::*;
    for half in [0, 8] {
        for step in (0..SIXTEEN).step_by(4) {
            let mut own = [_mm256_setzero_ps(); 4];
            for (line, own) in own.iter_mut().enumerate() {
                // SAFETY: a line has sixteen steps.
                unsafe {
                    let low = _mm256_castps128_ps256(_mm_loadu_ps(four(&lines[half + line], step)));
                    *own = _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(four(&lines[half + line + 4], step)));
                }
            }
            let [a, b, c, d] = own;
            let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            let (ab_low, ab_high) = (_mm256_castps_pd(ab_low), _mm256_castps_pd(ab_high));
            let (cd_low, cd_high) = (_mm256_castps_pd(cd_low), _mm256_castps_pd(cd_high));
            let turned = [
                _mm256_unpacklo_pd(ab_low, cd_low),
                _mm256_unpackhi_pd(ab_low, cd_low),
                _mm256_unpacklo_pd(ab_high, cd_high),
                _mm256_unpackhi_pd(ab_high, cd_high),
            ];
            for (to, turned) in to[step..].iter_mut().zip(turned) {
                // SAFETY: as the caller promises.
                unsafe { _mm256_storeu_ps(to.as_mut_ptr().wrapping_add(first + half), _mm256_castpd_ps(turned)) };
            }
        }
    }
}

/// Where four steps of a line begin.
#[cfg(target_arch = "x86_64")]
fn four(line: &[f32; SIXTEEN], step: usize) -> *const f32 {
    line[step..].as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_turns_squares_and_leaves_other_columns_alone() {
        let lines: Square = std::array::from_fn(|line| std::array::from_fn(|step| (line * SIXTEEN + step) as f32));
        for unit in Unit::all_of_this_cpu() {
            let mut to = [[-1.0; 64]; SIXTEEN];
            turn(unit, &lines, &mut to, 16);
            for (step, row) in to.iter().enumerate() {
                let expected: [f32; SIXTEEN] = std::array::from_fn(|line| (line * SIXTEEN + step) as f32);
                assert_eq!(row[16..32], expected, "{unit:?}");
                assert!(row[..16].iter().chain(&row[32..]).all(|&other| other == -1.0), "{unit:?}");
            }
        }
    }
}
