//! The shapes that scenario values can have, read off the JSON Schema that is derived from [`ScenarioSpec`].
//!
//! The types stay the single source of truth: a new field or variant is known here without a line of code.

use crate::scenario::format::ScenarioSpec;
use crate::world::Factories;
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

/// The JSON Schema of scenario files.
pub fn json_schema() -> Value {
    schemars::schema_for!(ScenarioSpec).to_value()
}

/// The JSON Schema of scenario files as editors need it: a plugin's parameters have the type that belongs to its name,
/// and there is what belongs to the file and not to the scenario.
pub fn published_schema(offered: &Factories) -> Value {
    let mut schema = json_schema();
    publish(&mut schema, offered);
    publish_file(&mut schema);
    schema
}

/// Adds `$schema`, `extends` and `remove`; what a file leaves to the one that it extends is not required of it.
fn publish_file(schema: &mut Value) {
    let required = schema.as_object_mut().and_then(|root| root.remove("required")).unwrap_or_default();
    let population = &mut schema["$defs"]["PopulationSpec"];
    let population_required = population["required"].take();
    population["required"] = json!(["name"]);
    population["properties"]["remove"] = json!({
        "type": "boolean",
        "description": "With `extends`: takes the population of this name out.",
    });
    schema["properties"]["extends"] = json!({
        "type": "string",
        "description": "A scenario file, seen from this one, whose fields hold where this file says nothing else. \
                        Populations are matched by name; other lists are replaced.",
    });
    schema["properties"]["$schema"] = json!({
        "type": "string",
        "description": "Where editors find this schema; has no meaning otherwise.",
    });
    schema["if"] = json!({ "required": ["extends"] });
    schema["then"] = json!(true);
    schema["else"] = json!({
        "required": required,
        "properties": { "populations": { "items": { "required": population_required } } },
    });
}

fn publish(schema: &mut Value, offered: &Factories) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| publish(item, offered)),
        Value::Object(object) => {
            let kind =
                object.get("properties").and_then(|fields| fields["params"]["x-params"].as_str()).map(String::from);
            let of_kind = offered.all().filter(|(known, ..)| Some(*known) == kind.as_deref());
            let rules: Vec<Value> = of_kind
                .map(|(_, name, about, params)| {
                    json!({
                        "if": { "properties": { "name": { "const": name } } },
                        "then": { "description": about, "properties": { "params": params } },
                    })
                })
                .collect();
            object.values_mut().for_each(|value| publish(value, offered));
            if !rules.is_empty() {
                object.insert("allOf".into(), Value::Array(rules));
            }
        }
        _ => {}
    }
}

/// The fields of a struct that has none; its schema does not list them either.
static NO_FIELDS: OnceLock<Map<String, Value>> = OnceLock::new();

/// One variant of an enum.
#[derive(Clone, Copy, Debug)]
pub struct Variant<'s> {
    /// Its name.
    pub name: &'s str,
    /// The schema of what it holds; `None` for a bare word.
    pub payload: Option<&'s Value>,
}

