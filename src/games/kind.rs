//! Kinds of games: from what a scenario writes to the rules of a game.

use super::Game;
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use std::fmt::Debug;
use std::sync::Arc;

/// Tells whether the value at a place in a rule is what the author of the scenario wrote; if not, that has been
/// reported.
pub type Intact<'a> = &'a dyn Fn(&str) -> bool;

/// A kind of game from the list in `games/mod.rs`, as a scenario writes it: its fields are those of the scenario file.
pub trait ListedKind: Debug {
    /// What `sim explain` and `sim schema` say of it.
    const EXPLANATION: Explanation;

    /// Its numbers and the range of each.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }

    /// Its faults, beyond those of its numbers.
    fn faults(&self, intact: Intact) -> Vec<Fault>;

    /// Settings that can be played but were hardly intended.
    fn doubts(&self) -> Vec<Fault> {
        Vec::new()
    }

    /// Builds the game.
    ///
    /// # Errors
    /// With its faults.
    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>>;
}

/// What a kind of game is, and who described it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// The name in outputs ([`Game::name`]), in snake case.
    pub name: &'static str,
    /// A game of this kind as a scenario writes it, which `sim explain` shows; empty if each has an entry of its own.
    pub example: &'static str,
    /// What is played, in a sentence or two.
    pub meaning: &'static str,
    /// What counts as cooperation, and what a player sees of the others.
    pub cooperation: &'static str,
    /// Who described it, and where.
    pub source: &'static str,
}

/// A kind of game, whatever its type.
pub trait AnyKind {
    /// See [`ListedKind::numbers`].
    fn numbers(&self) -> Vec<Number>;

    /// See [`ListedKind::faults`].
    fn faults(&self, intact: Intact) -> Vec<Fault>;

    /// See [`ListedKind::doubts`].
    fn doubts(&self) -> Vec<Fault>;

    /// See [`ListedKind::game`].
    ///
    /// # Errors
    /// With its faults.
    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>>;
}

impl<T: ListedKind> AnyKind for T {
    fn numbers(&self) -> Vec<Number> {
        ListedKind::numbers(self)
    }

    fn faults(&self, intact: Intact) -> Vec<Fault> {
        ListedKind::faults(self, intact)
    }

    fn doubts(&self) -> Vec<Fault> {
        ListedKind::doubts(self)
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        ListedKind::game(self)
    }
}

/// The faults of numbers that are outside their range, for games that are built from numbers no scenario has checked.
pub(super) fn out_of_range(numbers: Vec<Number>) -> impl Iterator<Item = Fault> {
    let fault = |Number { field, value, range, .. }: Number| {
        let (is_right, expected) = match range {
            Range::Positive => (value > 0.0, "expected a finite number above 0"),
            Range::NotNegative => (value >= 0.0, "expected a finite number of at least 0"),
            Range::Probability | Range::Share => ((0.0..=1.0).contains(&value), "expected a number from 0 to 1"),
            _ => (true, "expected a finite number"),
        };
        let fault = Fault::new(format!(".{field}"), format!("`{field}` is {value}"), expected);
        (!(is_right && value.is_finite())).then_some(fault)
    };
    numbers.into_iter().filter_map(fault)
}

/// Generates the scenario's [`GameSpec`](super::GameSpec) and [`KINDS`](super::KINDS) from a list. An entry is
/// `file::Kind`.
macro_rules! kinds {
    ($($file:ident::$Kind:ident),+ $(,)?) => {
        /// A game: one from the catalog, a matrix of your own, one of the kinds below, or one that a plugin provides.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum GameSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Kind), "`].")]
                #[schemars(description = <$file::$Kind as ListedKind>::EXPLANATION.meaning)]
                $Kind($file::$Kind),
            )+
            /// A game that a plugin registered under this name.
            Custom {
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (benefit: 4.0)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "games"))]
                params: Params,
            },
        }

        impl GameSpec {
            /// The kind of game with the word for it in a scenario; `None` if it is a plugin's.
            pub fn listed(&self) -> Option<(&'static str, &dyn AnyKind)> {
                match self {
                    $(Self::$Kind(kind) => Some((stringify!($Kind), kind)),)+
                    Self::Custom { .. } => None,
                }
            }
        }

        /// Every kind of game that a scenario can name.
        pub const KINDS: &[Explanation] = &[$(<$file::$Kind as ListedKind>::EXPLANATION),+];
    };
}

pub(super) use kinds;
