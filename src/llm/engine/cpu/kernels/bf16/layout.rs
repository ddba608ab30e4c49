//! How factors are rounded and laid out: the left one in blocks of rows, the right one in panels of columns, both in
//! chunks along the inner dimension.
//!
//! A factor may be made of parts that follow each other along the inner dimension. Each part begins with a chunk of its
//! own, filled up with zeros, so a part can be multiplied by itself.

use super::chunk::{CHUNK_PAIRS, LeftChunk, Pair, RightChunk, TILE_COLUMNS, TILE_ROWS};
use crate::llm::engine::cpu::kernels::machine::vectorised;
use crate::llm::engine::cpu::kernels::matrix::MatRef;
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of a chunk along the inner dimension.
const CHUNK: usize = 2 * CHUNK_PAIRS;

/// A part of a factor along the inner dimension.
#[derive(Clone, Debug)]
struct Part {
    /// Where its chunks are.
    chunks: Range<usize>,
    /// How many numbers it holds.
    length: usize,
}

/// Where the numbers of `parts` end, with the zeros between them.
fn end(parts: &[Part]) -> usize {
    parts.last().map_or(0, |part| part.chunks.start * CHUNK + part.length)
}

/// The chunks of parts of these lengths.
fn lay_out(lengths: impl Iterator<Item = usize>, parts: &mut Vec<Part>) -> usize {
    parts.clear();
    let mut end = 0;
    for length in lengths {
        let chunks = end..end + length.div_ceil(CHUNK);
        end = chunks.end;
        parts.push(Part { chunks, length });
    }
    end
}

/// A left factor, rounded: blocks of [`TILE_ROWS`] rows. The last block may have rows that mean nothing.
#[derive(Debug, Default)]
pub struct Rows {
    chunks: Vec<LeftChunk>,
    rows: usize,
    /// Chunks of a block.
    width: usize,
    parts: Vec<Part>,
}

/// A left factor as it is multiplied: all parts, or one.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a> {
    chunks: &'a [LeftChunk],
    rows: usize,
    width: usize,
    /// The first chunk of each block that is multiplied.
    first: usize,
    inner: usize,
}

impl<'a> Left<'a> {
    /// Some chunks of a block.
    pub(super) fn block(&self, block: usize, chunks: Range<usize>) -> &'a [LeftChunk] {
        &self.chunks[block * self.width + self.first..][chunks]
    }

    pub(super) fn blocks(&self) -> usize {
        self.rows.div_ceil(TILE_ROWS)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers along the inner dimension, with the zeros between parts.
    pub(super) fn inner(&self) -> usize {
        self.inner
    }
}

impl Rows {
    /// Rounds `matrix`, (rows, inner), whose columns belong to parts of these lengths, on up to `threads`
    /// threads.
    ///
    /// # Panics
    /// If the parts are not all columns, or the matrix is neither row-major nor transposed.
    pub fn fill(&mut self, matrix: MatRef, lengths: &[usize], threads: usize) {
        let columns: usize = lengths.iter().sum();
        assert!(columns == matrix.columns(), "parts of {lengths:?} columns are not {}", matrix.columns());
        self.rows = matrix.rows();
        self.width = lay_out(lengths.iter().copied(), &mut self.parts);
        let len = self.rows.div_ceil(TILE_ROWS) * self.width;
        if self.chunks.len() < len {
            self.chunks.resize(len, LeftChunk([[0; CHUNK_PAIRS]; TILE_ROWS]));
        }
        if len == 0 {
            return;
        }
        let (down, right) = matrix.strides();
        let block = |(block, chunks): (usize, &mut [LeftChunk])| {
            let rows = block * TILE_ROWS..self.rows.min((block + 1) * TILE_ROWS);
            let mut column = 0;
            for part in &self.parts {
                let chunks = &mut chunks[part.chunks.clone()];
                let from = &matrix.slice()[rows.start * down + column * right..];
                column += part.length;
                if right == 1 {
                    rows_of_block(from, down, rows.len(), part.length, chunks);
                } else {
                    columns_of_block(from, right, rows.len(), part.length, chunks);
                }
            }
        };
        assert!(right == 1 || down == 1, "a factor is row-major or transposed");
        if threads > 1 {
            self.chunks[..len].par_chunks_mut(self.width).enumerate().for_each(block);
        } else {
            self.chunks[..len].chunks_mut(self.width).enumerate().for_each(block);
        }
    }

