//! Strategies as finite automata: from these, expected payoffs of pairs are exact.

use std::collections::BTreeMap;

/// The most states that a strategy is searched for.
pub const STATES_MAX: usize = 4096;

/// A strategy with finitely many states. It begins in the first, with nothing made up before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Automaton {
    /// The states, each of them reached by some match, and no two of them alike in all that may follow.
    pub states: Vec<AutomatonState>,
}

/// A state of an [`Automaton`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AutomatonState {
    /// Probability of cooperation.
    pub cooperation: f64,
    /// The number of the state that follows after CC, CD, DC and DD, the player's own action first.
    pub next: [u32; 4],
}

impl AutomatonState {
    /// The number of the state that follows a round.
    pub fn after(&self, own: bool, others: bool) -> usize {
        self.next[usize::from(!own) * 2 + usize::from(!others)] as usize
    }
}

/// The automaton that begins in `start`, cooperates by `chance` and moves by `next`, whose arguments are whether the
/// player and the others cooperated; `None` if it has more than `states_max` states, equal ones counted apart.
///
/// Every action is followed from every state, also where the probability of it is 0: noise may bring it about.
pub(super) fn explore<S: Ord + Clone>(
    start: S,
    chance: impl Fn(&S) -> f64,
    next: impl Fn(&S, bool, bool) -> S,
    states_max: usize,
) -> Option<Automaton> {
    let mut numbers = BTreeMap::from([(start.clone(), 0)]);
    let mut found = vec![start];
    let mut states = Vec::new();
    while let Some(state) = found.get(states.len()).cloned() {
        let mut edges = [0; 4];
        for (edge, (own, others)) in edges.iter_mut().zip([(true, true), (true, false), (false, true), (false, false)])
        {
            let after = next(&state, own, others);
            let free = found.len() as u32;
            *edge = *numbers.entry(after.clone()).or_insert(free);
            if *edge == free {
                found.push(after);
            }
        }
        if found.len() > states_max {
            return None;
        }
        states.push(AutomatonState { cooperation: chance(&state), next: edges });
    }
    Some(merged(&states))
}

/// The same automaton without states that nothing tells apart (Moore 1956, Gedanken-experiments on sequential
/// machines): classes of states of equal probability are split until all members of a class are followed by the same
/// classes.
fn merged(states: &[AutomatonState]) -> Automaton {
    let mut classes = numbered(states.iter().map(|state| state.cooperation.to_bits()));
    loop {
        let split = numbered(states.iter().enumerate().map(|(i, state)| {
            let next = state.next.map(|next| classes[next as usize]);
            (classes[i], next)
        }));
        if split == classes {
            break;
        }
        classes = split;
    }
    let mut kept: Vec<AutomatonState> = Vec::new();
    for (state, &class) in states.iter().zip(&classes) {
        if class as usize == kept.len() {
            kept.push(AutomatonState { next: state.next.map(|next| classes[next as usize]), ..*state });
        }
    }
    Automaton { states: kept }
}

/// Numbers from 0 for equal values, in the order in which they appear.
fn numbered<K: Ord>(values: impl Iterator<Item = K>) -> Vec<u32> {
    let mut numbers = BTreeMap::new();
    let number = |value| {
        let free = numbers.len() as u32;
        *numbers.entry(value).or_insert(free)
    };
    values.map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_nothing_tells_apart_are_one() {
        // Counts to four, and cooperates until then: all that it did before does not matter.
        let counted = explore(0, |&n| f64::from(u8::from(n < 4)), |&n, _, _| (n + 1).min(6), 100).unwrap();
        let cooperation: Vec<f64> = counted.states.iter().map(|state| state.cooperation).collect();
        assert_eq!(cooperation, [1.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(counted.states[3].after(true, false), 4);
        assert_eq!(counted.states[4].next, [4; 4]);
        assert_eq!(explore(0_u64, |_| 1.0, |&n, _, _| n + 1, 100), None);
        // All states alike are one state.
        assert_eq!(explore(0, |_| 1.0, |&n, _, _| (n + 1) % 9, 100).unwrap().states.len(), 1);
    }
}
