//! What an LLM agent expects of its matches is what it lives through on average, in every way of playing.

use super::exact::{Known, Rewarding, expect};
use super::{DecisionTable, Experience, LlmPolicy, PromptSet};
use crate::games::Observation;
use crate::learning::exact::ReturnRule;
use crate::learning::{PolicyTable, returns};
use crate::policies::llm::prompt::listing::{draw_listing, listings, turns};
use crate::rng::StreamKey;
use crate::run::{RunOptions, Simulation};
use crate::scenario::load::load_text;
use crate::world::{AgentId, Behaviour, IllegalReward, RewardTable, Rules, Tournament, turn};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const DISCOUNT: f64 = 0.9;

/// One tick of the scenario with these rules and this prompt, in which two models learn exactly while they meet
/// scripts.
fn play(rules: &str, prompt: &str) -> Simulation {
    let text = format!(
        r#"(version: 1, ticks: 1, {rules}, matchmaking: RandomPairs(repeats: 4000), model: Named("tiny"),
            prompt: (labels: ["A", "B"], illegal_reward: -6.0, {prompt}), populations: [
            (name: "model", count: 2, policy: Llm(adapter: (rank: 2)), estimator: Exact,
             learner: Grpo(discount: 0.9, optimizer: (lr: 1e-9)),
             rewards: [(term: Payoff, weight: 0.5), (term: Deontological(penalty: 2.0)), (term: VirtueEquality)]),
            (name: "generous", policy: Scripted(GenerousTitForTat(p: 0.3))),
            (name: "pavlov", policy: Scripted(WinStayLoseShift))])"#
    );
    run(&text)
}

/// Runs the scenario in `text`, in which no agent may stop learning.
fn run(text: &str) -> Simulation {
    let mut simulation = Simulation::new();
    let scenario = load_text("test.ron", text, "test", &[], &simulation.known()).unwrap_or_else(|e| panic!("{e}"));
    let finished = simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
    assert!(finished.halted.is_empty());
    simulation
}

/// Holds each cell's decisions and returns against what was expected, within five standard errors over the matches.
fn check(rules: &str, prompt: &str) {
    let mut simulation = play(rules, prompt);
    let world = simulation.app.world_mut();
    let (rules, tournament) = (world.resource::<Rules>().clone(), world.resource::<Tournament>().clone());
    let behaviours: BTreeMap<AgentId, Behaviour> =
        world.query::<(&AgentId, &Behaviour)>().iter(world).map(|(agent, b)| (*agent, b.clone())).collect();
    let behaviours: Vec<Option<&Behaviour>> = behaviours.values().map(Some).collect();
    let known = Known { rules: &rules, tournament: &tournament, tick: 0, behaviours };
    let mut models = world.query::<(&AgentId, &LlmPolicy, &DecisionTable, &Experience, &RewardTable, &IllegalReward)>();
    for (agent, policy, table, experience, terms, illegal) in models.iter(world) {
        let rewarding = Rewarding { terms, illegal: illegal.0 };
        let played = &table.policy;
        let ahead = expect(&known, *agent, policy, played, rewarding).unwrap();
        let wanted = ahead.returns(&ReturnRule::discounted(DISCOUNT));
        let (counts, values, scale) = per_match(experience, played);
        let n = experience.trajectories.len() as f64;
        assert!(n > 3000.0);
        let rounds = experience.trajectories.iter().map(|t| t.steps.len()).max().unwrap_or_default() as f64;
        let decisions: f64 = wanted.iter().map(|cell| cell.count).sum();
        for (cell, wanted) in wanted.iter().enumerate() {
            for (found, expected, unit) in
                [(&counts[cell], wanted.count, 1.0), (&values[cell], wanted.count * wanted.mean, scale)]
            {
                let sum: f64 = found.iter().sum();
                let variance = if wanted.count < RARE {
                    wanted.count * square_per_visit(found, &counts[cell], rounds, unit)
                } else {
                    let spread = found.iter().map(|x| (x - sum / n) * (x - sum / n)).sum::<f64>();
                    // A cell that is hardly ever left gets its spread from the few matches that leave it, by up to all
                    // rounds.
                    let left = decisions - wanted.count;
                    if left < RARE { spread.max(rounds * left * unit * unit) } else { spread }
                };
                let slack = 5.0 * variance.sqrt() + unit;
                assert!((sum - expected).abs() < slack, "cell {cell}: {sum} ± {slack}, expected {expected}");
            }
        }
    }
}

