//! What a scenario may ask for is bounded: counts before anything is listed, numbers before anything is summed, text
//! before anything is printed.

use super::{load_with, with};
use crate::host::readable;
use crate::scenario::check::Known;
use crate::scenario::load::load_text;
use std::time::{Duration, Instant};

/// A matrix game with this many actions and all payoffs alike, in place of the prisoner's dilemma; `prompt` is put
/// after it.
fn matrix_of(actions: usize, prompt: &str) -> String {
    let names: Vec<String> = (0..actions).map(|i| format!("\"a{i}\"")).collect();
    let row = format!("[{}]", vec!["(1, 1)"; actions].join(","));
    let (names, rows) = (names.join(","), vec![row; actions].join(","));
    let game = format!("Matrix(name: \"large\", actions: [{names}], payoffs: [{rows}])");
    let labels: Vec<String> = (0..actions).map(|i| format!("\"l{i:03}\"")).collect();
    with("Named(\"prisoners_dilemma\")", &format!("{game}, prompt: (labels: [{}], {prompt})", labels.join(",")))
}

#[test]
fn orders_are_counted_and_refused_before_they_are_listed() {
    for (actions, order) in
        [(12, "row_order: Shuffled"), (20, "label_order: Counterbalanced"), (255, "row_order: Shuffled")]
    {
        let rendered = load_with(&matrix_of(actions, order), &[]).unwrap_err();
        let field = order.split(':').next().unwrap();
        for part in ["distinct prompts per agent", "n! orders of n actions", &format!("{field}: ")] {
            assert!(rendered.contains(part) && rendered.contains(": 1 error;"), "{actions}: no {part} in\n{rendered}");
        }
    }
    let rendered = load_with(&matrix_of(23, ""), &[]).unwrap_err();
    assert!(rendered.contains("530 distinct prompts per agent"), "{rendered}");
    assert!(load_with(&matrix_of(22, ""), &[]).is_ok());
}

#[test]
fn more_than_memory_holds_is_refused_before_it_is_made() {
    let cases = [
        // Pairs of a round robin: 160 bytes per seat, not 4 per match.
        ("Scripted(TitForTat)", "Scripted(TitForTat), count: 3000", "3002 agents in 4504501 matches per tick"),
        ("count: 2", "count: 4294967295", "4294967296 agents are more than can be numbered"),
        ("count: 2", "count: 400000", "80000200000 matches of 2 seats are more than can be numbered"),
    ];
    for (from, to, wanted) in cases {
        let rendered = load_with(&with(from, to), &[]).unwrap_err();
        assert!(rendered.contains(wanted) && rendered.contains(": 1 error;"), "{to}: no {wanted} in\n{rendered}");
    }
    let people = |policy: &str, matchmaking: &str, count: u32| {
        let source = with("Scripted(TitForTat)", &format!("{policy}, count: {count}"));
        load_with(&source.replace("noise: 0.0", &format!("matchmaking: {matchmaking}")), &[])
    };
    // Agents themselves: 4 KiB each.
    for policy in ["Scripted(TitForTat)", "QLearning()"] {
        let rendered = people(policy, "RandomPairs()", 300_000).unwrap_err();
        assert!(rendered.contains("300002 agents in 150001 matches"), "{rendered}");
        assert!(people(policy, "RandomPairs()", 100_000).is_ok(), "they fit into {}", readable(1 << 30));
    }
    // The memory of networks that pick partners grows with the square.
    let source =
        with("Llm(), learner: Grpo()", "Scripted(Alternator)").replace("Scripted(TitForTat)", "QNetwork(), count: 500");
    let source = source.replace("noise: 0.0", "matchmaking: PartnerSelection(), opening: LastMoves");
    let rendered = load_with(&source, &[]).unwrap_err();
    assert!(rendered.contains("502 agents in 502 matches per tick do not fit into memory"), "{rendered}");
    let few = source.replace("count: 500", "count: 200");
    assert!(load_with(&few, &[]).is_ok());
    // No two agents share a number, even if the memory is not known.
    let unknown = Known { memory_available: None, ..super::known() };
    let errors = load_text("t.ron", &with("count: 2", "count: 4294967295"), "t", &[], &unknown).unwrap_err();
    assert!(errors.render(false).contains("more than can be numbered"));
}

#[test]
fn language_models_pick_among_few() {
    let source = with("noise: 0.0", "matchmaking: PartnerSelection(), opening: LastMoves");
    assert!(load_with(&source.replace("count: 2", "count: 100"), &[]).is_ok());
    let rendered = load_with(&source.replace("count: 2", "count: 300"), &[]).unwrap_err();
    assert!(rendered.contains("would pick partners among 301 agents by prompt"), "{rendered}");
}

