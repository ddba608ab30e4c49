//! Tabular Q-learning: one row of action values per observation, updated after every round.
//!
//! As in Tennant, Hailes & Musolesi 2023 (arXiv 2301.08491), whose released code adds a rule that decides their results
//! for duty-bound learners: a row in which every value is still zero moves at random, however little is explored
//! ([`EmptyRow::Random`]).

use crate::games::Action;
use crate::rng::Stream;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often a learner explores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Epsilon {
    /// Always this share of decisions.
    Constant(f64),
    /// A share that changes linearly over the learner's first decisions and then stays.
    Linear {
        /// Share at the first decision.
        from: f64,
        /// Share after `over` decisions.
        to: f64,
        /// Number of decisions over which it changes.
        over: u32,
    },
}

impl Epsilon {
    /// The share at the decision that follows `decisions` others.
    #[inline]
    pub fn at(self, decisions: u64) -> f64 {
        match self {
            Self::Constant(share) => share,
            Self::Linear { from, to, over } => {
                let done = (decisions as f64 / f64::from(over)).min(1.0);
                from + (to - from) * done
            }
        }
    }
}

/// What a learner does where it has learned nothing, that is, where all values of the row are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum EmptyRow {
    /// Moves at random. Rewards of zero leave a row empty permanently, so such a learner may stay random for ever.
    #[default]
    Random,
    /// Takes the first action, as for any other tie.
    FirstAction,
}

/// What a learner sees before the first round of a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum FirstState {
    /// Fictitious previous moves, drawn uniformly and independently of what the opponent sees.
    #[default]
    Drawn,
    /// What the scenario's `opening` shows.
    Opening,
}

/// Numbers of a Q-learner. Defaults are those of Tennant et al. 2023, whose runs also set
/// `epsilon: Linear(from: 1.0, to: 0.0, over: 10000)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QLearningConfig {
    /// Step size, greater than 0 and at most 1.
    pub alpha: f64,
    /// Discount of the value of the next state, at least 0 and below 1.
    pub discount: f64,
    /// How often it explores.
    pub epsilon: Epsilon,
    /// What it does where every value is zero.
    pub empty_row: EmptyRow,
    /// What it sees before the first round.
    pub first_state: FirstState,
}

impl Default for QLearningConfig {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            discount: 0.9,
            epsilon: Epsilon::Constant(0.05),
            empty_row: EmptyRow::default(),
            first_state: FirstState::default(),
        }
    }
}

/// A learner and what it has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QTable {
    config: QLearningConfig,
    actions: usize,
    /// `values[state * actions + action]`; all zero at first.
    values: Vec<f64>,
    decisions: u64,
}

impl QTable {
    /// A learner of `states` × `actions` values that has learned nothing.
    pub fn new(config: QLearningConfig, states: usize, actions: usize) -> Self {
        Self { config, actions, values: vec![0.0; states * actions], decisions: 0 }
    }

    /// Its numbers.
    pub fn config(&self) -> &QLearningConfig {
        &self.config
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.values.len() / self.actions
    }

    /// The values of `state`, one per action.
    #[inline]
    pub fn row(&self, state: usize) -> &[f64] {
        &self.values[state * self.actions..(state + 1) * self.actions]
    }

    /// An action for `state`: the one with the greatest value, the first of equal ones, unless the row is empty and
    /// empty rows are random.
    #[inline]
    pub fn decide(&mut self, state: usize, rng: &mut Stream) -> Action {
        let epsilon = self.config.epsilon.at(self.decisions);
        self.decisions += 1;
        // The draw lies in [0, 1): nothing is explored at epsilon 0, and everything at epsilon 1.
        let explores = rng.random::<f64>() < epsilon;
        if explores || self.is_random(state) {
            return rng.random_range(0..self.actions as u32) as Action;
        }
        self.greedy(state)
    }

    /// Q(s, a) ← (1 − α) Q(s, a) + α (r + γ max Q(s′, ·)). A match has no end of its own, so its last round looks ahead
    /// like any other.
    #[inline]
    pub fn update(&mut self, state: usize, action: Action, reward: f64, next: usize) {
        let best = self.row(next).iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let QLearningConfig { alpha, discount, .. } = self.config;
        let value = &mut self.values[state * self.actions + usize::from(action)];
        *value = (1.0 - alpha) * *value + alpha * (reward + discount * best);
    }

