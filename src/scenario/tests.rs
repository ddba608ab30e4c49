//! Scenarios end to end: shipped files load, mistakes are all shown, and the checker agrees with ron.

use super::diagnostics::{Severity, nearest};
use super::load::{Scenario, load, load_text, resolved_ron, ron_options};
use super::schema::check;
use super::shape::json_schema;
use super::spec::{LearnerSpec, PolicySpec, ScenarioSpec};
use super::syntax::parse;
use super::validate::{Known, KnownGame};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn known() -> Known {
    let game = |name: &str, dilemma| KnownGame { name: name.into(), actions: 2, seats: 2, dilemma };
    Known {
        games: vec![
            game("prisoners_dilemma", true),
            game("stag_hunt", true),
            game("matching_pennies", false),
            game("prisoners_dilemma_3142", true),
            game("volunteers_dilemma_4251", true),
            game("stag_hunt_5142", true),
        ],
        models: vec!["tiny".into(), "smollm2-135m-instruct".into(), "gemma-2-2b-it".into()],
        memory_available: Some(1 << 30),
        ..Known::default()
    }
}

fn shipped() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ron") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn load_with(source: &str, overrides: &[&str]) -> Result<Scenario, String> {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    load_text("test.ron", source, "test", &overrides, &known()).map_err(|errors| errors.render(false))
}

/// A scenario whose named part is replaced.
fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

const BASE: &str = r#"(
  version: 1,
  ticks: 8,
  game: Named("prisoners_dilemma"),
  rounds: Fixed(5),
  noise: 0.0,
  populations: [
    (name: "a", count: 2, policy: Llm(), learner: Grpo(), rewards: [(term: Payoff, weight: 1.0)]),
    (name: "b", policy: Scripted(TitForTat)),
  ],
)
"#;

#[test]
fn every_shipped_scenario_loads_and_survives_resolution() {
    let files = shipped();
    assert!(files.len() >= 6);
    // Some are of published size: whether they fit is for the machine to say that runs them.
    let known = Known { memory_available: None, ..known() };
    for path in files {
        let scenario = load(&path, &[], &known).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(scenario.render_warnings(false), "", "{}", path.display());
        assert_eq!(scenario.spec.name, path.file_stem().unwrap().to_str().unwrap());
        let again = load_text("resolved", &resolved_ron(&scenario.spec), "", &[], &known).unwrap();
        assert_eq!(again.spec, scenario.spec);
    }
}

