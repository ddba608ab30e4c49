//! The backward pass over a prompt tree: from the gradient of a loss on label log-probabilities and values to the
//! gradient of the adapter and the value head. Frozen weights get no gradient, and nothing is computed below the lowest
//! adapted layer.

use super::kernels::attention::{HeadSlopes, Heads, attend_backward};
use super::kernels::gate::{gated, gated_backward};
use super::kernels::heads::{split_heads_backward, unmerge_heads};
use super::kernels::matrix::MatRef;
use super::kernels::norm::{rms_norm, rms_norm_backward};
use super::kernels::rows::{add_scaled, spread_rows};
use super::kernels::softmax::softmax_times;
use super::layer::{Branch, Layer};
use super::linear::{AdapterBuffers, Linear};
use super::workspace::{Head, LayerTape, Scratch, Workspace, fit};
use crate::llm::decoder::Group;
use crate::llm::engine::Keep;
use crate::llm::engine::cpu::{CpuEngine, Pass};
use crate::llm::engine::{Agent, Gradient, Slopes};
use crate::llm::tree::PromptTree;
use rayon::prelude::*;

impl CpuEngine {
    /// Adds the gradient of a loss to `gradient`, where `slopes` are the loss's derivatives with respect to what the
    /// last forward with this workspace said. That forward must have been over the same tree and agent; what it kept is
    /// used up.
    ///
    /// # Panics
    /// If the last forward kept nothing or was over another tree, or if a list of slopes has the wrong length.
    pub fn backward(
        &self,
        tree: &PromptTree,
        agent: &Agent,
        slopes: &Slopes,
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
        assert_eq!(slopes.log_probs.len(), tree.cells(), "one derivative for each prompt and label");
        let values = slopes.values.len();
        assert!(values == 0 || values == tree.prompts(), "one derivative for each prompt's value");
        assert_eq!(
            gradient.adapter.len(),
            agent.adapter.map_or(0, |a| a.params.len()),
            "the gradient is of another adapter"
        );
        let lowest = agent.adapter.and_then(|adapter| adapter.slots.iter().map(|slot| slot.layer).min());
        let residual = &workspace.residuals[self.model.config.layers()];
        let d_residual = lowest.map(|_| &mut workspace.scratch.d_residual);
        self.head_backward(&pass, slopes, residual, d_residual, &mut workspace.head, gradient);
        let Some(lowest) = lowest else { return };
        for index in (lowest..self.model.config.layers()).rev() {
            let (layer, x) = (self.layer(&pass, index), &workspace.residuals[index]);
            let tape = if kept == Keep::Everything { index } else { 0 };
            let (tape, scratch) = (&mut workspace.tapes[tape], &mut workspace.scratch);
            // The one shared tape still holds the last layer.
            if kept == Keep::Residuals && !layer.is_last() {
                let mut again = std::mem::take(&mut scratch.d_output);
                layer.forward(x, &mut again, tape, scratch);
                scratch.d_output = again;
            }
            layer.backward(index == lowest, x, tape, scratch, &mut gradient.adapter);
        }
    }

