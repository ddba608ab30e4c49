//! Every mistake is named, located, and shown along with all others.

use super::{known, load_with, with};
use crate::scenario::diagnostics::Severity;
use crate::scenario::load::load_text;

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn each_mistake_is_named_and_placed() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("ticks: 8", "tick: 8", &["unknown field `tick`", "did you mean `ticks`?", "test.ron:3:3"]),
        ("  ticks: 8,\n", "", &["missing field `ticks`"]),
        ("ticks: 8", "ticks: 8, ticks: 9", &["field `ticks` is given twice"]),
        ("ticks: 8", "ticks: \"8\"", &["found a string for `ticks`", "expected a whole number", "without quotes: `8`"]),
        ("ticks: 8", "ticks: -8", &["`-8` is negative", "test.ron:3:10"]),
        ("ticks: 8", "ticks: 0", &["`ticks` must be at least 1"]),
        ("version: 1", "version: 2", &["there is no version 2 of scenario files"]),
        (
            "prisoners_dilemma",
            "prisoner_dilema",
            &["unknown game `prisoner_dilema`", "did you mean `prisoners_dilemma`?"],
        ),
        ("Scripted(TitForTat)", "QLearning(alpha: 0.0)", &["`alpha` 0 is out of range"]),
        ("Scripted(TitForTat)", "QLearning(discount: 1.0)", &["`discount` of 1 is out of range"]),
        ("Scripted(TitForTat)", "QLearning(epsilon: Constant(2.0))", &["2 is not a probability"]),
        (
            "Scripted(TitForTat)",
            "QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: 0))",
            &["`over` must be at least 1"],
        ),
        ("Scripted(TitForTat)", "QLearning(empty_row: Randm)", &["unknown word `Randm`", "did you mean `Random`?"]),
        ("Scripted(TitForTat)", "QNetwork(hidden: 0)", &["`hidden` 0 is out of range"]),
        ("Scripted(TitForTat)", "QNetwork(lr: 0)", &["lr 0 is not positive"]),
        ("Scripted(TitForTat)", "QNetwork(epsilon: 1.5)", &["1.5 is not a probability"]),
        ("Scripted(TitForTat)", "QNetwork(discount: 1.0)", &["`discount` of 1 is out of range"]),
        ("noise: 0.0", "output: (every: 0)", &["`every` must be at least 1"]),
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
        ("weight: 1.0", "fade: 3", &["this weight fades towards no end", "expected `until` beside it"]),
        (
            "weight: 1.0",
            "from: 2, until: 6, fade: 5",
            &["a fade of 5 ticks does not fit into this phase of 4", "at most 4"],
        ),
        ("weight: 1.0", "until: 6, ramp: 4, fade: 3", &["a ramp of 4 ticks and a fade of 3 do not fit", "at most 2"]),
        ("term: Payoff, weight: 1.0)", "term: Payoff), (term: Payoff)", &["a population has each reward term once"]),
        ("count: 2", "count: 0", &["population `a` has no members"]),
        ("name: \"b\"", "name: \"a\"", &["two populations are named `a`"]),
        ("name: \"b\"", "name: \"b/c\"", &["`b/c` is not a valid name for files"]),
        ("noise: 0.0", "noise: 1.5", &["1.5 is not a probability"]),
        ("noise: 0.0", "noise: NaN", &["`NaN` is not finite"]),
        ("Fixed(5)", "Fixed(0)", &["`rounds` must be at least 1"]),
        ("Fixed(5)", "Continue(probability: 1.0)", &["cannot go on with probability 1"]),
        ("Fixed(5)", "Fixed(4000000000)", &["does not fit into memory", "rounds would fit"]),
        ("noise: 0.0", "prompt: (labels: [\"act\", \"action\"])", &["label `action` begins with the label `act`"]),
        ("noise: 0.0", "prompt: (labels: [\"x\"])", &["has 2 actions, and `labels` names 1"]),
        (
            "Named(\"prisoners_dilemma\")",
            "Matrix(name: \"pennies\", actions: [\"heads\", \"tails\"], payoffs: [[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]]), \
             prompt: (phrasing: Story)",
            &["`pennies` is not one"],
        ),
        ("noise: 0.0", "prompt: (phrasing: Plane)", &["unknown word `Plane`", "did you mean `Plain`?"]),
        ("noise: 0.0", "prompt: (generation: (temperature: -0.5))", &["temperature -0.5 is negative"]),
        ("noise: 0.0", "prompt: (generation: (top_p: 0.0))", &["`top_p` 0 is out of range"]),
        (
            "noise: 0.0",
            "prompt: (generation: (max_new_tokens: 0))",
            &["`max_new_tokens` 0 is out of range", "expected 1 to 512"],
        ),
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
        ("noise: 0.0", "prompt: (message: (characters: 0))", &["`characters` must be at least 1"]),
        ("noise: 0.0", "prompt: (message: (max_new_tokens: 0))", &["`max_new_tokens` 0 is out of range"]),
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
        (
            "Scripted(TitForTat)",
            "Scripted(TitForTat), learner: Rloo()",
            &["is a scripted strategy, which does not learn"],
        ),
        ("Llm()", "Llm(adapter: (rank: 0))", &["`rank` 0 is out of range"]),
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
        "matches between learners played one by one have no noise",
        "matches played one by one leave no moves",
        "`a` cannot play its matches one by one",
        "matches played one by one seat everyone once",
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
        "`rank` 0 is out of range",
        "unknown word `Payof`",
        "weight -1 is negative",
        "`tit_for_tat` is a scripted strategy, which does not learn",
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
    let text = exact.replace("Scripted(TitForTat)", "Llm(prompt: (decision: Generate))");
    let rendered = load_with(&text, &[]).err().unwrap_or_default();
    assert!(rendered.contains("`a` meets `b`, which generates texts") && rendered.contains(": 1 error;"), "{rendered}");
    let group = exact.replace("Named(\"prisoners_dilemma\")", "PublicGoods(players: 3, multiplier: 1.5)");
    let rendered = load_with(&group.replace("TitForTat", "Alternator"), &[]).unwrap_err();
    assert!(rendered.contains("exact returns are for two players") && rendered.contains(": 1 error;"), "{rendered}");
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
  = help: did you mean `ticks`? valid: `evolution`, `matchmaking`, `memory`, `model`, `name`, `opening`, `output`, `play`, `prompt`, `remote`, `reputation`, `seed`, `structure`, `ticks`

test.ron: 1 error; nothing was run
";
    assert_eq!(rendered, expected);
}

/// A game that is not a social dilemma.
const PENNIES: &str =
    r#"Matrix(name: "pennies", actions: ["heads", "tails"], payoffs: [[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]])"#;

#[test]
fn warnings_do_not_stop_a_scenario() {
    let source = with("weight: 1.0", "weight: 0.0");
    assert!(load_with(&source, &[]).unwrap().render_warnings(false).contains("nothing it does is rewarded"));
    let source = with("Named(\"prisoners_dilemma\")", PENNIES).replace("term: Payoff", "term: Deontological()");
    assert!(load_with(&source, &[]).unwrap().render_warnings(false).contains("is not a social dilemma"));
    let warnings = load_with(&with("noise: 0.0", "memory: GiB(2)"), &[]).unwrap().render_warnings(false);
    assert!(warnings.contains("`memory` allows 2 GiB") && warnings.contains("1.0 GiB are free"), "{warnings}");
}
