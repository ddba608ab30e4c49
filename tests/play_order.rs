//! The orders in which matches can be played give the same bytes.

use crate::support::sim;
use agora::policies::scripted::{STRATEGIES, StrategySpec};
use serde_json::{Value, json};
use std::path::Path;

const TABLES: [&str; 3] = ["strategy_evolution.csv", "social_outcomes.csv", "pairs.csv"];

/// Every listed strategy that needs no reputations, with a half for numbers that have no default.
fn strategies() -> Vec<Value> {
    let schema = schemars::schema_for!(StrategySpec).to_value();
    let written = |variant: &Value| {
        let Some(fields) = variant["properties"].as_object() else { return variant["const"].clone() };
        let (word, fields) = fields.iter().next().unwrap();
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

/// Runs `scenario` in this order of play, and returns its tables.
fn tables(dir: &Path, scenario: &Value, order: &str, threads: &str) -> Vec<String> {
    let (file, out) = (dir.join("s.json"), dir.join("run"));
    let mut scenario = scenario.clone();
    scenario["play"] = order.into();
    std::fs::write(&file, scenario.to_string()).unwrap();
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
        let mut scenario = base.clone();
        for (field, value) in changes.as_object().unwrap() {
            scenario[field] = value.clone();
        }
        scenario
    };
    // Sums that do not depend on any order, and sums that do; matches that end and open differently; a third action;
    // agents in several matches and in none.
    let mut exact = base.clone();
    exact["populations"].as_array_mut().unwrap().iter_mut().for_each(|of| of["rewards"] = rewards[0].clone());
    for (name, scenario) in [
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
        let expected = tables(dir.path(), &scenario, "Lockstep", "1");
        assert!(expected.iter().all(|table| table.lines().count() > 2), "{name}");
        for threads in ["1", "2"] {
            let found = tables(dir.path(), &scenario, "MatchByMatch", threads);
            for (table, (found, expected)) in TABLES.iter().zip(found.iter().zip(&expected)) {
                assert!(found == expected, "{name}, {threads} threads, {table}");
            }
        }
    }
}
