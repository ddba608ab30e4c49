//! What the list of families makes of the rules.

use super::*;
use std::collections::BTreeSet;

#[test]
fn families_are_found_by_their_names_and_no_two_share_one() {
    let words: [fn(&FamilyRules) -> &'static str; 3] =
        [|rules| rules.name, |rules| rules.hf_architecture, |rules| rules.meaning];
    for word in words {
        let names: BTreeSet<_> = Family::ALL.map(|family| word(family.rules())).into();
        assert_eq!(names.len(), Family::ALL.len(), "{names:?}");
        for family in Family::ALL {
            assert_eq!(Family::find(word(family.rules()), word), Ok(family));
        }
    }
    let error = Family::find("mamba", |rules| rules.name).unwrap_err();
    assert_eq!(error, "architecture mamba is not supported; supported are llama, qwen2, qwen3, gemma2, gemma3");
}

/// What scenarios, manifests and the schema say.
#[test]
fn a_family_is_written_as_the_list_names_it_and_meant_as_its_rules_say() {
    let schema = serde_json::to_value(schemars::schema_for!(Family)).unwrap();
    assert_eq!(schema["description"], "A family of decoders that the engine runs.");
    let variants = schema["oneOf"].as_array().unwrap();
    assert_eq!(variants.len(), Family::ALL.len());
    for (family, variant) in Family::ALL.into_iter().zip(variants) {
        let meaning = family.rules().meaning;
        let name = format!("{family:?}");
        assert_eq!(*variant, serde_json::json!({"description": meaning, "type": "string", "const": name}));
        assert_eq!(serde_json::to_value(family).unwrap(), name);
        assert_eq!(family.name(), name.to_lowercase());
        assert_eq!(family.rules().hf_architecture, format!("{name}ForCausalLM"));
    }
}
