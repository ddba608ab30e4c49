//! Grofman's entry to Axelrod's first tournament.

use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Cooperates after rounds in which both did the same, and otherwise with probability 2/7.
///
/// Names: Grofman, submitted by Bernard Grofman; fourth of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Grofman;

impl MemoryOneRule for Grofman {
    const NAME: &'static str = "grofman";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Last { own, others } if own != others => 2.0 / 7.0,
            Recall::Start | Recall::Last { .. } => 1.0,
        }
    }
}

impl ListedStrategy for Grofman {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first and after rounds in which both did the same, otherwise with probability 2/7.",
        parameters: "",
        source: AXELROD_1980,
    };
}
