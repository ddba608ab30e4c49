//! The orders in which matches can be played give the same bytes.

use crate::support::{scenario, sim};
use agora::policies::scripted::{STRATEGIES, StrategySpec};
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::Round;
use agora::world::{PlayOrder, Tournament};
use bevy_app::App;
use serde_json::{Value, json};
use std::path::Path;

const TABLES: [&str; 3] = ["strategy_evolution.csv", "social_outcomes.csv", "pairs.csv"];

/// Every listed strategy that needs no reputations, with a half for numbers that have no default.
fn strategies() -> Vec<Value> {
    let schema = schemars::schema_for!(StrategySpec).to_value();
    let written = |variant: &Value| {
        let Some(words) = variant["properties"].as_object() else { return variant["const"].clone() };
        let (word, fields) = words.iter().next().unwrap();
        let fields = match word.as_str() {
            "LookUp" => json!({ "own": 1, "others": 1, "opening": [1.0], "table": [1.0, 0.0, 0.5, 0.0] }),
            "Machine" => {
                json!({ "states": [{ "cooperate": 0.7, "next": [0, 1] }, { "cooperate": 0.0, "next": [0, 1] }] })
            }
            _ => {
                let required = fields["required"].as_array().into_iter().flatten();
                required.map(|field| (field.as_str().unwrap().to_owned(), json!(0.5))).collect()
            }
        };
        json!({ word: fields })
    };
    let word = |value: &Value| {
        value.as_str().map_or_else(|| value.as_object().unwrap().keys().next().unwrap().clone(), String::from)
    };
    let reads_reputation =
        |value: &Value| STRATEGIES.iter().any(|listed| listed.word == word(value) && listed.reads_reputation);
    let all: Vec<Value> = schema["oneOf"].as_array().unwrap().iter().map(written).collect();
    assert_eq!(all.len(), STRATEGIES.len());
    all.into_iter().filter(|value| !reads_reputation(value)).collect()
}

/// Runs the scenario `text` in this order of play, and returns its tables.
fn tables(dir: &Path, text: &Value, order: &str, threads: &str) -> Vec<String> {
    let (file, out) = (dir.join("s.json"), dir.join("run"));
    let mut text = text.clone();
    text["play"] = order.into();
    std::fs::write(&file, text.to_string()).unwrap();
    sim().arg(&file).arg("--out").arg(&out).args(["--force", "--threads", threads]).assert().success();
    TABLES.iter().map(|name| std::fs::read_to_string(out.join(name)).unwrap()).collect()
}

#[test]
fn scripts_play_match_by_match_as_in_lockstep() {
    let dir = tempfile::tempdir().unwrap();
    let rewards = [
        json!([{ "term": "Payoff" }]),
        json!([{ "term": "Payoff", "weight": 0.3 }, { "term": "Altruist", "weight": 0.7, "from": 1 }]),
        json!([{ "term": { "Deontological": {} } }, { "term": "VirtueEquality" }]),
    ];
    let population = |(number, strategy): (usize, Value)| {
        json!({
            "name": format!("p{number}"), "count": 1 + number % 2, "policy": { "Scripted": strategy },
            "rewards": rewards[number % 3],
        })
    };
    let populations: Vec<Value> = strategies().into_iter().enumerate().map(population).collect();
    let base = json!({
        "version": 1, "ticks": 2, "game": { "Named": "prisoners_dilemma" }, "rounds": { "Fixed": 40 }, "noise": 0.1,
        "matchmaking": "RoundRobin", "populations": populations,
    });
    let with = |changes: Value| {
        let mut text = base.clone();
        for (field, value) in changes.as_object().unwrap() {
            text[field] = value.clone();
        }
        text
    };
    // Sums that do not depend on any order, and sums that do; matches that end and open differently; a third action;
    // agents in several matches and in none.
    let mut exact = base.clone();
    exact["populations"].as_array_mut().unwrap().iter_mut().for_each(|of| of["rewards"] = rewards[0].clone());
    for (name, text) in [
        ("weights", base.clone()),
        ("exact", exact),
        (
            "drawn",
            with(json!({ "rounds": { "Continue": { "probability": 0.95, "at_most": 200 } }, "opening": "MadeUp" })),
        ),
        (
            "last moves",
            with(json!({ "opening": "LastMoves", "noise": 0.0, "matchmaking": { "RandomPairs": { "repeats": 3 } } })),
        ),
        (
            "optional",
            with(json!({
                "game": { "OptionalDilemma": {
                    "reward": 3.0, "sucker": 0.0, "temptation": 5.1, "punishment": 1.0, "loner": 2.0,
                } },
            })),
        ),
    ] {
        let expected = tables(dir.path(), &text, "Lockstep", "1");
        assert!(expected.iter().all(|table| table.lines().count() > 2), "{name}");
        for threads in ["1", "2"] {
            let found = tables(dir.path(), &text, "MatchByMatch", threads);
            for (table, (found, expected)) in TABLES.iter().zip(found.iter().zip(&expected)) {
                assert!(found == expected, "{name}, {threads} threads, {table}");
            }
        }
    }
}

