//! The words of a prompt: role, rules, payoff table, question, answer format, last round.
//!
//! What varies between the prompts of one agent, the last round, comes last, so that prompts share the longest prefix.

use super::config::{Phrasing, PromptConfig, PromptVariant};
use super::phrasings;
use crate::games::{Action, Game, Observation};

impl PromptConfig {
    /// The user's message for `variant` of `game`.
    pub fn render(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        let choices = list_of_choices(variant.label_order.iter().map(|&a| self.label(a)));
        if self.phrasing != Phrasing::Structured {
            let asked = self.opening_words() + &phrasings::render(self, game, variant, &choices);
            return asked + &self.known_for(game, variant);
        }
        let mut text = self.rules(game, variant, &choices);
        text.push_str(&format!("\nWhich choice gives you the most points? Answer only {choices}.\n"));
        text.push_str(&self.last_round(game, variant));
        text.push_str(&self.known_for(game, variant));
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
        text.push_str(&self.known_for(game, variant));
        text
    }

    /// [`PromptConfig::render`] after both have talked: `own` and `other` are what they said, `None` if nothing.
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
        } else if let Some(words) = game.in_words(&self.labels.iter().map(String::as_str).collect::<Vec<_>>()) {
            text.push_str(&format!(
                "You play a game with {n} other players. In every round everybody chooses {choices} at the same time. \
                 {words}\n",
                n = game.seats() - 1,
            ));
        } else {
            text.push_str(&format!(
                "You play a game with {n} other players. In every round everybody chooses {choices} at the same time. \
                 Your points, by your choice and by how many of the others choose {first}:\n\n",
                n = game.seats() - 1,
                first = self.label(game.cooperative_action()),
            ));
            text.push_str(&self.share_table(game, variant));
        }
        text
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

    /// Markdown table of the player's own payoff in a game of more than two: own action down, number of cooperators
    /// among the others across.
    fn share_table(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        let others = game.seats() - 1;
        let (cooperate, defect) = (game.cooperative_action(), game.defective_action());
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

    /// What is said of the co-player's reputation, after a blank; nothing where none is told.
    fn known_for(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        match &variant.reputation {
            None => String::new(),
            Some(words) if game.seats() == 2 => {
                let whom = if self.phrasing == Phrasing::Structured { &self.opponent } else { "The other player" };
                format!(" {whom} has {words}.")
            }
            Some(words) => format!(" Of the others, the one with the worst reputation has {words}."),
        }
    }

    /// What is said of the last round.
    fn last_round(&self, game: &dyn Game, variant: &PromptVariant) -> String {
        match variant.seen {
            Observation::Opening => "This is the first round.".to_string(),
            Observation::Last { own, others } if game.seats() == 2 => {
                format!("Last round you chose {}, {} chose {}.", self.label(own), self.opponent, self.label(others))
            }
            Observation::Last { own, others } => {
                let cooperative = (0..game.actions().len()).map(|a| a as Action).filter(|&a| game.cooperative(a));
                let counted = list_of_choices(cooperative.map(|action| self.label(action)));
                format!("Last round you chose {}, {others} of the others chose {counted}.", self.label(own))
            }
        }
    }
}

/// "a or b", "a, b or c".
pub(in crate::policies::llm) fn list_of_choices<'a>(labels: impl Iterator<Item = &'a str>) -> String {
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
