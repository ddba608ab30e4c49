//! Bully: tit for tat reversed.

use super::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Defects first, then does the opposite of what the opponent did.
#[derive(Clone, Copy, Debug)]
pub struct Bully;

impl MemoryOneRule for Bully {
    const NAME: &'static str = "bully";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 0.0,
            Recall::Last { others: false, .. } => 1.0,
        }
    }
}

impl ListedStrategy for Bully {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects first, then does what the opponent did not do.",
        parameters: "",
        source: "Nachbar 1992, Evolution in the finitely repeated prisoner's dilemma, J. Econ. Behav. Organ. 19",
    };
}
