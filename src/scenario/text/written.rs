//! Values written as JSON, YAML and TOML.

use super::syntax::Syntax;
use serde_json::{Map, Value};

/// The fields of `value`, an object, as a file of this language; `None` for RON, which writes words where a plain value
/// has only strings.
pub(super) fn written(value: &Value, syntax: Syntax) -> Option<String> {
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    match syntax {
        Syntax::Ron => None,
        Syntax::Json => Some(format!("{value:#}\n")),
        Syntax::Yaml => Some(yaml_fields(object, 0)),
        Syntax::Toml => Some(toml_document(object)),
    }
}

/// Fields of a mapping, each on a line of its own; lists of mappings too.
fn yaml_fields(object: &Map<String, Value>, indent: usize) -> String {
    let mut text = String::new();
    for (name, value) in object {
        let (name, pad) = (yaml_word(name), " ".repeat(indent));
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                text += &format!("{pad}{name}:\n");
                for item in items {
                    text += &match item.as_object().filter(|fields| !fields.is_empty()) {
                        Some(fields) => {
                            let inside = yaml_fields(fields, indent + 4);
                            format!("{pad}  - {}", inside.trim_start())
                        }
                        None => format!("{pad}  - {}\n", inline(item, Syntax::Yaml)),
                    };
                }
            }
            Value::Object(fields) if fields.values().any(|value| value.is_object() || value.is_array()) => {
                text += &format!("{pad}{name}:\n{}", yaml_fields(fields, indent + 2));
            }
            value => text += &format!("{pad}{name}: {}\n", inline(value, Syntax::Yaml)),
        }
    }
    text
}

/// Fields on lines of their own, and below them the lists of tables, each table under its head.
fn toml_document(object: &Map<String, Value>) -> String {
    let is_tables =
        |value: &Value| value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object));
    let (tables, fields): (Vec<_>, Vec<_>) =
        object.iter().filter(|(_, value)| !value.is_null()).partition(|(_, value)| is_tables(value));
    let mut text: String = fields.iter().map(|(name, value)| toml_field(name, value)).collect();
    for (name, items) in tables {
        for item in items.as_array().into_iter().flatten() {
            text += &format!("\n[[{name}]]\n");
            let inside = item.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
            text.extend(inside.map(|(name, value)| toml_field(name, value)));
        }
    }
    text
}

fn toml_field(name: &str, value: &Value) -> String {
    format!("{} = {}\n", key(name, Syntax::Toml), inline(value, Syntax::Toml))
}

/// A value on one line. TOML has no word for nothing, so a field that holds it is left out.
fn inline(value: &Value, syntax: Syntax) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| syntax != Syntax::Toml || !value.is_null());
            let inside: Vec<(String, String)> =
                fields.map(|(name, value)| (key(name, syntax), inline(value, syntax))).collect();
            let inside: Vec<(&str, &str)> = inside.iter().map(|(name, value)| (&**name, &**value)).collect();
            syntax.fields(&inside)
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, syntax)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if syntax == Syntax::Yaml => yaml_word(text),
        // Readers of YAML 1.1 take a number with an exponent for a string if it has no point.
        Value::Number(number) => {
            let text = number.to_string();
            if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
        }
        value => value.to_string(),
    }
}

fn key(name: &str, syntax: Syntax) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    match syntax {
        Syntax::Yaml => yaml_word(name),
        _ if is_bare => name.to_owned(),
        _ => Value::from(name).to_string(),
    }
}

/// Words without quotes, everything else in those of JSON, which YAML reads too.
fn yaml_word(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    // Words that some version of YAML takes for something else.
    let is_taken = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&&*text.to_ascii_lowercase());
    if is_word && !is_taken { text.to_owned() } else { Value::from(text).to_string() }
}