/// What a value must look like.
#[derive(Clone, Debug)]
pub enum Shape<'s> {
    /// One of several variants.
    Enum(Vec<Variant<'s>>),
    /// Named fields.
    Struct {
        /// The name that may precede the parenthesis; `None` for the fields of a variant.
        name: Option<&'s str>,
        /// The schema of each field.
        fields: &'s Map<String, Value>,
        /// The fields without a default.
        required: Vec<&'s str>,
    },
    /// A map from strings to values of one schema.
    Map(&'s Value),
    /// A fixed number of values.
    Tuple(&'s [Value]),
    /// Any number of values of one schema.
    List(&'s Value),
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds, which are both included.
    Integer {
        /// The Rust type, whose name ron takes as a suffix.
        suffix: &'static str,
        /// Smallest value.
        min: i128,
        /// Largest value.
        max: i128,
    },
    /// A real number.
    Number,
    /// Whatever serde makes of it: a plugin's type of a kind that scenarios themselves do not use.
    Any,
}

/// Reads `schema` (a part of `root`): its shape, and whether `None` is a value too.
pub fn shape<'s>(root: &'s Value, schema: &'s Value) -> (Shape<'s>, bool) {
    if let Some(reference) = schema["$ref"].as_str() {
        let (name, target) = resolve(root, reference);
        let (mut shape, optional) = shape(root, target);
        if let Shape::Struct { name: slot, .. } = &mut shape {
            *slot = Some(name);
        }
        return (shape, optional);
    }
    if let Some(options) = schema["anyOf"].as_array() {
        return match &options[..] {
            [inner, null] | [null, inner] if null["type"] == "null" => (shape(root, inner).0, true),
            _ => (Shape::Any, false),
        };
    }
    if schema["oneOf"].is_array() || schema["enum"].is_array() || schema["const"].is_string() {
        return (variants(schema).map_or(Shape::Any, Shape::Enum), false);
    }
    let (kind, optional) = match &schema["type"] {
        Value::Array(kinds) => (kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"), true),
        kind => (kind.as_str(), false),
    };
    let shape = match kind {
        Some("string") => Shape::Text,
        Some("boolean") => Shape::Bool,
        Some("number") => Shape::Number,
        Some("integer") => integer(schema),
        Some("array") => match schema["prefixItems"].as_array() {
            Some(items) => Shape::Tuple(items),
            None => Shape::List(&schema["items"]),
        },
        Some("object") => object(root, schema),
        _ => Shape::Any,
    };
    (shape, optional)
}

/// A value of `schema` that stands in for one that could not be read: the default, or else the simplest.
pub fn placeholder(root: &Value, schema: &Value) -> Value {
    if let Some(default) = schema.get("default") {
        return default.clone();
    }
    let (shape, optional) = shape(root, schema);
    if optional {
        return Value::Null;
    }
    match shape {
        Shape::Enum(variants) => match variants[0].payload {
            None => json!(variants[0].name),
            Some(payload) => json!({ variants[0].name: placeholder(root, payload) }),
        },
        Shape::Struct { fields, required, .. } => {
            required.iter().map(|name| ((*name).to_owned(), placeholder(root, &fields[*name]))).collect()
        }
        Shape::Map(_) => json!({}),
        Shape::Tuple(items) => items.iter().map(|item| placeholder(root, item)).collect(),
        Shape::List(_) => json!([]),
        Shape::Text => json!(""),
        Shape::Bool => json!(false),
        Shape::Integer { min, .. } => json!(i64::try_from(min.max(0)).expect("every integer type here holds 0")),
        Shape::Number => json!(0.0),
        Shape::Any => Value::Null,
    }
}

/// The target of a reference, and its name; the target has no shape if the reference leads outside `root`.
fn resolve<'s>(root: &'s Value, reference: &'s str) -> (&'s str, &'s Value) {
    match reference.strip_prefix("#/$defs/") {
        Some(name) => (name, &root["$defs"][name]),
        None if reference == "#" => (root["title"].as_str().unwrap_or_default(), root),
        None => (reference, &Value::Null),
    }
}

/// The variants of an enum as serde tags them by default; `None` if the enum is tagged otherwise.
fn variants(schema: &Value) -> Option<Vec<Variant<'_>>> {
    if let Some(options) = schema["oneOf"].as_array() {
        let all: Option<Vec<_>> = options.iter().map(variants).collect();
        return Some(all?.into_iter().flatten().collect());
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| Some(Variant { name: word.as_str()?, payload: None })).collect();
    }
    if let Some(name) = schema["const"].as_str() {
        return Some(vec![Variant { name, payload: None }]);
    }
    let properties = schema["properties"].as_object().filter(|properties| properties.len() == 1)?;
    let is_tag = |payload: &Value| !payload["const"].is_string();
    properties
        .iter()
        .map(|(name, payload)| is_tag(payload).then_some(Variant { name, payload: Some(payload) }))
        .collect()
}

fn object<'s>(root: &'s Value, schema: &'s Value) -> Shape<'s> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match schema["properties"].as_object() {
        Some(fields) => {
            let name = std::ptr::eq(root, schema).then(|| schema["title"].as_str()).flatten();
            Shape::Struct { name, fields, required }
        }
        None if schema["additionalProperties"] == false => {
            Shape::Struct { name: None, fields: NO_FIELDS.get_or_init(Map::new), required }
        }
        None => Shape::Map(&schema["additionalProperties"]),
    }
}

fn integer(schema: &Value) -> Shape<'_> {
    let (suffix, min, max) = match schema["format"].as_str() {
        Some("uint8") => ("u8", 0, i128::from(u8::MAX)),
        Some("uint16") => ("u16", 0, i128::from(u16::MAX)),
        Some("uint32") => ("u32", 0, i128::from(u32::MAX)),
        Some("uint" | "uint64") => ("u64", 0, i128::from(u64::MAX)),
        Some("int32") => ("i32", i128::from(i32::MIN), i128::from(i32::MAX)),
        // Refusing values outside narrower types is left to serde.
        _ => ("i64", i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    Shape::Integer { suffix, min, max }
}
