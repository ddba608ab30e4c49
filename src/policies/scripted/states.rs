//! Strategies that carry a state through the match: a start, a step after every round, and a probability of cooperation
//! in every state.
//!
//! A round counts if every seat's action was legal; others leave the state as it is. A made-up opening stands in for
//! a round that was never played: it is answered as if it were the first, and forgotten as soon as a round counts.

use super::automaton::{Automaton, explore};
use super::memory::Memory;
use super::strategy::{MemoryOneRule, Strategy, happens};
use super::view::{MatchView, Recall};
use crate::games::Action;
use crate::rng::Stream;
use std::fmt::Debug;

/// A strategy that is a state and what follows from it; every implementor is a [`Strategy`].
pub trait StateRule: Clone + Debug + Send + Sync + 'static {
    /// See [`Strategy::name`].
    const NAME: &'static str;

    /// Whether the state is what was seen of the last round, and nothing has to be kept.
    const SEES_ALL: bool = false;

    /// What it keeps of a match.
    type State: Clone + Ord + Debug + Send + Sync + 'static;

    /// The state before the first round.
    fn start(&self) -> Self::State;

    /// Probability of cooperation in `state`.
    fn chance(&self, state: &Self::State) -> f64;

    /// The state after a round in which the player cooperated or not (`own`), and the opponent, or every co-player,
    /// did (`others`).
    fn next(&self, state: &Self::State, own: bool, others: bool) -> Self::State;

    /// Whether any probability of cooperation is neither 0 nor 1.
    fn wavers(&self) -> bool {
        false
    }

    /// See [`Strategy::cooperation`].
    fn after(&self, recall: Recall) -> Option<f64> {
        (recall == Recall::Start).then(|| self.chance(&self.start()))
    }

    /// The state of a player that sees `view`.
    fn state(&self, view: &MatchView) -> Self::State {
        let mut rounds = (0..view.round).filter_map(|round| view.counted(round)).peekable();
        if rounds.peek().is_none() {
            return opened(self, &self.start(), view.recall());
        }
        rounds.fold(self.start(), |state, (own, others)| self.next(&state, own, others))
    }
}

/// The state in which a player that saw `recall` before any round counted decides.
fn opened<T: StateRule>(rule: &T, start: &T::State, recall: Recall) -> T::State {
    match recall {
        Recall::Start => start.clone(),
        Recall::Last { own, others } => rule.next(start, own, others),
    }
}

impl<T: MemoryOneRule + Clone + 'static> StateRule for T {
    const NAME: &'static str = <T as MemoryOneRule>::NAME;
    const SEES_ALL: bool = true;

    type State = Recall;

    fn start(&self) -> Recall {
        Recall::Start
    }

    fn chance(&self, recall: &Recall) -> f64 {
        self.probability(*recall)
    }

    fn next(&self, _: &Recall, own: bool, others: bool) -> Recall {
        Recall::Last { own, others }
    }

    fn wavers(&self) -> bool {
        Recall::ALL.iter().any(|&recall| {
            let p = self.probability(recall);
            p > 0.0 && p < 1.0
        })
    }

    fn after(&self, recall: Recall) -> Option<f64> {
        Some(self.probability(recall))
    }

    #[inline]
    fn state(&self, view: &MatchView) -> Recall {
        view.recall()
    }
}

impl<T: StateRule> Strategy for T {
    fn name(&self) -> &str {
        T::NAME
    }

    fn decide(&self, view: &MatchView, rng: &mut Stream) -> Action {
        view.moves.action(happens(self.chance(&self.state(view)), rng))
    }

    fn cooperation(&self, recall: Recall) -> Option<f64> {
        self.after(recall)
    }

    fn draws(&self) -> bool {
        self.wavers()
    }

    fn memory(&self) -> Option<Box<dyn Memory>> {
        let of = || Box::new(Kept { rule: self.clone(), state: self.start(), is_fresh: true }) as Box<dyn Memory>;
        (!T::SEES_ALL).then(of)
    }

    fn automaton(&self, states_max: usize) -> Option<Automaton> {
        explore(
            self.start(),
            |state| self.chance(state).clamp(0.0, 1.0),
            |state, own, others| self.next(state, own, others),
            states_max,
        )
    }
}

/// A rule and its state.
#[derive(Clone, Debug)]
struct Kept<T: StateRule> {
    rule: T,
    state: T::State,
    /// Whether no round has counted yet.
    is_fresh: bool,
}

impl<T: StateRule> Memory for Kept<T> {
    fn see(&mut self, own: bool, others: bool) {
        self.state = self.rule.next(&self.state, own, others);
        self.is_fresh = false;
    }

    fn chance(&self, recall: Recall) -> f64 {
        if self.is_fresh {
            return self.rule.chance(&opened(&self.rule, &self.state, recall));
        }
        self.rule.chance(&self.state)
    }
}
