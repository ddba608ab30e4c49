//! Empirical games against enumeration, closed forms and published numbers.

use super::exact::{Outcome, meet};
use super::findings::{Findings, find};
use super::game::{COOPERATION, MetaGame, PAYOFF};
use super::numbers::Numbers;
use super::options::Options;
use super::plan::{Coverage, Plan, coverage};
use super::rewards::Rewards;
use super::sampled::Sampling;
use super::setting::Setting;
use super::types::{MetaType, Player, Replicate};
use crate::dynamics::bootstrap::Diagonal;
use crate::games::Action;
use crate::games::matrix::MatrixGame;
use crate::policies::scripted::{Automaton, MatchView, Recall, Strategy};
use crate::rng::Stream;
use crate::run::Simulation;
use crate::scenario::load::load_text;
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
    Options {
        strengths: strengths.to_vec(),
        sizes: sizes.to_vec(),
        chosen: (0, 0),
        mutation: 0.0,
        by_reward: false,
        draws,
        seed: 1,
        time: 50.0,
    }
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
    let replicates = seeds.iter().enumerate().map(replicate).collect();
    MetaType { name: name.into(), policy: "llm".into(), replicates, rewards: None }
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
        let [exact, found] = [&exact, &sampled].map(|game| game.measures[PAYOFF].seeds.mean(Diagonal::All));
        for payoff in &sampled.sampled {
            let place = (payoff.own.0, payoff.opponent.0);
            // Four standard errors: a false alarm in one of 16,000 numbers, and six are looked at.
            assert!((found[place] - exact[place]).abs() < 4.0 * payoff.standard_error, "{payoff:?} {}", exact[place]);
            assert!(payoff.standard_error < 0.02 && payoff.matches == 20_000, "{payoff:?}");
        }
        let exact = play(types(false), &rules);
        for measure in [COOPERATION, COOPERATION + 1] {
            let means = [&sampled, &exact].map(|game| game.measures[measure].seeds.mean(Diagonal::All));
            assert!((means[0][(0, 1)] - means[1][(0, 1)]).abs() < 0.01, "{means:?}");
        }
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

fn mutating(rate: f64, strengths: &[f64], sizes: &[usize], draws: usize) -> Options {
    Options { mutation: rate, ..options(strengths, sizes, draws) }
}

#[test]
fn rare_mutation_tends_to_the_small_mutation_limit() {
    let game = play(strategies(), &rules(Horizon::Fixed(50), 0.01, Opening::Blank));
    let distance = |rate: f64| {
        let options = mutating(rate, &[0.1, 1.0], &[12], 0);
        let means: Vec<_> = game.measures.iter().map(|measure| measure.seeds.mean(Diagonal::All)).collect();
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
    assert!(found.notes[0].contains("gets -2 from another"), "{:?}", found.notes);
}

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
    let mean = |name: &str| named(name).seeds.mean(Diagonal::All);
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
        game.measures.last().unwrap().seeds.mean(Diagonal::All)[(0, 1)]
    };
    let (exact, sampled) = (of(Player::memory_one(p)), of(Player::Script(Arc::new(Hidden(p)))));
    assert!(exact < -0.05 && (exact - sampled).abs() < 0.01, "{exact} {sampled}");
}
