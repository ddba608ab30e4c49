//! Discounted returns and generalised advantage estimation over the decisions of one match.
//!
//! A match ends by its rules, not by a time limit of the learner's, so whatever follows the last decision is worth 0
//! (terminated, not truncated).

use super::normalize::Moments;
use super::{Cells, PolicyTable, Trajectory};

/// One decision with its return, where it was taken and what was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Index of the prompt in the policy table.
    pub prompt: usize,
    /// Index of the outcome drawn.
    pub outcome: usize,
    /// The discounted return from this decision on.
    pub value: f64,
}

/// Discounted returns-to-go `G_t = r_t + γ G_{t+1}`, one per reward (Sutton and Barto 2018, equation 3.9).
pub fn to_go(rewards: &[f64], discount: f64) -> Vec<f64> {
    let mut returns = vec![0.0; rewards.len()];
    let mut after = 0.0;
    for (value, reward) in returns.iter_mut().zip(rewards).rev() {
        after = reward + discount * after;
        *value = after;
    }
    returns
}

/// Generalised advantages `A_t = Σ_k (γλ)^k δ_{t+k}` with `δ_t = r_t + γ V_{t+1} − V_t` (Schulman et al. 2016,
/// equations 11, 12 and 16), one per reward; the value after the last decision is 0.
pub fn gae(rewards: &[f64], values: &[f64], discount: f64, lambda: f64) -> Vec<f64> {
    assert_eq!(rewards.len(), values.len(), "one value per reward");
    let mut advantages = vec![0.0; rewards.len()];
    let (mut advantage_after, mut value_after) = (0.0, 0.0);
    for t in (0..rewards.len()).rev() {
        let delta = rewards[t] + discount * value_after - values[t];
        advantage_after = delta + discount * lambda * advantage_after;
        value_after = values[t];
        advantages[t] = advantage_after;
    }
    advantages
}

/// Every decision of `trajectories` with its discounted return-to-go, in order.
pub fn samples(trajectories: &[Trajectory], discount: f64) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(trajectories.iter().map(|t| t.steps.len()).sum());
    for trajectory in trajectories {
        let rewards: Vec<f64> = trajectory.steps.iter().map(|step| step.reward).collect();
        let returns = to_go(&rewards, discount);
        samples.extend(trajectory.steps.iter().zip(returns).map(|(step, value)| Sample {
            prompt: step.prompt as usize,
            outcome: step.outcome as usize,
            value,
        }));
    }
    samples
}

/// The moments of the samples of each of `prompts` prompts; the counterpart of [`super::exact::by_prompt`].
pub fn by_prompt(samples: &[Sample], prompts: usize) -> Vec<Moments> {
    let mut moments = vec![Moments::default(); prompts];
    for sample in samples {
        moments[sample.prompt].add(sample.value);
    }
    moments
}

/// The cells of the decisions in `samples`, each with the `advantage` of its prompt and return; the counterpart of
/// [`super::exact::cells`].
pub fn cells(played: &PolicyTable, samples: &[Sample], advantage: impl Fn(usize, f64) -> f64) -> Cells {
    let mut cells = Cells::new(played);
    for sample in samples {
        cells.add(sample.prompt, sample.outcome, advantage(sample.prompt, sample.value));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Step;

    #[test]
    fn returns_by_hand() {
        // G_2 = 4; G_1 = 2 + 0.5·4 = 4; G_0 = 1 + 0.5·4 = 3.
        assert_eq!(to_go(&[1.0, 2.0, 4.0], 0.5), [3.0, 4.0, 4.0]);
        assert_eq!(to_go(&[1.0, 2.0, 4.0], 0.0), [1.0, 2.0, 4.0]);
        assert_eq!(to_go(&[1.0, 2.0, 4.0], 1.0), [7.0, 6.0, 4.0]);
        assert!(to_go(&[], 1.0).is_empty());
    }

    #[test]
    fn gae_by_hand() {
        // γ = 0.5, λ = 0.5. δ_2 = 4 − 1 = 3; δ_1 = 2 + 0.5·1 − 3 = −0.5; δ_0 = 1 + 0.5·3 − 2 = 0.5.
        // A_2 = 3; A_1 = −0.5 + 0.25·3 = 0.25; A_0 = 0.5 + 0.25·0.25 = 0.5625.
        assert_eq!(gae(&[1.0, 2.0, 4.0], &[2.0, 3.0, 1.0], 0.5, 0.5), [0.5625, 0.25, 3.0]);
    }

    #[test]
    fn gae_with_lambda_one_is_return_minus_value_and_with_zero_is_the_td_error() {
        let (rewards, values) = ([1.0, -2.0, 4.0, 0.5], [0.25, 1.0, -1.0, 2.0]);
        let returns = to_go(&rewards, 0.75);
        let monte_carlo = gae(&rewards, &values, 0.75, 1.0);
        let td = gae(&rewards, &values, 0.75, 0.0);
        for t in 0..4 {
            assert!((monte_carlo[t] - (returns[t] - values[t])).abs() < 1e-12);
            let next = values.get(t + 1).copied().unwrap_or(0.0);
            assert_eq!(td[t], rewards[t] + 0.75 * next - values[t]);
        }
    }

    #[test]
    fn matches_do_not_leak_into_each_other() {
        let step = |prompt, reward| Step { prompt, outcome: 1, reward };
        let trajectories = [
            Trajectory { steps: vec![step(0, 1.0), step(1, 2.0)] },
            Trajectory::default(),
            Trajectory { steps: vec![step(2, 4.0)] },
        ];
        let values: Vec<_> = samples(&trajectories, 1.0).iter().map(|s| (s.prompt, s.outcome, s.value)).collect();
        assert_eq!(values, [(0, 1, 3.0), (1, 1, 2.0), (2, 1, 4.0)]);
    }
}
