//! The definition of a game: actions, payoffs, and what a player sees of the last round.

use std::fmt::Debug;

/// Index of an action in [`Game::actions`].
pub type Action = u8;

/// Takes the place of an action where a completion names none. It is counted, never replaced.
pub const ILLEGAL: Action = Action::MAX;

/// The most actions a game can have: they are numbered from 0, and [`ILLEGAL`] takes the last number.
pub const ACTIONS_MAX: usize = ILLEGAL as usize;

/// The rules of a game: how many play it and what it pays.
///
/// Joint actions are slices with one [`Action`] per seat, in seat order.
pub trait Game: Debug + Send + Sync {
    /// The name as a scenario spells it, or the user's own.
    fn name(&self) -> &str;

    /// Players per match, at least 2.
    fn seats(&self) -> usize;

    /// Action names in rule order; index 0 is the cooperative action unless [`Game::cooperative`] says otherwise.
    fn actions(&self) -> &[String];

    /// Writes the payoff of each seat. `joint` holds legal actions only.
    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]);

    /// Whether `action` counts as cooperation.
    fn cooperative(&self, action: Action) -> bool {
        action == 0
    }

    /// The first action that counts as cooperation; action 0 if none does.
    fn cooperative_action(&self) -> Action {
        first(self.actions().len(), |action| self.cooperative(action)).unwrap_or(0)
    }

    /// The first action that does not count as cooperation; action 0 if all do.
    fn defective_action(&self) -> Action {
        first(self.actions().len(), |action| !self.cooperative(action)).unwrap_or(0)
    }

    /// Whether every seat faces the same payoffs (swapping seats swaps payoffs and nothing else).
    fn symmetric(&self) -> bool;

    /// Whether individual and common interest are at odds, if the game has a formula of its own for this.
    fn is_dilemma(&self) -> Option<bool> {
        None
    }

    /// What the game pays, in full sentences that call the actions by `names` (one per action, in rule order); for
    /// games of more than two players in which the number of co-players who cooperate does not tell it all. `None`
    /// where it does, or where a table of two players' payoffs says everything.
    fn in_words(&self, names: &[&str]) -> Option<String> {
        let _ = names;
        None
    }
}

/// The first of `actions` actions for which `holds` is true.
pub fn first(actions: usize, holds: impl Fn(Action) -> bool) -> Option<Action> {
    (0..actions as Action).find(|&action| holds(action))
}

/// Inequality of `payoffs`, from 0 (all the same) to 1 (one has everything): the sum of |a − b| over pairs, divided by
/// `n - 1` times the sum of |a|.
///
/// For two payoffs this is |a − b| / (|a| + |b|), the formula of Tennant et al. 2023; for n non-negative payoffs it is
/// the Gini index times n / (n − 1). Absolute values in the divisor keep it between 0 and 1 for negative payoffs too.
/// If all payoffs are 0 (0/0), no player has more than another, so the inequality is 0.
pub fn inequality(payoffs: &[f64]) -> f64 {
    let total: f64 = payoffs.iter().map(|payoff| payoff.abs()).sum();
    if payoffs.len() < 2 || total == 0.0 {
        return 0.0;
    }
    let mut differences = 0.0;
    for (i, a) in payoffs.iter().enumerate() {
        for b in &payoffs[i + 1..] {
            differences += (a - b).abs();
        }
    }
    differences / ((payoffs.len() - 1) as f64 * total)
}

/// What a player sees before a round: nothing yet, or its own last action and its co-players' last actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observation {
    /// The first round of a match.
    Opening,
    /// The last round that counted.
    Last {
        /// The player's own last action.
        own: Action,
        /// With two seats the opponent's last action; with more, how many co-players cooperated.
        others: u8,
    },
}

impl Observation {
    /// Whether every co-player cooperated in the round that the player sees; false before the first round. With two
    /// `seats` this is what `cooperative` says of the opponent's action.
    #[inline]
    pub fn others_cooperated(self, seats: usize, cooperative: impl FnOnce(Action) -> bool) -> bool {
        match self {
            Self::Opening => false,
            Self::Last { others, .. } if seats == 2 => cooperative(others),
            Self::Last { others, .. } => usize::from(others) + 1 == seats,
        }
    }

    /// [`Observation::others_cooperated`] under the rules of `game`.
    pub fn others_cooperated_in(self, game: &dyn Game) -> bool {
        self.others_cooperated(game.seats(), |action| game.cooperative(action))
    }
}

/// Numbers everything that a player of a game can see densely from 0 (the opening): the [`Observation`], and beside it
/// the reputation of its co-players if they have one. Numbers that differ in the reputation alone are a multiple of
/// [`ObservationSpace::rounds`] apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservationSpace {
    /// Number of actions.
    pub actions: usize,
    /// Number of distinct values of `others`: actions with two seats, seats (0 ..= n - 1 cooperators) with more.
    pub others: usize,
    /// Number of reputations that co-players can have, worst first; 1 where there are none.
    pub reputations: usize,
}

