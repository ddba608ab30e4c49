//! An update on texts: right gradient, right direction, honest measurements.

use super::learn::{Lesson, TextUpdate, measure, read_out};
use super::{Exchange, Text, Texts};
use crate::games::{ILLEGAL, catalog};
use crate::learning::optimizer::{AdamW, OptimizerConfig};
use crate::learning::{Estimator, PolicyTable, Step, Trajectory, grpo, ppo, reinforce, rloo};
use crate::llm::engine::budget::plan::MemoryPlan;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, Ask, Engine, Gradient, Job, Keep, Memo, Next, Slopes, TreeScores, Update, ValueHead};
use crate::llm::files::tiny;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::llm::text::chat::ChatDate;
use crate::llm::tree::PromptTree;
use crate::policies::llm::learn::LearningError;
use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
use crate::policies::llm::{Experience, LlmLearner, LlmPolicy, PromptSet};
use crate::rng::{Purpose, StreamKey, stream};
use crate::scenario::format::LearnerSpec;
use crate::world::{Horizon, Rules};
use std::sync::Arc;

/// The table of what was said, by the parameters of `agent`.
fn score(engine: &Engine, agent: &Agent, lesson: &Lesson) -> PolicyTable {
    let job = Job { tree: &lesson.tree, agent: *agent };
    lesson.table(&engine.score(&mut [Ask::once(job)], &|| ()).unwrap()[0])
}

/// One whole update on what was said: the table that played, and the gradient's norm.
fn update(
    engine: &Engine,
    policy: &mut LlmPolicy,
    learner: &mut LlmLearner,
    lesson: &Lesson,
    experience: &Experience,
) -> Result<(PolicyTable, f64), LearningError> {
    let mut updates = [TextUpdate::new(policy, learner, lesson, experience)];
    engine.update(&mut updates, &|| ()).unwrap();
    let [update] = updates;
    let (played, norm) = update.end();
    Ok((played, norm?))
}

fn rules() -> Rules {
    Rules::new(Arc::new(catalog::game("prisoners_dilemma").unwrap()), Horizon::Fixed(1))
}

fn agent(spec: &LearnerSpec) -> (Engine, LlmPolicy, LlmLearner) {
    agent_who_may_talk(spec, 0)
}

fn agent_who_may_talk(spec: &LearnerSpec, talk: u32) -> (Engine, LlmPolicy, LlmLearner) {
    let model = tiny::load(ChatDate::default()).unwrap();
    let config = PromptConfig { decision: DecisionMode::Generate, talk, ..PromptConfig::default() };
    let prompts = Arc::new(PromptSet::new(&config, &rules(), &model.tokenizer).unwrap());
    let mut rng = stream(2, Purpose::AdapterInit, StreamKey::default());
    let adapter = Adapter::init(&LoraConfig::default(), &model.base.config, &mut rng);
    let learner = spec.build(prompts.len()).unwrap();
    let value_head = learner.needs_values().then(|| ValueHead::zeros(model.base.config.hidden));
    let learner = LlmLearner {
        optimizer: AdamW::new(adapter.params.len()),
        value_optimizer: AdamW::new(value_head.as_ref().map_or(0, |head| head.weight.len() + 1)),
        learner,
        memo: Memo::default(),
        last_good: None,
        estimator: Estimator::Sampled,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let base = Engine::on_cpu(CpuEngine::new(model.base), pool, MemoryPlan::Together(Keep::Everything));
    (base, LlmPolicy { prompts, adapter, value_head, prefix: None, generation: 0 }, learner)
}

/// Two texts after the first prompt, three after the third; the first text of each is worth more.
fn lived(prompts: usize) -> (Texts, Experience) {
    let mut texts = Texts { said: vec![Vec::new(); prompts], ..Texts::default() };
    let mut trajectories = Vec::new();
    for (prompt, tokens, reward) in [
        (0, vec![65, 66], 2.0),
        (0, vec![67, 259], -1.0),
        (2, vec![65], 1.0),
        (2, vec![66, 67, 68], 0.0),
        (2, vec![66, 67, 69], -1.0),
        (0, vec![65, 66], 2.0),
    ] {
        let action = if tokens[0] == 65 { 0 } else { ILLEGAL };
        let outcome = texts.enter(prompt, Text { exchange: None, tokens, action }) as u32;
        trajectories.push(Trajectory { steps: vec![Step { prompt: prompt as u32, outcome, reward }] });
    }
    (texts, Experience { pending: Vec::new(), trajectories })
}

fn optimizer() -> OptimizerConfig {
    OptimizerConfig { lr: 0.01, ..OptimizerConfig::default() }
}

fn learners() -> [LearnerSpec; 4] {
    [
        LearnerSpec::Reinforce(reinforce::ReinforceConfig { optimizer: optimizer(), ..Default::default() }),
        LearnerSpec::Rloo(rloo::RlooConfig { optimizer: optimizer(), ..Default::default() }),
        LearnerSpec::Grpo(grpo::GrpoConfig { optimizer: optimizer(), epochs: 2, ..Default::default() }),
        LearnerSpec::Ppo(ppo::PpoConfig { optimizer: optimizer(), ..Default::default() }),
    ]
}

#[test]
fn every_learner_makes_rewarded_texts_likelier() {
    for spec in learners() {
        let (base, mut policy, mut learner) = agent(&spec);
        let (texts, experience) = lived(policy.prompts.len());
        let lesson = Lesson::new(&policy.prompts, &texts).unwrap();
        let before = score(&base, &policy.for_engine(), &lesson);
        for _ in 0..3 {
            let (_, norm) = update(&base, &mut policy, &mut learner, &lesson, &experience).unwrap();
            assert!(norm > 0.0 && norm.is_finite());
        }
        let after = score(&base, &policy.for_engine(), &lesson);
        assert_eq!(policy.generation, 3);
        for (prompt, worst) in [(0, 1), (2, 2)] {
            let gap = |table: &PolicyTable| table.log_prob(prompt, 0) - table.log_prob(prompt, worst);
            assert!(gap(&after) > gap(&before), "{spec:?} at {prompt}: {} to {}", gap(&before), gap(&after));
        }
        let kl = measure(&after, &score(&base, &Agent::default(), &lesson), &experience, 3).kl;
        assert!(kl > 0.0, "{spec:?} {kl}");
    }
}

/// What was said is still measured, so the tick's row does not repeat the one before.
#[test]
fn an_update_that_fails_leaves_the_policy_and_the_table_that_played() {
    let (base, mut policy, mut learner) = agent(&learners()[1]);
    let (texts, experience) = lived(policy.prompts.len());
    // Sums overflow, so the loss is not a number.
    policy.adapter.params.fill(1e30);
    let lesson = Lesson::new(&policy.prompts, &texts).unwrap();
    let before = policy.adapter.params.clone();
    let mut updates = [TextUpdate::new(&mut policy, &mut learner, &lesson, &experience)];
    base.update(&mut updates, &|| ()).unwrap();
    let [update] = updates;
    let (played, norm) = update.end();
    assert!(matches!(norm, Err(LearningError::NonFiniteLoss { .. })), "{norm:?}");
    assert!(played.log_probs.iter().any(|log_prob| log_prob.is_nan()));
    assert_eq!((policy.adapter.params, policy.generation), (before, 0));
}

/// An update that keeps the gradient it steps along.
struct Noted<'a> {
    inner: TextUpdate<'a>,
    gradient: Vec<f32>,
}