#[test]
fn numbers_are_bounded() {
    let game = |payoff: &str| {
        format!("Matrix(name: \"m\", actions: [\"c\", \"d\"], payoffs: [[(1, 1), (0, {payoff})], [(2, 0), (0, 0)]])")
    };
    let cases = [
        ("weight: 1.0", "weight: 1e308", "weight of size 1e308 is too large"),
        ("(term: Payoff, weight: 1.0)", "(term: Deontological(penalty: 1e10))", "penalty of size 1e10 is too large"),
        ("(term: Payoff, weight: 1.0)", "(term: VirtueKindness(bonus: 1e300))", "bonus of size 1e300 is too large"),
        ("Named(\"prisoners_dilemma\")", &game("-1.7e308"), "a payoff of size 1.7e308 is too large"),
        ("Grpo()", "Grpo(epochs: 4294967295)", "`epochs` 4294967295 is out of range"),
        ("Grpo()", "Ppo(optimizer: (lr: 1e300))", "lr 1e300 is too large"),
        ("Scripted(TitForTat)", "QNetwork(lr: 1e300)", "lr 1e300 is too large"),
        ("noise: 0.0", "prompt: (illegal_reward: -1e10)", "a reward of size 1e10 is too large"),
        ("Llm()", "Llm(adapter: (alpha: 1e300))", "alpha of size 1e300 is too large"),
    ];
    for (from, to, wanted) in cases {
        let rendered = load_with(&with(from, to), &[]).unwrap_err();
        assert!(rendered.contains(wanted) && rendered.contains(": 1 error;"), "{to}: no {wanted} in\n{rendered}");
    }
    assert!(load_with(&with("weight: 1.0", "weight: 1e9"), &[]).is_ok());
}

#[test]
fn names_and_words_are_fit_to_be_printed_and_to_be_files() {
    let long = "x".repeat(70_000);
    let cases = [
        ("name: \"b\"", "name: \"CON\"", "`CON` is the name of a device on Windows"),
        ("name: \"b\"", "name: \"A\"", "`A` differs from another population's name in letter case alone"),
        ("name: \"b\"", "name: \"b.\"", "`b.` is not a valid name for files"),
        ("name: \"b\"", &format!("name: \"{long}\""), "a name of 70000 characters"),
        ("version: 1", &format!("version: 1, name: \"{}\"", &long[..300]), "a name of 300 characters"),
        (
            "version: 1",
            "version: 1, name: \"\\u{1b}[31m\\u{7}\"",
            "`\\u{1b}[31m\\u{7}` is not a valid name for a folder",
        ),
        ("noise: 0.0", "prompt: (labels: [\"a\\u{1b}\", \"b\"])", "control characters in the label `a\\u{1b}`"),
        ("noise: 0.0", "prompt: (persona: \"\\u{9b}1m\")", "control characters in `persona`"),
        (
            "Named(\"prisoners_dilemma\")",
            "Matrix(name: \"m\", actions: [\"c\\n\", \"d\"], payoffs: [[(1, 1), (0, 2)], [(2, 0), (0, 0)]])",
            "control characters in the action `c\\n`",
        ),
    ];
    for (from, to, wanted) in cases {
        let rendered = load_with(&with(from, to), &[]).unwrap_err();
        assert!(rendered.contains(wanted) && rendered.contains(": 1 error;"), "no {wanted} in\n{rendered}");
        assert!(rendered.len() < 3000 && !rendered.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{rendered}");
    }
    assert!(load_with(&with("noise: 0.0", "prompt: (persona: \"One.\\n\\tTwo.\")"), &[]).is_ok());
    // Control characters in the file itself are made visible too.
    let rendered = load_with(&with("ticks: 8", "tick\u{1b}[2J: 8"), &[]).unwrap_err();
    assert!(rendered.contains("\\u{1b}[2J") && !rendered.contains('\u{1b}'), "{rendered}");
}

#[test]
fn many_mistakes_are_counted_and_not_all_shown() {
    let begun = Instant::now();
    let unknown = with("noise: 0.0,", &"noize: 1,\n".repeat(20_000));
    let rendered = load_with(&unknown, &[]).unwrap_err();
    assert!(rendered.contains("… and 19980 more") && rendered.contains(": 20000 errors;"), "{}", &rendered[..3000]);
    assert!(rendered.len() < 20_000, "{}", rendered.len());
    // Mistakes of sense as well, far down in a long file of one line.
    let one = "(name: \"p\", count: 0, policy: Scripted(Random(p: 2.0))),".repeat(900);
    let rendered = load_with(&with("(name: \"b\"", &format!("{one}(name: \"b\"")), &[]).unwrap_err();
    assert!(rendered.contains("… and 2679 more") && rendered.len() < 20_000, "{rendered}");
    let many = with("(name: \"b\"", &format!("{}(name: \"b\"", one.repeat(20)));
    let rendered = load_with(&many, &[]).unwrap_err();
    assert!(rendered.contains("18002 populations") && rendered.contains(": 1 error;"), "{rendered}");
    let blank = with("ticks: 8,", &format!("tick: 8,{}", "\n".repeat(1_000_000)));
    assert!(load_with(&blank, &[]).unwrap_err().contains("did you mean `ticks`?"));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
