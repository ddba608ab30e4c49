//! The words of a prompt: role, rules, payoff table, question, answer format, last round.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a completion becomes an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecisionMode {
    /// The labels' probabilities are renormalised to sum to 1; there are no illegal completions.
    #[default]
    Constrained,
    /// Whatever mass the labels do not hold is an illegal completion and earns `illegal_reward`.
    Free,
}

/// In which order the prompt lists the labels or the table's rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Order {
    /// Always the game's own order.
    #[default]
    Fixed,
    /// Drawn for every decision.
    Shuffled,
    /// Every order equally often: order i for the i-th seat an agent takes in a tick, in turn.
    Counterbalanced,
}

/// How LLM agents are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PromptConfig {
    /// One label per action of the game, in the game's order.
    pub labels: Vec<String>,
    /// The order in which labels are listed.
    pub label_order: Order,
    /// The order of the payoff table's rows and columns.
    pub row_order: Order,
    /// How a completion becomes an action.
    pub decision: DecisionMode,
    /// Reward of an illegal completion, in place of every term.
    pub illegal_reward: f64,
    /// The system message; none: the model's own default.
    pub system: Option<String>,
    /// A paragraph put before the rules, such as a persona.
    pub persona: Option<String>,
    /// The other player's name in the text.
    pub opponent: String,
    /// Text that opens the assistant's turn, before the label.
    pub prefill: String,
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self {
            labels: vec!["action1".into(), "action2".into()],
            label_order: Order::Fixed,
            row_order: Order::Fixed,
            decision: DecisionMode::Constrained,
            illegal_reward: -6.0,
            system: None,
            persona: None,
            opponent: "agent A".into(),
            prefill: String::new(),
        }
    }
}
