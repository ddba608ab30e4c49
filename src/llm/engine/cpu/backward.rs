//! The backward pass over a prompt tree: from the gradient of a loss on label log-probabilities and values to the gradient
//! of the adapter and the value head. Frozen weights get none, and nothing is computed below the lowest adapted layer.

use super::forward::head_norms;
use super::kernels::attention::{HeadSlopes, Heads, attend_backward};
use super::kernels::gate::{gated, gated_backward};
use super::kernels::heads::{split_heads_backward, unmerge_heads};
use super::kernels::matrix::MatRef;
use super::kernels::norm::{rms_norm, rms_norm_backward};
use super::kernels::rows::{add_scaled, spread_rows};
use super::kernels::softmax::softmax_times;
use super::linear::{AdapterBuffers, Linear};
use super::workspace::{Head, LayerTape, Scratch, Workspace, fit};
use crate::llm::decoder::Group;
use crate::llm::engine::Keep;
use crate::llm::engine::cpu::{CpuEngine, Pass};
use crate::llm::engine::{Agent, Gradient};
use crate::llm::tree::PromptTree;
use rayon::prelude::*;

impl CpuEngine {
    /// Adds to `gradient` the gradient of a loss whose derivatives by the label log-probabilities (prompts, labels) and by
    /// the values (prompts; empty: none) are given.
    ///
    /// It belongs to the last forward with this workspace, which must have been of the same tree and agent, and uses up
    /// what that kept.
    ///
    /// # Panics
    /// If the last forward kept nothing or was of another tree, or if a slice has the wrong length.
    pub fn backward(
        &self,
        tree: &PromptTree,
        agent: &Agent,
        d_log_probs: &[f32],
        d_values: &[f32],
        threads: usize,
        workspace: &mut Workspace,
        gradient: &mut Gradient,
    ) {
        let pass = self.pass(tree, agent, threads);
        let kept = std::mem::take(&mut workspace.kept);
        assert!(kept != Keep::Nothing, "backward needs a forward that kept its activations, one for each backward");
        assert!(
            (workspace.nodes, workspace.first) == (tree.len(), pass.shape.first),
            "backward needs the tree and the prefix of the forward before it"
        );
        assert_eq!(d_log_probs.len(), tree.cells(), "one derivative for each prompt and label");
        assert!(d_values.is_empty() || d_values.len() == tree.prompts(), "one derivative for each prompt's value");
        assert_eq!(
            gradient.adapter.len(),
            agent.adapter.map_or(0, |a| a.params.len()),
            "the gradient is of another adapter"
        );
        let lowest = agent.adapter.and_then(|adapter| adapter.slots.iter().map(|slot| slot.layer).min());
        let residual = &workspace.residuals[self.model.config.layers()];
        let d_residual = lowest.map(|_| &mut workspace.scratch.d_residual);
        self.head_backward(&pass, d_log_probs, d_values, residual, d_residual, &mut workspace.head, gradient);
        let Some(lowest) = lowest else { return };
        for layer in (lowest..self.model.config.layers()).rev() {
            let x = &workspace.residuals[layer];
            let tape = if kept == Keep::Everything { layer } else { 0 };
            let (tape, scratch) = (&mut workspace.tapes[tape], &mut workspace.scratch);
            // The one shared tape still holds the last layer.
            if kept == Keep::Residuals && !self.is_last(layer) {
                let mut again = std::mem::take(&mut scratch.d_output);
                self.layer(&pass, layer, x, &mut again, tape, scratch);
                scratch.d_output = again;
            }
            self.layer_backward(&pass, layer, layer == lowest, x, tape, scratch, &mut gradient.adapter);
        }
    }

    /// From derivatives of log-probabilities and values to the gradient of the last residual stream, (rows read, hidden), if
    /// that is asked for.
    fn head_backward(
        &self,
        pass: &Pass,
        d_log_probs: &[f32],
        d_values: &[f32],
        residual: &[f32],
        d_residual: Option<&mut Vec<f32>>,
        head: &mut Head,
        gradient: &mut Gradient,
    ) {
        let (config, tree) = (&self.model.config, pass.tree);
        let (width, rows) = (config.hidden, tree.logit_nodes.len());
        let d_hidden = fit(&mut head.d_hidden, rows * width);
        if d_residual.is_some() {
            let logits = &mut head.logits[..rows * config.vocab];
            logit_slopes(pass, d_log_probs, config.vocab, config.logit_softcap, &head.log_sum_exp, logits);
            let d_logits = MatRef::new(logits, rows, config.vocab);
            self.output().backward(d_logits, d_hidden, pass.threads);
        }
        if let Some(value) = pass.agent.value_head {
            for (&row, &slope) in tree.prompt_rows.iter().zip(d_values) {
                let piece = row * width..(row + 1) * width;
                add_scaled(&mut gradient.value_weight, slope, &head.hidden[piece.clone()]);
                gradient.value_bias += slope;
                if d_residual.is_some() {
                    add_scaled(&mut d_hidden[piece], slope, &value.weight);
                }
            }
        }
        if let Some(d_residual) = d_residual {
            let d_residual = fit(d_residual, rows * width);
            let (norm, residual) = (&self.model.final_norm, &residual[..rows * width]);
            rms_norm_backward(residual, norm, config.norm_eps, d_hidden, d_residual, false, pass.threads);
        }
    }

