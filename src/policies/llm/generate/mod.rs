//! Agents that really speak: completions are decoded token by token, read as labels, and trained on token by token.
//!
//! There is no table of the policy here, since no one can sum over all texts. What an agent said in a tick takes its
//! place. Each distinct completion after a prompt is an outcome; the update scores exactly these texts in one token
//! tree, and every learner works on them as it does on labels. What needs a sum over all outcomes is replaced by an
//! estimate from the texts drawn (entropy, divergence from the base) or refused (entropy bonus and KL penalty).
//!
//! Agents that talk first write a message each, from what they saw before the round ([`talk`]); then each is asked for
//! its choice with both messages before it. The probability of such an outcome is that of message and choice together.

mod learn;
mod parse;
mod systems;
pub mod talk;
mod voice;

pub use parse::{cut, parse};
pub(super) use systems::{decide_by_text, keep_completions, learn_from_texts, prepare_texts};
pub(super) use talk::say;

use crate::games::Action;
use crate::llm::engine::cpu::generate::PromptCache;
use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

/// One text that an agent said after a prompt in this tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What was said before it, where agents talk.
    pub exchange: Option<Exchange>,
    /// Its tokens, with the one that ended it.
    pub tokens: Vec<u32>,
    /// The action it names, or [`ILLEGAL`](crate::games::ILLEGAL).
    pub action: Action,
}

/// What preceded a choice in a round with talk. Message and choice are one outcome of the prompt: they were drawn one
/// after the other, and what the round brought is due to both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The tokens of the agent's own message, with the one that ended it.
    pub message: Vec<u32>,
    /// The prompt that asked for the choice, both messages quoted.
    pub prompt: Vec<u32>,
}

/// What an LLM agent that generates said in this tick.
#[derive(Component, Debug, Default)]
pub struct Texts {
    /// The generation that read the prompts; `None` before the first.
    pub generation: Option<u64>,
    /// The prompts as that generation read them.
    pub cache: Option<PromptCache>,
    /// The tokens of the messages of the current round, one per live seat, ascending; empty unless the agent talks.
    pub messages: Vec<Vec<u32>>,
    /// The distinct texts after each prompt, in the order they were first said.
    pub said: Vec<Vec<Text>>,
}

impl Texts {
    /// Index of this `text` among the texts after `prompt`; enters it if it is new.
    pub fn enter(&mut self, prompt: usize, text: Text) -> usize {
        let said = &mut self.said[prompt];
        said.iter().position(|known| *known == text).unwrap_or_else(|| {
            said.push(text);
            said.len() - 1
        })
    }
}

#[cfg(test)]
mod tests;