/// Number of expected decisions, inside or outside a cell, below which the matches seen do not show its spread.
const RARE: f64 = 100.0;

/// What a visit of a cell adds to the sum of squares of the matches' contributions, which is about the variance of
/// their sum where most matches have none. It is measured over the actual visits and one match more, of `rounds` visits
/// that contribute `unit` each: if there were no visits, that is as much as there can be.
fn square_per_visit(contributions: &[f64], visits: &[f64], rounds: f64, unit: f64) -> f64 {
    let squares: f64 = contributions.iter().map(|x| x * x).sum();
    (squares + (rounds * unit).powi(2)) / (visits.iter().sum::<f64>() + rounds)
}

/// By cell, decisions and sums of returns of each match; and the largest return.
fn per_match(experience: &Experience, played: &PolicyTable) -> (Vec<Vec<f64>>, Vec<Vec<f64>>, f64) {
    let matches = experience.trajectories.len();
    let mut counts = vec![vec![0.0; matches]; played.log_probs.len()];
    let (mut values, mut scale) = (counts.clone(), 0.0f64);
    for (index, trajectory) in experience.trajectories.iter().enumerate() {
        for sample in returns::samples(std::slice::from_ref(trajectory), DISCOUNT) {
            let cell = sample.prompt * played.outcomes + sample.outcome;
            counts[cell][index] += 1.0;
            values[cell][index] += sample.value;
            scale = scale.max(sample.value.abs());
        }
    }
    (counts, values, scale)
}

