//! From the list of strategies to everything that has to know each of them.

use super::{Explanation, ListedStrategy, MatchFacts, Strategy};
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use std::sync::Arc;

/// What is known of a listed strategy before a scenario gives it numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    /// The word for it in a scenario.
    pub word: &'static str,
    /// What it does.
    pub explanation: Explanation,
    /// See [`ListedStrategy::ANSWERS_NOBODY`].
    pub answers_nobody: bool,
    /// See [`ListedStrategy::IS_DRAWN`].
    pub is_drawn: bool,
    /// See [`ListedStrategy::READS_REPUTATION`].
    pub reads_reputation: bool,
}

impl Listed {
    pub(super) const fn new<T: ListedStrategy>(word: &'static str) -> Self {
        Self {
            word,
            explanation: T::EXPLANATION,
            answers_nobody: T::ANSWERS_NOBODY,
            is_drawn: T::IS_DRAWN,
            reads_reputation: T::READS_REPUTATION,
        }
    }
}

/// A listed strategy, whatever its type.
pub(super) trait AnyStrategy {
    fn numbers(&self) -> Vec<Number>;
    fn made(&self, facts: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault>;
}

impl<T: ListedStrategy> AnyStrategy for T {
    fn numbers(&self) -> Vec<Number> {
        ListedStrategy::numbers(self)
    }

    fn made(&self, facts: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        self.for_game(facts, member)
    }
}

/// Writes the scenario's [`StrategySpec`](super::StrategySpec) and [`STRATEGIES`](super::STRATEGIES) from a list.
///
/// An entry is `folder::file::Type`, or `folder::file::Type(Type)` for a strategy that takes numbers: a scenario writes
/// `Type` for the one and `Type(number: …)` for the other.
macro_rules! strategies {
    ($($folder:ident::$file:ident::$Strategy:ident $(($Fields:ident))?),+ $(,)?) => {
        /// A scripted strategy; `sim explain strategies` lists them with their sources.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum StrategySpec {
            $(
                #[doc = concat!("See [`", stringify!($folder::$file::$Strategy), "`].")]
                #[schemars(description = <$folder::$file::$Strategy as ListedStrategy>::EXPLANATION.rule)]
                $Strategy $(($folder::$file::$Fields))?,
            )+
        }

        impl StrategySpec {
            fn any(&self) -> &dyn list::AnyStrategy {
                match self {
                    $(Self::$Strategy $((list::bound!($Fields strategy)))? => {
                        list::strategy!($folder::$file::$Strategy $(, $Fields strategy)?)
                    })+
                }
            }

            /// What the list says of it.
            pub fn listed(&self) -> &'static Listed {
                let word = match self {
                    $(Self::$Strategy { .. } => stringify!($Strategy),)+
                };
                STRATEGIES.iter().find(|listed| listed.word == word).expect("the list has every variant")
            }
        }

        /// Every scripted strategy that a scenario can name.
        pub const STRATEGIES: &[Listed] = &[$(Listed::new::<$folder::$file::$Strategy>(stringify!($Strategy)),)+];
    };
}

/// The name that the fields of an entry are bound to.
macro_rules! bound {
    ($Fields:ident $strategy:ident) => {
        $strategy
    };
}

/// The strategy of an entry: its only value, or what its fields are bound to.
macro_rules! strategy {
    ($unit:expr) => {
        &$unit
    };
    ($unit:expr, $Fields:ident $strategy:ident) => {
        $strategy
    };
}

pub(super) use {bound, strategies, strategy};
