//! The frozen players of a scenario: which models they are, what each is asked, and what it has answered.

use super::error::SpawnError;
use crate::llm::frozen::{FrozenSource, Texts};
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::policies::llm::prompt::PromptConfig;
use crate::policies::llm::{FrozenTable, PromptSet};
use crate::scenario::format::{ModelSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::questions::model_name;
use crate::world::Rules;
use std::sync::Arc;

/// A model of frozen players, kept in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenPlayer {
    /// The model.
    pub model: ModelSpec,
    /// Whether the blocks of a GGUF file are kept.
    pub quantised: bool,
    /// Every way in which it is asked, once, with the first population that is asked so.
    asked: Vec<(PromptConfig, String)>,
}

/// How the members of `population` are asked if they are frozen, and what they are.
fn frozen_by<'a>(
    spec: &'a ScenarioSpec,
    population: &'a PopulationSpec,
) -> Option<(&'a ModelSpec, bool, &'a PromptConfig)> {
    match &population.policy {
        PolicySpec::Frozen { model, quantised, prompt } => {
            Some((model, *quantised, prompt.as_ref().unwrap_or(&spec.prompt)))
        }
        _ => None,
    }
}

/// The models of the frozen players of `spec`, each once, in the order of its populations.
pub fn frozen_players(spec: &ScenarioSpec) -> Vec<FrozenPlayer> {
    let mut players: Vec<FrozenPlayer> = Vec::new();
    for population in &spec.populations {
        let Some((model, quantised, config)) = frozen_by(spec, population) else { continue };
        let known = players.iter_mut().position(|player| (&player.model, player.quantised) == (model, quantised));
        let index = known.unwrap_or_else(|| {
            players.push(FrozenPlayer { model: model.clone(), quantised, asked: Vec::new() });
            players.len() - 1
        });
        let asked = &mut players[index].asked;
        if asked.iter().all(|(other, _)| other != config) {
            asked.push((config.clone(), population.name.clone()));
        }
    }
    players
}

impl FrozenPlayer {
    /// Whether it is the same model as `other`, kept in the same way, whatever the two are asked.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.model, self.quantised) == (&other.model, other.quantised)
    }

    /// Its name, as the model loader finds it.
    pub fn name(&self) -> String {
        model_name(&self.model)
    }

    /// Calls `with` with what the model loader wants to know, and returns what it does.
    pub fn with_source<R>(&self, with: impl FnOnce(FrozenSource<'_>) -> R) -> R {
        let random = if let ModelSpec::Random(shape) = &self.model { Some(shape) } else { None };
        with(FrozenSource { name: &self.name(), random, quantised: self.quantised })
    }

    /// Renders and tokenises everything that it is asked.
    ///
    /// # Errors
    /// If there are too many prompts, or the tokenizer refuses one.
    pub fn prompts(&self, rules: &Rules, tokenizer: &ChatTokenizer) -> Result<Vec<Arc<PromptSet>>, SpawnError> {
        let set = |(config, population): &(PromptConfig, String)| {
            let set = PromptSet::new(config, rules, tokenizer);
            set.map(Arc::new).map_err(|problem| SpawnError::Prompts { population: population.clone(), problem })
        };
        self.asked.iter().map(set).collect()
    }
}

/// What outputs call the policy of a frozen player: the last part of the model's name tells it from others.
pub(super) fn policy_name(model: &ModelSpec) -> String {
    let name = model_name(model);
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    format!("frozen:{last}")
}

/// What the prompts of `set` ask of a model.
pub fn texts(set: &PromptSet) -> Texts<'_> {
    Texts { prompts: &set.tokens, labels: &set.labels, tree: &set.tree }
}

/// What the frozen players of a scenario have answered.
#[derive(Debug, Default)]
pub struct FrozenAnswers(Vec<(ModelSpec, bool, Arc<FrozenTable>)>);

impl FrozenAnswers {
    /// Adds the log-probabilities that `player` gives the labels after the prompts of `set`.
    pub fn add(&mut self, player: &FrozenPlayer, set: Arc<PromptSet>, label_log_probs: Vec<f32>) {
        let table = Arc::new(FrozenTable::new(set, label_log_probs));
        self.0.push((player.model.clone(), player.quantised, table));
    }

    /// The answers of the model of `population`, whose members are frozen.
    ///
    /// # Panics
    /// If it was not asked.
    pub(super) fn of(&self, spec: &ScenarioSpec, population: &PopulationSpec) -> &Arc<FrozenTable> {
        let (model, quantised, config) = frozen_by(spec, population).expect("only frozen populations get here");
        let is_it = |(other, kept, table): &&(ModelSpec, bool, Arc<FrozenTable>)| {
            (other, *kept, &table.prompts.config) == (model, quantised, config)
        };
        let found = self.0.iter().find(is_it);
        &found.expect("every frozen player was asked before the run").2
    }
}
