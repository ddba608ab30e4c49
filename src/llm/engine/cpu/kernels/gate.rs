//! The gated MLP's nonlinearity, out = f(gate) · up, and its backward.

use super::exp::{sigmoid, tanh};
use super::machine::vectorised;
use super::rows::each_row;
use crate::llm::decoder::Activation;

/// √(2/π), and the cubic coefficient, of GELU's tanh approximation (Hendrycks & Gimpel 2016).
const GELU: (f32, f32) = (0.797_884_6, 0.044_715);

#[inline(always)]
fn silu(x: f32) -> (f32, f32) {
    let s = sigmoid(x);
    (x * s, s + x * s * (1.0 - s))
}

#[inline(always)]
fn gelu(x: f32) -> (f32, f32) {
    let t = tanh(GELU.0 * (x + GELU.1 * x * x * x));
    let inner_slope = GELU.0 * (1.0 + 3.0 * GELU.1 * x * x);
    (0.5 * x * (1.0 + t), 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner_slope)
}

#[inline(always)]
fn forward(gate_up: &[f32], out: &mut [f32], width: usize, f: impl Fn(f32) -> (f32, f32)) {
    for (row, out) in gate_up.chunks_exact(2 * width).zip(out.chunks_exact_mut(width)) {
        let (gate, up) = row.split_at(width);
        for ((out, &gate), up) in out.iter_mut().zip(gate).zip(up) {
            *out = f(gate).0 * up;
        }
    }
}

#[inline(always)]
fn backward(gate_up: &[f32], dy: &[f32], slopes: &mut [f32], width: usize, f: impl Fn(f32) -> (f32, f32)) {
    let rows = gate_up.chunks_exact(2 * width).zip(dy.chunks_exact(width)).zip(slopes.chunks_exact_mut(2 * width));
    for ((row, dy), slopes) in rows {
        let ((gate, up), (d_gate, d_up)) = (row.split_at(width), slopes.split_at_mut(width));
        for ((((d_gate, d_up), &gate), up), dy) in d_gate.iter_mut().zip(d_up).zip(gate).zip(up).zip(dy) {
            let (value, slope) = f(gate);
            *d_gate = dy * up * slope;
            *d_up = dy * value;
        }
    }
}

vectorised! {
    fn silu_forward(gate_up: &[f32], out: &mut [f32], width: usize) {
        forward(gate_up, out, width, silu);
    }
}

vectorised! {
    fn silu_backward(gate_up: &[f32], dy: &[f32], slopes: &mut [f32], width: usize) {
        backward(gate_up, dy, slopes, width, silu);
    }
}

vectorised! {
    fn gelu_forward(gate_up: &[f32], out: &mut [f32], width: usize) {
        forward(gate_up, out, width, gelu);
    }
}

vectorised! {
    fn gelu_backward(gate_up: &[f32], dy: &[f32], slopes: &mut [f32], width: usize) {
        backward(gate_up, dy, slopes, width, gelu);
    }
}

/// out = f(gate) · up; each row of `gate_up` is `width` gates, then `width` ups.
pub fn gated(activation: Activation, gate_up: &[f32], out: &mut [f32], width: usize, threads: usize) {
    let kernel = match activation {
        Activation::Silu => silu_forward,
        Activation::GeluTanh => gelu_forward,
    };
    each_row(out, width, threads, |first, out| {
        kernel(&gate_up[2 * first * width..][..2 * out.len()], out, width);
    });
}

/// Overwrites `slopes`, laid out like `gate_up`, with its gradient given ∂loss/∂out in `dy`.
pub fn gated_backward(
    activation: Activation,
    gate_up: &[f32],
    dy: &[f32],
    slopes: &mut [f32],
    width: usize,
    threads: usize,
) {
    let kernel = match activation {
        Activation::Silu => silu_backward,
        Activation::GeluTanh => gelu_backward,
    };
    each_row(slopes, 2 * width, threads, |first, slopes| {
        let start = first * width;
        kernel(&gate_up[2 * start..][..slopes.len()], &dy[start..][..slopes.len() / 2], slopes, width);
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, numbers, slope};
    use super::*;

    fn reference(activation: Activation, gate_up: &[f64], width: usize) -> Vec<f64> {
        let f = |x: f64| match activation {
            Activation::Silu => x / (1.0 + (-x).exp()),
            Activation::GeluTanh => {
                0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
            }
        };
        gate_up
            .chunks(2 * width)
            .flat_map(|row| (0..width).map(|i| f(row[i]) * row[width + i]).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn forward_and_backward_match_finite_differences() {
        for activation in [Activation::Silu, Activation::GeluTanh] {
            let width = 19;
            let gate_up: Vec<f32> = numbers(4, 6 * width).iter().map(|x| 2.0 * x).collect();
            let dy = numbers(5, 3 * width);
            let mut out = vec![0.0; dy.len()];
            gated(activation, &gate_up, &mut out, width, 2);
            let wide: Vec<f64> = gate_up.iter().map(|&x| f64::from(x)).collect();
            assert_close(&out, &reference(activation, &wide, width), 1e-5);
            let mut slopes = vec![0.0; gate_up.len()];
            gated_backward(activation, &gate_up, &dy, &mut slopes, width, 2);
            assert_close(&slopes, &slope(&gate_up, &dy, |x| reference(activation, x, width)), 1e-5);
        }
    }
}
