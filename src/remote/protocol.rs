//! Requests and replies of the chat-completions protocol, as far as they are used.

use crate::text::shown;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// `system` or `user`.
    pub role: String,
    /// The words.
    pub content: String,
}

/// The body of a request, fields in the order in which they are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The model, as the server calls it.
    pub model: String,
    /// What it is asked.
    pub messages: Vec<ChatMessage>,
    /// Longest completion, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The same for servers that call it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u32>,
    /// Divisor of the logits.
    pub temperature: f64,
    /// Draw only from the likeliest tokens that together hold this mass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Texts that end the completion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Seed of the server's draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// Whether log-probabilities are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<bool>,
    /// How many of the likeliest tokens are wanted at each position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u32>,
    /// Whatever else the scenario has the server told.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The fields of a request that no one else may set.
pub const OWN_FIELDS: [&str; 12] = [
    "model",
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "stop",
    "seed",
    "logprobs",
    "top_logprobs",
    "n",
    "stream",
];

/// The fields in the JSON object `text`; none if it is empty.
///
/// # Errors
/// With a sentence, if it is no JSON object, or sets one of [`OWN_FIELDS`].
pub fn extra_fields(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let fields: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("this is no JSON object: {error}"))?;
    match fields.keys().find(|name| OWN_FIELDS.contains(&name.as_str())) {
        Some(name) => Err(format!("`{name}` is set by the scenario's own fields")),
        None => Ok(fields),
    }
}

/// A token and ln of its probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Likely {
    /// The token's text.
    pub token: String,
    /// ln of its probability, at most 0.
    pub log_prob: f64,
}

/// One token of a completion, and what else might have stood there.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The token that was chosen.
    pub chosen: Likely,
    /// The likeliest tokens, in the server's order.
    pub top: Vec<Likely>,
}

/// What is used of a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The completion; empty where the server says that there is none.
    pub text: String,
    /// Its tokens; `None` if the server did not list them.
    pub positions: Option<Vec<Position>>,
    /// Tokens that the server says it used, the prompt's included; 0 if it does not say.
    pub tokens: u64,
    /// The model and build that the server says it ran.
    pub served_by: Option<String>,
}

/// Rounding may lift a certain token's log-probability by this over 0.
const ROUNDING: f64 = 1e-3;

impl Reply {
    /// Reads a reply's JSON.
    ///
    /// # Errors
    /// With what is wrong, in words that go on after "the reply".
    pub(super) fn read(json: &Value) -> Result<Self, String> {
        let fields = json.as_object().ok_or("is JSON, but no object")?;
        if let Some(error) = fields.get("error").filter(|error| !error.is_null()) {
            return Err(format!("is an error: {}", excerpt(&message_of(error))));
        }
        let choices = fields.get("choices").and_then(Value::as_array).ok_or("has no list `choices`")?;
        let choice = choices.first().ok_or("has an empty list `choices`")?;
        let message = choice["message"].as_object().ok_or("has no `choices[0].message`")?;
        let text = match message.get("content") {
            None => return Err("has no `choices[0].message.content`".into()),
            Some(Value::String(text)) => text.clone(),
            // A model that refuses, or thinks until its tokens are spent, says nothing.
            Some(Value::Null) => String::new(),
            Some(_) => return Err("has a `choices[0].message.content` that is no text".into()),
        };
        let positions = match choice.get("logprobs").map(|log_probs| &log_probs["content"]) {
            None | Some(Value::Null) => None,
            Some(listed) => Some(positions(listed)?),
        };
        let tokens = fields.get("usage").map_or(0, |usage| usage["total_tokens"].as_u64().unwrap_or(0));
        let named = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let served_by = named("model").map(|model| match named("system_fingerprint") {
            Some(build) => format!("{model} ({build})"),
            None => model,
        });
        Ok(Self { text, positions, tokens, served_by })
    }
}

fn positions(listed: &Value) -> Result<Vec<Position>, String> {
    let listed = listed.as_array().ok_or("has a `logprobs.content` that is no list")?;
    let position = |at: &Value| {
        let top = match &at["top_logprobs"] {
            Value::Null => Vec::new(),
            top => top
                .as_array()
                .ok_or("has a `top_logprobs` that is no list")?
                .iter()
                .map(likely)
                .collect::<Result<_, _>>()?,
        };
        Ok(Position { chosen: likely(at)?, top })
    };
    listed.iter().map(position).collect()
}

fn likely(at: &Value) -> Result<Likely, String> {
    let token = at["token"].as_str().ok_or("lists a token without `token`")?;
    let log_prob =
        at["logprob"].as_f64().ok_or_else(|| format!("lists `{}` without a number `logprob`", excerpt(token)))?;
    if !log_prob.is_finite() || log_prob > ROUNDING {
        return Err(format!("gives `{}` the log-probability {log_prob}, which is none", excerpt(token)));
    }
    Ok(Likely { token: token.to_owned(), log_prob: log_prob.min(0.0) })
}

/// The JSON in `body`.
///
/// # Errors
/// With what is wrong, in words that go on after "the reply".
pub(super) fn json_of(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is not UTF-8".to_owned())?;
    if text.trim().is_empty() {
        return Err("is empty".into());
    }
    serde_json::from_str(text).map_err(|error| {
        let found = if text.trim_start().starts_with('<') {
            "is a page of HTML".to_owned()
        } else if text.contains("NaN") || text.contains("Infinity") {
            "holds a number that is not finite, which JSON has no word for".to_owned()
        } else {
            format!("is no JSON ({error})")
        };
        format!("{found}: {}", excerpt(text))
    })
}

/// What the body of a refusal says, at any length.
pub(super) fn complaint(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let error = json.as_ref().map(|json| if json["error"].is_null() { json } else { &json["error"] });
    let said = error.map_or_else(|| text.into_owned(), message_of);
    if said.trim().is_empty() { "it says nothing more".into() } else { said }
}

fn message_of(error: &Value) -> String {
    let said = error.as_str().or_else(|| error["message"].as_str()).or_else(|| error["detail"].as_str());
    said.map_or_else(|| error.to_string(), str::to_owned)
}

/// The start of `text` on one line.
pub(super) fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(CHARACTERS).collect();
    let more = if cut.len() < line.len() { "…" } else { "" };
    format!("{}{more}", shown(&cut))
}
