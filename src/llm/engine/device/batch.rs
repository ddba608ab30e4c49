//! Which agents go through the model together, and their trees padded to one size.

use super::memory::Sizes;
use crate::llm::decoder::{DecoderConfig, LayerAttention};
use crate::llm::engine::Job;
use crate::llm::engine::cpu::kernels::heads::Rotation;
use crate::llm::engine::cpu::kernels::plan::HIDDEN;
use crate::llm::tree::{NO_PARENT, PromptTree};
use candle_core::{Device, Result, Tensor};

/// Jobs that run together, by their index, in ascending order of size within a group.
pub(super) type Batch = Vec<usize>;

/// Splits `jobs` into batches whose activations fit into `budget` bytes each; a job that needs more on its own forms a
/// batch by itself.
///
/// The jobs of a batch share the shape of their adapters and the frozen prefix. Those of similar size are put together,
/// because every tree of a batch is padded to the size of the largest.
pub(super) fn plan(jobs: &[Job], config: &DecoderConfig, budget: u64) -> Vec<Batch> {
    let mut groups: Vec<Batch> = Vec::new();
    for (i, job) in jobs.iter().enumerate() {
        match groups.iter_mut().find(|group| are_alike(&jobs[group[0]], job)) {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    let mut batches = Vec::new();
    for mut group in groups {
        group.sort_by_key(|&i| jobs[i].tree.len());
        let mut batch: Batch = Vec::new();
        for i in group {
            batch.push(i);
            if batch.len() > 1 && Sizes::new(&batch, jobs).bytes(config, true) > budget {
                batch.pop();
                batches.push(std::mem::replace(&mut batch, vec![i]));
            }
        }
        batches.push(batch);
    }
    batches
}

/// Whether two jobs may share a batch.
fn are_alike(a: &Job, b: &Job) -> bool {
    let shape = |job: &Job| job.agent.adapter.map(|adapter| adapter.config.clone());
    let prefix = |job: &Job| job.agent.prefix.map(|prefix| prefix.tokens.clone()).unwrap_or_default();
    shape(a) == shape(b) && prefix(a) == prefix(b)
}

/// Who sees whom, and the rotary angles, for the layers of one kind. `trees` is 1 where all agents have the same tree.
#[derive(Debug)]
pub(super) struct Kind {
    /// (trees, 1, rows, keys): 0 where a row sees a key, [`HIDDEN`] elsewhere.
    pub mask: Tensor,
    /// (trees, 1, rows, head_dim / 2).
    pub cos: Tensor,
    /// (trees, 1, rows, head_dim / 2).
    pub sin: Tensor,
}

/// A token of a label: the row of logits it is read from, counted over the whole batch, and the token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub row: usize,
    pub token: u32,
}

/// A batch's trees laid out on the device.
#[derive(Debug)]
pub(super) struct Layout {
    pub agents: usize,
    /// Rows of each agent: nodes of the largest tree without the frozen prefix.
    pub rows: usize,
    /// Length of the frozen prefix.
    pub first: usize,
    /// (agents · rows): a token for each row; any token for padding.
    pub tokens: Tensor,
    pub kinds: Vec<Kind>,
    /// (reads): rows whose logits are needed, agent by agent.
    pub read_rows: Tensor,
    /// (agents · rows): the read of each row, or the number of reads for rows that are not read.
    pub read_of_row: Tensor,
    /// Each agent's first read, and one more for the end.
    pub read_starts: Vec<usize>,
    /// Every token of every label of every prompt, agent by agent.
    pub targets: Vec<Target>,
    /// How many targets each label of each prompt has, agent by agent.
    pub target_counts: Vec<usize>,
}

impl Layout {
    /// Lays out the trees of `batch`.
    ///
    /// # Panics
    /// If a token is not in the vocabulary, or a frozen prefix is not a common start of its tree's prompts.
    pub(super) fn new(
        batch: &[usize],
        jobs: &[Job],
        config: &DecoderConfig,
        kinds: &[LayerAttention],
        device: &Device,
    ) -> Result<Self> {
        let trees: Vec<&PromptTree> = batch.iter().map(|&i| jobs[i].tree).collect();
        batch.iter().for_each(|&i| check(&jobs[i], config));
        let sizes = Sizes::new(batch, jobs);
        let (agents, rows, first) = (sizes.agents, sizes.rows, sizes.first);
        let mut tokens = vec![0; agents * rows];
        let (mut read_rows, mut read_starts) = (Vec::new(), vec![0]);
        let (mut targets, mut target_counts) = (Vec::new(), Vec::new());
        for (agent, tree) in trees.iter().enumerate() {
            let own = &tree.tokens[first..];
            tokens[agent * rows..][..own.len()].copy_from_slice(own);
            let start = read_rows.len();
            for cell in 0..tree.prompts() * tree.labels {
                let reads = tree.reads(cell / tree.labels, cell % tree.labels);
                target_counts.push(reads.len());
                targets.extend(reads.iter().map(|read| Target { row: start + read.row, token: read.target }));
            }
            read_rows.extend(tree.logit_nodes.iter().map(|node| (agent * rows + node - first) as u32));
            read_starts.push(read_rows.len());
        }
        let mut read_of_row = vec![read_rows.len() as u32; agents * rows];
        for (read, &row) in read_rows.iter().enumerate() {
            read_of_row[row as usize] = read as u32;
        }
        let distinct = if trees.iter().all(|tree| std::ptr::eq(*tree, trees[0])) { &trees[..1] } else { &trees[..] };
        let kind = |attention: &LayerAttention| kind(attention, distinct, rows, first, config.head_dim, device);
        Ok(Self {
            agents,
            rows,
            first,
            tokens: Tensor::from_vec(tokens, agents * rows, device)?,
            kinds: kinds.iter().map(kind).collect::<Result<_>>()?,
            read_rows: Tensor::from_slice(&read_rows, read_rows.len(), device)?,
            read_of_row: Tensor::from_vec(read_of_row, agents * rows, device)?,
            read_starts,
            targets,
            target_counts,
        })
    }

    /// Number of rows whose logits are needed.
    pub(super) fn reads(&self) -> usize {
        self.read_starts[self.agents]
    }

    /// The largest number of targets that one row of logits has.
    pub(super) fn targets_per_row(&self) -> usize {
        let mut counts = vec![0; self.reads()];
        for target in &self.targets {
            counts[target.row] += 1;
        }
        counts.into_iter().max().unwrap_or(0)
    }
}

/// The mask and angles of one kind of layer for each of `trees`.
fn kind(
    attention: &LayerAttention,
    trees: &[&PromptTree],
    rows: usize,
    first: usize,
    head_dim: usize,
    device: &Device,
) -> Result<Kind> {
    let keys = first + rows;
    let window = attention.window.unwrap_or(usize::MAX);
    let mut mask = vec![HIDDEN; trees.len() * rows * keys];
    let (mut cos, mut sin) = (Vec::new(), Vec::new());
    for (tree, mask) in trees.iter().zip(mask.chunks_exact_mut(rows * keys)) {
        for (row, mask) in mask.chunks_exact_mut(keys).enumerate() {
            let node = first + row;
            // Padding sees itself, so that its softmax is finite.
            mask[node] = 0.0;
            let mut key = if node < tree.len() { tree.parents[node] } else { NO_PARENT };
            while key != NO_PARENT && tree.positions[node] - tree.positions[key] < window {
                mask[key] = 0.0;
                key = tree.parents[key];
            }
        }
        let mut positions = tree.positions[first..].to_vec();
        positions.resize(rows, 0);
        let rotation = Rotation::new(attention, head_dim, &positions);
        let (tree_cos, tree_sin) = rotation.tables();
        cos.extend_from_slice(tree_cos);
        sin.extend_from_slice(tree_sin);
    }
    let angles = (trees.len(), 1, rows, head_dim / 2);
    Ok(Kind {
        mask: Tensor::from_vec(mask, (trees.len(), 1, rows, keys), device)?,
        cos: Tensor::from_vec(cos, angles, device)?,
        sin: Tensor::from_vec(sin, angles, device)?,
    })
}

/// Panics unless the job fits the model: indices beyond a table are not caught on a device.
fn check(job: &Job, config: &DecoderConfig) {
    job.check(config);
    let tree = job.tree;
    let targets = (0..tree.prompts() * tree.labels).flat_map(|cell| tree.reads(cell / tree.labels, cell % tree.labels));
    for token in tree.tokens.iter().copied().chain(targets.map(|read| read.target)) {
        assert!((token as usize) < config.vocab, "token {token} is not in the vocabulary of {}", config.vocab);
    }
}
