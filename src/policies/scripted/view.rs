//! What a strategy can know: the match so far, from one seat.

use crate::games::{Action, Game, ILLEGAL, Observation};

/// The two moves of a strategy in one game, and which actions count as cooperation. Made once per game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moves {
    /// The game's first cooperative action.
    pub cooperate: Action,
    /// The game's first action that is not cooperative.
    pub defect: Action,
    /// Players per match.
    pub seats: usize,
    /// One bit per action, set if it is cooperative: cheaper to ask than the game itself.
    cooperative: [u64; 4],
}

impl Moves {
    /// The moves of `game`; `None` if all of its actions count as cooperation, or if none does: then there is no
    /// strategy.
    pub fn of(game: &dyn Game) -> Option<Self> {
        let all = || (0..game.actions().len()).map(|action| action as Action);
        let mut cooperative = [0; 4];
        for action in all().filter(|&action| game.cooperative(action)) {
            cooperative[usize::from(action / 64)] |= 1 << (action % 64);
        }
        Some(Self {
            cooperate: all().find(|&action| game.cooperative(action))?,
            defect: all().find(|&action| !game.cooperative(action))?,
            seats: game.seats(),
            cooperative,
        })
    }

    /// Whether `action` counts as cooperation; [`ILLEGAL`] never does.
    #[inline]
    pub fn cooperative(&self, action: Action) -> bool {
        self.cooperative[usize::from(action / 64)] >> (action % 64) & 1 == 1
    }

    /// The move that cooperates or defects.
    #[inline]
    pub fn action(&self, cooperate: bool) -> Action {
        if cooperate { self.cooperate } else { self.defect }
    }

    /// What a player that saw `seen` recalls.
    #[inline]
    pub fn recall(&self, seen: Observation) -> Recall {
        match seen {
            Observation::Opening => Recall::Start,
            Observation::Last { own, .. } => {
                let others = seen.others_cooperated(self.seats, |action| self.cooperative(action));
                Recall::Last { own: self.cooperative(own), others }
            }
        }
    }
}

/// An observation reduced to cooperation and defection: what a memory-one strategy sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recall {
    /// Nothing has happened yet.
    Start,
    /// The last round.
    Last {
        /// Whether the player cooperated.
        own: bool,
        /// Whether the opponent (every co-player) cooperated.
        others: bool,
    },
}

impl Recall {
    /// Start, CC, CD, DC, DD, the player's own action first: the order of the columns `p_c_start` to `p_c_dd`.
    pub const ALL: [Self; 5] = [
        Self::Start,
        Self::Last { own: true, others: true },
        Self::Last { own: true, others: false },
        Self::Last { own: false, others: true },
        Self::Last { own: false, others: false },
    ];
}

/// A match as the player in one seat sees it before a round. Copies nothing.
#[derive(Clone, Copy, Debug)]
pub struct MatchView<'a> {
    /// The rules.
    pub game: &'a dyn Game,
    /// The strategy's two moves in this game.
    pub moves: &'a Moves,
    /// The rounds of all matches of the tick: seat `s` of this match played `history[round * stride + first_seat + s]`
    /// in `round`; [`ILLEGAL`] for a completion that named no action.
    pub history: &'a [Action],
    /// Seats of all matches together.
    pub stride: usize,
    /// Number of this match's first seat among them.
    pub first_seat: usize,
    /// The player's seat in the match.
    pub seat: usize,
    /// Rounds played so far; the coming round's number.
    pub round: usize,
    /// What the player sees: the last legal action of each seat, which need not be of one round, or what stands in for
    /// it.
    pub seen: Observation,
    /// Whether all co-players have a good reputation; `None` where there are no reputations.
    pub others_good: Option<bool>,
}

impl MatchView<'_> {
    /// Players of the match.
    #[inline]
    pub fn seats(&self) -> usize {
        self.moves.seats
    }

    /// The seen round, reduced to cooperation and defection.
    #[inline]
    pub fn recall(&self) -> Recall {
        self.moves.recall(self.seen)
    }

    /// What the player did `ago` rounds ago (1 is the last round); `None` before the first round.
    pub fn own(&self, ago: usize) -> Option<Action> {
        self.co_player(self.seat, ago)
    }

    /// What the opponent did `ago` rounds ago, [`ILLEGAL`] included; with more than two seats, the player in the next
    /// seat.
    pub fn opponent(&self, ago: usize) -> Option<Action> {
        self.co_player((self.seat + 1) % self.seats(), ago)
    }

    /// What the player in `seat` of this match did `ago` rounds ago, [`ILLEGAL`] included.
    #[inline]
    pub fn co_player(&self, seat: usize, ago: usize) -> Option<Action> {
        if ago == 0 || ago > self.round || seat >= self.seats() {
            return None;
        }
        Some(self.history[(self.round - ago) * self.stride + self.first_seat + seat])
    }

    /// For each round that counted, latest first, whether every co-player cooperated.
    ///
    /// A round counts if every seat's action was legal. Made-up openings are not among them.
    #[inline]
    pub fn others_cooperated(&self) -> impl Iterator<Item = bool> {
        (0..self.round).rev().filter_map(|round| self.counted(round)).map(|(_, others)| others)
    }

    /// Whether the player and every co-player cooperated in `round`, which has been played; `None` if it did not count.
    #[inline]
    pub fn counted(&self, round: usize) -> Option<(bool, bool)> {
        let start = round * self.stride + self.first_seat;
        let joint = &self.history[start..start + self.seats()];
        // Nearly all matches have two seats, and long matches are read often.
        if let &[first, second] = joint {
            let (own, opponent) = if self.seat == 0 { (first, second) } else { (second, first) };
            let cooperated = || (self.moves.cooperative(own), self.moves.cooperative(opponent));
            return (own != ILLEGAL && opponent != ILLEGAL).then(cooperated);
        }
        if joint.contains(&ILLEGAL) {
            return None;
        }
        let others = |(seat, &action)| seat == self.seat || self.moves.cooperative(action);
        Some((self.moves.cooperative(joint[self.seat]), joint.iter().enumerate().all(others)))
    }
}
