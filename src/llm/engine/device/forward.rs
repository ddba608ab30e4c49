//! The forward pass over a batch of padded trees.

use super::adapters::{Adapters, Linear};
use super::batch::Layout;
use super::ops::{gated, log_sum_exp, product, rms_norm, rotate, softcap};
use super::weights::DeviceLayer;
use crate::llm::decoder::Projection;
use crate::llm::engine::Job;
use crate::llm::engine::device::DeviceEngine;
use crate::llm::engine::{FrozenPrefix, Keep, TreeScores};
use crate::llm::lora::Adapter;
use candle_core::{DType, Result, Tensor};

/// What one layer leaves for its backward.
#[derive(Debug)]
pub(super) struct LayerTape {
    /// (agents, heads, rows, head_dim) before the head norm, where there is one.
    pub raw_q: Option<Tensor>,
    /// (agents, kv_heads, rows, head_dim) before the head norm, where there is one.
    pub raw_k: Option<Tensor>,
    /// (agents · kv_heads, group · rows, head_dim).
    pub q: Tensor,
    /// (agents · kv_heads, keys, head_dim).
    pub k: Tensor,
    /// (agents · kv_heads, keys, head_dim).
    pub v: Tensor,
    /// (agents, rows, heads · head_dim).
    pub attended: Tensor,
    /// (agents, rows, hidden): o_proj's output before its norm, where there is such a norm.
    pub attention_out: Option<Tensor>,
    /// (agents, rows, hidden): the residual stream between attention and MLP.
    pub middle: Tensor,
    /// (agents, rows, intermediate).
    pub gate: Tensor,
    /// (agents, rows, intermediate).
    pub up: Tensor,
    /// (agents, rows, hidden): down_proj's output before its norm, where there is such a norm.
    pub mlp_out: Option<Tensor>,
    /// x Aᵀ of each projection, (agents, rows, rank), indexed by [`Projection`].
    pub low_rank: [Option<Tensor>; 7],
}

/// What a batch's forward leaves for its backward.
#[derive(Debug)]
pub(super) struct Tape {
    pub pass: Pass,
    /// The residual stream before each layer.
    pub residuals: Vec<Tensor>,
    /// One per layer; `None` where backward is to compute it again.
    pub layers: Vec<Option<LayerTape>>,
    pub head: Head,
}

/// What the end of the model leaves. Rows are the batch's reads.
#[derive(Debug)]
pub(super) struct Head {
    /// (reads, hidden): the last residual stream.
    pub residual: Tensor,
    /// (reads, vocab).
    pub logits: Tensor,
    /// (reads, 1).
    pub log_sum_exp: Tensor,
    /// Logit of every target of the layout.
    pub target_logits: Vec<f32>,
    /// (reads, hidden): after the final norm.
    pub hidden: Vec<f32>,
}

/// A batch on its way through the model.
#[derive(Debug)]
pub(super) struct Pass {
    pub layout: Layout,
    pub adapters: Option<Adapters>,
    /// Keys and values of the frozen prefix for every layer, (1, kv_heads, first, head_dim).
    pub prefix: Option<Vec<(Tensor, Tensor)>>,
}

impl DeviceEngine {
    /// Runs a batch, and leaves a tape unless nothing is to be kept.
    pub(super) fn run(&self, batch: &[usize], jobs: &[Job], keep: Keep) -> Result<(Vec<TreeScores>, Option<Tape>)> {
        let pass = self.pass(batch, jobs)?;
        let layers = self.model.config.layers();
        let (mut residuals, mut tapes) = (Vec::new(), Vec::new());
        let mut x = self.embed(&pass)?;
        for layer in 0..layers {
            let (y, tape) = self.layer(&pass, layer, &x)?;
            if keep != Keep::Nothing {
                residuals.push(x);
                tapes.push(Some(tape).filter(|_| keep == Keep::Everything));
            }
            x = y;
        }
        let head = self.read_out(&pass, &x)?;
        let scores = self.scores(batch, jobs, &pass, &head)?;
        let tape = Tape { pass, residuals, layers: tapes, head };
        Ok((scores, Some(tape).filter(|_| keep != Keep::Nothing)))
    }

