//! The named games: payoffs as published, with their sources.

use super::Game;
use super::kind::{Explanation, Intact, ListedKind};
use super::matrix::MatrixGame;
use crate::fault::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One named two-player game with the actions `cooperate` and `defect`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// The name as a scenario spells it.
    pub name: &'static str,
    /// The name in running text.
    pub title: &'static str,
    /// Payoffs (row player's, column player's) after CC, CD, DC and DD; the row player's action comes first.
    pub payoffs: [(f64, f64); 4],
    /// Where these payoffs were published.
    pub citation: &'static str,
}

const LLM: &str = "Tennant, Hailes & Musolesi 2025, Moral Alignment for LLM Agents (ICLR), arXiv 2410.01639";
const LLM_TRAINING: &str = "released code of Tennant, Hailes & Musolesi 2025, arXiv 2410.01639: \
     payoffs for training that the paper does not use";
const LLM_CODE: &str = "released code of Tennant, Hailes & Musolesi 2025, arXiv 2410.01639: \
     defined there, not evaluated in the paper";
const DYADS: &str = "Tennant, Hailes & Musolesi 2023, Modeling Moral Choices in Social Dilemmas with \
     Multi-Agent Reinforcement Learning (IJCAI), arXiv 2301.08491";

/// Every named game.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "prisoners_dilemma",
        title: "Prisoner's Dilemma",
        payoffs: [(3.0, 3.0), (0.0, 4.0), (4.0, 0.0), (1.0, 1.0)],
        citation: LLM,
    },
    Entry {
        name: "stag_hunt",
        title: "Stag Hunt",
        payoffs: [(4.0, 4.0), (0.0, 3.0), (3.0, 0.0), (1.0, 1.0)],
        citation: LLM,
    },
    Entry {
        name: "chicken",
        title: "Chicken",
        payoffs: [(2.0, 2.0), (1.0, 4.0), (4.0, 1.0), (0.0, 0.0)],
        citation: LLM,
    },
    Entry {
        name: "bach_or_stravinsky",
        title: "Bach or Stravinsky",
        payoffs: [(3.0, 2.0), (0.0, 0.0), (0.0, 0.0), (2.0, 3.0)],
        citation: LLM,
    },
    Entry {
        name: "defective_coordination",
        title: "Defective Coordination",
        payoffs: [(1.0, 1.0), (0.0, 0.0), (0.0, 0.0), (4.0, 4.0)],
        citation: LLM,
    },
    Entry {
        name: "volunteers_dilemma",
        title: "Volunteer's Dilemma",
        payoffs: [(3.0, 3.0), (1.0, 4.0), (4.0, 1.0), (0.0, 0.0)],
        citation: LLM_CODE,
    },
    Entry {
        name: "prisoners_dilemma_120",
        title: "Prisoner's Dilemma with large payoffs",
        payoffs: [(120.0, 120.0), (0.0, 180.0), (180.0, 0.0), (60.0, 60.0)],
        citation: LLM_TRAINING,
    },
    Entry {
        name: "prisoners_dilemma_no_zero",
        title: "Prisoner's Dilemma without a zero payoff",
        payoffs: [(3.0, 3.0), (1.0, 4.0), (4.0, 1.0), (2.0, 2.0)],
        citation: LLM_TRAINING,
    },
    Entry {
        name: "prisoners_dilemma_3142",
        title: "Prisoner's Dilemma of the tabular dyads",
        payoffs: [(3.0, 3.0), (1.0, 4.0), (4.0, 1.0), (2.0, 2.0)],
        citation: DYADS,
    },
    Entry {
        name: "volunteers_dilemma_4251",
        title: "Volunteer's Dilemma of the tabular dyads",
        payoffs: [(4.0, 4.0), (2.0, 5.0), (5.0, 2.0), (1.0, 1.0)],
        citation: DYADS,
    },
    Entry {
        name: "stag_hunt_5142",
        title: "Stag Hunt of the tabular dyads",
        payoffs: [(5.0, 5.0), (1.0, 4.0), (4.0, 1.0), (2.0, 2.0)],
        citation: DYADS,
    },
];

/// A game from the catalog, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("x-example" = "Named(\"stag_hunt\")"))]
pub struct Named(pub String);

impl ListedKind for Named {
    const EXPLANATION: Explanation = Explanation {
        name: "named",
        example: "",
        meaning: "A game of the catalog, by name (`sim explain games` lists them).",
        cooperation: "`cooperate` is cooperation. A player sees its own last action and the opponent's.",
        source: "each game has its own",
    };

    fn faults(&self, _: Intact) -> Vec<Fault> {
        let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        Fault::unknown("", "game", &self.0, &names).into_iter().collect()
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let entry = find(&self.0).ok_or_else(|| ListedKind::faults(self, &|_| true))?;
        Ok(Arc::new(entry.game()))
    }
}

impl Entry {
    /// The game's rules.
    pub fn game(&self) -> MatrixGame {
        let [cc, cd, dc, dd] = self.payoffs;
        let actions = ["cooperate".to_owned(), "defect".to_owned()];
        MatrixGame::new(self.name, &actions, &[vec![cc, cd], vec![dc, dd]], &[])
            .expect("catalog entries are two by two and finite")
    }
}

/// The entry named `name`; `None` if there is none.
pub fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// The game named `name`; `None` if there is none.
pub fn game(name: &str) -> Option<MatrixGame> {
    find(name).map(Entry::game)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_found() {
        let names: BTreeSet<_> = ENTRIES.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), ENTRIES.len());
        for name in names {
            assert_eq!(game(name).unwrap().name(), name);
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        let fault = |name: &str| Named(name.into()).game().unwrap_err().remove(0);
        let near = fault("prisoner_dilemma");
        assert_eq!(near.message, "unknown game `prisoner_dilemma`");
        assert!(near.help.unwrap().contains("did you mean `prisoners_dilemma`?"));
        assert!(!fault("zzz").help.unwrap().contains("did you mean"));
    }

    #[test]
    fn only_bach_or_stravinsky_is_asymmetric() {
        let asymmetric: Vec<_> = ENTRIES.iter().filter(|e| !e.game().symmetric()).map(|e| e.name).collect();
        assert_eq!(asymmetric, ["bach_or_stravinsky"]);
    }
}
