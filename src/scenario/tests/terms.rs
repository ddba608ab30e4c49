//! Scenarios and explanations have the same reward terms.

use crate::morals::explain::{find, names};
use crate::scenario::format::TermSpec;
use crate::scenario::text::resolved::ron_options;
use serde_json::Value;
use std::collections::BTreeSet;

/// Names of the variants of [`TermSpec`], from its schema, so that a new variant cannot be forgotten here.
fn variants() -> BTreeSet<String> {
    fn collect(schema: &Value, names: &mut BTreeSet<String>) {
        for alternative in schema["oneOf"].as_array().into_iter().flatten() {
            names.extend(alternative["const"].as_str().map(str::to_owned));
            for name in alternative["enum"].as_array().into_iter().flatten() {
                names.extend(name.as_str().map(str::to_owned));
            }
            names.extend(alternative["properties"].as_object().into_iter().flat_map(|fields| fields.keys().cloned()));
        }
    }
    let mut names = BTreeSet::new();
    collect(schemars::schema_for!(TermSpec).as_value(), &mut names);
    names
}

#[test]
fn every_term_of_a_scenario_is_explained_and_nothing_else_is() {
    let variants = variants();
    assert!(variants.contains("Payoff") && variants.contains("VirtueMixed") && variants.contains("Custom"));
    let explained: BTreeSet<_> = variants.iter().map(|v| find(v).unwrap_or_else(|| panic!("{v}")).name).collect();
    assert_eq!(explained, names().collect());
    assert_eq!(explained.len(), variants.len());
}

#[test]
fn every_term_is_explained_by_the_name_of_its_column() {
    for variant in variants().into_iter().filter(|variant| variant != "Custom") {
        let explanation = find(&variant).unwrap();
        let written = if explanation.parameters.is_empty() { variant.clone() } else { format!("{variant}()") };
        let term: TermSpec = ron_options().from_str(&written).unwrap();
        assert_eq!((term.name(), term.word()), (explanation.name, &*variant));
        let opposite = term.listed().unwrap().opposite().map(|word| word.split('(').next().unwrap());
        assert!(opposite.is_none_or(|word| variants().contains(word)), "{variant} has the opposite {opposite:?}");
    }
}

#[test]
fn stated_defaults_are_those_of_the_scenario() {
    for variant in variants() {
        let explanation = find(&variant).unwrap();
        if variant == "Custom" || explanation.parameters.is_empty() {
            continue;
        }
        let term: TermSpec = ron_options().from_str(&format!("{variant}()")).unwrap();
        let value = serde_json::to_value(term).unwrap();
        let fields = value[&variant].as_object().unwrap();
        assert_eq!(fields.len(), explanation.parameters.len(), "{variant}");
        for parameter in explanation.parameters {
            assert_eq!(fields[parameter.name].as_f64(), Some(parameter.default), "{variant}");
        }
    }
}