#[test]
fn constrained_decisions() {
    check(r#"game: Named("prisoners_dilemma"), rounds: Fixed(6)"#, "");
    check(
        r#"game: Named("stag_hunt"), rounds: Continue(probability: 0.8, at_most: 9), noise: 0.2, opening: MadeUp"#,
        "",
    );
}

#[test]
fn free_decisions() {
    check(r#"game: Named("prisoners_dilemma"), rounds: Fixed(8), noise: 0.1"#, "decision: Free");
    check(r#"game: Named("prisoners_dilemma"), rounds: Fixed(8), opening: MadeUp"#, "decision: Free");
}

#[test]
fn orders_drawn_or_in_turn_and_unlike_seats() {
    let unlike = r#"game: Matrix(name: "m", actions: ["c", "d"], payoffs: [[(3, 1), (0, 5)], [(4, 0), (1, 2)]]),
        rounds: Fixed(5), noise: 0.1"#;
    check(unlike, "label_order: Shuffled, row_order: Counterbalanced");
    check(unlike, "label_order: Counterbalanced, row_order: Counterbalanced");
    check(unlike, "label_order: Counterbalanced, row_order: Shuffled");
}

/// The prompts of the models that were run.
fn prompts_of(simulation: &mut Simulation) -> Arc<PromptSet> {
    let world = simulation.app.world_mut();
    world.query::<&LlmPolicy>().iter(world).next().unwrap().prompts.clone()
}

#[test]
fn listings_are_those_that_are_drawn() {
    let orders = ["Fixed", "Shuffled", "Counterbalanced"];
    for (labels, rows) in orders.iter().flat_map(|a| orders.iter().map(move |b| (a, b))) {
        let prompt = format!("label_order: {labels}, row_order: {rows}");
        let prompts = prompts_of(&mut play(r#"game: Named("prisoners_dilemma"), rounds: Fixed(1)"#, &prompt));
        for (slot, tick) in (0..4).flat_map(|slot| (0..3).map(move |tick| (slot, tick))) {
            let mut counts: BTreeMap<(usize, usize), f64> = BTreeMap::new();
            for round in 0..400 {
                let key = StreamKey { tick, round, ..StreamKey::default() };
                *counts.entry(draw_listing(&prompts, 1, key, slot)).or_default() += 1.0 / 400.0;
            }
            let turn = turn(slot, tick);
            let listed = listings(&prompts, turn);
            assert_eq!(listed.len(), counts.len(), "{prompt}");
            // Five standard errors of a share of 400 draws are at most 0.125.
            assert!(listed.iter().all(|(l, r, chance)| (counts[&(*l, *r)] - chance).abs() < 0.125), "{prompt}");
            assert_eq!(listed, listings(&prompts, turn + turns(&prompts)), "{prompt}");
        }
    }
}

/// A model that meets a co-operator in its first seat and a defector in its second, with every tick alike.
fn play_fixed_pairs(ticks: u32) -> Simulation {
    let text = format!(
        r#"(version: 1, ticks: {ticks}, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
            matchmaking: FixedPairs([("model", "always_cooperate"), ("model", "always_defect")]),
            prompt: (labels: ["A", "B"], label_order: Counterbalanced), populations: [
            (name: "model", policy: Llm(adapter: (rank: 2)), estimator: Exact, learner: Grpo(optimizer: (lr: 1e-9))),
            (name: "always_cooperate", policy: Scripted(AlwaysCooperate)),
            (name: "always_defect", policy: Scripted(AlwaysDefect))])"#
    );
    run(&text)
}

#[test]
fn counterbalanced_orders_go_round_with_every_opponent_and_are_expected_so() {
    let mut orders_met: [BTreeSet<usize>; 2] = Default::default();
    for ticks in 1..=2 {
        let mut simulation = play_fixed_pairs(ticks);
        let world = simulation.app.world_mut();
        let (rules, tournament) = (world.resource::<Rules>().clone(), world.resource::<Tournament>().clone());
        let behaviours: BTreeMap<AgentId, Behaviour> =
            world.query::<(&AgentId, &Behaviour)>().iter(world).map(|(agent, b)| (*agent, b.clone())).collect();
        let behaviours: Vec<Option<&Behaviour>> = behaviours.values().map(Some).collect();
        let known = Known { rules: &rules, tournament: &tournament, tick: ticks - 1, behaviours };
        let mut models = world.query::<(&AgentId, &LlmPolicy, &DecisionTable, &Experience, &RewardTable)>();
        let (agent, policy, table, experience, terms) = models.iter(world).next().unwrap();
        let rewarding = Rewarding { terms, illegal: 0.0 };
        let ahead = expect(&known, *agent, policy, &table.policy, rewarding);
        let counts = ahead.unwrap().returns(&ReturnRule::discounted(1.0));
        for (slot, lived) in experience.trajectories.iter().enumerate() {
            // Before the first round the prompt tells nothing but the order.
            let first = lived.steps[0].prompt as usize;
            let order = (0..2).find(|&order| policy.prompts.index(0, order, 0, 0) == first).unwrap();
            orders_met[slot].insert(order);
            for step in &lived.steps {
                let cell = step.prompt as usize * table.policy.outcomes + step.outcome as usize;
                assert!(counts[cell].count > 0.0, "tick {}: played at prompt {}", ticks - 1, step.prompt);
            }
            // One opponent cooperates and one defects, so what follows the first round tells them apart: only prompts
            // in this opponent's order are expected after its action.
            let seen = (0..2).map(|own| rules.observations.index(Observation::Last { own, others: slot as u8 }));
            for prompt in seen.map(|observation| policy.prompts.index(0, 1 - order, 0, observation)) {
                let row = &counts[prompt * table.policy.outcomes..][..table.policy.outcomes];
                assert!(row.iter().all(|cell| cell.count == 0.0), "tick {}: prompt {prompt} expected", ticks - 1);
            }
        }
    }
    assert_eq!(orders_met, [BTreeSet::from([0, 1]), BTreeSet::from([0, 1])], "either opponent under either order");
}
