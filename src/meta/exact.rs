//! What two players can expect of a match, exactly: the joint chain of their states.

use super::setting::Setting;
use crate::policies::scripted::Automaton;
use crate::world::{Horizon, Opening};

/// Largest number of joint states that are followed.
pub const JOINT_STATES_MAX: usize = 1 << 20;

/// A round that is played with less than this probability ends the sum over rounds: in f64 the rest adds nothing.
const WEIGHT_MIN: f64 = 1e-18;

/// The joint moves CC, CD, DC, DD, as whether each cooperates.
pub(super) const JOINT: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];
/// The number of a joint move as the other player sees it.
pub(super) const MIRRORED: [usize; 4] = [0, 2, 1, 3];

/// What one player can expect per round of a match: expected sums over its rounds, divided by the expected number of
/// rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Shares of rounds, by what both did in the round before (nothing, then CC, CD, DC, DD) and by what both do in
    /// this one (CC, CD, DC, DD), as played, the player's own move first.
    pub rounds: [[f64; 4]; 5],
}

impl Outcome {
    /// Shares of rounds that end CC, CD, DC, DD, the player's own move first.
    pub fn joint(&self) -> [f64; 4] {
        std::array::from_fn(|joint| self.rounds.iter().map(|of_before| of_before[joint]).sum())
    }

    /// The share of rounds in which the player cooperates.
    pub fn cooperation(&self) -> f64 {
        let [cc, cd, ..] = self.joint();
        cc + cd
    }

    /// The share of rounds in which the player defects on an opponent that has just cooperated.
    pub fn norm_breach(&self) -> f64 {
        let [_, after_cc, _, after_dc, _] = self.rounds;
        [after_cc, after_dc].iter().map(|[_, _, dc, dd]| dc + dd).sum()
    }

    /// What is paid per round on average, if a round is paid as `pays` says, which is indexed as the rounds are.
    pub fn expected(&self, pays: &[[f64; 4]; 5]) -> f64 {
        self.rounds.iter().flatten().zip(pays.iter().flatten()).map(|(share, paid)| share * paid).sum()
    }

    /// Adds the shares of `other` to these.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.rounds.iter_mut().flatten().zip(other.rounds.iter().flatten()).for_each(|(sum, share)| *sum += share);
    }

    /// Divides all shares by `whole`.
    pub(super) fn divide(&mut self, whole: f64) {
        self.rounds.iter_mut().flatten().for_each(|share| *share /= whole);
    }
}

/// The place of what was seen before a round, `None` for nothing, among the rounds of an outcome.
pub(super) fn before(seen: Option<usize>) -> usize {
    seen.map_or(0, |joint| joint + 1)
}

/// The outcome for each player of a match between `a` and `b`; `None` if there are more than [`JOINT_STATES_MAX`] joint
/// states.
pub fn meet(a: &Automaton, b: &Automaton, setting: &Setting) -> Option<[Outcome; 2]> {
    let (rows, columns) = (a.states.len(), b.states.len());
    if rows.checked_mul(columns)? > JOINT_STATES_MAX {
        return None;
    }
    let chances = |automaton: &Automaton| -> Vec<f64> {
        automaton.states.iter().map(|state| slipped(state.cooperation, setting.noise)).collect()
    };
    let chances = [chances(a), chances(b)];
    let mut outcomes = [Outcome::default(); 2];
    let mut now = Masses::new(rows * columns);
    let mut next = Masses::new(rows * columns);
    let mut weights = 0.0;
    for (round, weight) in rounds(&setting.horizon).enumerate() {
        weights += weight;
        let mut play = |from: [usize; 2], decides: [usize; 2], seen: Option<usize>, mass: f64| {
            let [p, q] = [chances[0][decides[0]], chances[1][decides[1]]];
            for (joint, (own, others)) in JOINT.into_iter().enumerate() {
                let chance = mass * of(p, own) * of(q, others);
                if chance == 0.0 {
                    continue;
                }
                outcomes[0].rounds[before(seen)][joint] += weight * chance;
                outcomes[1].rounds[before(seen.map(|seen| MIRRORED[seen]))][MIRRORED[joint]] += weight * chance;
                let after = [a.states[from[0]].after(own, others), b.states[from[1]].after(others, own)];
                next.add(4 * (after[0] * columns + after[1]) + joint, chance);
            }
        };
        match (round, setting.opening) {
            (0, Opening::MadeUp) => {
                // A made-up round is answered as if it were the first, and then forgotten.
                for (seen, (own, others)) in JOINT.into_iter().enumerate() {
                    let decides = [a.states[0].after(own, others), b.states[0].after(others, own)];
                    play([0, 0], decides, Some(seen), 0.25);
                }
            }
            (0, _) => play([0, 0], [0, 0], None, 1.0),
            _ => {
                for (place, mass) in now.drain() {
                    let (pair, seen) = (place / 4, place % 4);
                    let from = [pair / columns, pair % columns];
                    play(from, from, Some(seen), mass);
                }
            }
        }
        std::mem::swap(&mut now, &mut next);
    }
    for outcome in &mut outcomes {
        outcome.divide(weights);
    }
    Some(outcomes)
}

/// The chance of a move, of a player that cooperates with probability `p`.
fn of(p: f64, cooperates: bool) -> f64 {
    if cooperates { p } else { 1.0 - p }
}

/// Probability of cooperating after a move has slipped to the other one with probability `noise`.
fn slipped(p: f64, noise: f64) -> f64 {
    p * (1.0 - noise) + (1.0 - p) * noise
}

/// The probability that each round is played.
fn rounds(horizon: &Horizon) -> impl Iterator<Item = f64> {
    let (probability, most) = match *horizon {
        Horizon::Fixed(rounds) => (1.0, rounds),
        Horizon::Continue { probability, at_most } => (probability, at_most),
    };
    let weights = std::iter::successors(Some(1.0), move |weight| Some(weight * probability));
    weights.take(most as usize).take_while(|weight| *weight >= WEIGHT_MIN)
}

/// Probabilities of joint states and the round that led there, those that are not 0 in the order in which they were
/// reached.
struct Masses {
    of: Vec<f64>,
    reached: Vec<u32>,
}

impl Masses {
    fn new(pairs: usize) -> Self {
        Self { of: vec![0.0; 4 * pairs], reached: Vec::new() }
    }

    fn add(&mut self, place: usize, mass: f64) {
        if self.of[place] == 0.0 {
            self.reached.push(place as u32);
        }
        self.of[place] += mass;
    }

    fn drain(&mut self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let of = &mut self.of;
        self.reached.drain(..).map(move |place| {
            let place = place as usize;
            (place, std::mem::take(&mut of[place]))
        })
    }
}
