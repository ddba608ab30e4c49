//! Every question that agents with the same way of asking can ever be asked, in words.

use super::config::{PromptConfig, PromptVariant};
use super::error::PromptSetError;
use super::orders::{PROMPTS_MAX, count_prompts, orders, shown_observations};
use crate::games::Observation;
use crate::llm::text::chat::Message;
use crate::world::Rules;

/// All questions of one game under one [`PromptConfig`], in a fixed order: by seat (asymmetric games), order of labels,
/// order of rows, observation.
#[derive(Clone, Debug)]
pub struct Wordings {
    /// How agents are asked.
    pub config: PromptConfig,
    /// What each question shows.
    pub variants: Vec<PromptVariant>,
    label_orders: usize,
    row_orders: usize,
    observations: usize,
    shared_by_seats: bool,
}

impl Wordings {
    /// Lists every question of `rules` under `config`.
    ///
    /// # Errors
    /// If there are too many.
    pub fn new(config: &PromptConfig, rules: &Rules) -> Result<Self, PromptSetError> {
        let game = rules.game.as_ref();
        let actions = game.actions().len();
        let prompts = count_prompts(config, &rules.observations, game.seats(), game.symmetric());
        if prompts > PROMPTS_MAX {
            return Err(PromptSetError::TooMany { prompts });
        }
        let label_orders = orders(config.label_order, actions);
        let row_orders = orders(config.row_order, actions);
        let roles = if game.symmetric() { 1 } else { game.seats() };
        let observations = shown_observations(config, &rules.observations);
        let told = rules.reputation.as_ref().filter(|_| config.reputation);
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
                            reputation: told
                                .map(|rules_of| rules_of.norm.in_words(rules.observations.reputation(observation))),
                        });
                    }
                }
            }
        }
        let (label_orders, row_orders) = (label_orders.len(), row_orders.len());
        Ok(Self {
            config: config.clone(),
            variants,
            label_orders,
            row_orders,
            observations,
            shared_by_seats: roles == 1,
        })
    }

    /// Number of questions.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.variants.len()
    }

    /// Index of the question for `seat` that lists labels and rows in the orders with these numbers and shows the
    /// observation; whatever the reputation in it, if nothing is said of reputations.
    pub fn index(&self, seat: usize, label_order: usize, row_order: usize, observation: usize) -> usize {
        let role = if self.shared_by_seats { 0 } else { seat };
        ((role * self.label_orders + label_order) * self.row_orders + row_order) * self.observations
            + observation % self.observations
    }

    /// How many observations questions tell apart.
    pub fn observations(&self) -> usize {
        self.observations
    }

    /// The dense index of the observation that question `index` shows; without its reputation, if nothing is said of
    /// reputations.
    pub fn observation_index(&self, index: usize) -> usize {
        index % self.observations
    }

    /// How many orders of labels and of rows there are.
    pub fn orders(&self) -> (usize, usize) {
        (self.label_orders, self.row_orders)
    }

    /// The observation that question `index` shows.
    pub fn observation(&self, index: usize) -> Observation {
        self.variants[index].seen
    }

    /// Question `index` as a chat, up to where the assistant speaks.
    pub fn messages(&self, index: usize, rules: &Rules) -> Vec<Message> {
        self.config.messages(self.config.render(rules.game.as_ref(), &self.variants[index]))
    }
}

impl PromptConfig {
    /// The chat in which a user's message is asked.
    pub(super) fn messages(&self, user: String) -> Vec<Message> {
        let system = self.system.as_ref().map(Message::system);
        system.into_iter().chain([Message::user(user)]).collect()
    }
}
