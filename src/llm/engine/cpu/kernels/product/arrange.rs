//! How factors are laid out: for each step along the inner dimension, a number of each line.

use super::right::Right;
use super::shape::{CACHE_LINE, SIXTEEN};
use super::turn::turn;
use super::unit::Unit;
use crate::llm::engine::cpu::kernels::ahead::fetch;
use std::ops::Range;

/// A factor, (steps along the inner dimension, lines).
#[derive(Clone, Copy)]
pub(super) enum Lines<'a> {
    /// The numbers of a step are neighbours; steps are `stride` numbers apart.
    Steps { numbers: &'a [f32], stride: usize },
    /// The numbers of a line are neighbours; lines are `stride` numbers apart.
    Whole { numbers: &'a [f32], stride: usize },
    /// Lines are taken sixteen at a time: a step's sixteen numbers are neighbours, and the `steps` steps follow one
    /// another.
    Sixteens { numbers: &'a [f32], steps: usize },
    /// Steps are taken sixteen at a time: a line's sixteen numbers are neighbours, and the `lines` lines follow one
    /// another.
    Turned { numbers: &'a [f32], lines: usize },
}

/// A piece of a factor where it lies: its numbers, the distance between steps, and that between sixteens of lines.
pub(super) type InPlace<'a> = (&'a [f32], usize, usize);

impl<'a> Lines<'a> {
    pub(super) fn new(right: Right<'a>) -> Self {
        let matrix = match right {
            Right::Plain(matrix) => matrix,
            Right::Forward(weight) => return Self::Sixteens { numbers: weight.numbers(), steps: weight.inputs() },
            Right::Backward(weight) => return Self::Turned { numbers: weight.numbers(), lines: weight.inputs() },
        };
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

    /// The piece where it lies, if it can be multiplied there as it is, `width` lines wide.
    pub(super) fn in_place(&self, steps: &Range<usize>, lines: &Range<usize>, width: usize) -> Option<InPlace<'a>> {
        match *self {
            Self::Steps { numbers, stride } if lines.len() == width => {
                let end = (steps.end - 1) * stride + lines.end;
                Some((&numbers[steps.start * stride + lines.start..end], stride, SIXTEEN))
            }
            Self::Sixteens { numbers, steps: all } => {
                let (first, sixteens) = (lines.start / SIXTEEN, lines.len().div_ceil(SIXTEEN));
                let fits = lines.start.is_multiple_of(SIXTEEN) && sixteens * SIXTEEN == width;
                fits.then(|| (&numbers[(first * all + steps.start) * SIXTEEN..], SIXTEEN, all * SIXTEEN))
            }
            _ => None,
        }
    }

    /// A piece that is needed next, to be fetched into the cache in `parts` parts.
    pub(super) fn ahead(&self, steps: Range<usize>, lines: Range<usize>, parts: usize) -> Ahead<'a> {
        let sixteens = |of: Range<usize>| of.start / SIXTEEN..of.end.div_ceil(SIXTEEN);
        let numbers_of = |of: Range<usize>| of.start * SIXTEEN..of.end * SIXTEEN;
        let (numbers, stride, runs, run) = match *self {
            Self::Steps { numbers, stride } => (numbers, stride, steps, lines),
            Self::Whole { numbers, stride } => (numbers, stride, lines, steps),
            Self::Sixteens { numbers, steps: all } => (numbers, all * SIXTEEN, sixteens(lines), numbers_of(steps)),
            Self::Turned { numbers, lines: all } => (numbers, all * SIXTEEN, sixteens(steps), numbers_of(lines)),
        };
        let each = (runs.len() * run.len().div_ceil(CACHE_LINE)).div_ceil(parts.max(1));
        Ahead { numbers, stride, runs, next: run.start, run, each }
    }
}

/// Runs of numbers that are needed next. See [`Lines::ahead`].
pub(super) struct Ahead<'a> {
    numbers: &'a [f32],
    /// Numbers between the beginnings of two runs.
    stride: usize,
    /// The runs that are left.
    runs: Range<usize>,
    run: Range<usize>,
    /// The next number of the first run that is left.
    next: usize,
    /// Lines of the cache in a part.
    each: usize,
}

