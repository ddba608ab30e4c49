//! RON as we read and write it, and a scenario written out with every default.

use super::syntax::Syntax;
use super::written::written;
use crate::scenario::check::shape::json_schema;
use crate::scenario::format::ScenarioSpec;
use ron::extensions::Extensions;
use serde_json::Value;
use std::collections::BTreeSet;

/// How scenario files are read: optional values need no `Some`, and variants no doubled parentheses.
pub fn ron_options() -> ron::Options {
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES | Extensions::UNWRAP_VARIANT_NEWTYPES;
    ron::Options::default().with_default_extension(extensions)
}

/// Writes `spec` as RON that loads back as the same spec, every default spelt out.
pub fn resolved_ron(spec: &ScenarioSpec) -> String {
    let pretty = ron::ser::PrettyConfig::new().indentor("  ".to_owned());
    let text = ron_options().to_string_pretty(spec, pretty).expect("a spec holds nothing that RON cannot write");
    format!("{}\n", without_raw_none(&text))
}

/// Writes `spec` in any of the languages, every default spelt out.
pub fn in_syntax(spec: &ScenarioSpec, syntax: Syntax) -> String {
    let value = serde_json::to_value(spec).expect("a spec holds nothing that JSON cannot write");
    let ron = resolved_ron(spec);
    of_value(&value, syntax, &ron).unwrap_or(ron)
}

/// Writes `value`, the scenario `ron` as JSON, in a language other than RON.
pub(in crate::scenario) fn of_value(value: &Value, syntax: Syntax, ron: &str) -> Option<String> {
    let mut value = value.clone();
    if syntax == Syntax::Toml {
        let mut names = BTreeSet::new();
        not_nothing_by_default(&json_schema(), &mut names);
        spell_nothing(&mut value, &names);
    }
    written(&value, syntax, ron)
}

/// The names of the fields that may be nothing, but are not unless a file says so.
fn not_nothing_by_default(schema: &Value, names: &mut BTreeSet<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if field["type"].is_array() && field.get("default").is_some_and(|default| !default.is_null()) {
            names.insert(name.clone());
        }
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|inner| not_nothing_by_default(inner, names)),
        Value::Array(items) => items.iter().for_each(|inner| not_nothing_by_default(inner, names)),
        _ => {}
    }
}

/// Writes `"None"` where a field of these `names` is nothing, for which TOML has no word.
fn spell_nothing(value: &mut Value, names: &BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if field.is_null() && names.contains(name) {
                    *field = Value::from("None");
                }
                spell_nothing(field, names);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| spell_nothing(item, names)),
        _ => {}
    }
}

/// `text` with every `r#None` outside strings replaced by `None`: ron writes an enum's own variant of that name with
/// `r#`, and reads either.
fn without_raw_none(text: &str) -> String {
    const RAW: &str = "r#None";
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', 'r']) {
        let (before, found) = rest.split_at(at);
        plain.push_str(before);
        let (taken, written) = if found.starts_with('"') {
            let length = string_length(found);
            (length, &found[..length])
        } else if found.starts_with(RAW) {
            (RAW.len(), "None")
        } else {
            (1, "r")
        };
        plain.push_str(written);
        rest = &found[taken..];
    }
    plain + rest
}

/// Bytes of the string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let closes = |(_, c): &(usize, char)| {
        let closes = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        closes
    };
    text.char_indices().skip(1).find(closes).map_or(text.len(), |(at, _)| at + 1)
}
