//! The device engine: the decoder over candle tensors, for many agents at once. It says what the CPU engine says, in the
//! same types, on a GPU.
//!
//! The trees of several agents are padded to one size and go through the frozen base in one product per matrix; their
//! low-rank products are grouped, one per agent. Forward and backward are written out by hand, layer by layer, as on the
//! CPU: candle's automatic gradients would keep every intermediate tensor and compute gradients that nobody needs. All of
//! it also runs on candle's CPU device, which is how it is tested where there is no GPU.

mod adapters;
mod backward;
mod batch;
mod forward;
mod memory;
mod ops;
mod weights;

use super::precision::Precision;
use super::{Job, Slopes};
use crate::llm::decoder::{BaseModel, LayerAttention};
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::{Agent, FrozenPrefix, Gradient, Keep, TreeScores};
use crate::llm::tree::PromptTree;
use candle_core::Device;
use memory::Sizes;
use std::sync::Arc;

/// Why a device cannot be used or failed.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The build has no CUDA.
    #[error(
        "--device cuda:{ordinal}: this build computes on the CPU only; build with `--features cuda`, or use --device cpu"
    )]
    NotBuilt {
        /// The card asked for.
        ordinal: usize,
    },
    /// The card does not answer.
    #[error("--device cuda:{ordinal}: no such device answers ({problem}); use --device cpu, or check the driver")]
    Absent {
        /// The card asked for.
        ordinal: usize,
        /// What the driver said.
        problem: String,
    },
    /// Something in the scenario is the CPU's.
    #[error("--device {name}: {what} on the CPU only; use --device cpu")]
    CpuOnly {
        /// The device asked for.
        name: String,
        /// What it is, and does.
        what: &'static str,
    },
    /// An operation failed on a device that was there.
    #[error("the device failed: {problem}{}", memory_hint(problem))]
    Failed {
        /// What the driver or a library said.
        problem: String,
    },
}

impl DeviceError {
    /// Whether the command line asked for what this build cannot do, whatever the machine.
    pub fn is_wrong_input(&self) -> bool {
        matches!(self, Self::NotBuilt { .. })
    }
}

impl From<candle_core::Error> for DeviceError {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed { problem: root_cause(&error) }
    }
}

/// The first line of an error: candle puts a backtrace after it where backtraces are on.
fn root_cause(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

fn memory_hint(problem: &str) -> &'static str {
    let problem = problem.to_lowercase();
    let words = ["out_of_memory", "out of memory", "alloc_failed"];
    if words.iter().any(|word| problem.contains(word)) {
        "; it ran out of memory: give its batches less with --device-memory"
    } else {
        ""
    }
}

/// What a forward over some jobs leaves for the backward over the same jobs.
#[derive(Debug, Default)]
pub struct Kept {
    batches: Vec<(batch::Batch, Option<forward::Tape>)>,
    jobs: usize,
}

/// A base model on a device.
#[derive(Debug)]
pub struct DeviceEngine {
    model: Arc<BaseModel>,
    weights: weights::DeviceWeights,
    device: Device,
    precision: Precision,
    /// Bytes that activations may take.
    budget: u64,
    /// The distinct attention settings of the model's layers.
    kinds: Vec<LayerAttention>,
    /// Which of them each layer has.
    kind_of: Vec<usize>,
}

impl DeviceEngine {
    /// Copies `model` to `device`. `budget` limits the bytes that activations take there; `None`: a share of what is free
    /// once the weights are there.
    pub fn new(
        model: Arc<BaseModel>,
        device: Device,
        precision: Precision,
        budget: Option<u64>,
    ) -> Result<Self, DeviceError> {
        let weights = weights::DeviceWeights::new(&model, precision, &device)?;
        let CpuEngine { kinds, kind_of, .. } = CpuEngine::new(model.clone());
        let budget = match budget {
            Some(bytes) => bytes,
            None => memory::budget(&device)?,
        };
        Ok(Self { model, weights, device, precision, budget, kinds, kind_of })
    }

    /// Card 0, 1, … of this machine.
    pub fn cuda(ordinal: usize) -> Result<Device, DeviceError> {
        if !cfg!(feature = "cuda") {
            return Err(DeviceError::NotBuilt { ordinal });
        }
        Device::new_cuda(ordinal).map_err(|error| DeviceError::Absent { ordinal, problem: root_cause(&error) })
    }

