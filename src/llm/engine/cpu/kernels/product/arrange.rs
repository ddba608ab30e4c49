//! How factors are laid out: for each step along the inner dimension, a number of each line.
#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "asking for memory ahead takes an address"))]

use super::shape::CACHE_LINE;
use crate::llm::engine::cpu::kernels::machine::vectorised;
use crate::llm::engine::cpu::kernels::matrix::MatRef;
use std::ops::Range;

/// Lines that are laid out at once, and numbers of each that are moved at once.
const SIDE: usize = 4;

/// A factor, (steps along the inner dimension, lines).
#[derive(Clone, Copy)]
pub(super) enum Lines<'a> {
    /// The numbers of a step are neighbours; steps are `stride` numbers apart.
    Steps { numbers: &'a [f32], stride: usize },
    /// The numbers of a line are neighbours; lines are `stride` numbers apart.
    Whole { numbers: &'a [f32], stride: usize },
}

impl<'a> Lines<'a> {
    pub(super) fn new(matrix: MatRef<'a>) -> Self {
        let numbers = matrix.slice();
        match matrix.strides() {
            (stride, 1) => Self::Steps { numbers, stride },
            (1, stride) => Self::Whole { numbers, stride },
            strides => panic!("strides of {strides:?}: neighbours must lie side by side in rows or in columns"),
        }
    }

    /// Whether the numbers of a step are neighbours.
    pub(super) fn are_steps(&self) -> bool {
        matches!(self, Self::Steps { .. })
    }

    /// The piece as it lies, with the distance between steps, if the numbers of a step are neighbours.
    pub(super) fn in_place(&self, steps: &Range<usize>, lines: &Range<usize>) -> Option<(&'a [f32], usize)> {
        match *self {
            Self::Steps { numbers, stride } => {
                let end = (steps.end - 1) * stride + lines.end;
                Some((&numbers[steps.start * stride + lines.start..end], stride))
            }
            Self::Whole { .. } => None,
        }
    }

    /// A piece that is needed next, to be fetched into the cache in `parts` parts.
    pub(super) fn ahead(&self, steps: Range<usize>, lines: Range<usize>, parts: usize) -> Ahead<'a> {
        let (numbers, stride, outer, inner) = match *self {
            Self::Steps { numbers, stride } => (numbers, stride, steps, lines),
            Self::Whole { numbers, stride } => (numbers, stride, lines, steps),
        };
        let each = outer.len().div_ceil(parts.max(1));
        Ahead { numbers, stride, outer, inner, each }
    }
}

/// See [`Lines::ahead`].
pub(super) struct Ahead<'a> {
    numbers: &'a [f32],
    stride: usize,
    outer: Range<usize>,
    inner: Range<usize>,
    each: usize,
}

impl Ahead<'_> {
    /// Asks for the next part.
    pub(super) fn fetch(&mut self) {
        for _ in 0..self.each {
            let Some(outer) = self.outer.next() else { return };
            let line = &self.numbers[outer * self.stride..][self.inner.clone()];
            #[cfg(target_arch = "x86_64")]
            for piece in line.chunks(CACHE_LINE) {
                // SAFETY: fetching ahead changes nothing that a program could see, and the piece is a valid address.
                unsafe {
                    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
                    _mm_prefetch::<_MM_HINT_T1>(piece.as_ptr().cast());
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = line;
        }
    }
}

/// Lays out these steps of these lines: for each step, `width` numbers, zeros where there are no more lines.
///
/// # Panics
/// If nothing is as wide.
pub(super) fn arrange(from: &Lines, steps: Range<usize>, lines: Range<usize>, width: usize, to: &mut [f32]) {
    match width {
        16 => arrange_16(from, steps, lines, to),
        32 => arrange_32(from, steps, lines, to),
        64 => arrange_64(from, steps, lines, to),
        _ => panic!("a width of {width}"),
    }
}

vectorised! {
    fn arrange_16(from: &Lines, steps: Range<usize>, lines: Range<usize>, to: &mut [f32]) {
        arrange_to::<16>(from, steps, lines, to);
    }
}

vectorised! {
    fn arrange_32(from: &Lines, steps: Range<usize>, lines: Range<usize>, to: &mut [f32]) {
        arrange_to::<32>(from, steps, lines, to);
    }
}

vectorised! {
    fn arrange_64(from: &Lines, steps: Range<usize>, lines: Range<usize>, to: &mut [f32]) {
        arrange_to::<64>(from, steps, lines, to);
    }
}

// Loops, because closures would not be compiled for the processor of the function around them.
#[inline(always)]
fn arrange_to<const WIDTH: usize>(from: &Lines, steps: Range<usize>, lines: Range<usize>, to: &mut [f32]) {
    let to = &mut to.as_chunks_mut::<WIDTH>().0[..steps.len()];
    match *from {
        Lines::Steps { numbers, stride } => {
            for (step, to) in steps.zip(to) {
                let from = &numbers[step * stride..][lines.clone()];
                if let Some(from) = from.first_chunk::<WIDTH>() {
                    *to = *from;
                } else {
                    to[..from.len()].copy_from_slice(from);
                    to[from.len()..].fill(0.0);
                }
            }
        }
        Lines::Whole { numbers, stride } => {
            let mut all = [&[][..]; WIDTH];
            for (line, at) in all.iter_mut().zip(lines) {
                *line = &numbers[at * stride..][steps.clone()];
            }
            for (i, lines) in all.as_chunks::<SIDE>().0.iter().enumerate() {
                interleave(lines, i * SIDE, to);
            }
        }
    }
}

/// Writes four lines side by side, from `first` on. A line that is missing is empty and counts as zeros.
#[inline(always)]
fn interleave<const WIDTH: usize>(lines: &[&[f32]; SIDE], first: usize, to: &mut [[f32; WIDTH]]) {
    let len = to.len();
    let mut pieces = [&[][..]; SIDE];
    for (pieces, line) in pieces.iter_mut().zip(lines) {
        if line.len() >= len {
            *pieces = line[..len].as_chunks::<SIDE>().0;
        }
    }
    let mut done = 0;
    if lines.iter().all(|line| line.len() >= len) {
        let (whole, _) = to.as_chunks_mut::<SIDE>();
        done = whole.len() * SIDE;
        for (p, to) in whole.iter_mut().enumerate() {
            let mut square = [[0.0; SIDE]; SIDE];
            for (square, pieces) in square.iter_mut().zip(&pieces) {
                *square = pieces[p];
            }
            for (k, to) in to.iter_mut().enumerate() {
                let mut turned = [0.0; SIDE];
                for (turned, line) in turned.iter_mut().zip(&square) {
                    *turned = line[k];
                }
                to[first..first + SIDE].copy_from_slice(&turned);
            }
        }
    }
    for (k, to) in to.iter_mut().enumerate().skip(done) {
        for (to, line) in to[first..].iter_mut().zip(lines) {
            *to = line.get(k).copied().unwrap_or(0.0);
        }
    }
}
