//! The forward pass over a prompt tree.

use super::kernels::attention::{Heads, attend};
use super::kernels::gate::gated;
use super::kernels::heads::{merge_heads, split_heads};
use super::kernels::matrix::{MatRef, Store};
use super::kernels::norm::rms_norm;
use super::kernels::rows::{add, add_to_rows, dot, pick_rows};
use super::kernels::softmax::{log_sum_exp, softcap};
use super::layer::{Branch, Layer};
use super::workspace::{Head, LayerTape, Scratch, Workspace, fit};
use crate::llm::decoder::Group;
use crate::llm::engine::Keep;
use crate::llm::engine::cpu::{CpuEngine, Pass};
use crate::llm::engine::{Agent, FrozenPrefix, TreeScores};
use crate::llm::tree::PromptTree;
use rayon::prelude::*;

impl CpuEngine {
    /// Log-probabilities of every label after every prompt, and values, for one agent.
    ///
    /// `keep` decides whether a backward can follow. Up to `threads` threads of the current rayon pool are used; the
    /// result does not depend on their number.
    ///
    /// # Panics
    /// If a token is not in the vocabulary, or the agent's parts do not fit the model or the tree.
    pub fn forward(
        &self,
        tree: &PromptTree,
        agent: &Agent,
        keep: Keep,
        threads: usize,
        workspace: &mut Workspace,
    ) -> TreeScores {
        let pass = self.pass(tree, agent, threads);
        let layers = self.model.config.layers();
        workspace.prepare(layers, keep);
        workspace.kept = keep;
        (workspace.nodes, workspace.first) = (tree.len(), pass.shape.first);
        self.embed(&pass, &mut workspace.residuals[0]);
        let slot = |i: usize| if keep == Keep::Nothing { i % 2 } else { i };
        for layer in 0..layers {
            let tape = if keep == Keep::Everything { layer } else { 0 };
            let mut y = std::mem::take(&mut workspace.residuals[slot(layer + 1)]);
            let x = &workspace.residuals[slot(layer)];
            self.layer(&pass, layer).forward(x, &mut y, &mut workspace.tapes[tape], &mut workspace.scratch);
            workspace.residuals[slot(layer + 1)] = y;
        }
        self.read_out(&pass, &workspace.residuals[slot(layers)], &mut workspace.head)
    }

