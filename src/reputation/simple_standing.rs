//! Simple standing: defecting on the good is bad, and nothing else.
//!
//! Source: Sugden 1986, "The Economics of Rights, Co-operation and Welfare"; Ohtsuki & Iwasa 2004, "How should we
//! define goodness?", Journal of Theoretical Biology 231.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};

/// Only who defects on the good is bad; cooperation is good, and so is defecting on the bad. One of the leading
/// eight, L3.
#[derive(Clone, Copy, Debug)]
pub struct SimpleStanding;

impl GoodOrBad for SimpleStanding {
    fn earns_good(&self, case: Case) -> bool {
        case.cooperated || !case.recipient_good
    }

    fn name(&self) -> String {
        "simple standing".into()
    }
}

impl ListedNorm for SimpleStanding {
    const EXPLANATION: Explanation = Explanation {
        name: "simple_standing",
        example: "SimpleStanding",
        meaning: "Only who defects on the good is bad; cooperation is good, and so is defecting on the bad. \
            One of the leading eight, L3.",
        source: "Sugden 1986, The Economics of Rights, Co-operation and Welfare; Ohtsuki & Iwasa 2004, How \
            should we define goodness?, Journal of Theoretical Biology 231",
    };
}
