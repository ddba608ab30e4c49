//! How language models come into the world: agents that are asked alike share prompts and frozen starts; each has an
//! adapter of its own.

use super::error::SpawnError;
use super::prompts::{Asked, Prompts};
use crate::learning::{Estimator, Learner, LearnerSpec, PolicyTable, optimizer::AdamW};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Agent, Engine, FrozenPrefix, Memo, ValueHead};
use crate::llm::error::ModelError;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::peft;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::policies::llm::generate::Texts;
use crate::policies::llm::prompt::DecisionMode;
use crate::policies::llm::{
    ChoosesByPrompt, DecisionTable, Experience, LlmLearner, LlmPolicy, PromptSet, adapter_stream, policy_table,
};
use crate::scenario::format::{PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::questions::asked_by;
use crate::world::{
    AgentId, Factories, Home, IllegalReward, PartnerOdds, PolicyName, Ranks, RewardTable, Rules, offered,
};
use bevy_ecs::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// The base model of a run and the means to run it.
pub struct Llm {
    /// Tokenizer, identity, weights.
    pub model: LoadedModel,
    /// Everything that it can be asked.
    pub prompts: Prompts,
    /// What runs it; becomes a resource of the world.
    pub engine: Engine,
}

/// What LLM agents share while they are being made.
pub(super) struct LlmParts<'a> {
    llm: &'a Llm,
    factories: &'a Factories,
    /// The base model's own policy over the prompts of a set.
    references: Vec<(Arc<PromptSet>, Arc<PolicyTable>)>,
    prefixes: Vec<Arc<FrozenPrefix>>,
    ranks: &'a Ranks,
    /// How many models that learn and that do not have been dealt to the ranks.
    dealt: [usize; 2],
}

impl<'a> LlmParts<'a> {
    /// The parts with nothing made yet.
    pub(super) fn new(llm: &'a Llm, factories: &'a Factories, ranks: &'a Ranks) -> Self {
        Self { llm, factories, references: Vec::new(), prefixes: Vec::new(), ranks, dealt: [0; 2] }
    }

    /// The home of the next model, which learns or does not; elsewhere, its `adapter` is emptied.
    fn deal(&mut self, learns: bool, adapter: &mut Adapter) -> Home {
        let dealt = &mut self.dealt[usize::from(learns)];
        *dealt += 1;
        let home = self.ranks.deal(*dealt - 1);
        if !home.is_here {
            adapter.params = Vec::new();
        }
        home
    }

    /// Makes `entity` an LLM agent.
    pub(super) fn give(
        &mut self,
        entity: &mut EntityWorldMut,
        id: AgentId,
        spec: &ScenarioSpec,
        population: &PopulationSpec,
        rules: &Rules,
    ) -> Result<(), SpawnError> {
        let PolicySpec::Llm { adapter: shape, from, activated, .. } = &population.policy else {
            unreachable!("only LLM populations get here");
        };
        let prompt = asked_by(spec, population).expect("language models are asked");
        let Asked { set: prompts, pick } = self.llm.prompts.of(prompt).clone();
        // Policies over texts are compared with the base through the texts themselves.
        let table = match prompt.decision {
            DecisionMode::Constrained | DecisionMode::Free => Some(self.reference(&prompts, population)?),
            DecisionMode::Generate => None,
        };
        let table = table.map(DecisionTable::new);
        let decoder = &self.llm.model.base.config;
        let wrong = |problem| SpawnError::Prompts { population: population.name.clone(), problem };
        let invocation = if *activated { prompts.invocation().map_err(wrong)? } else { 0..0 };
        let invoked_by = &prompts.tokens[0][invocation.clone()];
        let mut adapter = self.adapter(shape, from.as_deref(), id, spec.seed)?;
        invoke(&mut adapter, invoked_by, *activated, population)?;
        let learner = population.learner.as_ref().map(|learner| self.learner(learner, prompts.len(), population));
        let learner = learner.transpose()?;
        let value_head =
            learner.as_ref().filter(|learner| learner.needs_values()).map(|_| ValueHead::zeros(decoder.hidden));
        let prefix = activated.then(|| self.prefix(&prompts, invocation.start)).transpose()?;
        if population.estimator == Estimator::Exact {
            if rules.game.seats() != 2 {
                return Err(SpawnError::Refused {
                    what: format!("population `{}`, estimator", population.name),
                    problem: format!("exact returns are for two players, and the game seats {}", rules.game.seats()),
                });
            }
            entity.insert(RewardTable::default());
        }
        if let Some(pick) = pick {
            let agent = Agent { adapter: Some(&adapter), value_head: None, prefix: None };
            let like = learner.as_deref();
            entity.insert((ChoosesByPrompt::new(prompt, &pick, &agent, like), PartnerOdds::default()));
        }
        if let Some(learner) = learner {
            let value_parameters = value_head.as_ref().map_or(0, |head| head.weight.len() + 1);
            entity.insert(LlmLearner {
                learner,
                estimator: population.estimator,
                optimizer: AdamW::new(adapter.params.len()),
                value_optimizer: AdamW::new(value_parameters),
                memo: Memo::default(),
                last_good: None,
            });
        }
        let home = self.deal(population.learner.is_some(), &mut adapter);
        entity.insert((
            PolicyName("llm".into()),
            IllegalReward(prompt.illegal_reward),
            LlmPolicy { prompts, adapter, value_head, prefix, generation: 0 },
            Experience::default(),
            home,
        ));
        match table {
            Some(table) => entity.insert(table),
            None => entity.insert(Texts::default()),
        };
        Ok(())
    }