    /// The base model.
    pub fn model(&self) -> &BaseModel {
        &self.model
    }

    /// Number format of the weights.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Bytes that activations may take.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// Log-probabilities of every label after every prompt, and values, for every job.
    ///
    /// With `keep` other than [`Keep::Nothing`] activations are kept for [`DeviceEngine::backward`], batch by batch as far as
    /// the budget goes; what does not fit is computed a second time there.
    ///
    /// # Panics
    /// If a token is not in the vocabulary, or an agent's parts do not fit the model or its tree.
    pub fn forward(&self, jobs: &[Job], keep: Keep) -> Result<(Vec<TreeScores>, Kept), DeviceError> {
        let config = &self.model.config;
        let mut scores = vec![TreeScores { label_log_probs: vec![], values: vec![], hidden: vec![] }; jobs.len()];
        let mut kept = Kept { batches: Vec::new(), jobs: jobs.len() };
        let mut held = 0;
        for batch in batch::plan(jobs, config, self.budget) {
            let bytes = Sizes::new(&batch, jobs).bytes(config, true);
            let fits = held + bytes <= self.budget;
            let keep = if fits { keep } else { Keep::Nothing };
            let (found, tape) = self.run(&batch, jobs, keep)?;
            for (&job, found) in batch.iter().zip(found) {
                scores[job] = found;
            }
            held += if tape.is_some() { bytes } else { 0 };
            kept.batches.push((batch, tape));
        }
        Ok((scores, kept))
    }

    /// The gradient of a loss for every job, given its derivatives by what the forward over the same jobs said.
    ///
    /// # Panics
    /// If `kept` is of other jobs, or a job's derivatives have the wrong length.
    pub fn backward(&self, jobs: &[Job], kept: Kept, slopes: &[Slopes]) -> Result<Vec<Gradient>, DeviceError> {
        assert_eq!(
            (kept.jobs, slopes.len()),
            (jobs.len(), jobs.len()),
            "backward needs the jobs of the forward before it"
        );
        for (job, slopes) in jobs.iter().zip(slopes) {
            let (prompts, labels) = (job.tree.prompts(), job.tree.labels);
            assert_eq!(slopes.log_probs.len(), prompts * labels, "one derivative for each prompt and label");
            assert!(
                slopes.values.is_empty() || slopes.values.len() == prompts,
                "one derivative for each prompt's value"
            );
        }
        let mut gradients: Vec<Gradient> = jobs.iter().map(|job| Gradient::zeros(&job.agent)).collect();
        // Batches with a tape first: each frees memory that those without need for theirs.
        let (taped, bare): (Vec<_>, Vec<_>) = kept.batches.into_iter().partition(|(_, tape)| tape.is_some());
        for (batch, tape) in taped.into_iter().chain(bare) {
            let tape = match tape {
                Some(tape) => tape,
                None => self.run_again(&batch, jobs)?,
            };
            for (&job, gradient) in batch.iter().zip(self.batch_backward(&batch, jobs, &tape, slopes)?) {
                gradients[job] = gradient;
            }
        }
        Ok(gradients)
    }

    /// A forward for a backward, recomputing layers where even one batch's activations are too many.
    fn run_again(&self, batch: &[usize], jobs: &[Job]) -> Result<forward::Tape, DeviceError> {
        let fits = Sizes::new(batch, jobs).bytes(&self.model.config, true) <= self.budget;
        let keep = if fits { Keep::Everything } else { Keep::Residuals };
        let (_, tape) = self.run(batch, jobs, keep)?;
        Ok(tape.expect("a forward that keeps leaves a tape"))
    }

    /// Runs `tokens` through the frozen base and keeps their keys and values.
    pub fn freeze_prefix(&self, tokens: &[u32]) -> Result<FrozenPrefix, DeviceError> {
        let layers = self.model.config.layers();
        if tokens.is_empty() {
            let (keys, values) = (vec![Vec::new(); layers], vec![Vec::new(); layers]);
            return Ok(FrozenPrefix { tokens: Vec::new(), keys, values });
        }
        // The label is never run: its one token has no node.
        let tree = PromptTree::new(&[tokens.to_vec()], &[vec![0]]);
        let job = Job { tree: &tree, agent: Agent::default() };
        let (keys, values) = self.keys_and_values(&job)?;
        Ok(FrozenPrefix { tokens: tokens.to_vec(), keys, values })
    }
}
