//! From the list of families to everything that has to know each of them.

/// Generates [`Family`](super::Family) from a list.
///
/// An entry is `file::Variant`; the file holds the family's rules as `FAMILY`, and a scenario writes `Variant`.
macro_rules! families {
    ($($file:ident::$Family:ident),+ $(,)?) => {
        /// A family of decoders that the engine runs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum Family {
            $(
                #[doc = concat!("See [`", stringify!($file), "`].")]
                #[schemars(description = $file::FAMILY.meaning)]
                $Family,
            )+
        }

        impl Family {
            /// All of them, in the order of the list.
            pub const ALL: [Family; [$(stringify!($Family)),+].len()] = [$(Self::$Family),+];

            /// What distinguishes it from the plain decoder.
            pub fn rules(self) -> &'static FamilyRules {
                match self {
                    $(Self::$Family => &$file::FAMILY,)+
                }
            }
        }
    };
}

pub(super) use families;
