//! Exact expectations equal the sum over all histories, and exact gradients the mean of sampled ones.

use crate::learning::exact::{Branch, Expectation, Process, ReturnRule};
use crate::learning::grpo::{Grpo, GrpoConfig};
use crate::learning::normalize::Moments;
use crate::learning::ppo::{Ppo, PpoConfig, RewardScaling};
use crate::learning::reinforce::{Reinforce, ReinforceConfig};
use crate::learning::rloo::{Rloo, RlooConfig};
use crate::learning::{Learner, Plan, PolicyTable, Step, TableGradient, Trajectory};
use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::testing::property_config;
use proptest::prelude::*;
use rand::RngExt;

const OUTCOMES: usize = 2;
const PROMPTS: usize = 3;
const STATES: usize = 2;

fn draws(seed: u64) -> Stream {
    stream(seed, Purpose::plugin("tests"), StreamKey::default())
}

/// Chances that sum to 1, some of them 0.
fn chances(n: usize, rng: &mut Stream) -> Vec<f64> {
    let weights: Vec<f64> =
        (0..n).map(|i| if i > 0 && rng.random::<f64>() < 0.2 { 0.0 } else { rng.random() }).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}

fn table(rng: &mut Stream) -> PolicyTable {
    let log_probs = (0..PROMPTS).flat_map(|_| chances(OUTCOMES, rng)).map(f64::ln).collect();
    PolicyTable {
        outcomes: OUTCOMES,
        log_probs,
        values: (0..PROMPTS).map(|_| rng.random::<f64>() * 4.0 - 2.0).collect(),
    }
}

fn process(rng: &mut Stream, go_on: f64, rounds_max: u32) -> Process {
    let mut branches = || {
        let both = chances(2, rng);
        let branch = |chance: f64| Branch {
            chance,
            reward: (rng.random::<f64>() * 9.0).floor() - 4.0,
            next: rng.random_range(0..STATES as u32) as usize,
        };
        both.into_iter().map(branch).collect()
    };
    let branches = (0..STATES * OUTCOMES).map(|_| branches()).collect();
    let mut shown = || (0..PROMPTS).zip(chances(PROMPTS, rng)).filter(|(_, chance)| *chance > 0.0).collect();
    let prompts = (0..STATES).map(|_| shown()).collect();
    Process { start: chances(STATES, rng), prompts, branches, go_on, rounds_max }
}

/// One decision of one history.
#[derive(Clone, Copy)]
struct Node {
    prompt: usize,
    outcome: usize,
    reward: f64,
}

/// Calls `visit` with every history and its chance.
fn histories(process: &Process, table: &PolicyTable, visit: &mut dyn FnMut(&[Node], f64)) {
    for state in 0..STATES {
        extend(process, table, state, process.start[state], &mut Vec::new(), visit);
    }
}

fn extend(
    process: &Process,
    table: &PolicyTable,
    state: usize,
    chance: f64,
    history: &mut Vec<Node>,
    visit: &mut dyn FnMut(&[Node], f64),
) {
    for &(prompt, shown) in &process.prompts[state] {
        for outcome in 0..OUTCOMES {
            let chosen = shown * table.log_prob(prompt, outcome).exp();
            for branch in &process.branches[state * OUTCOMES + outcome] {
                let chance = chance * chosen * branch.chance;
                history.push(Node { prompt, outcome, reward: branch.reward });
                let last = history.len() == process.rounds_max as usize;
                visit(history, chance * if last { 1.0 } else { 1.0 - process.go_on });
                if !last && process.go_on > 0.0 {
                    extend(process, table, branch.next, chance * process.go_on, history, visit);
                }
                history.pop();
            }
        }
    }
}

/// The return of decision `t` written out: `Σ_k (γλ)^k (r' + γ (1 − λ) V_next)`.
fn return_of(history: &[Node], t: usize, rule: &ReturnRule) -> f64 {
    let Some(now) = history.get(t) else { return 0.0 };
    let next = history.get(t + 1).map_or(0.0, |next| {
        let value = rule.values.get(next.prompt).copied().unwrap_or(0.0);
        (1.0 - rule.lambda) * value + rule.lambda * return_of(history, t + 1, rule)
    });
    (now.reward - rule.shift) * rule.scale + rule.discount * next
}

/// Whether a sum is right, given the sum of its terms' sizes: rounding errors are proportional to these, not to what is
/// left after terms of both signs have cancelled.
fn close(found: f64, wanted: f64, sizes: f64) -> bool {
    (found - wanted).abs() <= 1e-12 * sizes.max(1.0)
}

