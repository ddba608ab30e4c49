//! The backward pass over a batch: from derivatives with respect to label log-probabilities and values to the gradients
//! of adapters and value heads. Frozen weights get no gradient, and nothing is computed below the lowest adapted layer.

use super::adapters::SlotGradients;
use super::forward::{LayerTape, Pass, Tape};
use super::ops::{
    gated, gated_backward, product, rms_norm, rms_norm_backward, rotate, softcap_slope, softmax_backward,
};
use crate::llm::decoder::Projection;
use crate::llm::engine::Gradient;
use crate::llm::engine::cpu::kernels::rows::add_scaled;
use crate::llm::engine::device::DeviceEngine;
use crate::llm::engine::{Job, Slopes};
use candle_core::{DType, Result, Tensor};

/// A layer that backward passes through.
#[derive(Clone, Copy)]
struct Layer<'a> {
    pass: &'a Pass,
    index: usize,
    /// Whether a lower layer wants a gradient.
    goes_down: bool,
    /// The residual stream before it.
    x: &'a Tensor,
    tape: &'a LayerTape,
}

/// Whether anything in a layer below some point wants a gradient.
#[derive(Clone, Copy)]
struct Reach {
    /// Attention's projections of its input, or a lower layer.
    attention_input: bool,
    /// Anything of attention, or a lower layer.
    attention: bool,
}

impl DeviceEngine {
    /// The gradient of every job of a batch.
    pub(super) fn batch_backward(
        &self,
        batch: &[usize],
        jobs: &[Job],
        tape: &Tape,
        slopes: &[Slopes],
    ) -> Result<Vec<Gradient>> {
        let mut gradients: Vec<Gradient> = batch.iter().map(|&i| Gradient::zeros(&jobs[i].agent)).collect();
        let value_slopes = self.value_backward(batch, jobs, tape, slopes, &mut gradients);
        let Some(adapters) = &tape.pass.adapters else { return Ok(gradients) };
        let Some(lowest) = adapters.lowest() else { return Ok(gradients) };
        let mut found = adapters.no_gradients();
        let d_reads = self.head_backward(batch, tape, slopes, value_slopes)?;
        let mut d_residual = self.spread(&tape.pass, &d_reads)?;
        for index in (lowest..self.model.config.layers()).rev() {
            let x = &tape.residuals[index];
            let again;
            let kept = match &tape.layers[index] {
                Some(kept) => kept,
                None => {
                    again = self.layer(&tape.pass, index, x)?.1;
                    &again
                }
            };
            let layer = Layer { pass: &tape.pass, index, goes_down: index > lowest, x, tape: kept };
            d_residual = self.layer_backward(layer, d_residual, &mut found)?;
        }
        for (gradient, flat) in gradients.iter_mut().zip(adapters.flatten(found)?) {
            gradient.adapter = flat;
        }
        Ok(gradients)
    }

    /// Gradients of the value heads; returns the part of ∂loss/∂hidden (reads, hidden) that is due to values, if any.
    fn value_backward(
        &self,
        batch: &[usize],
        jobs: &[Job],
        tape: &Tape,
        slopes: &[Slopes],
        gradients: &mut [Gradient],
    ) -> Option<Vec<f32>> {
        let width = self.model.config.hidden;
        let mut d_hidden = None;
        for ((&job, start), gradient) in batch.iter().zip(&tape.pass.layout.read_starts).zip(gradients) {
            let Some(value) = jobs[job].agent.value_head else { continue };
            for (row, &slope) in jobs[job].tree.prompt_rows.iter().zip(&slopes[job].values) {
                let piece = (start + row) * width..(start + row + 1) * width;
                add_scaled(&mut gradient.value_weight, slope, &tape.head.hidden[piece.clone()]);
                gradient.value_bias += slope;
                let d_hidden = d_hidden.get_or_insert_with(|| vec![0.0; tape.pass.layout.reads() * width]);
                add_scaled(&mut d_hidden[piece], slope, &value.weight);
            }
        }
        d_hidden
    }