#[test]
fn each_mistake_is_named_and_placed() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("ticks: 8", "tick: 8", &["unknown field `tick`", "did you mean `ticks`?", "test.ron:3:3"]),
        ("  ticks: 8,\n", "", &["missing field `ticks`"]),
        ("ticks: 8", "ticks: 8, ticks: 9", &["field `ticks` is given twice"]),
        ("ticks: 8", "ticks: \"8\"", &["found a string for `ticks`", "expected a whole number", "without quotes: `8`"]),
        ("ticks: 8", "ticks: -8", &["`-8` is negative", "test.ron:3:10"]),
        ("ticks: 8", "ticks: 0", &["no ticks"]),
        ("version: 1", "version: 2", &["version 2 is not a scenario format"]),
        (
            "prisoners_dilemma",
            "prisoner_dilema",
            &["unknown game `prisoner_dilema`", "did you mean `prisoners_dilemma`?"],
        ),
        ("Scripted(TitForTat)", "QLearning(alpha: 0.0)", &["alpha 0 is out of range"]),
        ("Scripted(TitForTat)", "QLearning(discount: 1.0)", &["a discount of 1 is out of range"]),
        ("Scripted(TitForTat)", "QLearning(epsilon: Constant(2.0))", &["2 is not a probability"]),
        (
            "Scripted(TitForTat)",
            "QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: 0))",
            &["exploration changes over no decisions"],
        ),
        ("Scripted(TitForTat)", "QLearning(empty_row: Randm)", &["unknown word `Randm`", "did you mean `Random`?"]),
        ("Scripted(TitForTat)", "QNetwork(hidden: 0)", &["a network of 0 hidden units"]),
        ("Scripted(TitForTat)", "QNetwork(lr: 0)", &["lr 0 is not positive"]),
        ("Scripted(TitForTat)", "QNetwork(epsilon: 1.5)", &["1.5 is not a probability"]),
        ("Scripted(TitForTat)", "QNetwork(discount: 1.0)", &["a discount of 1 is out of range"]),
        ("noise: 0.0", "output: (every: 0)", &["rows of no ticks"]),
        ("Scripted(TitForTat)", "QLearning(), learner: Grpo()", &["`b` learns by itself"]),
        ("noise: 0.0", "matchmaking: Paired([(\"a\", \"b\")])", &["2 members of `a` cannot be paired with 1 of `b`"]),
        ("noise: 0.0", "matchmaking: Paired([(\"a\", \"a\")])", &["`a` would meet itself, member by member"]),
        ("TitForTat", "TitForTatt", &["unknown word `TitForTatt`", "did you mean `TitForTat`?"]),
        ("Grpo()", "Grpo", &["`Grpo` lacks its parentheses", "expected `Grpo()`"]),
        ("Grpo()", "Grpo((discount: 0.5))", &["doubled parentheses"]),
        ("Grpo()", "Grpo(optimizer: (lr: -1))", &["lr -1 is not positive"]),
        ("Grpo()", "Ppo(gae_lambda: 1.5)", &["λ 1.5 is out of range"]),
        ("weight: 1.0", "weight: -1.0", &["weight -1 is negative", "test.ron:8:92"]),
        ("weight: 1.0", "from: 8", &["this phase never starts"]),
        ("weight: 1.0", "from: 3, until: 3", &["this phase never starts"]),
        ("term: Payoff, weight: 1.0)", "term: Payoff), (term: Payoff)", &["a population has each reward term once"]),
        ("count: 2", "count: 0", &["population `a` has no members"]),
        ("name: \"b\"", "name: \"a\"", &["two populations are named `a`"]),
        ("name: \"b\"", "name: \"b/c\"", &["`b/c` cannot name files"]),
        ("noise: 0.0", "noise: 1.5", &["1.5 is not a probability"]),
        ("noise: 0.0", "noise: NaN", &["`NaN` is not finite"]),
        ("Fixed(5)", "Fixed(0)", &["matches without rounds"]),
        ("Fixed(5)", "Continue(probability: 1.0)", &["cannot go on with probability 1"]),
        ("Fixed(5)", "Fixed(4000000000)", &["does not fit into memory", "rounds would fit"]),
        ("noise: 0.0", "prompt: (labels: [\"act\", \"action\"])", &["label `action` begins with the label `act`"]),
        ("noise: 0.0", "prompt: (labels: [\"x\"])", &["1 labels for the 2 actions"]),
        (
            "Named(\"prisoners_dilemma\")",
            "Named(\"matching_pennies\"), prompt: (phrasing: Story)",
            &["`matching_pennies` is none"],
        ),
        ("noise: 0.0", "prompt: (phrasing: Plane)", &["unknown word `Plane`", "did you mean `Plain`?"]),
        ("noise: 0.0", "prompt: (generation: (temperature: -0.5))", &["temperature -0.5 is negative"]),
        ("noise: 0.0", "prompt: (generation: (top_p: 0.0))", &["top_p 0 is out of range"]),
        ("noise: 0.0", "prompt: (generation: (max_new_tokens: 0))", &["completions of 0 tokens", "expected 1 to 512"]),
        ("noise: 0.0", "prompt: (generation: (stop: [\"\"]))", &["an empty text ends every completion"]),
        (
            "noise: 0.0",
            "prompt: (decision: Generate, generation: (top_p: 0.9))",
            &["at temperature 1 and top_p 0.9 cannot be learned from", "the model's own"],
        ),
        (
            "Llm(), learner: Grpo()",
            "Llm(prompt: (decision: Generate)), learner: Grpo(entropy_coef: 0.1)",
            &["an entropy bonus or KL penalty sums over all completions"],
        ),
        ("noise: 0.0", "prompt: (talk: 2, decision: Generate)", &["2 messages before a round", "expected 0 or 1"]),
        ("noise: 0.0", "prompt: (talk: 1)", &["agents that choose from a table cannot talk", "`decision: Generate`"]),
        (
            "noise: 0.0",
            "prompt: (talk: 1, decision: Generate, phrasing: Plain)",
            &["asked in the words of `Plain` cannot talk", "`phrasing: Structured`"],
        ),
        ("noise: 0.0", "prompt: (message: (characters: 0))", &["quotes of no characters"]),
        ("noise: 0.0", "prompt: (message: (max_new_tokens: 0))", &["completions of 0 tokens"]),
        (
            "noise: 0.0",
            "prompt: (talk: 1, decision: Generate, message: (temperature: 0.5))",
            &["at temperature 0.5 and top_p 1 cannot be learned from"],
        ),
        (
            "Llm()",
            "Llm(activated: true, prompt: (talk: 1, decision: Generate))",
            &["an activated adapter acts from words on", "expected false with `talk: 1`"],
        ),
        ("noise: 0.0", "memory: GiB(0)", &["memory 0 is not positive"]),
        ("noise: 0.0", "memory: Gib(8)", &["unknown word `Gib`", "did you mean `GiB`?"]),
        ("noise: 0.0", "matchmaking: FixedPairs([(\"a\", \"bb\")])", &["unknown population `bb`", "did you mean `b`?"]),
        (
            "noise: 0.0",
            "model: Random(family: Llama, layers: 2, hidden: 32, intermediate: 64, heads: 3, kv_heads: 2, vocab: 300)",
            &["query heads must be a multiple"],
        ),
        (
            "noise: 0.0",
            "model: Random(family: Qwen3, layers: 99, hidden: 4096, intermediate: 9999, heads: 32, kv_heads: 8, vocab: 300)",
            &["the weights take"],
        ),
        ("noise: 0.0", "model: Named(\"tinny\")", &["unknown model `tinny`", "did you mean `tiny`?"]),
        (
            "Named(\"prisoners_dilemma\")",
            "Matrix(name: \"m\", actions: [\"c\", \"d\"], payoffs: [[(1, 1)], [(2, 0), (0, 0)]])",
            &["row 0 has 1 cells"],
        ),
        (
            "Named(\"prisoners_dilemma\")",
            "Matrix(name: \"m\", actions: [\"cc\", \"dd\"], payoffs: [[(1, 1), (0, 2)], [(2, 0), (0, 0)]], cooperative: [\"ccc\"])",
            &["unknown action `ccc`", "did you mean `cc`?"],
        ),
        ("Named(\"prisoners_dilemma\")", "PublicGoods(players: 2, multiplier: 1.5)", &["among 2 players"]),
        ("Named(\"prisoners_dilemma\")", "PublicGoods(players: 3, multiplier: 1.5)", &["answers one opponent"]),
        ("Scripted(TitForTat)", "Scripted(TitForTat), learner: Rloo()", &["follows a script and cannot learn"]),
        ("Llm()", "Llm(adapter: (rank: 0))", &["an adapter of rank 0"]),
        (
            "noise: 0.0,\n  populations: [\n    (name: \"a\", count: 2, policy: Llm()",
            "matchmaking: PartnerSelection(), opening: LastMoves,\n  populations: [\n    (name: \"a\", count: 2, policy: Llm(activated: true)",
            &["picks partners, where an activated adapter would not act"],
        ),
        ("learner: Grpo()", "estimator: Exact", &["`a` has an estimator but no learner"]),
        ("Grpo()", "Grpo(), estimator: Exat", &["unknown word `Exat`", "did you mean `Exact`?"]),
        ("Llm()", "Llm(from: \"/nowhere\")", &["there is no adapter in /nowhere"]),
        ("ticks: 8,", "ticks: 8", &["missing comma", "test.ron:3:10"]),
        ("Fixed(5)", "Fixed(5", &["is never closed"]),
    ];
    for (from, to, wanted) in cases {
        let rendered = load_with(&with(from, to), &[]).expect_err(to);
        for part in *wanted {
            assert!(rendered.contains(part), "{to}: no `{part}` in\n{rendered}");
        }
        if *to != "Fixed(5" {
            assert!(rendered.contains(": 1 error;"), "{to}: one mistake, one message\n{rendered}");
        }
    }
}

