//! Which base model the LLM agents share.

use crate::llm::files::random::RandomShape;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The base model of the LLM agents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum ModelSpec {
    /// A model from the registry (`sim models list`).
    Named(String),
    /// A local directory with config.json, tokenizer.json and safetensors, or a GGUF file.
    Path(String),
    /// A repository of the Hugging Face Hub, optionally at a revision and with a GGUF file name.
    Hub {
        /// `owner/name`.
        repository: String,
        /// Branch, tag or commit.
        #[serde(default = "default_revision")]
        revision: String,
        /// A GGUF file of the repository; default: its safetensors.
        #[serde(default)]
        file: Option<String>,
    },
    /// Random weights of any shape, with a byte tokenizer: for benchmarks where real weights are not available.
    Random(RandomShape),
}

fn default_revision() -> String {
    "main".into()
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self::Named("smollm2-135m-instruct".into())
    }
}

/// Memory that a run may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MemorySpec {
    /// Nine tenths of the memory that the machine has free at the start. Learners keep the passes they played by until
    /// they learn from them if that takes at most 2 GiB; otherwise they take turns, one per thread, which takes about
    /// half as long again.
    #[default]
    Auto,
    /// At most this many GiB, weights included; the run takes the fastest way that fits.
    GiB(f64),
}
