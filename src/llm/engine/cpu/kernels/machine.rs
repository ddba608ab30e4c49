//! Calls into the `gemm` crate, and AVX2 and AVX-512 builds of kernels. All of the crate's unsafe code is here and in
//! [`bf16`](super::bf16).
#![expect(unsafe_code, reason = "the gemm crate takes raw pointers; such code may only run where the processor has it")]

use super::matrix::{MatMut, MatRef};

/// What a product does with its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Overwrites it.
    Set,
    /// Adds to it.
    Add,
}

/// The instruction set that [`gemm()`] multiplies with on this processor: `avx512f`, `avx2+fma`, `neon` or `scalar`.
///
/// Each adds up in a different order, so the last digits of products differ between sets; with the same set they are
/// identical to the bit, on any make of processor.
pub fn instructions() -> &'static str {
    // The same questions as in the gemm crate, in the same order.
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
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

/// Defines a function that is compiled three times, for the baseline processor, for AVX2 and for AVX-512, and that picks
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