    /// How likely `action` is in `state`, exploration included.
    pub fn probability(&self, state: usize, action: Action) -> f64 {
        let uniform = 1.0 / self.actions as f64;
        if self.is_random(state) {
            return uniform;
        }
        let epsilon = self.config.epsilon.at(self.decisions);
        let greedy = if self.greedy(state) == action { 1.0 - epsilon } else { 0.0 };
        greedy + epsilon * uniform
    }

    #[inline]
    fn is_random(&self, state: usize) -> bool {
        self.config.empty_row == EmptyRow::Random && self.row(state).iter().all(|&value| value == 0.0)
    }

    #[inline]
    fn greedy(&self, state: usize) -> Action {
        let row = self.row(state);
        let mut best = 0;
        for (action, &value) in row.iter().enumerate() {
            if value > row[best] {
                best = action;
            }
        }
        best as Action
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};

    fn table(config: QLearningConfig) -> QTable {
        QTable::new(config, 5, 2)
    }

    fn greedy() -> QLearningConfig {
        QLearningConfig { epsilon: Epsilon::Constant(0.0), ..QLearningConfig::default() }
    }

    #[test]
    fn updates_by_hand() {
        let mut table = table(QLearningConfig { alpha: 0.1, discount: 0.5, ..greedy() });
        table.update(1, 1, 4.0, 2);
        assert_eq!(table.row(1), [0.0, 0.4]); // 0.9 · 0 + 0.1 · (4 + 0.5 · 0)
        table.update(2, 0, 2.0, 1);
        assert!((table.row(2)[0] - 0.22).abs() < 1e-15); // 0.1 · (2 + 0.5 · 0.4)
        table.update(1, 1, 1.0, 1);
        assert!((table.row(1)[1] - 0.48).abs() < 1e-15); // 0.9 · 0.4 + 0.1 · (1 + 0.5 · 0.4)
        table.update(1, 0, -5.0, 3);
        assert!((table.row(1)[0] + 0.5).abs() < 1e-15);
    }

    #[test]
    fn epsilon_falls_in_a_straight_line() {
        let linear = Epsilon::Linear { from: 1.0, to: 0.0, over: 10_000 };
        assert_eq!([0, 2_500, 10_000, 20_000].map(|t| linear.at(t)), [1.0, 0.75, 0.0, 0.0]);
        assert_eq!(Epsilon::Constant(0.05).at(7), 0.05);
    }

    #[test]
    fn an_empty_row_is_random_and_a_tie_goes_to_the_first() {
        let mut rng = stream(1, Purpose::Decision, StreamKey::default());
        let mut random = table(greedy());
        let defections: u32 = (0..1000).map(|_| u32::from(random.decide(3, &mut rng))).sum();
        assert!((400..600).contains(&defections), "{defections}");
        assert_eq!(random.probability(3, 0), 0.5);
        let mut first = table(QLearningConfig { empty_row: EmptyRow::FirstAction, ..greedy() });
        assert!((0..100).all(|_| first.decide(3, &mut rng) == 0));
        random.update(3, 0, 1.0, 0);
        random.update(3, 1, 1.0, 0);
        assert!((0..100).all(|_| random.decide(3, &mut rng) == 0), "equal values that are not zero");
        random.update(3, 1, 9.0, 0);
        assert!((0..100).all(|_| random.decide(3, &mut rng) == 1));
        assert_eq!(random.probability(3, 1), 1.0);
    }

    #[test]
    fn explores_as_often_as_it_says() {
        let mut rng = stream(2, Purpose::Decision, StreamKey::default());
        let mut explorer = table(QLearningConfig { epsilon: Epsilon::Constant(0.4), ..QLearningConfig::default() });
        explorer.update(1, 0, 1.0, 0);
        let defections: u32 = (0..10_000).map(|_| u32::from(explorer.decide(1, &mut rng))).sum();
        // Half of 40 %: 2,000, five standard errors are 200.
        assert!((1_800..2_200).contains(&defections), "{defections}");
        assert!((explorer.probability(1, 1) - 0.2).abs() < 1e-15);
    }
}
