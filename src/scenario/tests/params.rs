//! The parameters handed to plugins: any type of theirs, in RON's spelling and in JSON's.

use super::{known, load_text, with};
use crate::params::Params;
use crate::scenario::check::Known;
use crate::scenario::format::{GameSpec, PolicySpec};
use crate::scenario::text::resolved::resolved_ron;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every kind of field.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Everything {
    mood: Mood,
    moods: Vec<Mood>,
    weights: BTreeMap<String, f64>,
    pair: (i8, bool),
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    free: Value,
    #[serde(default)]
    tagged: Option<Tagged>,
    #[serde(default)]
    untagged: Option<Untagged>,
    #[serde(default)]
    inner: Vec<Everything>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Mood {
    Calm,
    Angry { by: f64 },
    Sad(u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Tagged {
    One { a: f64 },
    Two { b: f64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(f64),
    Text(String),
    Flag(bool),
}

fn offering() -> Known {
    let mut known = known();
    known.offered.add_policy("every", "Takes everything.", |_: Everything, _| Ok(()));
    known
}

/// What the policy `every` is handed from `params`, or everything that is wrong.
fn handed(params: &str) -> Result<(Params, String), String> {
    let source = with("Scripted(TitForTat)", &format!("Custom(name: \"every\", params: {params})"));
    let scenario = load_text("test.ron", &source, "test", &[], &offering()).map_err(|errors| errors.render(false))?;
    let policy = scenario.spec.populations.iter().find_map(|population| match &population.policy {
        PolicySpec::Custom { params, .. } => Some(params.clone()),
        _ => None,
    });
    Ok((policy.unwrap(), resolved_ron(&scenario.spec)))
}

#[test]
fn a_type_of_any_kind_is_read_in_the_spelling_of_ron_and_of_json() {
    let ron = "(mood: Angry(by: 2), moods: [Calm, Sad(3), Angry(by: 0.5)], weights: {\"a\": 1}, pair: (-3, true), \
               name: Some(\"x\"), free: [1, (a: \"b\")], tagged: (kind: \"Two\", b: 1.5), untagged: \"t\", \
               inner: [(mood: Calm, moods: [], weights: (), pair: (0, false), name: None)])";
    let json = "{\"mood\": {\"Angry\": {\"by\": 2}}, \"moods\": [\"Calm\", {\"Sad\": 3}, {\"Angry\": {\"by\": 0.5}}], \
                \"weights\": {\"a\": 1}, \"pair\": [-3, true], \"name\": \"x\", \"free\": [1, {\"a\": \"b\"}], \
                \"tagged\": {\"kind\": \"Two\", \"b\": 1.5}, \"untagged\": \"t\", \
                \"inner\": [{\"mood\": \"Calm\", \"moods\": [], \"weights\": {}, \"pair\": [0, false], \"name\": None}]}";
    let (params, resolved) = handed(ron).unwrap();
    let value: Everything = serde_json::from_value(params.0.clone()).unwrap();
    assert_eq!((value.mood, value.pair, value.free), (Mood::Angry { by: 2.0 }, (-3, true), json!([1, { "a": "b" }])));
    assert_eq!((value.tagged, value.inner.len()), (Some(Tagged::Two { b: 1.5 }), 1));
    assert_eq!(handed(json).unwrap().0, params);
    // The scenario as a run keeps it reads back as what was written.
    let again =
        load_text("again.ron", &resolved, "test", &[], &offering()).map_err(|errors| errors.render(false)).unwrap();
    assert_eq!(resolved_ron(&again.spec), resolved);
}

#[test]
fn what_does_not_fit_the_type_is_told_and_nothing_panics() {
    let sound = "mood: Calm, moods: [], weights: {}, pair: (1, true)";
    for (params, expected) in [
        ("(mood: Clam, moods: [], weights: {}, pair: (1, true))".to_owned(), "did you mean `Calm`?"),
        (format!("({sound}, nme: \"x\")"), "did you mean `name`?"),
        ("(mood: Calm, moods: [], weights: {}, pair: (300, true))".to_owned(), "`every` refuses its parameters"),
        (format!("({sound}, tagged: (kind: \"Three\"))"), "`every` refuses its parameters"),
        (format!("({sound}, untagged: [1])"), "`every` refuses its parameters"),
        ("5".to_owned(), "expected fields in parentheses"),
        ("Calm".to_owned(), "expected fields in parentheses"),
        ("()".to_owned(), "missing field `mood`"),
    ] {
        let refused = handed(&params).unwrap_err();
        assert!(refused.contains(expected), "{params}:\n{refused}");
    }
}

#[test]
fn two_plugins_of_one_name_are_named_both() {
    let mut known = offering();
    known.offered.add_policy("every", "Takes nothing.", |_: BTreeMap<String, f64>, _| Ok(()));
    let source = with("noise: 0.0", "noise: 0.1");
    let refused = load_text("test.ron", &source, "test", &[], &known).unwrap_err().render(false);
    assert!(refused.contains("two plugins offer a policy called `every`"), "{refused}");
    assert_eq!(refused.matches("tests/params.rs:").count(), 2, "{refused}");
}

#[test]
fn overrides_reach_what_plugins_are_handed() {
    let game = "Custom(name: \"g\", params: (deep: (number: 1), list: [1, 2]))";
    let source = with("Named(\"prisoners_dilemma\")", game);
    let set = ["game.Custom.params.deep.number=7", "game.params.list[1]=9", "game.params.other.new=\"x\""];
    let mut known = known();
    let catalog = || crate::games::catalog::game("stag_hunt").ok_or_else(|| "no such game".to_owned());
    known.offered.add_game("g", "Whatever it is handed.", move |_: Value| catalog());
    let overrides = set.map(String::from);
    let scenario = load_text("test.ron", &source, "test", &overrides, &known).map_err(|e| e.render(false)).unwrap();
    let GameSpec::Custom { params, .. } = scenario.spec.game else { unreachable!("the game is the plugin's") };
    assert_eq!(params.0, json!({ "other": { "new": "x" }, "deep": { "number": 7 }, "list": [1, 9] }));
}