/// Expected count, sum, sum of squares and sum of sizes of a number over all decisions of `matches`, by cell.
fn enumerate(matches: &[(Process, f64)], table: &PolicyTable, number: &dyn Fn(&[Node], usize) -> f64) -> Vec<[f64; 4]> {
    let mut cells = vec![[0.0; 4]; PROMPTS * OUTCOMES];
    for (process, times) in matches {
        histories(process, table, &mut |history, chance| {
            for (t, node) in history.iter().enumerate() {
                let x = number(history, t);
                let cell = &mut cells[node.prompt * OUTCOMES + node.outcome];
                for (sum, power) in cell.iter_mut().zip([1.0, x, x * x, x.abs()]) {
                    *sum += times * chance * power;
                }
            }
        });
    }
    cells
}

fn agrees(found: &Moments, [count, sum, squares, sizes]: [f64; 4]) -> bool {
    let raw = found.squares + found.count * found.mean * found.mean;
    close(found.count, count, count) && close(found.count * found.mean, sum, sizes) && close(raw, squares, squares)
}

proptest! {
    #![proptest_config(property_config(60))]

    #[test]
    fn dynamic_programming_equals_the_sum_over_all_histories(
        seed: u64, rounds in 1u32..5, fixed: bool, discount in 0.0..1.0f64, lambda in 0.0..1.0f64, valued: bool,
    ) {
        let rng = &mut draws(seed);
        let go_on = if fixed { 1.0 } else { rng.random() };
        let matches = vec![(process(rng, go_on, rounds), 1.0), (process(rng, go_on, 2), 3.0)];
        let table = table(rng);
        let ahead = Expectation::new(matches.clone(), &table);
        let values: &[f64] = if valued { &table.values } else { &[] };
        let rule = ReturnRule { discount, lambda, values, shift: 0.5, scale: 2.0 };
        let wanted = enumerate(&matches, &table, &|history, t| return_of(history, t, &rule));
        for (found, wanted) in ahead.returns(&rule).iter().zip(wanted) {
            prop_assert!(agrees(found, wanted), "{found:?} {wanted:?}");
        }
        let by_cell = enumerate(&matches, &table, &|history, t| history[t].reward);
        let all = by_cell.iter().fold([0.0; 4], |sum, cell| [0, 1, 2, 3].map(|i| sum[i] + cell[i]));
        prop_assert!(agrees(&ahead.rewards(), all));
    }

    /// The policy gradient theorem (Sutton and Barto 2018, section 13.2): with γ = 1, decisions × gradient = −∇
    /// expected sum.
    #[test]
    fn the_exact_gradient_is_the_slope_of_the_expected_return(seed: u64, rounds in 1u32..5, fixed: bool) {
        let rng = &mut draws(seed);
        let process = process(rng, if fixed { 1.0 } else { 0.7 }, rounds);
        let logits: Vec<f64> = (0..PROMPTS * OUTCOMES).map(|_| rng.random::<f64>() * 2.0 - 1.0).collect();
        let expected = |logits: &[f64]| {
            let rewards = Expectation::new(vec![(process.clone(), 1.0)], &softmax(logits)).rewards();
            rewards.count * rewards.mean
        };
        let table = softmax(&logits);
        let ahead = Expectation::new(vec![(process.clone(), 1.0)], &table);
        let config = RlooConfig { discount: 1.0, ..Default::default() };
        let mut learner = Rloo::new(config);
        let plan = learner.begin_exact(&ahead, &table);
        let gradient = chain(&table, &learner.loss(&plan, &table, None).gradient);
        for (i, slope) in gradient.iter().enumerate() {
            let h = 1e-5;
            let [up, down] = [h, -h].map(|h| {
                let mut moved = logits.clone();
                moved[i] += h;
                expected(&moved)
            });
            let wanted = -(up - down) / (2.0 * h);
            prop_assert!((slope * plan.decisions() - wanted).abs() < 1e-8, "{slope} {wanted}");
        }
    }
}

fn softmax(logits: &[f64]) -> PolicyTable {
    let rows = logits.chunks_exact(OUTCOMES);
    let log_probs = rows.flat_map(|row| {
        let total: f64 = row.iter().map(|x| x.exp()).sum();
        row.iter().map(move |x| x - total.ln())
    });
    PolicyTable { outcomes: OUTCOMES, log_probs: log_probs.collect(), values: vec![0.5, -1.0, 0.25] }
}

/// The gradient with respect to the logits.
fn chain(table: &PolicyTable, gradient: &TableGradient) -> Vec<f64> {
    let rows = table.log_probs.chunks_exact(OUTCOMES).zip(gradient.log_probs.chunks_exact(OUTCOMES));
    rows.flat_map(|(row, gradient)| {
        let total: f64 = gradient.iter().sum();
        row.iter().zip(gradient).map(move |(l, g)| g - l.exp() * total)
    })
    .collect()
}

/// The entry of `weights`, given as (index, chance), that a draw selects.
fn pick(weights: impl Iterator<Item = (usize, f64)>, rng: &mut Stream) -> usize {
    let u: f64 = rng.random();
    let (mut sum, mut last) = (0.0, 0);
    for (index, chance) in weights {
        sum += chance;
        last = index;
        if u < sum {
            break;
        }
    }
    last
}

