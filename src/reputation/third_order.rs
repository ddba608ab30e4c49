//! Norms of good and bad, which look at the action and at both reputations: third-order norms, and those of the first
//! and second order among them.

use crate::world::{Deed, Norm};
use std::fmt::Debug;

/// The number of the bad reputation.
pub(super) const BAD: u8 = 0;
/// The number of the good one.
pub(super) const GOOD: u8 = 1;

/// What a norm of good and bad judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// Whether the one who acts was good before.
    pub actor_good: bool,
    /// Whether the one it acts towards is good; in groups, whether all are.
    pub recipient_good: bool,
    /// Whether it cooperated.
    pub cooperated: bool,
}

/// A norm of good and bad; every implementor is a [`Norm`]. Agents begin with a good reputation.
pub(super) trait GoodOrBad: Debug + Send + Sync {
    /// Whether the one who acts is good from now on.
    fn earns_good(&self, case: Case) -> bool;

    /// Its name, as the dry run says it.
    fn name(&self) -> String;
}

impl<T: GoodOrBad> Norm for T {
    fn reputations(&self) -> usize {
        2
    }

    fn is_good(&self, reputation: u8) -> bool {
        reputation == GOOD
    }

    fn first(&self) -> u8 {
        GOOD
    }

    fn judge(&self, Deed { actor, recipient, cooperated }: Deed) -> u8 {
        let case = Case { actor_good: actor == GOOD, recipient_good: recipient == GOOD, cooperated };
        if self.earns_good(case) { GOOD } else { BAD }
    }

    fn summary(&self) -> String {
        self.name()
    }
}
