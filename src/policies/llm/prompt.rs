//! The words of a prompt: role, rules, payoff table, question, answer format, last round.
//!
//! What varies between the prompts of one agent, the last round, comes last, so that prompts share the longest prefix.

use super::wording::{self, Phrasing};
use crate::games::{Action, Game, Observation};
pub use crate::learning::outcomes::DecisionMode;
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
    /// Texts that end a completion wherever they appear; they and what follows are not read. The model's own end of turn
    /// always ends it.
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
    /// Texts that end a message wherever they appear; they and what follows are not read. The model's own end of turn always
    /// ends it.
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

/// In which order the prompt lists the labels or the table's rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Order {
    /// Always the game's own order.
    #[default]
    Fixed,
    /// Drawn for every decision.
    Shuffled,
    /// Every order equally often, and as often against every opponent: each seat that an agent takes in a tick moves on by
    /// one order, and so does each tick.
    Counterbalanced,
}

/// How the payoff table is turned, on top of the order of its rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TableLayout {
    /// Rows and columns as ordered.
    #[default]
    Original,
    /// Columns the other way round.
    ColumnsSwapped,
    /// Rows the other way round.
    RowsSwapped,
    /// Both the other way round.
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

    /// `order` as it stands in rows and in columns.
    fn rows_and_columns(self, order: &[Action]) -> (Vec<Action>, Vec<Action>) {
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
    /// In which words the question is put.
    pub phrasing: Phrasing,
    /// How a completion becomes an action.
    pub decision: DecisionMode,
    /// How completions are decoded under `decision: Generate`.
    pub generation: GenerationConfig,
    /// Messages to the opponent before every round: 0, or 1 under `decision: Generate` with the structured phrasing in games of
    /// two. Both write at the same
    /// time, and both are asked for their choice with both messages before them. Who learns is trained on the tokens of
    /// its message as on those of its choice. Opponents that do not talk say nothing.
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
}

impl PromptConfig {
    /// The user's message for `variant` of `game`.
    pub fn render(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        let choices = list_of_choices(variant.label_order.iter().map(|&a| self.label(a)));
        if self.phrasing != Phrasing::Structured {
            return self.opening_words() + &wording::render(self, game, variant, &choices);
        }
        let mut text = self.rules(game, variant, &choices);
        text.push_str(&format!("\nWhich choice gives you the most points? Answer only {choices}.\n"));
        text.push_str(&self.last_round(game, variant));
        text
    }

    /// The user's message that asks for something to say to the opponent before the round.
    pub fn render_talk(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        let choices = list_of_choices(variant.label_order.iter().map(|&a| self.label(a)));
        let mut text = self.rules(game, variant, &choices);
        let other = &self.opponent;
        text.push_str(&format!(
            "\nBefore you both choose, say one short sentence to {other}. Answer only this sentence.\n"
        ));
        text.push_str(&self.last_round(game, variant));
        text
    }

    /// [`PromptConfig::render`] after both have talked: `own` and `other` are what they said, none if nothing.
    pub fn render_after_talk(
        &self,
        game: &dyn Game,
        variant: &PromptVariant,
        own: Option<&str>,
        other: Option<&str>,
    ) -> String {
        let quote = |said: Option<&str>| said.map_or_else(|| "nothing".to_string(), |text| format!("\"{text}\""));
        let (own, other) = (quote(own), quote(other));
        let asked = self.render(game, variant);
        format!("{asked} Before this round you said {own} and {} said {other}.", self.opponent)
    }

    /// The most tokens that quoting both messages adds to a prompt: none has less than a byte.
    pub(super) fn quoted_tokens_max(&self) -> usize {
        if self.talk == 0 {
            return 0;
        }
        let by_characters = (self.message.characters as usize).saturating_mul(4);
        let by_tokens = (self.message.max_new_tokens as usize).saturating_mul(TOKEN_BYTES_MAX);
        let words = self.opponent.len() + QUOTING_WORDS_BYTES;
        by_characters.min(by_tokens).saturating_mul(2).saturating_add(words)
    }

    /// The persona, if there is one, as a paragraph of its own.
    pub(super) fn opening_words(&self) -> String {
        self.persona.as_ref().map_or_else(String::new, |persona| format!("{}\n\n", persona.trim()))
    }

