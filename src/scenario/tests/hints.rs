//! What authors write first and what it should have been; warnings of what would have no effect; scenarios as JSON.

use super::{BASE, known, load_with, with};
use crate::scenario::check::shape::json_schema;
use crate::scenario::load::load_text;
use crate::scenario::text::resolved::resolved_ron;
use std::collections::BTreeMap;

#[test]
fn what_one_writes_first_is_answered_with_what_it_should_be() {
    let cases = [
        ("Named(\"prisoners_dilemma\")", "stag_hunt", "write `Named(\"stag_hunt\")`"),
        ("Named(\"prisoners_dilemma\")", "\"stag_hunt\"", "write `Named(\"stag_hunt\")`"),
        ("Fixed(5)", "3", "write `Fixed(3)`"),
        ("Scripted(TitForTat)", "TitForTat", "write `Scripted(TitForTat)`"),
        ("Scripted(TitForTat)", "Random(p: 0.3)", "write `Scripted(Random(…))`"),
        ("(term: Payoff, weight: 1.0)", "Payoff", "write `(term: Payoff)`"),
        ("(term: Payoff, weight: 1.0)", "Deontological()", "write `(term: Deontological())`"),
        ("noise: 0.0", "noise: 5%", "expected `0.05`"),
        ("noise: 0.0", "memory: 8", "write `GiB(8)`"),
        ("Grpo()", "Pppo()", "did you mean `Ppo`?"),
    ];
    for (from, to, wanted) in cases {
        let rendered = load_with(&with(from, to), &[]).unwrap_err();
        assert!(rendered.contains(wanted) && rendered.contains(": 1 error;"), "{to}: no {wanted} in\n{rendered}");
    }
    let rendered = load_with(BASE, &["model=smollm2-135m-instruct"]).unwrap_err();
    assert!(rendered.contains("write --set 'model=Named(\"smollm2-135m-instruct\")'"), "{rendered}");
    assert!(rendered.contains("--set:1:7"), "{rendered}");
    let rendered = load_with(BASE, &["game=stag_hunt"]).unwrap_err();
    assert!(rendered.contains("write --set 'game=Named(\"stag_hunt\")'"), "{rendered}");
    // A part of a value is shown within the whole.
    let rendered = load_with(BASE, &["populations.a.rewards=[Payoff]"]).unwrap_err();
    assert!(rendered.contains("write --set 'populations.a.rewards=[(term: Payoff)]'"), "{rendered}");
}

#[test]
fn no_name_of_a_type_is_spoken_of() {
    for to in ["Reward(term: Payoff)", "RewardSpecs(term: Payoff)"] {
        let rendered = load_with(&with("(term: Payoff, weight: 1.0)", to), &[]).unwrap_err();
        assert!(rendered.contains("expected no name before the parenthesis"), "{rendered}");
        assert!(!rendered.contains("`RewardSpec`"), "{rendered}");
    }
}

#[test]
fn what_would_have_no_effect_is_warned_of() {
    let meets = with("noise: 0.0", "matchmaking: FixedPairs([(\"a\", \"a\")])");
    let cases = [
        (meets, "`b` never plays"),
        (with("weight: 1.0", "ramp: 40"), "this weight never reaches 1: it is in force for 8 ticks"),
        (with("weight: 1.0", "ramp: 3, until: 3"), "it is in force for 3 ticks"),
        (with("weight: 1.0", "until: 12, fade: 6"), "this weight has not faded when the run ends: 8 ticks"),
        (
            with(", learner: Grpo(), rewards: [(term: Payoff, weight: 1.0)]", ", rewards: [(term: Utilitarian)]"),
            "no learner",
        ),
        (with("Fixed(5)", "Fixed(3)"), "`a` learns from 6 decisions per member and tick"),
        (
            with("ticks: 8", "ticks: 4000000").replace("Fixed(5)", "Fixed(10)"),
            "strategy_evolution.csv will have about 12000000 rows",
        ),
        (
            with("ticks: 8", "ticks: 400000, output: (moves: true, every: 100)").replace("Fixed(5)", "Fixed(10)"),
            "moves.csv will have about 24000000 rows",
        ),
        (with("ticks: 8", "ticks: 300000"), "strategy_evolution.csv will have about 900000 rows, 110.7 MiB"),
        (with("noise: 0.0", "output: (generations: true)"), "no agent answers in text"),
    ];
    for (source, wanted) in cases {
        let warnings = load_with(&source, &[]).unwrap_or_else(|errors| panic!("{errors}")).render_warnings(false);
        assert!(warnings.contains(wanted), "no {wanted} in\n{warnings}");
    }
    let quiet = with("Fixed(5)", "Fixed(10)").replace("weight: 1.0", "weight: 1.0, ramp: 7");
    assert_eq!(load_with(&quiet, &[]).unwrap().render_warnings(false), "");
    let exact = with("Grpo()", "Grpo(), estimator: Exact");
    assert_eq!(load_with(&exact, &[]).unwrap().render_warnings(false), "");
}

