//! Names in the column `nearest_strategy` that are not scripted strategies of their own.

/// Each with its explanation.
pub(super) const NEAREST_ONLY: [(&str, &str); 1] = [(
    "contrary",
    "contrary\n\n  Rule:   Does the opposite of what the opponent did: p(C) is 0, 1, 0, 1 after CC, CD, DC, DD (own action \
         first).\n  A name in the column `nearest_strategy`; `MemoryOne(start: 0.5, cc: 0, cd: 1, dc: 0, dd: 1)` plays so.\n",
)];
