//! The device engine: the decoder over candle tensors, for many agents at once. It computes what the CPU engine
//! computes, in the same types, on a GPU.
//!
//! The trees of several agents are padded to one size and go through the frozen base in one product per matrix; their
//! low-rank products are grouped, one per agent. Forward and backward are written out by hand, layer by layer, as on
//! the CPU: candle's automatic gradients would keep every intermediate tensor and compute gradients that are never
//! needed. All of it also runs on candle's CPU device, which is how it is tested where there is no GPU.

mod adapters;
mod backward;
mod batch;
mod engine;
mod error;
mod forward;
mod memory;
mod ops;
mod weights;

pub use engine::DeviceEngine;
pub use error::DeviceError;
pub use memory::free_memory;

use super::{Job, Slopes};
use crate::llm::engine::{Agent, FrozenPrefix, Gradient, Keep, TreeScores};
use crate::llm::tree::PromptTree;
use memory::Sizes;

/// What a forward over some jobs leaves for the backward over the same jobs.
#[derive(Debug, Default)]
pub struct Kept {
    batches: Vec<(batch::Batch, Option<forward::Tape>)>,
    jobs: usize,
}

impl Kept {
    /// Number of jobs that it belongs to.
    pub(super) fn jobs(&self) -> usize {
        self.jobs
    }
}

impl DeviceEngine {
    /// Log-probabilities of every label after every prompt, and values, for every job.
    ///
    /// With `keep` other than [`Keep::Nothing`], activations are kept for [`DeviceEngine::backward`], batch by batch as
    /// far as the budget goes; what does not fit is computed a second time there.
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

    /// The gradient of a loss for every job, given its derivatives with respect to what the forward over the same jobs
    /// said.
    ///
    /// # Panics
    /// If `kept` belongs to other jobs, or a job's derivatives have the wrong length.
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

    /// Runs a forward for a backward, one that recomputes layers where even one batch's activations are too many.
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
        Ok(self.keys_and_values(&job)?)
    }
}
