//! Entropy of a policy: exact over the outcomes of each prompt.

use super::{PolicyTable, TableGradient};

/// Returns `H = Σ_p w_p (−Σ_o π ln π)`, in nats, and adds `scale · ∂H/∂ln π` to `gradient`.
///
/// With `l = ln π` as the free variable, `∂H/∂l = −w_p e^l (l + 1)`.
pub fn accumulate(weights: &[f64], table: &PolicyTable, scale: f64, gradient: &mut TableGradient) -> f64 {
    let mut entropy = 0.0;
    for (prompt, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        for outcome in 0..table.outcomes {
            let log_prob = table.log_prob(prompt, outcome);
            // lim x ln x = 0: an outcome without mass adds nothing.
            if log_prob > f64::NEG_INFINITY {
                let mass = weight * log_prob.exp();
                entropy -= mass * log_prob;
                gradient.log_probs[prompt * table.outcomes + outcome] -= scale * mass * (log_prob + 1.0);
            }
        }
    }
    entropy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_by_hand() {
        let log_probs = vec![0.5f64.ln(), 0.5f64.ln(), 0.0, f64::NEG_INFINITY];
        let table = PolicyTable { outcomes: 2, log_probs, values: vec![] };
        let mut gradient = TableGradient::zeros(&table, false);
        // ln 2 at the first prompt, 0 at the second.
        assert!((accumulate(&[0.25, 0.75], &table, 2.0, &mut gradient) - 0.25 * 2.0f64.ln()).abs() < 1e-15);
        let uniform = -2.0 * 0.25 * 0.5 * (1.0 - 2.0f64.ln());
        assert!((gradient.log_probs[0] - uniform).abs() < 1e-15);
        assert_eq!(gradient.log_probs[2..], [-1.5, 0.0]);
    }
}
