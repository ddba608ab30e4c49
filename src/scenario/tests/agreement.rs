//! The checker with spans and `ron` itself agree, on spellings and on broken files.

use super::{known, shipped, with};
use crate::scenario::check::shape::json_schema;
use crate::scenario::check::structure::check;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::load::load_text;
use crate::scenario::text::resolved::ron_options;
use crate::scenario::text::{Sources, Syntax, parse};
use crate::testing::property_config;
use crate::world::Factories;
use proptest::prelude::*;
use proptest::sample::Index;

/// What the checker makes of `source`: the spec it describes, if the checker has no objection.
fn checked(source: &str, schema: &serde_json::Value) -> Option<ScenarioSpec> {
    let parsed = parse(source);
    let sources = Sources::of("test.ron", source, Syntax::Ron);
    let checked = check(parsed.root.as_ref()?, schema, &Factories::default(), &sources);
    let sound = parsed.problems.is_empty() && checked.problems.is_empty();
    sound.then(|| serde_json::from_value(checked.value).unwrap())
}

#[test]
fn checker_and_ron_agree_on_spelling_variants() {
    let schema = json_schema();
    let variants = [
        ("Grpo()", "Some(Grpo())"),
        ("Grpo()", "None"),
        ("Grpo()", "GrpoConfig()"),
        ("Grpo()", "Grpo(GrpoConfig())"),
        ("Grpo()", "Grpo ( discount : 0.5 , )"),
        ("Grpo()", "Grpo(discount: 1, optimizer: OptimizerConfig(max_grad_norm: Some(2)))"),
        ("Llm()", "Llm(prompt: (persona: \"x\"))"),
        ("Llm()", "Llm(prompt: Some(persona: \"x\"))"),
        ("Llm()", "Llm(prompt: Some((persona: \"x\")))"),
        ("Llm()", "Llm(prompt: PromptConfig(system: Some(\"\\u{e9}\\n\")))"),
        ("Llm()", "Llm(adapter: (targets: [q_proj, v_proj]))"),
        ("Llm()", "Llm(prompt: None, from: r#\"a\"b\"#)"),
        ("Fixed(5)", "Fixed(5,)"),
        ("Fixed(5)", "Fixed((5))"),
        ("Fixed(5)", "Fixed(0x1F)"),
        ("Fixed(5)", "Fixed(5u32)"),
        ("Fixed(5)", "Fixed(1_0)"),
        ("Fixed(5)", "Fixed(5.0)"),
        ("Fixed(5)", "Fixed"),
        ("Fixed(5)", "Continue(probability: .5)"),
        ("noise: 0.0", "noise: 1f64"),
        ("noise: 0.0", "noise: 0,"),
        ("noise: 0.0", "noise: 0,,"),
        ("noise: 0.0", "noise 0"),
        ("noise: 0.0", "/* a /* b */ c */ noise: 0.5"),
        ("noise: 0.0", "matchmaking: RoundRobin()"),
        ("noise: 0.0", "matchmaking: FixedPairs([(\"a\", \"b\"),])"),
        ("noise: 0.0", "matchmaking: FixedPairs([(\"a\")])"),
        ("noise: 0.0", "output: (moves: true)"),
        ("noise: 0.0", "output: (moves: yes)"),
        ("noise: 0.0", "output: {}"),
        ("noise: 0.0", "r#noise: 0.5"),
        ("noise: 0.0", "seed: 18446744073709551615"),
        ("noise: 0.0", "seed: 18446744073709551616"),
        ("(\n  version", "ScenarioSpec(\n  version"),
        ("(\n  version", "Scenario(\n  version"),
        ("(\n  version", "#![enable(implicit_some)]\n(\n  version"),
        ("(\n  version", "#![enable(nonsense)]\n(\n  version"),
        ("Named(\"prisoners_dilemma\")", "Custom(name: \"x\", params: {\"a\": 1, \"b\": 2.5})"),
        ("Named(\"prisoners_dilemma\")", "Matrix(name: \"m\", actions: [\"c\"], payoffs: [[(1, 2)]])"),
    ];
    for (from, to) in variants {
        let source = with(from, to);
        let theirs = ron_options().from_str::<ScenarioSpec>(&source);
        assert_eq!(checked(&source, &schema), theirs.clone().ok(), "{to}: ron says {theirs:?}");
    }
}

proptest! {
    #![proptest_config(property_config(400))]

    /// After a stretch of a shipped file is deleted, doubled or swapped, the checker and ron still agree.
    #[test]
    fn checker_and_ron_agree_on_mutations(file in any::<Index>(), at in 0.0..1.0f64, length in 1usize..12, with in "[a-zA-Z0-9_(),:\\[\\]{}\"' .+-]{0,3}") {
        let source = std::fs::read_to_string(file.get(&shipped())).unwrap();
        let boundaries: Vec<usize> = source.char_indices().map(|(i, _)| i).collect();
        let start = (at * boundaries.len() as f64) as usize;
        let end = (start + length).min(boundaries.len() - 1);
        let mutated = format!("{}{with}{}", &source[..boundaries[start.min(end)]], &source[boundaries[end]..]);
        let theirs = ron_options().from_str::<ScenarioSpec>(&mutated);
        let finite = |spec: &ScenarioSpec| !format!("{spec:?}").contains("inf") && !format!("{spec:?}").contains("NaN");
        let theirs = theirs.ok().filter(finite);
        prop_assert_eq!(checked(&mutated, &json_schema()), theirs, "{}", mutated);
        // Whatever it is, loading it must not panic, and must show something if it fails.
        if let Err(errors) = load_text("m.ron", &mutated, "m", &[], &known()) {
            prop_assert!(errors.render(false).contains("error"));
        }
    }
}
