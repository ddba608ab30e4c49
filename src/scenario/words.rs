//! Every field and every value of a scenario in a list, from the schema that scenarios are checked by.

use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};

/// A field of a scenario, or a value that is a word of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The last part of the path.
    pub name: String,
    /// Where a scenario says it: `output.every`, `populations[].policy.Llm.adapter.rank`.
    pub path: String,
    /// What a field takes; `None` for a value.
    pub kind: Option<String>,
    /// What a field is where it is left out; `None` if it must be given, and for values.
    pub default: Option<String>,
    /// What it means.
    pub meaning: String,
}

/// The types of `schema`, a JSON Schema with its types in `$defs`: the name by which readers know each, what it means,
/// and its fields or values.
pub fn types(schema: &Value) -> impl Iterator<Item = (&str, String, Vec<Word>)> {
    let all = schema["$defs"].as_object().into_iter().flatten();
    all.map(move |(name, of_type)| {
        let mut words = Words { root: schema, met: BTreeSet::new(), due: VecDeque::new(), all: Vec::new() };
        words.own(if name == "PopulationSpec" { POPULATION } else { name }, of_type);
        (type_name(name), meaning(of_type), words.all)
    })
}

/// The name of a type of the schema, as readers know it: `LoraConfig` as `Lora`.
pub fn type_name(name: &str) -> &str {
    name.strip_suffix("Spec").or_else(|| name.strip_suffix("Config")).unwrap_or(name)
}

/// What is said of a default that is made of fields with defaults of their own.
pub const SEE_FIELDS: &str = "see its fields";

/// Every field and value of `schema`, a JSON Schema with its types in `$defs`. A type that is used in several places is
/// listed where it is met first.
pub fn words(schema: &Value) -> Vec<Word> {
    let mut words = Words { root: schema, met: BTreeSet::new(), due: VecDeque::new(), all: Vec::new() };
    words.fields("", schema);
    while let Some((path, schema)) = words.due.pop_front() {
        words.inside(&path, schema);
    }
    words.all
}

/// Where the fields of a population are.
const POPULATION: &str = "populations[]";

struct Words<'a> {
    root: &'a Value,
    /// Types met so far, by name.
    met: BTreeSet<&'a str>,
    /// Paths whose schema has not been looked into yet.
    due: VecDeque<(String, &'a Value)>,
    all: Vec<Word>,
}

impl<'a> Words<'a> {
    /// Whatever `schema`, found at `path`, holds.
    fn inside(&mut self, path: &str, schema: &'a Value) {
        if let Some(name) = named(schema) {
            if self.met.insert(name) {
                self.inside(path, &self.root["$defs"][name]);
            }
            return;
        }
        for option in schema["anyOf"].as_array().into_iter().flatten() {
            self.inside(path, option);
        }
        if schema["items"].is_object() {
            self.inside(&format!("{path}[]"), &schema["items"]);
        }
        self.own(path, schema);
    }

    /// The fields and values of `schema` itself.
    fn own(&mut self, path: &str, schema: &'a Value) {
        self.fields(path, schema);
        match schema["oneOf"].as_array() {
            Some(variants) => variants.iter().for_each(|variant| self.variant(path, variant)),
            None if schema["enum"].is_array() => self.variant(path, schema),
            None => {}
        }
    }

