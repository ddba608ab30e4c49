//! Every prompt that agents with the same way of asking can ever see, and the token tree that scores them all.

use crate::games::{Action, Observation, ObservationSpace};
use crate::llm::error::ModelError;
use crate::llm::lora::last_occurrence;
use crate::llm::text::chat::Message;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::llm::tree::PromptTree;
use crate::policies::llm::prompt::{Order, PromptConfig, PromptVariant};
use crate::world::Rules;
use std::ops::Range;

/// All prompts of one game under one [`PromptConfig`], in a fixed order: by seat (asymmetric games), order of labels,
/// order of rows, observation.
#[derive(Debug)]
pub struct PromptSet {
    /// How agents are asked.
    pub config: PromptConfig,
    /// What each prompt shows.
    pub variants: Vec<PromptVariant>,
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
    label_orders: usize,
    row_orders: usize,
    observations: usize,
    shared_by_seats: bool,
}

/// Why prompts cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PromptSetError {
    /// The tokenizer or the chat template refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too many prompts for a table.
    #[error(
        "the scenario asks for {} distinct prompts per agent, more than {PROMPTS_MAX}; list labels or rows in a fixed \
         order, or choose a game with fewer actions",
        shown_count(*prompts)
    )]
    TooMany {
        /// Prompts asked for.
        prompts: usize,
    },
    /// Nothing can invoke an activated adapter.
    #[error(
        "an activated adapter acts from fixed tokens on that end the common start of all prompts and come nowhere later; \
         these prompts share {shared} tokens and have none; drop `activated`, or word the prompts otherwise"
    )]
    NoInvocation {
        /// Length of the common start.
        shared: usize,
    },
}

/// More prompts than this do not fit one tree in reasonable memory: a prompt has about 30 tokens of its own, and a
/// token takes about a megabyte of activations.
pub const PROMPTS_MAX: usize = 512;

/// Number of distinct prompts of a game that seats `seats` and numbers its observations by `space`, asked by `config`.
/// Nothing is listed, and the number saturates, since the number of orders grows with the factorial of the actions.
pub fn count_prompts(config: &PromptConfig, space: &ObservationSpace, seats: usize, symmetric: bool) -> usize {
    let roles = if symmetric { 1 } else { seats };
    [config.label_order, config.row_order]
        .into_iter()
        .map(|order| count_orders(order, space.actions))
        .chain([space.len()])
        .fold(roles, usize::saturating_mul)
}

impl PromptSet {
    /// Renders and tokenises every prompt of `rules` under `config`.
    pub fn new(config: &PromptConfig, rules: &Rules, tokenizer: &ChatTokenizer) -> Result<Self, PromptSetError> {
        let game = rules.game.as_ref();
        let actions = game.actions().len();
        let prompts = count_prompts(config, &rules.observations, game.seats(), game.symmetric());
        if prompts > PROMPTS_MAX {
            return Err(PromptSetError::TooMany { prompts });
        }
        let label_orders = orders(config.label_order, actions);
        let row_orders = orders(config.row_order, actions);
        let roles = if game.symmetric() { 1 } else { game.seats() };
        let observations = rules.observations.len();
        let mut variants = Vec::with_capacity(prompts);
        for seat in 0..roles {
            for label_order in &label_orders {
                for row_order in &row_orders {
                    for observation in 0..observations {
                        variants.push(PromptVariant {
                            seat,
                            label_order: label_order.clone(),
                            row_order: row_order.clone(),
                            seen: rules.observations.get(observation),
                        });
                    }
                }
            }
        }
        let mut texts = Vec::with_capacity(prompts);
        let mut tokens = Vec::with_capacity(prompts);
        let (mut talk, mut labels) = (Vec::new(), Vec::new());
        for variant in &variants {
            if config.talk > 0 {
                talk.push(tokenizer.encode_prompt(&chat(config, tokenizer, config.render_talk(game, variant))?)?);
            }
            let text = chat(config, tokenizer, config.render(game, variant))? + &config.prefill;
            tokens.push(tokenizer.encode_prompt_with_room(&text, config.quoted_tokens_max())?);
            labels = tokenizer.encode_labels(&text, &config.labels)?;
            texts.push(text);
        }
        Ok(Self {
            config: config.clone(),
            tree: PromptTree::new(&tokens, &labels),
            tokens,
            talk,
            labels,
            variants,
            texts,
            label_orders: label_orders.len(),
            row_orders: row_orders.len(),
            observations,
            shared_by_seats: roles == 1,
        })
    }

