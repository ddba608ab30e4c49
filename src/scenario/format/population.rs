//! Who plays: populations, how their members decide, and what teaches them.

use super::{LearnerSpec, ModelSpec, RewardSpec, TermSpec};
use crate::learning::exact::Estimator;
use crate::llm::lora::LoraConfig;
use crate::params::Params;
use crate::policies::llm::prompt::PromptConfig;
use crate::policies::network::q_network::QNetworkConfig;
use crate::policies::remote::RemoteConfig;
use crate::policies::scripted::StrategySpec;
use crate::policies::tabular::q_learning::QLearningConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Agents that share policy kind, learner and rewards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopulationSpec {
    /// Name in outputs; unique.
    pub name: String,
    /// Number of members.
    #[serde(default = "default_count")]
    pub count: u32,
    /// First tick in which members play; before it, nobody meets them.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(extend("default" = 0))]
    pub joins: u32,
    /// First tick in which they no longer play; `None`: they stay to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<u32>,
    /// How members decide.
    pub policy: PolicySpec,
    /// How members learn; `None`: they stay as they are.
    #[serde(default)]
    pub learner: Option<LearnerSpec>,
    /// What the learner's updates are made of. `Exact`: expected returns, computed from the probabilities of both
    /// players, so that gradients have no sampling noise; for language models in two-player games against opponents
    /// that depend on the last round alone. Matches are still played, for the tables.
    #[serde(default)]
    pub estimator: Estimator,
    /// What members are rewarded for; the terms are summed. Default: the payoff alone.
    #[serde(default = "default_rewards")]
    pub rewards: Vec<RewardSpec>,
}

/// Scenarios without a field are resolved as they were before there was one.
fn is_zero(tick: &u32) -> bool {
    *tick == 0
}

fn default_quantised() -> bool {
    true
}

fn default_count() -> u32 {
    1
}

fn default_rewards() -> Vec<RewardSpec> {
    vec![RewardSpec { term: TermSpec::Payoff, weight: 1.0, from: 0, until: None, ramp: 0, fade: 0 }]
}

/// How the members of a population decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PolicySpec {
    /// A scripted strategy.
    Scripted(StrategySpec),
    /// A tabular Q-learner: plays by a table of values and updates it after every round.
    QLearning(QLearningConfig),
    /// Two small networks: one plays by the opponent's last move, one picks partners; both learn after every tick.
    QNetwork(QNetworkConfig),
    /// A language model with a low-rank adapter for each member.
    Llm {
        /// Shape of the adapter.
        #[serde(default)]
        adapter: LoraConfig,
        /// Makes the adapter act only from the end of the start that all prompts share, which the frozen base reads
        /// once for all agents (activated LoRA, Greenewald et al. 2025): much faster, with a little less to learn with.
        /// Saved as PEFT's aLoRA.
        #[serde(default)]
        activated: bool,
        /// A directory with a saved PEFT adapter to start from; its own shape replaces `adapter`.
        #[serde(default)]
        from: Option<String>,
        /// How this population is asked; default: the scenario's `prompt`.
        #[serde(default)]
        prompt: Option<PromptConfig>,
    },
    /// A model behind an OpenAI-compatible server, which never learns.
    Remote(RemoteConfig),
    /// A language model that does not learn, of any architecture that the program can run, and not necessarily the
    /// run's `model`. It is asked every prompt once, before the run, and plays by those answers; agents and populations
    /// with the same model share it.
    Frozen {
        /// The model.
        model: ModelSpec,
        /// Multiplies the blocks of a GGUF file as they are: less memory, slightly other probabilities. `false`: they
        /// are dequantised, as those of the run's `model` are. Safetensors are not affected.
        #[serde(default = "default_quantised")]
        quantised: bool,
        /// How this population is asked; default: the scenario's `prompt`. Not by `decision: Generate`.
        #[serde(default)]
        prompt: Option<PromptConfig>,
    },
    /// A policy that a plugin registered under this name.
    Custom {
        /// The registered name.
        name: String,
        /// Parameters for the plugin, in fields that it defines: `params: (benefit: 4.0)`.
        #[serde(default)]
        #[schemars(extend("x-params" = "policies"))]
        params: Params,
    },
}