    fn pass(&self, batch: &[usize], jobs: &[Job]) -> Result<Pass> {
        let config = &self.model.config;
        let layout = Layout::new(batch, jobs, config, &self.kinds, &self.device)?;
        let adapters: Option<Vec<&Adapter>> = batch.iter().map(|&i| jobs[i].agent.adapter).collect();
        let adapters = adapters.map(|adapters| Adapters::new(&adapters, config, &self.device)).transpose()?;
        let prefix = jobs[batch[0]].agent.prefix.filter(|prefix| !prefix.tokens.is_empty());
        let prefix = prefix.map(|prefix| self.upload_prefix(prefix)).transpose()?;
        Ok(Pass { layout, adapters, prefix })
    }

    fn upload_prefix(&self, prefix: &FrozenPrefix) -> Result<Vec<(Tensor, Tensor)>> {
        let config = &self.model.config;
        let shape = (1, config.kv_heads, prefix.tokens.len(), config.head_dim);
        let upload = |data: &Vec<f32>| Tensor::from_slice(data, shape, &self.device);
        prefix.keys.iter().zip(&prefix.values).map(|(k, v)| Ok((upload(k)?, upload(v)?))).collect()
    }

    /// The tokens of one job with their keys and values in every layer.
    pub(super) fn keys_and_values(&self, job: &Job) -> Result<FrozenPrefix> {
        let pass = self.pass(&[0], std::slice::from_ref(job))?;
        let mut found = FrozenPrefix { tokens: job.tree.tokens.clone(), keys: Vec::new(), values: Vec::new() };
        let mut x = self.embed(&pass)?;
        for layer in 0..self.model.config.layers() {
            let (y, tape) = self.layer(&pass, layer, &x)?;
            found.keys.push(tape.k.flatten_all()?.to_vec1()?);
            found.values.push(tape.v.flatten_all()?.to_vec1()?);
            x = y;
        }
        Ok(found)
    }

    fn embed(&self, pass: &Pass) -> Result<Tensor> {
        let rows = self.weights.embedding.index_select(&pass.layout.tokens, 0)?.to_dtype(DType::F32)?;
        let shape = (pass.layout.agents, pass.layout.rows, self.model.config.hidden);
        rows.reshape(shape)? * f64::from(self.model.config.embedding_scale)
    }

    pub(super) fn linear<'a>(&'a self, pass: &'a Pass, layer: usize, projection: Projection) -> Linear<'a> {
        let weight = &self.weights.layers[layer].projections[projection as usize];
        Linear::new(weight, pass.adapters.as_ref(), layer, projection)
    }

    /// Runs one decoder block: from x (agents, rows, hidden) to its output.
    pub(super) fn layer(&self, pass: &Pass, layer: usize, x: &Tensor) -> Result<(Tensor, LayerTape)> {
        let (config, weights) = (&self.model.config, &self.weights.layers[layer]);
        let eps = config.norm_eps;
        let mut low_rank: [Option<Tensor>; 7] = Default::default();
        let mut project = |x: &Tensor, projection: Projection| {
            let (y, u) = self.linear(pass, layer, projection).forward(x)?;
            low_rank[projection as usize] = u;
            Ok::<Tensor, candle_core::Error>(y)
        };
        let input = rms_norm(x, &weights.attention_norm, eps)?;
        let [q, k, v] = [Projection::QProj, Projection::KProj, Projection::VProj].map(|p| project(&input, p));
        let (raw_q, raw_k, v) = self.split_heads(pass, weights, [q?, k?, v?])?;
        let (q, k, v) = self.place_heads(pass, layer, &raw_q, &raw_k, v)?;
        let (p, _) = self.probabilities(pass, layer, &q, &k)?;
        let attended = self.merge_heads(pass, &product(&p, &v)?)?;
        let out = project(&attended, Projection::OProj)?;
        let (middle, attention_out) = add_branch(x, out, weights.attention_post_norm.as_ref(), eps)?;

        let input = rms_norm(&middle, &weights.mlp_norm, eps)?;
        let (gate, up) = (project(&input, Projection::GateProj)?, project(&input, Projection::UpProj)?);
        let out = project(&gated(config.activation, &gate, &up)?, Projection::DownProj)?;
        let (y, mlp_out) = add_branch(&middle, out, weights.mlp_post_norm.as_ref(), eps)?;
        let raw_q = Some(raw_q).filter(|_| weights.q_norm.is_some());
        let raw_k = Some(raw_k).filter(|_| weights.k_norm.is_some());
        let tape = LayerTape { raw_q, raw_k, q, k, v, attended, attention_out, middle, gate, up, mlp_out, low_rank };
        Ok((y, tape))
    }

