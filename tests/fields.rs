//! `docs/fields.md`, every field of a scenario, is generated from the schema that the program checks scenarios by.

use crate::support::check_golden;
use agora::scenario::check::shape::json_schema;
use agora::scenario::format::{
    GameSpec, HorizonSpec, LearnerSpec, MatchmakingSpec, PolicySpec, StrategySpec, TermSpec, UpdateRuleSpec,
};
use agora::scenario::text::resolved::ron_options;
use agora::scenario::words::type_name;
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt::Write;

const HEAD: &str = "\
# Every field of a scenario

Written from the schema that `sim schema` prints: what each field means, and what it is when a file
leaves it out. A field without a default must be given. [Scenarios](scenarios.md) shows them at work,
and two things that belong to the file: `extends`, the file on which this one builds, and `$schema`,
by which editors find the schema.
";

/// The types of a schema in the order in which they are first mentioned.
struct Page<'a> {
    root: &'a Value,
    due: VecDeque<&'a str>,
    known: Vec<&'a str>,
    text: String,
}

impl<'a> Page<'a> {
    /// The name of a type in a table: a link if it has a section of its own.
    fn kind(&mut self, schema: &'a Value) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
            if !self.known.contains(&name) {
                self.known.push(name);
                self.due.push_back(name);
            }
            let name = type_name(name);
            return format!("[{name}](#{})", name.to_lowercase());
        }
        if let Some(options) = schema["anyOf"].as_array() {
            let inner = options.iter().find(|option| option["type"] != "null").unwrap();
            return format!("{} or `None`", self.kind(inner));
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => {
                kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
            }
            kind => kind.as_str().unwrap_or_default(),
        };
        let name = match kind {
            "string" => "text".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "number" => "number".to_owned(),
            "integer" => "whole number".to_owned(),
            "array" => match schema["prefixItems"].as_array() {
                Some(items) => format!("({})", items.iter().map(|item| self.kind(item)).collect::<Vec<_>>().join(", ")),
                None => format!("list of {}", self.kind(&schema["items"])),
            },
            _ => "fields".to_owned(),
        };
        if schema["type"].is_array() { format!("{name} or `None`") } else { name }
    }

    /// A table of the fields of `schema`.
    fn fields(&mut self, schema: &'a Value) {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        self.text.push_str("\n| field | type | default | meaning |\n|---|---|---|---|\n");
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let kind = self.kind(field);
            let default = match field.get("default") {
                _ if required.contains(&name.as_str()) => String::new(),
                Some(Value::Null) => "`None`".to_owned(),
                None => {
                    assert!(kind.ends_with("or `None`"), "`{name}` has a default that the schema does not tell");
                    "`None`".to_owned()
                }
                Some(Value::Object(_)) => "its defaults".to_owned(),
                Some(Value::String(word)) if kind.starts_with("[") => format!("`{word}`"),
                Some(value) => format!("`{value}`"),
            };
            let meaning = one_line(field);
            let _ = writeln!(self.text, "| `{name}` | {kind} | {default} | {meaning} |");
        }
    }

    /// The variants of an enum, each with its fields.
    fn variants(&mut self, schema: &'a Value) {
        let all: Vec<&Value> =
            schema["oneOf"].as_array().map_or_else(|| vec![schema], |options| options.iter().collect());
        for variant in all {
            for word in variant["enum"].as_array().into_iter().flatten().chain(variant.get("const")) {
                let meaning = one_line(variant);
                let _ = writeln!(
                    self.text,
                    "\n- `{}`{}{meaning}",
                    word.as_str().unwrap(),
                    if meaning.is_empty() { "" } else { ": " }
                );
            }
            for (name, payload) in variant["properties"].as_object().into_iter().flatten() {
                let meaning = one_line(variant);
                let _ = writeln!(self.text, "\n- `{name}(…)`: {meaning}");
                if let Some(example) = example(self.root, name, payload) {
                    let _ = writeln!(self.text, "  Example: `{example}`");
                }
                if payload["properties"].is_object() {
                    self.fields(payload);
                } else {
                    let kind = self.kind(payload);
                    let _ = writeln!(self.text, "  It holds {kind}.");
                }
            }
        }
    }
}

/// The most fields of an example that need not be given.
const OPTIONAL_MAX: usize = 3;

/// What a schema refers to, or itself.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

