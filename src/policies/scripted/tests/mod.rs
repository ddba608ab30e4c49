//! Every strategy against tables of moves, and its declared probabilities against what it does.

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

/// Probabilities of cooperation before each of the rounds in which both did as in `history`, and after the last.
fn chances(strategy: &dyn super::Strategy, history: &[(bool, bool)]) -> Vec<f64> {
    let Some(mut memory) = strategy.memory() else {
        let last = history.iter().map(|&(own, others)| Recall::Last { own, others });
        let recalls = [Recall::Start].into_iter().chain(last);
        return recalls.map(|recall| strategy.cooperation(recall).expect("it sees the last round alone")).collect();
    };
    let mut chances = vec![memory.chance(Recall::Start)];
    for &(own, others) in history {
        memory.see(own, others);
        chances.push(memory.chance(Recall::Last { own, others }));
    }
    chances
}

/// Moves of both players that look like nothing in particular.
fn mixed_history(rounds: u32) -> Vec<(bool, bool)> {
    let bit = |n: u32| n.wrapping_mul(0x9E37_79B9) >> 16 & 1 == 0;
    (0..rounds).map(|round| (bit(2 * round), bit(2 * round + 1))).collect()
}

#[test]
fn those_that_answer_nobody_say_so() {
    let history = mixed_history(80);
    let against = |others: bool| history.iter().map(|&(own, _)| (own, others)).collect::<Vec<_>>();
    for spec in all() {
        let Listed { word, answers_nobody, .. } = spec.listed();
        let strategy = built(&spec);
        let is_blind = chances(&*strategy, &against(true)) == chances(&*strategy, &against(false));
        assert!(!answers_nobody || is_blind, "{word} depends on what others do");
    }
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
fn what_is_kept_of_a_match_decides_as_the_match_read_again() {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let own_moves = Moves::of(&game).unwrap();
    let rules = Rules::new(Arc::new(game), Horizon::Fixed(60));
    for opening in
        [Observation::Opening, Observation::Last { own: C, others: D }, Observation::Last { own: D, others: C }]
    {
        for spec in all() {
            let strategy = built(&spec);
            let Some(mut memory) = strategy.memory() else { continue };
            let mut tournament = three_matches(&rules, 60, opening, 0);
            for (round, (slip, others)) in mixed_history(60).into_iter().enumerate() {
                let view = MatchView {
                    game: rules.game.as_ref(),
                    moves: &own_moves,
                    history: &tournament.history,
                    stride: 6,
                    first_seat: 2,
                    seat: 0,
                    round,
                    seen: tournament.seen[2],
                    others_good: None,
                };
                if let Some((own, others)) = round.checked_sub(1).and_then(|last| view.counted(last)) {
                    memory.see(own, others);
                }
                let [mut once, mut again] = [decision_stream(), decision_stream()];
                let own = strategy.decide(&view, &mut once);
                let kept = strategy::happens(memory.chance(view.recall()), &mut again);
                assert_eq!(own, own_moves.action(kept), "{spec:?} in round {round} after {opening:?}");
                assert!(once == again, "{spec:?} draws as often");
                // Now and then it slips, and now and then the opponent says nothing legal.
                let own = if slip && round % 7 == 3 { D - own } else { own };
                let other = if round % 11 < 2 { ILLEGAL } else { own_moves.action(others) };
                tournament.advance(&rules, &mut Decisions(vec![C, C, own, other, C, C]));
            }
        }
    }
}

#[test]
fn automata_play_as_their_strategies_do() {
    let mut small = 0;
    for spec in all() {
        let strategy = built(&spec);
        let Some(automaton) = strategy.automaton(automaton::STATES_MAX) else { continue };
        small += 1;
        let mut state = 0;
        let history = mixed_history(300);
        let expected = chances(&*strategy, &history);
        for (round, chance) in expected.iter().enumerate() {
            let found = automaton.states[state].cooperation;
            assert_eq!(found, chance.clamp(0.0, 1.0), "{spec:?} in round {round}");
            if let Some(&(own, others)) = history.get(round) {
                state = automaton.states[state].after(own, others);
            }
        }
        let wavers = automaton.states.iter().any(|state| state.cooperation > 0.0 && state.cooperation < 1.0);
        assert_eq!(strategy.draws(), wavers, "{spec:?} says whether it draws");
    }
    assert!(small >= 80, "{small} strategies are small automata");
    let states = |spec: StrategySpec| built(&spec).automaton(automaton::STATES_MAX).unwrap().states.len();
    let found = [AlwaysCooperate, TitForTat, Grim, TitForTwoTats, StrategySpec::ContriteTitForTat].map(states);
    assert_eq!(found, [1, 2, 2, 3, 3]);
}

/// The long-run payoffs of a memory-one strategy and of its opponent, whose probabilities are neither 0 nor 1.
fn long_run(strategy: &dyn super::Strategy, opponent: [f64; 4]) -> [f64; 2] {
    let own = Recall::ALL[1..].iter().map(|&recall| strategy.cooperation(recall).unwrap()).collect::<Vec<f64>>();
    let mut chances = [0.25; 4];
    for _ in 0..20_000 {
        let mut next = [0.0; 4];
        for (state, chance) in chances.iter().enumerate() {
            // What is CD for one is DC for the other.
            let (p, q) = (own[state], opponent[[0, 2, 1, 3][state]]);
            for (to, odds) in [p * q, p * (1.0 - q), (1.0 - p) * q, (1.0 - p) * (1.0 - q)].into_iter().enumerate() {
                next[to] += chance * odds;
            }
        }
        chances = next;
    }
    let [cc, cd, dc, dd] = chances;
    [3.0 * cc + 5.0 * dc + dd, 3.0 * cc + 5.0 * cd + dd]
}

#[test]
fn zero_determinant_strategies_enforce_their_relation_on_anybody() {
    let read = |text: &str| built(&serde_json::from_str(text).unwrap());
    for opponent in [[0.9, 0.1, 0.8, 0.2], [0.5, 0.5, 0.5, 0.5], [0.2, 0.7, 0.1, 0.6]] {
        for chi in [1.5, 2.0, 4.0] {
            let [own, other] = long_run(&*read(&format!("{{\"Extortion\": {{\"chi\": {chi}}}}}")), opponent);
            crate::testing::assert_near(own - 1.0, chi * (other - 1.0), 1e-9);
            let text = format!("{{\"GenerousZeroDeterminant\": {{\"chi\": {chi}}}}}");
            let [own, other] = long_run(&*read(&text), opponent);
            crate::testing::assert_near(own - 3.0, chi * (other - 3.0), 1e-9);
        }
        let [_, other] = long_run(&*read("{\"Equaliser\": {\"payoff\": 1.75}}"), opponent);
        crate::testing::assert_near(other, 1.75, 1e-9);
    }
    // Extort-2 of Stewart and Plotkin 2012: 8/9, 1/2, 1/3, 0.
    let extort = read("{\"Extortion\": {}}");
    let found = Recall::ALL.map(|recall| extort.cooperation(recall).unwrap());
    for (found, expected) in found.into_iter().zip([1.0, 8.0 / 9.0, 0.5, 1.0 / 3.0, 0.0]) {
        crate::testing::assert_near(found, expected, 1e-12);
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

#[test]
fn those_that_draw_say_so() {
    let draws = |specs: &[StrategySpec]| specs.iter().map(|spec| built(spec).draws()).collect::<Vec<_>>();
    assert_eq!(draws(&[random(0.5), GENEROUS, MIXED]), [true; 3]);
    assert_eq!(draws(&[random(1.0), generous(0.0), TitForTat, Grim, TitForTwoTats, TwoTitsForTat]), [false; 6]);
}

/// The last round that led to `recall`, in a two-action game.
fn seen(recall: Recall) -> Observation {
    let action = |cooperated| if cooperated { C } else { D };
    match recall {
        Recall::Start => Observation::Opening,
        Recall::Last { own, others } => Observation::Last { own: action(own), others: action(others) },
    }
}

#[test]
fn declared_probabilities_are_those_of_behaviour() {
    const DRAWS: u32 = 4000;
    let game = catalog::game("prisoners_dilemma").unwrap();
    let rules = Moves::of(&game).unwrap();
    for strategy in all().iter().map(built) {
        let mut rng = decision_stream();
        for recall in Recall::ALL {
            assert_eq!(rules.recall(seen(recall)), recall);
            let Some(p) = strategy.cooperation(recall) else { continue };
            let view = MatchView {
                game: &game,
                moves: &rules,
                history: &[],
                stride: 2,
                first_seat: 0,
                seat: 0,
                round: 0,
                seen: seen(recall),
                others_good: None,
            };
            let cooperated = (0..DRAWS).filter(|_| strategy.decide(&view, &mut rng) == C).count() as f64;
            // Five standard deviations; zero where p is 0 or 1.
            let tolerance = 5.0 * (p * (1.0 - p) / f64::from(DRAWS)).sqrt();
            let found = cooperated / f64::from(DRAWS);
            assert!((found - p).abs() <= tolerance, "{} after {recall:?}: {found}, declared {p}", strategy.name());
        }
    }
}

proptest! {
    #![proptest_config(property_config(256))]

    /// What a strategy with a longer memory declares for one round holds whatever came before; and no strategy that
    /// says it does not draw moves its stream.
    #[test]
    fn declarations_hold_after_any_history(history in proptest::collection::vec(0u8..2, 2..40)) {
        let game = catalog::game("prisoners_dilemma").unwrap();
        let rules = Moves::of(&game).unwrap();
        let round = history.len() / 2;
        let history = &history[..2 * round];
        let seen = ObservationSpace::of(&game).observe(&game, 0, &history[2 * round - 2..]);
        let view =
            MatchView { game: &game, moves: &rules, history, stride: 2, first_seat: 0, seat: 0, round, seen, others_good: None };
        for strategy in all().iter().map(built) {
            let mut rng = decision_stream();
            let action = strategy.decide(&view, &mut rng);
            if !strategy.draws() {
                prop_assert!(rng == decision_stream());
            }
            match strategy.cooperation(view.recall()) {
                Some(0.0) => prop_assert_eq!(action, D),
                Some(1.0) => prop_assert_eq!(action, C),
                _ => {}
            }
        }
    }
}

#[test]
fn a_view_reads_its_own_match() {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let rules = Moves::of(&game).unwrap();
    let history = [D, D, C, D, D, D, D, ILLEGAL];
    let view = MatchView {
        game: &game,
        moves: &rules,
        history: &history,
        stride: 4,
        first_seat: 2,
        seat: 0,
        round: 2,
        seen: Observation::Last { own: C, others: D },
        others_good: None,
    };
    assert_eq!([0, 1, 2, 3].map(|ago| view.own(ago)), [None, Some(D), Some(C), None]);
    assert_eq!([0, 1, 2, 3].map(|ago| view.opponent(ago)), [None, Some(ILLEGAL), Some(D), None]);
    assert_eq!(view.co_player(2, 1), None);
    assert_eq!(view.others_cooperated().collect::<Vec<_>>(), [false]);
}

#[test]
fn games_with_more_actions_are_played_with_two() {
    let names: Vec<String> = ["low", "middle", "high"].map(str::to_owned).to_vec();
    let game = MatrixGame::new("effort", &names, &vec![vec![(0.0, 0.0); 3]; 3], &names[1..]).unwrap();
    let rules = Moves::of(&game).unwrap();
    assert_eq!((rules.cooperate, rules.defect), (1, 0));
    assert_eq!([0, 1, 2, ILLEGAL].map(|action| rules.cooperative(action)), [false, true, true, false]);
    assert_eq!(rules.recall(Observation::Last { own: 0, others: 2 }), Recall::Last { own: false, others: true });
}

#[test]
fn in_a_group_everybody_must_have_cooperated() {
    let game = PublicGoods::new(3, 2.0, 1.0).unwrap();
    let rules = Moves::of(&game).unwrap();
    let decide = |others, history: &[Action]| {
        let round = history.len() / 3;
        let seen = Observation::Last { own: C, others };
        let view = MatchView {
            game: &game,
            moves: &rules,
            history,
            stride: 3,
            first_seat: 0,
            seat: 1,
            round,
            seen,
            others_good: None,
        };
        [TitForTat, Grim].map(|spec| built(&spec).decide(&view, &mut decision_stream()))
    };
    assert_eq!(decide(2, &[C, D, C]), [C, C]);
    assert_eq!(decide(1, &[C, C, D]), [D, D]);
    assert_eq!(decide(2, &[D, C, C, C, D, C]), [C, D]);
    assert_eq!(decide(2, &[D, C, ILLEGAL, C, D, C]), [C, C]);
}

#[test]
fn a_game_without_defection_has_no_strategies() {
    #[derive(Debug)]
    struct Kind(Vec<String>);
    impl Game for Kind {
        fn name(&self) -> &str {
            "kind"
        }
        fn seats(&self) -> usize {
            2
        }
        fn actions(&self) -> &[String] {
            &self.0
        }
        fn payoffs(&self, _: &[Action], payoffs: &mut [f64]) {
            payoffs.fill(1.0);
        }
        fn cooperative(&self, _: Action) -> bool {
            true
        }
        fn symmetric(&self) -> bool {
            true
        }
    }
    assert_eq!(Moves::of(&Kind(vec!["give".into(), "share".into()])), None);
}

/// Discriminators answer what the others are known for, in every round and whatever they did; without reputations they
/// take every player for good.
#[test]
fn discriminators_answer_reputations_alone() {
    use super::by_reputation::discriminator::{Discriminator, ParadoxicalDiscriminator};
    let game = catalog::game("prisoners_dilemma").unwrap();
    let moves = Moves::of(&game).unwrap();
    for (others_good, expected) in [(Some(true), [C, D]), (Some(false), [D, C]), (None, [C, D])] {
        for seen in [Observation::Opening, Observation::Last { own: C, others: D }] {
            let (history, game) = (&[][..], &game);
            let view = MatchView {
                game,
                moves: &moves,
                history,
                stride: 2,
                first_seat: 0,
                seat: 0,
                round: 0,
                seen,
                others_good,
            };
            let strategies: [&dyn super::Strategy; 2] = [&Discriminator, &ParadoxicalDiscriminator];
            for (strategy, action) in strategies.into_iter().zip(expected) {
                assert_eq!(
                    strategy.decide(&view, &mut decision_stream()),
                    action,
                    "{} {others_good:?}",
                    strategy.name()
                );
                let p = others_good.map_or(strategy.cooperation(view.recall()), |good| {
                    strategy.cooperation_towards(view.recall(), good)
                });
                assert_eq!(p, Some(f64::from(u8::from(action == C))));
            }
        }
    }
    // Those that do not read reputations play the same towards all.
    assert_eq!(built(&TitForTat).cooperation_towards(Recall::Start, false), Some(1.0));
}