#[test]
fn a_trial_that_cuts_off_a_phase_is_told_how_to_be_made() {
    let source = with("(term: Payoff, weight: 1.0)", "(term: Payoff, until: 6), (term: Utilitarian, from: 6)");
    let rendered = load_with(&source, &["ticks=4"]).unwrap_err();
    assert!(rendered.contains("--set populations[0].rewards[1].from=2"), "{rendered}");
    let moved = ["ticks=4", "populations[0].rewards[1].from=2", "populations[0].rewards[0].until=2"];
    assert!(load_with(&source, &moved).is_ok());
}

#[test]
fn a_learner_of_a_plugins_policy_is_refused() {
    let mut known = known();
    known.offered.add_policy("counting", "Counts.", |_: BTreeMap<String, f64>, _| Ok(()));
    let source = with("Scripted(TitForTat)", "Custom(name: \"counting\"), learner: Grpo()");
    let rendered = load_text("t.ron", &source, "t", &[], &known).unwrap_err().render(false);
    assert!(rendered.contains("`b` plays a policy of a plugin") && rendered.contains(": 1 error;"), "{rendered}");
}

#[test]
fn the_story_is_told_of_prisoners_dilemmas_alone() {
    let story = |game: &str| {
        load_with(&with("Named(\"prisoners_dilemma\")", &format!("{game}, prompt: (phrasing: Story)")), &[])
    };
    let matrix = |cells: &str| format!("Matrix(name: \"m\", actions: [\"c\", \"d\"], payoffs: {cells})");
    for game in ["Named(\"chicken\")", "Named(\"stag_hunt\")", "Named(\"volunteers_dilemma\")"] {
        let rendered = story(game).unwrap_err();
        assert!(
            rendered.contains("the story tells of a prisoner's dilemma") && rendered.contains(": 1 error;"),
            "{rendered}"
        );
    }
    // The column player's payoffs are those of a stag hunt.
    assert!(story(&matrix("[[(3, 4), (0, 3)], [(5, 0), (1, 1)]]")).is_err());
    // With unequal stakes, and with an order in which taking turns pays more.
    assert!(story(&matrix("[[(3, 30), (0, 50)], [(5, 0), (1, 10)]]")).is_ok());
    assert!(story(&matrix("[[(3, 3), (0, 9)], [(9, 0), (1, 1)]]")).is_ok());
}

#[test]
fn a_game_is_a_social_dilemma_or_none_however_it_is_written() {
    let duty = |game: &str| {
        let source = with("Named(\"prisoners_dilemma\")", game).replace("term: Payoff", "term: Deontological()");
        load_with(&source, &[]).unwrap_or_else(|errors| panic!("{errors}")).render_warnings(false)
    };
    let chicken = "Matrix(name: \"own\", actions: [\"c\", \"d\"], payoffs: [[(2, 2), (1, 4)], [(4, 1), (0, 0)]])";
    assert_eq!(duty("Named(\"chicken\")"), duty(chicken));
    // A dilemma for the row player only.
    let one_sided = "Matrix(name: \"own\", actions: [\"c\", \"d\"], payoffs: [[(3, 9), (0, 1)], [(5, 8), (1, 0)]])";
    assert!(duty(one_sided).contains("`own` is not a social dilemma"));
}

#[test]
fn a_scenario_in_json_is_the_same_scenario() {
    let spec = load_with(BASE, &[]).unwrap().spec;
    let json = serde_json::to_string_pretty(&spec).unwrap().replacen('{', "{\n  \"$schema\": \"scenario.json\",", 1);
    let read =
        load_text("s.json", &json, "test", &["ticks=9".into()], &known()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((read.spec.ticks, read.spec.populations), (9, spec.populations));
    let few = r#"{"version": 1, "ticks": 2, "game": {"Named": "stag_hunt"}, "rounds": {"Fixed": 3},
        "populations": [{"name": "a", "count": 2, "policy": {"Scripted": "TitForTat"}}]}"#;
    assert_eq!(load_text("few.json", few, "few", &[], &known()).unwrap().spec.name, "few");
    // One mistake, one message, of either kind.
    for (from, to, wanted) in [
        ("\"ticks\"", "\"tick\"", "unknown field `tick`"),
        ("\"ticks\": 2", "\"ticks\": 0", "`ticks` must be at least 1"),
        ("\"version\": 1,", "\"version\": 1", "missing comma"),
    ] {
        let errors = load_text("few.json", &few.replacen(from, to, 1), "few", &[], &known()).unwrap_err().render(false);
        assert!(errors.contains(wanted) && errors.contains(": 1 error;"), "no {wanted} in\n{errors}");
    }
    assert!(json_schema()["properties"]["ticks"].is_object());
}

#[test]
fn a_resolved_scenario_shows_plain_words() {
    let source = with("noise: 0.0", "prompt: (persona: \"a \\\"kl: r#None\\\" of my own\")");
    let spec = load_with(&source, &[]).unwrap().spec;
    let resolved = resolved_ron(&spec);
    assert_eq!(resolved.matches("r#None").count(), 1, "{resolved}");
    assert!(resolved.contains("kl: None,"), "{resolved}");
    assert_eq!(load_with(&resolved, &[]).unwrap().spec, spec);
}