impl Update for Noted<'_> {
    fn job(&self) -> Job<'_> {
        self.inner.job()
    }

    fn memo(&mut self) -> Option<&mut Memo> {
        self.inner.memo()
    }

    fn slopes(&mut self, scores: Option<TreeScores>) -> Option<Slopes> {
        self.inner.slopes(scores)
    }

    fn step(&mut self, gradient: &Gradient) -> Next {
        self.gradient.clone_from(&gradient.adapter);
        self.inner.step(gradient)
    }
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    let spec = &learners()[1];
    let (base, policy, mut learner) = agent(spec);
    let (texts, experience) = lived(policy.prompts.len());
    let lesson = Lesson::new(&policy.prompts, &texts).unwrap();
    let played = score(&base, &policy.for_engine(), &lesson);
    let plan = learner.learner.begin(&experience.trajectories, &played);
    let loss_at = |adapter: &Adapter| {
        let agent = Agent { adapter: Some(adapter), ..Agent::default() };
        learner.learner.loss(&plan, &score(&base, &agent, &lesson), None).loss
    };
    // The gradient as an update takes it, from a copy whose optimizer does not matter.
    let (_, mut moved, mut other) = agent(spec);
    let inner = TextUpdate::new(&mut moved, &mut other, &lesson, &experience);
    let mut updates = [Noted { inner, gradient: Vec::new() }];
    base.update(&mut updates, &|| ()).unwrap();
    let gradient = &updates[0].gradient;
    let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    let mut shifted = policy.adapter.clone();
    let mut slope = [0.0; 2];
    for (sign, loss) in [1.0, -1.0].into_iter().zip(&mut slope) {
        for ((x, at), g) in shifted.params.iter_mut().zip(&policy.adapter.params).zip(gradient) {
            *x = at + (sign * 2e-2 * f64::from(*g) / norm) as f32;
        }
        *loss = loss_at(&shifted);
    }
    let found = (slope[0] - slope[1]) / 4e-2;
    assert!((found - norm).abs() < 1e-2 * norm, "slope along the gradient {found}, its norm {norm}");
}

