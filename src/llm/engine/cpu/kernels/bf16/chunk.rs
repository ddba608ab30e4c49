//! The pieces that factors are laid out in, and that tiles are added up from.

use crate::llm::engine::cpu::kernels::ahead::fetch;

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
        self.0.as_flattened().as_chunks::<16>().0.iter().for_each(fetch);
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
    pub(super) fn height(&self) -> usize {
        if self.lower.is_some() { 2 * TILE_ROWS } else { TILE_ROWS }
    }

    /// Chunks along the inner dimension.
    pub(super) fn chunks(&self) -> usize {
        self.pairs.div_ceil(CHUNK_PAIRS)
    }
}
