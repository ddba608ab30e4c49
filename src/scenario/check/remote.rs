//! Checks of remote players: addresses, keys, and what a server cannot be asked.

use super::{Checks, KnownGame};
use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
use crate::policies::remote::{RemoteConfig, has_table};
use crate::remote::{Address, RemoteSpec, extra_fields, find_key, is_variable_name};
use crate::scenario::diagnostics::{Problem, Severity};
use crate::scenario::format::{PolicySpec, PopulationSpec};
use serde_json::Value;

/// More requests at once than this are an attack.
const CONNECTIONS_MAX: u32 = 256;
/// A server that takes longer for a reply is not answering.
const SECONDS_MAX: f64 = 3600.0;
/// By then the waits have grown to minutes.
const RETRIES_MAX: u32 = 20;
/// No server lists more tokens per position.
const TOP_MAX: u32 = 1000;
/// An unknown probability beyond this makes the label's own meaningless.
const UNLISTED_MAX: f64 = 0.1;

impl Checks<'_> {
    /// Refuses anything in a scenario with remote players that looks like a key. Its text is not shown.
    pub(super) fn keys(&mut self) {
        let is_remote = |population: &PopulationSpec| matches!(population.policy, PolicySpec::Remote(_));
        if !self.spec.populations.iter().any(is_remote) {
            return;
        }
        let Ok(spec) = serde_json::to_value(self.spec) else { return };
        let mut found = Vec::new();
        find_keys("", &spec, &mut found);
        for path in found {
            let message = format!("`{path}` holds what looks like a key; keys have no place in a file");
            let help = "set an environment variable to the key, name the variable in `key_env`, and take the key out of \
                        the file; if it is no key, write it otherwise";
            self.problems.push(Problem::unplaced(message, Some(help.into())));
        }
    }

    /// Checks how servers are asked.
    pub(super) fn remote_limits(&mut self) {
        let RemoteSpec { requests, tokens, connections, connect_seconds, reply_seconds, retries } = self.spec.remote;
        for (field, budget) in [("requests", requests), ("tokens", tokens)] {
            if budget == Some(0) {
                let message = format!("a budget of 0 {field} asks nothing");
                self.error(&format!("remote.{field}"), message, "expected at least 1, or `None`");
            }
        }
        if !(1..=CONNECTIONS_MAX).contains(&connections) {
            let message = format!("{connections} connections");
            self.error("remote.connections", message, format!("expected 1 to {CONNECTIONS_MAX}"));
        }
        self.positive_up_to("remote.connect_seconds", "a time", connect_seconds, SECONDS_MAX);
        self.positive_up_to("remote.reply_seconds", "a time", reply_seconds, SECONDS_MAX);
        if retries > RETRIES_MAX {
            self.error("remote.retries", format!("{retries} retries"), format!("expected at most {RETRIES_MAX}"));
        }
    }

    /// Checks the remote players at `path`, which is that of their policy.
    pub(super) fn remote(&mut self, path: &str, config: &RemoteConfig, game: Option<&KnownGame>) {
        if let Err(problem) = Address::parse(&config.url) {
            // The excerpt of a line with an address may show a password.
            if config.url.contains(['@', '?', '#']) {
                self.problems.push(Problem::unplaced(format!("`{path}.url`: {problem}"), None));
            } else {
                self.error(&format!("{path}.url"), problem, "expected an address");
            }
        }
        if config.model.trim().is_empty() {
            self.error(&format!("{path}.model"), "a model without a name", "expected the server's name for it");
        }
        self.printable(&format!("{path}.model"), "the model's name", &config.model);
        if !config.key_env.is_empty() && !is_variable_name(&config.key_env) {
            let message = format!("`{path}.key_env` is not the name of an environment variable");
            let help =
                "name the variable that holds the key, such as OPENAI_API_KEY; the key itself belongs in no file";
            self.problems.push(Problem::unplaced(message, Some(help.into())));
        }
        if let Err(problem) = extra_fields(&config.extra) {
            self.error(&format!("{path}.extra"), problem, "expected a JSON object of further fields");
        }
        let log_probs = format!("{path}.log_probs");
        if !(1..=TOP_MAX).contains(&config.log_probs.top) {
            let message = format!("the {} likeliest tokens", config.log_probs.top);
            self.error(&format!("{log_probs}.top"), message, format!("expected 1 to {TOP_MAX}"));
        }
        if !(0.0..=UNLISTED_MAX).contains(&config.log_probs.unlisted) {
            let message = format!("a probability of up to {} may be unknown", config.log_probs.unlisted);
            self.error(&format!("{log_probs}.unlisted"), message, format!("expected 0 to {UNLISTED_MAX}"));
        }
        let own = format!("{path}.prompt");
        if let Some(prompt) = &config.prompt {
            self.prompt(&own, prompt, game, true);
        }
        let (path, prompt) = config.prompt.as_ref().map_or(("prompt", &self.spec.prompt), |prompt| (&*own, prompt));
        self.remote_prompt(path, &log_probs, prompt, config);
        if self.matchmaker.as_ref().is_some_and(|matchmaker| matchmaker.is_by_choice()) {
            let message = "remote players are not asked whom they want to play with";
            self.error("matchmaking", message, "expected a matchmaker that makes the matches itself");
        }
    }

    /// Checks that a server can be asked by `prompt`, which is at `path`.
    fn remote_prompt(&mut self, path: &str, log_probs: &str, prompt: &PromptConfig, config: &RemoteConfig) {
        if !prompt.prefill.is_empty() {
            let message = "a server opens its answer itself: the protocol has no place for a prefill".to_owned();
            let help = "drop `prefill`, or give the remote players a `prompt` of their own".to_owned();
            let label = "expected none for remote players".to_owned();
            self.report(Severity::Error, &format!("{path}.prefill"), message, label, Some(help));
        }
        if prompt.talk > 0 {
            let help = "give the remote players a `prompt` of their own with `talk: 0`".to_owned();
            let (message, label) = ("remote players do not talk".to_owned(), "expected 0".to_owned());
            self.report(Severity::Error, &format!("{path}.talk"), message, label, Some(help));
        }
        if config.log_probs.begun && prompt.decision == DecisionMode::Free {
            let message = "`Free` needs the probabilities of whole labels, and beginnings hold more".to_owned();
            self.error(&format!("{log_probs}.begun"), message, "expected false, or `decision: Constrained`");
        }
        if !has_table(prompt) && config.log_probs != Default::default() {
            let message = "completions are read, so nothing is read from log-probabilities";
            self.warn(log_probs, message, "has no effect with `decision: Generate`");
        }
    }
}

/// Enters into `found` the path of every text in `part`, which is at `path`, that looks like a key.
fn find_keys(path: &str, part: &Value, found: &mut Vec<String>) {
    match part {
        Value::String(text) if find_key(text) => found.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| find_keys(&format!("{path}[{i}]"), item, found));
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if find_key(name) {
                    found.push(format!("{path}, a name"));
                }
                let dot = if path.is_empty() { "" } else { "." };
                find_keys(&format!("{path}{dot}{name}"), field, found);
            }
        }
        _ => {}
    }
}
