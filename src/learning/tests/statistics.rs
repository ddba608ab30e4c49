//! What learners report, what they do with nothing, and what survives a checkpoint.

use crate::learning::grpo::GrpoConfig;
use crate::learning::kl::KlConfig;
use crate::learning::ppo::{PpoConfig, RewardScaling};
use crate::learning::reinforce::ReinforceConfig;
use crate::learning::rloo::RlooConfig;
use crate::learning::{Learner, LearnerSpec, PolicyTable, Step, Trajectory};

fn table(first: [f64; 2], values: [f64; 2]) -> PolicyTable {
    let log_probs = [first[0], 1.0 - first[0], first[1], 1.0 - first[1]].map(f64::ln).to_vec();
    PolicyTable { outcomes: 2, log_probs, values: values.to_vec() }
}

fn matches(rewards: &[(u32, u32, f64)]) -> Vec<Trajectory> {
    let step = |&(prompt, outcome, reward): &(u32, u32, f64)| Step { prompt, outcome, reward };
    rewards.iter().map(|r| Trajectory { steps: vec![step(r)] }).collect()
}

fn all() -> [LearnerSpec; 4] {
    let kl = KlConfig::Adaptive { coef: 0.3, target: 0.7, horizon: 10.0 };
    [
        LearnerSpec::Reinforce(ReinforceConfig { kl: kl.clone(), ..Default::default() }),
        LearnerSpec::Rloo(RlooConfig { kl: kl.clone(), ..Default::default() }),
        LearnerSpec::Grpo(GrpoConfig { kl: kl.clone(), ..Default::default() }),
        LearnerSpec::Ppo(PpoConfig { kl, scale_rewards: RewardScaling::RunningStd, ..Default::default() }),
    ]
}

#[test]
fn ppo_reports_what_its_epochs_did() {
    let spec = LearnerSpec::Ppo(PpoConfig { normalize: false, discount: 0.0, ..Default::default() });
    let mut ppo = build(&spec);
    let played = table([0.5, 0.5], [1.0, 0.0]);
    // Targets 2, 0 at prompt 0 (value 1) and 4, 2 at prompt 1 (value 0): advantages 1, −1, 4, 2.
    let plan = ppo.begin(&matches(&[(0, 0, 2.0), (0, 1, 0.0), (1, 0, 4.0), (1, 0, 2.0)]), &played);
    let first = ppo.loss(&plan, &played, None).stats;
    assert!((first.policy_loss + 1.5).abs() < 1e-12, "the mean advantage, as every ratio is 1");
    // ½ mean(1 + 1 + 16 + 4) = 2.75.
    assert!((first.value_loss.expect("a value head") - 2.75).abs() < 1e-12);
    // Var(targets) = 2; residuals 1, −1, 4, 2 have variance 3.25.
    assert!((first.explained_variance.expect("spread") - (1.0 - 3.25 / 2.0)).abs() < 1e-12);
    assert!((first.entropy - 2.0f64.ln()).abs() < 1e-12);
    assert_eq!((first.kl, first.approx_kl, first.clip_fraction, first.zero_advantage_fraction), (None, 0.0, 0.0, 0.0));
    // Prompt 0 keeps its ratios inside ±0.2; prompt 1's ratio of arm 0 is 1.5, and both its decisions drew that arm.
    let moved = table([0.55, 0.75], [1.0, 0.0]);
    let second = ppo.loss(&plan, &moved, Some(&played)).stats;
    assert_eq!(second.clip_fraction, 0.5);
    let kl = |p: f64, q: f64| p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln();
    assert!((second.approx_kl - 0.5 * (kl(0.5, 0.55) + kl(0.5, 0.75))).abs() < 1e-12);
    assert!((second.kl.expect("reference") - 0.5 * (kl(0.55, 0.5) + kl(0.75, 0.5))).abs() < 1e-12);
    // −¼ (1·1.1 − 1·0.9 + 6·min(1.5, 1.2)).
    assert!((second.policy_loss + 0.25 * (1.1 - 0.9 + 7.2)).abs() < 1e-12);
}

#[test]
fn equal_rewards_teach_nothing() {
    let played = table([0.3, 0.6], [0.1, 0.1]);
    let same = matches(&[(0, 0, 0.1), (0, 1, 0.1), (0, 1, 0.1), (1, 0, 0.1), (1, 1, 0.1), (1, 1, 0.1), (1, 1, 0.1)]);
    for spec in all() {
        let mut learner = build(&spec);
        for _ in 0..3 {
            let plan = learner.begin(&same, &played);
            let loss = learner.loss(&plan, &played, Some(&played));
            assert_eq!(loss.stats.zero_advantage_fraction, 1.0, "{spec:?}");
            assert_eq!(loss.stats.policy_loss, 0.0, "{spec:?}");
            // What is left is the penalty at its minimum: constant 0.3 π w per entry, flat along every softmax.
            for prompt in 0..2 {
                let row = &loss.gradient.log_probs[prompt * 2..][..2];
                let total = row[0] + row[1];
                assert!((row[0] - played.log_prob(prompt, 0).exp() * total).abs() < 1e-15, "{spec:?}");
            }
        }
    }
}

#[test]
fn an_update_without_decisions_is_flat() {
    let played = table([0.3, 0.6], [0.5, -0.5]);
    for spec in all() {
        for trajectories in [vec![], vec![Trajectory::default()]] {
            let mut learner = build(&spec);
            let plan = learner.begin(&trajectories, &played);
            let loss = learner.loss(&plan, &played, Some(&table([0.5, 0.5], [0.0, 0.0])));
            assert_eq!(loss.loss, 0.0, "{spec:?}");
            assert!(loss.gradient.log_probs.iter().chain(&loss.gradient.values).all(|g| *g == 0.0), "{spec:?}");
            let before = format!("{learner:?}");
            learner.end(&plan, &loss.stats);
            assert_eq!(format!("{learner:?}"), before, "{spec:?}");
        }
    }
}

/// The learner of `spec`, for two prompts.
fn build(spec: &LearnerSpec) -> Box<dyn Learner> {
    spec.build(2).expect("it is no plugin's")
}

#[test]
fn learners_resume_where_they_stopped() {
    let (played, reference) = (table([0.3, 0.6], [0.1, -0.7]), table([0.5, 0.5], [0.0, 0.0]));
    let first = matches(&[(0, 0, 0.3), (0, 1, 1.7), (1, 0, -2.3), (1, 1, 0.9)]);
    let second = matches(&[(0, 1, 0.2), (0, 1, 1.1), (1, 0, 2.9), (1, 0, 0.7)]);
    for spec in all() {
        let mut straight = build(&spec);
        let plan = straight.begin(&first, &played);
        let stats = straight.loss(&plan, &played, Some(&reference)).stats;
        straight.end(&plan, &stats);
        let mut resumed = build(&spec);
        resumed.recall(&straight.keep()).expect("a learner with the same numbers takes over");
        assert_eq!(format!("{resumed:?}"), format!("{straight:?}"));
        assert!(resumed.recall(&[0.0; 9]).unwrap_err().contains("9 numbers"));
        let plan = straight.begin(&second, &played);
        assert_eq!(resumed.begin(&second, &played), plan);
        let loss = straight.loss(&plan, &played, Some(&reference));
        assert_ne!(loss.stats.kl_coef, 0.3, "the coefficient has moved");
        assert_eq!(resumed.loss(&plan, &played, Some(&reference)), loss);
    }
}