    /// Number of prompts.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.variants.len()
    }

    /// Index of the prompt for `seat` that lists labels and rows in the orders with these numbers and shows the
    /// observation.
    pub fn index(&self, seat: usize, label_order: usize, row_order: usize, observation: usize) -> usize {
        let role = if self.shared_by_seats { 0 } else { seat };
        ((role * self.label_orders + label_order) * self.row_orders + row_order) * self.observations + observation
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

    /// How many orders of labels and of rows there are.
    pub fn orders(&self) -> (usize, usize) {
        (self.label_orders, self.row_orders)
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

    /// The observation that prompt `index` shows.
    pub fn observation(&self, index: usize) -> Observation {
        self.variants[index].seen
    }
}

/// A user's message as the model gets it, up to where the assistant speaks.
pub(in crate::policies::llm) fn chat(
    config: &PromptConfig,
    tokenizer: &ChatTokenizer,
    user: String,
) -> Result<String, ModelError> {
    let system = config.system.as_ref().map(Message::system);
    let messages: Vec<Message> = system.into_iter().chain([Message::user(user)]).collect();
    tokenizer.render_chat(&messages, true)
}

/// A count as a reader sees it; a saturated one is given as the number that it exceeds.
pub fn shown_count(count: usize) -> String {
    if count == usize::MAX { "more than 10^19".into() } else { count.to_string() }
}

/// Number of [`orders`]; saturates.
fn count_orders(order: Order, actions: usize) -> usize {
    match order {
        Order::Fixed => 1,
        Order::Shuffled | Order::Counterbalanced => (1..=actions).fold(1, usize::saturating_mul),
    }
}

/// The orders in use: the game's own, or all of them, lexicographically. Callers count them first.
fn orders(order: Order, actions: usize) -> Vec<Vec<Action>> {
    let own: Vec<Action> = (0..actions as Action).collect();
    match order {
        Order::Fixed => vec![own],
        Order::Shuffled | Order::Counterbalanced => permutations(&own),
    }
}

fn permutations(items: &[Action]) -> Vec<Vec<Action>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for (i, &first) in items.iter().enumerate() {
        let mut rest = items.to_vec();
        rest.remove(i);
        for mut tail in permutations(&rest) {
            tail.insert(0, first);
            all.push(tail);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog;
    use crate::games::matrix::MatrixGame;
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

    #[test]
    fn orders_are_counted_before_they_are_listed() {
        for order in [Order::Fixed, Order::Shuffled, Order::Counterbalanced] {
            for actions in 1..7 {
                assert_eq!(count_orders(order, actions), orders(order, actions).len());
            }
        }
        assert_eq!(count_orders(Order::Shuffled, 255), usize::MAX);
        // Listing 14! orders would take longer than anyone waits, and more memory than there is.
        let names: Vec<String> = (0..14).map(|i| format!("a{i}")).collect();
        let game = MatrixGame::new("large", &names, &vec![vec![(0.0, 0.0); 14]; 14], &[]).unwrap();
        let rules = Rules::new(Arc::new(game), Horizon::Fixed(1));
        let tokenizer = tiny::load(ChatDate::default()).unwrap().tokenizer;
        for (label_order, row_order) in [(Order::Shuffled, Order::Fixed), (Order::Fixed, Order::Counterbalanced)] {
            let config = PromptConfig { labels: names.clone(), label_order, row_order, ..PromptConfig::default() };
            let refusal = PromptSet::new(&config, &rules, &tokenizer).unwrap_err().to_string();
            assert!(refusal.contains("17174123366400 distinct prompts"), "{refusal}");
        }
    }

    #[test]
    fn orders_are_all_permutations_in_lexicographic_order() {
        assert_eq!(orders(Order::Fixed, 3), [[0, 1, 2]]);
        let all = orders(Order::Shuffled, 3);
        assert_eq!(all, [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]);
    }
}
