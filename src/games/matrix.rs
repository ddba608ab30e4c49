//! Two-player games in normal form: any number of actions, the same for both seats, payoffs as given.

use super::{Action, Game, ILLEGAL};
use crate::text::{did_you_mean, nearest};

/// A two-player game given by its payoff table.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixGame {
    name: String,
    actions: Vec<String>,
    /// `payoffs[row * actions + column] = [row player's payoff, column player's payoff]`.
    payoffs: Vec<[f64; 2]>,
    /// One flag per action.
    cooperative: Vec<bool>,
    symmetric: bool,
}

/// Why a payoff table is not a game.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MatrixGameError {
    /// Fewer than 2 or more actions than an [`Action`] can number.
    #[error("game `{game}`: found {found} actions, expected 2 to {}; list them in `actions`", ILLEGAL)]
    ActionCount {
        /// Name of the game.
        game: String,
        /// How many actions were given.
        found: usize,
    },
    /// An action without a name or with another's name.
    #[error("game `{game}`: action {index} is named `{found}`, expected a name of its own that is not empty")]
    ActionName {
        /// Name of the game.
        game: String,
        /// Index of the action.
        index: usize,
        /// The name that was found.
        found: String,
    },
    /// The table has too many or too few rows.
    #[error("game `{game}`: `payoffs` has {found} rows, expected {expected}, one for each action of the row player")]
    Rows {
        /// Name of the game.
        game: String,
        /// Number of actions.
        expected: usize,
        /// Number of rows.
        found: usize,
    },
    /// A row has too many or too few entries.
    #[error(
        "game `{game}`: row `{row}` of `payoffs` has {found} entries, \
         expected {expected}, one for each action of the column player"
    )]
    Columns {
        /// Name of the game.
        game: String,
        /// The row's action.
        row: String,
        /// Number of actions.
        expected: usize,
        /// Number of entries.
        found: usize,
    },
    /// A payoff is infinite or not a number.
    #[error("game `{game}`: the payoffs of (`{row}`, `{column}`) are {found:?}, expected finite numbers")]
    NotFinite {
        /// Name of the game.
        game: String,
        /// The row player's action.
        row: String,
        /// The column player's action.
        column: String,
        /// The payoffs that were found.
        found: (f64, f64),
    },
    /// `cooperative` names no action.
    #[error("game `{game}`: `cooperative` lists `{found}`, which is no action{}", did_you_mean(nearest.as_deref()))]
    UnknownCooperative {
        /// Name of the game.
        game: String,
        /// The name that was found.
        found: String,
        /// The action that was probably meant, if the name of one is like it.
        nearest: Option<String>,
    },
    /// `cooperative` lists every action.
    #[error("game `{game}`: every action counts as cooperation; leave out of `cooperative` at least one that does not")]
    NothingToDefect {
        /// Name of the game.
        game: String,
    },
}

impl MatrixGame {
    /// A game from `payoffs[row][column] = (row player's payoff, column player's payoff)`.
    ///
    /// `cooperative` names the actions that count as cooperation; none means the first.
    pub fn new(
        name: &str,
        actions: &[String],
        payoffs: &[Vec<(f64, f64)>],
        cooperative: &[String],
    ) -> Result<Self, MatrixGameError> {
        check_actions(name, actions)?;
        check_payoffs(name, actions, payoffs)?;
        let cooperative = cooperative_flags(name, actions, cooperative)?;
        let n = actions.len();
        let flat: Vec<[f64; 2]> = payoffs.iter().flatten().map(|&(row, column)| [row, column]).collect();
        let symmetric = (0..n).all(|r| (0..n).all(|c| flat[r * n + c][0] == flat[c * n + r][1]));
        Ok(Self { name: name.to_owned(), actions: actions.to_vec(), payoffs: flat, cooperative, symmetric })
    }
}

impl Game for MatrixGame {
    fn name(&self) -> &str {
        &self.name
    }

    fn seats(&self) -> usize {
        2
    }

    fn actions(&self) -> &[String] {
        &self.actions
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let cell = usize::from(joint[0]) * self.actions.len() + usize::from(joint[1]);
        payoffs.copy_from_slice(&self.payoffs[cell]);
    }

    fn cooperative(&self, action: Action) -> bool {
        self.cooperative.get(usize::from(action)).copied().unwrap_or(false)
    }

    fn symmetric(&self) -> bool {
        self.symmetric
    }
}

fn check_actions(game: &str, actions: &[String]) -> Result<(), MatrixGameError> {
    // The last number is ILLEGAL's, so there are ILLEGAL numbers from 0 on.
    if actions.len() < 2 || actions.len() > usize::from(ILLEGAL) {
        return Err(MatrixGameError::ActionCount { game: game.to_owned(), found: actions.len() });
    }
    for (index, action) in actions.iter().enumerate() {
        if action.trim().is_empty() || actions[..index].contains(action) {
            return Err(MatrixGameError::ActionName { game: game.to_owned(), index, found: action.clone() });
        }
    }
    Ok(())
}

fn check_payoffs(game: &str, actions: &[String], payoffs: &[Vec<(f64, f64)>]) -> Result<(), MatrixGameError> {
    let game = game.to_owned();
    let expected = actions.len();
    if payoffs.len() != expected {
        return Err(MatrixGameError::Rows { game, expected, found: payoffs.len() });
    }
    for (row, entries) in actions.iter().zip(payoffs) {
        if entries.len() != expected {
            return Err(MatrixGameError::Columns { game, row: row.clone(), expected, found: entries.len() });
        }
        for (column, &found) in actions.iter().zip(entries) {
            if !found.0.is_finite() || !found.1.is_finite() {
                return Err(MatrixGameError::NotFinite { game, row: row.clone(), column: column.clone(), found });
            }
        }
    }
    Ok(())
}

