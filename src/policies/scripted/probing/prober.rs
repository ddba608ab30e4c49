//! Probers: they defect to see whether it is punished, and go on where it is not.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::{LI_2011, PRISON_1998};
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// What probers keep: the rounds of the opening, whether the opponent has answered it so far as they wait for, and
/// whether it cooperated last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    rounds: u8,
    fits: bool,
    others: bool,
}

impl Probe {
    const START: Self = Self { rounds: 0, fits: true, others: true };

    /// Probability of cooperation: as the `opening` says, then, where every answer was as waited for, `settled`, and
    /// tit for tat otherwise.
    fn chance(self, opening: &[bool], settled: bool) -> f64 {
        certainly(match opening.get(usize::from(self.rounds)) {
            Some(cooperates) => *cooperates,
            None if self.fits => settled,
            None => self.others,
        })
    }

    /// After another round of the opening; `awaited` is what the opponent is to have done in each round of it, where
    /// that matters.
    fn and(self, others: bool, awaited: &[Option<bool>]) -> Self {
        match awaited.get(usize::from(self.rounds)) {
            Some(move_) => Self {
                rounds: self.rounds + 1,
                fits: self.fits && move_.is_none_or(|cooperates| cooperates == others),
                others,
            },
            None => Self { others, ..self },
        }
    }
}

/// Plays D, C, C, then defects for ever if the opponent cooperated in rounds 2 and 3, and plays tit for tat otherwise.
///
/// Names: Prober (Li, Hingston & Kendall 2011).
#[derive(Clone, Copy, Debug)]
pub struct Prober;

impl StateRule for Prober {
    const NAME: &'static str = "prober";

    type State = Probe;

    fn start(&self) -> Probe {
        Probe::START
    }

    fn chance(&self, probe: &Probe) -> f64 {
        probe.chance(&[false, true, true], false)
    }

    fn next(&self, probe: &Probe, _: bool, others: bool) -> Probe {
        probe.and(others, &[None, Some(true), Some(true)])
    }
}

impl ListedStrategy for Prober {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, C, C, then defects for ever if the opponent cooperated in rounds 2 and 3; otherwise tit for \
             tat.",
        parameters: "",
        source: LI_2011,
    };
}

/// Plays D, C, C, then cooperates for ever if the opponent defected in round 2 and cooperated in round 3, and plays tit
/// for tat otherwise.
///
/// Names: Prober 2 (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct Prober2;

impl StateRule for Prober2 {
    const NAME: &'static str = "prober2";

    type State = Probe;

    fn start(&self) -> Probe {
        Probe::START
    }

    fn chance(&self, probe: &Probe) -> f64 {
        probe.chance(&[false, true, true], true)
    }

    fn next(&self, probe: &Probe, _: bool, others: bool) -> Probe {
        probe.and(others, &[None, Some(false), Some(true)])
    }
}

impl ListedStrategy for Prober2 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, C, C, then cooperates for ever if the opponent played D and C in rounds 2 and 3; otherwise tit \
             for tat.",
        parameters: "",
        source: PRISON_1998,
    };
}

/// Plays D, C, then defects for ever if the opponent cooperated in round 2, and plays tit for tat otherwise.
///
/// Names: Prober 3 (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct Prober3;

impl StateRule for Prober3 {
    const NAME: &'static str = "prober3";

    type State = Probe;

    fn start(&self) -> Probe {
        Probe::START
    }

    fn chance(&self, probe: &Probe) -> f64 {
        probe.chance(&[false, true], false)
    }

    fn next(&self, probe: &Probe, _: bool, others: bool) -> Probe {
        probe.and(others, &[None, Some(true)])
    }
}

impl ListedStrategy for Prober3 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, C, then defects for ever if the opponent cooperated in round 2; otherwise tit for tat.",
        parameters: "",
        source: PRISON_1998,
    };
}

/// Plays D, D, C, C, then defects for ever if the opponent cooperated in rounds 2 and 3, and plays tit for tat
/// otherwise.
///
/// Names: Hard Prober (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct HardProber;

impl StateRule for HardProber {
    const NAME: &'static str = "hard_prober";

    type State = Probe;

    fn start(&self) -> Probe {
        Probe::START
    }

    fn chance(&self, probe: &Probe) -> f64 {
        probe.chance(&[false, false, true, true], false)
    }

    fn next(&self, probe: &Probe, _: bool, others: bool) -> Probe {
        probe.and(others, &[None, Some(true), Some(true), None])
    }
}

impl ListedStrategy for HardProber {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, D, C, C, then defects for ever if the opponent cooperated in rounds 2 and 3; otherwise tit for \
             tat.",
        parameters: "",
        source: PRISON_1998,
    };
}
