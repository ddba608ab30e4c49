//! Shunning: nothing good comes of meeting the bad.
//!
//! Source: Takahashi & Mashima 2006, "The importance of subjectivity in perceptual errors on the emergence of
//! indirect reciprocity", Journal of Theoretical Biology 243.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};

/// Only who cooperates with the good is good; whatever is done to the bad is bad.
#[derive(Clone, Copy, Debug)]
pub struct Shunning;

impl GoodOrBad for Shunning {
    fn earns_good(&self, case: Case) -> bool {
        case.recipient_good && case.cooperated
    }

    fn name(&self) -> String {
        "shunning".into()
    }
}

impl ListedNorm for Shunning {
    const EXPLANATION: Explanation = Explanation {
        name: "shunning",
        example: "Shunning",
        meaning: "Only who cooperates with the good is good; whatever is done to the bad is bad.",
        source: "Takahashi & Mashima 2006, The importance of subjectivity in perceptual errors on the \
            emergence of indirect reciprocity, Journal of Theoretical Biology 243; Santos, Santos & Pacheco \
            2018, Social norm complexity and past reputations in the evolution of cooperation, Nature 555",
    };
}
