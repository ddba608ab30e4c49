//! Values in JSON's spelling, where RON would use fields and words: plugins' parameters may be written this way.

use super::{Field, Kind, Name, Node};
use crate::scenario::check::shape::Shape;
use crate::scenario::text::numbers::read_float;
use serde_json::{Value, json};

/// The value as RON would write one of this `shape`, if it is written as in JSON.
pub(in crate::scenario) fn as_ron(node: &Node, shape: &Shape<'_>) -> Option<Node> {
    let kind = match (shape, &node.kind) {
        (Shape::Struct { .. }, Kind::Map(entries)) if entries.is_empty() => {
            Kind::Tuple { name: None, items: Vec::new() }
        }
        (Shape::Struct { .. }, Kind::Map(entries)) => Kind::Struct { name: None, fields: fields(entries)? },
        (Shape::Map(_), Kind::Struct { name: None, fields }) => {
            let entry = |Field { name, value }: &Field| {
                (Node { span: name.span.clone(), kind: Kind::Text(name.text.clone()) }, value.clone())
            };
            Kind::Map(fields.iter().map(entry).collect())
        }
        (Shape::Map(_), Kind::Tuple { name: None, items }) if items.is_empty() => Kind::Map(Vec::new()),
        (Shape::Tuple(_), Kind::List(items)) => Kind::Tuple { name: None, items: items.clone() },
        (Shape::Enum(_), Kind::Text(word)) => Kind::Word(word.clone()),
        (Shape::Enum(variants), Kind::Map(entries)) => {
            let [(Node { kind: Kind::Text(word), span }, payload)] = &entries[..] else { return None };
            let name = Name { text: word.clone(), span: span.clone() };
            variants.iter().find(|variant| variant.name == word)?;
            match &payload.kind {
                Kind::Map(entries) => Kind::Struct { name: Some(name), fields: fields(entries)? },
                Kind::List(items) => Kind::Tuple { name: Some(name), items: items.clone() },
                _ => Kind::Tuple { name: Some(name), items: vec![payload.clone()] },
            }
        }
        _ => return None,
    };
    Some(Node { span: node.span.clone(), kind })
}

/// The entries of a map whose keys are strings, as fields.
fn fields(entries: &[(Node, Node)]) -> Option<Vec<Field>> {
    let field = |(key, value): &(Node, Node)| match &key.kind {
        Kind::Text(text) => {
            let name = Name { text: text.clone(), span: key.span.clone() };
            Some(Field { name, value: value.clone() })
        }
        _ => None,
    };
    entries.iter().map(field).collect()
}

/// The value as JSON, whatever type it should have.
pub(in crate::scenario) fn as_json(node: &Node) -> Value {
    let object =
        |fields: &[Field]| fields.iter().map(|field| (field.name.text.clone(), as_json(&field.value))).collect();
    match &node.kind {
        Kind::Struct { name: None, fields } => Value::Object(object(fields)),
        Kind::Struct { name: Some(name), fields } => json!({ name.text.as_str(): Value::Object(object(fields)) }),
        Kind::Tuple { name: Some(name), items } => {
            json!({ name.text.as_str(): items.iter().map(as_json).collect::<Vec<_>>() })
        }
        Kind::Tuple { name: None, items } if items.is_empty() => json!({}),
        Kind::Tuple { items, .. } | Kind::List(items) => items.iter().map(as_json).collect(),
        Kind::Word(word) if word == "None" => Value::Null,
        Kind::Word(word) if word == "true" || word == "false" => json!(word == "true"),
        Kind::Word(word) => json!(word),
        Kind::Map(entries) => {
            let entry = |(key, value): &(Node, Node)| {
                let key = match &key.kind {
                    Kind::Text(text) => text.clone(),
                    other => format!("{other:?}"),
                };
                (key, as_json(value))
            };
            Value::Object(entries.iter().map(entry).collect())
        }
        Kind::Text(text) => json!(text),
        Kind::Char(character) => json!(character),
        Kind::Number(text) => match (text.parse::<i64>(), read_float(node)) {
            (Ok(whole), _) => json!(whole),
            (_, Some(Ok(number))) => json!(number),
            _ => json!(text),
        },
    }
}
