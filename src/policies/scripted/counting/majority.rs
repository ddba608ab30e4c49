//! Go by majority: do what the opponent does mostly.

use crate::fault::Fault;
use crate::policies::scripted::counts::{Recent, certainly};
use crate::policies::scripted::sources::{ANDRE_2013, AXELROD_1984};
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Does what the opponent has done in most of the rounds, or of the last `memory` rounds.
///
/// Names: Go By Majority, submitted by Gail Grisell (Axelrod 1984); Soft and Hard Majority (Mittal & Deb 2009).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct GoByMajority {
    /// Rounds that it looks back, 64 at most; 0: all of them.
    pub memory: u32,
    /// Whether it cooperates where both are as many.
    pub soft: bool,
}

impl Default for GoByMajority {
    fn default() -> Self {
        Self { memory: 0, soft: true }
    }
}

/// [`GoByMajority`] over all rounds.
#[derive(Clone, Copy, Debug)]
struct OverAll {
    soft: bool,
}

impl StateRule for OverAll {
    const NAME: &'static str = "go_by_majority";

    /// Cooperations minus defections.
    type State = i64;

    fn start(&self) -> i64 {
        0
    }

    fn chance(&self, balance: &i64) -> f64 {
        certainly(*balance > 0 || (*balance == 0 && self.soft))
    }

    fn next(&self, balance: &i64, _: bool, others: bool) -> i64 {
        if others { balance + 1 } else { balance - 1 }
    }
}

/// [`GoByMajority`] over the last rounds.
#[derive(Clone, Copy, Debug)]
struct OverLast {
    memory: u32,
    soft: bool,
}

impl StateRule for OverLast {
    const NAME: &'static str = "go_by_majority";

    type State = Recent;

    fn start(&self) -> Recent {
        Recent::default()
    }

    fn chance(&self, recent: &Recent) -> f64 {
        let twice = 2 * recent.defections(1, self.memory);
        certainly(twice < recent.rounds || (twice == recent.rounds && self.soft))
    }

    fn next(&self, recent: &Recent, _: bool, others: bool) -> Recent {
        recent.and(others, self.memory)
    }
}

impl ForGame for GoByMajority {
    fn for_game(&self, _: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let Self { memory, soft } = *self;
        match memory {
            0 => Ok(Arc::new(OverAll { soft })),
            1..=Recent::MOST => Ok(Arc::new(OverLast { memory, soft })),
            _ => {
                let message = format!("a memory of {memory} rounds is too long");
                Err(Fault::new(".memory", message, format!("expected at most {}, or 0 for all rounds", Recent::MOST)))
            }
        }
    }
}

impl ListedStrategy for GoByMajority {
    const EXPLANATION: Explanation = Explanation {
        name: OverAll::NAME,
        rule: "Does what the opponent has done mostly; where both are as many, cooperates if it is soft.",
        parameters: "memory (default 0: all rounds), soft (default true)",
        source: AXELROD_1984,
    };
}

/// Cooperates for eleven rounds, then does what the opponent did by a margin of three in the last ten, and plays tit
/// for tat where neither has that.
///
/// Names: ShortMem (André et al. 2013).
#[derive(Clone, Copy, Debug)]
pub struct ShortMemory;

impl StateRule for ShortMemory {
    const NAME: &'static str = "short_memory";

    /// The last ten moves, and the rounds, eleven at most.
    type State = (Recent, u8);

    fn start(&self) -> (Recent, u8) {
        (Recent::default(), 0)
    }

    fn chance(&self, &(recent, rounds): &(Recent, u8)) -> f64 {
        certainly(
            rounds <= 10
                || match recent.defections(1, 10) {
                    0..=3 => true,
                    7.. => false,
                    _ => !recent.defected(1),
                },
        )
    }

    fn next(&self, &(recent, rounds): &(Recent, u8), _: bool, others: bool) -> (Recent, u8) {
        (recent.and(others, 10), (rounds + 1).min(11))
    }
}

impl ListedStrategy for ShortMemory {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates for eleven rounds, then follows a margin of three in the opponent's last ten moves, and its \
             last move where there is none.",
        parameters: "",
        source: ANDRE_2013,
    };
}
