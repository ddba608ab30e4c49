//! Operations on candle tensors with their backward, all in f32. The fused operations of candle are used in forward
//! only: they have no gradient of their own, and none is asked of them.

use crate::llm::decoder::Activation;
use candle_core::{D, Result, Tensor};

/// Whether a matrix product takes `x` as it lies in memory: its rows, or its columns, without gaps.
fn is_plain(x: &Tensor) -> Result<bool> {
    Ok(x.is_contiguous() || x.t()?.is_contiguous())
}

/// The product a b, separately for each index of the leading dimensions. CUDA's product refuses views with gaps, the
/// CPU's does not; copying them here keeps both devices on one path.
pub(super) fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let lay = |x: &Tensor| if is_plain(x)? { Ok(x.clone()) } else { x.contiguous() };
    lay(a)?.matmul(&lay(b)?)
}

/// weight · x / √(mean x² + ε) over the last dimension.
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    candle_nn::ops::rms_norm(&x.contiguous()?, weight, eps)
}

/// ∂loss/∂x of [`rms_norm`]: (dy·w − x · mean(dy·w·x)/rms²) / rms.
pub(super) fn rms_norm_backward(x: &Tensor, weight: &Tensor, eps: f32, dy: &Tensor) -> Result<Tensor> {
    let inverse = (x.sqr()?.mean_keepdim(D::Minus1)? + f64::from(eps))?.sqrt()?.recip()?;
    let weighted = dy.broadcast_mul(weight)?;
    let pull = ((&weighted * x)?.mean_keepdim(D::Minus1)? * inverse.sqr()?)?;
    (weighted - x.broadcast_mul(&pull)?)?.broadcast_mul(&inverse)
}

/// Rotates halves of the last dimension by angles: (x cos − y sin, y cos + x sin). `direction` −1 rotates back, which
/// is also the backward.
pub(super) fn rotate(x: &Tensor, cos: &Tensor, sin: &Tensor, direction: f64) -> Result<Tensor> {
    let half = x.dim(D::Minus1)? / 2;
    let sin = (sin * direction)?;
    let (left, right) = (x.narrow(D::Minus1, 0, half)?, x.narrow(D::Minus1, half, half)?);
    let turned_left = (left.broadcast_mul(cos)? - right.broadcast_mul(&sin)?)?;
    let turned_right = (right.broadcast_mul(cos)? + left.broadcast_mul(&sin)?)?;
    Tensor::cat(&[turned_left, turned_right], x.rank() - 1)
}

/// cap · tanh(x / cap).
pub(super) fn softcap(x: &Tensor, cap: f32) -> Result<Tensor> {
    (x / f64::from(cap))?.tanh()? * f64::from(cap)
}

/// The slope of [`softcap`] at a point where it gives `y`: 1 − (y/cap)².
pub(super) fn softcap_slope(y: &Tensor, cap: f32) -> Result<Tensor> {
    (y / f64::from(cap))?.sqr()?.affine(-1.0, 1.0)
}

/// ln Σ exp over the last dimension, which is kept with length 1.
pub(super) fn log_sum_exp(x: &Tensor) -> Result<Tensor> {
    let max = x.max_keepdim(D::Minus1)?;
    x.broadcast_sub(&max)?.exp()?.sum_keepdim(D::Minus1)?.log()? + max
}

/// ∂loss/∂x of a softmax over the last dimension that gave `p`: p · (dp − Σ p·dp).
pub(super) fn softmax_backward(p: &Tensor, dp: &Tensor) -> Result<Tensor> {
    let mean = (p * dp)?.sum_keepdim(D::Minus1)?;
    p * dp.broadcast_sub(&mean)?
}

/// √(2/π), and the cubic coefficient, of GELU's tanh approximation (Hendrycks & Gimpel 2016).
const GELU: (f64, f64) = (0.797_884_560_802_865_4, 0.044_715);

/// f(gate).
fn activate(activation: Activation, gate: &Tensor) -> Result<Tensor> {
    match activation {
        Activation::Silu => gate.silu(),
        Activation::GeluTanh => gate.gelu(),
    }
}

/// f(gate) · up.
pub(super) fn gated(activation: Activation, gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    activate(activation, gate)? * up
}

/// f′(gate).
fn slope(activation: Activation, gate: &Tensor) -> Result<Tensor> {
    match activation {
        Activation::Silu => {
            let s = candle_nn::ops::sigmoid(gate)?;
            (&s * (gate * s.affine(-1.0, 1.0)?)?.affine(1.0, 1.0)?)?.contiguous()
        }
        Activation::GeluTanh => {
            let square = gate.sqr()?;
            let t = (gate * square.affine(GELU.1, 1.0)?)?.affine(GELU.0, 0.0)?.tanh()?;
            let inner_slope = square.affine(3.0 * GELU.1 * GELU.0, GELU.0)?;
            let bend = ((gate * t.sqr()?.affine(-1.0, 1.0)?)? * inner_slope)?;
            ((t + 1.0)? + bend)? * 0.5
        }
    }
}

/// ∂loss/∂gate and ∂loss/∂up of [`gated`].
pub(super) fn gated_backward(
    activation: Activation,
    gate: &Tensor,
    up: &Tensor,
    dy: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let d_gate = ((dy * up)? * slope(activation, gate)?)?;
    Ok((d_gate, (dy * activate(activation, gate)?)?))
}
