//! The gradient on cells equals the gradient of the naive loss over samples, for every learner, option and epoch.

use crate::learning::grpo::{Grpo, GrpoConfig};
use crate::learning::kl::KlConfig;
use crate::learning::naive::{self, Dual, Policies, Sample, Softmax, Terms};
use crate::learning::outcomes::DecisionMode;
use crate::learning::ppo::{Ppo, PpoConfig, RewardScaling};
use crate::learning::reinforce::{Reinforce, ReinforceConfig};
use crate::learning::rloo::{Rloo, RlooConfig};
use crate::learning::{Learner, Plan, PolicyTable, Step, TableGradient, Trajectory, outcomes};
use crate::testing::property_config;
use proptest::prelude::*;

const TOLERANCE: f64 = 1e-9;

/// Two updates of one agent: tables that played, tables one epoch later, and what happened.
#[derive(Clone, Debug)]
struct Case {
    prompts: usize,
    labels: usize,
    vocabulary: usize,
    mode: DecisionMode,
    reference: Vec<f64>,
    played: Vec<f64>,
    moved: Vec<f64>,
    played_values: Vec<f64>,
    moved_values: Vec<f64>,
    updates: [Vec<Trajectory>; 2],
}

fn case() -> impl Strategy<Value = Case> {
    (1usize..4, 2usize..4, 1usize..3, any::<bool>()).prop_flat_map(|(prompts, labels, others, free)| {
        let mode = if free { DecisionMode::Free } else { DecisionMode::Constrained };
        let (vocabulary, drawn) = (labels + others, if free { labels + 1 } else { labels });
        let logits = prop::collection::vec(-2.0f64..2.0, prompts * vocabulary);
        let values = prop::collection::vec(-2.0f64..2.0, prompts);
        (
            (logits.clone(), logits.clone(), logits),
            (values.clone(), values),
            (trajectories(prompts, drawn), trajectories(prompts, drawn)),
        )
            .prop_map(move |((reference, played, shift), (played_values, moved_values), (first, second))| {
                let moved = played.iter().zip(&shift).map(|(x, d)| x + 0.3 * d).collect();
                let updates = [first, second];
                Case {
                    prompts,
                    labels,
                    vocabulary,
                    mode,
                    reference,
                    played,
                    moved,
                    played_values,
                    moved_values,
                    updates,
                }
            })
    })
}

fn trajectories(prompts: usize, drawn: usize) -> impl Strategy<Value = Vec<Trajectory>> {
    // Whole rewards produce ties and groups without spread; others produce the general case.
    let reward = prop_oneof![(-2i32..3).prop_map(f64::from), -3.0f64..3.0];
    let step = (0..prompts as u32, 0..drawn as u32, reward).prop_map(|(prompt, outcome, reward)| Step {
        prompt,
        outcome,
        reward,
    });
    let trajectory = prop::collection::vec(step, 0..6).prop_map(|steps| Trajectory { steps });
    prop::collection::vec(trajectory, 1..8).prop_filter("someone decides", |t| t.iter().any(|t| !t.steps.is_empty()))
}

impl Case {
    fn softmax(&self, logits: &[f64]) -> Softmax {
        Softmax::new(self.labels, self.vocabulary, self.mode, logits)
    }

    /// ln Σ exp-normalised logits of the labels: what the engine would hand over, row-major (prompts, labels).
    fn raw(&self, logits: &[f64]) -> Vec<f64> {
        let rows = logits.chunks_exact(self.vocabulary);
        rows.flat_map(|row| {
            let total = row.iter().map(|x| x.exp()).sum::<f64>().ln();
            row[..self.labels].iter().map(move |x| x - total)
        })
        .collect()
    }

    fn table(&self, logits: &[f64], values: &[f64]) -> PolicyTable {
        let mut log_probs = Vec::new();
        for row in self.raw(logits).chunks_exact(self.labels) {
            outcomes::push_row(row, self.mode, &mut log_probs);
        }
        PolicyTable { outcomes: outcomes::outcomes(self.labels, self.mode), log_probs, values: values.to_vec() }
    }

