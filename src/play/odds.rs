//! The odds of two-player matches: states, chances after noise, and what either player can expect.
//!
//! The state of a match between rounds is the last legal action of each seat, or none yet. It alone decides what the
//! players see, as in [`crate::world::Tournament::observe`]: the opening until both have acted legally. A void round
//! changes the last action of the seat that acted legally.

use crate::games::{Action, ILLEGAL};
use crate::world::{ExpectedScore, Horizon, Opening, Rules};

/// Numbers the states of a two-player match.
#[derive(Clone, Copy, Debug)]
pub struct JointStates<'a> {
    rules: &'a Rules,
    /// Number of values for the last legal action of one seat: the game's actions, and none.
    of_seat: usize,
}

impl<'a> JointStates<'a> {
    /// The states of matches played under `rules`.
    ///
    /// # Panics
    /// If the game does not seat two.
    pub fn new(rules: &'a Rules) -> Self {
        assert_eq!(rules.game.seats(), 2, "odds are for two players");
        Self { rules, of_seat: rules.game.actions().len() + 1 }
    }

    /// Number of states.
    pub fn count(&self) -> usize {
        self.of_seat * self.of_seat
    }

    /// The last legal action of each seat; [`ILLEGAL`] if there is none yet.
    pub fn last(&self, state: usize) -> [Action; 2] {
        [state / self.of_seat, state % self.of_seat].map(|index| self.action(index))
    }

    /// The action at `index` of a row of chances; [`ILLEGAL`] in the last place.
    pub fn action(&self, index: usize) -> Action {
        if index + 1 == self.of_seat { ILLEGAL } else { index as Action }
    }

    fn index(&self, last: [Action; 2]) -> usize {
        let [first, second] = last.map(|action| usize::from(action).min(self.of_seat - 1));
        first * self.of_seat + second
    }

    /// The state after a round in which `joint` was played.
    pub fn next(&self, state: usize, joint: [Action; 2]) -> usize {
        let mut last = self.last(state);
        for (last, action) in last.iter_mut().zip(joint).filter(|(_, action)| *action != ILLEGAL) {
            *last = action;
        }
        self.index(last)
    }

    /// Index of what `seat` sees in `state`.
    pub fn observation(&self, state: usize, seat: usize) -> usize {
        let last = self.last(state);
        if last.contains(&ILLEGAL) {
            return 0;
        }
        self.rules.observations.index(self.rules.observations.observe(self.rules.game.as_ref(), seat, &last))
    }

    /// Chance of each state before the first round.
    pub fn start(&self) -> Vec<f64> {
        let mut start = vec![0.0; self.count()];
        match self.rules.opening {
            Opening::Blank => start[self.index([ILLEGAL; 2])] = 1.0,
            Opening::LastMoves => unreachable!("last moves depend on who plays; nobody asks for expectations then"),
            Opening::MadeUp => {
                let legal = self.of_seat - 1;
                for (state, chance) in start.iter_mut().enumerate() {
                    if !self.last(state).contains(&ILLEGAL) {
                        *chance = 1.0 / (legal * legal) as f64;
                    }
                }
            }
        }
        start
    }

    /// Chances of the actions as played, after [`super::slip`], given those of the intended actions (the last entry is
    /// for illegal completions).
    pub fn slipped(&self, intended: &[f64]) -> Vec<f64> {
        let (noise, legal) = (self.rules.noise, self.of_seat - 1);
        let total: f64 = intended[..legal].iter().sum();
        let mut played = intended.to_vec();
        if noise > 0.0 {
            for p in &mut played[..legal] {
                *p = (1.0 - noise) * *p + noise * (total - *p) / (legal - 1) as f64;
            }
        }
        played
    }

    /// Chance that a round is followed by another, and the number of rounds of the longest match.
    pub fn horizon(&self) -> (f64, u32) {
        match self.rules.horizon {
            Horizon::Fixed(rounds) => (1.0, rounds),
            Horizon::Continue { probability, at_most } => (probability, at_most),
        }
    }
}

/// The expected score of each seat in a match of `first` with `second`, each a table of chances as in
/// [`crate::world::Behaviour::new`].
pub fn expect_match(rules: &Rules, first: &[f64], second: &[f64]) -> [ExpectedScore; 2] {
    let states = JointStates::new(rules);
    let (go_on, rounds_max) = states.horizon();
    let rounds: Vec<StateRound> =
        (0..states.count()).map(|state| state_round(&states, state, [first, second])).collect();
    let mut totals = [ExpectedScore::ZERO; 2];
    let mut now = states.start();
    for _ in 0..rounds_max {
        let mut next = vec![0.0; states.count()];
        let mut alive = 0.0;
        for (mass, round) in now.iter().zip(&rounds).filter(|(mass, _)| **mass > 0.0) {
            for (total, seat) in totals.iter_mut().zip(round.seats) {
                total.add(seat, *mass);
            }
            for &(state, chance) in &round.next {
                next[state] += mass * chance * go_on;
                alive += mass * chance * go_on;
            }
        }
        now = next;
        if alive < CHANCE_MIN {
            break;
        }
    }
    totals
}

/// Rounds less likely than this vanish next to the first one in every f64 sum.
const CHANCE_MIN: f64 = 1e-30;

/// What one round in one state is expected to bring, and the states it leads to as (state, chance).
struct StateRound {
    seats: [ExpectedScore; 2],
    next: Vec<(usize, f64)>,
}

fn state_round(states: &JointStates, state: usize, tables: [&[f64]; 2]) -> StateRound {
    let game = states.rules.game.as_ref();
    let [first, second] = [0, 1].map(|seat| {
        let row = states.observation(state, seat) * states.of_seat;
        states.slipped(&tables[seat][row..row + states.of_seat])
    });
    let mut round = StateRound { seats: [ExpectedScore::ZERO; 2], next: Vec::new() };
    for (i, p) in first.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        for (j, q) in second.iter().enumerate().filter(|(_, q)| **q > 0.0) {
            let (joint, chance) = ([states.action(i), states.action(j)], p * q);
            let mut payoffs = [0.0; 2];
            if !joint.contains(&ILLEGAL) {
                game.payoffs(&joint, &mut payoffs);
            }
            for seat in 0..2 {
                let legal = joint[seat] != ILLEGAL;
                let cooperated = legal && game.cooperative(joint[seat]);
                let one = ExpectedScore {
                    decisions: 1.0,
                    legal: f64::from(u8::from(legal)),
                    cooperations: f64::from(u8::from(cooperated)),
                    payoff: payoffs[seat],
                };
                round.seats[seat].add(one, chance);
            }
            round.next.push((states.next(state, joint), chance));
        }
    }
    round
}