    /// Adds biases and lays projected rows out as (agents, heads, rows, head_dim).
    fn split_heads(&self, pass: &Pass, weights: &DeviceLayer, qkv: [Tensor; 3]) -> Result<(Tensor, Tensor, Tensor)> {
        let (agents, rows, dim) = (pass.layout.agents, pass.layout.rows, self.model.config.head_dim);
        let split = |i: usize| {
            let biased = match &weights.qkv_bias {
                Some(bias) => qkv[i].broadcast_add(&bias[i])?,
                None => qkv[i].clone(),
            };
            let heads = biased.dim(2)? / dim;
            biased.reshape((agents, rows, heads, dim))?.transpose(1, 2)?.contiguous()
        };
        Ok((split(0)?, split(1)?, split(2)?))
    }

    /// Applies head norms and rotary positions; then arranges queries by key-value head, and keys and values after the
    /// frozen prefix.
    fn place_heads(
        &self,
        pass: &Pass,
        layer: usize,
        raw_q: &Tensor,
        raw_k: &Tensor,
        v: Tensor,
    ) -> Result<(Tensor, Tensor, Tensor)> {
        let (config, weights, layout) = (&self.model.config, &self.weights.layers[layer], &pass.layout);
        let kind = &layout.kinds[self.kind_of[layer]];
        let place = |raw: &Tensor, norm: Option<&Tensor>| {
            let normed = match norm {
                Some(weight) => rms_norm(raw, weight, config.norm_eps)?,
                None => raw.clone(),
            };
            rotate(&normed, &kind.cos, &kind.sin, 1.0)
        };
        let q = place(raw_q, weights.q_norm.as_ref())?;
        let mut k = place(raw_k, weights.k_norm.as_ref())?;
        let mut v = v;
        if let Some(prefix) = &pass.prefix {
            let (frozen_k, frozen_v) = &prefix[layer];
            let behind = |frozen: &Tensor, own: &Tensor| {
                let shape = (layout.agents, config.kv_heads, layout.first, config.head_dim);
                Tensor::cat(&[&frozen.broadcast_as(shape)?.contiguous()?, own], 2)
            };
            (k, v) = (behind(frozen_k, &k)?, behind(frozen_v, &v)?);
        }
        let groups = layout.agents * config.kv_heads;
        let keys = (groups, layout.first + layout.rows, config.head_dim);
        let queries = (groups, config.heads / config.kv_heads * layout.rows, config.head_dim);
        Ok((q.reshape(queries)?, k.reshape(keys)?, v.reshape(keys)?))
    }

    /// Attention probabilities (agents · kv_heads, group · rows, keys), and the capped scores where there is a cap.
    pub(super) fn probabilities(
        &self,
        pass: &Pass,
        layer: usize,
        q: &Tensor,
        k: &Tensor,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (config, layout) = (&self.model.config, &pass.layout);
        let scores = (product(q, &k.t()?)? * f64::from(config.query_scale))?;
        let capped = config.attention_softcap.map(|cap| softcap(&scores, cap)).transpose()?;
        let by_row = (layout.agents, config.heads, layout.rows, layout.first + layout.rows);
        let mask = &layout.kinds[self.kind_of[layer]].mask;
        let masked = capped.as_ref().unwrap_or(&scores).reshape(by_row)?.broadcast_add(mask)?;
        let p = candle_nn::ops::softmax_last_dim(&masked)?.reshape(scores.shape())?;
        Ok((p, capped))
    }