    /// ∂loss/∂logits from ∂loss/∂ln π: back through the outcomes and the softmax over the vocabulary.
    fn chain(&self, logits: &[f64], gradient: &TableGradient) -> Vec<f64> {
        let outcomes = outcomes::outcomes(self.labels, self.mode);
        let raw = self.raw(logits);
        let mut all = Vec::new();
        for prompt in 0..self.prompts {
            let row = &raw[prompt * self.labels..][..self.labels];
            let raw_gradient =
                outcomes::backward_row(row, self.mode, &gradient.log_probs[prompt * outcomes..][..outcomes]);
            let total: f64 = raw_gradient.iter().sum();
            let tokens = &logits[prompt * self.vocabulary..][..self.vocabulary];
            let mass: f64 = tokens.iter().map(|x| x.exp()).sum();
            all.extend(
                tokens
                    .iter()
                    .enumerate()
                    .map(|(token, x)| raw_gradient.get(token).copied().unwrap_or(0.0) - x.exp() / mass * total),
            );
        }
        all
    }

    /// Asserts that both epochs of one update agree with the naive loss over `samples`; returns the first epoch's KL to
    /// the reference.
    fn agree(&self, learner: &mut dyn Learner, update: usize, samples: &[Sample], terms: &Terms) -> f64 {
        let played = self.table(&self.played, &self.played_values);
        let reference = self.table(&self.reference, &[]);
        let plan = learner.begin(&self.updates[update], &played);
        let with_values = learner.needs_values();
        let mut first = None;
        for (logits, values) in [(&self.played, &self.played_values), (&self.moved, &self.moved_values)] {
            let table = self.table(logits, values);
            let found = learner.loss(&plan, &table, Some(&reference));
            let mut policies = Policies {
                current: self.softmax(logits),
                played: self.softmax(&self.played),
                reference: self.softmax(&self.reference),
                values: values.iter().map(|v| Dual::constant(*v)).collect(),
                played_values: self.played_values.clone(),
            };
            assert_close("loss", found.loss, naive::loss(samples, terms, &policies).value);
            for (index, ours) in self.chain(logits, &found.gradient).into_iter().enumerate() {
                policies.current.logits[index].slope = 1.0;
                assert_close("logit", ours, naive::loss(samples, terms, &policies).slope);
                policies.current.logits[index].slope = 0.0;
            }
            assert_eq!(found.gradient.values.len(), if with_values { self.prompts } else { 0 });
            for (index, ours) in found.gradient.values.iter().enumerate() {
                policies.values[index].slope = 1.0;
                assert_close("value", *ours, naive::loss(samples, terms, &policies).slope);
                policies.values[index].slope = 0.0;
            }
            self.agree_with_finite_differences(learner, &plan, &table, &reference);
            first.get_or_insert(found.stats);
        }
        let first = first.expect("two epochs");
        learner.end(&plan, &first);
        first.kl.expect("a reference was given")
    }

    /// Asserts that the gradient in every entry of the table, each a free variable, equals the central difference of
    /// the loss.
    fn agree_with_finite_differences(
        &self,
        learner: &dyn Learner,
        plan: &Plan,
        table: &PolicyTable,
        reference: &PolicyTable,
    ) {
        let loss = |table: &PolicyTable| learner.loss(plan, table, Some(reference)).loss;
        let gradient = learner.loss(plan, table, Some(reference)).gradient;
        let step = 1e-6;
        let difference = |nudge: &dyn Fn(&mut PolicyTable, f64)| {
            let (mut up, mut down) = (table.clone(), table.clone());
            nudge(&mut up, step);
            nudge(&mut down, -step);
            (loss(&up) - loss(&down)) / (2.0 * step)
        };
        for (entry, exact) in gradient.log_probs.iter().enumerate() {
            let numeric = difference(&|table, by| table.log_probs[entry] += by);
            assert!((numeric - exact).abs() < 1e-6 * (1.0 + exact.abs()), "entry {entry}: {numeric} {exact}");
        }
        for (entry, exact) in gradient.values.iter().enumerate() {
            let numeric = difference(&|table, by| table.values[entry] += by);
            assert!((numeric - exact).abs() < 1e-6 * (1.0 + exact.abs()), "value {entry}: {numeric} {exact}");
        }
    }
}