#[test]
fn what_cannot_be_played_match_by_match_is_named() {
    let rendered = load_with(&with("noise: 0.0", "noise: 0.1, play: MatchByMatch, output: (moves: true)"), &[]);
    let rendered = rendered.unwrap_err();
    for part in [
        "matches played one by one have no noise",
        "matches played one by one leave no moves",
        "`a` cannot play its matches one by one",
        "matches played one by one seat everybody once",
    ] {
        assert!(rendered.contains(part), "{rendered}");
    }
}

#[test]
fn a_network_that_would_never_see_anything_is_refused() {
    let source = with("Fixed(5)", "Fixed(1)").replace("Scripted(TitForTat)", "QNetwork()");
    let rendered = load_with(&source, &[]).unwrap_err();
    assert!(rendered.contains("never sees a move"), "{rendered}");
}

#[test]
fn ten_mistakes_make_ten_messages_in_source_order() {
    let source = r#"(
  version: 1,
  tick: 8,
  game: Named("prisoners_dilema"),
  rounds: Fixed("five"),
  noise: 1.5,
  prompt: (labels: ["act", "action"]),
  matchmaking: FixedPairs([("selfish", "titfortat")]),
  populations: [
    (name: "selfish", count: 0, policy: Llm(adapter: (rank: 0)), rewards: [(term: Payof, weight: -1.0)]),
    (name: "tit_for_tat", policy: Scripted(TitForTat), learner: Grpo()),
  ],
)
"#;
    let errors = load_text("ten.ron", source, "ten", &[], &known()).unwrap_err();
    let lines: Vec<String> = errors.problems.iter().map(|problem| problem.message.clone()).collect();
    let expected = [
        "unknown field `tick`",
        "unknown game `prisoners_dilema`",
        "found a string for `Fixed`",
        "1.5 is not a probability",
        "label `action` begins with the label `act`",
        "unknown population `titfortat`",
        "population `selfish` has no members",
        "an adapter of rank 0",
        "unknown word `Payof`",
        "weight -1 is negative",
        "`tit_for_tat` follows a script and cannot learn",
    ];
    assert_eq!(lines, expected);
    assert!(errors.problems.iter().all(|problem| problem.severity == Severity::Error && problem.span.is_some()));
}

