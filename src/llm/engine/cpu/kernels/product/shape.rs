//! The shapes of tiles and panels.

pub(super) use crate::llm::weight::SIXTEEN;

/// Numbers of a line of the cache.
pub(super) const CACHE_LINE: usize = 16;
/// Rows of a tile.
pub(super) const ROWS: usize = 6;
/// Columns of a panel, which is as narrow as its columns allow.
pub(super) const PANELS: [usize; 3] = [SIXTEEN, 2 * SIXTEEN, WIDEST];
/// Columns of the widest panel.
pub(super) const WIDEST: usize = 4 * SIXTEEN;
