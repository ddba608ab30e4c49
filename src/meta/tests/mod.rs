//! Empirical games against enumeration, closed forms and published numbers.

mod findings;
mod groups;
mod matches;
mod mutation;
mod rewards;

use crate::dynamics::bootstrap::Diagonal;
use crate::dynamics::{DenseMatrix, Payoffs};
use crate::games::Action;
use crate::games::matrix::MatrixGame;
use crate::meta::exact::{Outcome, meet};
use crate::meta::findings::{Findings, find};
use crate::meta::game::{COOPERATION, Measure, MetaGame, PAYOFF};
use crate::meta::numbers::Numbers;
use crate::meta::options::Options;
use crate::meta::plan::{Coverage, Plan, coverage};
use crate::meta::rewards::Rewards;
use crate::meta::sampled::Sampling;
use crate::meta::setting::Setting;
use crate::meta::types::{MetaType, Player, Replicate};
use crate::policies::scripted::{Automaton, AutomatonState, MatchView, Recall, Strategy};
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

/// The matrix of a measure in matches of two.
fn matrix(measure: &Measure) -> DenseMatrix {
    measure.values.mean(Diagonal::All).matrix().unwrap().clone()
}

fn memory_one(p: [f64; 5]) -> Automaton {
    match Player::memory_one(p) {
        Player::Automaton(automaton) => automaton,
        _ => unreachable!("it is an automaton"),
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
