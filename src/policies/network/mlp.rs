//! A network of one hidden layer and its optimiser, written out: small enough that a tensor library would cost more
//! than the arithmetic.
//!
//! Rows are laid out so that every inner loop runs over the hidden units: `w1[input][hidden]`, `w2[output][hidden]`.
//! Sums are added up in a fixed order, so results depend on nothing but the numbers.

use crate::rng::Stream;
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Partial sums of a dot product; as many as the registers of any machine hold.
const LANES: usize = 8;

/// `outputs = w2 · relu(w1 · inputs + b1) + b2`, in f32.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    shape: [usize; 3],
    /// w1, b1, w2, b2, one after the other.
    pub parameters: Vec<f32>,
}

/// What a forward pass leaves for the backward pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Activations {
    /// Hidden units after the ReLU.
    pub hidden: Vec<f32>,
    /// Outputs.
    pub outputs: Vec<f32>,
}

impl Activations {
    /// The largest output.
    pub fn max(&self) -> f32 {
        self.outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    /// Index of the largest output; the first of equal ones.
    pub fn argmax(&self) -> usize {
        let mut best = 0;
        for (i, output) in self.outputs.iter().enumerate() {
            if *output > self.outputs[best] {
                best = i;
            }
        }
        best
    }
}

impl Mlp {
    /// A network with weights and biases drawn uniformly from ±1/√fan-in, PyTorch's default for linear layers.
    pub fn new(inputs: usize, hidden: usize, outputs: usize, rng: &mut Stream) -> Self {
        let mut parameters = Vec::new();
        for (fan_in, fan_out) in [(inputs, hidden), (hidden, outputs)] {
            let bound = 1.0 / (fan_in as f32).sqrt();
            let count = fan_in * fan_out + fan_out;
            parameters.extend((0..count).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)));
        }
        Self { shape: [inputs, hidden, outputs], parameters }
    }

    /// Runs `inputs` through the network.
    pub fn forward(&self, inputs: &[f32], out: &mut Activations) {
        let [_, hidden, outputs] = self.shape;
        let (w1, b1, w2, b2) = split(&self.parameters, self.shape);
        out.hidden.clear();
        out.hidden.extend_from_slice(b1);
        for (row, &x) in w1.chunks_exact(hidden).zip(inputs).filter(|(_, x)| **x != 0.0) {
            for (h, w) in out.hidden.iter_mut().zip(row) {
                *h += x * w;
            }
        }
        for h in &mut out.hidden {
            *h = h.max(0.0);
        }
        out.outputs.clear();
        out.outputs.extend((0..outputs).map(|o| b2[o] + dot(&w2[o * hidden..(o + 1) * hidden], &out.hidden)));
    }

    /// Adds to `gradient` (laid out like the parameters) the gradient of a loss whose derivative by output number
    /// `output` is `slope`, after the forward pass of `inputs` that left `at`.
    pub fn backward(&self, inputs: &[f32], at: &Activations, output: usize, slope: f32, gradient: &mut [f32]) {
        let hidden = self.shape[1];
        let row = output * hidden..(output + 1) * hidden;
        let (_, _, w2, _) = split(&self.parameters, self.shape);
        let (g1, gb1, g2, gb2) = split_mut(gradient, self.shape);
        gb2[output] += slope;
        for (g, h) in g2[row.clone()].iter_mut().zip(&at.hidden) {
            *g += slope * h;
        }
        let w2 = &w2[row];
        let into = |h: f32, w: f32| if h > 0.0 { slope * w } else { 0.0 };
        for ((g, &h), &w) in gb1.iter_mut().zip(&at.hidden).zip(w2) {
            *g += into(h, w);
        }
        for (row, &x) in g1.chunks_exact_mut(hidden).zip(inputs).filter(|(_, x)| **x != 0.0) {
            for ((g, &h), &w) in row.iter_mut().zip(&at.hidden).zip(w2) {
                *g += x * into(h, w);
            }
        }
    }
}

/// w1, b1, w2, b2 of `parameters`.
fn split(parameters: &[f32], [inputs, hidden, outputs]: [usize; 3]) -> (&[f32], &[f32], &[f32], &[f32]) {
    let (w1, rest) = parameters.split_at(inputs * hidden);
    let (b1, rest) = rest.split_at(hidden);
    let (w2, b2) = rest.split_at(hidden * outputs);
    (w1, b1, w2, b2)
}

/// The same, to be written to.
fn split_mut(
    parameters: &mut [f32],
    [inputs, hidden, outputs]: [usize; 3],
) -> (&mut [f32], &mut [f32], &mut [f32], &mut [f32]) {
    let (w1, rest) = parameters.split_at_mut(inputs * hidden);
    let (b1, rest) = rest.split_at_mut(hidden);
    let (w2, b2) = rest.split_at_mut(hidden * outputs);
    (w1, b1, w2, b2)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Adam (Kingma & Ba 2015) with PyTorch's defaults: decays 0.9 and 0.999, ε 1e-8.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adam {
    lr: f64,
    steps: i32,
    first: Vec<f32>,
    second: Vec<f32>,
}

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPS: f32 = 1e-8;

/// First moments below this are zero. They would change a parameter by less than its last bit, and arithmetic on the
/// subnormal numbers that they decay to is slow.
const MOMENT_MIN: f32 = 1e-30;

