//! Reading one text in any of the languages.

use super::node::{Kind, Node, Parsed};
use super::syntax::Syntax;
use super::{ron, toml, yaml};

/// Reads `source` as one RON value.
pub fn parse(source: &str) -> Parsed {
    parse_as(Syntax::Ron, source, 0)
}

/// Reads `source`, the first byte of which is byte `start` of all sources.
pub(in crate::scenario) fn parse_as(syntax: Syntax, source: &str, start: usize) -> Parsed {
    let parsed = match syntax {
        Syntax::Ron | Syntax::Json => ron::parse(source, syntax == Syntax::Json),
        Syntax::Yaml => yaml::parse(source),
        Syntax::Toml => toml::parse(source),
    };
    let mut parsed = parsed.moved(start);
    // By this, editors find the schema.
    if let Some(Node { kind: Kind::Map(entries), .. }) = &mut parsed.root {
        entries.retain(|(key, _)| !matches!(&key.kind, Kind::Text(text) if text == "$schema"));
    }
    parsed
}
