//! What multiplies bf16 on a processor, and the sums of one tile by it: two blocks of rows by one panel of columns.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "AVX-512 and AMX code may only run where the processor has it")
)]

use super::chunk::{Blocks, RightChunk, TILE_COLUMNS};
use super::portable;
#[cfg(target_arch = "x86_64")]
use super::{amx, avx512};
use crate::llm::engine::cpu::kernels::target::Tile;

/// What multiplies bf16 on this processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// AMX: tile registers (Sapphire Rapids and later).
    Amx,
    /// AVX512-BF16 (Cooper Lake, Zen 4 and later).
    Avx512,
    /// Plain arithmetic that computes the same sums, on any processor.
    Portable,
}

impl Unit {
    /// The fastest one of this processor.
    pub fn of_this_cpu() -> Self {
        #[cfg(target_arch = "x86_64")]
        if amx::is_usable() {
            return Self::Amx;
        } else if avx512::is_usable() {
            return Self::Avx512;
        }
        Self::Portable
    }

    /// The name of its instructions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amx => "amx-bf16",
            Self::Avx512 => "avx512bf16",
            Self::Portable => "portable bf16",
        }
    }

    /// Every one that this processor has.
    #[cfg(test)]
    pub(super) fn all_of_this_cpu() -> Vec<Self> {
        let has = |unit: &Self| match unit {
            #[cfg(target_arch = "x86_64")]
            Self::Amx => amx::is_usable(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::is_usable(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Amx | Self::Avx512 => false,
            Self::Portable => true,
        };
        [Self::Amx, Self::Avx512, Self::Portable].into_iter().filter(has).collect()
    }

    /// Prepares this thread for tiles; what is returned undoes it.
    pub(super) fn begin(self) -> Session {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Amx {
            // SAFETY: a unit is AMX only where it is usable.
            unsafe { amx::configure() };
        }
        Session(self)
    }
}

/// A thread that computes tiles.
pub(super) struct Session(Unit);

impl Drop for Session {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if self.0 == Unit::Amx {
            // SAFETY: a unit is AMX only where it is usable.
            unsafe { amx::release() };
        }
    }
}

impl Session {
    /// Adds to `sums`, for each row of the blocks and each column of the panel, Σ left · right over all pairs; `fresh`
    /// overwrites them instead.
    ///
    /// # Panics
    /// If a factor is shorter, there are no pairs, or the tile has fewer rows than the blocks.
    pub(super) fn sum(&self, blocks: Blocks, right: &[RightChunk], fresh: bool, mut sums: Tile) {
        let chunks = blocks.chunks();
        assert!(chunks > 0 && blocks.upper.len() >= chunks && right.len() >= chunks, "{chunks} chunks");
        assert!(blocks.lower.is_none_or(|lower| lower.len() >= chunks), "{chunks} chunks");
        assert!(sums.rows() >= blocks.height() && blocks.rows <= blocks.height(), "a tile of {} rows", sums.rows());
        assert!(sums.columns() == TILE_COLUMNS, "a tile of {} columns", sums.columns());
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a unit is AMX only where it is usable, and this thread's tiles are configured in a session.
            Unit::Amx => unsafe { amx::sum(blocks, right, fresh, &mut sums) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a unit is this one only where the processor has AVX512-BF16.
            Unit::Avx512 => unsafe { avx512::sum(blocks, right, fresh, &mut sums) },
            _ => portable::sum(blocks, right, fresh, &mut sums),
        }
    }
}
