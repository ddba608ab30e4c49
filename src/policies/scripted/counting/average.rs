//! Strategies that defect as often as the opponent did.

use crate::policies::scripted::counts::Count;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates as often as the opponent has; in the first round, half of the time.
///
/// Names: Average Copier (Axelrod-Python, Geraint Palmer).
#[derive(Clone, Copy, Debug)]
pub struct AverageCopier;

impl StateRule for AverageCopier {
    const NAME: &'static str = "average_copier";

    type State = Count;

    fn start(&self) -> Count {
        Count::default()
    }

    fn chance(&self, count: &Count) -> f64 {
        if count.rounds == 0 { 0.5 } else { 1.0 - count.share() }
    }

    fn next(&self, count: &Count, _: bool, others: bool) -> Count {
        count.and(others)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for AverageCopier {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates with the share of rounds in which the opponent has cooperated, and first with 1/2.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Cooperates first, then as often as the opponent has.
///
/// Names: Nice Average Copier (Axelrod-Python, Owen Campbell); Worse and Worse 3 (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct NiceAverageCopier;

impl StateRule for NiceAverageCopier {
    const NAME: &'static str = "nice_average_copier";

    type State = Count;

    fn start(&self) -> Count {
        Count::default()
    }

    fn chance(&self, count: &Count) -> f64 {
        if count.rounds == 0 { 1.0 } else { 1.0 - count.share() }
    }

    fn next(&self, count: &Count, _: bool, others: bool) -> Count {
        count.and(others)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for NiceAverageCopier {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, then with the share of rounds in which the opponent has cooperated.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Defects with a probability that is the larger, the shorter the opponent's last defection is ago: one by the number
/// of rounds.
///
/// Names: Inverse (Axelrod-Python, Karol Langner).
#[derive(Clone, Copy, Debug)]
pub struct Inverse;

impl StateRule for Inverse {
    const NAME: &'static str = "inverse";

    /// How many rounds ago the opponent defected last; `None`: never.
    type State = Option<u32>;

    fn start(&self) -> Option<u32> {
        None
    }

    fn chance(&self, ago: &Option<u32>) -> f64 {
        ago.map_or(1.0, |ago| 1.0 - 1.0 / f64::from(ago))
    }

    fn next(&self, ago: &Option<u32>, _: bool, others: bool) -> Option<u32> {
        if others { ago.map(|ago| ago + 1) } else { Some(1) }
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Inverse {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects with probability 1/n if the opponent's last defection is n rounds ago.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
