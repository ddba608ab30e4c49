//! Every strategy against tables of moves, and what all of them share in tests.

mod declared;
mod views;

use super::StrategySpec::{
    Alternator, AlwaysCooperate, AlwaysDefect, Grim, SuspiciousTitForTat, TitForTat, TitForTwoTats, TwoTitsForTat,
    WinStayLoseShift,
};
use super::memory_one::vector::MemoryOne;
use super::reciprocal::tit_for_tat::GenerousTitForTat;
use super::unconditional::constant::Random;
use super::*;
use crate::games::{
    Action, Game, ILLEGAL, Observation, ObservationSpace, catalog, matrix::MatrixGame, public_goods::PublicGoods,
};
use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::testing::property_config;
use crate::world::{AgentId, Decisions, Horizon, Rules, Tournament};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const C: Action = 0;
const D: Action = 1;
const GENEROUS: StrategySpec = generous(0.3);
const MIXED: StrategySpec = memory_one([0.5, 0.9, 0.2, 0.7, 0.1]);

const fn random(p: f64) -> StrategySpec {
    StrategySpec::Random(Random { p })
}

const fn generous(p: f64) -> StrategySpec {
    StrategySpec::GenerousTitForTat(GenerousTitForTat { p })
}

const fn memory_one([start, cc, cd, dc, dd]: [f64; 5]) -> StrategySpec {
    StrategySpec::MemoryOne(MemoryOne { start, cc, cd, dc, dd })
}

fn built(spec: &StrategySpec) -> Arc<dyn super::Strategy> {
    spec.build(&MatchFacts::AXELROD, &mut member_stream(1, 0)).unwrap_or_else(|fault| panic!("{spec:?}: {fault:?}"))
}

/// What is written in the parentheses of strategies whose fields are no numbers and have no default.
fn fields_of(word: &str) -> Option<Value> {
    match word {
        "LookUp" => Some(json!({ "own": 1, "others": 1, "opening": [1.0], "table": [1.0, 0.0, 0.5, 0.0] })),
        "Machine" => Some(json!({ "states": [
            { "cooperate": 1.0, "next": [0, 1] },
            { "cooperate": 0.0, "next": [0, 1, 2, 1] },
            { "cooperate": 0.5, "next": [2, 0] },
        ] })),
        _ => None,
    }
}

/// Every strategy of the list, with a half for numbers that have no default, and two that waver.
fn all() -> Vec<StrategySpec> {
    let schema = schemars::schema_for!(StrategySpec).to_value();
    let variants = schema["oneOf"].as_array().unwrap();
    let read = |variant: &Value| {
        let Some(fields) = variant["properties"].as_object() else { return variant["const"].clone() };
        let (word, fields) = fields.iter().next().unwrap();
        if let Some(fields) = fields_of(word) {
            return json!({ word: fields });
        }
        let required = fields["required"].as_array().into_iter().flatten();
        let halves = required.map(|field| (field.as_str().unwrap().to_owned(), json!(0.5))).collect();
        json!({ word: Value::Object(halves) })
    };
    let listed: Vec<StrategySpec> = variants.iter().map(|v| serde_json::from_value(read(v)).unwrap()).collect();
    assert!(listed.iter().map(|spec| spec.listed().word).eq(STRATEGIES.iter().map(|listed| listed.word)));
    [listed, vec![GENEROUS, MIXED]].concat()
}

fn decision_stream() -> Stream {
    stream(1, Purpose::Decision, StreamKey::default())
}

/// C, D and `x` for an illegal completion.
fn moves(text: &str) -> Vec<Action> {
    let action = |letter| match letter {
        'C' => C,
        'D' => D,
        'x' => ILLEGAL,
        other => panic!("no move is written {other}"),
    };
    text.chars().map(action).collect()
}

/// Three matches of a tournament, whose second opens for the player in `seat` as `opening` says.
fn three_matches(rules: &Rules, rounds: usize, opening: Observation, seat: usize) -> Tournament {
    let mut tournament = Tournament::new(2, (0..6).map(AgentId).collect(), 6);
    tournament.rounds.fill(rounds as u32);
    if let Observation::Last { own, others } = opening {
        tournament.last_legal[2 + seat] = own;
        tournament.last_legal[3 - seat] = others;
    }
    tournament.observe(rules);
    tournament
}

