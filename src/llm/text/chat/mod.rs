//! Chat templates: the model's own Jinja text, rendered as transformers renders it.

mod bounds;
mod json;
mod methods;

use crate::llm::error::ModelError;
use crate::text::shown;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use serde::Serialize;
use std::sync::Arc;

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// The words.
    pub content: String,
}

impl Message {
    /// A message with any role.
    pub fn new(role: &str, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into() }
    }

    /// Instructions that stand above the conversation.
    pub fn system(content: impl Into<String>) -> Self {
        Self::new("system", content)
    }

    /// What is said to the model.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new("user", content)
    }

    /// What the model said.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new("assistant", content)
    }
}

/// The date that templates print as today's, fixed so that prompts do not change overnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatDate {
    /// Year.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl Default for ChatDate {
    /// 26 July 2024, the date that Llama 3's template prints where it has no clock.
    fn default() -> Self {
        Self { year: 2024, month: 7, day: 26 }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl ChatDate {
    /// Expands the date fields of strftime; the time of day is midnight.
    fn format(self, pattern: &str) -> Result<String, Error> {
        let month = MONTHS.get(usize::from(self.month).wrapping_sub(1)).copied();
        let month = month.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("no month {}", self.month)))?;
        let mut out = String::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('Y') => out.push_str(&self.year.to_string()),
                Some('y') => out.push_str(&format!("{:02}", self.year % 100)),
                Some('m') => out.push_str(&format!("{:02}", self.month)),
                Some('d') => out.push_str(&format!("{:02}", self.day)),
                Some('B') => out.push_str(month),
                Some('b') => out.push_str(&month[..3]),
                Some('A') => out.push_str(self.weekday()),
                Some('a') => out.push_str(&self.weekday()[..3]),
                Some('H' | 'M' | 'S') => out.push_str("00"),
                Some('%') => out.push('%'),
                other => {
                    let text =
                        format!("strftime_now knows %Y %y %m %d %B %b %A %a %H %M %S, not %{}", other.unwrap_or(' '));
                    return Err(Error::new(ErrorKind::InvalidOperation, text));
                }
            }
        }
        Ok(out)
    }

    /// The day of the week, by Sakamoto's rule.
    fn weekday(self) -> &'static str {
        const SHIFT: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = usize::from(self.year) - usize::from(self.month < 3);
        let shift = SHIFT[usize::from(self.month - 1)];
        WEEKDAYS[(year + year / 4 - year / 100 + year / 400 + shift + usize::from(self.day)) % 7]
    }
}

/// A compiled template and what it may print.
#[derive(Debug)]
pub(crate) struct ChatTemplate(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    environment: Environment<'static>,
    bos_token: String,
    eos_token: String,
}

const NAME: &str = "chat";

impl ChatTemplate {
    /// Compiles `source`; `bos_token` and `eos_token` are what the template inserts under these names.
    ///
    /// # Errors
    /// If it is not a template, or larger or deeper than any real one.
    pub(crate) fn new(source: &str, bos_token: &str, eos_token: &str, date: ChatDate) -> Result<Self, ModelError> {
        bounds::check_source(source)?;
        let mut environment = Environment::new();
        bounds::limit(&mut environment);
        // transformers renders with these two switches on.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|e| ModelError::Template(e.to_string()))?);
        environment.set_unknown_method_callback(methods::call);
        environment.add_function("raise_exception", raise_exception);
        environment.add_function("strftime_now", move |pattern: &str| date.format(pattern));
        environment.add_filter("tojson", json::to_json);
        let source = without_generation_tags(source);
        let environment = bounds::on_deep_stack(move || match environment.add_template_owned(NAME, source) {
            Ok(()) => Ok(environment),
            Err(e) => Err(ModelError::Template(format!("does not compile: {}", shown(&bounds::explain(&e))))),
        })??;
        Ok(Self(Arc::new(Compiled { environment, bos_token: bos_token.into(), eos_token: eos_token.into() })))
    }

    /// The conversation as one text, special tokens spelt out.
    ///
    /// Where the template refuses a system message (Gemma), the system text is put in front of the first user message,
    /// with an empty line in between: the convention of the models' own documentation.
    ///
    /// # Errors
    /// If the template refuses the conversation, fails, or takes more work than any real one.
    pub(crate) fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, ModelError> {
        let (compiled, messages) = (self.0.clone(), messages.to_vec());
        bounds::on_deep_stack(move || {
            let refused = match compiled.render(&messages, add_generation_prompt) {
                Ok(text) => return Ok(text),
                Err(error) => error,
            };
            let text = match merge_system(&messages) {
                Some(merged) if is_raised(&refused) => compiled.render(&merged, add_generation_prompt).ok(),
                _ => None,
            };
            text.ok_or_else(|| ModelError::Template(shown(&bounds::explain(&refused)).into_owned()))
        })?
    }
}

impl Compiled {
    fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, Error> {
        // A label must follow the prompt immediately, so templates that can think aloud are told not to.
        self.environment.get_template(NAME)?.render(context! {
            messages => Serde(messages), add_generation_prompt, enable_thinking => false,
            bos_token => self.bos_token.as_str(), eos_token => self.eos_token.as_str(),
        })
    }
}

/// The same conversation without its leading system message, whose text opens the first user message.
fn merge_system(messages: &[Message]) -> Option<Vec<Message>> {
    let [system, user, rest @ ..] = messages else { return None };
    if system.role != "system" || user.role != "user" {
        return None;
    }
    let mut merged = vec![Message::user(format!("{}\n\n{}", system.content, user.content))];
    merged.extend_from_slice(rest);
    Some(merged)
}

const RAISED: &str = "the template refuses: ";

/// Longer messages are cut: they are for people.
const RAISED_CHARACTERS_MAX: usize = 1000;

fn raise_exception(message: &str) -> Result<Value, Error> {
    let message: String = message.chars().take(RAISED_CHARACTERS_MAX).collect();
    Err(Error::new(ErrorKind::InvalidOperation, format!("{RAISED}{message}")))
}

fn is_raised(error: &Error) -> bool {
    error.detail().is_some_and(|detail| detail.starts_with(RAISED))
}

/// Replaces `{% generation %}` … `{% endgeneration %}`, marks for training masks that Jinja does not know, with a
/// condition that always holds, so that the tags' whitespace control stays.
fn without_generation_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        // The end is looked for after the beginning, with which it may share its sign: `{%}`.
        let Some(inside) = rest[start + 2..].find("%}") else { break };
        let end = start + 2 + inside + 2;
        let tag = &rest[start..end];
        let word = tag[2..tag.len() - 2].trim_matches(['-', '+']).trim();
        out.push_str(&rest[..start]);
        match word {
            "generation" => out.push_str(&tag.replacen("generation", "if true", 1)),
            "endgeneration" => out.push_str(&tag.replacen("endgeneration", "endif", 1)),
            _ => out.push_str(tag),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
