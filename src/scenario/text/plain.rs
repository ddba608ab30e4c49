//! Values in the spelling of JSON, YAML and TOML, where RON would use fields, words and tuples. Plugins' parameters may
//! be written this way in RON too.

use super::node::{Field, Kind, Name, Node};
use crate::scenario::check::shape::{Shape, Variant, shape};
use crate::scenario::text::numbers::read_float;
use serde_json::{Map, Value, json};

/// The value as RON would write one of this `schema`, a part of `root`; what does not fit stays as it is.
pub(in crate::scenario) fn as_ron(node: Node, root: &Value, schema: &Value) -> Node {
    if schema["x-params"].is_string() {
        // Its type is looked up later.
        return node;
    }
    let (shape, optional) = shape(root, schema);
    let Node { span, kind } = node;
    let kind = match (&shape, kind) {
        (_, Kind::Word(word)) if optional && word == "null" => Kind::Word("None".into()),
        // TOML has no word for nothing.
        (Shape::Integer { .. } | Shape::Number, Kind::Text(text)) if optional && text == "None" => Kind::Word(text),
        (Shape::Struct { .. }, Kind::Map(entries)) if entries.is_empty() => {
            Kind::Tuple { name: None, items: Vec::new() }
        }
        (Shape::Struct { fields, .. }, Kind::Map(entries)) => match as_fields(entries, root, fields) {
            Ok(fields) => Kind::Struct { name: None, fields },
            Err(entries) => Kind::Map(entries),
        },
        (Shape::Struct { fields: schemas, .. }, Kind::Struct { name, fields }) => {
            let fields = fields.into_iter().map(|field| inside(field, root, schemas)).collect();
            Kind::Struct { name, fields }
        }
        (Shape::Map(inner), Kind::Map(entries)) => {
            Kind::Map(entries.into_iter().map(|(key, value)| (key, as_ron(value, root, inner))).collect())
        }
        (Shape::Map(inner), Kind::Struct { name: None, fields }) => {
            let entry = |Field { name, value }: Field| {
                (Node { span: name.span, kind: Kind::Text(name.text) }, as_ron(value, root, inner))
            };
            Kind::Map(fields.into_iter().map(entry).collect())
        }
        (Shape::Map(_), Kind::Tuple { name: None, items }) if items.is_empty() => Kind::Map(Vec::new()),
        (Shape::List(inner), Kind::List(items)) => {
            Kind::List(items.into_iter().map(|item| as_ron(item, root, inner)).collect())
        }
        (Shape::Tuple(schemas), Kind::List(items) | Kind::Tuple { name: None, items }) => {
            Kind::Tuple { name: None, items: each(items, root, schemas) }
        }
        (Shape::Enum(_), Kind::Text(word)) => Kind::Word(word),
        (Shape::Enum(variants), Kind::Map(entries)) => as_variant(entries, root, variants),
        (Shape::Enum(variants), kind) => as_contents(kind, root, variants),
        (_, kind) => kind,
    };
    Node { span, kind }
}

/// The values, each as one of the schema in the same place.
fn each(items: Vec<Node>, root: &Value, schemas: &[Value]) -> Vec<Node> {
    let spelt = |(i, item): (usize, Node)| match schemas.get(i) {
        Some(schema) => as_ron(item, root, schema),
        None => item,
    };
    items.into_iter().enumerate().map(spelt).collect()
}

fn inside(Field { name, value }: Field, root: &Value, schemas: &Map<String, Value>) -> Field {
    let value = match schemas.get(&name.text) {
        Some(schema) => as_ron(value, root, schema),
        None => value,
    };
    Field { name, value }
}

/// The entries as fields; as they are if a key is no string.
fn as_fields(
    entries: Vec<(Node, Node)>,
    root: &Value,
    schemas: &Map<String, Value>,
) -> Result<Vec<Field>, Vec<(Node, Node)>> {
    if entries.iter().any(|(key, _)| !matches!(key.kind, Kind::Text(_))) {
        return Err(entries);
    }
    let field = |(key, value): (Node, Node)| match key.kind {
        Kind::Text(text) => Some(inside(Field { name: Name { text, span: key.span }, value }, root, schemas)),
        _ => None,
    };
    Ok(entries.into_iter().filter_map(field).collect())
}

/// `{"Name": contents}` as `Name(contents)`.
fn as_variant(mut entries: Vec<(Node, Node)>, root: &Value, variants: &[Variant<'_>]) -> Kind {
    let is_one = entries.len() == 1 && matches!(entries[0].0.kind, Kind::Text(_));
    let Some((Node { kind: Kind::Text(text), span }, contents)) = entries.pop().filter(|_| is_one) else {
        return Kind::Map(entries);
    };
    let name = Some(Name { text, span });
    let variant = variants.iter().find(|variant| name.as_ref().is_some_and(|name| name.text == variant.name));
    let Some(payload) = variant.and_then(|variant| variant.payload) else {
        return Kind::Tuple { name, items: vec![contents] };
    };
    match (shape(root, payload).0, contents) {
        (Shape::Struct { fields, .. }, Node { kind: Kind::Map(entries), span }) => {
            match as_fields(entries, root, fields) {
                Ok(fields) => Kind::Struct { name, fields },
                Err(entries) => Kind::Tuple { name, items: vec![Node { span, kind: Kind::Map(entries) }] },
            }
        }
        (Shape::Tuple(schemas), Node { kind: Kind::List(items), .. }) => {
            Kind::Tuple { name, items: each(items, root, schemas) }
        }
        (_, contents) => Kind::Tuple { name, items: vec![as_ron(contents, root, payload)] },
    }
}

/// What `Name(…)` holds, spelt as in RON.
fn as_contents(kind: Kind, root: &Value, variants: &[Variant<'_>]) -> Kind {
    let payload = |name: &Option<Name>| {
        let name = name.as_ref()?;
        variants.iter().find(|variant| variant.name == name.text)?.payload
    };
    match kind {
        Kind::Struct { name, fields } => match payload(&name).map(|payload| shape(root, payload).0) {
            Some(Shape::Struct { fields: schemas, .. }) => {
                let fields = fields.into_iter().map(|field| inside(field, root, schemas)).collect();
                Kind::Struct { name, fields }
            }
            _ => Kind::Struct { name, fields },
        },
        Kind::Tuple { name, items } => match payload(&name) {
            Some(payload) => {
                let items = match shape(root, payload).0 {
                    Shape::Tuple(schemas) => each(items, root, schemas),
                    _ => items.into_iter().map(|item| as_ron(item, root, payload)).collect(),
                };
                Kind::Tuple { name, items }
            }
            None => Kind::Tuple { name, items },
        },
        kind => kind,
    }
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
        Kind::Word(word) if word == "None" || word == "null" => Value::Null,
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
