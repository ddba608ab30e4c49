//! Graaskamp's entry: it sorts opponents after a trial, and cheats those that it cannot sort.

use crate::policies::scripted::counts::{certainly, look_random};
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// The rounds of the trial, and the one in which it defects.
const TRIAL: u32 = 56;
const PROVOCATION: u32 = 50;

/// The fewest and the most rounds from one sly defection to the next.
const SLY: [u32; 2] = [5, 15];

/// Plays tit for tat for 50 rounds, defects, and plays five more rounds of tit for tat. From then on it defects for
/// ever if the opponent's moves are as even as chance would make them; plays tit for tat if the opponent has played tit
/// for tat or exactly as this one did; and otherwise cooperates, with a defection every 5 to 15 rounds.
///
/// The length of each wait is drawn as it goes: after k rounds without a defection the next one comes with the
/// probability that a length of k has among those that are left. A defection by noise begins a wait as well.
///
/// Names: Graaskamp, submitted by James Graaskamp; ninth of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Graaskamp;

/// What a [`Graaskamp`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trial {
    rounds: u32,
    defections: u32,
    /// Whether the opponent has looked random after the trial.
    random: bool,
    /// Whether the opponent has always done what this one did in the round before, and in the same round.
    tit_for_tat: bool,
    twin: bool,
    /// What either did last.
    own: bool,
    others: bool,
    /// Rounds since the wait for the next sly defection began.
    wait: u32,
}

impl Trial {
    /// Whether it is to cheat now and then.
    fn is_sly(&self) -> bool {
        self.rounds >= TRIAL && !self.random && !self.tit_for_tat && !self.twin
    }
}

impl StateRule for Graaskamp {
    const NAME: &'static str = "graaskamp";

    type State = Trial;

    fn start(&self) -> Trial {
        Trial {
            rounds: 0,
            defections: 0,
            random: false,
            tit_for_tat: true,
            twin: true,
            own: true,
            others: true,
            wait: 0,
        }
    }

    fn chance(&self, state: &Trial) -> f64 {
        if state.is_sly() {
            let [first, last] = SLY;
            // Of the lengths from `first` to `last`, those of `wait` and more are left.
            return match state.wait {
                wait if wait < first => 1.0,
                wait => 1.0 - 1.0 / f64::from(last + 1 - wait.min(last)),
            };
        }
        certainly(state.others && state.rounds != PROVOCATION && !state.random)
    }

    fn next(&self, state: &Trial, own: bool, others: bool) -> Trial {
        let is_first = state.rounds == 0;
        let rounds = state.rounds + 1;
        let defections = state.defections + u32::from(!others);
        let next = Trial {
            rounds,
            defections,
            random: state.random || (rounds >= TRIAL && look_random(rounds - defections, defections)),
            tit_for_tat: state.tit_for_tat && (is_first || others == state.own),
            twin: state.twin && own == others,
            own,
            others,
            wait: 0,
        };
        let wait = match (state.is_sly() && next.is_sly(), own) {
            (true, true) => state.wait + 1,
            (true, false) => 1,
            (false, _) => 0,
        };
        Trial { wait, ..next }
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Graaskamp {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat with a defection in round 51; from round 57 on defects against what looks random, \
             plays tit for tat with its like, and otherwise cooperates with a defection every 5 to 15 rounds.",
        parameters: "",
        source: AXELROD_1980,
    };
}