#[test]
fn a_game_with_too_few_players_is_refused() {
    let source = with("Named(\"prisoners_dilemma\")", "PublicGoods(players: 5, multiplier: 1.5)");
    let rendered = load_with(&source.replace("TitForTat", "Alternator"), &[]).unwrap_err();
    assert!(rendered.contains("3 agents cannot fill the 5 seats") && rendered.contains(": 1 error;"), "{rendered}");
}

#[test]
fn exact_mode_is_refused_where_it_has_no_answer() {
    let exact = with("Grpo()", "Grpo(), estimator: Exact");
    assert!(load_with(&exact, &[]).is_ok());
    for (strategy, name) in [("Grim", "grim"), ("TitForTwoTats", "tit_for_two_tats")] {
        let refusal = format!("`a` meets `b`, and {name} remembers more than the last round");
        for (pairing, meet) in
            [("RoundRobin", true), ("FixedPairs([(\"b\", \"a\")])", true), ("FixedPairs([(\"a\", \"a\")])", false)]
        {
            let source = exact.replace("TitForTat", strategy).replace("noise: 0.0", &format!("matchmaking: {pairing}"));
            let problems = load_with(&source, &[]).err().unwrap_or_default();
            assert_eq!(problems.contains(&refusal) && problems.contains(": 1 error;"), meet, "{problems}");
        }
    }
    let text = exact.replace("noise: 0.0", "prompt: (decision: Generate)");
    let rendered = load_with(&text, &[]).err().unwrap_or_default();
    assert!(rendered.contains("nobody can sum over all texts") && rendered.contains(": 1 error;"), "{rendered}");
    let group = exact.replace("Named(\"prisoners_dilemma\")", "PublicGoods(players: 3, multiplier: 1.5)");
    let rendered = load_with(&group.replace("TitForTat", "Alternator"), &[]).unwrap_err();
    assert!(rendered.contains("exact returns are for two players") && rendered.contains(": 1 error;"), "{rendered}");
}

#[test]
fn every_type_of_the_format_has_a_shape_and_a_stand_in() {
    let schema = json_schema();
    for definition in schema["$defs"].as_object().unwrap().values() {
        super::shape::placeholder(&schema, definition);
        assert!(!super::shape::expected(&schema, definition).is_empty());
    }
    let spec: ScenarioSpec = serde_json::from_value(super::shape::placeholder(&schema, &schema)).unwrap();
    assert!(spec.populations.is_empty());
}

#[test]
fn words_beyond_ascii_are_pointed_at_whole() {
    let rendered = load_with(&with("(name: \"b\"", "É(nom: \"ç\""), &[]).unwrap_err();
    assert!(rendered.contains("unexpected name `É`"), "{rendered}");
}

#[test]
fn a_message_looks_like_this() {
    let rendered = load_with(&with("ticks: 8", "tick: 8"), &[]).unwrap_err();
    let expected = "\
error: unknown field `tick`
 --> test.ron:3:3
  |
3 |   tick: 8,
  |   ^^^^ no such field here
  |
  = help: did you mean `ticks`? valid: `matchmaking`, `memory`, `model`, `name`, `opening`, `output`, `play`, `prompt`, `seed`, `ticks`

test.ron: 1 error; nothing was run
";
    assert_eq!(rendered, expected);
}

#[test]
fn warnings_do_not_stop_a_scenario() {
    let source = with("weight: 1.0", "weight: 0.0");
    assert!(load_with(&source, &[]).unwrap().render_warnings(false).contains("nothing it does is rewarded"));
    let source = with("prisoners_dilemma", "matching_pennies").replace("term: Payoff", "term: Deontological()");
    assert!(load_with(&source, &[]).unwrap().render_warnings(false).contains("is not a social dilemma"));
    let warnings = load_with(&with("noise: 0.0", "memory: GiB(2)"), &[]).unwrap().render_warnings(false);
    assert!(warnings.contains("2 GiB of memory are allowed") && warnings.contains("1.0 GiB are free"), "{warnings}");
}