fn cooperative_flags(game: &str, actions: &[String], cooperative: &[String]) -> Result<Vec<bool>, MatrixGameError> {
    let mut flags = vec![false; actions.len()];
    flags[0] = cooperative.is_empty();
    for found in cooperative {
        match actions.iter().position(|action| action == found) {
            Some(index) => flags[index] = true,
            None => {
                let nearest = nearest(found, actions.iter().map(String::as_str)).map(str::to_owned);
                return Err(MatrixGameError::UnknownCooperative {
                    game: game.to_owned(),
                    found: found.clone(),
                    nearest,
                });
            }
        }
    }
    if flags.iter().all(|&flag| flag) {
        return Err(MatrixGameError::NothingToDefect { game: game.to_owned() });
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn pair(game: &MatrixGame, row: Action, column: Action) -> [f64; 2] {
        let mut payoffs = [0.0; 2];
        game.payoffs(&[row, column], &mut payoffs);
        payoffs
    }

    #[test]
    fn payoffs_are_those_of_the_cell() {
        let rows = [vec![(0.0, 0.0), (-1.0, 1.0), (1.0, -1.0)]];
        let table: Vec<_> =
            (0..3).map(|r| (0..3).map(|c| rows[0][(c + 3 - r) % 3]).collect::<Vec<(f64, f64)>>()).collect();
        let game = MatrixGame::new("rps", &words(&["rock", "paper", "scissors"]), &table, &[]).unwrap();
        assert_eq!(pair(&game, 0, 1), [-1.0, 1.0]);
        assert_eq!(pair(&game, 2, 1), [1.0, -1.0]);
        assert_eq!(pair(&game, 2, 2), [0.0, 0.0]);
        assert!(game.symmetric());
    }

    #[test]
    fn cooperation_is_the_first_action_or_the_listed_ones() {
        let table = vec![vec![(1.0, 1.0); 3]; 3];
        let actions = words(&["a", "b", "c"]);
        let default = MatrixGame::new("g", &actions, &table, &[]).unwrap();
        assert_eq!([0, 1, 2, ILLEGAL].map(|a| default.cooperative(a)), [true, false, false, false]);
        let listed = MatrixGame::new("g", &actions, &table, &words(&["c", "b"])).unwrap();
        assert_eq!([0, 1, 2].map(|a| listed.cooperative(a)), [false, true, true]);
    }

    #[test]
    fn bad_tables_are_refused_with_advice() {
        let actions = words(&["share", "keep"]);
        let table = vec![vec![(1.0, 1.0); 2]; 2];
        let error = |actions: &[String], table: &[Vec<(f64, f64)>], cooperative: &[&str]| {
            MatrixGame::new("g", actions, table, &words(cooperative)).unwrap_err().to_string()
        };
        assert!(error(&words(&["one"]), &table, &[]).contains("found 1 actions, expected 2 to 255"));
        assert!(error(&words(&["a", "a"]), &table, &[]).contains("action 1 is named `a`"));
        assert!(error(&words(&["a", " "]), &table, &[]).contains("action 1 is named ` `"));
        assert!(error(&actions, &table[..1], &[]).contains("has 1 rows, expected 2"));
        let ragged = [table[0].clone(), vec![(1.0, 1.0)]];
        assert!(error(&actions, &ragged, &[]).contains("row `keep` of `payoffs` has 1 entries, expected 2"));
        let infinite = [table[0].clone(), vec![(1.0, f64::INFINITY), (0.0, 0.0)]];
        assert!(error(&actions, &infinite, &[]).contains("(`keep`, `share`)"));
        assert!(error(&actions, &table, &["shar"]).contains("did you mean `share`?"));
        assert!(error(&actions, &table, &["share", "keep"]).contains("every action counts as cooperation"));
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn a_game_is_symmetric_exactly_if_swapping_seats_swaps_payoffs(
            cells in proptest::collection::vec((-2i8..3, -2i8..3), 4),
            mirror in any::<bool>(),
        ) {
            let mut table: Vec<Vec<(f64, f64)>> =
                cells.chunks(2).map(|row| row.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).collect()).collect();
            if mirror {
                table[1][0] = (table[0][1].1, table[0][1].0);
                table[0][0].1 = table[0][0].0;
                table[1][1].1 = table[1][1].0;
            }
            let game = MatrixGame::new("g", &words(&["a", "b"]), &table, &[]).unwrap();
            let swaps = (0..2).all(|r| (0..2).all(|c| {
                let [row, column] = pair(&game, r, c);
                pair(&game, c, r) == [column, row]
            }));
            prop_assert_eq!(game.symmetric(), swaps);
            prop_assert!(!mirror || swaps);
        }
    }

    #[test]
    fn as_many_actions_as_there_are_legal_numbers_are_taken() {
        let names = |count: usize| (0..count).map(|number| format!("a{number}")).collect::<Vec<_>>();
        assert!(check_actions("g", &names(usize::from(ILLEGAL))).is_ok());
        assert!(check_actions("g", &names(usize::from(ILLEGAL) + 1)).is_err());
    }
}