    /// From derivatives with respect to log-probabilities and values to the gradient of the last residual stream, (rows
    /// read, hidden), if it is wanted.
    fn head_backward(
        &self,
        pass: &Pass,
        slopes: &Slopes,
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
            logit_slopes(pass, &slopes.log_probs, config.vocab, config.logit_softcap, &head.log_sum_exp, logits);
            let d_logits = MatRef::new(logits, rows, config.vocab);
            self.output().backward(d_logits, d_hidden, pass.threads);
        }
        if let Some(value) = pass.agent.value_head {
            for (&row, &slope) in tree.prompt_rows.iter().zip(&slopes.values) {
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
}

impl Layer<'_> {
    /// Turns scratch.d_residual from the gradient of the layer's output into that of its input x, if any layer below
    /// needs it.
    fn backward(&self, is_lowest: bool, x: &[f32], tape: &LayerTape, scratch: &mut Scratch, gradient: &mut [f32]) {
        let adapted = |group| self.linear(group).is_adapted();
        let below_mlp = !is_lowest || adapted(Group::Attention) || adapted(Group::Output);
        self.mlp_backward(below_mlp, tape, scratch, gradient);
        if below_mlp {
            self.attention_backward(is_lowest, x, tape, scratch, gradient);
        }
    }

    fn mlp_backward(&self, goes_down: bool, tape: &LayerTape, s: &mut Scratch, gradient: &mut [f32]) {
        let Self { config, weights, .. } = *self;
        let (rows, threads) = (self.rows_out(), self.pass.threads);
        let gate_up = &tape.gate_up[..rows * 2 * config.intermediate];
        let linear = self.linear(Group::Mlp);
        let below_down = goes_down || linear.is_adapted();
        let active = fit(&mut s.input, rows * config.intermediate);
        gated(config.activation, gate_up, active, config.intermediate, threads);
        let d_residual = &mut s.d_residual[..rows * config.hidden];
        let down = self.mlp_branch();
        let d_output = down.slope(d_residual, &tape.mlp_out, &mut s.d_output);
        let d_active = fit(&mut s.d_input, active.len());
        let mut buffers = AdapterBuffers { a: &mut s.a, d_low_rank: &mut s.d_low_rank, d_a: &mut s.d_a };
        let wanted = below_down.then_some(&mut *d_active);
        down.linear.backward(active, d_output, &tape.low_rank[3], wanted, gradient, &mut buffers);
        if !below_down {
            return;
        }
        let d_gate_up = fit(&mut s.d_gate_up, gate_up.len());
        gated_backward(config.activation, gate_up, d_active, d_gate_up, config.intermediate, threads);
        let x = &tape.middle[..rows * config.hidden];
        let normed = self.normed(linear, x, &weights.mlp_norm, &tape.low_rank[2]);
        let buffers = NormedBuffers { input: &mut s.input, d_input: &mut s.d_input, d_residual, buffers };
        normed.backward(d_gate_up, goes_down, buffers, gradient);
    }

    fn attention_backward(&self, is_lowest: bool, x: &[f32], tape: &LayerTape, s: &mut Scratch, gradient: &mut [f32]) {
        let Self { pass, config, weights, .. } = *self;
        let (shape, threads) = (&pass.shape, pass.threads);
        let linear = self.linear(Group::Attention);
        let below_output = !is_lowest || linear.is_adapted();
        let queries = shape.rows * shape.heads * shape.head_dim;
        let rows_out = self.rows_out();
        let d_residual = &mut s.d_residual[..rows_out * config.hidden];
        let output = self.attention_branch();
        let d_output = output.slope(d_residual, &tape.attention_out, &mut s.d_output);
        let width = shape.heads * shape.head_dim;
        let d_attended = fit(&mut s.d_input, rows_out * width);
        let mut buffers = AdapterBuffers { a: &mut s.a, d_low_rank: &mut s.d_low_rank, d_a: &mut s.d_a };
        let wanted = below_output.then_some(&mut *d_attended);
        let attended = &tape.attended[..rows_out * width];
        output.linear.backward(attended, d_output, &tape.low_rank[1], wanted, gradient, &mut buffers);
        if !below_output {
            return;
        }
        let d_attended = fit(&mut s.d_input, queries);
        let d_residual = fit(&mut s.d_residual, shape.rows * config.hidden);
        if self.is_last() {
            spread_rows(d_attended, width, &pass.read_rows);
            spread_rows(d_residual, config.hidden, &pass.read_rows);
        }
        let d_split = fit(&mut s.d_heads, queries);
        unmerge_heads(shape, d_attended, d_split, threads);
        let own = shape.kv_heads * shape.rows * shape.head_dim;
        let (d_q, d_k, d_v) = (fit(&mut s.d_q, queries), fit(&mut s.d_k, own), fit(&mut s.d_v, own));
        let heads = Heads { q: &tape.q, k: &tape.k, v: &tape.v };
        let slopes = HeadSlopes { q: d_q, k: d_k, v: d_v };
        attend_backward(&self.attention(), heads, d_split, slopes, &mut s.scores, threads);
        let projected = &tape.projected[..shape.rows * shape.projected()];
        let d_projected = fit(&mut s.d_projected, projected.len());
        split_heads_backward(&self.placement(), projected, d_q, d_k, d_v, d_projected, threads);
        let x = &x[..shape.rows * config.hidden];
        let normed = self.normed(linear, x, &weights.attention_norm, &tape.low_rank[0]);
        let buffers = NormedBuffers { input: &mut s.input, d_input: &mut s.d_input, d_residual, buffers };
        normed.backward(d_projected, !is_lowest, buffers, gradient);
    }

    fn normed<'b>(&self, linear: Linear<'b>, x: &'b [f32], norm: &'b [f32], low_rank: &'b [f32]) -> Normed<'b> {
        Normed { linear, x, norm, low_rank, eps: self.config.norm_eps, threads: self.pass.threads }
    }
}

/// linear(norm(x)), as forward ran it.
struct Normed<'a> {
    linear: Linear<'a>,
    x: &'a [f32],
    norm: &'a [f32],
    low_rank: &'a [f32],
    eps: f32,
    threads: usize,
}

/// Scratch of [`Normed::backward`].
struct NormedBuffers<'a> {
    input: &'a mut Vec<f32>,
    d_input: &'a mut Vec<f32>,
    d_residual: &'a mut [f32],
    buffers: AdapterBuffers<'a>,
}

impl Normed<'_> {
    /// Adds the gradient of x to that of the residual stream, if it is needed further down.
    fn backward(&self, dy: &[f32], goes_down: bool, mut buffers: NormedBuffers, gradient: &mut [f32]) {
        let Self { linear, x, norm, low_rank, eps, threads } = self;
        let normed = fit(buffers.input, x.len());
        if linear.is_adapted() {
            rms_norm(x, norm, *eps, normed, *threads);
        }
        let d_normed = fit(buffers.d_input, x.len());
        let wanted = goes_down.then_some(&mut *d_normed);
        linear.backward(normed, dy, low_rank, wanted, gradient, &mut buffers.buffers);
        if goes_down {
            rms_norm_backward(x, norm, *eps, d_normed, buffers.d_residual, true, *threads);
        }
    }
}

impl Branch<'_> {
    /// The gradient of the branch before it joins the residual stream: that of the stream, taken back through the post
    /// norm.
    fn slope<'a>(&self, d_residual: &'a [f32], raw: &[f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        let Some(weight) = self.post_norm else { return d_residual };
        let slope = fit(buffer, d_residual.len());
        rms_norm_backward(&raw[..d_residual.len()], weight, self.eps, d_residual, slope, false, self.threads);
        slope
    }
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
