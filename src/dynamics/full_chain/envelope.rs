//! The chances of a chain whose states lead only to near ones, and their elimination.

use crate::dynamics::compositions::Compositions;
use std::ops::Range;

/// Most chances that a chain may hold at once: 512 MiB.
pub const CHANCES_MAX: usize = 1 << 26;

/// For every composition the first one that it, or any after it, leads to; at most itself.
///
/// The furthest composition before: one agent of the first type that is there becomes one of the next. What comes
/// before differs by one agent at most, and so the least of them over all moves is never above later ones.
pub(super) fn lowest(states: &Compositions) -> Vec<usize> {
    let mut low = Vec::with_capacity(states.len());
    for (place, counts) in states.iter().enumerate() {
        let moves = (0..counts.len()).flat_map(|from| (0..counts.len()).map(move |to| (from, to)));
        let able = moves.filter(|&(from, to)| from != to && counts[from] > 0);
        low.push(able.map(|(from, to)| states.after(place, from, to)).min().unwrap_or(place).min(place));
    }
    for place in (1..low.len()).rev() {
        low[place - 1] = low[place - 1].min(low[place]);
    }
    low
}

/// The chances that a chain holds in one direction.
///
/// # Errors
/// If it holds more than [`CHANCES_MAX`] in both.
pub(super) fn check_chances(states: &Compositions, low: &[usize]) -> Result<usize, String> {
    let size: usize = low.iter().enumerate().map(|(place, low)| place - low).sum();
    if size > CHANCES_MAX / 2 {
        return Err(format!(
            "the chain over {} compositions of {} agents of {} types holds {} chances: expected at most {CHANCES_MAX}; \
             take fewer agents, or small mutations",
            states.len(),
            states.total(),
            states.parts(),
            2 * size
        ));
    }
    Ok(size)
}

/// The chances of a chain in which state k leads to and comes from no state below `low[k]` among those before it, and
/// `low` never falls.
pub(super) struct Envelope {
    low: Vec<usize>,
    /// Where the entries of state k begin.
    start: Vec<usize>,
    /// The chances from k to low\[k\], …, k − 1, and the chances back.
    down: Vec<f64>,
    up: Vec<f64>,
}

impl Envelope {
    pub(super) fn new(states: &Compositions) -> Result<Self, String> {
        let low = lowest(states);
        let size = check_chances(states, &low)?;
        let mut start = vec![0];
        for (place, low) in low.iter().enumerate() {
            start.push(start[place] + place - low);
        }
        Ok(Self { low, start, down: vec![0.0; size], up: vec![0.0; size] })
    }

    pub(super) fn set(&mut self, from: usize, to: usize, chance: f64) {
        if from > to {
            let place = self.start[from] + to - self.low[from];
            self.down[place] = chance;
        } else {
            let place = self.start[to] + from - self.low[to];
            self.up[place] = chance;
        }
    }

    /// The entries of state k.
    fn span(&self, state: usize) -> Range<usize> {
        self.start[state]..self.start[state + 1]
    }

    /// The stationary distribution.
    pub(super) fn eliminate(mut self) -> Result<Vec<f64>, String> {
        let refusal = || {
            "some compositions are never left, or chances are below 1e-308: expected mutation that reaches every type"
                .to_owned()
        };
        for last in (1..self.low.len()).rev() {
            let (span, low) = (self.span(last), self.low[last]);
            let leaves: f64 = self.down[span.clone()].iter().sum();
            if leaves <= 0.0 {
                return Err(refusal());
            }
            self.up[span.clone()].iter_mut().for_each(|chance| *chance /= leaves);
            // Rows below state `last`, kept as parts before and after the diagonal.
            let (down, own_down) = self.down.split_at_mut(span.start);
            let (up, own_up) = self.up.split_at_mut(span.start);
            let (own_down, own_up) = (&own_down[..span.len()], &own_up[..span.len()]);
            for i in low + 1..last {
                let (own, first) = (i - low, low - self.low[i]);
                let row = self.start[i] + first..self.start[i + 1];
                let (share, back) = (own_up[own], own_down[own]);
                if share > 0.0 {
                    for (to, chance) in down[row.clone()].iter_mut().zip(own_down) {
                        *to += share * chance;
                    }
                }
                if back > 0.0 {
                    for (from, chance) in up[row].iter_mut().zip(own_up) {
                        *from += chance * back;
                    }
                }
            }
        }
        let mut weights = vec![1.0; self.low.len()];
        for last in 1..weights.len() {
            let from = &weights[self.low[last]..last];
            weights[last] = self.up[self.span(last)].iter().zip(from).map(|(chance, weight)| chance * weight).sum();
        }
        let sum: f64 = weights.iter().sum();
        if !sum.is_finite() || sum <= 0.0 {
            return Err(refusal());
        }
        Ok(weights.into_iter().map(|weight| weight / sum).collect())
    }
}
