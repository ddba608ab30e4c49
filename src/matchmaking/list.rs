//! Turns the list of matchmakers into everything that has to know each of them.

use crate::explained::Explanation;
use crate::world::Matchmaker;

/// A matchmaker from the list in `matchmaking/mod.rs`, which scenarios name. The parentheses in a scenario file hold
/// the fields of the type itself.
pub trait ListedMatchmaker: Matchmaker + Clone + 'static {
    /// Its description in `sim explain` and `sim schema`.
    const EXPLANATION: Explanation;

    /// The noun, in the plural, for what cannot fill more than two seats; `None` if it makes matches of any size.
    const SEATS_TWO: Option<&'static str> = None;

    /// How a scenario writes it so that every agent has at most one match per tick; `None` if that is impossible.
    const SEATING_ONCE: Option<&'static str> = None;
}

/// The facts about a listed matchmaker that are known before a scenario gives it numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    /// The word for it in a scenario.
    pub word: &'static str,
    /// Its explanation.
    pub explanation: Explanation,
    /// See [`ListedMatchmaker::SEATS_TWO`].
    pub seats_two: Option<&'static str>,
    /// See [`ListedMatchmaker::SEATING_ONCE`].
    pub seating_once: Option<&'static str>,
}

impl Listed {
    pub(super) const fn new<T: ListedMatchmaker>(word: &'static str) -> Self {
        Self { word, explanation: T::EXPLANATION, seats_two: T::SEATS_TWO, seating_once: T::SEATING_ONCE }
    }
}

/// Generates the scenario's [`MatchmakingSpec`](super::MatchmakingSpec) and [`MATCHMAKERS`](super::MATCHMAKERS) from a
/// list.
///
/// The first entry is the default for a scenario that names none. An entry is `file::Type`, or `file::Type(Type)` for a
/// matchmaker that has fields: a scenario writes `Type` for the former and `Type(field: …)` for the latter.
macro_rules! matchmakers {
    ($file:ident::$First:ident, $($rest:tt)+) => {
        list::entries! { $file::$First, $($rest)+ }

        impl Default for MatchmakingSpec {
            fn default() -> Self {
                Self::$First
            }
        }
    };
}

/// The same, without the default.
macro_rules! entries {
    ($($file:ident::$Matchmaker:ident $(($Fields:ident))?),+ $(,)?) => {
        /// The rule for who meets whom in a tick; `sim explain matchmakers` lists all of them.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum MatchmakingSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Matchmaker), "`].")]
                #[schemars(description = <$file::$Matchmaker as ListedMatchmaker>::EXPLANATION.meaning)]
                $Matchmaker $(($file::$Fields))?,
            )+
            /// A matchmaker that a plugin registered under this name.
            Custom {
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (distance: 2)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "matchmakers"))]
                params: Params,
            },
        }

        impl MatchmakingSpec {
            /// The matchmaker and what the list says about it; `None` if it is a plugin's.
            pub fn listed(&self) -> Option<(&'static Listed, Arc<dyn Matchmaker>)> {
                let (word, matchmaker): (&str, Arc<dyn Matchmaker>) = match self {
                    $(Self::$Matchmaker $((list::bound!($Fields fields)))? => {
                        (stringify!($Matchmaker), Arc::new(list::matchmaker!($file::$Matchmaker $(, $Fields fields)?)))
                    })+
                    Self::Custom { .. } => return None,
                };
                let listed = MATCHMAKERS.iter().find(|listed| listed.word == word);
                Some((listed.expect("the list has every variant"), matchmaker))
            }
        }

        /// Every matchmaker that a scenario can name.
        pub const MATCHMAKERS: &[Listed] = &[$(Listed::new::<$file::$Matchmaker>(stringify!($Matchmaker)),)+];
    };
}

/// The name that the fields of an entry are bound to.
macro_rules! bound {
    ($Fields:ident $fields:ident) => {
        $fields
    };
}

/// The matchmaker of an entry: its only value, or what its fields are bound to.
macro_rules! matchmaker {
    ($unit:expr) => {
        $unit
    };
    ($unit:expr, $Fields:ident $fields:ident) => {
        $fields.clone()
    };
}

pub(super) use {bound, entries, matchmaker, matchmakers};
