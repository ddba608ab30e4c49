//! From the engine's raw label log-probabilities to a policy table, and the gradient back.
//!
//! A raw log-probability is ln π(label | prompt) over the whole vocabulary, summed over the label's tokens. Labels are
//! prefix-free, so their masses are disjoint and add up to at most 1.
//!
//! - `Constrained`: the outcomes are the labels, renormalised: `l = raw − ln Σ exp raw`.
//! - `Free`: the outcomes are the labels as they are, and the illegal rest `ln(1 − Σ exp raw)` in the last place.
//! - `Generate` has completions for outcomes, not labels; a table of labels is read as under `Free`.

use super::{PolicyTable, TableGradient};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a completion becomes an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecisionMode {
    /// The labels' probabilities are renormalised to sum to 1; there are no illegal completions.
    #[default]
    Constrained,
    /// Any probability that the labels do not hold goes to an illegal completion, which earns `illegal_reward`.
    Free,
    /// A completion is actually decoded, token by token, and read: the label that it begins with, or illegal. See
    /// `generation`.
    Generate,
}

/// The least mass of an illegal outcome: raw log-probabilities are f32, and near 1 those cannot tell a smaller
/// remainder from rounding. Where the labels hold more than 1 − floor, they are renormalised to exactly that, so rows
/// always sum to 1.
pub const ILLEGAL_MASS_FLOOR: f64 = f32::EPSILON as f64;

/// The policy table of raw label log-probabilities, row-major (prompts, labels), with `values` (one per prompt, or
/// empty).
pub fn table(raw: &[f32], labels: usize, mode: DecisionMode, values: Vec<f64>) -> PolicyTable {
    let mut log_probs = Vec::with_capacity(raw.len() / labels * outcomes(labels, mode));
    for row in raw.chunks_exact(labels) {
        push_row(&widen(row), mode, &mut log_probs);
    }
    PolicyTable { outcomes: outcomes(labels, mode), log_probs, values }
}

/// ∂loss/∂raw, row-major (prompts, labels), from the gradient in the table that [`table`] made from `raw`.
pub fn backward(raw: &[f32], labels: usize, mode: DecisionMode, gradient: &TableGradient) -> Vec<f32> {
    let rows = raw.chunks_exact(labels).zip(gradient.log_probs.chunks_exact(outcomes(labels, mode)));
    rows.flat_map(|(row, gradient)| backward_row(&widen(row), mode, gradient)).map(|g| g as f32).collect()
}

/// Number of outcomes of a prompt with `labels` labels.
pub fn outcomes(labels: usize, mode: DecisionMode) -> usize {
    match mode {
        DecisionMode::Constrained => labels,
        DecisionMode::Free | DecisionMode::Generate => labels + 1,
    }
}

fn widen(row: &[f32]) -> Vec<f64> {
    row.iter().map(|x| f64::from(*x)).collect()
}

pub(super) fn push_row(raw: &[f64], mode: DecisionMode, log_probs: &mut Vec<f64>) {
    let legal = log_sum_exp(raw);
    match mode {
        DecisionMode::Constrained => log_probs.extend(raw.iter().map(|x| x - legal)),
        DecisionMode::Free | DecisionMode::Generate => {
            let shift = if is_saturated(legal) { legal - (-ILLEGAL_MASS_FLOOR).ln_1p() } else { 0.0 };
            log_probs.extend(raw.iter().map(|x| x - shift));
            log_probs.push(if is_saturated(legal) { ILLEGAL_MASS_FLOOR.ln() } else { log_one_minus_exp(legal) });
        }
    }
}

/// The chain rule through [`push_row`].
///
/// Renormalised rows: `∂raw_l = g_l − p_l Σ g`, with p the labels' shares. Free rows: the labels pass their own
/// gradient, and `ln(1 − Σ exp raw)` falls by `exp(raw_l) / illegal` per unit of raw_l.
pub(super) fn backward_row(raw: &[f64], mode: DecisionMode, gradient: &[f64]) -> Vec<f64> {
    let legal = log_sum_exp(raw);
    if mode == DecisionMode::Constrained || is_saturated(legal) {
        // A saturated illegal outcome is constant, so its own entry of the gradient leads nowhere.
        let total: f64 = gradient[..raw.len()].iter().sum();
        return raw.iter().zip(gradient).map(|(x, g)| g - (x - legal).exp() * total).collect();
    }
    let (illegal, log_illegal) = (gradient[raw.len()], log_one_minus_exp(legal));
    raw.iter().zip(gradient).map(|(x, g)| g - illegal * (x - log_illegal).exp()).collect()
}

