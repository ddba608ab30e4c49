//! Exact mode: expected returns by dynamic programming instead of sampled ones, hence a noiseless policy gradient.
//!
//! With both players' tables known, a match is a small [`Process`] for either of them: a state is what both did last,
//! and an outcome leads to a few next states with known chances and rewards. [`Expectation`] holds the processes of a
//! tick and gives the exact mean and variance of the return of every cell (prompt, outcome), weighted by how often the
//! cell is to be expected. A learner makes its plan from these in [`super::Learner::begin_exact`] just as it makes it
//! from samples in [`super::Learner::begin`]:
//!
//! - means and standard deviations over decisions become expectations over all matches of the tick's pairing, including
//!   the length of matches, slips, orders of labels and both players' draws;
//! - a decision's return becomes the mean return of its cell, over rounds, opponents and states. A clipped loss
//!   therefore sees one advantage per cell, where samples of both signs may fall into the same cell. On the table that
//!   played (the first epoch, and every epoch without clipping) this makes no difference.

mod expectation;
mod process;

pub use expectation::{Expectation, ReturnRule};
pub use process::{Branch, Process};

use super::normalize::Moments;
use super::{Cells, PolicyTable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the gradient of an update is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Estimator {
    /// The decisions of the matches played in the tick.
    #[default]
    Sampled,
    /// Expected returns against the opponents met in the tick, computed from both players' probabilities.
    Exact,
}

/// The moments of each prompt, given those of its cells, row-major (prompts, outcomes).
pub fn by_prompt(cells: &[Moments], outcomes: usize) -> Vec<Moments> {
    let merge = |row: &[Moments]| {
        let mut all = Moments::default();
        row.iter().for_each(|cell| all.merge(cell));
        all
    };
    cells.chunks_exact(outcomes).map(merge).collect()
}

/// Cells with as many decisions as `returns` expects, each with the `advantage` of its prompt and mean return.
pub fn cells(played: &PolicyTable, returns: &[Moments], advantage: impl Fn(usize, f64) -> f64) -> Cells {
    let mut cells = Cells::new(played);
    for (cell, moments) in returns.iter().enumerate().filter(|(_, moments)| moments.count > 0.0) {
        let (prompt, outcome) = (cell / played.outcomes, cell % played.outcomes);
        cells.add_expected(prompt, outcome, moments.count, advantage(prompt, moments.mean));
    }
    cells
}
