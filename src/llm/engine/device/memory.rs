//! How much device memory a batch needs, and how much of it batches may take.

use super::DeviceError;
use crate::llm::decoder::DecoderConfig;
use crate::llm::engine::Job;
use candle_core::Device;

/// Share of the memory left after the weights that activations may take. The rest is for what the estimate leaves out:
/// the matrix library's workspace, kernels, and the allocator's gaps.
const ACTIVATION_SHARE: f64 = 0.6;

/// Budgets are whole multiples of this, so that a few megabytes used by others do not change the batches, and with them
/// the last bits of the results.
const BUDGET_STEP: u64 = 1 << 28;

/// What activations may take where the device is the machine's own memory, as in tests.
const HOST_BUDGET: u64 = 1 << 30;

/// The sizes of a batch that determine its memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub agents: usize,
    /// Rows of each agent, padding included.
    pub rows: usize,
    /// Length of the frozen prefix.
    pub first: usize,
    /// Rows of logits, over all agents.
    pub reads: usize,
    /// Parameters of one agent's adapter.
    pub params: usize,
    /// Rank of the adapters.
    pub rank: usize,
}

impl Sizes {
    /// The sizes of the jobs with these indices.
    pub(super) fn new(batch: &[usize], jobs: &[Job]) -> Self {
        let first = jobs[batch[0]].agent.prefix.map_or(0, |prefix| prefix.tokens.len());
        let adapter = jobs[batch[0]].agent.adapter;
        Self {
            agents: batch.len(),
            rows: batch.iter().map(|&i| jobs[i].tree.len()).max().unwrap_or(0) - first,
            first,
            reads: batch.iter().map(|&i| jobs[i].tree.logit_nodes.len()).sum(),
            params: adapter.map_or(0, |adapter| adapter.params.len()),
            rank: adapter.map_or(0, |adapter| adapter.config.rank),
        }
    }

    /// Bytes of a forward and, with `kept`, of its activations and a backward.
    pub(super) fn bytes(&self, config: &DecoderConfig, kept: bool) -> u64 {
        let queries = config.heads * config.head_dim;
        let projected = queries + 2 * config.kv_heads * config.head_dim;
        // Per row of one layer: inputs of both norms, both branches' outputs, projections before and after head norms
        // and rotation, attention's output, gates and ups, low-rank rows.
        let layer = 4 * config.hidden + 2 * projected + queries + 2 * config.intermediate + 7 * self.rank;
        // Per row, only while one layer is at work: gradients of the same, and scores four times over.
        let at_work = 2 * layer + 2 * config.intermediate + 4 * config.heads * (self.first + self.rows);
        let layers = if kept { config.layers() } else { 1 };
        let rows = self.agents * self.rows * (layers * layer + at_work);
        let reads = self.reads * (4 * config.vocab + 6 * config.hidden);
        let masks = 2 * self.agents * self.rows * (self.first + self.rows);
        let adapters = 4 * self.agents * self.params;
        (size_of::<f32>() * (rows + reads + masks + adapters)) as u64
    }
}

/// Bytes that activations may take on `device` once the weights are there.
pub(super) fn budget(device: &Device) -> Result<u64, DeviceError> {
    let Some(free) = free_memory(device)? else { return Ok(HOST_BUDGET) };
    Ok(((free as f64 * ACTIVATION_SHARE) as u64 / BUDGET_STEP).max(1) * BUDGET_STEP)
}

/// Bytes that `device` can still give out; `None` for the machine's own memory.
///
/// # Errors
/// If the device does not answer.
#[cfg(feature = "cuda")]
pub fn free_memory(device: &Device) -> Result<Option<u64>, DeviceError> {
    let Device::Cuda(cuda) = device else { return Ok(None) };
    let stream = cuda.cuda_stream();
    let (free, _) = stream.context().mem_get_info().map_err(candle_core::Error::wrap)?;
    Ok(Some(free as u64))
}

/// Bytes that `device` can still give out; `None` for the machine's own memory, which is all there is without CUDA.
///
/// # Errors
/// None: the signature is that of a build with CUDA.
#[cfg(not(feature = "cuda"))]
pub fn free_memory(_device: &Device) -> Result<Option<u64>, DeviceError> {
    Ok(None)
}
