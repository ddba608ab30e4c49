//! What multiplies f32 on a processor, and the sums of one tile by it: a few rows by a panel.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "AVX2 and AVX-512 code may only run where the processor has it")
)]

use super::factors::Factors;
use super::portable;
use super::shape::{SIXTEEN, WIDEST};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use crate::llm::engine::cpu::kernels::machine::instructions;
use crate::llm::engine::cpu::kernels::target::Tile;

/// What multiplies f32 on this processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain arithmetic.
    Portable,
}

impl Unit {
    /// The fastest one of this processor.
    pub(super) fn of_this_cpu() -> Self {
        #[cfg(target_arch = "x86_64")]
        match instructions() {
            "avx512f" => return Self::Avx512,
            "avx2+fma" => return Self::Avx2,
            _ => {}
        }
        Self::Portable
    }

    /// Every one that this processor has.
    #[cfg(test)]
    pub(super) fn all_of_this_cpu() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            let fma = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
            all.extend(fma.then_some(Self::Avx2));
            all.extend(std::arch::is_x86_feature_detected!("avx512f").then_some(Self::Avx512));
        }
        all
    }

    /// How many columns of the right factor are laid out side by side: as many as are multiplied at a time, so that
    /// they take little of the first-level cache.
    pub(super) fn side_by_side(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => WIDEST,
            _ => SIXTEEN,
        }
    }

    /// Goes on with the sums in `tile`, for each row and each column: Σ left · right over all steps, each
    /// a fused multiply-add; `fresh` begins at zero instead.
    ///
    /// # Panics
    /// If a factor is shorter, there are no steps, or the tile is smaller.
    pub(super) fn sum(self, factors: &Factors, fresh: bool, mut tile: Tile) {
        factors.check(&tile);
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a unit is this one only where the processor has AVX-512, and the factors were checked.
            Self::Avx512 => unsafe { avx512::sum(factors, fresh, &mut tile) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a unit is this one only where the processor has AVX2 and FMA, and the factors were checked.
            Self::Avx2 => unsafe { avx2::sum(factors, fresh, &mut tile) },
            Self::Portable => portable::sum(factors, fresh, &mut tile),
        }
    }
}
