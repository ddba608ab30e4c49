//! Every prompt that agents with the same way of asking can ever see, and the token tree that scores them all.

use super::error::PromptSetError;
use super::wordings::Wordings;
use crate::llm::error::ModelError;
use crate::llm::lora::last_occurrence;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::llm::tree::PromptTree;
use crate::policies::llm::prompt::PromptConfig;
use crate::world::Rules;
use std::ops::{Deref, Range};

/// All prompts of one game under one [`PromptConfig`], as one model's tokenizer reads them. What is asked, before any
/// tokenizer, is in its [`Wordings`].
#[derive(Debug)]
pub struct PromptSet {
    /// What is asked.
    wordings: Wordings,
    /// Each prompt as the model gets it, chat template applied.
    pub texts: Vec<String>,
    /// Each prompt's tokens.
    pub tokens: Vec<Vec<u32>>,
    /// The prompts that ask for a message, by the index of the prompt that they precede; empty unless agents talk.
    pub talk: Vec<Vec<u32>>,
    /// Each label's tokens.
    pub labels: Vec<Vec<u32>>,
    /// All of them as one tree.
    pub tree: PromptTree,
}

/// A set is its wordings, and more.
impl Deref for PromptSet {
    type Target = Wordings;

    fn deref(&self) -> &Wordings {
        &self.wordings
    }
}

impl PromptSet {
    /// Renders and tokenises every prompt of `rules` under `config`.
    pub fn new(config: &PromptConfig, rules: &Rules, tokenizer: &ChatTokenizer) -> Result<Self, PromptSetError> {
        let game = rules.game.as_ref();
        let wordings = Wordings::new(config, rules)?;
        let prompts = wordings.len();
        let mut texts = Vec::with_capacity(prompts);
        let mut tokens = Vec::with_capacity(prompts);
        let (mut talk, mut labels) = (Vec::new(), Vec::new());
        for variant in &wordings.variants {
            if config.talk > 0 {
                talk.push(tokenizer.encode_prompt(&chat(config, tokenizer, config.render_talk(game, variant))?)?);
            }
            let text = chat(config, tokenizer, config.render(game, variant))? + &config.prefill;
            tokens.push(tokenizer.encode_prompt_with_room(&text, config.quoted_tokens_max())?);
            labels = tokenizer.encode_labels(&text, &config.labels)?;
            texts.push(text);
        }
        Ok(Self { tree: PromptTree::new(&tokens, &labels), wordings, tokens, talk, labels, texts })
    }

    /// The tokens of prompt `index` after both have talked: `own` and `other` are what they said, `None` if nothing.
    pub fn after_talk(
        &self,
        index: usize,
        rules: &Rules,
        tokenizer: &ChatTokenizer,
        own: Option<&str>,
        other: Option<&str>,
    ) -> Result<Vec<u32>, ModelError> {
        let user = self.config.render_after_talk(rules.game.as_ref(), &self.variants[index], own, other);
        tokenizer.encode(&(chat(&self.config, tokenizer, user)? + &self.config.prefill))
    }

    /// The tokens that invoke an activated adapter, as a range of every prompt: the shortest end of the common start
    /// that occurs nowhere later, neither in a prompt nor in a label after it. Only the frozen base reads what comes
    /// before.
    pub fn invocation(&self) -> Result<Range<usize>, PromptSetError> {
        let end = self.tree.prefix_len;
        let texts: Vec<Vec<u32>> = self
            .tokens
            .iter()
            .flat_map(|prompt| self.labels.iter().map(move |label| [&prompt[..], label].concat()))
            .collect();
        let marks = |start: &usize| {
            let wanted = &self.tokens[0][*start..end];
            texts.iter().all(|text| last_occurrence(text, wanted) == Some(*start))
        };
        match (0..end).rev().find(marks) {
            Some(start) => Ok(start..end),
            None => Err(PromptSetError::NoInvocation { shared: end }),
        }
    }
}

/// A user's message as the model gets it, up to where the assistant speaks.
pub(in crate::policies::llm) fn chat(
    config: &PromptConfig,
    tokenizer: &ChatTokenizer,
    user: String,
) -> Result<String, ModelError> {
    tokenizer.render_chat(&config.messages(user), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog;
    use crate::llm::files::tiny;
    use crate::llm::text::chat::ChatDate;
    use crate::world::Horizon;
    use std::sync::Arc;

    #[test]
    fn invocation_tokens_end_the_common_start_and_come_nowhere_later() {
        let rules = Rules::new(Arc::new(catalog::game("prisoners_dilemma").unwrap()), Horizon::Fixed(1));
        let tokenizer = tiny::load(ChatDate::default()).unwrap().tokenizer;
        let set = PromptSet::new(&PromptConfig::default(), &rules, &tokenizer).unwrap();
        let range = set.invocation().unwrap();
        assert!(range.end == set.tree.prefix_len && !range.is_empty());
        let wanted = &set.tokens[0][range.clone()];
        for prompt in &set.tokens {
            assert_eq!(&prompt[range.clone()], wanted);
            for label in &set.labels {
                let text = [&prompt[..], label].concat();
                assert_eq!(text.windows(wanted.len()).rposition(|w| w == wanted), Some(range.start));
            }
        }
        // One token fewer would not do: it is the shortest.
        let shorter = &wanted[1..];
        let is_unique = |prompt: &Vec<u32>| {
            let text = [&prompt[..], &set.labels[0]].concat();
            text.windows(shorter.len().max(1)).rposition(|w| w == shorter) == Some(range.start + 1)
        };
        assert!(shorter.is_empty() || !set.tokens.iter().all(is_unique));
        let refusal = PromptSetError::NoInvocation { shared: 3 }.to_string();
        assert!(refusal.contains("later; these prompts share 3 tokens") && !refusal.contains("  "), "{refusal}");
    }
}