    /// Persona, rules and payoffs.
    fn rules(&self, game: &dyn Game, variant: &PromptVariant, choices: &str) -> String {
        let mut text = self.opening_words();
        if game.seats() == 2 {
            text.push_str(&format!(
                "You play a game with {other}. In every round you both choose {choices} at the same time. \
                 Points for you, points for {other}:\n\n",
                other = self.opponent
            ));
            text.push_str(&self.payoff_table(game, variant));
        } else {
            text.push_str(&format!(
                "You play a game with {n} other players. In every round everybody chooses {choices} at the same time. \
                 Your points, by your choice and by how many of the others choose {first}:\n\n",
                n = game.seats() - 1,
                first = self.label(cooperative_action(game)),
            ));
            text.push_str(&self.share_table(game, variant));
        }
        text
    }

    /// The label of `action`.
    pub fn label(&self, action: Action) -> &str {
        &self.labels[usize::from(action)]
    }

    /// Markdown table of both players' payoffs: own action down, the opponent's across.
    fn payoff_table(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        let (rows, columns) = self.table.rows_and_columns(&variant.row_order);
        let mut table = String::from("| |");
        for &column in &columns {
            table.push_str(&format!(" {} |", self.label(column)));
        }
        table.push_str("\n|");
        table.push_str(&"---|".repeat(columns.len() + 1));
        table.push('\n');
        let mut payoffs = [0.0; 2];
        for &row in &rows {
            table.push_str(&format!("| {} |", self.label(row)));
            for &column in &columns {
                let joint = if variant.seat == 0 { [row, column] } else { [column, row] };
                game.payoffs(&joint, &mut payoffs);
                let (own, other) = (payoffs[variant.seat], payoffs[1 - variant.seat]);
                table.push_str(&format!(" {own}, {other} |"));
            }
            table.push('\n');
        }
        table
    }

    /// Markdown table of one's own payoff in a game of more than two: own action down, number of cooperators among the
    /// others across.
    fn share_table(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        let others = game.seats() - 1;
        let (cooperate, defect) = (cooperative_action(game), defective_action(game));
        let mut table = String::from("| |");
        for cooperators in 0..=others {
            table.push_str(&format!(" {cooperators} |"));
        }
        table.push_str("\n|");
        table.push_str(&"---|".repeat(others + 2));
        table.push('\n');
        let mut payoffs = vec![0.0; game.seats()];
        for &row in &variant.row_order {
            table.push_str(&format!("| {} |", self.label(row)));
            for cooperators in 0..=others {
                let mut joint = vec![defect; game.seats()];
                joint[1..=cooperators].fill(cooperate);
                joint[0] = row;
                game.payoffs(&joint, &mut payoffs);
                table.push_str(&format!(" {} |", round_to_cents(payoffs[0])));
            }
            table.push('\n');
        }
        table
    }

    /// What is said of the last round.
    fn last_round(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        match variant.seen {
            Observation::Opening => "This is the first round.".to_string(),
            Observation::Last { own, others } if game.seats() == 2 => {
                format!("Last round you chose {}, {} chose {}.", self.label(own), self.opponent, self.label(others))
            }
            Observation::Last { own, others } => format!(
                "Last round you chose {}, {others} of the others chose {}.",
                self.label(own),
                self.label(cooperative_action(game))
            ),
        }
    }
}

/// The first action that counts as cooperation.
pub fn cooperative_action(game: &dyn Game) -> Action {
    (0..game.actions().len() as Action).find(|&a| game.cooperative(a)).unwrap_or(0)
}

/// The first action that does not.
pub fn defective_action(game: &dyn Game) -> Action {
    (0..game.actions().len() as Action).find(|&a| !game.cooperative(a)).unwrap_or(0)
}

/// "a or b", "a, b or c".
pub(super) fn list_of_choices<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let labels: Vec<&str> = labels.collect();
    match labels.split_last() {
        Some((last, [])) => (*last).to_string(),
        Some((last, first)) => format!("{} or {last}", first.join(", ")),
        None => String::new(),
    }
}

/// Two decimals are enough to read; more cost tokens.
fn round_to_cents(payoff: f64) -> f64 {
    (payoff * 100.0).round() / 100.0
}
