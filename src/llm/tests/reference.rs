//! The same decoder in candle tensors of f64, one sequence at a time, from primitive operations that all have a
//! gradient.

use crate::llm::decoder::Projection;
use crate::llm::decoder::{Activation, BaseModel, LayerAttention, RopeScaling};
use crate::llm::engine::ValueHead;
use crate::llm::lora::Adapter;
use candle_core::{D, DType, Device, Result, Tensor, Var};

/// Parameters as candle variables.
pub(super) struct Reference<'a> {
    model: &'a BaseModel,
    /// A and B of each slot.
    pub slots: Vec<(Var, Var)>,
    adapter: &'a Adapter,
    pub value: (Var, Var),
}

fn wide(data: &[f32], shape: &[usize]) -> Result<Tensor> {
    Tensor::from_slice(data, shape, &Device::Cpu)?.to_dtype(DType::F64)
}

fn rms_norm(x: &Tensor, weight: &[f32], eps: f32) -> Result<Tensor> {
    let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
    let x = x.broadcast_div(&(mean + f64::from(eps))?.sqrt()?)?;
    x.broadcast_mul(&wide(weight, &[weight.len()])?)
}

fn log_softmax(x: &Tensor) -> Result<Tensor> {
    let x = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?;
    x.broadcast_sub(&x.exp()?.sum_keepdim(D::Minus1)?.log()?)
}

fn softcap(x: Tensor, cap: Option<f32>) -> Result<Tensor> {
    match cap {
        Some(cap) => (x / f64::from(cap))?.tanh()? * f64::from(cap),
        None => Ok(x),
    }
}

/// Half-rotation rotary embedding of (len, heads, dim).
fn rotate(x: &Tensor, attention: &LayerAttention) -> Result<Tensor> {
    let (len, _, dim) = x.dims3()?;
    let mut angles = Vec::new();
    for position in 0..len {
        for i in 0..dim / 2 {
            let mut frequency = f64::from(attention.rope_theta).powf(-2.0 * i as f64 / dim as f64);
            let wavelength = std::f64::consts::TAU / frequency;
            match attention.rope_scaling {
                RopeScaling::None => {}
                RopeScaling::Linear { factor } => frequency /= f64::from(factor),
                RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
                    let (low, high) = (original_context / low_freq_factor, original_context / high_freq_factor);
                    if wavelength > f64::from(low) {
                        frequency /= f64::from(factor);
                    } else if wavelength > f64::from(high) {
                        let smooth = (f64::from(original_context) / wavelength - f64::from(low_freq_factor))
                            / f64::from(high_freq_factor - low_freq_factor);
                        frequency = (1.0 - smooth) * frequency / f64::from(factor) + smooth * frequency;
                    }
                }
            }
            angles.push(position as f64 * frequency);
        }
    }
    let angles = Tensor::from_vec(angles, (len, 1, dim / 2), &Device::Cpu)?;
    let (cos, sin) = (angles.cos()?, angles.sin()?);
    let (left, right) = (x.narrow(2, 0, dim / 2)?, x.narrow(2, dim / 2, dim / 2)?);
    let turned_left = (left.broadcast_mul(&cos)? - right.broadcast_mul(&sin)?)?;
    let turned_right = (right.broadcast_mul(&cos)? + left.broadcast_mul(&sin)?)?;
    Tensor::cat(&[turned_left, turned_right], 2)
}

impl<'a> Reference<'a> {
    pub(super) fn new(model: &'a BaseModel, adapter: &'a Adapter, value: &ValueHead) -> Result<Self> {
        let rank = adapter.config.rank;
        let slots = adapter.slots.iter().map(|slot| {
            let (rows, columns) = model.config.shape(slot.projection);
            let a = Var::from_tensor(&wide(&adapter.params[slot.a.clone()], &[rank, columns])?)?;
            Ok((a, Var::from_tensor(&wide(&adapter.params[slot.b.clone()], &[rows, rank])?)?))
        });
        let slots = slots.collect::<Result<_>>()?;
        let weight = Var::from_tensor(&wide(&value.weight, &[value.weight.len(), 1])?)?;
        let bias = Var::from_tensor(&wide(&[value.bias], &[1])?)?;
        Ok(Self { model, slots, adapter, value: (weight, bias) })
    }

    /// x Wᵀ and, on rows from `active` on, the adapter.
    fn linear(&self, x: &Tensor, layer: usize, projection: Projection, active: usize) -> Result<Tensor> {
        let (rows, columns) = self.model.config.shape(projection);
        let weight = wide(&self.model.layers[layer].projections[projection as usize].rows(), &[rows, columns])?;
        let y = x.matmul(&weight.t()?)?;
        let slot = self.adapter.slots.iter().position(|s| s.layer == layer && s.projection == projection);
        let Some(slot) = slot else { return Ok(y) };
        let (a, b) = &self.slots[slot];
        let low = (x.matmul(&a.t()?)?.matmul(&b.t()?)? * self.adapter.config.scale())?;
        let mask: Vec<f64> = (0..x.dim(0)?).map(|row| f64::from(u8::from(row >= active))).collect();
        y + low.broadcast_mul(&Tensor::from_vec(mask, (x.dim(0)?, 1), &Device::Cpu)?)?
    }

