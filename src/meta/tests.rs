//! Empirical games against enumeration, closed forms and published numbers.

use super::exact::{Outcome, meet};
use super::findings::{Findings, find};
use super::game::{MEASURES, MetaGame};
use super::options::Options;
use super::sampled::Sampling;
use super::setting::Setting;
use super::types::{MetaType, Player, Replicate};
use crate::dynamics::bootstrap::Diagonal;
use crate::games::Action;
use crate::games::matrix::MatrixGame;
use crate::policies::scripted::{Automaton, MatchView, Recall, Strategy};
use crate::rng::Stream;
use crate::world::{Horizon, Opening, Progress, Rules};
use rand::RngExt;
use std::sync::Arc;

fn rules(horizon: Horizon, noise: f64, opening: Opening) -> Rules {
    let actions = ["cooperate".to_owned(), "defect".to_owned()];
    let payoffs = [vec![(3.0, 3.0), (0.0, 5.0)], vec![(5.0, 0.0), (1.0, 1.0)]];
    let game = MatrixGame::new("dilemma", &actions, &payoffs, &actions[..1]).unwrap();
    Rules { noise, opening, ..Rules::new(Arc::new(game), horizon) }
}

fn setting(horizon: Horizon, noise: f64, opening: Opening) -> Setting {
    Setting::of(&rules(horizon, noise, opening)).unwrap()
}

fn play(types: Vec<MetaType>, rules: &Rules) -> MetaGame {
    MetaGame::play(types, rules, Sampling { matches: 100, seed: 5 }).unwrap()
}

fn memory_one(p: [f64; 5]) -> Automaton {
    match Player::memory_one(p) {
        Player::Automaton(automaton) => automaton,
        Player::Script(_) => unreachable!("it is an automaton"),
    }
}

fn always_cooperate() -> Automaton {
    memory_one([1.0; 5])
}

fn always_defect() -> Automaton {
    memory_one([0.0; 5])
}

fn tit_for_tat() -> Automaton {
    memory_one([1.0, 1.0, 0.0, 1.0, 0.0])
}

/// The outcome of the first player by every history of a match, one after another: shares of joint moves and breaches
/// per expected round.
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
            sums.joint[joint] += here;
            // The opponent cooperated last after CC and DC.
            if !cooperates && [1, 3].contains(&last) {
                sums.norm_breach += here;
            }
            if played + 1 < most && here > 0.0 {
                histories.push((here * probability, joint + 1, played + 1));
            }
        }
    }
    sums.joint.iter_mut().for_each(|share| *share /= rounds);
    sums.norm_breach /= rounds;
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
                    let pairs =
                        found.joint.iter().zip(expected.joint).chain([(&found.norm_breach, expected.norm_breach)]);
                    for (a, b) in pairs {
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

fn findings(game: &MetaGame, options: &Options) -> Findings {
    find(game, options, &Progress::default()).unwrap()
}

fn strategy(name: &str, automaton: Automaton) -> MetaType {
    MetaType::strategy(name.into(), name.into(), vec![Player::Automaton(automaton)])
}

fn strategies() -> Vec<MetaType> {
    [("always_cooperate", always_cooperate()), ("always_defect", always_defect()), ("tit_for_tat", tit_for_tat())]
        .map(|(name, automaton)| strategy(name, automaton))
        .to_vec()
}

fn options(strengths: &[f64], sizes: &[usize], draws: usize) -> Options {
    Options { strengths: strengths.to_vec(), sizes: sizes.to_vec(), chosen: (0, 0), draws, seed: 1, time: 50.0 }
}

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

/// A type with one member per seed.
fn trained(name: &str, seeds: &[[f64; 5]]) -> MetaType {
    let replicate = |(seed, p): (usize, &[f64; 5])| Replicate {
        source: format!("runs/{seed}"),
        seed: Some(seed as u64),
        members: vec![Player::memory_one(*p)],
    };
    MetaType { name: name.into(), policy: "llm".into(), replicates: seeds.iter().enumerate().map(replicate).collect() }
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
            3.0 * own.joint[0] + 5.0 * own.joint[2] + own.joint[3]
        })
        .collect();
    let mean = payoffs.iter().sum::<f64>() / 3.0;
    let value = found.value.measures[0][0][1];
    assert!((value - mean).abs() < 1e-12);
    let (low, high) = (low.measures[0][0][1], high.measures[0][0][1]);
    let [least, greatest] = [f64::min, f64::max].map(|pick| payoffs.iter().copied().reduce(pick).unwrap());
    assert!(least <= low && low < value && value < high && high <= greatest, "{low} {value} {high}");
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
fn members_of_one_seed_meet_each_other() {
    // A cooperator and a defector of one population, which meet each other and not themselves.
    let members = vec![Player::Automaton(always_cooperate()), Player::Automaton(always_defect())];
    let mixed = MetaType {
        name: "mixed".into(),
        policy: "llm".into(),
        replicates: vec![Replicate { source: "r".into(), seed: Some(1), members }],
    };
    let types = vec![mixed, strategy("c", always_cooperate())];
    let game = play(types, &rules(Horizon::Fixed(3), 0.0, Opening::Blank));
    let found = findings(&game, &options(&[1.0], &[10], 0));
    assert!((found.value.measures[0][0][0] - 2.5).abs() < 1e-12);
    assert!((found.value.measures[0][0][1] - 4.0).abs() < 1e-12);
    let regret = MEASURES.iter().position(|measure| measure.name == "regret_utilitarian").unwrap();
    // 3 + 3 is the best sum, 1 + 1 the worst: 0 + 5 falls short by a quarter.
    assert!((found.value.measures[regret][0][0] - 0.25).abs() < 1e-12);
}

/// An automaton that hides what it is, so that its matches are played.
#[derive(Clone, Debug)]
struct Hidden([f64; 5]);

impl Strategy for Hidden {
    fn name(&self) -> &str {
        "hidden"
    }

    fn decide(&self, view: &MatchView, rng: &mut Stream) -> Action {
        let place = Recall::ALL.iter().position(|known| *known == view.recall()).unwrap();
        view.moves.action(rng.random::<f64>() < self.0[place])
    }

    fn cooperation(&self, _: Recall) -> Option<f64> {
        None
    }

    fn draws(&self) -> bool {
        true
    }
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
        let [exact, found] = [&exact, &sampled].map(|game| game.measures[0].mean(Diagonal::All));
        for payoff in &sampled.sampled {
            let place = (payoff.own.0, payoff.opponent.0);
            // Four standard errors: a false alarm in one of 16,000 numbers, and six are looked at.
            assert!((found[place] - exact[place]).abs() < 4.0 * payoff.standard_error, "{payoff:?} {}", exact[place]);
            assert!(payoff.standard_error < 0.02 && payoff.matches == 20_000, "{payoff:?}");
        }
        let cooperation = [&sampled, &play(types(false), &rules)].map(|game| game.measures[2].mean(Diagonal::All));
        assert!((cooperation[0][(0, 1)] - cooperation[1][(0, 1)]).abs() < 0.01, "{cooperation:?}");
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
    let game = play(strategies(), &rules(Horizon::Fixed(20), 0.0, Opening::Blank));
    let problem = find(&game, &options(&[0.1], &[1_000_000], 1_000_000), &Progress::default()).unwrap_err();
    assert!(problem.contains("more than can be computed"), "{problem}");
}
