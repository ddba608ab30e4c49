//! What strategies say of themselves against what they do: probabilities, draws, automata, what they keep of a match.

use super::*;

/// Probabilities of cooperation before each of the rounds in which both did as in `history`, and after the last.
fn chances(strategy: &dyn crate::policies::scripted::Strategy, history: &[(bool, bool)]) -> Vec<f64> {
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
fn long_run(strategy: &dyn crate::policies::scripted::Strategy, opponent: [f64; 4]) -> [f64; 2] {
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
