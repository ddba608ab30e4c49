//! The sums of the ticks since the last row.

use super::PairSums;
use crate::world::{ExpectedScore, Ledger};
use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sums of the ticks that the next rows will cover.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Window {
    /// Accounts and outcomes.
    pub ledger: Ledger,
    /// Matches played.
    pub matches: usize,
    /// The expected score of each agent, by agent number; NaN once it was unknown in a tick.
    pub expected: Vec<ExpectedScore>,
    /// The sums of matches by pair of populations.
    pub pairs: BTreeMap<(u32, u32), PairSums>,
    /// How often each agent picked each other agent, `[selector][selected]`; empty if no agent picks.
    pub selections: Vec<Vec<u64>>,
}

impl Window {
    /// Counts that agent number `selector` picked number `selected`, of `agents`.
    pub fn select(&mut self, agents: usize, selector: usize, selected: usize) {
        self.selections.resize_with(agents, || vec![0; agents]);
        self.selections[selector][selected] += 1;
    }
}