    /// Turns scratch.d_residual from the gradient of a layer's output into that of its input x, if any layer below needs it.
    fn layer_backward(
        &self,
        pass: &Pass,
        layer: usize,
        is_lowest: bool,
        x: &[f32],
        tape: &LayerTape,
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let adapted = |group| self.linear(pass, layer, group).is_adapted();
        let below_mlp = !is_lowest || adapted(Group::Attention) || adapted(Group::Output);
        self.mlp_backward(pass, layer, below_mlp, tape, scratch, gradient);
        if below_mlp {
            self.attention_backward(pass, layer, is_lowest, x, tape, scratch, gradient);
        }
    }

    fn mlp_backward(
        &self,
        pass: &Pass,
        layer: usize,
        goes_down: bool,
        tape: &LayerTape,
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let (config, weights, threads) = (&self.model.config, &self.model.layers[layer], pass.threads);
        let (rows, eps) = (pass.rows_out(self.is_last(layer)), config.norm_eps);
        let gate_up = &tape.gate_up[..rows * 2 * config.intermediate];
        let linear = self.linear(pass, layer, Group::Mlp);
        let below_down = goes_down || linear.is_adapted();
        let s = scratch;
        let active = fit(&mut s.input, rows * config.intermediate);
        gated(config.activation, gate_up, active, config.intermediate, threads);
        let d_residual = &mut s.d_residual[..rows * config.hidden];
        let d_output =
            branch_slope(d_residual, &tape.mlp_out, weights.mlp_post_norm.as_deref(), eps, &mut s.d_output, threads);
        let d_active = fit(&mut s.d_input, active.len());
        let mut buffers = AdapterBuffers { a: &mut s.a, d_low_rank: &mut s.d_low_rank, d_a: &mut s.d_a };
        let down = self.linear(pass, layer, Group::Down);
        let wanted = below_down.then_some(&mut *d_active);
        down.backward(active, d_output, &tape.low_rank[3], wanted, gradient, &mut buffers);
        if !below_down {
            return;
        }
        let d_gate_up = fit(&mut s.d_gate_up, gate_up.len());
        gated_backward(config.activation, gate_up, d_active, d_gate_up, config.intermediate, threads);
        let middle = &tape.middle[..rows * config.hidden];
        self.normed_backward(
            linear,
            middle,
            &weights.mlp_norm,
            d_gate_up,
            &tape.low_rank[2],
            goes_down,
            NormedBuffers { input: &mut s.input, d_input: &mut s.d_input, d_residual, buffers },
            gradient,
            threads,
        );
    }

    fn attention_backward(
        &self,
        pass: &Pass,
        layer: usize,
        is_lowest: bool,
        x: &[f32],
        tape: &LayerTape,
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let (config, weights, threads) = (&self.model.config, &self.model.layers[layer], pass.threads);
        let (shape, eps) = (&pass.shape, config.norm_eps);
        let attention = self.linear(pass, layer, Group::Attention);
        let below_output = !is_lowest || attention.is_adapted();
        let s = scratch;
        let queries = shape.rows * shape.heads * shape.head_dim;
        let rows_out = pass.rows_out(self.is_last(layer));
        let d_residual = &mut s.d_residual[..rows_out * config.hidden];
        let post_norm = weights.attention_post_norm.as_deref();
        let d_output = branch_slope(d_residual, &tape.attention_out, post_norm, eps, &mut s.d_output, threads);
        let width = shape.heads * shape.head_dim;
        let d_attended = fit(&mut s.d_input, rows_out * width);
        let mut buffers = AdapterBuffers { a: &mut s.a, d_low_rank: &mut s.d_low_rank, d_a: &mut s.d_a };
        let output = self.linear(pass, layer, Group::Output);
        let wanted = below_output.then_some(&mut *d_attended);
        output.backward(
            &tape.attended[..rows_out * width],
            d_output,
            &tape.low_rank[1],
            wanted,
            gradient,
            &mut buffers,
        );
        if !below_output {
            return;
        }
        let d_attended = fit(&mut s.d_input, queries);
        let d_residual = fit(&mut s.d_residual, shape.rows * config.hidden);
        if self.is_last(layer) {
            spread_rows(d_attended, width, &pass.read_rows);
            spread_rows(d_residual, config.hidden, &pass.read_rows);
        }
        let d_split = fit(&mut s.d_heads, queries);
        unmerge_heads(shape, d_attended, d_split, threads);
        let own = shape.kv_heads * shape.rows * shape.head_dim;
        let (d_q, d_k, d_v) = (fit(&mut s.d_q, queries), fit(&mut s.d_k, own), fit(&mut s.d_v, own));
        let (plan, rotation) = &pass.kinds[self.kind_of[layer]];
        let heads = Heads { q: &tape.q, k: &tape.k, v: &tape.v };
        let slopes = HeadSlopes { q: d_q, k: d_k, v: d_v };
        attend_backward(shape, plan, self.score_rule(), heads, d_split, slopes, &mut s.scores, threads);
        let projected = &tape.projected[..shape.rows * shape.projected()];
        let d_projected = fit(&mut s.d_projected, projected.len());
        let norms = head_norms(weights, eps);
        split_heads_backward(shape, projected, &norms, rotation, d_q, d_k, d_v, d_projected, threads);
        let x = &x[..shape.rows * config.hidden];
        self.normed_backward(
            attention,
            x,
            &weights.attention_norm,
            d_projected,
            &tape.low_rank[0],
            !is_lowest,
            NormedBuffers { input: &mut s.input, d_input: &mut s.d_input, d_residual, buffers },
            gradient,
            threads,
        );
    }

