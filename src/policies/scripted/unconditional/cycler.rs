//! Strategies with a rhythm of their own.

use crate::fault::Fault;
use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest sequence that is repeated.
const CYCLE_MAX: usize = 256;

/// Repeats a sequence of moves. A slip does not shift it.
///
/// Names: Cycler (Axelrod-Python); Periodic player (Mittal & Deb 2009).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Cycler {
    /// The moves, in letters C and D.
    pub moves: String,
}

impl Default for Cycler {
    fn default() -> Self {
        Self { moves: "CCD".into() }
    }
}

/// A [`Cycler`]'s moves, read: whether each cooperates.
#[derive(Clone, Debug)]
struct Cycling(Arc<[bool]>);

impl StateRule for Cycling {
    const NAME: &'static str = "cycler";

    /// The place in the sequence.
    type State = usize;

    fn start(&self) -> usize {
        0
    }

    fn chance(&self, place: &usize) -> f64 {
        certainly(self.0[*place])
    }

    fn next(&self, place: &usize, _: bool, _: bool) -> usize {
        (place + 1) % self.0.len()
    }
}

impl ForGame for Cycler {
    fn for_game(&self, _: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let wrong =
            |message: String| Fault::new(".moves", message, format!("expected 1 to {CYCLE_MAX} letters C and D"));
        let letters = self.moves.chars().count();
        if !(1..=CYCLE_MAX).contains(&letters) {
            return Err(wrong(format!("a sequence of {letters} moves cannot be repeated")));
        }
        let read = |letter| match letter {
            'C' => Ok(true),
            'D' => Ok(false),
            other => Err(wrong(format!("`{}` is no move", other.escape_default()))),
        };
        let moves: Result<Vec<bool>, Fault> = self.moves.chars().map(read).collect();
        Ok(Arc::new(Cycling(moves?.into())))
    }
}

impl ListedStrategy for Cycler {
    const EXPLANATION: Explanation = Explanation {
        name: Cycling::NAME,
        rule: "Repeats a sequence of moves, whatever happens.",
        parameters: "moves (default \"CCD\")",
        source: "Mittal & Deb 2009, Optimal Strategies of the Iterated Prisoner's Dilemma Problem for Multiple \
             Conflicting Objectives, IEEE Trans. Evolutionary Computation 13",
    };

    const ANSWERS_NOBODY: bool = true;
}

/// Plays C, D, D and then ever longer runs of cooperation, each followed by one defection: CD, CCD, CCCD.
///
/// Names: AntiCycler (Axelrod-Python, Marc Harper).
#[derive(Clone, Copy, Debug)]
pub struct AntiCycler;

impl AntiCycler {
    /// Cooperations in a run: 1, 0, 1, 2, 3, and so on.
    fn length(run: u32) -> u32 {
        if run == 0 { 1 } else { run - 1 }
    }
}

impl StateRule for AntiCycler {
    const NAME: &'static str = "anti_cycler";

    /// The run, and how much of it has been played.
    type State = (u32, u32);

    fn start(&self) -> (u32, u32) {
        (0, 0)
    }

    fn chance(&self, &(run, played): &(u32, u32)) -> f64 {
        certainly(played < Self::length(run))
    }

    fn next(&self, &(run, played): &(u32, u32), _: bool, _: bool) -> (u32, u32) {
        if played < Self::length(run) { (run, played + 1) } else { (run + 1, 0) }
    }
}

impl ListedStrategy for AntiCycler {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays CDD, and then ever longer runs of cooperation with a defection after each: CD, CCD, CCCD.",
        parameters: "",
        source: AXELROD_PYTHON,
    };

    const ANSWERS_NOBODY: bool = true;
}
