//! Two-player games in normal form, with any number of actions, the same for both seats, and payoffs as given.

use super::kind::{Explanation, Intact, ListedKind};
use super::{ACTIONS_MAX, Action, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    /// Whether single and common interest are at odds, where the kind of game says so itself.
    dilemma: Option<bool>,
}

/// A two-player game in normal form, as a scenario writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline, extend("x-example" = "Matrix(name: \"my_dilemma\", actions: [\"cooperate\", \"defect\"], payoffs: [[(3, 3), (0, 4)], [(4, 0), (1, 1)]])"))]
pub struct Matrix {
    /// The game's name in outputs.
    pub name: String,
    /// Action names, the same for both seats.
    pub actions: Vec<String>,
    /// `payoffs[row][column] = (row player's payoff, column player's payoff)`.
    pub payoffs: Vec<Vec<(f64, f64)>>,
    /// The actions that count as cooperation; default: the first.
    #[serde(default)]
    pub cooperative: Vec<String>,
}

impl ListedKind for Matrix {
    const EXPLANATION: Explanation = Explanation {
        name: "matrix",
        example: "",
        meaning: "A two-player game in normal form.",
        cooperation: "The actions that `cooperative` lists are cooperation, or else the first. A player sees its own last \
            action and the opponent's, whichever of all actions they are.",
        source: "the scenario",
    };

    fn numbers(&self) -> Vec<Number> {
        let cells = self
            .payoffs
            .iter()
            .enumerate()
            .flat_map(|(row, cells)| cells.iter().enumerate().map(move |cell| (row, cell)));
        let both = |(row, (column, &(own, other))): (usize, (usize, &(f64, f64)))| {
            [own, other].into_iter().enumerate().map(move |(seat, payoff)| {
                let field = format!("payoffs[{row}][{column}][{seat}]");
                Number::new(field, payoff, Range::Amount).called("a payoff")
            })
        };
        cells.flat_map(both).collect()
    }

    fn faults(&self, intact: Intact) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.name.trim().is_empty() {
            faults.push(Fault::new(
                ".name",
                "the `name` of a game must not be empty",
                "expected a name for the outputs",
            ));
        }
        faults.extend(Fault::unprintable(".name", "the name", &self.name));
        let size = self.actions.len();
        if !(2..=ACTIONS_MAX).contains(&size) {
            let expected = format!("expected 2 to {ACTIONS_MAX} actions");
            faults.push(Fault::new(".actions", format!("{size} actions make no game"), expected));
            return faults;
        }
        faults.extend(self.faults_of_actions());
        if intact(".actions") {
            faults.extend(self.faults_of_payoffs());
            faults.extend(self.faults_of_cooperation());
        }
        faults
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        Ok(Arc::new(MatrixGame::new(&self.name, &self.actions, &self.payoffs, &self.cooperative)?))
    }
}

impl Matrix {
    fn faults_of_actions(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (i, action) in self.actions.iter().enumerate() {
            let at = format!(".actions[{i}]");
            if action.trim().is_empty() {
                faults.push(Fault::new(&at, "the name of an action must not be empty", "expected a word"));
            } else if self.actions[..i].contains(action) {
                faults.push(Fault::new(&at, format!("two actions are named `{action}`"), "expected another name"));
            }
            faults.extend(Fault::unprintable(&at, "the action", action));
        }
        faults
    }

    fn faults_of_payoffs(&self) -> Vec<Fault> {
        let (size, rows) = (self.actions.len(), self.payoffs.len());
        let mut faults = Vec::new();
        if rows != size {
            let message = format!("the matrix has {rows} rows, the game {size} actions");
            faults.push(Fault::new(".payoffs", message, format!("expected {size} rows, one per action")));
        }
        for (row, cells) in self.payoffs.iter().enumerate().filter(|(_, cells)| cells.len() != size) {
            let message = format!("row {row} has {} cells, the game {size} actions", cells.len());
            let expected = format!("expected {size} cells `(own, other's)`");
            faults.push(Fault::new(format!(".payoffs[{row}]"), message, expected));
        }
        faults
    }

    fn faults_of_cooperation(&self) -> Vec<Fault> {
        let names: Vec<&str> = self.actions.iter().map(String::as_str).collect();
        let listed = self.cooperative.iter().enumerate();
        let unknown =
            |(i, action): (usize, &String)| Fault::unknown(format!(".cooperative[{i}]"), "action", action, &names);
        let mut faults: Vec<Fault> = listed.filter_map(unknown).collect();
        if names.iter().all(|name| self.cooperative.iter().any(|listed| listed == name)) {
            let expected = "leave out at least one, which counts as defection";
            faults.push(Fault::new(".cooperative", "every action counts as cooperation", expected));
        }
        faults
    }
}

