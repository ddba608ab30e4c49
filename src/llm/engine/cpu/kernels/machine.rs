//! Calls into the `gemm` crate, and AVX2 and AVX-512 builds of kernels. All of the crate's unsafe code is here and in
//! [`bf16`](super::bf16).
#![expect(unsafe_code, reason = "the gemm crate takes raw pointers; such code may only run where the processor has it")]

use super::matrix::{MatMut, MatRef};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a product does with its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Overwrites it.
    Set,
    /// Adds to it.
    Add,
}

/// Which instructions [`gemm()`] may multiply with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernels {
    /// The best that the processor has.
    #[default]
    Best,
    /// AVX2, which nearly every x86 processor has: the same bytes on all of them.
    Avx2,
}

/// Why kernels cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this processor has no AVX2 with FMA; leave --kernels out")]
pub struct NoAvx2;

impl FromStr for Kernels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Best, Self::Avx2];
        all.into_iter().find(|kernels| kernels.name() == text).ok_or_else(|| "expected best or avx2".to_string())
    }
}

/// Whether this process is kept to AVX2.
static ONLY_AVX2: AtomicBool = AtomicBool::new(false);

impl Kernels {
    /// Lets all products of this process that come after it use these.
    ///
    /// # Errors
    /// If the processor does not have them.
    pub fn choose(self) -> Result<(), NoAvx2> {
        let only = self == Self::Avx2;
        #[cfg(target_arch = "x86_64")]
        let has = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        #[cfg(not(target_arch = "x86_64"))]
        let has = false;
        if only && !has {
            return Err(NoAvx2);
        }
        ONLY_AVX2.store(only, Ordering::Relaxed);
        Ok(())
    }

    /// The word that names them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Avx2 => "avx2",
        }
    }

    /// Those of this process.
    pub fn chosen() -> Self {
        if ONLY_AVX2.load(Ordering::Relaxed) { Self::Avx2 } else { Self::Best }
    }
}

/// The instruction set that [`gemm()`] multiplies with on this processor: `avx512f`, `avx2+fma`, `neon` or `scalar`.
///
/// Each adds up in a different order, so the last digits of products differ between sets; with the same set they are
/// identical to the bit, on any make of processor.
pub fn instructions() -> &'static str {
    // The same questions as in the gemm crate, in the same order.
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") && Kernels::chosen() == Kernels::Best {
        return "avx512f";
    } else if std::arch::is_x86_feature_detected!("fma") {
        return "avx2+fma";
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        return "neon";
    }
    "scalar"
}

/// The product of [`gemm()`] by AVX2, as the gemm crate computes it where the processor has nothing better: the
/// transposed product, since its kernels prefer columns.
///
/// # Safety
/// Every element of the three matrices can be accessed, and the processor has AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
unsafe fn gemm_avx2(dst: MatMut, store: Store, factor: f32, lhs: MatRef, rhs: MatRef, parallelism: gemm::Parallelism) {
    use gemm_common::simd::{MixedSimd, V3};
    use gemm_f32::microkernel::fma::f32::{H_M, H_N, H_UKR, MR_DIV_N, NR, UKR};
    /// Numbers of a register.
    const N: usize = 8;
    let simd = <V3 as MixedSimd<f32, f32, f32, f32>>::try_new().expect("`choose` checked it");
    let (m, n, k) = (dst.columns(), dst.rows(), lhs.columns());
    let (dst_stride, dst) = (dst.row_stride() as isize, dst.into_slice());
    let [(lhs_rows, lhs_columns), (rhs_rows, rhs_columns)] =
        [lhs.strides(), rhs.strides()].map(|(rows, columns)| (rows as isize, columns as isize));
    // SAFETY: as the caller promises.
    unsafe {
        gemm_common::gemm::gemm_basic_generic::<_, f32, N, { MR_DIV_N * N }, NR, MR_DIV_N, H_M, H_N>(
            simd,
            m,
            n,
            k,
            dst.as_mut_ptr(),
            dst_stride,
            1,
            store == Store::Add,
            rhs.slice().as_ptr(),
            rhs_rows,
            rhs_columns,
            lhs.slice().as_ptr(),
            lhs_rows,
            lhs_columns,
            1.0,
            factor,
            false,
            false,
            false,
            |a, b, c| a * b + c,
            &UKR,
            &H_UKR,
            false,
            parallelism,
        );
    }
}