#[test]
fn overrides_edit_and_insert() {
    let cases: &[(&[&str], fn(&ScenarioSpec) -> bool)] = &[
        (&["ticks=3", "seed=9"], |s| s.ticks == 3 && s.seed == 9),
        (&["populations[0].count=4"], |s| s.populations[0].count == 4),
        (&["populations.b.count=5"], |s| s.populations[1].count == 5),
        (&["name=my-run"], |s| s.name == "my-run"),
        (&["rounds.Fixed=7"], |s| s.rounds == super::spec::HorizonSpec::Fixed(7)),
        (&["prompt.labels=[\"x\",\"y\"]"], |s| s.prompt.labels == ["x", "y"]),
        (&["prompt.system=Be brief."], |s| s.prompt.system.as_deref() == Some("Be brief.")),
        (&["model.Named=tiny"], |s| s.model == super::spec::ModelSpec::Named("tiny".into())),
        (
            &["populations.a.policy.adapter.rank=4"],
            |s| matches!(&s.populations[0].policy, PolicySpec::Llm { adapter, .. } if adapter.rank == 4),
        ),
        (
            &["populations.a.learner.Grpo.optimizer.lr=1e-3", "populations.a.learner.epochs=2"],
            |s| matches!(&s.populations[0].learner, Some(LearnerSpec::Grpo(g)) if g.optimizer.lr == 1e-3 && g.epochs == 2),
        ),
        (
            &["populations.a.learner.kl.Fixed.coef=0.1"],
            |s| matches!(&s.populations[0].learner, Some(LearnerSpec::Grpo(g)) if g.kl == crate::learning::kl::KlConfig::Fixed { coef: 0.1 }),
        ),
    ];
    for (overrides, holds) in cases {
        let scenario = load_with(BASE, overrides).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(holds(&scenario.spec), "{overrides:?} gave\n{}", scenario.source);
    }
}

#[test]
fn overrides_that_miss_say_so() {
    let cases: &[(&str, &str)] = &[
        ("ticks", "no `=` in it"),
        ("tick=3", "did you mean `ticks`?"),
        ("populations.aa.count=3", "did you mean `a`?"),
        ("populations[2].count=3", "no item 2"),
        ("populations.a.learner.Ppo.epochs=2", "it is `Grpo` there, not `Ppo`"),
        ("populations.b.learner.epochs=2", "does not say which kind"),
        ("ticks.x=2", "has no part `x`"),
        ("ticks=(", "the value is not RON"),
        ("ticks=-1", "`-1` is negative"),
    ];
    for (item, wanted) in cases {
        let rendered = load_with(BASE, &[item]).expect_err(item);
        assert!(rendered.contains(wanted), "{item}: no `{wanted}` in\n{rendered}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let errors = load(folder.path(), &[], &known()).unwrap_err();
    assert!(errors.to_string().contains("is a directory"));
    std::fs::write(folder.path().join("a.ron"), BASE).unwrap();
    let errors = load(&folder.path().join("b.ron"), &[], &known()).unwrap_err();
    assert!(errors.to_string().contains("there is no file") && errors.to_string().contains("a.ron"));
    std::fs::write(folder.path().join("c.ron"), b"(\n\xff)").unwrap();
    let errors = load(&folder.path().join("c.ron"), &[], &known()).unwrap_err();
    assert!(errors.to_string().contains(":2: not UTF-8"));
}

#[test]
fn nearest_words() {
    assert_eq!(nearest("deontologic", ["Payoff", "Deontological"]), Some("Deontological"));
    assert_eq!(nearest("zzz", ["Payoff", "Deontological"]), None);
}

/// What the checker makes of `source`: the spec it means, if it has nothing against it.
fn checked(source: &str, schema: &serde_json::Value) -> Option<ScenarioSpec> {
    let parsed = parse(source);
    let checked = check(parsed.root.as_ref()?, schema);
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
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Deleting, doubling or swapping a stretch of a shipped file leaves the checker and ron of one mind.
    #[test]
    fn checker_and_ron_agree_on_mutations(file in 0usize..6, at in 0.0..1.0f64, length in 1usize..12, with in "[a-zA-Z0-9_(),:\\[\\]{}\"' .+-]{0,3}") {
        let source = std::fs::read_to_string(&shipped()[file]).unwrap();
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