    /// Runs `tokens` through the frozen base and keeps their keys and values.
    pub fn freeze_prefix(&self, tokens: &[u32], threads: usize) -> FrozenPrefix {
        let mut frozen = FrozenPrefix { tokens: tokens.to_vec(), keys: Vec::new(), values: Vec::new() };
        let layers = self.model.config.layers();
        if tokens.is_empty() {
            frozen.keys.resize_with(layers, Vec::new);
            frozen.values.resize_with(layers, Vec::new);
            return frozen;
        }
        // The label is never run: its one token has no node.
        let tree = PromptTree::new(&[tokens.to_vec()], &[vec![0]]);
        let agent = Agent::default();
        let pass = self.pass(&tree, &agent, threads);
        let (mut x, mut y, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
        let mut tape = LayerTape::default();
        self.embed(&pass, &mut x);
        for layer in 0..layers {
            self.layer(&pass, layer).forward(&x, &mut y, &mut tape, &mut scratch);
            frozen.keys.push(tape.k.clone());
            frozen.values.push(tape.v.clone());
            std::mem::swap(&mut x, &mut y);
        }
        frozen
    }

    pub(super) fn embed(&self, pass: &Pass, out: &mut Vec<f32>) {
        let (hidden, vocab) = (self.model.config.hidden, self.model.config.vocab);
        let out = fit(out, pass.shape.rows * hidden);
        for (row, &token) in out.chunks_exact_mut(hidden).zip(&pass.tree.tokens[pass.shape.first..]) {
            let token = token as usize;
            assert!(token < vocab, "token {token} is not in the vocabulary of {vocab}");
            for (out, x) in row.iter_mut().zip(self.model.embedding.row(token)) {
                *out = x * self.model.config.embedding_scale;
            }
        }
    }

    /// From the residual stream of the rows that are read to final norm, logits, label log-probabilities and values.
    fn read_out(&self, pass: &Pass, residual: &[f32], head: &mut Head) -> TreeScores {
        self.logits(pass, residual, head);
        self.scores(pass, head)
    }

    /// Final norm, logits of the nodes that are read, and their ln Σ exp.
    pub(super) fn logits(&self, pass: &Pass, residual: &[f32], head: &mut Head) {
        let (config, tree) = (&self.model.config, pass.tree);
        let (width, rows) = (config.hidden, tree.logit_nodes.len());
        let hidden = fit(&mut head.hidden, rows * width);
        rms_norm(&residual[..rows * width], &self.model.final_norm, config.norm_eps, hidden, pass.threads);
        let logits = fit(&mut head.logits, rows * config.vocab);
        self.output().forward(MatRef::new(hidden, rows, width), logits, Store::Set, pass.threads);
        let finish = |row: &mut [f32]| {
            if let Some(cap) = config.logit_softcap {
                softcap(row, cap);
            }
            log_sum_exp(row)
        };
        head.log_sum_exp = if pass.threads > 1 {
            logits.par_chunks_mut(config.vocab).map(finish).collect()
        } else {
            logits.chunks_mut(config.vocab).map(finish).collect()
        };
    }

    fn scores(&self, pass: &Pass, head: &Head) -> TreeScores {
        let (config, tree) = (&self.model.config, pass.tree);
        let mut scores = TreeScores { label_log_probs: Vec::new(), values: Vec::new(), hidden: Vec::new() };
        for prompt in 0..tree.prompts() {
            for cell in tree.cells_of(prompt) {
                let log_prob = |read: &crate::llm::tree::Read| {
                    assert!(
                        (read.target as usize) < config.vocab,
                        "label token {} is not in the vocabulary",
                        read.target
                    );
                    let logit = head.logits[read.row * config.vocab + read.target as usize];
                    f64::from(logit) - head.log_sum_exp[read.row]
                };
                let total: f64 = tree.cell_reads(cell).iter().map(log_prob).sum();
                scores.label_log_probs.push(total as f32);
            }
            let hidden = &head.hidden[tree.prompt_rows[prompt] * config.hidden..][..config.hidden];
            scores.hidden.extend_from_slice(hidden);
            if let Some(value) = pass.agent.value_head {
                scores.values.push(dot(&value.weight, hidden) + value.bias);
            }
        }
        scores
    }
}

impl Layer<'_> {
    /// Runs one decoder block from x (rows, hidden) to y, leaving on the tape what backward needs. The last block needs
    /// all rows only as keys and values; its y has just the rows that are read.
    pub(super) fn forward(&self, x: &[f32], y: &mut Vec<f32>, tape: &mut LayerTape, scratch: &mut Scratch) {
        self.attention_half(x, tape, scratch);
        self.mlp_half(y, tape, scratch);
    }

