//! Alternator: a strategy that looks only at itself.

use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Cooperates and defects in turn, cooperation first.
///
/// It reverses what it did last, so a slip shifts its rhythm.
///
/// Names: Alternator (Mittal & Deb 2009).
#[derive(Clone, Copy, Debug)]
pub struct Alternator;

impl MemoryOneRule for Alternator {
    const NAME: &'static str = "alternator";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { own: false, .. } => 1.0,
            Recall::Last { own: true, .. } => 0.0,
        }
    }
}

impl ListedStrategy for Alternator {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates and defects in turn, cooperation first.",
        parameters: "",
        source: "Mittal & Deb 2009, Optimal Strategies of the Iterated Prisoner's Dilemma Problem for Multiple \
             Conflicting Objectives, IEEE Trans. Evolutionary Computation 13",
    };

    const ANSWERS_NOBODY: bool = true;
}
