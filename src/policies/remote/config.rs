//! How a population of remote players is described in a scenario.

use crate::policies::llm::prompt::PromptConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The environment variable that holds the key, unless a scenario names another.
const KEY_ENV: &str = "OPENAI_API_KEY";

/// Players that are asked through an OpenAI-compatible server; they never learn.
///
/// Under `decision: Constrained` and `Free`, the server is asked once per prompt for the log-probabilities of its
/// likeliest tokens, and the players' tables are made of them. Under `Generate`, it is asked for one completion per
/// decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RemotePlayer")]
pub struct RemoteConfig {
    /// Base address of the server; `/chat/completions` is added to it.
    pub url: String,
    /// The model, as the server calls it.
    pub model: String,
    /// How this population is asked; default: the scenario's `prompt`.
    #[serde(default)]
    pub prompt: Option<PromptConfig>,
    /// Name of the environment variable that holds the server's key. If it is not set, or `""`, none is sent. The key
    /// itself is nowhere written.
    #[serde(default = "default_key_env")]
    pub key_env: String,
    /// Whether a key may be sent over plain http to another machine.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// How label probabilities are read from log-probabilities.
    #[serde(default)]
    pub log_probs: LogProbConfig,
    /// Whether each request for a completion carries a seed, drawn for its decision; not all servers take one.
    #[serde(default = "default_seeds")]
    pub seeds: bool,
    /// What the server calls the longest completion.
    #[serde(default)]
    pub limit: LimitField,
    /// Further fields of every request, as a JSON object, such as
    /// `{"chat_template_kwargs": {"enable_thinking": false}}`.
    #[serde(default)]
    pub extra: String,
}

fn default_key_env() -> String {
    KEY_ENV.into()
}

fn default_seeds() -> bool {
    true
}

/// How label probabilities are read from a server's log-probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogProbConfig {
    /// How many of the likeliest tokens the server is asked for at each position; many allow at most 20.
    pub top: u32,
    /// Count a label from the first token that begins it and no other label, instead of the whole label: for labels of
    /// several tokens that differ from the first on, whose other tokens a server does not tell.
    pub begun: bool,
    /// The most probability that may be unknown: a label that the server does not list is taken to hold all that it can
    /// hold, if that is at most this; otherwise the run stops. 0: every label must be listed.
    pub unlisted: f64,
}

impl Default for LogProbConfig {
    fn default() -> Self {
        Self { top: 20, begun: false, unlisted: 0.0 }
    }
}

/// The field of a request that limits the completion's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LimitField {
    /// `max_tokens`, as almost everywhere.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`, as newer models of OpenAI demand.
    MaxCompletionTokens,
}
