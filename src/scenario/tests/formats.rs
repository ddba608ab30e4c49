//! Scenarios in RON, JSON, YAML and TOML: the same scenario, the same mistakes, and texts made to do harm.

use super::{known, shipped};
use crate::scenario::check::Known;
use crate::scenario::check::shape::published_schema;
use crate::scenario::load::{load, load_text};
use crate::scenario::text::Syntax;
use crate::scenario::text::resolved::{in_syntax, resolved_ron};
use crate::world::Factories;
use std::time::{Duration, Instant};

const RON: &str = r#"(
  version: 1,
  ticks: 8,
  game: Named("prisoners_dilemma"),
  rounds: Continue(probability: 0.5),
  matchmaking: FixedPairs([("a", "b")]),
  populations: [
    (name: "a", count: 2, policy: Llm(adapter: (rank: 4, targets: [q_proj])), learner: Grpo(),
     rewards: [(term: Payoff, weight: 0.5), (term: Deontological(penalty: 2.0), from: 1)]),
    (name: "b", policy: Scripted(TitForTat), learner: None),
  ],
)
"#;

const JSON: &str = r#"{
  "$schema": "scenario.schema.json",
  "version": 1,
  "ticks": 8,
  "game": {"Named": "prisoners_dilemma"},
  "rounds": {"Continue": {"probability": 0.5}},
  "matchmaking": {"FixedPairs": [["a", "b"]]},
  "populations": [
    {"name": "a", "count": 2, "policy": {"Llm": {"adapter": {"rank": 4, "targets": ["q_proj"]}}},
     "learner": {"Grpo": {}},
     "rewards": [{"term": "Payoff", "weight": 0.5}, {"term": {"Deontological": {"penalty": 2.0}}, "from": 1}]},
    {"name": "b", "policy": {"Scripted": "TitForTat"}, "learner": null}
  ]
}
"#;

const YAML: &str = r#"# yaml-language-server: $schema=scenario.schema.json
version: 1
ticks: 8
game: {Named: prisoners_dilemma}
rounds:
  Continue: {probability: 0.5}
matchmaking:
  FixedPairs: [["a", 'b']]
populations:
  - name: a
    count: 2
    policy: {Llm: {adapter: {rank: 4, targets: [q_proj]}}}
    learner: {Grpo: {}}
    rewards:
      - {term: Payoff, weight: 0.5}
      - term: {Deontological: {penalty: 2.0}}
        from: 1
  - name: b
    policy: {Scripted: TitForTat}
    learner: ~
"#;

const TOML: &str = r#"version = 1
ticks = 8
game = { Named = "prisoners_dilemma" }
rounds = { Continue = { probability = 0.5 } }
matchmaking = { FixedPairs = [["a", "b"]] }

[[populations]]
name = "a"
count = 2
learner = { Grpo = {} }
rewards = [{ term = "Payoff", weight = 0.5 }, { term = { Deontological = { penalty = 2.0 } }, from = 1 }]
[populations.policy.Llm.adapter]
rank = 4
targets = ["q_proj"]

[[populations]]
name = "b"
policy = { Scripted = "TitForTat" }
"#;

const ALL: [(&str, &str); 4] = [("test.ron", RON), ("test.json", JSON), ("test.yaml", YAML), ("test.toml", TOML)];

fn resolved(path: &str, text: &str, overrides: &[&str]) -> Result<String, String> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    let loaded = load_text(path, text, "test", &overrides, &known());
    loaded.map(|scenario| resolved_ron(&scenario.spec)).map_err(|errors| errors.render(false))
}

#[test]
fn one_scenario_in_four_languages_is_one_scenario() {
    let first = resolved("test.ron", RON, &[]).unwrap();
    for (path, text) in ALL {
        assert_eq!(resolved(path, text, &[]).unwrap_or_else(|e| panic!("{e}")), first, "{path}");
        // A byte order mark and the line breaks of another system change nothing.
        let foreign = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(resolved(path, &foreign, &[]).unwrap_or_else(|e| panic!("{e}")), first, "{path}");
    }
    let set = ["ticks=3", "populations.a.policy.adapter.rank=2", "populations.b.policy.Scripted=Grim", "noise=0.1"];
    let first = resolved("test.ron", RON, &set).unwrap();
    for (path, text) in ALL {
        assert_eq!(resolved(path, text, &set).unwrap_or_else(|e| panic!("{e}")), first, "{path}");
    }
}

#[test]
fn every_shipped_scenario_can_be_written_in_every_language() {
    let known = Known { memory_available: None, ..known() };
    for path in shipped() {
        let spec = load(&path, &[], &known).unwrap_or_else(|errors| panic!("{errors}")).spec;
        for (syntax, endings) in Syntax::ALL {
            let written = in_syntax(&spec, syntax);
            let name = format!("again.{}", endings[0]);
            let again = load_text(&name, &written, "", &[], &known);
            let again = again.unwrap_or_else(|errors| panic!("{}: {errors}\n{written}", path.display()));
            assert_eq!(again.spec, spec, "{}\n{written}", path.display());
        }
    }
}