    /// tape.middle = x + attention(norm(x)).
    fn attention_half(&self, x: &[f32], tape: &mut LayerTape, scratch: &mut Scratch) {
        let Self { pass, config, weights, .. } = *self;
        let shape = &pass.shape;
        let x = &x[..shape.rows * config.hidden];
        let normed = fit(&mut scratch.input, x.len());
        rms_norm(x, &weights.attention_norm, config.norm_eps, normed, pass.threads);
        let projected = fit(&mut tape.projected, shape.rows * shape.projected());
        let linear = self.linear(Group::Attention);
        linear.forward(normed, projected, Store::Set, &mut tape.low_rank[0], &mut scratch.a);
        if let Some([q, k, v]) = &weights.qkv_bias {
            add_to_rows(projected, &[&q[..], k, v].concat());
        }
        let keys = shape.kv_heads * shape.keys() * shape.head_dim;
        let q = fit(&mut tape.q, shape.rows * shape.heads * shape.head_dim);
        let (k, v) = (fit(&mut tape.k, keys), fit(&mut tape.v, keys));
        if let Some(prefix) = pass.agent.prefix {
            copy_prefix(&prefix.keys[self.index], k, shape.kv_heads);
            copy_prefix(&prefix.values[self.index], v, shape.kv_heads);
        }
        split_heads(&self.placement(), projected, q, k, v, pass.threads);
        let split = fit(&mut scratch.heads, q.len());
        attend(&self.attention(), Heads { q, k, v }, split, &mut scratch.scores, pass.threads);
        let attended = fit(&mut tape.attended, q.len());
        merge_heads(shape, split, attended, pass.threads);
        let (attended, x) = if self.is_last() {
            pick_rows(attended, shape.heads * shape.head_dim, &pass.read_rows);
            let picked = fit(&mut scratch.picked, pass.read_rows.len() * config.hidden);
            for (picked, row) in picked.chunks_exact_mut(config.hidden).zip(&pass.read_rows) {
                picked.copy_from_slice(&x[row * config.hidden..][..config.hidden]);
            }
            (&attended[..pass.read_rows.len() * shape.heads * shape.head_dim], &*picked)
        } else {
            (&*attended, x)
        };
        let middle = fit(&mut tape.middle, x.len());
        let (raw, low_rank) = (&mut tape.attention_out, &mut tape.low_rank[1]);
        self.attention_branch().join(attended, x, middle, raw, low_rank, &mut scratch.a);
    }

    /// y = tape.middle + mlp(norm(tape.middle)).
    fn mlp_half(&self, y: &mut Vec<f32>, tape: &mut LayerTape, scratch: &mut Scratch) {
        let Self { pass, config, weights, .. } = *self;
        let rows = self.rows_out();
        let middle = &tape.middle[..rows * config.hidden];
        let normed = fit(&mut scratch.input, middle.len());
        rms_norm(middle, &weights.mlp_norm, config.norm_eps, normed, pass.threads);
        let gate_up = fit(&mut tape.gate_up, rows * 2 * config.intermediate);
        let linear = self.linear(Group::Mlp);
        linear.forward(normed, gate_up, Store::Set, &mut tape.low_rank[2], &mut scratch.a);
        let active = fit(&mut scratch.input, rows * config.intermediate);
        gated(config.activation, gate_up, active, config.intermediate, pass.threads);

        let y = fit(y, middle.len());
        let (raw, low_rank) = (&mut tape.mlp_out, &mut tape.low_rank[3]);
        self.mlp_branch().join(active, middle, y, raw, low_rank, &mut scratch.a);
    }
}

impl Branch<'_> {
    /// out = residual + linear(input), normed before the sum where there is a post norm, in which case `raw` keeps the
    /// linear's output.
    fn join(
        &self,
        input: &[f32],
        residual: &[f32],
        out: &mut [f32],
        raw: &mut Vec<f32>,
        low_rank: &mut Vec<f32>,
        a: &mut Vec<f32>,
    ) {
        match self.post_norm {
            None => {
                out.copy_from_slice(residual);
                self.linear.forward(input, out, Store::Add, low_rank, a);
            }
            Some(weight) => {
                let raw = fit(raw, out.len());
                self.linear.forward(input, raw, Store::Set, low_rank, a);
                rms_norm(raw, weight, self.eps, out, self.threads);
                add(out, residual);
            }
        }
    }
}

/// Puts each head's frozen rows before its own.
fn copy_prefix(frozen: &[f32], all: &mut [f32], kv_heads: usize) {
    let (short, long) = (frozen.len() / kv_heads, all.len() / kv_heads);
    for kv in 0..kv_heads {
        all[kv * long..][..short].copy_from_slice(&frozen[kv * short..][..short]);
    }
}
