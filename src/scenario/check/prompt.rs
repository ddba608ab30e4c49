//! Checks of prompts: labels above all.

use super::{Checks, KnownGame};
use crate::games::ACTIONS_MAX;
use crate::learning::kl::KlConfig;
use crate::llm::text::tokenizer::LABEL_CHARACTERS_MAX;
use crate::policies::llm::prompt::Phrasing;
use crate::policies::llm::prompt::{DecisionMode, GenerationConfig, Order, PromptConfig};
use crate::policies::llm::{PROMPTS_MAX, count_prompts, shown_count};
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::LearnerSpec;

/// Longer completions are essays, not decisions, and every token of each one is trained on.
const NEW_TOKENS_MAX: u32 = 512;

/// About six pages. How much a model can read is known only once its files are there.
const TEXT_CHARACTERS_MAX: usize = 20_000;

impl Checks<'_> {
    /// Checks the prompt at `path`; compares its labels with the game only if some agent is asked with them.
    pub(super) fn prompt(&mut self, path: &str, prompt: &PromptConfig, game: Option<&KnownGame>, used: bool) {
        let labels = &prompt.labels;
        self.words(path, prompt);
        if labels.len() > ACTIONS_MAX {
            let message = format!("{} labels are too many", labels.len());
            self.error(&format!("{path}.labels"), message, format!("expected at most {ACTIONS_MAX}, one per action"));
            return;
        }
        if let Some(game) = game.filter(|game| used && game.actions != labels.len()) {
            let message = format!("`{}` has {} actions, and `labels` names {}", game.name, game.actions, labels.len());
            self.error(&format!("{path}.labels"), message, "expected one label per action");
        }
        self.labels(&format!("{path}.labels"), labels);
        self.length(&format!("{path}.opponent"), "an opponent's name", &prompt.opponent, LABEL_CHARACTERS_MAX);
        self.length(&format!("{path}.prefill"), "a prefill", &prompt.prefill, TEXT_CHARACTERS_MAX);
        for (name, text) in [("system", &prompt.system), ("persona", &prompt.persona)] {
            self.length(&format!("{path}.{name}"), "a text", text.as_deref().unwrap_or_default(), TEXT_CHARACTERS_MAX);
        }
        if prompt.reputation {
            self.reads_reputation(&format!("{path}.reputation"), "this prompt");
        }
        if let Some(game) = game.filter(|_| used) {
            self.phrasing(&format!("{path}.phrasing"), prompt.phrasing, game);
            self.prompt_count(path, prompt, game);
        }
        self.generation(&format!("{path}.generation"), &prompt.generation);
        self.generation(&format!("{path}.message"), &prompt.message.generation());
        if prompt.message.characters == 0 {
            let message = "`characters` must be at least 1";
            self.error(&format!("{path}.message.characters"), message, "a quote of 0 characters says nothing");
        }
        self.talk(&format!("{path}.talk"), prompt, game.filter(|_| used));
        self.amount(&format!("{path}.illegal_reward"), "a reward", prompt.illegal_reward);
        if prompt.opponent.trim().is_empty() {
            self.error(&format!("{path}.opponent"), "`opponent` must not be empty", "expected words such as `agent A`");
        }
    }

    /// Checks that each of the labels at `path` is a word, and that what a model writes tells them apart.
    fn labels(&mut self, path: &str, labels: &[String]) {
        for (i, label) in labels.iter().enumerate() {
            let path = format!("{path}[{i}]");
            self.length(&path, "a label", label, LABEL_CHARACTERS_MAX);
            if label.trim().is_empty() {
                self.error(&path, "a label must not be empty", "expected a word");
                continue;
            }
            if label.trim() != label {
                self.error(
                    &path,
                    format!("the label `{label}` begins or ends with a blank"),
                    format!("expected `{}`", label.trim()),
                );
            }
            let clash = labels.iter().enumerate().find(|(j, other)| {
                *j != i && label.starts_with(&**other) && !other.is_empty() && (label != *other || *j < i)
            });
            if let Some((_, other)) = clash {
                let (message, what) = if label == other {
                    (format!("two labels are `{label}`"), "expected another word")
                } else {
                    (
                        format!("label `{label}` begins with the label `{other}`"),
                        "labels must not be prefixes of each other",
                    )
                };
                self.error(&path, message, what);
            }
        }
    }

    /// Checks that `text` at `path` has at most `most` characters.
    fn length(&mut self, path: &str, what: &str, text: &str, most: usize) {
        let characters = text.chars().count();
        if characters > most {
            self.error(
                path,
                format!("{what} of {characters} characters is too long"),
                format!("expected at most {most}"),
            );
        }
    }

    fn phrasing(&mut self, path: &str, phrasing: Phrasing, game: &KnownGame) {
        if phrasing != Phrasing::Structured && game.seats != 2 {
            let message = format!("`{phrasing:?}` speaks of one opponent, and `{}` seats {}", game.name, game.seats);
            self.error(path, message, "expected `Structured`");
        } else if phrasing == Phrasing::Story && !game.prisoners_order {
            let message = format!("the story tells of a prisoner's dilemma, and `{}` is not one", game.name);
            let help = "in the story defection pays most against a co-operator, cooperation least against a defector, and \
                        mutual defection less than mutual cooperation (T > R > P > S for both players)";
            self.report(Severity::Error, path, message, "expected another phrasing".into(), Some(help.into()));
        }
    }

    /// Refuses more distinct prompts than fit one table. They are counted, not listed: there may be n! orders alone.
    fn prompt_count(&mut self, path: &str, prompt: &PromptConfig, game: &KnownGame) {
        let prompts = count_prompts(prompt, &game.observations(), game.seats, game.symmetric);
        if prompts <= PROMPTS_MAX {
            return;
        }
        let message = format!("{} distinct prompts per agent in `{}`", shown_count(prompts), game.name);
        let label = format!("expected at most {PROMPTS_MAX}");
        let orders = [("label_order", prompt.label_order), ("row_order", prompt.row_order)];
        let (path, help) = match orders.iter().find(|(_, order)| *order != Order::Fixed) {
            Some((field, _)) => (
                format!("{path}.{field}"),
                "every order of labels or rows makes prompts of its own, and there are n! orders of n actions; list them in \
                 a fixed order, or take a game with fewer actions",
            ),
            None if prompt.reputation => (
                format!("{path}.reputation"),
                "every last round makes a prompt of its own with every reputation; take a norm with fewer reputations",
            ),
            None => ("game".to_owned(), "every last round makes a prompt of its own; take a game with fewer actions"),
        };
        self.report(Severity::Error, &path, message, label, Some(help.into()));
    }

    /// Checks the texts of the prompt at `path`.
    fn words(&mut self, path: &str, prompt: &PromptConfig) {
        for (i, label) in prompt.labels.iter().enumerate() {
            self.printable(&format!("{path}.labels[{i}]"), "the label", label);
        }
        self.printable(&format!("{path}.opponent"), "the name", &prompt.opponent);
        let texts = [
            ("system", prompt.system.as_deref()),
            ("persona", prompt.persona.as_deref()),
            ("prefill", Some(&*prompt.prefill)),
        ];
        for (field, text) in texts {
            self.printable_lines(&format!("{path}.{field}"), &format!("`{field}`"), text.unwrap_or_default());
        }
    }

    /// Checks that agents asked by `prompt`, whose `talk` is at `path`, can talk.
    fn talk(&mut self, path: &str, prompt: &PromptConfig, game: Option<&KnownGame>) {
        if prompt.talk > 1 {
            self.error(path, format!("{} messages before a round are too many", prompt.talk), "expected 0 or 1");
        } else if prompt.talk == 0 {
            return;
        }
        if prompt.decision != DecisionMode::Generate {
            let message = "agents that choose from a table cannot talk".to_owned();
            let help = "a message makes every prompt a new one, and a table holds only the prompts there always are; set \
                        `decision: Generate`";
            self.report(Severity::Error, path, message, "expected `decision: Generate`".into(), Some(help.into()));
        }
        if prompt.phrasing != Phrasing::Structured {
            let message = format!("agents that are asked in the words of `{:?}` cannot talk", prompt.phrasing);
            self.error(path, message, "expected 0, or `phrasing: Structured`");
        }
        if let Some(game) = game.filter(|game| game.seats != 2) {
            let message = format!("a message is for one opponent; `{}` seats {}", game.name, game.seats);
            self.error(path, message, "expected 0");
        }
    }

    fn generation(&mut self, path: &str, generation: &GenerationConfig) {
        self.not_negative(&format!("{path}.temperature"), "temperature", generation.temperature);
        let top_p = generation.top_p;
        if !(top_p > 0.0 && top_p <= 1.0) {
            let message = format!("`top_p` {top_p} is out of range");
            self.error(&format!("{path}.top_p"), message, "expected more than 0 and at most 1");
        }
        let tokens = generation.max_new_tokens;
        if !(1..=NEW_TOKENS_MAX).contains(&tokens) {
            let message = format!("`max_new_tokens` {tokens} is out of range");
            self.error(&format!("{path}.max_new_tokens"), message, format!("expected 1 to {NEW_TOKENS_MAX}"));
        }
        for (i, stop) in generation.stop.iter().enumerate().filter(|(_, stop)| stop.is_empty()) {
            let message = "an empty text ends every completion at once".to_owned();
            self.error(
                &format!("{path}.stop[{i}]"),
                message,
                format!("expected at least one character, found {stop:?}"),
            );
        }
    }

    /// Checks that the learner at `path` can learn from what `prompt` asks.
    pub(super) fn learner_of_texts(&mut self, path: &str, learner: &LearnerSpec, prompt: &PromptConfig) {
        if prompt.decision != DecisionMode::Generate {
            return;
        }
        let GenerationConfig { temperature, top_p, .. } = prompt.generation;
        let message = &prompt.message;
        let drawn = [(temperature, top_p), (message.temperature, message.top_p)];
        let drawn = drawn.into_iter().take(if prompt.talk > 0 { 2 } else { 1 });
        for (temperature, top_p) in drawn.filter(|drawn| *drawn != (1.0, 1.0)) {
            let message = format!("texts drawn at temperature {temperature} and top_p {top_p} cannot be learned from");
            let help = "an update needs the log-probability of the distribution that was drawn from, and only at temperature 1 \
                        and top_p 1 is that the model's own; set both to 1, or drop the learner";
            self.report(Severity::Error, path, message, "expected temperature 1 and top_p 1".into(), Some(help.into()));
        }
        if self.sums_over_outcomes(learner) {
            let message =
                "an entropy bonus or KL penalty sums over all completions, and texts cannot be listed".to_owned();
            let help =
                "drop `entropy_coef` and `kl`, or use `decision: Free`, where labels are the outcomes".to_owned();
            self.report(
                Severity::Error,
                path,
                message,
                "expected neither with `decision: Generate`".into(),
                Some(help),
            );
        }
    }

    /// Whether any part of `learner` sums over all possible answers.
    fn sums_over_outcomes(&self, learner: &LearnerSpec) -> bool {
        if let LearnerSpec::Custom { name, params } = learner {
            let made = self.known.offered.learners.get(name).and_then(|offer| (offer.make)(params, 1).ok());
            return made.is_some_and(|learner| learner.sums_over_outcomes());
        }
        learner.about().is_some_and(|about| about.entropy_coef != 0.0 || *about.kl != KlConfig::None)
    }
}