/// Three rounds with talk at the first prompt: two messages, each before two of the prompts that quote them.
fn talked(policy: &LlmPolicy) -> (Texts, Experience) {
    let mut texts = Texts { said: vec![Vec::new(); policy.prompts.len()], ..Texts::default() };
    let asked = |quoted: u32| [&policy.prompts.tokens[0][..], &[quoted]].concat();
    let mut trajectories = Vec::new();
    for (message, prompt, tokens, reward) in [
        (vec![70, 71], asked(70), vec![65, 66], 2.0),
        (vec![70, 71], asked(72), vec![65, 66], -1.0),
        (vec![72], asked(72), vec![67], 0.0),
        (vec![70, 71], asked(70), vec![65, 66], 2.0),
    ] {
        let exchange = Some(Exchange { message, prompt });
        let outcome = texts.enter(0, Text { exchange, tokens, action: 0 }) as u32;
        trajectories.push(Trajectory { steps: vec![Step { prompt: 0, outcome, reward }] });
    }
    (texts, Experience { pending: Vec::new(), trajectories })
}

#[test]
fn a_message_and_the_choice_after_it_are_one_outcome() {
    let (base, policy, _) = agent_who_may_talk(&learners()[0], 1);
    let (texts, experience) = talked(&policy);
    assert_eq!(experience.trajectories.iter().map(|t| t.steps[0].outcome).collect::<Vec<_>>(), [0, 1, 2, 0]);
    let lesson = Lesson::new(&policy.prompts, &texts).unwrap();
    let table = score(&base, &policy.for_engine(), &lesson);
    let log_prob = |prompt: &[u32], text: &[u32]| {
        let tree = PromptTree::with_completions(&[prompt.to_vec()], &[vec![text.to_vec()]]);
        let agent = policy.for_engine();
        let scores = base.cpu().unwrap().forward(&tree, &agent, Keep::Nothing, 1, &mut Workspace::new());
        f64::from(scores.label_log_probs[0])
    };
    for (outcome, text) in texts.said[0].iter().enumerate() {
        let Exchange { message, prompt } = text.exchange.as_ref().unwrap();
        let expected = log_prob(&policy.prompts.talk[0], message) + log_prob(prompt, &text.tokens);
        let found = table.log_prob(0, outcome);
        assert!((found - expected).abs() < 1e-4, "outcome {outcome}: {found}, {expected}");
    }
}

#[test]
fn the_gradient_of_talk_is_that_of_the_loss_for_every_learner() {
    for spec in learners() {
        let (base, policy, mut learner) = agent_who_may_talk(&spec, 1);
        let (texts, experience) = talked(&policy);
        let lesson = Lesson::new(&policy.prompts, &texts).unwrap();
        let with = |adapter: &Adapter| {
            let agent = Agent { adapter: Some(adapter), value_head: policy.value_head.as_ref(), prefix: None };
            score(&base, &agent, &lesson)
        };
        let plan = learner.learner.begin(&experience.trajectories, &with(&policy.adapter));
        let loss = learner.learner.loss(&plan, &with(&policy.adapter), None);
        let slopes = lesson.slopes(&loss.gradient);
        let (agent, mut workspace) = (policy.for_engine(), Workspace::new());
        let mut gradient = Gradient::zeros(&agent);
        base.cpu().unwrap().forward(&lesson.tree, &agent, Keep::Everything, 1, &mut workspace);
        base.cpu().unwrap().backward(&lesson.tree, &agent, &slopes, 1, &mut workspace, &mut gradient);
        let norm = gradient.adapter.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        assert!(norm > 0.0);
        let loss_at = |sign: f64| {
            let mut shifted = policy.adapter.clone();
            for (x, g) in shifted.params.iter_mut().zip(&gradient.adapter) {
                *x += (sign * 2e-3 * f64::from(*g) / norm) as f32;
            }
            learner.learner.loss(&plan, &with(&shifted), None).loss
        };
        let found = (loss_at(1.0) - loss_at(-1.0)) / 4e-3;
        assert!((found - norm).abs() < 2e-2 * norm, "{spec:?}: slope along the gradient {found}, its norm {norm}");
    }
}

#[test]
fn what_is_read_out_and_measured() {
    let (base, policy, _) = agent(&learners()[0]);
    let (texts, experience) = lived(policy.prompts.len());
    let out = read_out(&rules(), &policy.prompts, &texts, &experience);
    let met = |prompt: usize| rules().observations.index(policy.prompts.observation(prompt));
    assert!((out[met(0)] - 2.0 / 3.0).abs() < 1e-12 && (out[met(2)] - 1.0 / 3.0).abs() < 1e-12, "{out:?}");
    assert!(out[met(1)].is_nan());
    let lesson = Lesson::new(&policy.prompts, &texts).unwrap();
    let table = score(&base, &policy.for_engine(), &lesson);
    let stats = measure(&table, &table, &experience, 4);
    assert_eq!((stats.kl, stats.generation, stats.grad_norm), (0.0, 4, None));
    let sum: f64 = [(0, 0), (0, 0), (0, 1), (2, 0), (2, 1), (2, 2)].iter().map(|&(p, o)| table.log_prob(p, o)).sum();
    assert!((stats.entropy + sum / 6.0).abs() < 1e-9);
    assert!(Lesson::new(&policy.prompts, &Texts { said: vec![Vec::new(); 5], ..Texts::default() }).is_none());
}