/// What is replaced in each language, by what, the sentence, and what else the message has.
type Mistake = ([(&'static str, &'static str); 4], &'static str, [&'static str; 4]);

const MISTAKES: [Mistake; 8] = [
    (
        [("ticks", "tick"), ("\"ticks\"", "\"tick\""), ("ticks", "tick"), ("ticks", "tick")],
        "error: unknown field `tick`",
        ["test.ron:3:3", "test.json:4:3", "test.yaml:3:1", "test.toml:2:1"],
    ),
    (
        [
            ("ticks: 8", "ticks: 0"),
            ("\"ticks\": 8", "\"ticks\": 0"),
            ("ticks: 8", "ticks: 0"),
            ("ticks = 8", "ticks = 0"),
        ],
        "error: `ticks` must be at least 1",
        ["test.ron:3:10", "test.json:4:12", "test.yaml:3:8", "test.toml:2:9"],
    ),
    (
        [
            ("Named(\"prisoners_dilemma\")", "stag_hunt"),
            ("{\"Named\": \"prisoners_dilemma\"}", "\"stag_hunt\""),
            ("{Named: prisoners_dilemma}", "stag_hunt"),
            ("{ Named = \"prisoners_dilemma\" }", "\"stag_hunt\""),
        ],
        "error: unknown word `stag_hunt`",
        [
            "write `Named(\"stag_hunt\")`",
            "write `{\"Named\": \"stag_hunt\"}`",
            "write `{Named: \"stag_hunt\"}`",
            "write `{ Named = \"stag_hunt\" }`",
        ],
    ),
    (
        [
            ("count: 2", "count: \"two\""),
            ("2, \"policy\"", "\"two\", \"policy\""),
            ("count: 2", "count: two"),
            ("count = 2", "count = \"two\""),
        ],
        "error: found a string for `count`",
        ["test.ron:8:24", "test.json:9:28", "test.yaml:11:12", "test.toml:9:9"],
    ),
    (
        [
            ("term: Payoff", "term: Payof"),
            ("\"Payoff\"", "\"Payof\""),
            ("Payoff", "Payof"),
            ("\"Payoff\"", "\"Payof\""),
        ],
        "error: unknown word `Payof`",
        ["did you mean `Payoff`?"; 4],
    ),
    (
        [
            ("(term: Payoff, weight: 0.5)", "Payoff"),
            ("{\"term\": \"Payoff\", \"weight\": 0.5}", "\"Payoff\""),
            ("{term: Payoff, weight: 0.5}", "Payoff"),
            ("{ term = \"Payoff\", weight = 0.5 }", "\"Payoff\""),
        ],
        "error: found ",
        [
            "write `(term: Payoff)`",
            "write `{\"term\": \"Payoff\"}`",
            "write `{term: Payoff}`",
            "write `{ term = \"Payoff\" }`",
        ],
    ),
    (
        [
            ("count: 2,", "count: 2, count: 3,"),
            ("\"count\": 2,", "\"count\": 2, \"count\": 3,"),
            ("count: 2\n", "count: 2\n    count: 3\n"),
            ("count = 2\n", "count = 2\ncount = 3\n"),
        ],
        "error: field `count` is given twice",
        ["test.ron:8:27", "test.json:9:31", "test.yaml:12:5", "test.toml:10:1"],
    ),
    (
        [
            ("name: \"b\", ", ""),
            ("\"name\": \"b\", ", ""),
            ("- name: b\n    policy", "- policy"),
            ("name = \"b\"\n", ""),
        ],
        "error: missing field `name`",
        ["expected `name: …` in", "expected `\"name\": …` here", "expected `name: …` here", "expected `name = …` here"],
    ),
];

#[test]
fn the_same_mistake_is_the_same_sentence_at_its_place() {
    for (edits, sentence, parts) in MISTAKES {
        for (((path, text), (from, to)), part) in ALL.into_iter().zip(edits).zip(parts) {
            assert!(text.contains(from), "{path}: {from}");
            let rendered = resolved(path, &text.replacen(from, to, 1), &[]).expect_err(to);
            assert!(rendered.contains(sentence) && rendered.contains(part), "no {sentence} {part} in\n{rendered}");
            assert!(rendered.contains(": 1 error;"), "one mistake, one message\n{rendered}");
        }
    }
}

