//! Memory-n strategies as tables that a scenario writes.

use crate::fault::Fault;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, Recall, StateRule, Strategy};
use crate::rng::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most rounds that a table looks back for either player.
pub const MEMORY_MAX: u8 = 3;

/// Cooperates by a table over its own last moves and the opponent's.
///
/// An entry's place is a number in binary digits, 0 for cooperation and 1 for defection: the player's own moves first,
/// then the opponent's, each oldest first. With `own: 1, others: 1` the entries are those after CC, CD, DC and DD.
///
/// Names: memory-n strategy (Hilbe et al. 2017); LookerUp (Axelrod-Python).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct LookUp {
    /// How many of its own moves it looks at, 0 to 3.
    pub own: u8,
    /// How many of the opponent's moves it looks at, 0 to 3.
    pub others: u8,
    /// Probabilities of cooperation in the rounds before there are as many moves: as many as the larger of the two.
    pub opening: Vec<f64>,
    /// Probabilities of cooperation, 2 to the power of `own` + `others`.
    pub table: Vec<f64>,
}

/// A table that has been checked, under the name of the strategy that it is.
#[derive(Clone, Debug)]
pub struct Table {
    own: u8,
    others: u8,
    opening: Arc<[f64]>,
    chances: Arc<[f64]>,
}

/// The last moves, one bit each, the latest lowest, set for a defection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Past {
    /// Rounds, as many as matter.
    rounds: u8,
    own: u8,
    others: u8,
}

impl Past {
    /// With one more round, where `own` and `others` moves are looked at.
    pub fn and(self, [own, others]: [bool; 2], depths: [u8; 2]) -> Self {
        let pushed = |bits: u8, cooperated: bool, depth: u8| (bits << 1 | u8::from(!cooperated)) & ((1 << depth) - 1);
        Self {
            rounds: (self.rounds + 1).min(depths[0].max(depths[1])),
            own: pushed(self.own, own, depths[0]),
            others: pushed(self.others, others, depths[1]),
        }
    }
}

impl Table {
    /// The table that looks back `depths` of its own moves and the opponent's, at most [`MEMORY_MAX`].
    pub fn new(depths: [u8; 2], opening: &[f64], chances: &[f64]) -> Self {
        Self { own: depths[0], others: depths[1], opening: opening.into(), chances: chances.into() }
    }

    fn depths(&self) -> [u8; 2] {
        [self.own, self.others]
    }

    /// Probability of cooperation after `past`.
    pub fn chance_after(&self, past: &Past) -> f64 {
        let place = usize::from(past.own) << self.others | usize::from(past.others);
        *self.opening.get(usize::from(past.rounds)).unwrap_or(&self.chances[place])
    }

    /// `past` with one more round.
    pub fn past_after(&self, past: &Past, own: bool, others: bool) -> Past {
        past.and([own, others], self.depths())
    }

    /// Whether any probability is neither 0 nor 1.
    pub fn has_dice(&self) -> bool {
        self.opening.iter().chain(self.chances.iter()).any(|&p| p > 0.0 && p < 1.0)
    }
}

impl StateRule for Table {
    const NAME: &'static str = "look_up";

    type State = Past;

    fn start(&self) -> Past {
        Past::default()
    }

    fn chance(&self, past: &Past) -> f64 {
        self.chance_after(past)
    }

    fn next(&self, past: &Past, own: bool, others: bool) -> Past {
        self.past_after(past, own, others)
    }

    fn wavers(&self) -> bool {
        self.has_dice()
    }

    fn after(&self, recall: Recall) -> Option<f64> {
        let start = self.start();
        match recall {
            Recall::Start => Some(self.chance(&start)),
            Recall::Last { own, others } if self.own.max(self.others) <= 1 => {
                Some(self.chance(&self.next(&start, own, others)))
            }
            Recall::Last { .. } => None,
        }
    }
}

impl ForGame for LookUp {
    fn for_game(&self, _: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        for (field, depth) in [("own", self.own), ("others", self.others)] {
            if depth > MEMORY_MAX {
                let message = format!("a table over {depth} moves is too large");
                return Err(Fault::new(format!(".{field}"), message, format!("expected at most {MEMORY_MAX}")));
            }
        }
        let (opening, entries) = (usize::from(self.own.max(self.others)), 1 << (self.own + self.others));
        for (field, list, expected) in [("opening", &self.opening, opening), ("table", &self.table, entries)] {
            if list.len() != expected {
                let message = format!("`{field}` has {} entries", list.len());
                let expected = format!("expected {expected} for `own: {}` and `others: {}`", self.own, self.others);
                return Err(Fault::new(format!(".{field}"), message, expected));
            }
            if let Some(place) = list.iter().position(|p| !(0.0..=1.0).contains(p)) {
                let message = format!("{} is no probability", list[place]);
                return Err(Fault::new(format!(".{field}[{place}]"), message, "expected 0 to 1"));
            }
        }
        Ok(Arc::new(Table::new([self.own, self.others], &self.opening, &self.table)))
    }
}

impl ListedStrategy for LookUp {
    const EXPLANATION: Explanation = Explanation {
        name: Table::NAME,
        rule: "Cooperates by a table over its own and the opponent's last moves, up to three of each.",
        parameters: "own, others (0 to 3), opening (probabilities in the first rounds), table (2^(own + others) \
             probabilities; own moves first, oldest first, C before D)",
        source: "Hilbe, Martinez-Vaquero, Chatterjee & Nowak 2017, Memory-n strategies of direct reciprocity, PNAS 114",
    };
}