impl MatrixGame {
    /// A game from `payoffs[row][column] = (row player's payoff, column player's payoff)`.
    ///
    /// `cooperative` names the actions that count as cooperation; if it is empty, the first action does.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn new(
        name: &str,
        actions: &[String],
        payoffs: &[Vec<(f64, f64)>],
        cooperative: &[String],
    ) -> Result<Self, Vec<Fault>> {
        let written = Matrix {
            name: name.to_owned(),
            actions: actions.to_vec(),
            payoffs: payoffs.to_vec(),
            cooperative: cooperative.to_vec(),
        };
        let mut faults = ListedKind::faults(&written, &|_| true);
        for Number { field, value, .. } in written.numbers().into_iter().filter(|number| !number.value.is_finite()) {
            faults.push(Fault::new(format!(".{field}"), format!("{value} is not finite"), "expected a finite number"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let n = actions.len();
        let flat: Vec<[f64; 2]> = payoffs.iter().flatten().map(|&(row, column)| [row, column]).collect();
        let symmetric = (0..n).all(|r| (0..n).all(|c| flat[r * n + c][0] == flat[c * n + r][1]));
        let counts = |(index, action): (usize, &String)| match cooperative {
            [] => index == 0,
            listed => listed.contains(action),
        };
        let cooperative = actions.iter().enumerate().map(counts).collect();
        Ok(Self { name: written.name, actions: written.actions, payoffs: flat, cooperative, symmetric, dilemma: None })
    }

    /// A game that is the same from both seats: `own(row, column)` is the payoff of a player that takes the action
    /// `row` against `column`, and `cooperative` tells which actions count as cooperation.
    ///
    /// # Errors
    /// With everything that is wrong, as for [`MatrixGame::new`].
    pub(super) fn symmetric(
        name: &str,
        actions: Vec<String>,
        own: impl Fn(usize, usize) -> f64,
        cooperative: impl Fn(usize) -> bool,
    ) -> Result<Self, Vec<Fault>> {
        let size = actions.len();
        let row = |row: usize| (0..size).map(|column| (own(row, column), own(column, row))).collect();
        let payoffs: Vec<Vec<(f64, f64)>> = (0..size).map(row).collect();
        let listed: Vec<String> = (0..size).filter(|&action| cooperative(action)).map(|a| actions[a].clone()).collect();
        Self::new(name, &actions, &payoffs, &listed)
    }

    /// The same game, which `is` a social dilemma or is none, whatever its payoffs show.
    pub(super) fn with_dilemma(self, is: bool) -> Self {
        Self { dilemma: Some(is), ..self }
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

    fn is_dilemma(&self) -> Option<bool> {
        self.dilemma
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::ILLEGAL;
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
            let faults = MatrixGame::new("g", actions, table, &words(cooperative)).unwrap_err();
            let [fault] = &faults[..] else { panic!("{faults:?}") };
            format!("{}: {}, {} {:?}", fault.at, fault.message, fault.expected, fault.help)
        };
        assert!(error(&words(&["one"]), &table, &[]).contains(".actions: 1 actions make no game, expected 2 to 255"));
        assert!(error(&words(&["a", "a"]), &table, &[]).contains(".actions[1]: two actions are named `a`"));
        assert!(
            error(&words(&["a", " "]), &table, &[]).contains(".actions[1]: the name of an action must not be empty")
        );
        assert!(error(&actions, &table[..1], &[]).contains(".payoffs: the matrix has 1 rows, the game 2 actions"));
        let ragged = [table[0].clone(), vec![(1.0, 1.0)]];
        assert!(error(&actions, &ragged, &[]).contains(".payoffs[1]: row 1 has 1 cells, the game 2 actions"));
        let infinite = [table[0].clone(), vec![(1.0, f64::INFINITY), (0.0, 0.0)]];
        assert!(error(&actions, &infinite, &[]).contains(".payoffs[1][0][1]: inf is not finite"));
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
        let game = |count: usize| {
            let names = names(count);
            MatrixGame::new("g", &names, &vec![vec![(0.0, 0.0); count]; count], &[])
        };
        assert!(game(ACTIONS_MAX).is_ok());
        assert!(game(ACTIONS_MAX + 1).is_err());
    }
}
