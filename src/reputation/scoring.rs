//! Scoring: cooperation is good.
//!
//! Source: Nowak & Sigmund 1998, "Evolution of indirect reciprocity by image scoring", Nature 393; with two values
//! Brandt & Sigmund 2004, "The logic of reprobation", Journal of Theoretical Biology 231.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};

/// Who cooperates is good, who defects is bad, whomever it meets: the first-order norm, image scoring with two
/// values.
#[derive(Clone, Copy, Debug)]
pub struct Scoring;

impl GoodOrBad for Scoring {
    fn earns_good(&self, case: Case) -> bool {
        case.cooperated
    }

    fn name(&self) -> String {
        "scoring".into()
    }
}

impl ListedNorm for Scoring {
    const EXPLANATION: Explanation = Explanation {
        name: "scoring",
        example: "Scoring",
        meaning: "Who cooperates is good, who defects is bad, whomever it meets: the first-order norm, image \
            scoring with two values.",
        source: "Nowak & Sigmund 1998, Evolution of indirect reciprocity by image scoring, Nature 393; \
            Brandt & Sigmund 2004, The logic of reprobation, Journal of Theoretical Biology 231",
    };
}
