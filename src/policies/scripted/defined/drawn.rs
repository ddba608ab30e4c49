//! Strategies that are drawn at random, one for each member of a population.

use super::look_up::{MEMORY_MAX, Past, Table};
use super::machine::{MACHINE_STATES_MAX, Machinery};
use crate::fault::Fault;
use crate::policies::scripted::memory_one::Computed;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A memory-one strategy whose five probabilities are drawn for each member, uniformly from 0 to 1, or as 0 or 1.
///
/// Names: as the initial populations of Nowak & Sigmund 1993.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RandomMemoryOne {
    /// Whether probabilities are 0 or 1 alone.
    pub pure: bool,
}

impl RandomMemoryOne {
    const NAME: &'static str = "random_memory_one";
}

/// A probability, or 0 or 1.
fn probability(pure: bool, member: &mut Stream) -> f64 {
    let p: f64 = member.random();
    if pure { f64::from(u8::from(p < 0.5)) } else { p }
}

impl ForGame for RandomMemoryOne {
    fn for_game(&self, _: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let chances = std::array::from_fn(|_| probability(self.pure, member));
        Ok(Arc::new(Computed { name: Self::NAME, chances }))
    }
}

impl ListedStrategy for RandomMemoryOne {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "A memory-one strategy whose probabilities are drawn for each member of the population.",
        parameters: "pure (default false: probabilities from 0 to 1; true: 0 or 1)",
        source: "Nowak & Sigmund 1993, A strategy of win-stay, lose-shift that outperforms tit-for-tat, Nature 364",
    };

    const IS_DRAWN: bool = true;
}

/// A memory-n strategy whose table is drawn for each member.
///
/// Names: as the population of Hilbe et al. 2017.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RandomLookUp {
    /// How many of either player's moves the table looks at, 1 to 3.
    pub memory: u8,
    /// Whether probabilities are 0 or 1 alone.
    pub pure: bool,
}

impl Default for RandomLookUp {
    fn default() -> Self {
        Self { memory: 2, pure: true }
    }
}

/// A table that was drawn.
#[derive(Clone, Debug)]
struct DrawnTable(Table);

impl StateRule for DrawnTable {
    const NAME: &'static str = "random_look_up";

    type State = Past;

    fn start(&self) -> Past {
        Past::default()
    }

    fn chance(&self, past: &Past) -> f64 {
        self.0.chance_after(past)
    }

    fn next(&self, past: &Past, own: bool, others: bool) -> Past {
        self.0.past_after(past, own, others)
    }

    fn wavers(&self) -> bool {
        self.0.has_dice()
    }
}

impl ForGame for RandomLookUp {
    fn for_game(&self, _: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let Self { memory, pure } = *self;
        if !(1..=MEMORY_MAX).contains(&memory) {
            let message = format!("a table over {memory} moves of either player cannot be drawn");
            return Err(Fault::new(".memory", message, format!("expected 1 to {MEMORY_MAX}")));
        }
        let opening: Vec<f64> = (0..memory).map(|_| probability(pure, member)).collect();
        let table: Vec<f64> = (0..1 << (2 * memory)).map(|_| probability(pure, member)).collect();
        Ok(Arc::new(DrawnTable(Table::new([memory; 2], &opening, &table))))
    }
}

impl ListedStrategy for RandomLookUp {
    const EXPLANATION: Explanation = Explanation {
        name: DrawnTable::NAME,
        rule: "A memory-n strategy whose table is drawn for each member of the population.",
        parameters: "memory (default 2, at most 3), pure (default true: probabilities are 0 or 1; false: from 0 to 1)",
        source: "Hilbe, Martinez-Vaquero, Chatterjee & Nowak 2017, Memory-n strategies of direct reciprocity, PNAS 114",
    };

    const IS_DRAWN: bool = true;
}

/// A finite state machine that is drawn for each member: every state cooperates or defects, and every edge leads to
/// some state, all alike likely.
///
/// Names: as the initial populations of Miller 1996.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RandomMachine {
    /// Its states, 1 to 256; some may never be reached.
    pub states: u16,
}

impl Default for RandomMachine {
    fn default() -> Self {
        Self { states: 8 }
    }
}

/// A machine that was drawn.
#[derive(Clone, Debug)]
struct DrawnMachine(Machinery);

impl StateRule for DrawnMachine {
    const NAME: &'static str = "random_machine";

    type State = u16;

    fn start(&self) -> u16 {
        0
    }

    fn chance(&self, state: &u16) -> f64 {
        self.0.chance(state)
    }

    fn next(&self, state: &u16, own: bool, others: bool) -> u16 {
        self.0.next(state, own, others)
    }
}

impl ForGame for RandomMachine {
    fn for_game(&self, _: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let states = self.states;
        if !(1..=MACHINE_STATES_MAX).contains(&usize::from(states)) {
            let message = format!("a machine of {states} states cannot be drawn");
            return Err(Fault::new(".states", message, format!("expected 1 to {MACHINE_STATES_MAX}")));
        }
        let state = |_| {
            let cooperation = probability(true, member);
            let [c, d] = std::array::from_fn(|_| member.random_range(0..states));
            (cooperation, [c, d, c, d])
        };
        Ok(Arc::new(DrawnMachine(Machinery((0..states).map(state).collect()))))
    }
}

impl ListedStrategy for RandomMachine {
    const EXPLANATION: Explanation = Explanation {
        name: DrawnMachine::NAME,
        rule: "A finite state machine that is drawn for each member of the population.",
        parameters: "states (default 8, at most 256)",
        source: "Miller 1996, The coevolution of automata in the repeated Prisoner's Dilemma, J. Economic Behavior & \
             Organization 29",
    };

    const IS_DRAWN: bool = true;
}
