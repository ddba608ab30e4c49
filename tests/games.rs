//! Kinds of games beside the matrices: played by every kind of policy, asked in prompts, explained, and carried over to
//! the games of the evaluation.

use crate::support::{Table, run_text, sim, stdout};
use agora::games::KINDS;
use serde_json::Value;

fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().filter(|kind| !kind.example.is_empty()).map(|kind| (kind.name, kind.example))
}

/// Language models, Q-tables, scripts and chance play every kind of game, paid by every kind of term.
#[test]
fn every_kind_of_game_is_played_by_every_kind_of_policy() {
    let dir = tempfile::tempdir().unwrap();
    for (name, example) in listed() {
        let explained: Value =
            serde_json::from_str(&stdout(sim().args(["explain", example, "--format", "json"]), 0)).unwrap();
        let rules = &explained[0]["details"];
        let labels: Vec<String> = (0..rules["actions"].as_array().unwrap().len())
            .map(|i| format!("\"{}\"", ["one", "two", "six", "ten"][i]))
            .collect();
        let text = format!(
            r#"(version: 1, ticks: 1, game: {example}, rounds: Fixed(3), model: Named("tiny"), noise: 0.1,
                matchmaking: RandomPairs(repeats: 2), output: (moves: true), prompt: (labels: [{labels}]),
                populations: [
                    (name: "model", count: 2, policy: Llm(), learner: Grpo(),
                     rewards: [(term: Payoff), (term: Utilitarian), (term: Deontological()), (term: VirtueKindness()),
                               (term: VirtueEquality), (term: VirtueMixed())]),
                    (name: "table", count: 2, policy: QLearning()),
                    (name: "giver", count: 2, policy: Scripted(AlwaysCooperate)),
                    (name: "taker", policy: Scripted(AlwaysDefect)),
                    (name: "random", policy: Scripted(Random(p: 0.5))),
                ])"#,
            labels = labels.join(", ")
        );
        let out = dir.path().join(name);
        run_text(&text, &out, 2);
        let moves = Table::read(&out, "moves.csv");
        let actions: Vec<&str> = rules["actions"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        assert!((0..moves.len()).all(|row| actions.contains(&moves.text(row, "action"))), "{name}");
        let table = Table::read(&out, "strategy_evolution.csv");
        assert!((0..table.len()).all(|row| table.number(row, "payoff_mean").is_some()), "{name}");
        assert!((0..table.len()).all(|row| table.number(row, "p_c_cc").is_some()), "{name}");
    }
}

#[test]
fn every_kind_of_game_is_explained() {
    for (name, example) in listed() {
        let text = stdout(sim().args(["explain", name]), 0);
        // Long lines are wrapped.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in ["Cooperation: ", "Source: ", example] {
            assert!(text.contains(words), "{name}: {words} in {text}");
        }
    }
}

/// With more than two actions and players, the rules are told in words, with the labels of the prompt.
#[test]
fn prompts_of_groups_with_more_actions_tell_the_rules_in_words() {
    let read = |scenario: &str| stdout(sim().args(["prompt", scenario, "--agent", "selfish"]), 0);
    let punished = read("scenarios/games/punished_public_goods.ron");
    for words in [
        "everybody chooses north, east, south or west at the same time.",
        "Who chooses north or east gives it away",
        "pays 0.3 for each other player that keeps, and each of these loses 1.",
        "Last round you chose west, 2 of the others chose north or east.",
    ] {
        assert!(punished.contains(words), "{words} in {punished}");
    }
    let optional = read("scenarios/games/optional_public_goods.ron");
    assert!(optional.contains("Who chooses south gets 1.5 and takes no part."), "{optional}");
    assert!(optional.contains("Last round you chose south, 1 of the others chose north."), "{optional}");
}

/// What is learned in groups is put to the games of two: after a plain public good by both labels, after one with
/// punishment by the labels of the first action that contributes and the first that does not.
#[test]
fn models_trained_in_groups_are_evaluated_in_games_of_two() {
    let dir = tempfile::tempdir().unwrap();
    for (scenario, labels) in [
        ("scenarios/public_goods_transfer.ron", ["action1", "action2"]),
        ("scenarios/games/punished_public_goods.ron", ["north", "south"]),
    ] {
        let out = dir.path().join(labels[0]);
        sim().args([scenario, "--ticks", "1", "--out"]).arg(&out).assert().success();
        let printed = stdout(sim().arg("evaluate").arg(&out).args(["--parts", "labels"]), 0);
        assert!(printed.contains("utilitarian"), "{printed}");
        let table = Table::read(&out, "evaluation.csv");
        let asked = |row: &usize| table.text(*row, "labels") == "trained" && table.text(*row, "agent") == "selfish_0";
        let rows: Vec<usize> = (0..table.len()).filter(asked).collect();
        assert_eq!(rows.len(), 5, "the five games of two");
        for row in rows {
            assert_eq!([table.text(row, "cooperative_label"), table.text(row, "defective_label")], labels);
        }
    }
}

/// A public good trains: after a few ticks the utilitarian contribute more than the selfish, and in the prisoner's
/// dilemma with the same labels they cooperate more, though they have never played it. The run is the same every time.
#[test]
fn training_around_a_pot_changes_the_answers_in_the_prisoners_dilemma() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    sim().args(["scenarios/public_goods_transfer.ron", "--ticks", "8", "--out"]).arg(&out).assert().success();
    let table = Table::read(&out, "strategy_evolution.csv");
    let last = |agent: &str| table.number(*table.rows_where("agent", agent).last().unwrap(), "p_c_start").unwrap();
    assert!(last("utilitarian_1") > last("selfish_1") + 0.2, "{} {}", last("utilitarian_1"), last("selfish_1"));
    sim().arg("evaluate").arg(&out).args(["--parts", "labels"]).assert().success();
    let answers = Table::read(&out, "evaluation.csv");
    let p = |agent: &str| {
        let asked = |row: &usize| {
            answers.text(*row, "agent") == agent
                && answers.text(*row, "labels") == "trained"
                && answers.text(*row, "game") == "prisoners_dilemma"
        };
        answers.number((0..answers.len()).find(asked).unwrap(), "p_c_cc").unwrap()
    };
    assert!(p("utilitarian_1") > p("selfish_1") + 0.05, "{} {}", p("utilitarian_1"), p("selfish_1"));
    assert!((p("utilitarian_1") - p("untrained")).abs() > 1e-3);
}
