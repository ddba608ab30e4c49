//! Any memory-one strategy, as its five probabilities.

use crate::numbers::Number;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall, Scripted};
use crate::world::PolicyName;
use bevy_ecs::world::EntityWorldMut;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Cooperates with a probability for each outcome of the last round, the player's own action first.
///
/// Names: memory-one strategy (Nowak, Sigmund & El-Sedy 1995); zero-determinant strategies are a family of these
/// (Press & Dyson 2012).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MemoryOne {
    /// In the first round, and wherever nothing is seen.
    pub start: f64,
    /// After (own C, opponent's C).
    pub cc: f64,
    /// After (own C, opponent's D).
    pub cd: f64,
    /// After (own D, opponent's C).
    pub dc: f64,
    /// After (own D, opponent's D).
    pub dd: f64,
}

impl MemoryOneRule for MemoryOne {
    const NAME: &'static str = "memory_one";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => self.start,
            Recall::Last { own: true, others: true } => self.cc,
            Recall::Last { own: true, others: false } => self.cd,
            Recall::Last { own: false, others: true } => self.dc,
            Recall::Last { own: false, others: false } => self.dd,
        }
    }
}

impl ListedStrategy for MemoryOne {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates with probability start in the first round and cc, cd, dc or dd after it, own action first.",
        parameters: "start, cc, cd, dc, dd (no defaults)",
        source: "Nowak, Sigmund & El-Sedy 1995, Automata, repeated games and noise, J. Mathematical Biology 33; \
             Press & Dyson 2012, Iterated Prisoner's Dilemma contains strategies that dominate any evolutionary \
             opponent, PNAS 109",
    };

    fn numbers(&self) -> Vec<Number> {
        [("start", self.start), ("cc", self.cc), ("cd", self.cd), ("dc", self.dc), ("dd", self.dd)]
            .map(|(field, value)| Number::probability(field, value))
            .to_vec()
    }
}

/// Makes an agent play the memory-one strategy with these five probabilities, in the order of [`Recall::ALL`].
pub(in crate::policies::scripted) fn play_by(agent: &mut EntityWorldMut, probabilities: &[f64]) {
    let &[start, cc, cd, dc, dd] = probabilities else { return };
    let strategy = MemoryOne { start, cc, cd, dc, dd };
    agent.insert((PolicyName(MemoryOne::NAME.to_owned()), Scripted(Arc::new(strategy))));
}