/// A variant as a scenario may write it: its own example, or its required fields with values of their types and some
/// others with their defaults. `None` for what a plugin defines.
fn example(root: &Value, name: &str, payload: &Value) -> Option<String> {
    let payload = resolved(root, payload);
    if name == "Custom" {
        return None;
    }
    let own = format!("{name}(");
    if let Some(example) = listed().find(|example| example.starts_with(&own)) {
        return Some(example.to_owned());
    }
    if let Some(example) = payload["x-example"].as_str() {
        return Some(example.to_owned());
    }
    let Some(fields) = payload["properties"].as_object() else {
        return Some(format!("{name}({})", sample(root, payload)?));
    };
    let is_required = |field: &str| payload["required"].as_array().into_iter().flatten().any(|known| known == field);
    let mut parts = Vec::new();
    for (field, schema) in fields.iter().filter(|(field, _)| is_required(field)) {
        parts.push(format!("{field}: {}", sample(root, schema)?));
    }
    let optional = fields.iter().filter(|(field, _)| !is_required(field));
    let optional = optional.filter_map(|(field, schema)| Some(format!("{field}: {}", default(schema)?)));
    parts.extend(optional.take(OPTIONAL_MAX));
    Some(format!("{name}({})", parts.join(", ")))
}

/// The examples that `sim explain` shows.
fn listed() -> impl Iterator<Item = &'static str> {
    let games = agora::games::KINDS.iter().map(|kind| kind.example);
    let others = agora::structure::GRAPHS.iter().chain(agora::evolution::UPDATE_RULES).chain(agora::reputation::NORMS);
    games.chain(others.map(|listed| listed.example))
}

/// The default of a field, if it is a word or a number.
fn default(schema: &Value) -> Option<String> {
    match schema.get("default")? {
        Value::String(word) if schema["$ref"].is_string() => Some(word.clone()),
        Value::String(text) => Some(format!("{text:?}")),
        value @ (Value::Bool(_) | Value::Number(_)) => Some(value.to_string()),
        _ => None,
    }
}

/// Some value of a type.
fn sample(root: &Value, schema: &Value) -> Option<String> {
    let schema = resolved(root, schema);
    if let Some(items) = schema["prefixItems"].as_array() {
        let items: Option<Vec<String>> = items.iter().map(|item| sample(root, item)).collect();
        return Some(format!("({})", items?.join(", ")));
    }
    let of_variant = |variant: &Value| {
        let word = variant["enum"].as_array().and_then(|words| words.first()).or_else(|| variant.get("const"));
        let (name, payload) = match word.and_then(Value::as_str) {
            Some(word) => return Some(word.to_owned()),
            None => variant["properties"].as_object()?.iter().next()?,
        };
        example(root, name, payload)
    };
    if schema["enum"].is_array() {
        return of_variant(schema);
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        return variants.iter().find_map(of_variant);
    }
    match schema["type"].as_str()? {
        "string" => Some("\"name\"".to_owned()),
        "boolean" => Some("true".to_owned()),
        "number" => Some("0.5".to_owned()),
        "integer" => Some(schema["minimum"].as_u64().unwrap_or(0).max(10).to_string()),
        "array" => Some(format!("[{}]", sample(root, &schema["items"])?)),
        _ => None,
    }
}

/// The description of a schema as one line of a table.
fn one_line(schema: &Value) -> String {
    let words = schema["description"].as_str().unwrap_or_default();
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The page.
fn page() -> String {
    let root = json_schema();
    let mut page = Page { root: &root, due: VecDeque::new(), known: Vec::new(), text: HEAD.to_owned() };
    page.text.push_str("\n## The scenario\n");
    page.fields(&root);
    while let Some(name) = page.due.pop_front() {
        let schema = &page.root["$defs"][name];
        let _ = writeln!(page.text, "\n## {}\n\n{}", type_name(name), one_line(schema));
        if schema["properties"].is_object() {
            page.fields(schema);
        } else {
            page.variants(schema);
        }
    }
    page.text
}

#[test]
fn the_page_of_all_fields_is_as_it_was() {
    check_golden("../../docs/fields.md", &page(), 0.0);
}

/// Every example is one of its type, so that it can be copied.
#[test]
fn examples_can_be_read() {
    let root = json_schema();
    let mut count = 0;
    let mut check = |of: &str, read: &dyn Fn(&str) -> Result<(), String>| {
        let schema = &root["$defs"][of];
        for variant in schema["oneOf"].as_array().into_iter().flatten() {
            for (name, payload) in variant["properties"].as_object().into_iter().flatten() {
                let Some(example) = example(&root, name, payload) else { continue };
                read(&example).unwrap_or_else(|error| panic!("{of}: {example}: {error}"));
                count += 1;
            }
        }
    };
    fn reader<T: serde::de::DeserializeOwned>() -> impl Fn(&str) -> Result<(), String> {
        |text| ron_options().from_str::<T>(text).map(|_| ()).map_err(|error| error.to_string())
    }
    check("GameSpec", &reader::<GameSpec>());
    check("HorizonSpec", &reader::<HorizonSpec>());
    check("LearnerSpec", &reader::<LearnerSpec>());
    check("MatchmakingSpec", &reader::<MatchmakingSpec>());
    check("PolicySpec", &reader::<PolicySpec>());
    check("StrategySpec", &reader::<StrategySpec>());
    check("TermSpec", &reader::<TermSpec>());
    check("UpdateRuleSpec", &reader::<UpdateRuleSpec>());
    assert!(count > 20, "{count}");
}