    fn attention(&self, x: &Tensor, layer: usize, active: usize) -> Result<Tensor> {
        let (config, weights) = (&self.model.config, &self.model.layers[layer]);
        let settings = &config.attention[layer];
        let len = x.dim(0)?;
        let head = |projection, heads: usize, i: usize| {
            let y = self.linear(x, layer, projection, active)?;
            let y = match &weights.qkv_bias {
                Some(bias) => y.broadcast_add(&wide(&bias[i], &[bias[i].len()])?)?,
                None => y,
            };
            y.reshape((len, heads, config.head_dim))
        };
        let mut q = head(Projection::QProj, config.heads, 0)?;
        let mut k = head(Projection::KProj, config.kv_heads, 1)?;
        let v = head(Projection::VProj, config.kv_heads, 2)?;
        if let Some(norm) = &weights.q_norm {
            q = rms_norm(&q, norm, config.norm_eps)?;
        }
        if let Some(norm) = &weights.k_norm {
            k = rms_norm(&k, norm, config.norm_eps)?;
        }
        let (q, k) = (rotate(&q, settings)?, rotate(&k, settings)?);
        let sees = |i: usize, j: usize| j <= i && settings.window.is_none_or(|window| i - j < window);
        let mask = (0..len * len).map(|at| if sees(at / len, at % len) { 0.0 } else { -1e30 }).collect::<Vec<f64>>();
        let mask = Tensor::from_vec(mask, (len, len), &Device::Cpu)?;
        let mut outputs = Vec::new();
        for h in 0..config.heads {
            let kv = h / (config.heads / config.kv_heads);
            let pick = |x: &Tensor, h: usize| x.narrow(1, h, 1)?.squeeze(1)?.contiguous();
            let scores = (pick(&q, h)?.matmul(&pick(&k, kv)?.t()?)? * f64::from(config.query_scale))?;
            let p = log_softmax(&(softcap(scores, config.attention_softcap)? + &mask)?)?.exp()?;
            outputs.push(p.matmul(&pick(&v, kv)?)?);
        }
        self.linear(&Tensor::cat(&outputs, 1)?, layer, Projection::OProj, active)
    }

    fn mlp(&self, x: &Tensor, layer: usize, active: usize) -> Result<Tensor> {
        let gate = self.linear(x, layer, Projection::GateProj, active)?;
        let up = self.linear(x, layer, Projection::UpProj, active)?;
        let gate = match self.model.config.activation {
            Activation::Silu => (&gate / ((gate.neg()?.exp()? + 1.0)?))?,
            Activation::GeluTanh => {
                let inner = ((&gate + (gate.powf(3.0)? * 0.044715)?)? * (2.0 / std::f64::consts::PI).sqrt())?;
                ((inner.tanh()? + 1.0)? * 0.5)?.mul(&gate)?
            }
        };
        self.linear(&(gate * up)?, layer, Projection::DownProj, active)
    }

    /// Log-probabilities (len, vocab) and final-normed hidden states (len, hidden) of a sequence.
    fn run(&self, tokens: &[u32], active: usize) -> Result<(Tensor, Tensor)> {
        let config = &self.model.config;
        let embedding = wide(&self.model.embedding.rows(), &[config.vocab, config.hidden])?;
        let tokens = Tensor::from_slice(tokens, tokens.len(), &Device::Cpu)?;
        let mut x = (embedding.index_select(&tokens, 0)? * f64::from(config.embedding_scale))?;
        for (layer, weights) in self.model.layers.iter().enumerate() {
            let branch = self.attention(&rms_norm(&x, &weights.attention_norm, config.norm_eps)?, layer, active)?;
            x = (&x + post(branch, weights.attention_post_norm.as_ref(), config.norm_eps)?)?;
            let branch = self.mlp(&rms_norm(&x, &weights.mlp_norm, config.norm_eps)?, layer, active)?;
            x = (&x + post(branch, weights.mlp_post_norm.as_ref(), config.norm_eps)?)?;
        }
        let hidden = rms_norm(&x, &self.model.final_norm, config.norm_eps)?;
        let output = wide(&self.model.output_matrix().rows(), &[config.vocab, config.hidden])?;
        Ok((log_softmax(&softcap(hidden.matmul(&output.t()?)?, config.logit_softcap)?)?, hidden))
    }

    /// ln π(label | prompt) of every prompt and label, and the value of every prompt, as scalars with gradients. The
    /// adapter acts on positions from `active` on.
    pub(super) fn scores(
        &self,
        prompts: &[Vec<u32>],
        labels: &[Vec<u32>],
        active: usize,
    ) -> Result<(Vec<Tensor>, Vec<Tensor>)> {
        let (mut log_probs, mut values) = (Vec::new(), Vec::new());
        for prompt in prompts {
            for label in labels {
                let (all, _) = self.run(&[&prompt[..], label].concat(), active)?;
                let mut total = Tensor::zeros((), DType::F64, &Device::Cpu)?;
                for (i, &token) in label.iter().enumerate() {
                    total = (total + all.get(prompt.len() + i - 1)?.get(token as usize)?)?;
                }
                log_probs.push(total);
            }
            let (_, hidden) = self.run(prompt, active)?;
            let value = hidden.narrow(0, prompt.len() - 1, 1)?.matmul(&self.value.0)?.flatten_all()?;
            values.push((value + self.value.1.as_tensor())?.squeeze(0)?);
        }
        Ok((log_probs, values))
    }
}

fn post(x: Tensor, norm: Option<&Vec<f32>>, eps: f32) -> Result<Tensor> {
    match norm {
        Some(norm) => rms_norm(&x, norm, eps),
        None => Ok(x),
    }
}
