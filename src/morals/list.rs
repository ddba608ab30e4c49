//! Turns the list of terms into everything that has to know each of them.

use super::{Explanation, ListedTerm};
use crate::morals::plugin::{Moral, tabulate};
use crate::numbers::Number;
use crate::world::{Phase, Rules};
use bevy_ecs::prelude::EntityWorldMut;

/// A listed term, whatever its type.
pub trait AnyTerm {
    /// See [`ListedTerm::OPPOSITE`].
    fn opposite(&self) -> Option<&'static str>;

    /// See [`ListedTerm::SUPPOSES_DILEMMA`].
    fn supposes_dilemma(&self) -> bool;

    /// See [`ListedTerm::numbers`].
    fn numbers(&self) -> Vec<Number>;

    /// Lets this term pay `agent` while `phase` is in force.
    fn give(&self, agent: &mut EntityWorldMut, phase: Phase);

    /// What this term pays, `weight` times, for each of [`RewardTable::rounds`](crate::world::RewardTable::rounds) of
    /// a game of two players.
    fn tabulate(&self, rules: &Rules, weight: f64) -> Vec<f64>;
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

    fn tabulate(&self, rules: &Rules, weight: f64) -> Vec<f64> {
        tabulate(rules, self, weight)
    }
}

/// The explanation shared by all terms that plugins register.
pub(super) const CUSTOM: Explanation = Explanation {
    name: "custom",
    formula: "whatever the plugin computes",
    meaning: "A term that a plugin registered under the given name; `params` are handed to it.",
    source: "the plugin's author",
    parameters: &[],
};

/// Generates the scenario's [`TermSpec`](super::TermSpec), the plugin and the explanations from a list of terms.
///
/// An entry is `file::Type`, or `file::Type(Type)` for a term that takes numbers: a scenario writes `Type` for the
/// former and `Type(number: …)` for the latter.
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
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (alpha: 0.8)`.
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

            /// The term; `None` if it is a plugin's.
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

        /// Registers the listed terms in the order of the list, which is also the order of their columns.
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
