//! The players of an empirical game: types, and what training made of each under several seeds.

use super::rewards::Rewards;
use crate::policies::scripted::{Automaton, AutomatonState, Strategy};
use std::sync::Arc;

/// An agent as it plays.
#[derive(Clone, Debug)]
pub enum Player {
    /// A finite automaton, whose payoffs are exact.
    Automaton(Automaton),
    /// A strategy that is no finite automaton; its matches are played.
    Script(Arc<dyn Strategy>),
    /// One that looks at nothing: the chance that it intends each action, in any round.
    Blind(Vec<f64>),
}

impl Player {
    /// A player that looks at the last round alone and cooperates with these probabilities: in the first round, and
    /// after CC, CD, DC and DD, its own move first.
    pub fn memory_one(p_cooperate: [f64; 5]) -> Self {
        let state = |cooperation: f64| AutomatonState { cooperation, next: [1, 2, 3, 4] };
        Self::Automaton(Automaton { states: p_cooperate.map(state).to_vec() })
    }

    /// Number of states; `None` if they have no end.
    pub fn states(&self) -> Option<usize> {
        match self {
            Self::Automaton(automaton) => Some(automaton.states.len()),
            Self::Script(_) => None,
            Self::Blind(_) => Some(1),
        }
    }
}

/// What one training left of a type: the members of its population.
#[derive(Clone, Debug)]
pub struct Replicate {
    /// The run it comes from; empty for a strategy.
    pub source: String,
    /// The seed of the run; `None` for a strategy.
    pub seed: Option<u64>,
    /// The members.
    pub members: Vec<Player>,
}

/// Agents that count as one kind.
#[derive(Clone, Debug)]
pub struct MetaType {
    /// Its name, unlike that of any other type.
    pub name: String,
    /// The word for its policy: `llm`, `q_learning`, the name of a strategy.
    pub policy: String,
    /// One per seed, in the order of the runs; exactly one for a strategy.
    pub replicates: Vec<Replicate>,
    /// What its members are rewarded for; `None` for a strategy.
    pub rewards: Option<Rewards>,
}

impl MetaType {
    /// A strategy; several members if it is one that is drawn for each.
    pub fn strategy(name: String, policy: String, members: Vec<Player>) -> Self {
        let replicates = vec![Replicate { source: String::new(), seed: None, members }];
        Self { name, policy, replicates, rewards: None }
    }
}
