//! Guesses what was meant by a value written one level too far out: `stag_hunt` for `Named("stag_hunt")`, `3` for
//! `Fixed(3)`, `TitForTat` for `Scripted(TitForTat)`, `Payoff` for `(term: Payoff)`.

use super::shape::{Shape, Variant, shape};
use crate::scenario::text::{Kind, Node, Syntax, quote};
use serde_json::Value;

/// How `node` should be written to be a value of `schema` (a part of `root`), if that is easy to tell.
pub(super) fn meant(syntax: Syntax, root: &Value, schema: &Value, node: &Node) -> Option<String> {
    match shape(root, schema).0 {
        Shape::Enum(variants) => inside_variant(syntax, root, &variants, node),
        Shape::Number => share(node),
        _ => meant_inside(syntax, root, schema, node),
    }
}

/// `node` as the one field of the struct `schema` that accepts it, if one does: `(term: Payoff)`.
pub(super) fn meant_inside(syntax: Syntax, root: &Value, schema: &Value, node: &Node) -> Option<String> {
    let Shape::Struct { fields, name, .. } = shape(root, schema).0 else { return None };
    let (word, written) = word_of(syntax, node)?;
    if name == Some(word) {
        return None;
    }
    let field = fields.iter().find(|(_, schema)| has_variant(root, schema, word))?.0;
    Some(syntax.fields(&[(field, &written)]))
}

/// `"5%"` as `0.05`.
fn share(node: &Node) -> Option<String> {
    let Kind::Text(text) = &node.kind else { return None };
    let percent: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    Some((percent / 100.0).to_string())
}

/// `node` wrapped in the first of `variants` that holds such a value.
fn inside_variant(syntax: Syntax, root: &Value, variants: &[Variant<'_>], node: &Node) -> Option<String> {
    let holds = |payload: &Value| match (&shape(root, payload).0, &node.kind) {
        (Shape::Text, Kind::Text(text)) | (Shape::Text, Kind::Word(text)) => Some(quote(text)),
        (Shape::Integer { .. }, Kind::Number(number)) if number.parse::<i64>().is_ok() => Some(number.clone()),
        (Shape::Number, Kind::Number(number)) => Some(number.clone()),
        (Shape::Enum(_), _) => {
            let (word, written) = word_of(syntax, node)?;
            has_variant(root, payload, word).then_some(written)
        }
        _ => None,
    };
    // A word may name a variant further in, which is a closer match than any text.
    let deeper = |variant: &&Variant<'_>| variant.payload.is_some_and(|p| matches!(shape(root, p).0, Shape::Enum(_)));
    let ordered = variants.iter().filter(deeper).chain(variants.iter().filter(|variant| !deeper(variant)));
    ordered.filter_map(|variant| Some(syntax.variant(variant.name, &holds(variant.payload?)?))).next()
}

/// The word that `node` is or begins with, and how it is written, with something in place of its contents.
fn word_of(syntax: Syntax, node: &Node) -> Option<(&str, String)> {
    match &node.kind {
        // A string, before anything is known of its type.
        Kind::Text(word) if syntax != Syntax::Ron => Some((word, syntax.word(word))),
        Kind::Word(word) => Some((word, syntax.word(word))),
        Kind::Tuple { name: Some(name), items } if items.is_empty() => {
            Some((&name.text, syntax.variant_of_fields(&name.text, &[])))
        }
        Kind::Tuple { name: Some(name), .. } | Kind::Struct { name: Some(name), .. } => {
            Some((&name.text, syntax.variant(&name.text, "…")))
        }
        _ => None,
    }
}

fn has_variant(root: &Value, schema: &Value, word: &str) -> bool {
    match shape(root, schema).0 {
        Shape::Enum(variants) => variants.iter().any(|variant| variant.name == word),
        _ => false,
    }
}
