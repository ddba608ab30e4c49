//! Tideman and Chieruzzi's entry: growing punishment, and fresh starts.

use crate::fault::Fault;
use crate::games::normal_form::Rstp;
use crate::policies::scripted::counts::{Left, Outcomes, certainly};
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use std::sync::Arc;

/// Points by which the opponent is behind before it is given a fresh start.
const BEHIND: f64 = 10.0;

/// Rounds from one fresh start to the next, and rounds that must be left.
const ROUNDS_BETWEEN: u32 = 20;
const ROUNDS_LEFT: u32 = 10;

/// Punishes every run of defections with one defection more than the last. An opponent that is ten points behind,
/// cooperated last and does not defect as if by chance is given a fresh start, once in twenty rounds and not in the
/// last ten: two cooperations, after which all punishment begins again. Where the number of rounds is fixed, it defects
/// in the last two.
///
/// As in Axelrod-Python, defections since the last fresh start are compared with all rounds.
///
/// Names: Tideman and Chieruzzi, submitted by T. Nicolaus Tideman and Paula Chieruzzi; second of fifteen (Axelrod
/// 1980).
#[derive(Clone, Copy, Debug)]
pub struct TidemanAndChieruzzi;

/// [`TidemanAndChieruzzi`] with the payoffs of the game, in matches of a known number of rounds, or of an unknown one.
#[derive(Clone, Copy, Debug)]
struct Starting {
    payoffs: Rstp,
    left: Left,
}

/// What a [`TidemanAndChieruzzi`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Starts {
    outcomes: Outcomes,
    /// Defections since the last fresh start.
    defections: u32,
    /// Length of the last punishment, and defections of it that are due after the coming round.
    punishment: u32,
    due: u32,
    /// The round of the last fresh start, from 1.
    started: Option<u32>,
    /// Whether the second cooperation of a fresh start is due after the coming round.
    is_fresh: bool,
    answer: bool,
    left: Left,
}

impl Starting {
    /// Whether an opponent that has just cooperated is given a fresh start in `round`.
    fn forgives(&self, state: &Starts, round: u32) -> bool {
        let Rstp { s, t, .. } = self.payoffs;
        let Outcomes { cd, dc, .. } = state.outcomes;
        let lead = f64::from(dc) * (t - s) - f64::from(cd) * (t - s);
        let rounds = state.outcomes.rounds();
        let is_time = state.started.is_none_or(|started| round - started >= ROUNDS_BETWEEN);
        let is_early = !state.left.is_within(ROUNDS_LEFT);
        // Three standard deviations of a coin's heads: 3 √n / 2.
        let deviation = (f64::from(state.defections) - f64::from(rounds) / 2.0).abs();
        lead >= BEHIND && is_time && is_early && deviation >= 3.0 * f64::from(rounds).sqrt() / 2.0
    }
}

impl StateRule for Starting {
    const NAME: &'static str = "tideman_and_chieruzzi";

    type State = Starts;

    fn start(&self) -> Starts {
        Starts {
            outcomes: Outcomes::default(),
            defections: 0,
            punishment: 0,
            due: 0,
            started: None,
            is_fresh: false,
            answer: true,
            left: self.left,
        }
    }

    fn chance(&self, state: &Starts) -> f64 {
        certainly(state.answer && !state.left.is_within(2))
    }

    fn next(&self, state: &Starts, own: bool, others: bool) -> Starts {
        let state = Starts {
            outcomes: state.outcomes.and(own, others),
            defections: state.defections + u32::from(!others),
            left: state.left.fewer(),
            ..*state
        };
        if state.is_fresh {
            return Starts { is_fresh: false, answer: true, ..state };
        }
        let round = state.outcomes.rounds() + 1;
        if others && self.forgives(&state, round) {
            let started = Some(round);
            return Starts { defections: 0, punishment: 0, due: 0, started, is_fresh: true, answer: true, ..state };
        }
        if state.due > 0 {
            return Starts { due: state.due - 1, answer: false, ..state };
        }
        if others {
            return Starts { answer: true, ..state };
        }
        Starts { punishment: state.punishment + 1, due: state.punishment, answer: false, ..state }
    }
}

impl ForGame for TidemanAndChieruzzi {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let payoffs = facts.payoffs_for("TidemanAndChieruzzi")?;
        Ok(Arc::new(Starting { payoffs, left: Left(facts.rounds) }))
    }
}

impl ListedStrategy for TidemanAndChieruzzi {
    const EXPLANATION: Explanation = Explanation {
        name: Starting::NAME,
        rule: "Punishes each defection with one defection more than the last time, gives opponents that are far behind \
             a fresh start, and defects in the last two rounds where their number is fixed.",
        parameters: "",
        source: AXELROD_1980,
    };
}