/// dst = factor · lhs · rhs, or dst += factor · lhs · rhs, on up to `threads` threads of the current rayon pool.
///
/// # Panics
/// If the shapes do not fit together.
pub fn gemm(dst: MatMut, store: Store, factor: f32, lhs: MatRef, rhs: MatRef, threads: usize) {
    let (m, n, k) = (dst.rows(), dst.columns(), lhs.columns());
    assert!(
        lhs.rows() == m && rhs.columns() == n && rhs.rows() == k,
        "a product of {m}x{k} and {}x{} does not fit {m}x{n}, with {} rows on the left",
        rhs.rows(),
        rhs.columns(),
        lhs.rows()
    );
    let parallelism = if threads > 1 { gemm::Parallelism::Rayon(threads) } else { gemm::Parallelism::None };
    #[cfg(target_arch = "x86_64")]
    if Kernels::chosen() == Kernels::Avx2 {
        // SAFETY: `choose` checked the processor; the constructors of MatRef and MatMut checked that every element lies
        // inside its slice, and the shapes were checked to fit above.
        return unsafe { gemm_avx2(dst, store, factor, lhs, rhs, parallelism) };
    }
    let (dst_stride, dst) = (dst.row_stride() as isize, dst.into_slice());
    let [(lhs_rows, lhs_columns), (rhs_rows, rhs_columns)] =
        [lhs.strides(), rhs.strides()].map(|(rows, columns)| (rows as isize, columns as isize));
    // SAFETY: the constructors of MatRef and MatMut checked that every element lies inside its slice, and that rows of
    // `dst` do not overlap; the shapes were checked to fit above. `dst` is borrowed mutably, so it overlaps neither
    // input.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            dst.as_mut_ptr(),
            1,
            dst_stride,
            store == Store::Add,
            lhs.slice().as_ptr(),
            lhs_columns,
            lhs_rows,
            rhs.slice().as_ptr(),
            rhs_columns,
            rhs_rows,
            1.0,
            factor,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Whether the processor has the parts of AVX-512 that kernels are built for.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx512() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

/// Defines a function that is compiled three times, for the baseline processor, for AVX2 and AVX-512, and that picks
/// the best build at run time. All do the same IEEE operations in the same order (no fused multiply-add), so they agree
/// to the bit.
macro_rules! vectorised {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$meta])*
        $visibility fn $name($($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn portable($($argument: $kind),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512($($argument: $kind),*) $(-> $result)? {
                    portable($($argument),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) $(-> $result)? {
                    portable($($argument),*)
                }
                if $crate::llm::engine::cpu::kernels::machine::has_avx512() {
                    // SAFETY: `avx512` is safe code and the processor was just asked whether it has AVX-512.
                    #[expect(unsafe_code, reason = "calling AVX-512 code where AVX-512 is present")]
                    return unsafe { avx512($($argument),*) };
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: `avx2` is safe code and the processor was just asked whether it has AVX2.
                    #[expect(unsafe_code, reason = "calling AVX2 code where AVX2 is present")]
                    return unsafe { avx2($($argument),*) };
                }
            }
            portable($($argument),*)
        }
    };
}
pub(crate) use vectorised;

#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod tests {
    use super::instructions;
    use crate::testing::processor_has;

    #[test]
    fn the_instructions_are_those_that_the_system_lists() {
        let expected = match (processor_has("avx512f"), processor_has("fma")) {
            (true, _) => "avx512f",
            (false, true) => "avx2+fma",
            (false, false) => "scalar",
        };
        assert_eq!(instructions(), expected);
    }
}
