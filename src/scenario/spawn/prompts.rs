//! Everything that the language models of a scenario can be asked, rendered and tokenised once.

use super::error::SpawnError;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::policies::llm::prompt::PromptConfig;
use crate::policies::llm::{PickPrompt, PromptSet};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::questions::{asked_by, others, picks_partners};
use crate::world::Rules;
use std::sync::Arc;

/// What all agents that are asked alike can be asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The prompts of the game.
    pub set: Arc<PromptSet>,
    /// The prompt for picking a partner; `None` if partners are not picked.
    pub pick: Option<Arc<PickPrompt>>,
}

/// The prompts of a scenario, in the order of its populations. They do not depend on its seed, and a clone shares them.
#[derive(Clone, Debug)]
pub struct Prompts {
    /// The tokenizer that tokenised them, with which agents read and write.
    pub tokenizer: Arc<ChatTokenizer>,
    asked: Vec<Asked>,
}

impl Prompts {
    /// Renders and tokenises the prompts of every population of `spec` that language models play.
    ///
    /// # Errors
    /// If there are too many of them, or the tokenizer refuses one.
    pub fn new(spec: &ScenarioSpec, rules: &Rules, tokenizer: Arc<ChatTokenizer>) -> Result<Self, SpawnError> {
        let mut prompts = Self { tokenizer, asked: Vec::new() };
        for population in &spec.populations {
            let Some(config) = asked_by(spec, population) else { continue };
            if prompts.find(config).is_some() {
                continue;
            }
            let set = PromptSet::new(config, rules, &prompts.tokenizer)
                .map_err(|problem| SpawnError::Prompts { population: population.name.clone(), problem })?;
            let pick = || PickPrompt::new(config, others(spec), &prompts.tokenizer).map(Arc::new);
            let pick = picks_partners(spec).then(pick).transpose()?;
            prompts.asked.push(Asked { set: Arc::new(set), pick });
        }
        Ok(prompts)
    }

    /// The sets of prompts, each once.
    pub fn sets(&self) -> impl Iterator<Item = &Arc<PromptSet>> {
        self.asked.iter().map(|asked| &asked.set)
    }

    /// What agents that are asked as `config` says can be asked.
    ///
    /// # Panics
    /// If no agent in the scenario is asked in that way.
    pub(super) fn of(&self, config: &PromptConfig) -> &Asked {
        self.find(config).expect("the prompts are those of the scenario")
    }

    fn find(&self, config: &PromptConfig) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.set.config == *config)
    }
}