    /// All parts, one after the other.
    pub fn all(&self) -> Left<'_> {
        Left { chunks: &self.chunks, rows: self.rows, width: self.width, first: 0, inner: end(&self.parts) }
    }

    /// One part.
    pub fn part(&self, part: usize) -> Left<'_> {
        let Part { chunks, length } = &self.parts[part];
        Left { chunks: &self.chunks, rows: self.rows, width: self.width, first: chunks.start, inner: *length }
    }
}

vectorised! {
    /// Rounds rows that lie `stride` numbers apart.
    fn rows_of_block(from: &[f32], stride: usize, rows: usize, inner: usize, chunks: &mut [LeftChunk]) {
        for row in 0..rows {
            let (whole, rest) = from[row * stride..][..inner].as_chunks::<CHUNK>();
            for (chunk, numbers) in chunks.iter_mut().zip(whole) {
                chunk.0[row] = rounded_pairs(numbers);
            }
            if let (false, Some(chunk)) = (rest.is_empty(), chunks.last_mut()) {
                let mut numbers = [0.0; CHUNK];
                numbers[..rest.len()].copy_from_slice(rest);
                chunk.0[row] = rounded_pairs(&numbers);
            }
        }
    }
}

vectorised! {
    /// Rounds rows whose neighbours lie side by side, `stride` numbers between one's elements.
    fn columns_of_block(from: &[f32], stride: usize, rows: usize, inner: usize, chunks: &mut [LeftChunk]) {
        let mut pairs = [[0; TILE_ROWS]; CHUNK_PAIRS];
        for (c, chunk) in chunks.iter_mut().enumerate() {
            for (p, pairs) in pairs.iter_mut().enumerate() {
                let line = |k: usize| line::<TILE_ROWS>(from, k * stride, if k < inner { rows } else { 0 });
                let k = c * CHUNK + 2 * p;
                *pairs = joined(&line(k), &line(k + 1));
            }
            for (r, row) in chunk.0.iter_mut().enumerate() {
                for (to, pairs) in row.iter_mut().zip(&pairs) {
                    *to = pairs[r];
                }
            }
        }
    }
}

/// A right factor, rounded: panels of [`TILE_COLUMNS`] columns, filled up with zeros.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    chunks: Vec<RightChunk>,
    columns: usize,
    /// Chunks of a panel.
    width: usize,
    parts: Vec<Part>,
}

impl Panels {
    /// [`Panels::fill`] for panels that are kept.
    ///
    /// # Panics
    /// As there.
    pub fn new(matrices: &[MatRef]) -> Self {
        let mut panels = Self::default();
        panels.fill(matrices, 1);
        panels
    }

    /// Rounds matrices (inner, columns) that follow each other along the inner dimension, on up to `threads` threads,
    /// in place of what was there.
    ///
    /// # Panics
    /// If they differ in the number of columns, or there is none.
    pub fn fill(&mut self, matrices: &[MatRef], threads: usize) {
        self.columns = matrices[0].columns();
        assert!(matrices.iter().all(|matrix| matrix.columns() == self.columns), "parts have the same columns");
        self.width = lay_out(matrices.iter().map(MatRef::rows), &mut self.parts);
        let len = self.columns.div_ceil(TILE_COLUMNS) * self.width;
        if self.chunks.len() < len {
            self.chunks.resize(len, RightChunk([[0; TILE_COLUMNS]; CHUNK_PAIRS]));
        }
        if len == 0 {
            return;
        }
        let fill = |(panel, chunks): (usize, &mut [RightChunk])| {
            let columns = panel * TILE_COLUMNS..self.columns.min((panel + 1) * TILE_COLUMNS);
            for (part, matrix) in self.parts.iter().zip(matrices) {
                let (down, right) = matrix.strides();
                let chunks = &mut chunks[part.chunks.clone()];
                let from = &matrix.slice()[columns.start * right..];
                if right == 1 {
                    rows_of_panel(from, down, columns.len(), matrix.rows(), chunks);
                } else {
                    assert!(down == 1, "a factor is row-major or transposed");
                    columns_of_panel(from, right, columns.len(), matrix.rows(), chunks);
                }
            }
        };
        if threads > 1 {
            self.chunks[..len].par_chunks_mut(self.width).enumerate().for_each(fill);
        } else {
            self.chunks[..len].chunks_mut(self.width).enumerate().for_each(fill);
        }
    }

