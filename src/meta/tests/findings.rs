//! What follows from payoffs, against closed forms and published numbers.

use super::*;

#[test]
fn three_strategies_are_as_common_in_the_long_run_as_known() {
    let game = play(strategies(), &rules(Horizon::Fixed(200), 0.0, Opening::Blank));
    let found = findings(&game, &options(&[0.01, 0.1, 1.0], &[50], 100));
    let payoff = &found.value.measures[0];
    for (row, expected) in payoff.iter().zip([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]) {
        assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{payoff:?}");
    }
    let known = [
        [0.254_817_2, 0.356_918_4, 0.388_264_4],
        [0.068_144_6, 0.257_951_8, 0.673_903_6],
        [0.019_200_5, 0.124_153_2, 0.856_646_3],
    ];
    for (shares, known) in found.value.long_run[0].iter().zip(known) {
        assert!(shares.iter().zip(known).all(|(a, b)| (a - b).abs() < 1e-7), "{shares:?}");
    }
    // Each type cooperates with itself always or never, so cooperation is the share of the two that do.
    let cooperation = found.value.cooperation[0][1];
    assert!((cooperation - (0.068_144_6 + 0.673_903_6)).abs() < 2e-7, "{cooperation}");
    assert!(found.ends.is_none(), "strategies have no seeds");
    let sum: f64 = found.value.replicator.iter().map(|shares| shares.last().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert_eq!(found.simplex.as_ref().map(Vec::len), Some(28));
}

#[test]
fn seeds_give_intervals_that_hold_the_value() {
    let seeds = [[0.9, 0.9, 0.2, 0.8, 0.1], [0.95, 1.0, 0.0, 0.9, 0.0], [0.7, 0.8, 0.3, 0.8, 0.2]];
    let types = vec![trained("reciprocal", &seeds), strategy("d", always_defect())];
    let rules = rules(Horizon::Fixed(10), 0.0, Opening::Blank);
    let setting = Setting::of(&rules).unwrap();
    let game = play(types, &rules);
    let found = findings(&game, &options(&[0.1], &[20], 400));
    let [low, high] = found.ends.as_ref().unwrap();
    let payoffs: Vec<f64> = seeds
        .iter()
        .map(|p| {
            let [own, _] = meet(&memory_one(*p), &always_defect(), &setting).unwrap();
            let [cc, _, dc, dd] = own.joint();
            3.0 * cc + 5.0 * dc + dd
        })
        .collect();
    let mean = payoffs.iter().sum::<f64>() / 3.0;
    let value = found.value.measures[0][0][1];
    assert!((value - mean).abs() < 1e-12);
    let (low, high) = (low.measures[0][0][1], high.measures[0][0][1]);
    let [least, greatest] = [f64::min, f64::max].map(|pick| payoffs.iter().copied().reduce(pick).unwrap());
    assert!(least <= low + 1e-12 && low < value && value < high && high <= greatest + 1e-12, "{low} {value} {high}");
    // Nothing was drawn for the strategy, which meets itself.
    let ends = found.ends.as_ref().unwrap();
    assert_eq!([ends[0].measures[0][1][1], ends[1].measures[0][1][1]], [1.0, 1.0]);
    // The draws are keyed: the same seed gives the same ends.
    assert_eq!(found, findings(&game, &options(&[0.1], &[20], 400)));
    // One seed, taken thrice, leaves nothing to chance.
    let same = trained("same", &[seeds[0]; 3]);
    let types = vec![same, strategy("d", always_defect())];
    let found = findings(&play(types, &rules), &options(&[0.1], &[20], 50));
    let [low, high] = found.ends.as_ref().unwrap();
    assert!((low.long_run[0][0][0] - high.long_run[0][0][0]).abs() < 1e-12);
}

#[test]
fn the_order_of_types_changes_nothing_but_places() {
    let rules = rules(Horizon::Fixed(20), 0.05, Opening::Blank);
    let order = [2, 0, 1];
    let reordered: Vec<MetaType> = order.iter().map(|&i| strategies()[i].clone()).collect();
    let here = findings(&play(strategies(), &rules), &options(&[0.3], &[30], 0));
    let there = findings(&play(reordered, &rules), &options(&[0.3], &[30], 0));
    for (place, &i) in order.iter().enumerate() {
        assert!((there.value.long_run[0][0][place] - here.value.long_run[0][0][i]).abs() < 1e-12);
        assert!((there.value.ratings[place] - here.value.ratings[i]).abs() < 1e-6);
        let ends = [there.value.replicator[place].last(), here.value.replicator[i].last()].map(|end| *end.unwrap());
        assert!((ends[0] - ends[1]).abs() < 1e-7, "{ends:?}");
    }
}

#[test]
fn strong_selection_leaves_no_rating_and_everything_else() {
    let game = play(strategies(), &rules(Horizon::Fixed(20), 0.0, Opening::Blank));
    let found = findings(&game, &options(&[1000.0], &[20], 0));
    assert!(found.value.ratings.iter().all(|rating| rating.is_nan()), "{:?}", found.value.ratings);
    assert!((found.value.long_run[0][0].iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn more_than_can_be_computed_or_held_is_refused() {
    let rules = rules(Horizon::Fixed(20), 0.0, Opening::Blank);
    let options = options(&[0.1], &[100_000], 10_000_000);
    let learner = trained("learner", &[[1.0; 5], [0.5; 5]]);
    let game = play([strategies(), vec![learner]].concat(), &rules);
    let problem = find(&game, &options, &Progress::default()).unwrap_err();
    assert!(problem.contains("more than can be computed"), "{problem}");
    // Where nothing was trained nothing is drawn, and once is not too much.
    assert!(find(&play(strategies(), &rules), &options, &Progress::default()).is_ok());
}

#[test]
fn a_constant_in_all_payoffs_changes_no_fixation() {
    let with = |constant: f64| {
        let actions = ["cooperate".to_owned(), "defect".to_owned()];
        let pays = |a: f64, b: f64| (a + constant, b + constant);
        let payoffs = [vec![pays(3.0, 3.0), pays(0.0, 5.0)], vec![pays(5.0, 0.0), pays(1.0, 1.0)]];
        let game = MatrixGame::new("dilemma", &actions, &payoffs, &actions[..1]).unwrap();
        let rules = Rules { noise: 0.05, ..Rules::new(Arc::new(game), Horizon::Fixed(20)) };
        findings(&play(strategies(), &rules), &options(&[0.3, 2.0], &[30], 0)).value
    };
    let (plain, more) = (with(0.0), with(7.0));
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1e-300);
    for b in 0..2 {
        for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
            assert!(close(plain.fixation[0][b][i][j], more.fixation[0][b][i][j]), "{i} {j}");
        }
        assert!((0..3).all(|i| close(plain.long_run[0][b][i], more.long_run[0][b][i])));
    }
    assert_eq!(plain.verdicts, more.verdicts);
}
