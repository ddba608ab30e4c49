//! Standing: defection is justified for the good towards the bad.
//!
//! Source: Leimar & Hammerstein 2001, "Evolution of cooperation through indirect reciprocity", Proceedings of the
//! Royal Society B 268; L1 of Ohtsuki & Iwasa 2004, "How should we define goodness?", Journal of Theoretical Biology
//! 231.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};

/// Cooperation is good; defecting on the good is bad; defecting on the bad leaves a reputation as it was. One of the
/// leading eight, L1.
#[derive(Clone, Copy, Debug)]
pub struct Standing;

impl GoodOrBad for Standing {
    fn earns_good(&self, case: Case) -> bool {
        case.cooperated || (case.actor_good && !case.recipient_good)
    }

    fn name(&self) -> String {
        "standing".into()
    }
}

impl ListedNorm for Standing {
    const EXPLANATION: Explanation = Explanation {
        name: "standing",
        example: "Standing",
        meaning: "Cooperation is good; defecting on the good is bad; defecting on the bad leaves a \
            reputation as it was. One of the leading eight, L1.",
        source: "Sugden 1986, The Economics of Rights, Co-operation and Welfare; Leimar & Hammerstein 2001, \
            Evolution of cooperation through indirect reciprocity, Proceedings of the Royal Society B 268; \
            Ohtsuki & Iwasa 2004, How should we define goodness?, Journal of Theoretical Biology 231",
    };
}