    /// Panel by panel.
    pub(super) fn chunks(&self) -> &[RightChunk] {
        &self.chunks[..self.columns.div_ceil(TILE_COLUMNS) * self.width]
    }

    /// Chunks of a panel.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Numbers along the inner dimension, with the zeros between parts.
    pub(super) fn inner(&self) -> usize {
        end(&self.parts)
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.chunks[..])
    }
}

vectorised! {
    /// Rounds `columns` columns of rows that lie `stride` numbers apart.
    fn rows_of_panel(from: &[f32], stride: usize, columns: usize, inner: usize, chunks: &mut [RightChunk]) {
        for (c, chunk) in chunks.iter_mut().enumerate() {
            for (p, pairs) in chunk.0.iter_mut().enumerate() {
                let line = |k: usize| line::<TILE_COLUMNS>(from, k * stride, if k < inner { columns } else { 0 });
                let k = c * CHUNK + 2 * p;
                *pairs = joined(&line(k), &line(k + 1));
            }
        }
    }
}

vectorised! {
    /// Rounds `columns` columns, each in one piece, that begin `stride` numbers apart.
    fn columns_of_panel(from: &[f32], stride: usize, columns: usize, inner: usize, chunks: &mut [RightChunk]) {
        let mut pairs = [[0; CHUNK_PAIRS]; TILE_ROWS];
        for (c, chunk) in chunks.iter_mut().enumerate() {
            let ks = c * CHUNK..inner.min((c + 1) * CHUNK);
            for first in (0..TILE_COLUMNS).step_by(TILE_ROWS) {
                for (i, pairs) in pairs.iter_mut().enumerate() {
                    let len = if first + i < columns { ks.len() } else { 0 };
                    *pairs = rounded_pairs(&line(from, (first + i) * stride + ks.start, len));
                }
                for (p, to) in chunk.0.iter_mut().enumerate() {
                    for (to, pairs) in to[first..first + TILE_ROWS].iter_mut().zip(&pairs) {
                        *to = pairs[p];
                    }
                }
            }
        }
    }
}

/// The upper half of `x` as f32, rounded to nearest, ties to even.
#[inline(always)]
pub(super) fn rounded(x: f32) -> Pair {
    let bits = x.to_bits();
    let up = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    if x.is_nan() { 0x7fc0 } else { up }
}

/// The `len` numbers from `start` on, filled up with zeros.
#[inline(always)]
fn line<const N: usize>(from: &[f32], start: usize, len: usize) -> [f32; N] {
    let mut line = [0.0; N];
    if len == N {
        line = *from[start..].first_chunk().expect("the matrix has as many numbers");
    } else if len > 0 {
        for (to, from) in line.iter_mut().zip(&from[start..start + len]) {
            *to = *from;
        }
    }
    line
}

/// Rounds numbers and joins neighbours.
#[inline(always)]
fn rounded_pairs(numbers: &[f32; CHUNK]) -> [Pair; CHUNK_PAIRS] {
    // Loops, because closures would not be compiled for the processor of the function around them.
    let mut pairs = [0; CHUNK_PAIRS];
    for (pair, [low, high]) in pairs.iter_mut().zip(numbers.as_chunks::<2>().0) {
        *pair = rounded(*low) | rounded(*high) << 16;
    }
    pairs
}

/// Joins numbers that stand at the same place of two lines, rounded.
#[inline(always)]
fn joined<const N: usize>(low: &[f32; N], high: &[f32; N]) -> [Pair; N] {
    let mut pairs = [0; N];
    for ((pair, low), high) in pairs.iter_mut().zip(low).zip(high) {
        *pair = rounded(*low) | rounded(*high) << 16;
    }
    pairs
}
