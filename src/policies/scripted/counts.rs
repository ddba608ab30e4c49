//! What many strategies count of a match.

/// Rounds, and in how many of them the opponent defected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// Rounds that counted.
    pub rounds: u32,
    /// Those in which the opponent defected.
    pub defections: u32,
}

impl Count {
    /// With one more round.
    pub fn and(self, others: bool) -> Self {
        Self { rounds: self.rounds + 1, defections: self.defections + u32::from(!others) }
    }

    /// Rounds in which the opponent cooperated.
    pub fn cooperations(self) -> u32 {
        self.rounds - self.defections
    }

    /// Share of the rounds in which the opponent defected; there must have been one.
    pub fn share(self) -> f64 {
        f64::from(self.defections) / f64::from(self.rounds)
    }
}

/// The rounds by what both did in them, the player's own action first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcomes {
    /// Both cooperated.
    pub cc: u32,
    /// The player alone cooperated.
    pub cd: u32,
    /// The player alone defected.
    pub dc: u32,
    /// Both defected.
    pub dd: u32,
}

impl Outcomes {
    /// With one more round.
    pub fn and(mut self, own: bool, others: bool) -> Self {
        *match (own, others) {
            (true, true) => &mut self.cc,
            (true, false) => &mut self.cd,
            (false, true) => &mut self.dc,
            (false, false) => &mut self.dd,
        } += 1;
        self
    }

    /// All rounds.
    pub fn rounds(self) -> u32 {
        self.cc + self.cd + self.dc + self.dd
    }

    /// Rounds in which the opponent cooperated.
    pub fn cooperations(self) -> u32 {
        self.cc + self.dc
    }

    /// Rounds in which the opponent defected.
    pub fn defections(self) -> u32 {
        self.cd + self.dd
    }
}

/// The opponent's latest moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recent {
    /// How many there are, [`Recent::MOST`] at most.
    pub rounds: u32,
    /// A bit for each, set if it is a defection, the latest lowest.
    bits: u64,
}

impl Recent {
    /// The most moves that are kept.
    pub const MOST: u32 = 64;

    /// With one more move, and no more than the latest `depth`, which is 1 to [`Recent::MOST`].
    pub fn and(self, others: bool, depth: u32) -> Self {
        let mask = u64::MAX >> (Self::MOST - depth);
        Self { rounds: (self.rounds + 1).min(depth), bits: (self.bits << 1 | u64::from(!others)) & mask }
    }

    /// Whether the opponent defected `ago` rounds ago (1 is the last round), where that is kept.
    pub fn defected(self, ago: u32) -> bool {
        self.bits >> (ago - 1) & 1 == 1
    }

    /// Defections among the kept moves from `first` to `last` rounds ago, both included.
    pub fn defections(self, first: u32, last: u32) -> u32 {
        (first..=last).filter(|&ago| self.defected(ago)).count() as u32
    }
}

/// Rounds that are left of a match, the coming one included; `None` where its end is left to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left(pub Option<u32>);

impl Left {
    /// After one more round.
    pub fn fewer(self) -> Self {
        Self(self.0.map(|rounds| rounds.saturating_sub(1)))
    }

    /// Whether the coming round is known to be among the last `rounds`.
    pub fn is_within(self, rounds: u32) -> bool {
        self.0.is_some_and(|left| left <= rounds)
    }
}

/// The probability of an action that is certain either way.
pub fn certainly(cooperates: bool) -> f64 {
    f64::from(u8::from(cooperates))
}

/// Whether counts of cooperation and defection are as even as chance makes them: whether χ² with one degree of freedom
/// is not significant at 0.05.
pub fn look_random(cooperations: u32, defections: u32) -> bool {
    /// The 0.95 quantile of χ² with one degree of freedom.
    const QUANTILE: f64 = 3.841_458_820_694_124;
    let [c, d] = [cooperations, defections].map(f64::from);
    (c - d) * (c - d) <= QUANTILE * (c + d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_moves_are_the_latest() {
        let moves = [false, true, true, false].iter().fold(Recent::default(), |recent, &others| recent.and(others, 3));
        assert_eq!((moves.rounds, moves.defections(1, 3)), (3, 1));
        assert_eq!([1, 2, 3].map(|ago| moves.defected(ago)), [true, false, false]);
        let all = (0..70).fold(Recent::default(), |recent, _| recent.and(false, Recent::MOST));
        assert_eq!((all.rounds, all.defections(1, 64)), (64, 64));
    }

    #[test]
    fn even_counts_look_random() {
        // χ² of 60 and 40 is 4; of 59 and 41 it is 3.24.
        assert_eq!([(60, 40), (59, 41), (50, 50), (0, 0)].map(|(c, d)| look_random(c, d)), [false, true, true, true]);
    }
}
