//! Matches against enumeration and sampling.

use super::*;

/// The outcome of the first player by every history of a match, one after another: shares of rounds by the round
/// before.
fn enumerated(p: [f64; 5], q: [f64; 5], setting: &Setting) -> Outcome {
    let (probability, most) = match setting.horizon {
        Horizon::Fixed(rounds) => (1.0, rounds),
        Horizon::Continue { probability, at_most } => (probability, at_most),
    };
    let noisy = |p: f64| p * (1.0 - setting.noise) + (1.0 - p) * setting.noise;
    let mut sums = Outcome::default();
    let mut rounds = 0.0;
    // A history: its chance, what both did last (0 for nothing, then CC, CD, DC, DD), rounds so far.
    let mirrored = [0, 1, 3, 2, 4];
    let starts: Vec<(f64, usize)> = match setting.opening {
        Opening::MadeUp => (1..5).map(|last| (0.25, last)).collect(),
        _ => vec![(1.0, 0)],
    };
    let mut histories: Vec<(f64, usize, u32)> = starts.iter().map(|&(chance, last)| (chance, last, 0)).collect();
    while let Some((chance, last, played)) = histories.pop() {
        rounds += chance;
        let (own, other) = (noisy(p[last]), noisy(q[mirrored[last]]));
        for (joint, [cooperates, meets]) in
            [[true, true], [true, false], [false, true], [false, false]].iter().enumerate()
        {
            let of = |p: f64, yes: bool| if yes { p } else { 1.0 - p };
            let here = chance * of(own, *cooperates) * of(other, *meets);
            sums.rounds[last][joint] += here;
            if played + 1 < most && here > 0.0 {
                histories.push((here * probability, joint + 1, played + 1));
            }
        }
    }
    sums.rounds.iter_mut().flatten().for_each(|share| *share /= rounds);
    sums
}

#[test]
fn matches_come_out_as_by_every_history() {
    let (p, q) = ([0.9, 0.8, 0.3, 0.6, 0.1], [0.2, 0.7, 0.55, 0.05, 0.95]);
    for horizon in [Horizon::Fixed(1), Horizon::Fixed(5), Horizon::Continue { probability: 0.7, at_most: 6 }] {
        for noise in [0.0, 0.15] {
            for opening in [Opening::Blank, Opening::MadeUp] {
                let setting = setting(horizon, noise, opening);
                let [first, second] = meet(&memory_one(p), &memory_one(q), &setting).unwrap();
                for (found, expected) in [(first, enumerated(p, q, &setting)), (second, enumerated(q, p, &setting))] {
                    for (a, b) in found.rounds.iter().flatten().zip(expected.rounds.iter().flatten()) {
                        assert!((a - b).abs() < 1e-12, "{setting:?}: {found:?}, {expected:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn endless_matches_are_followed_until_nothing_is_left() {
    // Two defectors that each slip once in ten rounds: the share of cooperation is the noise, whatever the length.
    let setting = setting(Horizon::Continue { probability: 0.99, at_most: u32::MAX }, 0.1, Opening::Blank);
    let [first, _] = meet(&always_defect(), &always_defect(), &setting).unwrap();
    assert!((first.cooperation() - 0.1).abs() < 1e-12, "{first:?}");
}

#[test]
fn members_of_one_seed_meet_each_other() {
    // A cooperator and a defector of one population, which meet each other and not themselves.
    let members = vec![Player::Automaton(always_cooperate()), Player::Automaton(always_defect())];
    let mixed = MetaType {
        name: "mixed".into(),
        policy: "llm".into(),
        replicates: vec![Replicate { source: "r".into(), seed: Some(1), members }],
        rewards: None,
    };
    let types = vec![mixed, strategy("c", always_cooperate())];
    let game = play(types, &rules(Horizon::Fixed(3), 0.0, Opening::Blank));
    let found = findings(&game, &options(&[1.0], &[10], 0));
    assert!((found.value.measures[0][0][0] - 2.5).abs() < 1e-12);
    assert!((found.value.measures[0][0][1] - 4.0).abs() < 1e-12);
    let regret = game.measures.iter().position(|measure| measure.name == "regret_utilitarian").unwrap();
    // 3 + 3 is the best sum, 1 + 1 the worst: 0 + 5 falls short by a quarter.
    assert!((found.value.measures[regret][0][0] - 0.25).abs() < 1e-12);
}

#[test]
fn sampled_matches_agree_with_exact_ones() {
    let (p, q) = ([0.9, 0.8, 0.3, 0.6, 0.1], [0.2, 0.7, 0.55, 0.05, 0.95]);
    for opening in [Opening::Blank, Opening::MadeUp] {
        let rules = rules(Horizon::Continue { probability: 0.8, at_most: 50 }, 0.05, opening);
        let types = |hidden: bool| {
            let first = if hidden { Player::Script(Arc::new(Hidden(p))) } else { Player::memory_one(p) };
            let first = MetaType::strategy("first".into(), "hidden".into(), vec![first]);
            vec![first, strategy("second", memory_one(q))]
        };
        let exact = play(types(false), &rules);
        let sampled = MetaGame::play(types(true), &rules, Sampling { matches: 20_000, seed: 3 }).unwrap();
        assert!(exact.sampled.is_empty());
        // The first against itself, the first against the second, and the second against the first.
        assert_eq!(sampled.sampled.len(), 3);
        let [exact, found] = [&exact, &sampled].map(|game| matrix(&game.measures[PAYOFF]));
        for payoff in &sampled.sampled {
            let place = (payoff.own.0, payoff.opponent.0);
            // Four standard errors: a false alarm in one of 16,000 numbers, and six are looked at.
            assert!((found[place] - exact[place]).abs() < 4.0 * payoff.standard_error, "{payoff:?} {}", exact[place]);
            assert!(payoff.standard_error < 0.02 && payoff.matches == 20_000, "{payoff:?}");
        }
        let exact = play(types(false), &rules);
        for measure in [COOPERATION, COOPERATION + 1] {
            let means = [&sampled, &exact].map(|game| matrix(&game.measures[measure]));
            assert!((means[0][(0, 1)] - means[1][(0, 1)]).abs() < 0.01, "{means:?}");
        }
    }
}

#[test]
fn automata_of_too_many_states_together_are_played() {
    // Cooperates at every n-th round: as many states, none of them like another.
    let cycle = |states: u32| {
        let state = |number: u32| AutomatonState {
            cooperation: f64::from(u8::from(number == 0)),
            next: [(number + 1) % states; 4],
        };
        Player::Automaton(Automaton { states: (0..states).map(state).collect() })
    };
    let types = |states: u32| {
        [("a", states), ("b", 1024)]
            .map(|(name, states)| MetaType::strategy(name.into(), name.into(), vec![cycle(states)]))
    };
    let rules = rules(Horizon::Fixed(3), 0.0, Opening::Blank);
    let exact = play(types(1024).to_vec(), &rules);
    let played = play(types(1025).to_vec(), &rules);
    assert!(exact.sampled.is_empty() && !played.sampled.is_empty());
    // Nothing is left to chance in three rounds, so that both say the same.
    assert_eq!(matrix(&exact.measures[PAYOFF]), matrix(&played.measures[PAYOFF]));
}
