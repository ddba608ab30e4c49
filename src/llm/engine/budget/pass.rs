//! How large a workspace will become, worked out from sizes alone, before anything is run.

use crate::llm::decoder::Group;
use crate::llm::decoder::{DecoderConfig, LayerAttention};
use crate::llm::engine::Keep;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::cpu::kernels::attention::BLOCK_ROWS;
use crate::llm::engine::cpu::kernels::plan::Plan;
use crate::llm::lora::LoraConfig;
use crate::llm::tree::PromptTree;

/// Everything about a base model that determines memory: all but its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelShape {
    /// Sizes and switches.
    pub config: DecoderConfig,
    /// Whether branches are normed before they join the residual stream (Gemma 2, 3).
    pub post_norms: bool,
    /// Whether the matrix of logits is separate from the embedding.
    pub untied: bool,
}

impl ModelShape {
    /// Bytes of the frozen weights in f32.
    pub fn weight_bytes(&self) -> u64 {
        let config = &self.config;
        let [hidden, vocab, layers, mlp] =
            [config.hidden, config.vocab, config.layers(), config.intermediate].map(|n| n as u64);
        let attention = (2 * (config.heads + config.kv_heads) * config.head_dim) as u64;
        let norms = hidden * (2 + 2 * u64::from(self.post_norms));
        let matrices = vocab * hidden * (1 + u64::from(self.untied));
        4 * (layers * (hidden * (attention + 3 * mlp) + norms) + matrices + hidden)
    }

    /// Bytes of one token's keys and values in all layers.
    pub fn past_bytes(&self) -> u64 {
        (4 * 2 * self.config.layers() * self.config.kv_heads * self.config.head_dim) as u64
    }

    /// Parameters of an adapter.
    pub fn adapter_params(&self, adapter: &LoraConfig) -> u64 {
        let wide = |projection| {
            let (rows, columns) = self.config.shape(projection);
            (rows + columns) as u64
        };
        let per_rank: u64 = adapter.targets.iter().map(|&target| wide(target)).sum();
        per_rank * (adapter.rank * self.config.layers()) as u64
    }
}

/// The sizes of one pass over a tree that determine its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassSize {
    /// Nodes after the frozen prefix.
    pub rows: usize,
    /// Length of the frozen prefix.
    pub first: usize,
    /// Rows whose logits are read.
    pub reads: usize,
    /// The largest number of scores that one head has in a block of rows.
    pub block: usize,
    /// Numbers in the masks of all blocks, over all kinds of layers.
    pub masks: usize,
}

impl PassSize {
    /// The sizes of a pass over the nodes of `tree` from `first` on.
    pub fn of(tree: &PromptTree, first: usize, config: &DecoderConfig) -> Self {
        let mut windows: Vec<Option<usize>> = Vec::new();
        for LayerAttention { window, .. } in &config.attention {
            if !windows.contains(window) {
                windows.push(*window);
            }
        }
        let plans: Vec<Plan> = windows.iter().map(|&window| Plan::new(tree, first, window, BLOCK_ROWS)).collect();
        Self {
            rows: tree.len() - first,
            first,
            reads: tree.logit_nodes.len(),
            block: plans.iter().map(Plan::largest).max().unwrap_or(0),
            masks: plans.iter().flat_map(|plan| &plan.blocks).map(|block| block.mask.len()).sum(),
        }
    }

    /// The sizes of a pass over a tree that has grown by at most `more` nodes, `reads` of which are read.
    pub fn grown(&self, more: usize, reads: usize) -> Self {
        let rows = self.rows + more;
        // A block may come to see every node.
        Self {
            rows,
            first: self.first,
            reads: self.reads + reads,
            block: BLOCK_ROWS.min(rows) * (self.first + rows),
            masks: self.masks + more * (self.first + rows),
        }
    }

