//! Kinds of games: from what a scenario writes to the rules of a game.

use super::Game;
use crate::fault::Fault;
use crate::numbers::Number;
use std::fmt::Debug;
use std::sync::Arc;

/// Tells whether the value at a place in a rule is what the author of the scenario wrote; if not, that has been
/// reported.
pub type Intact<'a> = &'a dyn Fn(&str) -> bool;

/// A kind of game from the list in `games/mod.rs`, as a scenario writes it: its fields are those of the scenario file.
pub trait ListedKind: Debug {
    /// Its description in `sim schema`.
    const MEANING: &'static str;

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

/// Generates the scenario's [`GameSpec`](super::GameSpec) from a list. An entry is `file::Kind`.
macro_rules! kinds {
    ($($file:ident::$Kind:ident),+ $(,)?) => {
        /// A game: one from the catalog, a matrix of your own, an n-player public-goods game, or one that a plugin
        /// provides.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum GameSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Kind), "`].")]
                #[schemars(description = <$file::$Kind as ListedKind>::MEANING)]
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
    };
}

pub(super) use kinds;
