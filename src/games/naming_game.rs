//! The naming game: two players say a name for the same thing, and both gain if it is the same name.
//!
//! Source: Steels 1995, "A self-organizing spatial vocabulary", Artificial Life 2; as a game with payoffs Centola &
//! Baronchelli 2015, "The spontaneous emergence of conventions", PNAS 112, and with language models Ashery, Aiello &
//! Baronchelli 2025, "Emergent social conventions and collective bias in LLM populations", Science Advances 11.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::matrix::MatrixGame;
use super::{ACTIONS_MAX, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Players know a fixed set of names, all of the same worth. It is the minimal naming game in which names are chosen,
/// not invented: no player has an inventory, and what it learns is up to its policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct NamingGame {
    /// The names; 2 to 255 words.
    names: Vec<String>,
    /// What both are paid for saying the same name.
    #[serde(default = "one")]
    success: f64,
    /// What both are paid for saying different names.
    #[serde(default)]
    failure: f64,
}

fn one() -> f64 {
    1.0
}

impl ListedKind for NamingGame {
    const EXPLANATION: Explanation = Explanation {
        name: "naming_game",
        example: r#"NamingGame(names: ["fo", "ka", "mi"])"#,
        meaning: "A naming game of two players: saying the same name pays both, whichever it is.",
        cooperation: "The first name stands for cooperation, so that columns show how far a population has settled on it. A \
            player sees its own last name and the opponent's, whichever they are. Terms made of payoffs apply; those that \
            judge by cooperation (deontological, kindness) mean little here.",
        source: "Steels 1995, A self-organizing spatial vocabulary, Artificial Life 2; Centola & Baronchelli 2015, The \
            spontaneous emergence of conventions, PNAS 112",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("success", self.success, Range::Amount), Number::new("failure", self.failure, Range::Amount)]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        let size = self.names.len();
        if !(2..=ACTIONS_MAX).contains(&size) {
            let expected = format!("expected 2 to {ACTIONS_MAX} names");
            return vec![Fault::new(".names", format!("{size} names make no game"), expected)];
        }
        let mut known = BTreeSet::new();
        let mut faults = Vec::new();
        for (i, name) in self.names.iter().enumerate() {
            let at = format!(".names[{i}]");
            if name.trim().is_empty() {
                faults.push(Fault::new(&at, "a name must not be empty", "expected a word"));
            } else if !known.insert(name) {
                faults.push(Fault::new(&at, format!("two names are `{name}`"), "expected another name"));
            }
            faults.extend(Fault::unprintable(&at, "the name", name));
        }
        faults
    }

    fn doubts(&self) -> Vec<Fault> {
        if self.success > self.failure {
            return Vec::new();
        }
        let message = format!("success pays {}, failure {}", self.success, self.failure);
        vec![Fault::new(".success", message, "nobody gains by agreeing")]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> =
            ListedKind::faults(self, &|_| true).into_iter().chain(out_of_range(self.numbers())).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let own = |own: usize, other: usize| if own == other { self.success } else { self.failure };
        let game = MatrixGame::symmetric("naming_game", self.names.clone(), own, |action| action == 0)?;
        Ok(Arc::new(game.with_dilemma(false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{payoffs, pure_nash};

    fn naming(names: &[&str]) -> NamingGame {
        NamingGame { names: names.iter().map(|&name| name.to_owned()).collect(), success: 1.0, failure: 0.0 }
    }

    #[test]
    fn the_same_name_pays_whichever_it_is() {
        let game = naming(&["fo", "ka", "mi"]).game().unwrap();
        for own in 0..3 {
            for other in 0..3 {
                let paid = f64::from(u8::from(own == other));
                assert_eq!(payoffs(&*game, &[own, other]), [paid, paid]);
            }
        }
        assert_eq!(pure_nash(&*game).unwrap().len(), 3);
        assert_eq!([0, 1, 2].map(|action| game.cooperative(action)), [true, false, false]);
    }

    #[test]
    fn names_are_told_apart() {
        let problem = |names: &[&str]| naming(names).game().unwrap_err().remove(0).message;
        assert_eq!(problem(&["fo", "fo"]), "two names are `fo`");
        assert_eq!(problem(&["fo", " "]), "a name must not be empty");
        assert_eq!(problem(&["fo"]), "1 names make no game");
        assert!(problem(&["fo", "k\u{1b}a"]).contains("control characters"));
    }
}