    /// Gradient of the loss with respect to the last residual stream of the rows that were read.
    ///
    /// ∂loss/∂logits is Σ slope · (onehot − softmax). The softmax part is a full matrix; the one-hot part is a few rows
    /// of the output matrix for each read, gathered instead of scattered so that sums have a fixed order.
    fn head_backward(
        &self,
        batch: &[usize],
        tape: &Tape,
        slopes: &[Slopes],
        from_values: Option<Vec<f32>>,
    ) -> Result<Tensor> {
        let (config, layout, head) = (&self.model.config, &tape.pass.layout, &tape.head);
        let (reads, width) = (layout.reads(), layout.targets_per_row());
        let (mut weights, mut filled) = (vec![0.0f32; reads], vec![0; reads]);
        let (mut tokens, mut factors) = (vec![0u32; reads * width], vec![0.0f32; reads * width]);
        for ((target, &logit), slope) in
            layout.targets.iter().zip(&head.target_logits).zip(target_slopes(batch, tape, slopes))
        {
            let place = filled[target.row] * reads + target.row;
            filled[target.row] += 1;
            tokens[place] = target.token;
            factors[place] = slope * config.logit_softcap.map_or(1.0, |cap| 1.0 - (logit / cap) * (logit / cap));
            weights[target.row] += slope;
        }
        let weights = Tensor::from_vec(weights, (reads, 1), &self.device)?.neg()?;
        let mut d_logits = head.logits.broadcast_sub(&head.log_sum_exp)?.exp()?.broadcast_mul(&weights)?;
        if let Some(cap) = config.logit_softcap {
            d_logits = (d_logits * softcap_slope(&head.logits, cap)?)?;
        }
        let output = &self.weights.output;
        let mut d_hidden = product(&d_logits.to_dtype(output.dtype())?, output)?.to_dtype(DType::F32)?;
        let tokens = Tensor::from_vec(tokens, (width, reads), &self.device)?;
        let factors = Tensor::from_vec(factors, (width, reads, 1), &self.device)?;
        for i in 0..width {
            let rows = output.index_select(&tokens.get(i)?, 0)?.to_dtype(DType::F32)?;
            d_hidden = (d_hidden + rows.broadcast_mul(&factors.get(i)?)?)?;
        }
        if let Some(from_values) = from_values {
            d_hidden = (&d_hidden + Tensor::from_vec(from_values, d_hidden.shape(), &self.device)?)?;
        }
        rms_norm_backward(&head.residual, &self.weights.final_norm, config.norm_eps, &d_hidden)
    }

    /// Spreads the gradient of the rows that were read over all rows, with zeros elsewhere.
    fn spread(&self, pass: &Pass, d_reads: &Tensor) -> Result<Tensor> {
        let (layout, width) = (&pass.layout, self.model.config.hidden);
        let zero = Tensor::zeros((1, width), DType::F32, &self.device)?;
        let all = Tensor::cat(&[d_reads, &zero], 0)?.index_select(&layout.read_of_row, 0)?;
        all.reshape((layout.agents, layout.rows, width))
    }

    /// From the gradient of a layer's output to that of its input, leaving out what nothing below needs.
    fn layer_backward(&self, layer: Layer, d_residual: Tensor, gradients: &mut SlotGradients) -> Result<Tensor> {
        let Layer { pass, index, goes_down, .. } = layer;
        let adapted = |projections: &[Projection]| {
            goes_down || projections.iter().any(|&projection| self.linear(pass, index, projection).is_adapted())
        };
        let attention_input = adapted(&[Projection::QProj, Projection::KProj, Projection::VProj]);
        let reach = Reach { attention_input, attention: attention_input || adapted(&[Projection::OProj]) };
        let d_middle = self.mlp_backward(layer, reach, d_residual, gradients)?;
        if !reach.attention {
            return Ok(d_middle);
        }
        self.attention_backward(layer, reach, d_middle, gradients)
    }

    fn mlp_backward(
        &self,
        layer: Layer,
        reach: Reach,
        d_residual: Tensor,
        gradients: &mut SlotGradients,
    ) -> Result<Tensor> {
        let Layer { pass, index, tape, .. } = layer;
        let (config, weights) = (&self.model.config, &self.weights.layers[index]);
        let eps = config.norm_eps;
        let d_out = branch_slope(&d_residual, tape.mlp_out.as_ref(), weights.mlp_post_norm.as_ref(), eps)?;
        let inputs = [Projection::GateProj, Projection::UpProj].map(|p| self.linear(pass, index, p));
        let below_down = reach.attention || inputs.iter().any(|linear| linear.is_adapted());
        let down = self.linear(pass, index, Projection::DownProj);
        let active = gated(config.activation, &tape.gate, &tape.up)?;
        let u = tape.low_rank[Projection::DownProj as usize].as_ref();
        let Some(d_active) = down.backward(&active, u, &d_out, below_down, gradients)? else { return Ok(d_residual) };
        let (d_gate, d_up) = gated_backward(config.activation, &tape.gate, &tape.up, &d_active)?;
        let input = rms_norm(&tape.middle, &weights.mlp_norm, eps)?;
        let mut d_input: Option<Tensor> = None;
        for (i, (linear, dy)) in inputs.iter().zip([d_gate, d_up]).enumerate() {
            let u = tape.low_rank[Projection::GateProj as usize + i].as_ref();
            d_input = sum(d_input, linear.backward(&input, u, &dy, reach.attention, gradients)?)?;
        }
        match d_input {
            Some(d_input) => d_residual + rms_norm_backward(&tape.middle, &weights.mlp_norm, eps, &d_input)?,
            None => Ok(d_residual),
        }
    }

