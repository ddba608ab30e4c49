//! Strategies that do what the opponent did not do.

use crate::policies::scripted::sources::HILBE_2013;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Defects first, then does the opposite of what the opponent did: it yields to defection and exploits cooperation.
///
/// Names: Reverse Tit for Tat (Nachbar 1992); Bully.
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
        source: "Nachbar 1992, Evolution in the finitely repeated prisoner's dilemma, J. Economic Behavior & \
             Organization 19",
    };
}

/// Cooperates first, then does the opposite of what the opponent did.
///
/// Names: Anti Tit for Tat (Hilbe et al. 2013); Psycho (Ashlock et al. 2009).
#[derive(Clone, Copy, Debug)]
pub struct AntiTitForTat;

impl MemoryOneRule for AntiTitForTat {
    const NAME: &'static str = "anti_tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Last { others: true, .. } => 0.0,
            Recall::Start | Recall::Last { others: false, .. } => 1.0,
        }
    }
}

impl ListedStrategy for AntiTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, then does what the opponent did not do.",
        parameters: "",
        source: HILBE_2013,
    };
}

/// Begins at random, then does the opposite of what the opponent did.
///
/// Names: Negation (prisoners-dilemma.com 2017).
#[derive(Clone, Copy, Debug)]
pub struct Negation;

impl MemoryOneRule for Negation {
    const NAME: &'static str = "negation";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 0.5,
            Recall::Last { others: true, .. } => 0.0,
            Recall::Last { others: false, .. } => 1.0,
        }
    }
}

impl ListedStrategy for Negation {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Tosses a coin in the first round, then does what the opponent did not do.",
        parameters: "",
        source: "prisoners-dilemma.com 2017, http://www.prisoners-dilemma.com/competition.html",
    };
}
