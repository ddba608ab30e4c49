//! Stern judging: the good deserve cooperation, and the bad defection.
//!
//! Source: Kandori 1992, "Social norms and community enforcement", Review of Economic Studies 59; Pacheco, Santos &
//! Chalub 2006, "Stern-judging: a simple, successful norm which promotes cooperation under indirect reciprocity",
//! PLoS Computational Biology 2.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};

/// Who cooperates with the good or defects on the bad is good; who defects on the good or cooperates with the bad is
/// bad. One of the leading eight, L6.
#[derive(Clone, Copy, Debug)]
pub struct SternJudging;

impl GoodOrBad for SternJudging {
    fn earns_good(&self, case: Case) -> bool {
        case.cooperated == case.recipient_good
    }

    fn name(&self) -> String {
        "stern judging".into()
    }
}

impl ListedNorm for SternJudging {
    const EXPLANATION: Explanation = Explanation {
        name: "stern_judging",
        example: "SternJudging",
        meaning: "Who cooperates with the good or defects on the bad is good; who defects on the good or \
            cooperates with the bad is bad. One of the leading eight, L6.",
        source: "Kandori 1992, Social norms and community enforcement, Review of Economic Studies 59; \
            Pacheco, Santos & Chalub 2006, Stern-judging, PLoS Computational Biology 2",
    };
}
