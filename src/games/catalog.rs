//! The named games: payoffs as published, with their sources.

use super::matrix::MatrixGame;
use crate::text::{did_you_mean, nearest, shown};

/// One named two-player game with the actions `cooperate` and `defect`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// The name as a scenario spells it.
    pub name: &'static str,
    /// The name in running text.
    pub title: &'static str,
    /// (row player's, column player's) payoff after CC, CD, DC and DD, the row player's action first.
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
pub const ENTRIES: [Entry; 11] = [
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

/// A name that the catalog does not have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("no game is named `{}`{} (`sim explain games` lists them all)", shown(found), did_you_mean(*nearest))]
pub struct UnknownGame {
    /// The name that was found.
    pub found: String,
    /// The name that was probably meant, if one is like it.
    pub nearest: Option<&'static str>,
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

/// The entry named `name`.
pub fn find(name: &str) -> Result<&'static Entry, UnknownGame> {
    ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| UnknownGame {
        found: name.to_owned(),
        nearest: nearest(name, ENTRIES.iter().map(|entry| entry.name)),
    })
}

/// The game named `name`.
pub fn game(name: &str) -> Result<MatrixGame, UnknownGame> {
    find(name).map(Entry::game)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::Game;
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
        let error = game("prisoner_dilemma").unwrap_err();
        assert_eq!(error.nearest, Some("prisoners_dilemma"));
        assert!(error.to_string().contains("did you mean `prisoners_dilemma`?"));
        let error = game("zzz").unwrap_err().to_string();
        assert_eq!(error, "no game is named `zzz` (`sim explain games` lists them all)");
    }

    #[test]
    fn only_bach_or_stravinsky_is_asymmetric() {
        let asymmetric: Vec<_> = ENTRIES.iter().filter(|e| !e.game().symmetric()).map(|e| e.name).collect();
        assert_eq!(asymmetric, ["bach_or_stravinsky"]);
    }
}
