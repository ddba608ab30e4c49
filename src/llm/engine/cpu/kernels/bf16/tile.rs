//! The sums of one tile of a product: two blocks of rows by one panel of columns, added up by the best instructions of
//! the processor.
#![expect(unsafe_code, reason = "AVX-512 and AMX code may only run where the processor has it")]

use super::target::Tile;
#[cfg(target_arch = "x86_64")]
use super::{amx, avx512};

/// Rows of a block, and pairs of a chunk: what a tile register holds.
pub(super) const TILE_ROWS: usize = 16;
/// Pairs of neighbours along the inner dimension in a chunk.
pub(super) const CHUNK_PAIRS: usize = 16;
/// Columns of a panel: two registers of 16.
pub(super) const TILE_COLUMNS: usize = 32;

/// Two neighbours along the inner dimension in one number, the first in the low half.
pub(super) type Pair = u32;

/// A piece of the left factor: pairs of each row of a block.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct LeftChunk(pub(super) [[Pair; CHUNK_PAIRS]; TILE_ROWS]);

/// A piece of the right factor: for each pair of its rows, all columns of a panel.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct RightChunk(pub(super) [[Pair; TILE_COLUMNS]; CHUNK_PAIRS]);

impl RightChunk {
    /// Asks for it to be brought into the cache.
    pub(super) fn fetch(&self) {
        #[cfg(target_arch = "x86_64")]
        for line in self.0.as_flattened().as_chunks::<16>().0 {
            // SAFETY: fetching ahead changes nothing that a program could see, and the line is a valid address.
            unsafe {
                use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
                _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
            }
        }
    }
}

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

/// One or two blocks of rows of the left factor.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a> {
    pub(super) upper: &'a [LeftChunk],
    pub(super) lower: Option<&'a [LeftChunk]>,
    /// Pairs along the inner dimension.
    pub(super) pairs: usize,
    /// Rows that mean something; a unit may add up the others too.
    pub(super) rows: usize,
}

impl<'a> Blocks<'a> {
    /// Each block with the number of its rows that mean something.
    pub(super) fn each(&self) -> impl Iterator<Item = (&'a [LeftChunk], usize)> {
        let rows = self.rows;
        let upper = (self.upper, rows.min(TILE_ROWS));
        [Some(upper), self.lower.map(|lower| (lower, rows - TILE_ROWS))].into_iter().flatten()
    }

    /// Rows of the blocks, with those that mean nothing.
    fn height(&self) -> usize {
        if self.lower.is_some() { 2 * TILE_ROWS } else { TILE_ROWS }
    }

    /// Chunks along the inner dimension.
    pub(super) fn chunks(&self) -> usize {
        self.pairs.div_ceil(CHUNK_PAIRS)
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
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a unit is AMX only where it is usable, and this thread's tiles are configured in a session.
            Unit::Amx => unsafe { amx::sum(blocks, right, fresh, &mut sums) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a unit is this one only where the processor has AVX512-BF16.
            Unit::Avx512 => unsafe { avx512::sum(blocks, right, fresh, &mut sums) },
            _ => portable(blocks, right, fresh, &mut sums),
        }
    }
}

/// [`Session::sum`] on any processor.
fn portable(blocks: Blocks, right: &[RightChunk], fresh: bool, sums: &mut Tile) {
    for (block, (left, rows)) in blocks.each().enumerate() {
        for r in 0..rows {
            let row = sums.row(block * TILE_ROWS + r);
            if fresh {
                row.fill(0.0);
            }
            let pairs = left.iter().zip(right).flat_map(|(left, right)| left.0[r].iter().zip(&right.0));
            for (&a, right) in pairs.take(blocks.pairs) {
                for (sum, &b) in row.iter_mut().zip(right) {
                    // The upper halves first, as in the instruction of AVX-512.
                    *sum += high(a) * high(b);
                    *sum += low(a) * low(b);
                }
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