fn assert_close(what: &str, ours: f64, naive: f64) {
    assert!((ours - naive).abs() < TOLERANCE * (1.0 + naive.abs()), "{what}: {ours} on cells, {naive} over samples");
}

fn kl() -> impl Strategy<Value = KlConfig> {
    prop_oneof![
        Just(KlConfig::None),
        (0.01f64..2.0).prop_map(|coef| KlConfig::Fixed { coef }),
        (0.01f64..2.0, 0.01f64..1.0, 5.0f64..100.0).prop_map(|(coef, target, horizon)| KlConfig::Adaptive {
            coef,
            target,
            horizon
        }),
    ]
}

fn first_coef(kl: &KlConfig) -> f64 {
    match kl {
        KlConfig::None => 0.0,
        KlConfig::Fixed { coef } | KlConfig::Adaptive { coef, .. } => *coef,
    }
}

fn next_coef(kl: &KlConfig, measured: f64, decisions: usize) -> f64 {
    match kl {
        KlConfig::Adaptive { coef, target, horizon } => {
            let error = (measured / target - 1.0).clamp(-0.2, 0.2);
            coef * (error * (decisions as f64 / horizon).min(1.0)).exp()
        }
        _ => first_coef(kl),
    }
}

fn no_spread(mean: f64, sd: f64) -> bool {
    sd < 1e-8 * mean.abs().max(1.0)
}

/// Runs both updates; `samples` makes the naive samples of an update.
fn both_updates(
    case: &Case,
    learner: &mut dyn Learner,
    kl: &KlConfig,
    mut terms: Terms,
    mut samples: impl FnMut(usize) -> Vec<Sample>,
) {
    terms.kl_coef = first_coef(kl);
    let first = samples(0);
    let measured = case.agree(learner, 0, &first, &terms);
    terms.kl_coef = next_coef(kl, measured, first.len());
    case.agree(learner, 1, &samples(1), &terms);
}