/// Whether labels of mass `exp(legal)` leave no more than the floor to the rest.
fn is_saturated(legal: f64) -> bool {
    legal >= (-ILLEGAL_MASS_FLOOR).ln_1p()
}

/// ln Σ exp x, without overflow.
fn log_sum_exp(xs: &[f64]) -> f64 {
    let max = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY { max } else { max + xs.iter().map(|x| (x - max).exp()).sum::<f64>().ln() }
}

/// ln(1 − e^x) for x < 0, accurate for x near 0 and for x far below (Mächler 2012).
fn log_one_minus_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { (-x.exp_m1()).ln() } else { (-x.exp()).ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    fn row(raw: &[f64], mode: DecisionMode) -> Vec<f64> {
        let mut log_probs = Vec::new();
        push_row(raw, mode, &mut log_probs);
        log_probs
    }

    #[test]
    fn tables_by_hand() {
        let raw = [0.1f32.ln(), 0.3f32.ln(), 0.5f32.ln(), 0.25f32.ln()];
        let close = |table: &PolicyTable, probs: &[f64]| {
            assert_eq!(table.log_probs.len(), probs.len());
            for (log_prob, p) in table.log_probs.iter().zip(probs) {
                assert!((log_prob.exp() - p).abs() < 1e-7, "{log_prob} {p}");
            }
        };
        let constrained = table(&raw, 2, DecisionMode::Constrained, vec![1.0, 2.0]);
        assert_eq!((constrained.prompts(), constrained.values.as_slice()), (2, [1.0, 2.0].as_slice()));
        close(&constrained, &[0.25, 0.75, 2.0 / 3.0, 1.0 / 3.0]);
        close(&table(&raw, 2, DecisionMode::Free, vec![]), &[0.1, 0.3, 0.6, 0.5, 0.25, 0.25]);
    }

    #[test]
    fn extreme_masses_stay_finite_and_sum_to_one() {
        for raw in [[-200.0, -300.0], [-1e-9, -40.0], [0.0, -1e4], [1e-6, -20.0], [-0.7, -0.7], [-1e-3, -8.0]] {
            for mode in [DecisionMode::Constrained, DecisionMode::Free] {
                let log_probs = row(&raw, mode);
                assert!(log_probs.iter().all(|l| l.is_finite()), "{raw:?} {log_probs:?}");
                assert!((log_sum_exp(&log_probs)).abs() < 1e-12, "{raw:?} {log_probs:?}");
            }
        }
        // A legal mass far below rounding still leaves its trace: ln(1 − e^−50) = −e^−50.
        assert!((row(&[-50.0], DecisionMode::Free)[1] + (-50.0f64).exp()).abs() < 1e-30);
        let whole = row(&[0.0], DecisionMode::Free)[1];
        assert_eq!(whole, ILLEGAL_MASS_FLOOR.ln());
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn backward_equals_finite_differences(
            shares in prop::collection::vec(0.01f64..1.0, 2..5),
            legal in 0.001f64..0.999,
            gradient in prop::collection::vec(-2.0f64..2.0, 5),
            free: bool,
        ) {
            let mode = if free { DecisionMode::Free } else { DecisionMode::Constrained };
            let total: f64 = shares.iter().sum();
            let raw: Vec<f64> = shares.iter().map(|s| (s / total * legal).ln()).collect();
            let gradient = &gradient[..outcomes(raw.len(), mode)];
            let along = |raw: &[f64]| row(raw, mode).iter().zip(gradient).map(|(l, g)| l * g).sum::<f64>();
            for (label, exact) in backward_row(&raw, mode, gradient).into_iter().enumerate() {
                let (mut up, mut down, step) = (raw.clone(), raw.clone(), 1e-7);
                up[label] += step;
                down[label] -= step;
                let numeric = (along(&up) - along(&down)) / (2.0 * step);
                prop_assert!((numeric - exact).abs() < 1e-5 * (1.0 + exact.abs()), "{numeric} {exact}");
            }
        }

        #[test]
        fn saturated_rows_have_exact_gradients_too(gradient in prop::collection::vec(-2.0f64..2.0, 3), low in -12.0f64..-1.0) {
            let raw = [(-low.exp()).ln_1p(), low];
            let along = |raw: &[f64]| row(raw, DecisionMode::Free).iter().zip(&gradient).map(|(l, g)| l * g).sum::<f64>();
            for (label, exact) in backward_row(&raw, DecisionMode::Free, &gradient).into_iter().enumerate() {
                let (mut up, mut down, step) = (raw, raw, 1e-9);
                up[label] += step;
                down[label] -= step;
                let numeric = (along(&up) - along(&down)) / (2.0 * step);
                prop_assert!((numeric - exact).abs() < 1e-5, "{numeric} {exact}");
            }
        }
    }
}
