//! The leading eight: all norms of good and bad under which a population cooperates and can hardly be invaded.
//!
//! Source: Ohtsuki & Iwasa 2004, "How should we define goodness? Reputation dynamics in indirect reciprocity", Journal
//! of Theoretical Biology 231; numbered as in Ohtsuki & Iwasa 2006, "The leading eight", Journal of Theoretical Biology
//! 239.

use super::third_order::{Case, GoodOrBad};
use super::{Explanation, ListedNorm};
use crate::fault::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the eight. All agree that cooperating with the good is good, defecting on the good bad, and the good's
/// defecting on the bad good. They differ in what they say of the good cooperating with the bad, and of both actions of
/// the bad towards the bad.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct LeadingEight {
    /// Its number, 1 to 8: 1 is standing, 2 consistent standing, 3 simple standing, 6 stern judging, 7 staying, 8
    /// judging.
    pub number: u8,
}

/// Whether it is good of the good to cooperate with the bad, and of the bad to cooperate with and to defect on the bad,
/// for each number.
const OPEN: [[bool; 3]; 8] = [
    [true, true, false],
    [false, true, false],
    [true, true, true],
    [true, false, true],
    [false, true, true],
    [false, false, true],
    [true, false, false],
    [false, false, false],
];

impl GoodOrBad for LeadingEight {
    fn earns_good(&self, case: Case) -> bool {
        let [good_with_bad, bad_with_bad, bad_on_bad] = OPEN[usize::from(self.number.clamp(1, 8)) - 1];
        match case {
            Case { recipient_good: true, cooperated, .. } => cooperated,
            Case { actor_good: true, cooperated, .. } => good_with_bad || !cooperated,
            Case { actor_good: false, cooperated: true, .. } => bad_with_bad,
            Case { actor_good: false, cooperated: false, .. } => bad_on_bad,
        }
    }

    fn name(&self) -> String {
        format!("L{} of the leading eight", self.number)
    }
}

impl ListedNorm for LeadingEight {
    const EXPLANATION: Explanation = Explanation {
        name: "leading_eight",
        example: "LeadingEight(number: 7)",
        meaning: "One of the eight norms of good and bad under which a population cooperates and can hardly be invaded; 1 is \
            standing, 3 simple standing, 6 stern judging, 7 staying.",
        source: "Ohtsuki & Iwasa 2004, How should we define goodness?, Journal of Theoretical Biology 231; Ohtsuki & Iwasa \
            2006, The leading eight, Journal of Theoretical Biology 239",
    };

    fn faults(&self) -> Vec<Fault> {
        if (1..=8).contains(&self.number) {
            return Vec::new();
        }
        vec![Fault::new(".number", format!("there is no number {} among eight", self.number), "expected 1 to 8")]
    }
}