impl Ahead<'_> {
    /// Asks for the next part.
    pub(super) fn fetch(&mut self) {
        for _ in 0..self.each {
            if self.runs.is_empty() {
                return;
            }
            self.numbers.get(self.runs.start * self.stride + self.next).into_iter().for_each(fetch);
            self.next += CACHE_LINE;
            if self.next >= self.run.end {
                self.next = self.run.start;
                self.runs.start += 1;
            }
        }
    }
}

/// Lays out these steps of these lines: for each step, `width` numbers, zeros where there are no more lines.
///
/// # Panics
/// If nothing is as wide.
pub(super) fn arrange(
    unit: Unit,
    from: &Lines,
    steps: Range<usize>,
    lines: Range<usize>,
    width: usize,
    to: &mut [f32],
) {
    match width {
        16 => arrange_to::<16>(unit, from, steps, lines, to),
        32 => arrange_to::<32>(unit, from, steps, lines, to),
        64 => arrange_to::<64>(unit, from, steps, lines, to),
        _ => panic!("a width of {width}"),
    }
}

fn arrange_to<const WIDTH: usize>(unit: Unit, from: &Lines, steps: Range<usize>, lines: Range<usize>, to: &mut [f32]) {
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
        Lines::Sixteens { numbers, steps: all } => {
            for (step, to) in steps.zip(to) {
                for (to, line) in to.iter_mut().zip(lines.clone()) {
                    *to = numbers[(line / SIXTEEN * all + step) * SIXTEEN + line % SIXTEEN];
                }
                to[lines.len()..].fill(0.0);
            }
        }
        Lines::Whole { numbers, stride } => by_squares(to, |i, first, to| {
            let mut square = [[0.0; SIXTEEN]; SIXTEEN];
            let step = steps.start + i * SIXTEEN;
            let len = SIXTEEN.min(steps.end - step);
            for (own, line) in square.iter_mut().zip(lines.clone().skip(first)) {
                let line = &numbers[line * stride + step..][..len];
                match line.first_chunk() {
                    Some(line) => *own = *line,
                    None => own[..len].copy_from_slice(line),
                }
            }
            turn(unit, &square, to, first);
        }),
        Lines::Turned { numbers, lines: all } => {
            assert!(steps.start.is_multiple_of(SIXTEEN), "pieces begin with sixteen steps");
            by_squares(to, |i, first, to| {
                let sixteen = &numbers[(steps.start / SIXTEEN + i) * all * SIXTEEN..][..all * SIXTEEN];
                let (sixteen, _) = sixteen.as_chunks::<SIXTEEN>();
                let own = &sixteen[lines.end.min(lines.start + first)..lines.end];
                if let Some(square) = own.first_chunk() {
                    turn(unit, square, to, first);
                } else {
                    let mut square = [[0.0; SIXTEEN]; SIXTEEN];
                    square[..own.len()].copy_from_slice(own);
                    turn(unit, &square, to, first);
                }
            });
        }
    }
}

/// Fills `to` sixteen steps and sixteen lines at a time: `fill` is given which sixteen steps, the first of the lines,
/// and where to write them.
fn by_squares<const WIDTH: usize>(to: &mut [[f32; WIDTH]], fill: impl Fn(usize, usize, &mut [[f32; WIDTH]; SIXTEEN])) {
    for (i, to) in to.chunks_mut(SIXTEEN).enumerate() {
        if let Some(to) = to.as_mut_array() {
            (0..WIDTH).step_by(SIXTEEN).for_each(|first| fill(i, first, to));
        } else {
            let mut room = [[0.0; WIDTH]; SIXTEEN];
            (0..WIDTH).step_by(SIXTEEN).for_each(|first| fill(i, first, &mut room));
            to.copy_from_slice(&room[..to.len()]);
        }
    }
}
