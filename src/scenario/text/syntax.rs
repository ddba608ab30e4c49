//! The languages that scenarios are written in, and how each writes the few things that messages quote.

use super::quote::quote;
use std::path::Path;

/// A language of scenario files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// Rusty Object Notation.
    #[default]
    Ron,
    /// JSON.
    Json,
    /// YAML 1.2.
    Yaml,
    /// TOML.
    Toml,
}

/// What a file may begin with without its meaning anything.
pub(in crate::scenario) const BYTE_ORDER_MARK: char = '\u{feff}';

impl Syntax {
    /// Every one, with the endings of its files.
    pub const ALL: [(Self, &'static [&'static str]); 4] =
        [(Self::Ron, &["ron"]), (Self::Json, &["json"]), (Self::Yaml, &["yaml", "yml"]), (Self::Toml, &["toml"])];

    /// The language of files that end like `path`, if one does.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Self::ALL.iter().find(|(_, endings)| endings.contains(&&*ending)).map(|(syntax, _)| *syntax)
    }

    /// The language of the file at `path` with this text: by its ending, or else JSON if it opens with a brace, as no
    /// RON scenario does.
    pub fn of(path: &str, text: &str) -> Self {
        let braced = text.trim_start_matches(BYTE_ORDER_MARK).trim_start().starts_with('{');
        Self::of_path(Path::new(path)).unwrap_or(if braced { Self::Json } else { Self::Ron })
    }

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ron => "RON",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        }
    }

    /// How a message calls named values.
    pub(in crate::scenario) fn fields_are_called(self) -> &'static str {
        match self {
            Self::Ron => "fields in parentheses",
            Self::Json => "an object",
            Self::Yaml => "a mapping",
            Self::Toml => "a table",
        }
    }

    /// The value for "nothing"; TOML has none, so that this is for numbers only, and other fields are left out.
    pub(in crate::scenario) fn nothing(self) -> &'static str {
        match self {
            Self::Ron => "None",
            Self::Json | Self::Yaml => "null",
            Self::Toml => "\"None\"",
        }
    }

    /// A variant without contents.
    pub(in crate::scenario) fn word(self, word: &str) -> String {
        match self {
            Self::Ron | Self::Yaml => word.to_owned(),
            Self::Json | Self::Toml => quote(word),
        }
    }

    /// A variant that holds `inner`.
    pub(in crate::scenario) fn variant(self, name: &str, inner: &str) -> String {
        match self {
            Self::Ron => format!("{name}({inner})"),
            _ => self.fields(&[(name, inner)]),
        }
    }

    /// A variant that holds these fields.
    pub(in crate::scenario) fn variant_of_fields(self, name: &str, fields: &[(&str, &str)]) -> String {
        match self {
            Self::Ron => format!("{name}{}", self.fields(fields)),
            _ => self.variant(name, &self.fields(fields)),
        }
    }

    /// A value of these fields.
    pub(in crate::scenario) fn fields(self, fields: &[(&str, &str)]) -> String {
        let inside: Vec<String> = fields.iter().map(|(name, value)| self.field(name, value)).collect();
        let inside = inside.join(", ");
        match self {
            Self::Ron => format!("({inside})"),
            Self::Toml if !inside.is_empty() => format!("{{ {inside} }}"),
            _ => format!("{{{inside}}}"),
        }
    }

    /// A field and its value.
    pub(in crate::scenario) fn field(self, name: &str, value: &str) -> String {
        match self {
            Self::Ron | Self::Yaml => format!("{name}: {value}"),
            Self::Json => format!("{}: {value}", quote(name)),
            Self::Toml => format!("{name} = {value}"),
        }
    }
}
