//! From the list of terms to all that has to know each of them.

use super::{Explanation, ListedTerm};
use crate::morals::plugin::Moral;
use crate::numbers::Number;
use crate::world::Phase;
use bevy_ecs::prelude::EntityWorldMut;

/// A listed term, whatever its type.
pub trait AnyTerm {
    /// See [`ListedTerm::OPPOSITE`].
    fn opposite(&self) -> Option<&'static str>;

    /// See [`ListedTerm::SUPPOSES_DILEMMA`].
    fn supposes_dilemma(&self) -> bool;

    /// See [`ListedTerm::numbers`].
    fn numbers(&self) -> Vec<Number>;

    /// Has `agent` paid by this term while `phase` is in force.
    fn give(&self, agent: &mut EntityWorldMut, phase: Phase);
}

impl<T: ListedTerm> AnyTerm for T {
    fn opposite(&self) -> Option<&'static str> {
        T::OPPOSITE
    }

    fn supposes_dilemma(&self) -> bool {
        T::SUPPOSES_DILEMMA
    }

    fn numbers(&self) -> Vec<Number> {
        ListedTerm::numbers(self)
    }

    fn give(&self, agent: &mut EntityWorldMut, phase: Phase) {
        agent.insert(Moral { term: self.clone(), phase });
    }
}

/// What is said of the terms that plugins register.
pub(super) const CUSTOM: Explanation = Explanation {
    name: "custom",
    formula: "whatever the plugin computes",
    meaning: "A term that a plugin registered under the given name; `params` are handed to it.",
    source: "the plugin's author",
    parameters: &[],
};

/// Writes the scenario's [`TermSpec`](super::TermSpec), the plugin and the explanations of the terms in a list.
///
/// An entry is `file::Type`, and `file::Type(Type)` for a term that takes numbers: a scenario writes `Type` for the one
/// and `Type(number: …)` for the other.
macro_rules! terms {
    ($($file:ident::$Term:ident $(($Fields:ident))?),+ $(,)?) => {
        /// A reward term; `sim explain <term>` prints its formula and source.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum TermSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Term), "`].")]
                #[schemars(description = <$file::$Term as ListedTerm>::EXPLANATION.meaning)]
                $Term $(($file::$Fields))?,
            )+
            /// A term that a plugin registered under this name.
            Custom {
                /// Registered name.
                name: String,
                /// What is handed to the plugin, in fields of its own: `params: (alpha: 0.8)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "terms"))]
                params: Params,
            },
        }

        impl TermSpec {
            /// The name of its column.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$Term { .. } => <$file::$Term as MoralTerm>::NAME,)+
                    Self::Custom { name, .. } => name,
                }
            }

            /// The word for it in a scenario.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$Term { .. } => stringify!($Term),)+
                    Self::Custom { .. } => "Custom",
                }
            }

            /// The term, unless it is a plugin's.
            pub fn listed(&self) -> Option<&dyn AnyTerm> {
                match self {
                    $(Self::$Term $((list::bound!($Fields term)))? => {
                        Some(list::term!($file::$Term $(, $Fields term)?))
                    })+
                    Self::Custom { .. } => None,
                }
            }
        }

        /// Every reward term that a scenario can name.
        pub const EXPLANATIONS: &[Explanation] = &[$(<$file::$Term as ListedTerm>::EXPLANATION,)+ list::CUSTOM];

        /// Makes the listed terms known, in the order of the list, which is that of their columns.
        pub struct TermsPlugin;

        impl Plugin for TermsPlugin {
            fn build(&self, app: &mut App) {
                $(app.add_plugins(MoralTermPlugin::<$file::$Term>::default());)+
            }
        }
    };
}

/// The name that the fields of an entry are bound to.
macro_rules! bound {
    ($Fields:ident $term:ident) => {
        $term
    };
}

/// The term of an entry: its only value, or what its fields are bound to.
macro_rules! term {
    ($unit:expr) => {
        &$unit
    };
    ($unit:expr, $Fields:ident $term:ident) => {
        $term
    };
}

pub(super) use {bound, term, terms};
