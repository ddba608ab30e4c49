//! Finite state machines as a scenario writes them.

use crate::fault::Fault;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most states of a machine.
pub const MACHINE_STATES_MAX: usize = 256;

/// A finite state machine. It begins in its first state.
///
/// Names: Moore machine (Rubinstein 1986; Miller 1996).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Machine {
    /// The states, 1 to 256.
    pub states: Vec<MachineState>,
}

/// A state of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MachineState {
    /// Probability of cooperation.
    pub cooperate: f64,
    /// The numbers of the states that follow, from 0: after the opponent's cooperation and its defection, or after CC,
    /// CD, DC and DD, the player's own action first.
    pub next: Vec<u16>,
}

/// A machine that has been checked: for each state, the probability of cooperation and what follows after CC, CD, DC
/// and DD.
#[derive(Clone, Debug)]
pub struct Machinery(pub Arc<[(f64, [u16; 4])]>);

impl StateRule for Machinery {
    const NAME: &'static str = "machine";

    type State = u16;

    fn start(&self) -> u16 {
        0
    }

    fn chance(&self, state: &u16) -> f64 {
        self.0[usize::from(*state)].0
    }

    fn next(&self, state: &u16, own: bool, others: bool) -> u16 {
        self.0[usize::from(*state)].1[usize::from(!own) * 2 + usize::from(!others)]
    }

    fn wavers(&self) -> bool {
        self.0.iter().any(|&(p, _)| p > 0.0 && p < 1.0)
    }
}

impl MachineState {
    /// The state that has number `place` among `states` of them.
    fn read(&self, place: usize, states: usize) -> Result<(f64, [u16; 4]), Fault> {
        let Self { cooperate, next } = self;
        if !(0.0..=1.0).contains(cooperate) {
            let message = format!("{cooperate} is no probability");
            return Err(Fault::new(format!(".states[{place}].cooperate"), message, "expected 0 to 1"));
        }
        if let Some(wrong) = next.iter().position(|&next| usize::from(next) >= states) {
            let message = format!("there is no state {}", next[wrong]);
            let expected = format!("expected 0 to {}", states - 1);
            return Err(Fault::new(format!(".states[{place}].next[{wrong}]"), message, expected));
        }
        match next[..] {
            [c, d] => Ok((*cooperate, [c, d, c, d])),
            [cc, cd, dc, dd] => Ok((*cooperate, [cc, cd, dc, dd])),
            _ => {
                let message = format!("`next` has {} entries", next.len());
                let expected = "expected 2, after C and D, or 4, after CC, CD, DC and DD";
                Err(Fault::new(format!(".states[{place}].next"), message, expected))
            }
        }
    }
}

impl ForGame for Machine {
    fn for_game(&self, _: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let states = self.states.len();
        if !(1..=MACHINE_STATES_MAX).contains(&states) {
            let message = format!("a machine of {states} states cannot be played");
            return Err(Fault::new(".states", message, format!("expected 1 to {MACHINE_STATES_MAX}")));
        }
        let read = self.states.iter().enumerate().map(|(place, state)| state.read(place, states));
        let read: Result<Vec<_>, Fault> = read.collect();
        Ok(Arc::new(Machinery(read?.into())))
    }
}

impl ListedStrategy for Machine {
    const EXPLANATION: Explanation = Explanation {
        name: Machinery::NAME,
        rule: "Moves from state to state by what was played, and cooperates with each state's probability.",
        parameters: "states: for each, cooperate (a probability) and next (the numbers of the states after C and D, or \
             after CC, CD, DC and DD); the first is where it begins",
        source: "Rubinstein 1986, Finite automata play the repeated prisoner's dilemma, J. Economic Theory 39; Miller \
             1996, The coevolution of automata in the repeated Prisoner's Dilemma, J. Economic Behavior & Organization \
             29",
    };
}