#[test]
fn what_is_no_such_language_is_said_in_a_sentence() {
    for (path, text, part) in [
        ("a.json", "", "the file holds no scenario"),
        ("a.yaml", "# nothing\n", "the file holds no scenario"),
        ("a.toml", "# nothing\n", "the file holds no scenario"),
        ("a.json", "{version: 1}", "strings stand in double quotes: `\"version\"`"),
        ("a.json", "{\"version\": 1,}", "a comma with nothing after it"),
        ("a.json", "{\"version\": 1 // one\n}", "JSON has no comments"),
        ("a.json", "{\"version\": 0x1}", "`0x1` is not a number of JSON"),
        ("a.json", "{\"version\": \"\\q\"}", "unknown escape"),
        ("a.json", "(version: 1)", "unexpected `(`"),
        ("a.json", "[1]", "found a list"),
        ("a.yaml", "version: 1\n ticks: 2\n", "this is not YAML"),
        ("a.yaml", "version: 1\n---\nversion: 1\n", "a second document"),
        ("a.yaml", "game: !Named stag_hunt\n", "the tag `!Named` has no meaning here"),
        ("a.yaml", "? [a]\n: 1\n", "a list or map as a name"),
        ("a.yaml", "version: 1\0\nticks: 2\n", "a zero byte in the text"),
        ("a.toml", "version = \n", "this is not TOML"),
        ("a.toml", "version = 1979-05-27\n", "found `1979-05-27` for `version`"),
        ("a.ron", "{\"version\": 1}", "found a map"),
    ] {
        let rendered = resolved(path, text, &[]).unwrap_err();
        assert!(rendered.contains(part), "{path}: no {part} in\n{rendered}");
    }
    let noisy = YAML.replace("ticks: 8", "ticks: 8\nnoise: 5%");
    let rendered = resolved("a.yaml", &noisy, &[]).unwrap_err();
    assert!(rendered.contains("write `0.05`"), "{rendered}");
}

#[test]
fn aliases_repeat_what_was_said_and_no_more_than_fits() {
    let shared = YAML.replace("learner: {Grpo: {}}", "learner: &l {Grpo: {}}").replace("learner: ~", "learner: *l");
    let shared = shared.replace("{Scripted: TitForTat}", "{Llm: {}}");
    assert_eq!(resolved("a.yaml", &shared, &[]).unwrap().matches("Grpo(").count(), 2);
    let mut laughs = "a0: &a0 [lol]\n".to_owned();
    for i in 1..40 {
        laughs += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
    }
    let mut deep = "a0: &a0 [lol]\n".to_owned();
    for i in 1..1000 {
        deep += &format!("a{i}: &a{i} [*a{}]\n", i - 1);
    }
    // Each of the outer anchors would keep everything inside it once more.
    let kept = (0..50).map(|i| format!("&b{i} [")).collect::<String>() + &"1,".repeat(20_000) + &"]".repeat(50);
    let begun = Instant::now();
    for (text, part) in [
        (&*laughs, "too many values"),
        (&*format!("a: {kept}\n"), "too many values"),
        (&*deep, "nested too deeply"),
        ("a: &a [*a]\n", "not complete"),
        ("a: *nothing\n", "this is not YAML"),
    ] {
        let rendered = resolved("a.yaml", text, &[]).unwrap_err();
        assert!(rendered.contains(part), "no {part} in\n{rendered}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn texts_that_nest_or_repeat_without_end_are_refused_soon() {
    let begun = Instant::now();
    for (path, text) in [
        ("a.json", format!("{{\"a\": {}", "[".repeat(100_000))),
        ("a.json", format!("{{\"a\": {}", "{\"a\":".repeat(100_000))),
        ("a.json", format!("{{\"a\": [{}1]}}", "1,".repeat(600_000))),
        ("a.yaml", "[".repeat(100_000)),
        ("a.yaml", format!("a: {}", "{a: ".repeat(100_000))),
        ("a.yaml", "- ".repeat(2_000)),
        ("a.yaml", format!("[{}1]", "1,".repeat(600_000))),
        ("a.yaml", (0..300).map(|i| format!("{}a:\n", " ".repeat(i))).collect()),
        ("a.toml", format!("a = {}", "[".repeat(100_000))),
        ("a.toml", format!("a = {}", "{a=".repeat(100_000))),
        ("a.toml", format!("{}a = 1", "a.".repeat(100_000))),
        ("a.toml", format!("a = [{}1]", "1,".repeat(600_000))),
        ("a.toml", "[[a]]\n".repeat(100_000)),
    ] {
        let rendered = resolved(path, &text, &[]).unwrap_err();
        assert!(rendered.contains("error") && rendered.len() < 20_000, "{path}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn the_published_schema_knows_what_files_may_have_besides() {
    let schema = published_schema(&Factories::default());
    for field in ["$schema", "extends"] {
        assert!(schema["properties"][field]["description"].is_string(), "{field}");
    }
    assert!(schema["$defs"]["PopulationSpec"]["properties"]["remove"].is_object());
    assert!(schema["required"].is_null() && schema["else"]["required"].as_array().is_some_and(|r| r.len() >= 5));
}
