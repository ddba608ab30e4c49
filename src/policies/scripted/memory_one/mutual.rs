//! Strategies that answer what both did together.

use crate::policies::scripted::sources::BERG_2015;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Begins at random, then cooperates only after mutual defection.
///
/// Names: Desperate (van den Berg & Weissing 2015).
#[derive(Clone, Copy, Debug)]
pub struct Desperate;

impl MemoryOneRule for Desperate {
    const NAME: &'static str = "desperate";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 0.5,
            Recall::Last { own: false, others: false } => 1.0,
            Recall::Last { .. } => 0.0,
        }
    }
}

impl ListedStrategy for Desperate {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Tosses a coin in the first round, then cooperates only after mutual defection.",
        parameters: "",
        source: BERG_2015,
    };
}

/// Begins at random, then defects only after mutual cooperation.
///
/// Names: Hopeless (van den Berg & Weissing 2015).
#[derive(Clone, Copy, Debug)]
pub struct Hopeless;

impl MemoryOneRule for Hopeless {
    const NAME: &'static str = "hopeless";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 0.5,
            Recall::Last { own: true, others: true } => 0.0,
            Recall::Last { .. } => 1.0,
        }
    }
}

impl ListedStrategy for Hopeless {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Tosses a coin in the first round, then defects only after mutual cooperation.",
        parameters: "",
        source: BERG_2015,
    };
}

/// Begins at random, then defects only after mutual defection.
///
/// Names: Willing (van den Berg & Weissing 2015).
#[derive(Clone, Copy, Debug)]
pub struct Willing;

impl MemoryOneRule for Willing {
    const NAME: &'static str = "willing";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 0.5,
            Recall::Last { own: false, others: false } => 0.0,
            Recall::Last { .. } => 1.0,
        }
    }
}

impl ListedStrategy for Willing {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Tosses a coin in the first round, then defects only after mutual defection.",
        parameters: "",
        source: BERG_2015,
    };
}