    fn fields(&mut self, path: &str, schema: &'a Value) {
        // The published schema requires less where a file extends another.
        let alone = &self.root["else"];
        let more = match path {
            "" => &alone["required"],
            POPULATION => &alone["properties"]["populations"]["items"]["required"],
            _ => &Value::Null,
        };
        let required = [&schema["required"], more].into_iter().filter_map(Value::as_array).flatten();
        let required: Vec<&Value> = required.collect();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let is_required = required.iter().any(|known| *known == name);
            self.all.push(Word {
                name: name.clone(),
                path: at.clone(),
                kind: Some(kind(field)),
                default: (!is_required).then(|| default(field)),
                meaning: meaning(field),
            });
            self.due.push_back((at, field));
        }
    }

    /// One variant of an enum: words that stand alone, or a word with something in parentheses.
    fn variant(&mut self, path: &str, variant: &'a Value) {
        let alone = variant["enum"].as_array().into_iter().flatten().chain(variant.get("const"));
        for name in alone.filter_map(Value::as_str) {
            self.value(path, name, meaning(variant));
        }
        for (name, payload) in variant["properties"].as_object().into_iter().flatten() {
            self.value(path, name, meaning(variant));
            self.due.push_back((format!("{path}.{name}"), payload));
        }
    }

    fn value(&mut self, path: &str, name: &str, meaning: String) {
        let path = format!("{path}: {name}");
        self.all.push(Word { name: name.to_owned(), path, kind: None, default: None, meaning });
    }
}

/// The name of the type that a schema refers to.
fn named(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// What a field takes, in words.
fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return type_name(name).to_owned();
    }
    let of = |schema: &Value, word: &str| match word {
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "number" => "number".to_owned(),
        "integer" => "whole number".to_owned(),
        "array" if schema["items"].is_object() => format!("list of {}", kind(&schema["items"])),
        "array" if schema["prefixItems"].is_array() => {
            let items = schema["prefixItems"].as_array().into_iter().flatten().map(kind);
            format!("({})", items.collect::<Vec<_>>().join(", "))
        }
        "array" => "list".to_owned(),
        _ => "fields".to_owned(),
    };
    let options = schema["anyOf"].as_array().into_iter().flatten().filter(|option| option["type"] != "null");
    if let Some(inner) = options.into_iter().next() {
        return format!("{} or None", kind(inner));
    }
    match &schema["type"] {
        Value::String(word) => of(schema, word),
        Value::Array(words) => {
            let word = words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or_default();
            format!("{} or None", of(schema, word))
        }
        _ => "fields".to_owned(),
    }
}

/// What a field is where it is left out, as a scenario would say it.
fn default(field: &Value) -> String {
    match field.get("default") {
        None | Some(Value::Null) => "None".into(),
        Some(Value::Object(_)) => SEE_FIELDS.into(),
        Some(Value::String(word)) if named(field).is_some() => word.clone(),
        Some(value) => value.to_string(),
    }
}

/// The description of a schema on one line.
fn meaning(schema: &Value) -> String {
    let words = schema["description"].as_str().unwrap_or_default();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check::shape::{json_schema, published_schema};

    fn all() -> Vec<Word> {
        words(&json_schema())
    }

    #[test]
    fn fields_have_a_place_a_kind_a_default_and_a_meaning() {
        let all = all();
        let at = |path: &str| all.iter().find(|word| word.path == path).unwrap_or_else(|| panic!("no {path}"));
        let every = at("output.every");
        assert_eq!((every.kind.as_deref(), every.default.as_deref()), (Some("whole number"), Some("1")));
        assert!(every.meaning.starts_with("Number of ticks"), "{every:?}");
        assert_eq!((at("ticks").kind.as_deref(), &at("ticks").default), (Some("whole number"), &None));
        assert_eq!(at("opening").default.as_deref(), Some("Blank"));
        assert_eq!(at("populations[].policy.Llm.adapter.rank").kind.as_deref(), Some("whole number"));
        assert!(at("opening: LastMoves").kind.is_none());
        let published = words(&published_schema(&Default::default()));
        for path in ["ticks", "game", "populations[].name", "populations[].policy"] {
            let word = published.iter().find(|word| word.path == path).unwrap_or_else(|| panic!("no {path}"));
            assert_eq!(word.default, None, "{path} is required");
        }
    }

    #[test]
    fn every_word_means_something() {
        let all = all();
        assert!(all.len() > 150, "{}", all.len());
        let silent: Vec<&str> = all.iter().filter(|word| word.meaning.is_empty()).map(|word| &*word.path).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