impl ObservationSpace {
    /// The space of `game`.
    pub fn of(game: &dyn Game) -> Self {
        Self::new(game.actions().len(), game.seats())
    }

    /// The space of a game with `seats` players and `actions` actions each.
    pub fn new(actions: usize, seats: usize) -> Self {
        Self { actions, others: if seats == 2 { actions } else { seats }, reputations: 1 }
    }

    /// The same with this number of reputations.
    pub fn with_reputations(self, reputations: usize) -> Self {
        Self { reputations, ..self }
    }

    /// Number of observations, the opening included, each counted with every reputation.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.rounds() * self.reputations
    }

    /// Number of observations whatever the reputation of the co-players, the opening included.
    pub fn rounds(&self) -> usize {
        1 + self.actions * self.others
    }

    /// Dense index of `observation` of co-players with `reputation`, which is 0 where there are none.
    pub fn index_with(&self, observation: Observation, reputation: u8) -> usize {
        self.index(observation) + usize::from(reputation) * self.rounds()
    }

    /// The reputation in the observation with dense index `index`.
    pub fn reputation(&self, index: usize) -> u8 {
        (index / self.rounds()) as u8
    }

    /// Dense index of `observation` where co-players have no reputation, or the worst.
    pub fn index(&self, observation: Observation) -> usize {
        match observation {
            Observation::Opening => 0,
            Observation::Last { own, others } => 1 + own as usize * self.others + others as usize,
        }
    }

    /// The observation with dense index `index`, whatever the reputation in it.
    ///
    /// # Panics
    /// If `index` is not below [`ObservationSpace::len`].
    pub fn get(&self, index: usize) -> Observation {
        assert!(index < self.len(), "observation {index} of {}", self.len());
        match (index % self.rounds()).checked_sub(1) {
            None => Observation::Opening,
            Some(i) => Observation::Last { own: (i / self.others) as Action, others: (i % self.others) as u8 },
        }
    }

    /// What the player in `seat` sees of the last joint action, `joint`.
    pub fn observe(&self, game: &dyn Game, seat: usize, joint: &[Action]) -> Observation {
        let own = joint[seat];
        let others = if joint.len() == 2 {
            joint[1 - seat]
        } else {
            let cooperators = (0..joint.len()).filter(|&s| s != seat && game.cooperative(joint[s]));
            cooperators.count() as u8
        };
        Observation::Last { own, others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::{catalog::ENTRIES, matrix::MatrixGame, public_goods::PublicGoods};
    use crate::testing::property_config;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Checks that every observation has one index and is recovered from it, and that every joint action leads to one
    /// of them.
    fn round_trips(game: &dyn Game, joint: &[Action]) {
        let space = ObservationSpace::of(game);
        let observations: Vec<_> = (0..space.len()).map(|index| space.get(index)).collect();
        for (index, &observation) in observations.iter().enumerate() {
            assert_eq!(space.index(observation), index);
        }
        assert_eq!(observations.iter().collect::<BTreeSet<_>>().len(), space.len());
        for seat in 0..joint.len() {
            let seen = space.observe(game, seat, joint);
            assert_eq!(space.get(space.index(seen)), seen);
            let Observation::Last { own, .. } = seen else { panic!("a joint action is no opening") };
            assert_eq!(own, joint[seat]);
        }
    }

    #[test]
    fn observations_of_every_named_game_round_trip() {
        for entry in ENTRIES {
            let game = entry.game();
            for joint in [[0, 0], [0, 1], [1, 0], [1, 1]] {
                round_trips(&game, &joint);
            }
        }
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn observations_of_any_matrix_round_trip(actions in 2usize..9, row in 0u8..9, column in 0u8..9) {
            let names: Vec<String> = (0..actions).map(|i| i.to_string()).collect();
            let game = MatrixGame::new("g", &names, &vec![vec![(0.0, 0.0); actions]; actions], &[]).unwrap();
            round_trips(&game, &[row % actions as u8, column % actions as u8]);
        }

        #[test]
        fn observations_of_groups_count_cooperating_co_players(joint in proptest::collection::vec(0u8..2, 3..9)) {
            let game = PublicGoods::new(joint.len(), 2.0, 1.0).unwrap();
            round_trips(&game, &joint);
            let cooperators = joint.iter().filter(|&&action| action == 0).count();
            let seen = ObservationSpace::of(&game).observe(&game, 0, &joint);
            let others = (cooperators - usize::from(joint[0] == 0)) as u8;
            prop_assert_eq!(seen, Observation::Last { own: joint[0], others });
        }
    }
}
