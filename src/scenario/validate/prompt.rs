//! Checks of prompts: labels above all.

use super::{Checks, KnownGame};
use crate::policies::llm::prompt::PromptConfig;

impl Checks<'_> {
    /// Checks the prompt at `path`; its labels are held against the game only if somebody is asked with them.
    pub(super) fn prompt(&mut self, path: &str, prompt: &PromptConfig, game: Option<&KnownGame>, used: bool) {
        let labels = &prompt.labels;
        if let Some(game) = game.filter(|game| used && game.actions != labels.len()) {
            let message = format!("{} labels for the {} actions of `{}`", labels.len(), game.actions, game.name);
            self.error(&format!("{path}.labels"), message, "expected one label per action");
        }
        for (i, label) in labels.iter().enumerate() {
            let path = format!("{path}.labels[{i}]");
            if label.trim().is_empty() {
                self.error(&path, "an empty label", "expected a word");
                continue;
            }
            if label.trim() != label {
                self.error(&path, format!("blanks around the label `{label}`"), format!("expected `{}`", label.trim()));
            }
            let clash = labels.iter().enumerate().find(|(j, other)| {
                *j != i && label.starts_with(&**other) && !other.is_empty() && (label != *other || *j < i)
            });
            if let Some((_, other)) = clash {
                let (message, what) = if label == other {
                    (format!("two labels are `{label}`"), "expected another word")
                } else {
                    (format!("label `{label}` begins with the label `{other}`"), "expected a word that no label begins")
                };
                self.error(&path, message, what);
            }
        }
        self.finite(&format!("{path}.illegal_reward"), prompt.illegal_reward);
        if prompt.opponent.trim().is_empty() {
            self.error(&format!("{path}.opponent"), "an opponent without a name", "expected words such as `agent A`");
        }
    }
}
