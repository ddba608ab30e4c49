//! Checks that expected matches equal the sum over all histories, as a tournament itself tells them, and closed forms.

use super::odds::{JointStates, expect_match};
use crate::games::{Action, ILLEGAL, catalog, matrix::MatrixGame};
use crate::rng::{Purpose, StreamKey, stream};
use crate::testing::property_config;
use crate::world::{AgentId, Horizon, Opening, Rules, Tournament};
use proptest::prelude::*;
use rand::RngExt;
use std::sync::Arc;

fn prisoners_dilemma(horizon: Horizon, noise: f64) -> Rules {
    Rules { noise, ..Rules::new(Arc::new(catalog::game("prisoners_dilemma").unwrap()), horizon) }
}

/// The table of a memory-one strategy: start, CC, CD, DC, DD.
fn memory_one(p: [f64; 5]) -> Vec<f64> {
    p.iter().flat_map(|p| [*p, 1.0 - p, 0.0]).collect()
}

const TIT_FOR_TAT: [f64; 5] = [1.0, 1.0, 0.0, 1.0, 0.0];
const WIN_STAY_LOSE_SHIFT: [f64; 5] = [1.0, 1.0, 0.0, 0.0, 1.0];

/// Sums (decisions, legal, cooperations, payoff) of both seats over every history under `rules`, as a tournament tells
/// them.
fn enumerate(rules: &Rules, tables: [&[f64]; 2]) -> [[f64; 4]; 2] {
    let actions = rules.game.actions().len() as Action;
    let mut sums = [[0.0; 4]; 2];
    let openings: Vec<[Action; 2]> = match rules.opening {
        Opening::Blank => vec![[ILLEGAL; 2]],
        Opening::LastMoves => panic!("last moves depend on who plays"),
        Opening::MadeUp => (0..actions).flat_map(|a| (0..actions).map(move |b| [a, b])).collect(),
    };
    for opening in &openings {
        let mut tournament = Tournament::new(2, vec![AgentId(0), AgentId(1)], 2);
        tournament.last_legal.copy_from_slice(opening);
        tournament.observe(rules);
        go_on(rules, tables, &tournament, 1, 1.0 / openings.len() as f64, &mut sums);
    }
    sums
}

fn go_on(
    rules: &Rules,
    tables: [&[f64]; 2],
    tournament: &Tournament,
    round: u32,
    chance: f64,
    sums: &mut [[f64; 4]; 2],
) {
    let (probability, rounds_max) = match rules.horizon {
        Horizon::Fixed(rounds) => (1.0, rounds),
        Horizon::Continue { probability, at_most } => (probability, at_most),
    };
    let actions = rules.game.actions().len();
    // The chance that `seat` plays `action`: it meant to, or it meant another action and slipped to this one.
    let plays = |seat: usize, action: Action| {
        let row = &tables[seat][rules.observations.index(tournament.seen[seat]) * (actions + 1)..][..=actions];
        if action == ILLEGAL {
            return row[actions];
        }
        let others: f64 = (0..actions).filter(|&a| a != usize::from(action)).map(|a| row[a]).sum();
        row[usize::from(action)] * (1.0 - rules.noise) + others * rules.noise / (actions - 1) as f64
    };
    let all = || (0..actions as Action).chain([ILLEGAL]);
    for first in all() {
        for second in all() {
            let joint = [first, second];
            let chance = chance * plays(0, first) * plays(1, second);
            let mut payoffs = [0.0; 2];
            if !joint.contains(&ILLEGAL) {
                rules.game.payoffs(&joint, &mut payoffs);
            }
            let mut next = tournament.clone();
            for seat in 0..2 {
                let legal = joint[seat] != ILLEGAL;
                let cooperated = legal && rules.game.cooperative(joint[seat]);
                let numbers = [1.0, f64::from(u8::from(legal)), f64::from(u8::from(cooperated)), payoffs[seat]];
                for (sum, number) in sums[seat].iter_mut().zip(numbers) {
                    *sum += chance * number;
                }
                if legal {
                    next.last_legal[seat] = joint[seat];
                }
            }
            next.observe(rules);
            if round < rounds_max && chance > 0.0 {
                go_on(rules, tables, &next, round + 1, chance * probability, sums);
            }
        }
    }
}

