//! Mutants that are not rare.

use super::*;

fn mutating(rate: f64, strengths: &[f64], sizes: &[usize], draws: usize) -> Options {
    Options { mutation: rate, ..options(strengths, sizes, draws) }
}

#[test]
fn rare_mutation_tends_to_the_small_mutation_limit() {
    let game = play(strategies(), &rules(Horizon::Fixed(50), 0.01, Opening::Blank));
    let distance = |rate: f64| {
        let options = mutating(rate, &[0.1, 1.0], &[12], 0);
        let means: Vec<_> = game.measures.iter().map(|measure| measure.values.mean(Diagonal::All)).collect();
        let (plan, notes) = Plan::new(&options, PAYOFF, &means[PAYOFF], 0).unwrap();
        assert!(notes.is_empty(), "{notes:?}");
        let Numbers { chain, long_run, chain_cooperation, cooperation, .. } =
            Numbers::of(&means, &plan, false).unwrap();
        let mut worst: f64 = 0.0;
        for b in 0..2 {
            assert!((chain[0][b].iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let shares = chain[0][b].iter().zip(&long_run[0][b]).map(|(a, b)| (a - b).abs());
            worst = shares.fold(worst, f64::max).max((chain_cooperation[0][b] - cooperation[0][b]).abs());
        }
        worst
    };
    let distances = [1e-2, 1e-4, 1e-6, 1e-8].map(distance);
    assert!(distances[0] > 1e-3, "frequent mutants change something: {distances:?}");
    assert!(distances.windows(2).all(|two| two[1] < two[0] / 5.0) && distances[3] < 1e-5, "{distances:?}");
}

/// With two types the chain is one of births and deaths, whose stationary distribution is a product.
#[test]
fn cooperation_with_mutation_counts_everyone_that_is_met() {
    let types = vec![strategy("c", always_cooperate()), strategy("d", always_defect())];
    let game = play(types, &rules(Horizon::Fixed(1), 0.0, Opening::Blank));
    let (rate, beta, n) = (0.1, 0.7, 8_usize);
    let value = findings(&game, &mutating(rate, &[beta], &[n], 0)).value;
    let pay = |k: usize| {
        let (k, others) = (k as f64, (n - 1) as f64);
        [3.0 * (k - 1.0) / others, (5.0 * k + (n as f64 - k - 1.0)) / others]
    };
    let step = |k: usize, up: bool| {
        let [c, d] = pay(k);
        let (leave, join) = if up { (n - k, k) } else { (k, n - k) };
        let gain = if up { c - d } else { d - c };
        let copies = 1.0 / (1.0 + (-beta * gain).exp());
        leave as f64 / n as f64 * ((1.0 - rate) * join as f64 / (n - 1) as f64 * copies + rate)
    };
    let mut weights = vec![1.0];
    for k in 0..n {
        weights.push(weights[k] * step(k, true) / step(k + 1, false));
    }
    let sum: f64 = weights.iter().sum();
    let mean: f64 = weights.iter().enumerate().map(|(k, weight)| weight / sum * k as f64 / n as f64).sum();
    assert!((value.chain[0][0][0] - mean).abs() < 1e-12, "{:?} where {mean} is expected", value.chain);
    // Either type cooperates always or never, so cooperation is the mean share of the one that does.
    assert!((value.chain_cooperation[0][0] - mean).abs() < 1e-12);
    // Mutation keeps the dominated type in a large population.
    let last = value.mutator[0].last().unwrap();
    assert!(*last > 0.01 && *value.replicator[0].last().unwrap() < 1e-9, "{last}");
}

#[test]
fn chains_have_intervals_over_seeds() {
    let seeds = [[0.9, 0.9, 0.2, 0.8, 0.1], [0.95, 1.0, 0.0, 0.9, 0.0], [0.7, 0.8, 0.3, 0.8, 0.2]];
    let types = vec![trained("reciprocal", &seeds), strategy("d", always_defect())];
    let game = play(types, &rules(Horizon::Fixed(10), 0.0, Opening::Blank));
    let found = findings(&game, &mutating(0.01, &[0.5], &[10], 200));
    let [low, high] = found.ends.as_ref().unwrap();
    let of = |numbers: &Numbers| [numbers.chain[0][0][0], numbers.chain_cooperation[0][0], numbers.mutator[0][30]];
    for ((low, value), high) in of(low).into_iter().zip(of(&found.value)).zip(of(high)) {
        assert!(low < value && value < high, "{low} {value} {high}");
    }
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}

#[test]
fn what_is_too_large_is_left_out_with_a_note() {
    let of = |types: usize, sizes: &[usize], draws: usize, steps_max: u64| {
        let mut notes = Vec::new();
        let coverage = coverage(types, &mutating(0.1, &[0.1, 1.0], sizes, draws), draws, steps_max, &mut notes);
        (coverage, notes)
    };
    let (all, notes) = of(3, &[10, 20], 100, u64::MAX);
    assert_eq!((all, notes.len()), (vec![Coverage::Intervals; 2], 0));
    // 66 states of 10 agents, 231 of 20.
    let (some, notes) = of(3, &[10, 20], 100, 200_000);
    assert_eq!(some, [Coverage::Value, Coverage::Value]);
    assert!(notes.len() == 2 && notes[0].contains("no intervals: its 66 states"), "{notes:?}");
    let (few, notes) = of(3, &[10, 20], 0, 20_000);
    assert_eq!(few, [Coverage::Value, Coverage::Nothing]);
    assert!(notes[0].contains("20 agents is left out: its 231 states") && notes[0].contains("2.0e4"), "{notes:?}");
    let (none, notes) = of(5, &[10, 20], 0, u64::MAX);
    assert_eq!(none, [Coverage::Nothing; 2]);
    assert!(notes[0].contains("10 agents of 5 types have 1001 states") && notes[0].contains("at most 4"), "{notes:?}");
    let (none, notes) = of(4, &[1000], 0, u64::MAX);
    assert_eq!(none, [Coverage::Nothing]);
    assert!(notes[0].contains("expected at most"), "{notes:?}");
    // A payoff below 0 leaves out the equation, and nothing else.
    let mut losing = rules(Horizon::Fixed(3), 0.0, Opening::Blank);
    let actions = ["cooperate".to_owned(), "defect".to_owned()];
    let payoffs = [vec![(1.0, 1.0), (-2.0, 3.0)], vec![(3.0, -2.0), (0.0, 0.0)]];
    losing.game = Arc::new(MatrixGame::new("donation", &actions, &payoffs, &actions[..1]).unwrap());
    let found = findings(&play(strategies(), &losing), &mutating(0.1, &[0.1], &[5], 0));
    assert!(found.value.mutator.is_empty() && !found.value.chain[0].is_empty());
    assert!(found.notes[0].contains("a type may get -2"), "{:?}", found.notes);
}
