//! What a remote player's server is asked.

use super::config::{LimitField, RemoteConfig};
use crate::policies::llm::Wordings;
use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
use crate::remote::{Address, ChatMessage, ChatRequest, Endpoint, extra_fields};
use crate::world::Rules;
use serde_json::{Map, Value};

/// How the members of a population are asked; they share it.
#[derive(Clone, Debug)]
pub struct Approach {
    /// As the scenario says.
    pub config: RemoteConfig,
    /// Everything that they can be asked.
    pub wordings: Wordings,
    /// Whom they ask.
    pub endpoint: Endpoint,
    extra: Map<String, Value>,
}

impl Approach {
    /// How players with this `config` are asked, `wordings` being their prompts.
    ///
    /// # Errors
    /// With a sentence, if there is no such address or no such fields.
    pub fn new(config: &RemoteConfig, wordings: Wordings) -> Result<Self, String> {
        let endpoint = Endpoint {
            address: Address::parse(&config.url)?,
            key_env: config.key_env.clone(),
            allow_plain_http: config.allow_plain_http,
        };
        Ok(Self { extra: extra_fields(&config.extra)?, config: config.clone(), wordings, endpoint })
    }

    /// Whether they decide by a table, not by a completion for each decision.
    pub fn has_table(&self) -> bool {
        has_table(&self.wordings.config)
    }

    /// The request for the row of prompt `index` in the table.
    pub(super) fn for_table(&self, index: usize, rules: &Rules) -> ChatRequest {
        let tokens = self.tokens_to_tell_labels_apart();
        // The likeliest answer leads to where labels part; what was likely on the way does not depend on it.
        let request = self.request(index, rules, tokens, 0.0);
        ChatRequest { logprobs: Some(true), top_logprobs: Some(self.config.log_probs.top), ..request }
    }

    /// The request for a completion after prompt `index`, drawn with `seed`.
    pub(super) fn for_decision(&self, index: usize, rules: &Rules, seed: u32) -> ChatRequest {
        let generation = &self.wordings.config.generation;
        let request = self.request(index, rules, generation.max_new_tokens, generation.temperature);
        ChatRequest {
            top_p: Some(generation.top_p).filter(|top_p| *top_p < 1.0),
            stop: generation.stop.clone(),
            seed: self.config.seeds.then_some(seed),
            ..request
        }
    }

    fn request(&self, index: usize, rules: &Rules, tokens: u32, temperature: f64) -> ChatRequest {
        let messages = self.wordings.messages(index, rules).into_iter();
        let (max_tokens, max_completion_tokens) = match self.config.limit {
            LimitField::MaxTokens => (Some(tokens), None),
            LimitField::MaxCompletionTokens => (None, Some(tokens)),
        };
        ChatRequest {
            model: self.config.model.clone(),
            messages: messages.map(|message| ChatMessage { role: message.role, content: message.content }).collect(),
            max_tokens,
            max_completion_tokens,
            temperature,
            top_p: None,
            stop: Vec::new(),
            seed: None,
            logprobs: None,
            top_logprobs: None,
            extra: self.extra.clone(),
        }
    }

    /// Labels part after the longest start that any two share, and a token has a character at least.
    fn tokens_to_tell_labels_apart(&self) -> u32 {
        let labels = &self.wordings.config.labels;
        let shared = |(a, b): (&str, &str)| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
        let pairs = labels.iter().enumerate().flat_map(|(i, a)| labels[..i].iter().map(move |b| (&a[..], &b[..])));
        pairs.map(shared).max().unwrap_or(0) as u32 + 1
    }
}

/// Whether players that are asked by `prompt` decide by a table.
pub fn has_table(prompt: &PromptConfig) -> bool {
    prompt.decision != DecisionMode::Generate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::{catalog, matrix::MatrixGame};
    use crate::world::Horizon;
    use std::sync::Arc;

    fn asked(prompt: PromptConfig, config: &str) -> (Approach, Rules) {
        let config: RemoteConfig = serde_json::from_str(config).unwrap();
        let rules = Rules::new(Arc::new(catalog::game("prisoners_dilemma").unwrap()), Horizon::Fixed(1));
        (Approach::new(&config, Wordings::new(&prompt, &rules).unwrap()).unwrap(), rules)
    }

    #[test]
    fn a_table_is_asked_for_with_log_probabilities_of_the_likeliest_answer() {
        let system = Some("Be brief.".to_owned());
        let prompt = PromptConfig { system, ..PromptConfig::default() };
        let (asked, rules) =
            asked(prompt, r#"{"url": "http://localhost/v1/", "model": "m", "extra": "{\"top_k\": 1}"}"#);
        let request = asked.for_table(0, &rules);
        assert_eq!((request.logprobs, request.top_logprobs, request.temperature), (Some(true), Some(20), 0.0));
        assert_eq!((request.max_tokens, request.seed, request.stop.len()), (Some(7), None, 0), "action1 and action2");
        let roles: Vec<&str> = request.messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["system", "user"]);
        assert!(request.messages[1].content.contains("This is the first round."));
        let sent = serde_json::to_value(&request).unwrap();
        assert_eq!(
            (&sent["top_k"], sent.get("top_p"), sent.get("max_completion_tokens")),
            (&Value::from(1), None, None)
        );
    }

    #[test]
    fn an_answer_is_as_long_as_it_takes_to_tell_any_two_labels_apart() {
        let labels = ["stay", "go left", "go right"].map(String::from).to_vec();
        let config: RemoteConfig = serde_json::from_str(r#"{"url": "http://localhost/v1", "model": "m"}"#).unwrap();
        let prompt = PromptConfig { labels, ..PromptConfig::default() };
        let three = MatrixGame::new("three", &["a", "b", "c"].map(String::from), &vec![vec![(0.0, 0.0); 3]; 3], &[]);
        let rules = Rules::new(Arc::new(three.unwrap()), Horizon::Fixed(1));
        let approach = Approach::new(&config, Wordings::new(&prompt, &rules).unwrap()).unwrap();
        assert_eq!(approach.for_table(0, &rules).max_tokens, Some(4), "`go ` and one more");
    }

    #[test]
    fn a_completion_is_asked_for_with_the_decisions_own_seed() {
        let prompt = PromptConfig {
            decision: DecisionMode::Generate,
            labels: vec!["A".into(), "B".into()],
            ..PromptConfig::default()
        };
        let (asked_for, rules) = asked(prompt.clone(), r#"{"url": "http://localhost/v1", "model": "m"}"#);
        assert!(!asked_for.has_table());
        let request = asked_for.for_decision(0, &rules, 7);
        assert_eq!((request.seed, request.max_tokens, request.temperature), (Some(7), Some(16), 1.0));
        assert_eq!(
            (request.stop.as_slice(), request.logprobs, request.top_p),
            (["\n".to_owned()].as_slice(), None, None)
        );
        let other = r#"{"url": "http://localhost/v1", "model": "m", "seeds": false, "limit": "MaxCompletionTokens"}"#;
        let request = asked(prompt, other).0.for_decision(0, &rules, 7);
        assert_eq!((request.seed, request.max_tokens, request.max_completion_tokens), (None, None, Some(16)));
    }
}
