//! Scripted strategies: one small rule each, with its source.
//!
//! A strategy knows two moves, [`Moves::cooperate`] and [`Moves::defect`], even in games with more actions; it judges
//! the others by whether their actions count as cooperation. With more than two seats, "the opponent cooperated" means
//! that every co-player did, as everywhere in this crate.
//!
//! A strategy answers what it sees ([`MatchView::seen`]), a made-up opening included: tit for tat repays a made-up
//! defection. Its start applies only where nothing is seen.
//!
//! What it sees is the last legal action of either side. After a round that the opponent's illegal completion voided,
//! that is its own action in that round beside an older one of the opponent's: tit for tat repeats its answer, while an
//! alternator keeps alternating. Strategies that look further back ([`MatchView::others_cooperated`]) skip void rounds.
//!
//! The list at the end of this file is the only place that names them all. A strategy brings along its numbers, their
//! bounds and its explanation ([`ListedStrategy`]).

mod list;
mod plugin;
mod sources;
mod strategy;
#[cfg(test)]
mod tests;

pub mod alternator;
pub mod constant;
pub mod explain;
pub mod grim;
pub mod memory_one;
pub mod tit_for_tat;
pub mod view;
pub mod win_stay_lose_shift;

pub use list::Listed;
pub use plugin::{ScriptedPlugin, behaviour_of};
pub use strategy::{Explanation, ListedStrategy, MemoryOneRule, Scripted, Strategy};
pub use view::{MatchView, Moves, Recall};

use crate::numbers::Number;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

list::strategies! {
    constant::AlwaysCooperate,
    constant::AlwaysDefect,
    constant::Random(Random),
    tit_for_tat::TitForTat,
    tit_for_tat::SuspiciousTitForTat,
    tit_for_tat::GenerousTitForTat(GenerousTitForTat),
    tit_for_tat::TitForTwoTats,
    tit_for_tat::TwoTitsForTat,
    grim::Grim,
    win_stay_lose_shift::WinStayLoseShift,
    alternator::Alternator,
    memory_one::MemoryOne(MemoryOne),
}

impl StrategySpec {
    /// Its numbers, and what each may be.
    pub fn numbers(&self) -> Vec<Number> {
        self.any().numbers()
    }

    /// Whether it has a probability of cooperation for every outcome of the last round.
    pub fn is_memory_one(&self) -> bool {
        let strategy = self.build();
        Recall::ALL.iter().all(|&recall| strategy.cooperation(recall).is_some())
    }

    /// The strategy that it names. Probabilities outside 0 to 1 act like the nearer of the two.
    pub fn build(&self) -> Arc<dyn Strategy> {
        self.any().shared()
    }
}