#[test]
fn many_agents_play_alike_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    // Enough of them for every piece of work to be shared; one of them sits out.
    let policies = [json!("TitForTat"), json!("AlwaysDefect"), json!("Grim"), json!({ "GenerousTitForTat": {} })];
    let world = |policies: &[Value], noise: f64, weight: f64, repeats: u32| {
        let population = |(number, policy): (usize, &Value)| {
            json!({
                "name": format!("p{number}"), "count": 10_001 / policies.len() + number % 2,
                "policy": { "Scripted": policy }, "rewards": [{ "term": "Payoff", "weight": weight }],
            })
        };
        json!({
            "version": 1, "ticks": 4, "game": { "Named": "prisoners_dilemma" }, "rounds": { "Fixed": 10 },
            "noise": noise, "matchmaking": { "RandomPairs": { "repeats": repeats } }, "output": { "every": 2 },
            "populations": policies.iter().enumerate().map(population).collect::<Vec<_>>(),
        })
    };
    for (text, orders) in [
        (world(&policies[..2], 0.0, 1.0, 1), ["Fastest", "MatchByMatch"]),
        (world(&policies[..2], 0.0, 0.3, 2), ["Fastest", "MatchByMatch"]),
        (world(&policies, 0.1, 1.0, 1), ["Fastest", "Fastest"]),
        (world(&policies, 0.1, 0.3, 2), ["Fastest", "Fastest"]),
    ] {
        let expected = tables(dir.path(), &text, "Lockstep", "1");
        for (order, threads) in orders.into_iter().zip(["2", "1"]) {
            assert!(tables(dir.path(), &text, order, threads) == expected, "{order}, {threads} threads: {text}");
        }
    }
}

/// The order in which `text` is played by a simulation to which `extend` adds something.
fn order(text: &str, extend: impl Fn(&mut App)) -> PlayOrder {
    let mut simulation = Simulation::new();
    extend(&mut simulation.app);
    let scenario = scenario(&simulation, text);
    let out = tempfile::tempdir().unwrap();
    let options = RunOptions { out: Some(out.path().join("run")), ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).unwrap();
    let world = simulation.app.world();
    let order = *world.resource::<PlayOrder>();
    // Rounds in lockstep are the only ones that leave a history behind.
    let tournament = world.resource::<Tournament>();
    assert_eq!(tournament.history.is_empty(), order != PlayOrder::Lockstep, "{text}");
    assert_eq!(tournament.round, tournament.rounds_max(), "{text}");
    order
}

#[test]
fn the_fastest_order_is_chosen_unless_something_looks_at_every_round() {
    const TEXT: &str = r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(3), populations: [
        (name: "kind", policy: Scripted(AlwaysCooperate)), (name: "fair", policy: Scripted(TitForTwoTats))])"#;
    let with = |more: &str| TEXT.replacen("version: 1,", &format!("version: 1, {more},"), 1);
    let watch = |app: &mut App| {
        app.add_systems(Round, || {});
    };
    for (text, expected) in [
        (TEXT.to_owned(), PlayOrder::PairByPair),
        (with("noise: 0.1"), PlayOrder::ScriptsByMatch),
        (with("opening: MadeUp"), PlayOrder::ScriptsByMatch),
        (with("play: Lockstep"), PlayOrder::Lockstep),
        (with("output: (moves: true)"), PlayOrder::Lockstep),
        (with("reputation: (norm: SternJudging)"), PlayOrder::Lockstep),
        (TEXT.replacen("Scripted(AlwaysCooperate)", "QLearning()", 1), PlayOrder::Lockstep),
    ] {
        assert_eq!(order(&text, |_| {}), expected, "{text}");
        assert_eq!(order(&text, watch), PlayOrder::Lockstep, "{text}");
    }
}
