//! Mercy: the good stay good by cooperation, and the bad become good by cooperation with the bad.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};

/// Every defection is bad. Cooperation is good, but for that of the bad with the good.
#[derive(Clone, Copy, Debug)]
pub struct Mercy;

impl GoodOrBad for Mercy {
    fn earns_good(&self, case: Case) -> bool {
        case.cooperated && (case.actor_good || !case.recipient_good)
    }

    fn name(&self) -> String {
        "mercy".into()
    }
}

impl ListedNorm for Mercy {
    const EXPLANATION: Explanation = Explanation {
        name: "mercy",
        example: "Mercy",
        meaning: "The bad become good by cooperation with the bad alone.",
        source: "made up for this test; its form is that of Ohtsuki & Iwasa 2004",
    };
}