    /// Backward of linear(norm(x)): adds the gradient of x to that of the residual stream, if it goes further down.
    fn normed_backward(
        &self,
        linear: Linear,
        x: &[f32],
        norm: &[f32],
        dy: &[f32],
        low_rank: &[f32],
        goes_down: bool,
        mut buffers: NormedBuffers,
        gradient: &mut [f32],
        threads: usize,
    ) {
        let eps = self.model.config.norm_eps;
        let normed = fit(buffers.input, x.len());
        if linear.is_adapted() {
            rms_norm(x, norm, eps, normed, threads);
        }
        let d_normed = fit(buffers.d_input, x.len());
        let wanted = goes_down.then_some(&mut *d_normed);
        linear.backward(normed, dy, low_rank, wanted, gradient, &mut buffers.buffers);
        if goes_down {
            rms_norm_backward(x, norm, eps, d_normed, buffers.d_residual, true, threads);
        }
    }
}

/// Scratch of a norm and the projections after it.
struct NormedBuffers<'a> {
    input: &'a mut Vec<f32>,
    d_input: &'a mut Vec<f32>,
    d_residual: &'a mut [f32],
    buffers: AdapterBuffers<'a>,
}

/// The gradient of a branch before it joins the residual stream: that of the stream, taken back through the post norm.
fn branch_slope<'a>(
    d_residual: &'a [f32],
    raw: &[f32],
    post_norm: Option<&[f32]>,
    eps: f32,
    buffer: &'a mut Vec<f32>,
    threads: usize,
) -> &'a [f32] {
    let Some(weight) = post_norm else { return d_residual };
    let slope = fit(buffer, d_residual.len());
    rms_norm_backward(&raw[..d_residual.len()], weight, eps, d_residual, slope, false, threads);
    slope
}

/// Turns logits into ∂loss/∂logits in place: Σ over the reads of a row of derivative · (onehot − softmax).
fn logit_slopes(
    pass: &Pass,
    d_log_probs: &[f32],
    vocab: usize,
    cap: Option<f32>,
    log_sum_exp: &[f64],
    logits: &mut [f32],
) {
    let tree = pass.tree;
    let mut reads: Vec<Vec<(usize, f32)>> = vec![Vec::new(); tree.logit_nodes.len()];
    for (cell, &slope) in d_log_probs.iter().enumerate() {
        for read in tree.cell_reads(cell) {
            reads[read.row].push((read.target as usize, slope));
        }
    }
    let row_slopes = |row: usize, logits: &mut [f32]| {
        let cap_slope = |logit: f32| cap.map_or(1.0, |cap| 1.0 - (logit / cap) * (logit / cap));
        let onehot: Vec<f32> = reads[row].iter().map(|&(target, slope)| slope * cap_slope(logits[target])).collect();
        let weight: f32 = reads[row].iter().map(|(_, slope)| slope).sum();
        softmax_times(logits, log_sum_exp[row] as f32, weight, cap);
        for ((target, _), slope) in reads[row].iter().zip(onehot) {
            logits[*target] += slope;
        }
    };
    if pass.threads > 1 {
        logits.par_chunks_mut(vocab).enumerate().for_each(|(row, logits)| row_slopes(row, logits));
    } else {
        logits.chunks_mut(vocab).enumerate().for_each(|(row, logits)| row_slopes(row, logits));
    }
}
