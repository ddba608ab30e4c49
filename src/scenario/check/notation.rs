//! How messages quote values: in the language of the file that they are about.

use super::shape::{Shape, shape};
use crate::scenario::text::{Kind, Node, Syntax};
use serde_json::Value;

/// How an error message names what `schema`, a part of `root`, asks for.
pub fn expected(syntax: Syntax, root: &Value, schema: &Value) -> String {
    let (shape, optional) = shape(root, schema);
    let can_be_nothing = optional && (syntax != Syntax::Toml || matches!(shape, Shape::Integer { .. } | Shape::Number));
    let text = match shape {
        Shape::Enum(variants) => {
            let words = variants.iter().map(|variant| match variant.payload {
                Some(_) => format!("`{}`", syntax.variant(variant.name, "…")),
                None => format!("`{}`", syntax.word(variant.name)),
            });
            let words: Vec<String> = words.collect();
            if words.len() == 1 { words[0].clone() } else { format!("one of {}", words.join(", ")) }
        }
        Shape::Struct { .. } => {
            let example = syntax.fields(&[("field", "value, …")]);
            format!("{}: `{example}`", syntax.fields_are_called())
        }
        Shape::Map(_) if syntax == Syntax::Ron => "a map: `{\"key\": value, …}`".into(),
        Shape::Map(_) => format!("{}: `{}`", syntax.fields_are_called(), syntax.fields(&[("key", "value, …")])),
        Shape::Tuple(items) if syntax == Syntax::Ron => format!("{} values in parentheses", items.len()),
        Shape::Tuple(items) => format!("a list of {} values", items.len()),
        Shape::List(_) => "a list: `[…]`".into(),
        Shape::Text => "a string: `\"…\"`".into(),
        Shape::Bool => "`true` or `false`".into(),
        Shape::Integer { .. } => "a whole number".into(),
        Shape::Number => "a number".into(),
        Shape::Any => "a value".into(),
    };
    if can_be_nothing { format!("{text}, or `{}`", syntax.nothing()) } else { text }
}

/// How the variant `name` with its contents is written.
pub(super) fn example(syntax: Syntax, root: &Value, name: &str, payload: &Value) -> String {
    match shape(root, payload).0 {
        Shape::Struct { required, .. } => {
            let fields: Vec<(&str, &str)> = required.iter().map(|field| (*field, "…")).collect();
            syntax.variant_of_fields(name, &fields)
        }
        Shape::Text => syntax.variant(name, "\"…\""),
        Shape::List(_) => syntax.variant(name, "[…]"),
        _ => syntax.variant(name, "…"),
    }
}

/// How an error message names a value that was found: "a string", "`Foo`", …
pub(in crate::scenario) fn describe(syntax: Syntax, node: &Node) -> String {
    match &node.kind {
        Kind::Struct { name: Some(name), .. } | Kind::Tuple { name: Some(name), .. } => {
            format!("`{}`", syntax.variant(&name.text, "…"))
        }
        Kind::Tuple { name: None, items } if items.is_empty() => format!("`{}`", syntax.fields(&[])),
        Kind::Struct { name: None, .. } => syntax.fields_are_called().into(),
        Kind::Tuple { name: None, .. } if syntax == Syntax::Ron => "values in parentheses".into(),
        Kind::Map(_) if syntax == Syntax::Ron => "a map".into(),
        Kind::Map(_) => syntax.fields_are_called().into(),
        Kind::Word(word) => format!("`{word}`"),
        Kind::List(_) | Kind::Tuple { .. } => "a list".into(),
        Kind::Text(_) => "a string".into(),
        Kind::Char(_) => "a character".into(),
        Kind::Number(number) => format!("`{number}`"),
    }
}
