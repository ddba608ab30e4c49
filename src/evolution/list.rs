//! From the list of rules to everything that has to know each of them.

use crate::numbers::Number;
use crate::world::UpdateRule;

/// A rule of the list in `evolution/mod.rs`, which scenarios name. The parentheses of the scenario file hold the fields
/// of the type itself.
pub trait ListedRule: UpdateRule + Clone + 'static {
    /// What `sim explain` and `sim schema` say of it.
    const EXPLANATION: Explanation;

    /// Its numbers, and what each may be.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }
}

/// What a rule does and who described it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// The name in snake case.
    pub name: &'static str,
    /// How a scenario writes it.
    pub example: &'static str,
    /// Who inherits from whom.
    pub meaning: &'static str,
    /// Who proposed it where.
    pub source: &'static str,
}

/// Writes the scenario's [`RuleSpec`](super::RuleSpec) and [`RULES`](super::RULES) from a list. An entry is
/// `file::Type`; a scenario writes `Type(field: …)`.
macro_rules! rules {
    ($($file:ident::$Rule:ident),+ $(,)?) => {
        /// The rule for who inherits from whom; `sim explain evolution` lists all of them.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum RuleSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Rule), "`].")]
                #[schemars(description = <$file::$Rule as ListedRule>::EXPLANATION.meaning)]
                $Rule($file::$Rule),
            )+
            /// A rule that a plugin registered under this name.
            Custom {
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (strength: 0.1)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "rules"))]
                params: Params,
            },
        }

        impl RuleSpec {
            /// The word for it in a scenario.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$Rule(_) => stringify!($Rule),)+
                    Self::Custom { .. } => "Custom",
                }
            }

            /// Its numbers, unless it is a plugin's.
            pub fn numbers(&self) -> Vec<Number> {
                match self {
                    $(Self::$Rule(rule) => ListedRule::numbers(rule),)+
                    Self::Custom { .. } => Vec::new(),
                }
            }

            /// The rule, unless it is a plugin's.
            fn listed(&self) -> Option<Arc<dyn UpdateRule>> {
                match self {
                    $(Self::$Rule(rule) => Some(Arc::new(rule.clone())),)+
                    Self::Custom { .. } => None,
                }
            }
        }

        /// Every rule that a scenario can name.
        pub const RULES: &[Explanation] = &[$(<$file::$Rule as ListedRule>::EXPLANATION),+];
    };
}

pub(super) use rules;
