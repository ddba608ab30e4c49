//! Scores prompts with whichever engine there is, for readers of a model: nothing is kept to learn from.

use crate::llm::engine::Job;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::device::{DeviceEngine, DeviceError};
use crate::llm::engine::{Agent, Keep, TreeScores};
use crate::llm::lora::Adapter;
use crate::llm::tree::PromptTree;

/// A base model, ready to be read.
#[derive(Clone, Copy, Debug)]
pub struct Scorer<'a> {
    /// The CPU's engine.
    pub engine: &'a CpuEngine,
    /// The device's; `None`: the CPU runs the model.
    pub device: Option<&'a DeviceEngine>,
    /// Threads of one pass on the CPU.
    pub threads: usize,
}

impl Scorer<'_> {
    /// Scores `tree`, whose prompts all begin with the tokens `frozen`, which the base reads without the adapter (activated
    /// LoRA); empty: the adapter acts everywhere.
    pub fn score(
        &self,
        tree: &PromptTree,
        adapter: Option<&Adapter>,
        frozen: &[u32],
    ) -> Result<TreeScores, DeviceError> {
        let freeze = || match self.device {
            Some(device) => device.freeze_prefix(frozen),
            None => Ok(self.engine.freeze_prefix(frozen, self.threads)),
        };
        let prefix = (!frozen.is_empty()).then(freeze).transpose()?;
        let agent = Agent { adapter, prefix: prefix.as_ref(), value_head: None };
        match self.device {
            Some(device) => Ok(device.forward(&[Job { tree, agent }], Keep::Nothing)?.0.remove(0)),
            None => Ok(self.engine.forward(tree, &agent, Keep::Nothing, self.threads, &mut Workspace::new())),
        }
    }

    /// Scores the one prompt `tokens` of `tree`: an activated adapter acts from its tokens on, and not at all where they do
    /// not occur.
    pub fn score_one(
        &self,
        tree: &PromptTree,
        tokens: &[u32],
        adapter: Option<&Adapter>,
    ) -> Result<TreeScores, DeviceError> {
        let acting = adapter.and_then(|adapter| adapter.acts_from(tokens).map(|first| (adapter, first)));
        match acting {
            Some((adapter, first)) => self.score(tree, Some(adapter), &tokens[..first]),
            None => self.score(tree, None, &[]),
        }
    }
}