/// Plays `spec` in the second match of three against `opponent`'s moves, in either seat, and checks what it does. The
/// tournament itself says what is seen.
fn versus_after(spec: StrategySpec, opening: Observation, opponent: &str, expected: &str) {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let own_moves = Moves::of(&game).unwrap();
    let opponent_moves = moves(opponent);
    let rules = Rules::new(Arc::new(game), Horizon::Fixed(opponent_moves.len() as u32));
    let facts = MatchFacts { rounds: Some(opponent_moves.len() as u32), ..MatchFacts::AXELROD };
    let strategy = spec.build(&facts, &mut member_stream(1, 0)).unwrap();
    for seat in 0..2 {
        let mut tournament = three_matches(&rules, opponent_moves.len(), opening, seat);
        let mut played = Vec::new();
        for &action in &opponent_moves {
            let view = MatchView {
                game: rules.game.as_ref(),
                moves: &own_moves,
                history: &tournament.history,
                stride: 6,
                first_seat: 2,
                seat,
                round: tournament.round as usize,
                seen: tournament.seen[2 + seat],
                others_good: None,
            };
            let own = strategy.decide(&view, &mut decision_stream());
            let joint = if seat == 0 { [own, action] } else { [action, own] };
            // The neighbours do what would mislead a strategy that looked at them.
            tournament.advance(&rules, &mut Decisions(vec![D, C, joint[0], joint[1], C, D]));
            played.push(own);
        }
        assert_eq!(played, moves(expected), "{spec:?} in seat {seat} against {opponent}");
    }
}

fn versus(spec: StrategySpec, opponent: &str, expected: &str) {
    versus_after(spec, Observation::Opening, opponent, expected);
}

#[test]
fn tables_of_moves() {
    versus(AlwaysCooperate, "CDDC", "CCCC");
    versus(AlwaysDefect, "CDDC", "DDDD");
    versus(random(1.0), "CDDC", "CCCC");
    versus(random(0.0), "CDDC", "DDDD");
    versus(TitForTat, "CDDCDC", "CCDDCD");
    versus(SuspiciousTitForTat, "CDDCDC", "DCDDCD");
    versus(generous(0.0), "CDDCDC", "CCDDCD");
    versus(generous(1.0), "CDDCDC", "CCCCCC");
    versus(TitForTwoTats, "DCDDDCDC", "CCCCDDCC");
    versus(TwoTitsForTat, "CDCCCDDCCC", "CCDDCCDDDC");
    versus(Grim, "CCDCCCC", "CCCDDDD");
    versus(Grim, "CCCCCCC", "CCCCCCC");
    versus(WinStayLoseShift, "CCDDDCDC", "CCCDCDDC");
    versus(Alternator, "CDDCC", "CDCDC");
    versus(memory_one([0.0, 0.0, 1.0, 1.0, 0.0]), "CCDDCC", "DCDDDC");
}

/// An opponent's illegal completion leaves its last legal action in view; the strategy's own action still counts as its
/// last, so that strategies that follow their own last action do not repeat it.
#[test]
fn after_a_void_round_a_strategy_sees_its_own_action_and_the_opponents_last_legal_one() {
    versus(TitForTat, "DxxCxD", "CDDDCC");
    versus(TitForTat, "xxD", "CCC");
    versus(SuspiciousTitForTat, "xCx", "DDC");
    versus(TitForTwoTats, "DxDxC", "CCCDD");
    versus(TwoTitsForTat, "DxCxCx", "CDDDDC");
    versus(Grim, "CxCxC", "CCCCC");
    versus(Grim, "xDxCx", "CCDDD");
    versus(WinStayLoseShift, "DxxC", "CDCD");
    versus(Alternator, "CxC", "CDC");
    versus(memory_one([1.0, 0.0, 1.0, 1.0, 0.0]), "CxxD", "CDCD");
}

#[test]
fn a_made_up_opening_is_answered() {
    let defected = Observation::Last { own: C, others: D };
    let cooperated = Observation::Last { own: D, others: C };
    versus_after(TitForTat, defected, "CCD", "DCC");
    versus_after(SuspiciousTitForTat, cooperated, "DC", "CD");
    versus_after(TitForTwoTats, defected, "DDC", "CCD");
    versus_after(TwoTitsForTat, defected, "CC", "DC");
    versus_after(Grim, defected, "CC", "DC");
    versus_after(WinStayLoseShift, cooperated, "CC", "DD");
    versus_after(Alternator, defected, "CC", "DC");
    versus_after(TitForTat, defected, "xxC", "DDD");
}

#[test]
fn every_strategy_is_explained_by_the_name_it_plays_under() {
    for spec in all() {
        let Listed { word, explanation, .. } = spec.listed();
        assert_eq!(built(&spec).name(), explanation.name);
        let text = explain::explain(word).unwrap_or_else(|| panic!("{word} has no explanation"));
        assert_eq!(explain::explain(explanation.name), Some(text.clone()));
        assert!(text.contains("Rule:") && text.contains("Source:"), "{text}");
    }
    assert_eq!(explain::explain("tit_for_tatt"), None);
}

