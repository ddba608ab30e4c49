//! Guesses what was meant by a value written one level too far out: `stag_hunt` for `Named("stag_hunt")`, `3` for
//! `Fixed(3)`, `TitForTat` for `Scripted(TitForTat)`, `Payoff` for `(term: Payoff)`.

use super::shape::{Shape, Variant, shape};
use crate::scenario::text::{Kind, Node, quote};
use serde_json::Value;

/// How `node` should be written to be a value of `schema` (a part of `root`), if that is easy to tell.
pub(super) fn hint(root: &Value, schema: &Value, node: &Node) -> Option<String> {
    let written = match shape(root, schema).0 {
        Shape::Enum(variants) => inside_variant(root, &variants, node),
        _ => meant_inside(root, schema, node),
    }?;
    Some(format!("write `{written}`"))
}

/// `node` as the one field of the struct `schema` that accepts it, if one does: `(term: Payoff)`.
pub(super) fn meant_inside(root: &Value, schema: &Value, node: &Node) -> Option<String> {
    let Shape::Struct { fields, name, .. } = shape(root, schema).0 else { return None };
    let (word, ending) = word_of(node)?;
    if name == Some(word) {
        return None;
    }
    let field = fields.iter().find(|(_, schema)| has_variant(root, schema, word))?.0;
    Some(format!("({field}: {word}{ending})"))
}

/// `node` wrapped in the first of `variants` that holds such a value.
fn inside_variant(root: &Value, variants: &[Variant<'_>], node: &Node) -> Option<String> {
    let holds = |payload: &Value| match (&shape(root, payload).0, &node.kind) {
        (Shape::Text, Kind::Text(text)) | (Shape::Text, Kind::Word(text)) => Some(quote(text)),
        (Shape::Integer { .. }, Kind::Number(number)) if number.parse::<i64>().is_ok() => Some(number.clone()),
        (Shape::Number, Kind::Number(number)) => Some(number.clone()),
        (Shape::Enum(_), _) => {
            let (word, ending) = word_of(node)?;
            has_variant(root, payload, word).then(|| format!("{word}{ending}"))
        }
        _ => None,
    };
    // A word may name a variant further in, which is a closer match than any text.
    let deeper = |variant: &&Variant<'_>| variant.payload.is_some_and(|p| matches!(shape(root, p).0, Shape::Enum(_)));
    let ordered = variants.iter().filter(deeper).chain(variants.iter().filter(|variant| !deeper(variant)));
    ordered.filter_map(|variant| Some(format!("{}({})", variant.name, holds(variant.payload?)?))).next()
}

/// The word that `node` is or begins with, and what stands in for the rest.
fn word_of(node: &Node) -> Option<(&str, &'static str)> {
    match &node.kind {
        Kind::Word(word) => Some((word, "")),
        Kind::Tuple { name: Some(name), items } if items.is_empty() => Some((&name.text, "()")),
        Kind::Tuple { name: Some(name), .. } | Kind::Struct { name: Some(name), .. } => Some((&name.text, "(…)")),
        _ => None,
    }
}

fn has_variant(root: &Value, schema: &Value, word: &str) -> bool {
    match shape(root, schema).0 {
        Shape::Enum(variants) => variants.iter().any(|variant| variant.name == word),
        _ => false,
    }
}
