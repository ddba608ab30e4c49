//! Policy losses on cells: the score function of REINFORCE and the clipped ratio of PPO.
//!
//! Both are means of losses over decisions, with each decision weighted by [`Plan::decision_weight`].

use super::{Plan, PolicyTable, TableGradient};

/// Returns `−Σ_i w_i A_i ln π(o_i | p_i)` and adds its gradient in ln π (Williams 1992, section 5).
pub fn log_likelihood(plan: &Plan, current: &PolicyTable, gradient: &mut TableGradient) -> f64 {
    let mut loss = 0.0;
    for prompt in 0..current.prompts() {
        let weight = plan.decision_weight(prompt);
        for outcome in 0..current.outcomes {
            let cell = prompt * current.outcomes + outcome;
            let advantage = plan.cells.advantage(cell);
            if advantage != 0.0 {
                loss -= weight * advantage * current.log_probs[cell];
                gradient.log_probs[cell] -= weight * advantage;
            }
        }
    }
    loss
}

/// The clipped loss and how much of it was clipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// The loss.
    pub loss: f64,
    /// Share of decisions whose ratio is outside 1 ± ε, whether or not their advantage lets the clipping act.
    pub fraction: f64,
}

/// Returns `−Σ_i w_i min(r_i A_i, clip(r_i, 1 ± ε) A_i)` with `r = π / π_played` and adds its gradient in ln π
/// (Schulman et al. 2017, equation 7).
///
/// A cell shares one ratio r, and `min(rA, clip(r) A)` is `A min(r, 1+ε)` for A > 0 and `A max(r, 1−ε)` for A < 0, so
/// the cell's part is `A⁺ min(r, 1+ε) + A⁻ max(r, 1−ε)`. As ∂r/∂ln π = r, each term's gradient is `A r` where it is not
/// clipped and 0 where it is.
pub fn clipped(plan: &Plan, current: &PolicyTable, epsilon: f64, gradient: &mut TableGradient) -> Clipped {
    let (mut loss, mut outside) = (0.0, 0.0);
    for prompt in 0..current.prompts() {
        let weight = plan.decision_weight(prompt);
        for outcome in 0..current.outcomes {
            let cell = prompt * current.outcomes + outcome;
            if plan.cells.counts[cell] == 0.0 {
                continue;
            }
            let ratio = (current.log_probs[cell] - plan.played.log_probs[cell]).exp();
            let (low, high) = (1.0 - epsilon, 1.0 + epsilon);
            let (positive, negative) = (plan.cells.positive[cell], plan.cells.negative[cell]);
            loss -= weight * (positive * ratio.min(high) + negative * ratio.max(low));
            let slope = if ratio <= high { positive } else { 0.0 } + if ratio >= low { negative } else { 0.0 };
            gradient.log_probs[cell] -= weight * slope * ratio;
            if ratio < low || ratio > high {
                outside += plan.cells.counts[cell];
            }
        }
    }
    Clipped { loss, fraction: if outside == 0.0 { 0.0 } else { outside / plan.decisions() } }
}
