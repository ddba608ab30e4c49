//! Which instructions kernels are compiled to, and which of them run here.

/// The instruction set that products in f32 use on this processor: `avx512f`, `avx2+fma`, `neon` or `scalar`. All give
/// the same bits (see [`product`](super::product)).
pub fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        return "avx512f";
    } else if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        return "avx2+fma";
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        return "neon";
    }
    "scalar"
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
        let expected = match (processor_has("avx512f"), processor_has("avx2") && processor_has("fma")) {
            (true, _) => "avx512f",
            (false, true) => "avx2+fma",
            (false, false) => "scalar",
        };
        assert_eq!(instructions(), expected);
    }
}