proptest! {
    #![proptest_config(property_config(96))]

    #[test]
    fn reinforce(case in case(), kl in kl(), discount in 0.0f64..1.0, decay in 0.0f64..1.0, entropy_coef in 0.0f64..1.0) {
        let config =
            ReinforceConfig { discount, baseline_decay: decay, entropy_coef, kl: kl.clone(), ..Default::default() };
        let mut learner = Reinforce::new(config, case.prompts);
        let mut baselines = vec![None; case.prompts];
        let terms = Terms { clip: None, value: None, entropy_coef, kl_coef: 0.0 };
        both_updates(&case, &mut learner, &kl, terms, |update| {
            let mut samples = naive::samples_of_returns(&case.updates[update], discount);
            let old = baselines.clone();
            for i in 0..samples.len() {
                let mean = naive::mean_and_sd(&naive::group(&samples, i), 0.0).0;
                let prompt = samples[i].prompt;
                let baseline = old[prompt].map_or(mean, |b: f64| decay * b + (1.0 - decay) * mean);
                baselines[prompt] = Some(baseline);
                samples[i].advantage = samples[i].value - baseline;
            }
            samples
        });
    }

    #[test]
    fn rloo(case in case(), kl in kl(), discount in 0.0f64..1.0, entropy_coef in 0.0f64..1.0) {
        let mut learner = Rloo::new(RlooConfig { discount, entropy_coef, kl: kl.clone(), ..Default::default() });
        let terms = Terms { clip: None, value: None, entropy_coef, kl_coef: 0.0 };
        both_updates(&case, &mut learner, &kl, terms, |update| {
            let mut samples = naive::samples_of_returns(&case.updates[update], discount);
            for i in 0..samples.len() {
                let others: Vec<f64> = samples
                    .iter()
                    .enumerate()
                    .filter(|(j, s)| *j != i && s.prompt == samples[i].prompt)
                    .map(|(_, s)| s.value)
                    .collect();
                if !others.is_empty() {
                    samples[i].advantage = samples[i].value - others.iter().sum::<f64>() / others.len() as f64;
                }
            }
            samples
        });
    }

    #[test]
    fn grpo(
        case in case(), kl in kl(), discount in 0.0f64..1.0, entropy_coef in 0.0f64..1.0, clip_coef in 0.02f64..0.5,
        normalize: bool, weigh_prompts_equally: bool,
    ) {
        let config = GrpoConfig {
            discount,
            normalize,
            weigh_prompts_equally,
            clip_coef,
            entropy_coef,
            kl: kl.clone(),
            ..Default::default()
        };
        let mut learner = Grpo::new(config);
        let terms = Terms { clip: Some(clip_coef), value: None, entropy_coef, kl_coef: 0.0 };
        both_updates(&case, &mut learner, &kl, terms, |update| {
            let mut samples = naive::samples_of_returns(&case.updates[update], discount);
            let met = (0..case.prompts).filter(|p| samples.iter().any(|s| s.prompt == *p)).count();
            for i in 0..samples.len() {
                let group = naive::group(&samples, i);
                let (mean, sd) = naive::mean_and_sd(&group, 0.0);
                if !no_spread(mean, sd) {
                    samples[i].advantage = (samples[i].value - mean) / if normalize { sd } else { 1.0 };
                }
                if weigh_prompts_equally {
                    samples[i].weight = 1.0 / (met * group.len()) as f64;
                }
            }
            samples
        });
    }

    #[test]
    fn ppo(
        case in case(), kl in kl(), (discount, gae_lambda) in (0.0f64..1.0, 0.0f64..1.0),
        (entropy_coef, value_coef) in (0.0f64..1.0, 0.1f64..1.0),
        (clip_coef, value_clip_coef) in (0.02f64..0.5, prop::option::of(0.05f64..1.0)), normalize: bool,
        scale_rewards in prop::sample::select(vec![
            RewardScaling::None, RewardScaling::RunningStd, RewardScaling::RunningMeanStd,
        ]),
    ) {
        let config = PpoConfig {
            discount,
            gae_lambda,
            clip_coef,
            value_clip_coef,
            value_coef,
            normalize,
            scale_rewards,
            entropy_coef,
            kl: kl.clone(),
            ..Default::default()
        };
        let mut learner = Ppo::new(config);
        let terms =
            Terms { clip: Some(clip_coef), value: Some((value_coef, value_clip_coef)), entropy_coef, kl_coef: 0.0 };
        both_updates(&case, &mut learner, &kl, terms, |update| {
            let scaled = scale_naively(&case.updates, update, scale_rewards);
            let mut samples = naive::samples_of_gae(&scaled, &case.played_values, discount, gae_lambda);
            let advantages: Vec<f64> = samples.iter().map(|s| s.advantage).collect();
            let (mean, sd) = naive::mean_and_sd(&advantages, 0.0);
            for sample in samples.iter_mut().filter(|_| normalize) {
                sample.advantage = if no_spread(mean, sd) { 0.0 } else { (sample.advantage - mean) / sd };
            }
            samples
        });
    }
}

/// The trajectories of `update` with rewards scaled by the statistics of all rewards up to it.
fn scale_naively(updates: &[Vec<Trajectory>; 2], update: usize, scaling: RewardScaling) -> Vec<Trajectory> {
    let rewards: Vec<f64> = updates[..=update].iter().flatten().flat_map(|t| &t.steps).map(|s| s.reward).collect();
    let (mean, sd) = naive::mean_and_sd(&rewards, 1.0);
    let sd = if rewards.len() < 2 || no_spread(mean, sd) { 1.0 } else { sd };
    let (shift, sd) = match scaling {
        RewardScaling::None => (0.0, 1.0),
        RewardScaling::RunningStd => (0.0, sd),
        RewardScaling::RunningMeanStd => (mean, sd),
    };
    let mut scaled = updates[update].clone();
    for step in scaled.iter_mut().flat_map(|t| &mut t.steps) {
        step.reward = (step.reward - shift) / sd;
    }
    scaled
}
