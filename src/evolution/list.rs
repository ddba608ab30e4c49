//! From the list of rules to everything that has to know each of them.

use crate::explained::Explanation;
use crate::numbers::Number;
use crate::world::UpdateRule;

/// A rule of the list in `evolution/mod.rs`, which scenarios name. The parentheses of the scenario file hold the fields
/// of the type itself.
pub trait ListedUpdateRule: UpdateRule + Clone + 'static {
    /// What `sim explain` and `sim schema` say of it.
    const EXPLANATION: Explanation;

    /// Its numbers, and what each may be.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }
}

/// Writes the scenario's [`UpdateRuleSpec`](super::UpdateRuleSpec) and [`UPDATE_RULES`](super::UPDATE_RULES) from a
/// list. An entry is `file::Type`; a scenario writes `Type(field: …)`.
macro_rules! update_rules {
    ($($file:ident::$Rule:ident),+ $(,)?) => {
        /// The rule for who inherits from whom; `sim explain evolution` lists all of them.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum UpdateRuleSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Rule), "`].")]
                #[schemars(description = <$file::$Rule as ListedUpdateRule>::EXPLANATION.meaning)]
                $Rule($file::$Rule),
            )+
            /// A rule that a plugin registered under this name.
            Custom {
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (strength: 0.1)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "update_rules"))]
                params: Params,
            },
        }

        impl UpdateRuleSpec {
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
                    $(Self::$Rule(rule) => ListedUpdateRule::numbers(rule),)+
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
        pub const UPDATE_RULES: &[Explanation] = &[$(<$file::$Rule as ListedUpdateRule>::EXPLANATION),+];
    };
}

pub(super) use update_rules;
