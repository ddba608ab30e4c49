//! From the list of norms to everything that has to know each of them.

use crate::explained::Explanation;
use crate::fault::Fault;
use crate::world::Norm;

/// A norm of the list in `reputation/mod.rs`, which scenarios name. The parentheses of the scenario file hold the
/// fields of the type itself.
pub trait ListedNorm: Norm + Clone + 'static {
    /// What `sim explain` and `sim schema` say of it.
    const EXPLANATION: Explanation;

    /// Its faults.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// Writes the scenario's [`NormSpec`](super::NormSpec) and [`NORMS`](super::NORMS) from a list. An entry is
/// `file::Type` for a norm without fields, or `file::Type(Type)` for one with fields, which a scenario writes as
/// `Type(field: …)`.
macro_rules! norms {
    ($($file:ident::$Norm:ident $(($Fields:ident))?),+ $(,)?) => {
        /// Which reputation an action earns; `sim explain norms` lists all of them.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum NormSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Norm), "`].")]
                #[schemars(description = <$file::$Norm as ListedNorm>::EXPLANATION.meaning)]
                $Norm $(($file::$Fields))?,
            )+
            /// A norm that a plugin registered under this name.
            Custom {
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (patience: 2)`.
                #[serde(default)]
                #[schemars(extend("x-params" = "norms"))]
                params: Params,
            },
        }

        impl NormSpec {
            /// The word for it in a scenario.
            pub fn word(&self) -> &'static str {
                match self {
                    $(list::norms!(@pattern Self::$Norm $($Fields)? => _norm) => stringify!($Norm),)+
                    Self::Custom { .. } => "Custom",
                }
            }

            /// Its faults, unless it is a plugin's.
            pub fn faults(&self) -> Vec<Fault> {
                match self {
                    $(list::norms!(@pattern Self::$Norm $($Fields)? => _norm) => {
                        ListedNorm::faults(list::norms!(@norm $file::$Norm $($Fields)? => _norm))
                    })+
                    Self::Custom { .. } => Vec::new(),
                }
            }

            /// The norm, unless it is a plugin's.
            fn listed(&self) -> Option<Arc<dyn Norm>> {
                match self {
                    $(list::norms!(@pattern Self::$Norm $($Fields)? => _norm) => {
                        Some(Arc::new(list::norms!(@norm $file::$Norm $($Fields)? => _norm).clone()))
                    })+
                    Self::Custom { .. } => None,
                }
            }
        }

        /// Every norm that a scenario can name.
        pub const NORMS: &[Explanation] = &[$(<$file::$Norm as ListedNorm>::EXPLANATION),+];
    };
    (@pattern Self::$Norm:ident $Fields:ident => $norm:ident) => { Self::$Norm($norm) };
    (@pattern Self::$Norm:ident => $norm:ident) => { Self::$Norm };
    (@norm $file:ident::$Norm:ident $Fields:ident => $norm:ident) => { $norm };
    (@norm $file:ident::$Norm:ident => $norm:ident) => { &$file::$Norm };
}

pub(super) use norms;