/// What Axelrod-Python 4.14 answers to the same moves: `benches/peers/axelrod_moves.py --fixture` writes it.
#[test]
fn deterministic_strategies_answer_as_in_axelrod_python() {
    #[derive(serde::Deserialize)]
    struct Line {
        strategy: StrategySpec,
        opponent: String,
        moves: String,
    }
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/axelrod_moves.jsonl")).unwrap();
    let lines: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let words: std::collections::BTreeSet<&str> = lines.iter().map(|line| line.strategy.listed().word).collect();
    assert_eq!(words.len(), 93, "strategies of the fixture");
    for Line { strategy, opponent, moves } in lines {
        versus(strategy, &opponent, &moves);
    }
}

#[test]
fn what_a_game_does_not_allow_is_refused_in_a_sentence() {
    let refused = |text: &str, facts: &MatchFacts| {
        let spec: StrategySpec = serde_json::from_str(text).unwrap();
        let fault = spec.build(facts, &mut member_stream(1, 0)).expect_err(text);
        format!("{}: {}; {}", fault.at, fault.message, fault.expected)
    };
    let in_axelrods = |text: &str| refused(text, &MatchFacts::AXELROD);
    for (text, expected) in [
        (
            r#"{"Extortion": {"chi": 2, "phi": 0.2}}"#,
            ".phi: with phi 0.2 an answer would have a probability outside 0 to 1; expected at most 0.1111 in this \
             game, with chi 2",
        ),
        (
            r#"{"Extortion": {"chi": 0.5}}"#,
            ".chi: a factor chi of 0.5 would be for the opponent's good; expected at least 1",
        ),
        (
            r#"{"Equaliser": {"payoff": 4}}"#,
            ".payoff: the opponent's payoff cannot be held at 4 in this game; expected 1 to 3",
        ),
        (
            r#"{"GoByMajority": {"memory": 65}}"#,
            ".memory: a memory of 65 rounds is too long; expected at most 64, or 0 for all rounds",
        ),
        (r#"{"Cycler": {"moves": "CxD"}}"#, ".moves: `x` is no move; expected 1 to 256 letters C and D"),
        (
            r#"{"LookUp": {"own": 1, "others": 1, "opening": [1], "table": [1, 0]}}"#,
            ".table: `table` has 2 entries; expected 4 for `own: 1` and `others: 1`",
        ),
        (
            r#"{"LookUp": {"own": 0, "others": 4, "opening": [], "table": []}}"#,
            ".others: a table over 4 moves is too large; expected at most 3",
        ),
        (
            r#"{"LookUp": {"own": 0, "others": 1, "opening": [1], "table": [1, 2]}}"#,
            ".table[1]: 2 is no probability; expected 0 to 1",
        ),
        (
            r#"{"Machine": {"states": [{"cooperate": 1, "next": [0, 1]}]}}"#,
            ".states[0].next[1]: there is no state 1; expected 0 to 0",
        ),
        (
            r#"{"Machine": {"states": [{"cooperate": 1, "next": [0]}]}}"#,
            ".states[0].next: `next` has 1 entries; expected 2, after C and D, or 4, after CC, CD, DC and DD",
        ),
        (r#"{"RandomMachine": {"states": 0}}"#, ".states: a machine of 0 states cannot be drawn; expected 1 to 256"),
    ] {
        assert_eq!(in_axelrods(text), expected);
    }
    let unknown = MatchFacts::default();
    for text in [r#""Adaptive""#, r#""Downing""#, r#"{"Extortion": {}}"#, r#""OptimalGenerousTitForTat""#] {
        assert!(refused(text, &unknown).contains("payoffs that are the same in both seats"), "{text}");
    }
    let stag_hunt = MatchFacts { payoffs: facts::payoffs(&catalog::game("stag_hunt").unwrap()), rounds: None };
    assert!(refused(r#""OptimalGenerousTitForTat""#, &stag_hunt).contains("no best generosity"));
}

#[test]
fn each_member_of_a_random_population_is_another_and_the_same_again() {
    for text in
        [r#"{"RandomMemoryOne": {}}"#, r#"{"RandomLookUp": {"memory": 3}}"#, r#"{"RandomMachine": {"states": 16}}"#]
    {
        let spec: StrategySpec = serde_json::from_str(text).unwrap();
        let drawn = |seed: u64, agent: u32| {
            let strategy = spec.build(&MatchFacts::default(), &mut member_stream(seed, agent)).unwrap();
            strategy.automaton(automaton::STATES_MAX).unwrap()
        };
        assert_eq!(drawn(1, 0), drawn(1, 0));
        assert_ne!(drawn(1, 0), drawn(1, 1));
        assert_ne!(drawn(1, 0), drawn(2, 0));
    }
}