    /// Sizes that suffice for both passes, run one after the other with the same buffers.
    pub fn or(&self, other: &Self) -> Self {
        // Keys are first + rows: the prefix of one pass must not be lost to the larger number of rows of the other.
        let keys = (self.first + self.rows).max(other.first + other.rows);
        let rows = self.rows.max(other.rows);
        Self {
            rows,
            first: keys - rows,
            reads: self.reads.max(other.reads),
            block: self.block.max(other.block),
            masks: self.masks.max(other.masks),
        }
    }

    /// Bytes that a pass holds besides its workspace: the masks, and the angles of every row.
    pub fn passing_bytes(&self, model: &ModelShape) -> u64 {
        (4 * (self.masks + 2 * self.rows * model.config.head_dim)) as u64
    }
}

/// Largest value of `of` over the groups of projections.
fn largest(of: impl Fn(Group) -> usize) -> usize {
    [Group::Attention, Group::Output, Group::Mlp, Group::Down].into_iter().map(of).max().unwrap_or(0)
}

impl Workspace {
    /// Predicts what [`Workspace::bytes`] says after a forward of this size, and after a backward if `keep` lets one
    /// follow.
    ///
    /// It is exact to within a few bytes, for an adapter that acts on the same projections in every layer and a
    /// workspace that starts empty.
    pub fn predict(
        size: &PassSize,
        model: &ModelShape,
        adapter: Option<&LoraConfig>,
        keep: Keep,
        threads: usize,
    ) -> usize {
        let (config, backward) = (&model.config, keep != Keep::Nothing && adapter.is_some());
        let (rows, reads, layers) = (size.rows, size.reads, config.layers());
        let (hidden, mlp) = (config.hidden, config.intermediate);
        let (queries, keys) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
        let projected = queries + 2 * keys;
        let post = usize::from(model.post_norms);
        let ranks = |group: Group| {
            let adapted = |adapter: &LoraConfig| {
                adapter.rank * group.projections().iter().filter(|p| adapter.targets.contains(p)).count()
            };
            adapter.map_or(0, adapted)
        };
        // Rows from attention's output on: in the last layer, only those that are read.
        let tape = |out: usize| {
            let whole = projected + 2 * queries + ranks(Group::Attention);
            let rest = ranks(Group::Output) + ranks(Group::Mlp) + ranks(Group::Down);
            rows * whole + 2 * keys * (size.first + rows) + out * (hidden * (1 + 2 * post) + 2 * mlp + rest)
        };
        let wide = if layers > 1 { rows } else { reads };
        let (residuals, tapes) = match keep {
            Keep::Nothing => ((rows + wide) * hidden, tape(wide)),
            Keep::Residuals => ((layers * rows + reads) * hidden, tape(wide)),
            Keep::Everything => ((layers * rows + reads) * hidden, (layers - 1) * tape(rows) + tape(reads)),
        };
        let scores = if backward { 3 } else { 2 } * size.block * (config.heads / config.kv_heads);
        let at_once = if threads > 1 { config.kv_heads } else { 1 };
        let stacked = largest(|group| ranks(group) * config.shape(group.projections()[0]).1);
        let mut scratch =
            (rows * hidden).max(wide * mlp) + reads * hidden + rows * queries + scores * at_once + stacked;
        let mut head = reads * (hidden + config.vocab);
        if backward {
            let again = keep == Keep::Residuals && layers > 1;
            let d_output = if model.post_norms || again { wide * hidden } else { 0 };
            let d_input = (wide * mlp).max(rows * queries).max(rows * hidden);
            let d_low_rank = largest(|group| ranks(group) * if group == Group::Attention { rows } else { wide });
            scratch += rows * hidden + d_output + d_input + wide * 2 * mlp + rows * projected;
            scratch += 2 * rows * queries + 2 * rows * keys + d_low_rank + stacked;
            head += reads * hidden;
        }
        // A collected list has room for a few entries even if it holds fewer.
        size_of::<f32>() * (residuals + tapes + scratch + head) + size_of::<f64>() * reads.max(4)
    }
}
