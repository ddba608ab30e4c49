//! Stochastic cooperator: what evolution made of zero-determinant strategies.

use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Cooperates mostly after mutual cooperation, and less than half of the time after all else.
#[derive(Clone, Copy, Debug)]
pub struct StochasticCooperator;

impl MemoryOneRule for StochasticCooperator {
    const NAME: &'static str = "stochastic_cooperator";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 1.0,
            Recall::Last { own: true, others: true } => 0.935,
            Recall::Last { own: true, others: false } => 0.229,
            Recall::Last { own: false, others: true } => 0.266,
            Recall::Last { own: false, others: false } => 0.42,
        }
    }
}

impl ListedStrategy for StochasticCooperator {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates with probability 0.935, 0.229, 0.266 and 0.42 after CC, CD, DC and DD, own action first.",
        parameters: "",
        source: "Adami & Hintze 2013, Evolutionary instability of zero-determinant strategies demonstrates that \
             winning is not everything, Nature Communications 4",
    };
}
