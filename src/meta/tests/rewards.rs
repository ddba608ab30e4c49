//! What types are rewarded for.

use super::*;

/// The reward of a population that a scenario describes with these terms, in tick 10.
fn rewards(terms: &str, rules: &Rules) -> Rewards {
    let text = format!(
        "(version: 1, ticks: 20, game: Named(\"prisoners_dilemma\"), rounds: Fixed(5), populations: \
         [(name: \"a\", count: 2, policy: QLearning(), rewards: [{terms}])])"
    );
    let known = Simulation::new().known();
    let spec = load_text("test", &text, "test", &[], &known).unwrap_or_else(|error| panic!("{error}")).spec;
    Rewards::of(&spec.populations[0], 10, rules)
}

#[test]
fn rewards_are_what_the_terms_say() {
    let rules = rules(Horizon::Fixed(4), 0.0, Opening::Blank);
    let all = rewards(
        "(term: Payoff), (term: Utilitarian, weight: 0.5), (term: Deontological(penalty: 4)), \
         (term: VirtueKindness(bonus: 2), until: 5)",
        &rules,
    );
    assert_eq!(all.term("payoff"), Some(&[[3.0, 0.0, 5.0, 1.0]; 5]));
    assert_eq!(all.term("utilitarian"), Some(&[[3.0, 2.5, 2.5, 1.0]; 5]));
    let fined = [0.0, 0.0, -4.0, -4.0];
    assert_eq!(all.term("deontological"), Some(&[[0.0; 4], fined, [0.0; 4], fined, [0.0; 4]]));
    assert_eq!(all.term("virtue_kindness"), Some(&[[0.0; 4]; 5]), "no longer in force");
    let total = all.total().unwrap();
    assert_eq!([total[0], total[1]], [[6.0, 2.5, 7.5, 2.0], [6.0, 2.5, 3.5, -2.0]]);
    let unknown = Rewards { unknown: vec!["theirs".into()], ..all };
    assert_eq!(unknown.total(), None);
}

#[test]
fn selection_looks_at_the_reward_if_told() {
    let rules = rules(Horizon::Fixed(4), 0.0, Opening::Blank);
    let with = |name: &str, automaton, terms: &str| MetaType {
        rewards: Some(rewards(terms, &rules)),
        ..strategy(name, automaton)
    };
    let types = || {
        vec![
            with("dutiful", always_defect(), "(term: Payoff), (term: Deontological(penalty: 8))"),
            with("selfish", always_defect(), "(term: Payoff)"),
            strategy("c", always_cooperate()),
        ]
    };
    let game = play(types(), &rules);
    let named = |name: &str| game.measures.iter().find(|measure| measure.name == name).unwrap();
    let mean = |name: &str| matrix(named(name));
    // Against a cooperator it defects four times, and is fined for three: the first follows nothing.
    assert!((mean("reward")[(0, 2)] - (5.0 - 8.0 * 0.75)).abs() < 1e-12);
    assert!((mean("reward_deontological")[(0, 2)] + 6.0).abs() < 1e-12);
    assert_eq!(named("reward_deontological").has, [true, false, false]);
    assert_eq!(mean("reward")[(1, 2)], 5.0);
    // A strategy is paid by the game.
    assert_eq!((mean("reward")[(2, 2)], &named("reward").has), (3.0, &vec![true; 3]));
    let by_payoff = findings(&game, &options(&[1.0], &[20], 0));
    let by_reward = findings(&game, &Options { by_reward: true, ..options(&[1.0], &[20], 0) });
    let [first, second, _] = by_payoff.value.long_run[0][0][..] else { panic!("three types") };
    assert!((first - second).abs() < 1e-9, "both defect: {first} {second}");
    let shares = &by_reward.value.long_run[0][0];
    assert!(shares[0] < shares[1], "the fined one is rarer: {shares:?}");
    // Where all are rewarded by the payoff alone, nothing changes.
    let plain: Vec<MetaType> = strategies()
        .into_iter()
        .map(|of| MetaType { rewards: Some(rewards("(term: Payoff)", &rules)), ..of })
        .collect();
    let game = play(plain, &rules);
    let [payoff, reward] = [false, true].map(|by_reward| Options { by_reward, ..options(&[0.3], &[20], 0) });
    let [payoff, reward] = [payoff, reward].map(|options| findings(&game, &options).value.long_run);
    assert!(payoff[0][0].iter().zip(&reward[0][0]).all(|(a, b)| (a - b).abs() < 1e-9), "{payoff:?} {reward:?}");
}

#[test]
fn rewards_that_nobody_has_or_knows_are_no_fitness() {
    let rules = rules(Horizon::Fixed(4), 0.0, Opening::Blank);
    let refused = |types: Vec<MetaType>| {
        let options = Options { by_reward: true, ..options(&[1.0], &[20], 0) };
        find(&play(types, &rules), &options, &Progress::default()).unwrap_err()
    };
    assert!(refused(strategies()).contains("no type has a reward"));
    let mut types = strategies();
    types[1].rewards = Some(Rewards { unknown: vec!["theirs".into()], ..rewards("(term: Payoff)", &rules) });
    assert!(refused(types).contains("`always_defect` has a term of a plugin"));
}

#[test]
fn sampled_rewards_agree_with_exact_ones() {
    let (p, q) = ([0.9, 0.8, 0.3, 0.6, 0.1], [0.2, 0.7, 0.55, 0.05, 0.95]);
    let rules = rules(Horizon::Fixed(6), 0.05, Opening::MadeUp);
    let reward = rewards("(term: Deontological(penalty: 1))", &rules);
    let of = |player: Player| {
        let first = MetaType::strategy("first".into(), "hidden".into(), vec![player]);
        let types = vec![MetaType { rewards: Some(reward.clone()), ..first }, strategy("second", memory_one(q))];
        let game = MetaGame::play(types, &rules, Sampling { matches: 20_000, seed: 3 }).unwrap();
        matrix(game.measures.last().unwrap())[(0, 1)]
    };
    let (exact, sampled) = (of(Player::memory_one(p)), of(Player::Script(Arc::new(Hidden(p)))));
    assert!(exact < -0.05 && (exact - sampled).abs() < 0.01, "{exact} {sampled}");
}

#[test]
fn rewards_of_zero_leave_everything_at_rest() {
    let rules = rules(Horizon::Fixed(4), 0.0, Opening::Blank);
    let ended = |of: MetaType| MetaType { rewards: Some(rewards("(term: Utilitarian, until: 5)", &rules)), ..of };
    let game = play(strategies().into_iter().map(ended).collect(), &rules);
    let found = findings(&game, &Options { by_reward: true, ..options(&[1.0], &[20], 0) });
    assert!(found.value.long_run[0][0].iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9));
    assert!(found.value.replicator.iter().flatten().all(|share| (share - 1.0 / 3.0).abs() < 1e-9));
}