fn play(process: &Process, table: &PolicyTable, rng: &mut Stream) -> Trajectory {
    let mut state = pick(process.start.iter().copied().enumerate(), rng);
    let mut steps = Vec::new();
    loop {
        let prompt = pick(process.prompts[state].iter().copied(), rng);
        let outcome = pick((0..OUTCOMES).map(|o| (o, table.log_prob(prompt, o).exp())), rng);
        let branches = &process.branches[state * OUTCOMES + outcome];
        let branch = branches[pick(branches.iter().map(|b| b.chance).enumerate(), rng)];
        steps.push(Step { prompt: prompt as u32, outcome: outcome as u32, reward: branch.reward });
        state = branch.next;
        if steps.len() == process.rounds_max as usize || rng.random::<f64>() >= process.go_on {
            return Trajectory { steps };
        }
    }
}

/// Asserts that every entry of the gradient is, on average over many updates, the exact one within five standard
/// errors. Updates are large, so that the effect of a finite group on its own baseline and spread vanishes next to
/// them.
fn check_mean_of_sampled_gradients(learner: &dyn Fn() -> Box<dyn Learner>) {
    let rng = &mut draws(7);
    let process = process(rng, 0.8, 5);
    let table = softmax(&(0..PROMPTS * OUTCOMES).map(|_| rng.random::<f64>() - 0.5).collect::<Vec<_>>());
    let (updates, matches) = (60, 2000);
    let entries = |learner: &dyn Learner, plan: &Plan| {
        let gradient = learner.loss(plan, &table, None).gradient;
        [chain(&table, &gradient), gradient.values].concat()
    };
    let mut exact = learner();
    let plan = exact.begin_exact(&Expectation::new(vec![(process.clone(), f64::from(matches))], &table), &table);
    let wanted = entries(exact.as_ref(), &plan);
    let mut sampled = vec![Moments::default(); wanted.len()];
    for _ in 0..updates {
        let trajectories: Vec<_> = (0..matches).map(|_| play(&process, &table, rng)).collect();
        let mut learner = learner();
        let plan = learner.begin(&trajectories, &table);
        for (moments, entry) in sampled.iter_mut().zip(entries(learner.as_ref(), &plan)) {
            moments.add(entry);
        }
    }
    assert!(wanted.iter().any(|entry| entry.abs() > 1e-3), "{wanted:?}");
    for (moments, wanted) in sampled.iter().zip(wanted) {
        let error = (moments.variance() / f64::from(updates)).sqrt();
        assert!((moments.mean - wanted).abs() < 5.0 * error + 1e-9, "{} ± {error}, exact {wanted}", moments.mean);
    }
}

#[test]
fn exact_reinforce_is_the_mean_of_sampled_reinforce() {
    let config = ReinforceConfig { discount: 0.9, ..Default::default() };
    check_mean_of_sampled_gradients(&|| Box::new(Reinforce::new(config.clone(), PROMPTS)));
}

#[test]
fn exact_rloo_is_the_mean_of_sampled_rloo() {
    let config = RlooConfig { discount: 0.9, entropy_coef: 0.1, ..Default::default() };
    check_mean_of_sampled_gradients(&|| Box::new(Rloo::new(config.clone())));
}

#[test]
fn exact_grpo_is_the_mean_of_sampled_grpo() {
    for weigh_prompts_equally in [false, true] {
        let config = GrpoConfig { discount: 0.5, weigh_prompts_equally, ..Default::default() };
        check_mean_of_sampled_gradients(&|| Box::new(Grpo::new(config.clone())));
    }
}

#[test]
fn exact_ppo_is_the_mean_of_sampled_ppo() {
    for scale_rewards in [RewardScaling::None, RewardScaling::RunningMeanStd] {
        let config = PpoConfig { scale_rewards, value_clip_coef: Some(0.2), ..Default::default() };
        check_mean_of_sampled_gradients(&|| Box::new(Ppo::new(config.clone())));
    }
}

#[test]
fn returns_that_never_differ_teach_nothing() {
    let branch =
        |next| vec![Branch { chance: 0.1, reward: 0.1, next }, Branch { chance: 0.9, reward: 0.1, next: 1 - next }];
    let process = Process {
        start: vec![0.3, 0.7],
        prompts: vec![vec![(0, 1.0)], vec![(1, 0.4), (2, 0.6)]],
        branches: vec![branch(0), branch(1), branch(1), branch(0)],
        go_on: 1.0,
        rounds_max: 1,
    };
    let table = softmax(&[0.3, -0.2, 0.7, 0.1, 0.0, 1.0]);
    let ahead = Expectation::new(vec![(process, 7.0)], &table);
    let mut learner = Grpo::new(GrpoConfig::default());
    let plan = learner.begin_exact(&ahead, &table);
    assert_eq!(learner.loss(&plan, &table, None).stats.zero_advantage_fraction, 1.0);
    assert!((plan.decisions() - 7.0).abs() < 1e-12);
}