    /// (agents · kv_heads, group · rows, head_dim) to (agents, rows, heads · head_dim).
    fn merge_heads(&self, pass: &Pass, split: &Tensor) -> Result<Tensor> {
        let (config, layout) = (&self.model.config, &pass.layout);
        let heads = split.reshape((layout.agents, config.heads, layout.rows, config.head_dim))?;
        let merged = (layout.agents, layout.rows, config.heads * config.head_dim);
        heads.transpose(1, 2)?.contiguous()?.reshape(merged)
    }

    /// Final norm and logits of the rows that are read.
    fn read_out(&self, pass: &Pass, x: &Tensor) -> Result<Head> {
        let (config, layout) = (&self.model.config, &pass.layout);
        let flat = x.reshape((layout.agents * layout.rows, config.hidden))?;
        let residual = flat.index_select(&layout.read_rows, 0)?;
        let hidden = rms_norm(&residual, &self.weights.final_norm, config.norm_eps)?;
        let output = &self.weights.output;
        let mut logits = product(&hidden.to_dtype(output.dtype())?, &output.t()?)?.to_dtype(DType::F32)?;
        if let Some(cap) = config.logit_softcap {
            logits = softcap(&logits, cap)?;
        }
        let log_sum_exp = log_sum_exp(&logits)?;
        let target_logits = self.pick(&logits, pass)?;
        Ok(Head { residual, logits, log_sum_exp, target_logits, hidden: hidden.flatten_all()?.to_vec1()? })
    }

    /// The logit of every target.
    fn pick(&self, logits: &Tensor, pass: &Pass) -> Result<Vec<f32>> {
        // A row at a time: positions in the whole table may exceed 32 bits, rows and tokens do not.
        let width = pass.layout.targets_per_row();
        let mut tokens = vec![0; pass.layout.reads() * width];
        let mut places = Vec::with_capacity(pass.layout.targets.len());
        let mut filled = vec![0; pass.layout.reads()];
        for target in &pass.layout.targets {
            let place = target.row * width + filled[target.row];
            filled[target.row] += 1;
            tokens[place] = target.token;
            places.push(place);
        }
        let tokens = Tensor::from_vec(tokens, (pass.layout.reads(), width), &self.device)?;
        let picked: Vec<f32> = logits.gather(&tokens, 1)?.flatten_all()?.to_vec1()?;
        Ok(places.into_iter().map(|place| picked[place]).collect())
    }

    /// What the head says about every prompt of every job.
    fn scores(&self, batch: &[usize], jobs: &[Job], pass: &Pass, head: &Head) -> Result<Vec<TreeScores>> {
        let width = self.model.config.hidden;
        let log_sum_exp: Vec<f32> = head.log_sum_exp.flatten_all()?.to_vec1()?;
        let log_probs = pass.layout.targets.iter().zip(&head.target_logits);
        let mut log_probs = log_probs.map(|(target, &logit)| f64::from(logit) - f64::from(log_sum_exp[target.row]));
        let scores = batch.iter().zip(&pass.layout.read_starts).map(|(&i, start)| {
            let (tree, agent) = (jobs[i].tree, &jobs[i].agent);
            let mut scores = TreeScores { label_log_probs: Vec::new(), values: Vec::new(), hidden: Vec::new() };
            for prompt in 0..tree.prompts() {
                for label in 0..tree.labels {
                    let total: f64 = log_probs.by_ref().take(tree.reads(prompt, label).len()).sum();
                    scores.label_log_probs.push(total as f32);
                }
                let hidden = &head.hidden[(start + tree.prompt_rows[prompt]) * width..][..width];
                scores.hidden.extend_from_slice(hidden);
                if let Some(value) = agent.value_head {
                    let product: f32 = value.weight.iter().zip(hidden).map(|(w, h)| w * h).sum();
                    scores.values.push(product + value.bias);
                }
            }
            scores
        });
        Ok(scores.collect())
    }
}

/// residual + branch, normed before the sum where there is a post norm; in that case also the branch before its norm.
fn add_branch(
    residual: &Tensor,
    branch: Tensor,
    post_norm: Option<&Tensor>,
    eps: f32,
) -> Result<(Tensor, Option<Tensor>)> {
    match post_norm {
        None => Ok(((residual + branch)?, None)),
        Some(weight) => Ok(((residual + rms_norm(&branch, weight, eps)?)?, Some(branch))),
    }
}