    /// The learner that `spec` describes, for tables of `prompts` prompts.
    fn learner(
        &self,
        spec: &LearnerSpec,
        prompts: usize,
        population: &PopulationSpec,
    ) -> Result<Box<dyn Learner>, SpawnError> {
        let LearnerSpec::Custom { name, params } = spec else {
            return Ok(spec.build(prompts).expect("what is not a plugin's can be built"));
        };
        let refused =
            |problem| SpawnError::Refused { what: format!("population `{}`, learner", population.name), problem };
        offered(&self.factories.learners, name).and_then(|offer| (offer.make)(params, prompts)).map_err(refused)
    }

    /// The adapter in the folder `from`, or a new one of this `shape`.
    fn adapter(&self, shape: &LoraConfig, from: Option<&str>, id: AgentId, seed: u64) -> Result<Adapter, SpawnError> {
        let decoder = &self.llm.model.base.config;
        Ok(match from {
            Some(dir) => peft::load(Path::new(dir), decoder, Some(&self.llm.model.id))?,
            None => Adapter::init(shape, decoder, &mut adapter_stream(seed, id)),
        })
    }

    /// The base model's own policy over `prompts`, read once for all agents that are asked alike.
    fn reference(
        &mut self,
        prompts: &Arc<PromptSet>,
        population: &PopulationSpec,
    ) -> Result<Arc<PolicyTable>, SpawnError> {
        if let Some((_, reference)) = self.references.iter().find(|(set, _)| Arc::ptr_eq(set, prompts)) {
            return Ok(reference.clone());
        }
        let scores = self.llm.engine.read(&prompts.tree, None, &[], self.llm.engine.threads_each(1))?;
        let reference = policy_table(prompts, &scores);
        if let Some(&value) = reference.log_probs.iter().find(|log_prob| log_prob.is_nan()) {
            let whose = format!("population `{}`, base model", population.name);
            return Err(ModelError::NotFinite { whose, value: value as f32 }.into());
        }
        let reference = Arc::new(reference);
        self.references.push((prompts.clone(), reference.clone()));
        Ok(reference)
    }

    /// The first `len` tokens that all `prompts` share as the frozen base reads them, made once for all agents.
    fn prefix(&mut self, prompts: &PromptSet, len: usize) -> Result<Arc<FrozenPrefix>, DeviceError> {
        let tokens = &prompts.tree.tokens[..len];
        if let Some(prefix) = self.prefixes.iter().find(|prefix| prefix.tokens == tokens) {
            return Ok(prefix.clone());
        }
        let engine = &self.llm.engine;
        let prefix = Arc::new(engine.freeze_prefix(tokens, engine.threads_each(1))?);
        self.prefixes.push(prefix.clone());
        Ok(prefix)
    }
}

/// Makes `adapter` act from the tokens `invoked_by` on; everywhere if there are none.
fn invoke(
    adapter: &mut Adapter,
    invoked_by: &[u32],
    activated: bool,
    population: &PopulationSpec,
) -> Result<(), SpawnError> {
    if !adapter.invocation.is_empty() && adapter.invocation != invoked_by {
        let problem = format!(
            "it is an activated adapter that acts from the tokens {:?} on, here {}; set `activated: true` and ask with the \
             prompt it was trained on",
            adapter.invocation,
            if activated { format!("they are {invoked_by:?}") } else { "it would act everywhere".into() },
        );
        return Err(SpawnError::Refused { what: format!("population `{}`, adapter", population.name), problem });
    }
    adapter.invocation = invoked_by.to_vec();
    Ok(())
}
