//! Adaptive Pavlov: it plays tit for tat, and sorts its opponents every six rounds.

use crate::policies::scripted::counts::{Recent, certainly};
use crate::policies::scripted::sources::LI_2011;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Rounds after which the opponent is sorted.
const SORTED_EVERY: u8 = 6;

/// Plays tit for tat for six rounds, then, and every six rounds again, sorts the opponent by its last six moves: none
/// of them a defection, it cooperates: tit for tat; three: it is suspicious: tit for two tats; four or more: it
/// defects: so does this. Anything else leaves the opponent where it was, or is taken for random, and met with
/// defection.
///
/// Names: Adaptive Pavlov 2011 (Li, Hingston & Kendall 2011).
#[derive(Clone, Copy, Debug)]
pub struct AdaptivePavlov;

/// What an [`AdaptivePavlov`] takes its opponent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Not sorted yet.
    Unknown,
    /// Cooperates.
    Cooperative,
    /// Plays suspicious tit for tat.
    Suspicious,
    /// Defects, or is random.
    Lost,
}

impl StateRule for AdaptivePavlov {
    const NAME: &'static str = "adaptive_pavlov";

    /// What the opponent is taken for, its last moves, and the rounds since it was sorted.
    type State = (Sort, Recent, u8);

    fn start(&self) -> (Sort, Recent, u8) {
        (Sort::Unknown, Recent::default(), 0)
    }

    fn chance(&self, &(sort, recent, _): &(Sort, Recent, u8)) -> f64 {
        certainly(match sort {
            Sort::Unknown | Sort::Cooperative => !recent.defected(1),
            Sort::Suspicious => !(recent.defected(1) && recent.defected(2)),
            Sort::Lost => false,
        })
    }

    fn next(&self, &(sort, recent, since): &(Sort, Recent, u8), _: bool, others: bool) -> (Sort, Recent, u8) {
        let (recent, since) = (recent.and(others, SORTED_EVERY.into()), since + 1);
        if since < SORTED_EVERY {
            return (sort, recent, since);
        }
        let sort = match (recent.defections(1, SORTED_EVERY.into()), sort) {
            (0, _) => Sort::Cooperative,
            (3, _) => Sort::Suspicious,
            (4.., _) | (_, Sort::Unknown) => Sort::Lost,
            (_, sort) => sort,
        };
        (sort, recent, 0)
    }
}

impl ListedStrategy for AdaptivePavlov {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat for six rounds, then tit for tat, tit for two tats or defection, as the opponent's \
             last six moves had 0, 3 or more defections; sorts again every six rounds.",
        parameters: "",
        source: LI_2011,
    };
}
