//! Values written as JSON, YAML and TOML.

use super::syntax::Syntax;
use serde_json::{Map, Value};

/// The fields of `value`, an object, as a file of this language; `None` for RON, which writes words where a plain value
/// has only strings. Fields have the order in which their names come in `ron`, the same scenario in RON.
pub(super) fn written(value: &Value, syntax: Syntax, ron: &str) -> Option<String> {
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    let writer = Writer { syntax, ron };
    match syntax {
        Syntax::Ron => None,
        Syntax::Json => Some(writer.json_document(object)),
        Syntax::Yaml => Some(writer.yaml_fields(object, 0)),
        Syntax::Toml => Some(writer.toml_document(object)),
    }
}

struct Writer<'a> {
    syntax: Syntax,
    ron: &'a str,
}

impl Writer<'_> {
    /// The fields in the order of the scenario in RON, without those that the language cannot write.
    fn fields<'v>(&self, object: &'v Map<String, Value>) -> Vec<(&'v String, &'v Value)> {
        // TOML has no word for nothing, so a field that holds it is left out.
        let mut fields: Vec<_> =
            object.iter().filter(|(_, value)| self.syntax != Syntax::Toml || !value.is_null()).collect();
        fields.sort_by_key(|(name, _)| self.ron.find(&format!("{name}:")).unwrap_or(usize::MAX));
        fields
    }

    /// Fields on lines of their own; so are the items of lists of objects.
    fn json_document(&self, object: &Map<String, Value>) -> String {
        let line = |(name, value): (&String, &Value)| {
            let text = match value.as_array().filter(|items| items.iter().any(Value::is_object)) {
                Some(items) => {
                    let items: Vec<String> = items.iter().map(|item| format!("    {}", self.inline(item))).collect();
                    format!("[\n{}\n  ]", items.join(",\n"))
                }
                None => self.inline(value),
            };
            format!("  {}: {text}", Value::from(name.as_str()))
        };
        let lines: Vec<String> = self.fields(object).into_iter().map(line).collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }

    /// Fields of a mapping, each on a line of its own; lists of mappings too.
    fn yaml_fields(&self, object: &Map<String, Value>, indent: usize) -> String {
        let (mut text, pad) = (String::new(), " ".repeat(indent));
        for (name, value) in self.fields(object) {
            let name = yaml_word(name);
            match value {
                Value::Array(items) if items.iter().any(Value::is_object) => {
                    text += &format!("{pad}{name}:\n");
                    for item in items {
                        text += &match item.as_object().filter(|fields| !fields.is_empty()) {
                            Some(fields) => {
                                format!("{pad}  - {}", self.yaml_fields(fields, indent + 4).trim_start())
                            }
                            None => format!("{pad}  - {}\n", self.inline(item)),
                        };
                    }
                }
                Value::Object(fields) if fields.values().any(|value| value.is_object() || value.is_array()) => {
                    text += &format!("{pad}{name}:\n{}", self.yaml_fields(fields, indent + 2));
                }
                value => text += &format!("{pad}{name}: {}\n", self.inline(value)),
            }
        }
        text
    }

    /// Fields on lines of their own, and below them the lists of tables, each table under its head.
    fn toml_document(&self, object: &Map<String, Value>) -> String {
        let is_tables = |value: &Value| {
            value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
        };
        let (tables, fields): (Vec<_>, Vec<_>) =
            self.fields(object).into_iter().partition(|(_, value)| is_tables(value));
        let line = |(name, value): (&String, &Value)| format!("{} = {}\n", key(name, Syntax::Toml), self.inline(value));
        let mut text: String = fields.into_iter().map(line).collect();
        for (name, items) in tables {
            for fields in items.as_array().into_iter().flatten().filter_map(Value::as_object) {
                text += &format!("\n[[{name}]]\n");
                text.extend(self.fields(fields).into_iter().map(line));
            }
        }
        text
    }

    /// A value on one line.
    fn inline(&self, value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let fields = self.fields(fields).into_iter();
                let inside: Vec<(String, String)> =
                    fields.map(|(name, value)| (key(name, self.syntax), self.inline(value))).collect();
                let inside: Vec<(&str, &str)> = inside.iter().map(|(name, value)| (&**name, &**value)).collect();
                self.syntax.fields(&inside)
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.inline(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::String(text) if self.syntax == Syntax::Yaml => yaml_word(text),
            // Readers of YAML 1.1 take a number with an exponent for a string if it has no point.
            Value::Number(number) => {
                let text = number.to_string();
                if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
            }
            value => value.to_string(),
        }
    }
}

/// A name as [`Syntax::fields`] takes it.
fn key(name: &str, syntax: Syntax) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    match syntax {
        Syntax::Yaml => yaml_word(name),
        Syntax::Toml if !is_bare => Value::from(name).to_string(),
        _ => name.to_owned(),
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