proptest! {
    #![proptest_config(property_config(40))]

    #[test]
    fn expected_matches_equal_the_sum_over_all_histories(
        seed: u64, actions in 2usize..4, rounds in 1u32..4, fixed: bool, made_up: bool, noisy: bool, legal: bool,
    ) {
        let rng = &mut stream(seed, Purpose::plugin("tests"), StreamKey::default());
        let names: Vec<String> = (0..actions).map(|i| i.to_string()).collect();
        let mut cell = || ((rng.random::<f64>() * 9.0).floor(), (rng.random::<f64>() * 9.0).floor());
        let payoffs: Vec<Vec<(f64, f64)>> = (0..actions).map(|_| (0..actions).map(|_| cell()).collect()).collect();
        let game = MatrixGame::new("g", &names, &payoffs, &[]).unwrap();
        let horizon = match fixed {
            true => Horizon::Fixed(rounds),
            false => Horizon::Continue { probability: rng.random(), at_most: rounds },
        };
        let mut rules = Rules::new(Arc::new(game), horizon);
        rules.opening = if made_up { Opening::MadeUp } else { Opening::Blank };
        rules.noise = if noisy { rng.random() } else { 0.0 };
        let mut table = || {
            let mut rows = Vec::new();
            for _ in 0..rules.observations.len() {
                let mut row: Vec<f64> = (0..=actions).map(|_| rng.random()).collect();
                if legal {
                    row[actions] = 0.0;
                }
                let total: f64 = row.iter().sum();
                rows.extend(row.iter().map(|p| p / total));
            }
            rows
        };
        let tables = [table(), table()];
        let tables = [tables[0].as_slice(), tables[1].as_slice()];
        let found = expect_match(&rules, tables[0], tables[1]);
        for (found, wanted) in found.into_iter().zip(enumerate(&rules, tables)) {
            let found = [found.decisions, found.legal, found.cooperations, found.payoff];
            for (a, b) in found.into_iter().zip(wanted) {
                prop_assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{found:?} {wanted:?}");
            }
        }
    }
}

#[test]
fn states_are_numbered_without_gaps_and_seen_from_either_seat() {
    let rules = prisoners_dilemma(Horizon::Fixed(1), 0.0);
    let states = JointStates::new(&rules);
    assert_eq!(states.count(), 9);
    for state in 0..9 {
        assert_eq!(states.next(state, [ILLEGAL; 2]), state);
        assert_eq!(states.last(states.next(state, [0, 1])), [0, 1]);
    }
    let mixed = states.next(0, [0, 1]);
    assert_eq!([0, 1].map(|seat| states.observation(mixed, seat)), [2, 3]);
    assert_eq!(states.observation(states.next(8, [0, ILLEGAL]), 0), 0, "the opening lasts until both have acted");
}

#[test]
fn pure_strategies_get_what_the_table_says() {
    let rules = prisoners_dilemma(Horizon::Fixed(10), 0.0);
    let [cooperate, defect, tit_for_tat] = [[1.0; 5], [0.0; 5], TIT_FOR_TAT].map(memory_one);
    let payoffs = |a: &[f64], b: &[f64]| expect_match(&rules, a, b).map(|seat| seat.payoff);
    assert_eq!(payoffs(&tit_for_tat, &tit_for_tat), [30.0, 30.0]);
    assert_eq!(payoffs(&defect, &cooperate), [40.0, 0.0]);
    assert_eq!(payoffs(&tit_for_tat, &defect), [9.0, 13.0]);
}

#[test]
fn geometric_matches_have_their_mean_length() {
    let horizon = Horizon::Continue { probability: 0.9, at_most: 1000 };
    let [cooperate, defect] = [[1.0; 5], [0.0; 5]].map(memory_one);
    let [seat, _] = expect_match(&prisoners_dilemma(horizon, 0.0), &defect, &cooperate);
    assert!((seat.decisions - 10.0).abs() < 1e-12 && (seat.payoff - 40.0).abs() < 1e-12);
}

/// Each player repeats the other's last action except for slips, so P(C) moves towards a half by the factor 1 − 2ε per
/// round: after t rounds it is ½ + ½ (1 − 2ε)^t.
#[test]
fn tit_for_tat_under_noise_drifts_to_a_half() {
    let (noise, rounds) = (0.05, 40);
    let table = memory_one(TIT_FOR_TAT);
    let [seat, _] = expect_match(&prisoners_dilemma(Horizon::Fixed(rounds), noise), &table, &table);
    let wanted: f64 = (1..=rounds as i32).map(|t| 0.5 + 0.5 * (1.0 - 2.0 * noise).powi(t)).sum();
    assert!((seat.cooperations - wanted).abs() < 1e-12, "{} {wanted}", seat.cooperations);
}

/// Win-stay lose-shift meets itself. Let c be the chance that both play alike in a round. After such a round both mean
/// to cooperate, otherwise both mean to defect; so they play alike with chance (1 − ε)² + ε² whatever came before, and
/// CC has chance (1 − ε)² c + ε² (1 − c) in every round but the first, where it is (1 − ε)².
#[test]
fn win_stay_lose_shift_under_noise_corrects_errors() {
    let (noise, rounds) = (0.05, 30);
    let table = memory_one(WIN_STAY_LOSE_SHIFT);
    let [seat, other] = expect_match(&prisoners_dilemma(Horizon::Fixed(rounds), noise), &table, &table);
    let (stay, slip) = (1.0 - noise, noise);
    let alike = stay * stay + slip * slip;
    // One player cooperates if both meant to and it did not slip, or both meant to defect and it slipped.
    let later = alike * stay + (1.0 - alike) * slip;
    let wanted = stay + f64::from(rounds - 1) * later;
    assert!((seat.cooperations - wanted).abs() < 1e-12, "{} {wanted}", seat.cooperations);
    assert!((seat.payoff - other.payoff).abs() < 1e-12);
}
