//! How LLM agents are asked: everything about a prompt that a scenario can say.

use crate::games::{Action, Observation};
pub(super) use crate::learning::outcomes::DecisionMode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest tokens of the supported families are runs of blanks.
const TOKEN_BYTES_MAX: usize = 128;
/// " Before this round you said … and … said …."
const QUOTING_WORDS_BYTES: usize = 64;

/// How completions are decoded under `decision: Generate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GenerationConfig {
    /// Divisor of the logits; 0 takes the likeliest token. Learners need 1.
    pub temperature: f64,
    /// Draw only from the likeliest tokens that together hold this mass. Learners need 1.
    pub top_p: f64,
    /// Longest completion, in tokens.
    pub max_new_tokens: u32,
    /// Texts that end a completion wherever they appear; they and what follows are not read. The model's own end of
    /// turn always ends it.
    pub stop: Vec<String>,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self { temperature: 1.0, top_p: 1.0, max_new_tokens: 16, stop: vec!["\n".into()] }
    }
}

/// How messages to the opponent are decoded and quoted, under `talk: 1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MessageConfig {
    /// Divisor of the logits; 0 takes the likeliest token. Learners need 1.
    pub temperature: f64,
    /// Draw only from the likeliest tokens that together hold this mass. Learners need 1.
    pub top_p: f64,
    /// Longest message, in tokens.
    pub max_new_tokens: u32,
    /// Texts that end a message wherever they appear; they and what follows are not read. The model's own end of turn
    /// always ends it.
    pub stop: Vec<String>,
    /// Longest quote, in characters; what goes beyond is cut off.
    pub characters: u32,
}

impl Default for MessageConfig {
    fn default() -> Self {
        Self { temperature: 1.0, top_p: 1.0, max_new_tokens: 24, stop: vec!["\n".into()], characters: 160 }
    }
}

impl MessageConfig {
    /// How the tokens are drawn.
    pub fn generation(&self) -> GenerationConfig {
        let Self { temperature, top_p, max_new_tokens, ref stop, .. } = *self;
        GenerationConfig { temperature, top_p, max_new_tokens, stop: stop.clone() }
    }
}

/// The order in which the prompt lists the labels, or the table's rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Order {
    /// Always the game's own order.
    #[default]
    Fixed,
    /// Drawn for every decision.
    Shuffled,
    /// Every order equally often, also against each opponent: the order moves on by one with each seat that an agent
    /// takes in a tick, and with each tick.
    Counterbalanced,
}

/// How the payoff table is turned, on top of the order of its rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TableLayout {
    /// Rows and columns as ordered.
    #[default]
    Original,
    /// Columns in reverse.
    ColumnsSwapped,
    /// Rows in reverse.
    RowsSwapped,
    /// Both in reverse.
    Reversed,
}

impl TableLayout {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::ColumnsSwapped => "columns_swapped",
            Self::RowsSwapped => "rows_swapped",
            Self::Reversed => "reversed",
        }
    }

    /// `order` as it appears in rows and in columns.
    pub(super) fn rows_and_columns(self, order: &[Action]) -> (Vec<Action>, Vec<Action>) {
        let turned = |turn: bool| {
            let mut order = order.to_vec();
            if turn {
                order.reverse();
            }
            order
        };
        let rows = matches!(self, Self::RowsSwapped | Self::Reversed);
        let columns = matches!(self, Self::ColumnsSwapped | Self::Reversed);
        (turned(rows), turned(columns))
    }
}

/// The wording in which LLM agents are asked. All but `Structured` are for games of two players.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Phrasing {
    /// Rules, a payoff table, the question, the last round.
    #[default]
    Structured,
    /// The same in full sentences, about a friend.
    Plain,
    /// A story about a shared flat that means a social dilemma and gives no numbers.
    Story,
    /// The game by its name, without payoffs.
    Explicit,
    /// A game without payoffs or last round.
    NoPayoffs,
    /// A bare choice between the labels.
    BareChoice,
    /// A game without payoffs, and the opponent's last action.
    LastMoveOnly,
}

impl Phrasing {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structured => "structured",
            Self::Plain => "plain",
            Self::Story => "story",
            Self::Explicit => "explicit",
            Self::NoPayoffs => "no_payoffs",
            Self::BareChoice => "bare_choice",
            Self::LastMoveOnly => "last_move_only",
        }
    }
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
    /// How the table of two players' payoffs is turned.
    pub table: TableLayout,
    /// The wording of the question.
    pub phrasing: Phrasing,
    /// How a completion becomes an action.
    pub decision: DecisionMode,
    /// How completions are decoded under `decision: Generate`.
    pub generation: GenerationConfig,
    /// Messages to the opponent before every round: 0, or 1 under `decision: Generate` with the structured phrasing in
    /// two-player games. Both players write at the same time, and both are then asked for their choice with both
    /// messages before them. An agent that learns is trained on the tokens of its message as well as on those of its
    /// choice. Opponents that do not talk say nothing.
    pub talk: u32,
    /// How messages are decoded and quoted under `talk: 1`.
    pub message: MessageConfig,
    /// Reward of an illegal completion, in place of every term.
    pub illegal_reward: f64,
    /// The system message; `None`: the model's own default.
    pub system: Option<String>,
    /// A paragraph put before the rules, such as a persona.
    pub persona: Option<String>,
    /// The other player's name in the text.
    pub opponent: String,
    /// Text that opens the assistant's turn, before the label.
    pub prefill: String,
    /// Tell the co-player's reputation in words, in scenarios with `reputation`; in groups, the worst among the others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("default" = false))]
    pub reputation: bool,
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self {
            labels: vec!["action1".into(), "action2".into()],
            label_order: Order::Fixed,
            row_order: Order::Fixed,
            table: TableLayout::Original,
            phrasing: Phrasing::Structured,
            decision: DecisionMode::Constrained,
            generation: GenerationConfig::default(),
            talk: 0,
            message: MessageConfig::default(),
            illegal_reward: -6.0,
            system: None,
            persona: None,
            opponent: "agent A".into(),
            prefill: String::new(),
            reputation: false,
        }
    }
}

/// One way of asking: who is asked, in which order things are listed, and what happened last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptVariant {
    /// The seat whose payoffs are "yours".
    pub seat: usize,
    /// Order in which labels are listed, as indices into the actions.
    pub label_order: Vec<Action>,
    /// Order of the table's rows and columns.
    pub row_order: Vec<Action>,
    /// What is said of the last round.
    pub seen: Observation,
    /// What the co-player is said to have, or in groups the one among them with the worst reputation; `None`: nothing.
    pub reputation: Option<String>,
}

impl PromptConfig {
    /// The most tokens that quoting both messages adds to a prompt: no token has less than a byte.
    pub(in crate::policies::llm) fn quoted_tokens_max(&self) -> usize {
        if self.talk == 0 {
            return 0;
        }
        let by_characters = (self.message.characters as usize).saturating_mul(4);
        let by_tokens = (self.message.max_new_tokens as usize).saturating_mul(TOKEN_BYTES_MAX);
        let words = self.opponent.len() + QUOTING_WORDS_BYTES;
        by_characters.min(by_tokens).saturating_mul(2).saturating_add(words)
    }

    /// The persona, if there is one, as a paragraph of its own.
    pub(in crate::policies::llm) fn opening_words(&self) -> String {
        self.persona.as_ref().map_or_else(String::new, |persona| format!("{}\n\n", persona.trim()))
    }

    /// The label of `action`.
    pub fn label(&self, action: Action) -> &str {
        &self.labels[usize::from(action)]
    }
}
