//! AdamW over a flat parameter vector (Kingma and Ba 2015; Loshchilov and Hutter 2019).
//!
//! 1. Weight decay is decoupled and multiplied by the learning rate, as in PyTorch: `θ ← θ (1 − lr · decay)`.
//! 2. Moments and parameters are f32; the bias corrections of the moments are computed in f64.
//! 3. Gradients are clipped by `min(1, max / norm)`, without the 1e-6 that PyTorch adds to the norm.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Learning rate and other settings of the optimizer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment (the moving average of the gradient).
    pub beta1: f64,
    /// Decay of the second moment (the moving average of the squared gradient).
    pub beta2: f64,
    /// Added to the square root of the second moment.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest global norm of a gradient; larger ones are scaled down to it. `None`: no clipping.
    pub max_grad_norm: Option<f64>,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { lr: 3e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, max_grad_norm: Some(1.0) }
    }
}

/// The gradient holds a number that is not finite; the parameters were left as they were.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the gradient's norm is {norm}, so the step was not taken; expected a finite number: try a lower `optimizer.lr`, or a \
     reward scale nearer 1"
)]
pub struct NonFiniteGradient {
    /// The norm, infinite or not a number.
    pub norm: f64,
}

/// The state of AdamW for one parameter vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdamW {
    /// Steps taken.
    steps: u64,
    /// Moving average of the gradient, one per parameter.
    mean: Vec<f32>,
    /// Moving average of the squared gradient, one per parameter.
    square: Vec<f32>,
}

impl AdamW {
    /// The state before the first step for `parameters` parameters.
    pub fn new(parameters: usize) -> Self {
        Self { steps: 0, mean: vec![0.0; parameters], square: vec![0.0; parameters] }
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Clips the gradient as configured, takes one step, and returns the gradient's norm before clipping.
    pub fn step(
        &mut self,
        config: &OptimizerConfig,
        parameters: &mut [f32],
        gradient: &[f32],
    ) -> Result<f64, NonFiniteGradient> {
        let norm = global_norm(&[gradient]);
        let scale = clip_scale(norm, config.max_grad_norm)?;
        self.step_scaled(config, parameters, gradient, scale);
        Ok(norm)
    }

    /// Takes one step along `scale · gradient`; for parameters in several vectors that are clipped together.
    pub fn step_scaled(&mut self, config: &OptimizerConfig, parameters: &mut [f32], gradient: &[f32], scale: f64) {
        assert_eq!(parameters.len(), self.mean.len(), "parameters of the optimizer");
        assert_eq!(gradient.len(), self.mean.len(), "one gradient entry per parameter");
        self.steps += 1;
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX); // β^i32::MAX is 0 already
        let step_size = (config.lr / (1.0 - config.beta1.powi(steps))) as f32;
        let root_correction = (1.0 / (1.0 - config.beta2.powi(steps)).sqrt()) as f32;
        let keep = (1.0 - config.lr * config.weight_decay) as f32;
        let (beta1, fresh1) = (config.beta1 as f32, (1.0 - config.beta1) as f32);
        let (beta2, fresh2) = (config.beta2 as f32, (1.0 - config.beta2) as f32);
        let (eps, scale) = (config.eps as f32, scale as f32);
        let factors = Factors { scale, keep, step_size, root_correction, beta1, fresh1, beta2, fresh2, eps };
        let arch = Arch::new();
        let moments = self.mean.par_chunks_mut(PIECE).zip(self.square.par_chunks_mut(PIECE));
        let pieces = parameters.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE)).zip(moments);
        pieces.for_each(|((parameters, gradient), (mean, square))| {
            arch.dispatch(Step { factors, parameters, gradient, mean, square });
        });
    }
}

/// Parameters that a thread takes at a time.
const PIECE: usize = 1 << 16;

/// The factors of one step, the same for all parameters.
#[derive(Clone, Copy)]
struct Factors {
    scale: f32,
    keep: f32,
    step_size: f32,
    root_correction: f32,
    beta1: f32,
    fresh1: f32,
    beta2: f32,
    fresh2: f32,
    eps: f32,
}

/// One step of all parameters, in vectors as wide as the processor's: the same operations on each number, so the same
/// bits.
struct Step<'a> {
    factors: Factors,
    parameters: &'a mut [f32],
    gradient: &'a [f32],
    mean: &'a mut [f32],
    square: &'a mut [f32],
}

impl WithSimd for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Factors { scale, keep, step_size, root_correction, beta1, fresh1, beta2, fresh2, eps } = self.factors;
        let moments = self.mean.iter_mut().zip(self.square);
        for ((parameter, gradient), (mean, square)) in self.parameters.iter_mut().zip(self.gradient).zip(moments) {
            let gradient = scale * gradient;
            *mean = beta1 * *mean + fresh1 * gradient;
            *square = beta2 * *square + fresh2 * gradient * gradient;
            *parameter = keep * *parameter - step_size * *mean / (square.sqrt() * root_correction + eps);
        }
    }
}

/// Σ x², in f64, in [`LANES`] partial sums: the same bits whatever the width of the processor's vectors.
struct SumOfSquares<'a>(&'a [f32]);

/// Partial sums of a norm.
const LANES: usize = 16;

impl WithSimd for SumOfSquares<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let (whole, rest) = self.0.as_chunks::<LANES>();
        let mut lanes = [0.0f64; LANES];
        for numbers in whole {
            for (lane, x) in lanes.iter_mut().zip(numbers) {
                *lane += f64::from(*x) * f64::from(*x);
            }
        }
        let mut sum = 0.0;
        for lane in lanes {
            sum += lane;
        }
        for x in rest {
            sum += f64::from(*x) * f64::from(*x);
        }
        sum
    }
}

