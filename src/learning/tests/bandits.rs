//! Every learner solves small problems whose best policy is known.

use crate::learning::grpo::GrpoConfig;
use crate::learning::kl::KlConfig;
use crate::learning::optimizer::{AdamW, OptimizerConfig, clip_scale, global_norm};
use crate::learning::outcomes::DecisionMode;
use crate::learning::ppo::PpoConfig;
use crate::learning::reinforce::ReinforceConfig;
use crate::learning::rloo::RlooConfig;
use crate::learning::{Learner, LearnerSpec, PolicyTable, Step, Trajectory, outcomes};
use crate::rng::{Purpose, StreamKey, stream};
use rand::RngExt;

const ARMS: usize = 2;

/// An agent whose parameters are the logits of its arms (raw log-probabilities up to a constant) and its values.
struct Agent {
    learner: Box<dyn Learner>,
    logits: Vec<f32>,
    values: Vec<f32>,
    logit_state: AdamW,
    value_state: AdamW,
}

impl Agent {
    fn new(spec: &LearnerSpec, prompts: usize) -> Self {
        Self {
            learner: spec.build(prompts).unwrap(),
            logits: vec![0.0; prompts * ARMS],
            values: vec![0.0; prompts],
            logit_state: AdamW::new(prompts * ARMS),
            value_state: AdamW::new(prompts),
        }
    }

    fn table(&self) -> PolicyTable {
        let values = self.values.iter().map(|v| f64::from(*v)).collect();
        outcomes::table(&self.logits, ARMS, DecisionMode::Constrained, values)
    }

    fn prob(&self, prompt: usize, arm: usize) -> f64 {
        self.table().log_prob(prompt, arm).exp()
    }

    /// Runs one update as the game loop does; returns the KL to the uniform policy before it.
    fn learn(&mut self, trajectories: &[Trajectory]) -> f64 {
        let played = self.table();
        let uniform = PolicyTable {
            log_probs: vec![(1.0 / ARMS as f64).ln(); played.log_probs.len()],
            outcomes: ARMS,
            values: vec![],
        };
        let plan = self.learner.begin(trajectories, &played);
        let mut first = None;
        for _ in 0..self.learner.epochs() {
            let loss = self.learner.loss(&plan, &self.table(), Some(&uniform));
            let raw = outcomes::backward(&self.logits, ARMS, DecisionMode::Constrained, &loss.gradient);
            let values: Vec<f32> = loss.gradient.values.iter().map(|g| *g as f32).collect();
            let config = self.learner.optimizer().clone();
            let scale = clip_scale(global_norm(&[&raw, &values]), config.max_grad_norm).expect("finite");
            self.logit_state.step_scaled(&config, &mut self.logits, &raw, scale);
            if self.learner.needs_values() {
                self.value_state.step_scaled(&config, &mut self.values, &values, scale);
            }
            first.get_or_insert(loss.stats);
        }
        let first = first.expect("at least one epoch");
        self.learner.end(&plan, &first);
        first.kl.expect("a reference was given")
    }

    fn draw(&self, prompt: usize, rng: &mut impl rand::Rng) -> u32 {
        u32::from(rng.random::<f64>() >= self.prob(prompt, 0))
    }
}

fn learners(discount: f64, kl: &KlConfig) -> [LearnerSpec; 4] {
    let kl = kl.clone();
    let optimizer = OptimizerConfig { lr: 0.05, ..OptimizerConfig::default() };
    [
        LearnerSpec::Reinforce(ReinforceConfig {
            discount,
            kl: kl.clone(),
            optimizer: optimizer.clone(),
            ..Default::default()
        }),
        LearnerSpec::Rloo(RlooConfig { discount, kl: kl.clone(), optimizer: optimizer.clone(), ..Default::default() }),
        LearnerSpec::Grpo(GrpoConfig { discount, kl: kl.clone(), optimizer: optimizer.clone(), ..Default::default() }),
        LearnerSpec::Ppo(PpoConfig { discount, kl, optimizer, ..Default::default() }),
    ]
}

fn rng(tick: u32) -> crate::rng::Stream {
    stream(5, Purpose::Decision, StreamKey { tick, ..Default::default() })
}

/// 16 pulls at each of two prompts; the best arm is the prompt's own number, and pays 1 instead of 0.
fn pulls(agent: &Agent, tick: u32) -> Vec<Trajectory> {
    let mut rng = rng(tick);
    let mut pull = |prompt: u32| {
        let outcome = agent.draw(prompt as usize, &mut rng);
        let reward = f64::from(u8::from(outcome == prompt));
        Trajectory { steps: vec![Step { prompt, outcome, reward }] }
    };
    (0..32).map(|i| pull(i % 2)).collect()
}

#[test]
fn every_learner_finds_the_best_arm_of_each_prompt() {
    for spec in learners(0.0, &KlConfig::None) {
        let mut agent = Agent::new(&spec, 2);
        for tick in 0..150 {
            agent.learn(&pulls(&agent, tick));
        }
        for prompt in 0..2 {
            let p = agent.prob(prompt, prompt);
            assert!(p > 0.95, "{spec:?}: {p} at prompt {prompt}");
        }
    }
}

/// Two rounds: arm 1 of the first costs 1 but makes the second pay 3; the second round's arms do not matter.
fn investments(agent: &Agent, tick: u32) -> Vec<Trajectory> {
    let mut rng = rng(tick);
    let mut invest = || {
        let first = agent.draw(0, &mut rng);
        let second = agent.draw(1 + first as usize, &mut rng);
        let (cost, gain) = if first == 1 { (-1.0, 3.0) } else { (0.0, 0.0) };
        let steps = vec![
            Step { prompt: 0, outcome: first, reward: cost },
            Step { prompt: 1 + first, outcome: second, reward: gain },
        ];
        Trajectory { steps }
    };
    (0..32).map(|_| invest()).collect()
}

#[test]
fn the_discount_decides_between_greed_and_patience() {
    for (discount, best) in [(0.0, 0), (1.0, 1)] {
        for spec in learners(discount, &KlConfig::None) {
            let mut agent = Agent::new(&spec, 3);
            for tick in 0..150 {
                agent.learn(&investments(&agent, tick));
            }
            let p = agent.prob(0, best);
            assert!(p > 0.95, "{spec:?}: {p} on arm {best}");
        }
    }
}

#[test]
fn an_adaptive_penalty_holds_every_learner_near_its_target() {
    let target = 0.1;
    let kl = KlConfig::Adaptive { coef: 0.2, target, horizon: 320.0 };
    for spec in learners(0.0, &kl) {
        let mut agent = Agent::new(&spec, 2);
        let kls: Vec<f64> = (0..600).map(|tick| agent.learn(&pulls(&agent, tick))).collect();
        let late = kls[400..].iter().sum::<f64>() / 200.0;
        assert!((late - target).abs() < 0.25 * target, "{spec:?}: KL {late}");
    }
}