    fn attention_backward(
        &self,
        layer: Layer,
        reach: Reach,
        d_residual: Tensor,
        gradients: &mut SlotGradients,
    ) -> Result<Tensor> {
        let Layer { pass, index, goes_down, x, tape } = layer;
        let weights = &self.weights.layers[index];
        let eps = self.model.config.norm_eps;
        let d_out = branch_slope(&d_residual, tape.attention_out.as_ref(), weights.attention_post_norm.as_ref(), eps)?;
        let output = self.linear(pass, index, Projection::OProj);
        let u = tape.low_rank[Projection::OProj as usize].as_ref();
        let d_attended = output.backward(&tape.attended, u, &d_out, reach.attention_input, gradients)?;
        let Some(d_attended) = d_attended else { return Ok(d_residual) };
        let slopes = self.heads_backward(layer, &d_attended)?;
        let input = rms_norm(x, &weights.attention_norm, eps)?;
        let mut d_input: Option<Tensor> = None;
        for (projection, dy) in [Projection::QProj, Projection::KProj, Projection::VProj].into_iter().zip(slopes) {
            let u = tape.low_rank[projection as usize].as_ref();
            let linear = self.linear(pass, index, projection);
            d_input = sum(d_input, linear.backward(&input, u, &dy, goes_down, gradients)?)?;
        }
        match d_input {
            Some(d_input) => d_residual + rms_norm_backward(x, &weights.attention_norm, eps, &d_input)?,
            None => Ok(d_residual),
        }
    }

    /// From ∂loss/∂attended to the gradients of projected queries, keys and values, (agents, rows, heads · head_dim).
    fn heads_backward(&self, layer: Layer, d_attended: &Tensor) -> Result<[Tensor; 3]> {
        let Layer { pass, index, tape, .. } = layer;
        let (config, layout, weights) = (&self.model.config, &pass.layout, &self.weights.layers[index]);
        let (agents, rows, dim) = (layout.agents, layout.rows, config.head_dim);
        let split = d_attended.reshape((agents, rows, config.heads, dim))?.transpose(1, 2)?.contiguous()?;
        let d_out = split.reshape(tape.q.shape())?;
        let (p, capped) = self.probabilities(pass, index, &tape.q, &tape.k)?;
        let d_v = product(&p.t()?, &d_out)?;
        let mut d_scores = softmax_backward(&p, &product(&d_out, &tape.v.t()?)?)?;
        if let (Some(cap), Some(capped)) = (config.attention_softcap, capped) {
            d_scores = (d_scores * softcap_slope(&capped, cap)?)?;
        }
        let d_scores = (d_scores * f64::from(config.query_scale))?;
        let d_q = product(&d_scores, &tape.k)?;
        let d_k = product(&d_scores.t()?, &tape.q)?;
        let kind = &layout.kinds[self.kind_of[index]];
        let own = |x: Tensor| {
            let all = x.reshape((agents, config.kv_heads, layout.first + rows, dim))?;
            all.narrow(2, layout.first, rows)?.contiguous()
        };
        let unplace = |d: Tensor, raw: Option<&Tensor>, norm: Option<&Tensor>| {
            let turned = rotate(&d, &kind.cos, &kind.sin, -1.0)?;
            match (raw, norm) {
                (Some(raw), Some(norm)) => rms_norm_backward(raw, norm, config.norm_eps, &turned),
                _ => Ok(turned),
            }
        };
        let d_q = d_q.reshape((agents, config.heads, rows, dim))?;
        let d_q = unplace(d_q, tape.raw_q.as_ref(), weights.q_norm.as_ref())?;
        let d_k = unplace(own(d_k)?, tape.raw_k.as_ref(), weights.k_norm.as_ref())?;
        let merge = |x: Tensor| x.transpose(1, 2)?.contiguous()?.flatten_from(2);
        Ok([merge(d_q)?, merge(d_k)?, merge(own(d_v)?)?])
    }
}

/// ∂loss/∂(log-probability of each target): that of the label it belongs to.
fn target_slopes<'a>(batch: &'a [usize], tape: &'a Tape, slopes: &'a [Slopes]) -> impl Iterator<Item = f32> + 'a {
    let cells = batch.iter().flat_map(|&job| slopes[job].log_probs.iter());
    cells.zip(&tape.pass.layout.target_counts).flat_map(|(&slope, &count)| std::iter::repeat_n(slope, count))
}

fn sum(total: Option<Tensor>, term: Option<Tensor>) -> Result<Option<Tensor>> {
    match (total, term) {
        (Some(total), Some(term)) => Ok(Some((total + term)?)),
        (total, term) => Ok(total.or(term)),
    }
}

/// The gradient of a branch before it joins the residual stream: that of the stream, taken back through the post norm.
fn branch_slope(d_residual: &Tensor, raw: Option<&Tensor>, post_norm: Option<&Tensor>, eps: f32) -> Result<Tensor> {
    match (raw, post_norm) {
        (Some(raw), Some(weight)) => rms_norm_backward(raw, weight, eps, d_residual),
        _ => Ok(d_residual.clone()),
    }
}
