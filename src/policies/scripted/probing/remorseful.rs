//! Remorseful prober: it defects now and then, and takes the answer.

use crate::numbers::Number;
use crate::policies::scripted::sources::LI_2011;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tit for tat that defects after cooperation with probability `p`, and lets the opponent's next defection pass after
/// such a probe.
///
/// Every defection after the opponent's cooperation counts as a probe, whether it was drawn or noise.
///
/// Names: Remorseful Prober (Dawkins 1989; Li, Hingston & Kendall 2011).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RemorsefulProber {
    /// Probability of defecting after cooperation.
    pub p: f64,
}

impl Default for RemorsefulProber {
    fn default() -> Self {
        Self { p: 0.1 }
    }
}

/// What a [`RemorsefulProber`] is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remorse {
    /// Nothing has happened.
    Begun,
    /// The opponent cooperated: to cooperate, or to probe.
    Free,
    /// The opponent defected without having been probed.
    Provoked,
    /// The opponent defected after a probe.
    Sorry,
}

impl StateRule for RemorsefulProber {
    const NAME: &'static str = "remorseful_prober";

    type State = Remorse;

    fn start(&self) -> Remorse {
        Remorse::Begun
    }

    fn chance(&self, state: &Remorse) -> f64 {
        match state {
            Remorse::Begun | Remorse::Sorry => 1.0,
            Remorse::Free => 1.0 - self.p,
            Remorse::Provoked => 0.0,
        }
    }

    fn next(&self, state: &Remorse, own: bool, others: bool) -> Remorse {
        match (others, state, own) {
            (true, ..) => Remorse::Free,
            (false, Remorse::Free, false) => Remorse::Sorry,
            (false, ..) => Remorse::Provoked,
        }
    }

    fn wavers(&self) -> bool {
        self.p > 0.0 && self.p < 1.0
    }
}

impl ListedStrategy for RemorsefulProber {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, defects with probability p after cooperation, and lets the answer to that pass.",
        parameters: "p (default 0.1)",
        source: LI_2011,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}