/// The Euclidean norm of several vectors taken as one, summed in f64 in an order that depends on their lengths alone.
pub fn global_norm(parts: &[&[f32]]) -> f64 {
    let arch = Arch::new();
    let sum = |part: &&[f32]| {
        let pieces: Vec<f64> = part.par_chunks(PIECE).map(|piece| arch.dispatch(SumOfSquares(piece))).collect();
        pieces.iter().sum::<f64>()
    };
    parts.iter().map(sum).sum::<f64>().sqrt()
}

/// The factor that brings a gradient of norm `norm` down to `max_norm`; 1 if it is below, or if there is no maximum.
pub fn clip_scale(norm: f64, max_norm: Option<f64>) -> Result<f64, NonFiniteGradient> {
    if !norm.is_finite() {
        return Err(NonFiniteGradient { norm });
    }
    Ok(max_norm.map_or(1.0, |max| if norm > max { max / norm } else { 1.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OptimizerConfig {
        OptimizerConfig { lr: 0.1, beta1: 0.5, beta2: 0.75, eps: 0.0, weight_decay: 0.5, max_grad_norm: None }
    }

    #[test]
    fn two_steps_by_hand() {
        let mut state = AdamW::new(1);
        let mut theta = [2.0f32];
        // Step 1, g = 4: m = 2, v = 4; m̂ = 2/0.5 = 4, v̂ = 4/0.25 = 16; θ = 2·0.95 − 0.1·4/4 = 1.8.
        assert_eq!(state.step(&config(), &mut theta, &[4.0]), Ok(4.0));
        assert!((theta[0] - 1.8).abs() < 1e-6, "{}", theta[0]);
        // Step 2, g = −2: m = 1 − 1 = 0, so only decay acts: θ = 1.8·0.95 = 1.71; v = 3 + 1 = 4.
        assert_eq!(state.step(&config(), &mut theta, &[-2.0]), Ok(2.0));
        assert!((theta[0] - 1.71).abs() < 1e-6, "{}", theta[0]);
        // Step 3, g = 2: m = 1, v = 3 + 1 = 4; m̂ = 1/0.875, v̂ = 4/(1 − 0.421875) = 6.918918…
        state.step(&config(), &mut theta, &[2.0]).expect("finite");
        let expected = 1.71 * 0.95 - 0.1 * (1.0 / 0.875) / (4.0f64 / 0.578125).sqrt();
        assert!((f64::from(theta[0]) - expected).abs() < 1e-6, "{}", theta[0]);
        assert_eq!(state.steps(), 3);
    }

    #[test]
    fn clipping_scales_to_the_limit_and_reports_the_norm_before() {
        // Without moments' memory and with a huge eps, Adam is gradient descent with step lr/eps.
        let plain =
            OptimizerConfig { lr: 1e6, beta1: 0.0, beta2: 0.0, eps: 1e6, weight_decay: 0.0, max_grad_norm: Some(2.5) };
        let (mut theta, mut state) = ([0.0f32; 2], AdamW::new(2));
        assert_eq!(state.step(&plain, &mut theta, &[3.0, 4.0]), Ok(5.0));
        assert!((theta[0] + 1.5).abs() < 1e-4 && (theta[1] + 2.0).abs() < 1e-4, "{theta:?}");
        assert_eq!(clip_scale(2.0, Some(2.5)), Ok(1.0));
        assert_eq!(clip_scale(0.0, Some(0.0)), Ok(1.0));
        assert_eq!(global_norm(&[&[3.0], &[], &[4.0]]), 5.0);
    }

    #[test]
    fn pieces_and_vectors_take_the_steps_of_a_plain_loop() {
        let count = 2 * PIECE + 37;
        let number = |i: usize, factor: f32| (i as f32 * factor).sin();
        let gradient: Vec<f32> = (0..count).map(|i| number(i, 0.7)).collect();
        let mut parameters: Vec<f32> = (0..count).map(|i| number(i, 1.3)).collect();
        let before = parameters.clone();
        let config = OptimizerConfig { weight_decay: 0.1, eps: 1e-3, ..config() };
        AdamW::new(count).step_scaled(&config, &mut parameters, &gradient, 0.5);
        for ((found, before), gradient) in parameters.iter().zip(&before).zip(&gradient) {
            // β₁ = 0.5 and β₂ = 0.75: after one step both corrected moments are those of the gradient itself.
            let (before, gradient) = (f64::from(*before), 0.5 * f64::from(*gradient));
            let expected = before * (1.0 - 0.1 * 0.1) - 0.1 * gradient / (gradient.abs() + 1e-3);
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
        let squares = gradient.iter().map(|x| f64::from(*x) * f64::from(*x));
        let plain = squares.sum::<f64>().sqrt();
        assert!((global_norm(&[&gradient]) - plain).abs() < 1e-12 * plain);
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        let (mut theta, mut state) = ([1.0f32; 2], AdamW::new(2));
        let before = state.clone();
        for bad in [f32::NAN, f32::INFINITY] {
            let error = state.step(&config(), &mut theta, &[1.0, bad]).expect_err("not finite");
            assert!(error.to_string().contains("optimizer.lr"));
        }
        assert_eq!((theta, state), ([1.0; 2], before));
    }
}
