//! Kinds of games: from what a scenario writes to the rules of a game.

use super::Game;
use crate::fault::Fault;
use crate::numbers::Number;
use std::fmt::Debug;
use std::sync::Arc;

/// Tells whether the value at a place of a rule is what the author of a scenario wrote; what is not, was reported.
pub type Intact<'a> = &'a dyn Fn(&str) -> bool;

/// A kind of game of the list in `games/mod.rs`, as a scenario writes it: its fields are those of the file.
pub trait ListedKind: Debug {
    /// What `sim schema` says of it.
    const MEANING: &'static str;

    /// Its numbers, and what each may be.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }

    /// What is wrong with it, beyond its numbers.
    fn faults(&self, intact: Intact) -> Vec<Fault>;

    /// What can be played but is hardly meant.
    fn doubts(&self) -> Vec<Fault> {
        Vec::new()
    }

    /// The game.
    ///
    /// # Errors
    /// With what is wrong.
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
    /// With what is wrong.
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

/// Writes the scenario's [`GameSpec`](super::GameSpec) from a list. An entry is `file::Kind`.
macro_rules! kinds {
    ($($file:ident::$Kind:ident),+ $(,)?) => {
        /// A game: one of the catalog, a matrix of one's own, an n-player public good, or one that a plugin brings.
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
                /// Registered name.
                name: String,
                /// What is handed to the plugin, in fields of its own: `params: (benefit: 4.0)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "games"))]
                params: Params,
            },
        }

        impl GameSpec {
            /// The word for it in a scenario and the kind of game, unless it is a plugin's.
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