impl Adam {
    /// An optimiser of `count` parameters with learning rate `lr`.
    pub fn new(count: usize, lr: f64) -> Self {
        Self { lr, steps: 0, first: vec![0.0; count], second: vec![0.0; count] }
    }

    /// Returns to the state before the first step.
    pub fn restart(&mut self) {
        *self = Self::new(self.first.len(), self.lr);
    }

    /// One step down `gradient`.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32]) {
        self.steps = self.steps.saturating_add(1);
        let step_size = (self.lr / (1.0 - f64::from(BETA1).powi(self.steps))) as f32;
        let scale = (1.0 / (1.0 - f64::from(BETA2).powi(self.steps)).sqrt()) as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((p, &g), (m, v)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let first = BETA1 * *m + (1.0 - BETA1) * g;
            *m = if first.abs() < MOMENT_MIN { 0.0 } else { first };
            *v = BETA2 * *v + (1.0 - BETA2) * g * g;
            *p -= step_size * *m / (v.sqrt() * scale + EPS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};

    /// The same network with plain loops in f64: the outputs for `x`.
    fn naive(mlp: &Mlp, parameters: &[f64], x: &[f32]) -> Vec<f64> {
        let [inputs, hidden, outputs] = mlp.shape;
        let (b1, w2) = (inputs * hidden, inputs * hidden + hidden);
        let b2 = w2 + hidden * outputs;
        let unit = |h: usize| {
            let sum: f64 = (0..inputs).map(|i| f64::from(x[i]) * parameters[i * hidden + h]).sum();
            (sum + parameters[b1 + h]).max(0.0)
        };
        let output = |o: usize| {
            let sum: f64 = (0..hidden).map(|h| parameters[w2 + o * hidden + h] * unit(h)).sum();
            sum + parameters[b2 + o]
        };
        (0..outputs).map(output).collect()
    }

    fn network() -> Mlp {
        Mlp::new(3, 11, 4, &mut stream(5, Purpose::ModelInit, StreamKey::default()))
    }

    const X: [f32; 3] = [1.0, 0.0, -0.5];

    #[test]
    fn forward_equals_plain_loops() {
        let mlp = network();
        let mut at = Activations::default();
        mlp.forward(&X, &mut at);
        let parameters: Vec<f64> = mlp.parameters.iter().map(|&p| f64::from(p)).collect();
        for (fast, slow) in at.outputs.iter().zip(naive(&mlp, &parameters, &X)) {
            assert!((f64::from(*fast) - slow).abs() < 1e-6);
        }
        assert_eq!(at.max(), at.outputs[at.argmax()]);
    }

    #[test]
    fn backward_equals_finite_differences() {
        let mlp = network();
        let mut at = Activations::default();
        mlp.forward(&X, &mut at);
        let mut gradient = vec![0.0; mlp.parameters.len()];
        mlp.backward(&X, &at, 2, 1.5, &mut gradient);
        mlp.backward(&X, &at, 0, -0.5, &mut gradient);
        let parameters: Vec<f64> = mlp.parameters.iter().map(|&p| f64::from(p)).collect();
        let loss = |parameters: &[f64]| {
            let outputs = naive(&mlp, parameters, &X);
            1.5 * outputs[2] - 0.5 * outputs[0]
        };
        for i in 0..parameters.len() {
            let (mut up, mut down) = (parameters.clone(), parameters.clone());
            up[i] += 1e-5;
            down[i] -= 1e-5;
            let slope = (loss(&up) - loss(&down)) / 2e-5;
            assert!((slope - f64::from(gradient[i])).abs() < 1e-5, "parameter {i}: {slope} {}", gradient[i]);
        }
    }

    #[test]
    fn adam_by_hand() {
        let (mut adam, mut p) = (Adam::new(2, 0.1), [1.0f32, 1.0]);
        adam.step(&mut p, &[2.0, 0.0]);
        // m̂ = 2, v̂ = 4: a step of 0.1 · 2 / 2; without a gradient nothing moves.
        assert!((p[0] - 0.9).abs() < 1e-6, "{p:?}");
        assert_eq!(p[1], 1.0);
        adam.step(&mut p, &[-1.0, 0.0]);
        // m = 0.9 · 0.2 − 0.1 = 0.08, m̂ = 0.08 / 0.19; v = 0.999 · 0.004 + 0.001 = 0.004996, v̂ = 0.004996 / 0.001999.
        let expected = 0.9 - 0.1 * (0.08 / 0.19) / (0.004_996f64 / 0.001_999).sqrt();
        assert!((f64::from(p[0]) - expected).abs() < 1e-6, "{p:?} {expected}");
    }

    #[test]
    fn weights_start_within_their_bounds() {
        let mlp = Mlp::new(15, 256, 15, &mut stream(1, Purpose::ModelInit, StreamKey::default()));
        let (w1, b1, w2, b2) = split(&mlp.parameters, mlp.shape);
        let bound = |values: &[f32]| values.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        assert!(bound(w1) > 0.25 && bound(w1) <= 1.0 / 15f32.sqrt());
        assert!(bound(b1) <= 1.0 / 15f32.sqrt() && bound(w2) <= 1.0 / 16.0 && bound(b2) <= 1.0 / 16.0);
    }
}
