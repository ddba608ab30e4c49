//! Names in the column `nearest_strategy` that are not scripted strategies of their own.

/// Each with its explanation.
pub(super) const NEAREST_ONLY: [(&str, &str); 2] = [
    (
        "contrary",
        "contrary\n\n  Rule:   Does the opposite of what the opponent did: p(C) is 0, 1, 0, 1 after CC, CD, DC, DD (own action \
         first).\n  A name in the column `nearest_strategy`; `MemoryOne(start: 0.5, cc: 0, cd: 1, dc: 0, dd: 1)` plays so.\n",
    ),
    (
        "firm_but_fair",
        "firm_but_fair\n\n  Rule:   Defects only after it was exploited: p(C) is 1, 0, 1, 1 after CC, CD, DC, DD (own action \
         first).\n  Source: Frean 1994, The Prisoner's Dilemma without synchrony, Proc. R. Soc. B 257\n  A name in the column \
         `nearest_strategy`; `MemoryOne(start: 1, cc: 1, cd: 0, dc: 1, dd: 1)` plays so.\n",
    ),
];
