//! Scenario files as trees with source spans: what the checks look at, so that each can point at the text it is about.
//!
//! RON, JSON, YAML and TOML all become the same tree, in RON's terms: [`parse()`] reads one text, [`plain`] turns the
//! spelling of the other three into RON's, [`merge`] lays one tree over another, [`overrides`] carries out `--set`.

pub(super) mod excerpt;
mod items;
mod lexer;
pub(super) mod merge;
mod node;
pub mod numbers;
pub(super) mod overrides;
pub(super) mod parse;
pub(super) mod plain;
mod quote;
pub mod resolved;
mod ron;
pub(super) mod sources;
mod strings;
pub(super) mod syntax;
mod toml;
mod written;
mod yaml;

pub use node::{Field, Kind, Name, Node, Parsed, Span};
pub use parse::parse;
pub use quote::quote;
pub use sources::Sources;
pub use syntax::Syntax;
