//! The memory that the language models of a scenario need, from its prompts' real tokens, before anything is run.

use crate::llm::engine::budget::pass::{ModelShape, PassSize};
use crate::llm::engine::budget::plan::{Load, Needs};
use crate::llm::engine::machine::Backend;
use crate::llm::error::ModelError;
use crate::llm::files::peft;
use crate::llm::lora::LoraConfig;
use crate::llm::tree::PromptTree;
use crate::policies::llm::prompt::DecisionMode;
use crate::policies::llm::{PickPrompt, PromptSet};
use crate::scenario::format::{EvolutionSpec, Learned, Moments, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::questions::asked_by;
use crate::scenario::size::extent::Extent;
use crate::scenario::size::tick;
use crate::scenario::spawn::SpawnError;
use crate::scenario::spawn::prompts::{Asked, Prompts};
use crate::world::{Matchmaker, Rules};
use std::path::Path;

/// Vectors as long as an adapter that its learner holds: the adapter, two moments, and the parameters before the last
/// update.
const VECTORS_OF_LEARNER: u64 = 4;

/// The same for learning to pick partners: two moments and the gradient.
const VECTORS_OF_PICKS: u64 = 3;

/// Vectors as long as an adapter that what a learner hands on consists of: the adapter, the parameters before the last
/// update, and two moments.
const VECTORS_HANDED_ON: u64 = 4;
/// The same without moments.
const VECTORS_WITHOUT_MOMENTS: u64 = 2;

/// Tokens that follow two quotes in a prompt, and those of the words around the quotes; a byte tokenizer needs a
/// hundred.
const QUOTING_TOKENS: usize = 128;

/// No machine holds a larger tree; larger sizes would only overflow.
const NODES_MAX: usize = 1 << 24;

/// How a run is worked on.
#[derive(Clone, Copy, Debug)]
pub struct Hands {
    /// Threads of each process.
    pub workers: usize,
    /// Processes among which language models are dealt.
    pub ranks: usize,
}

/// What the run of `spec` with these `prompts` needs on the CPU, of each process if there are several.
pub fn needs(
    spec: &ScenarioSpec,
    rules: &Rules,
    matchmaker: &dyn Matchmaker,
    prompts: &Prompts,
    shape: ModelShape,
    Hands { workers, ranks }: Hands,
    backend: &Backend,
) -> Result<Needs, SpawnError> {
    let history = tick::estimate(spec, &rules.observations, rules.game.seats(), matchmaker);
    let Extent { agents, rounds, .. } = history.extent;
    let seats = history.extent.seats_taken().div_ceil(agents.max(1));
    let held = (shape.weight_bytes() + backend.extra_bytes(&shape)).saturating_add(history.bytes);
    let mut survey = Survey {
        needs: Needs { shape, held, tables: Vec::new(), texts: Vec::new(), scored: Vec::new(), workers },
        seats: usize::try_from(seats).unwrap_or(usize::MAX),
        rounds: usize::try_from(rounds).unwrap_or(usize::MAX),
    };
    prompts.sets().for_each(|set| survey.add_base(set));
    for population in &spec.populations {
        // No rank has more of a population than this.
        let dealt = population.count.div_ceil(u32::try_from(ranks).unwrap_or(u32::MAX));
        let population = &PopulationSpec { count: dealt, ..population.clone() };
        if let (PolicySpec::Llm { adapter, activated, from, .. }, Some(config)) =
            (&population.policy, asked_by(spec, population))
        {
            let Asked { set, pick } = prompts.of(config);
            let adapter = adapter_shape(adapter, from.as_deref())?;
            let wrong = |problem| SpawnError::Prompts { population: population.name.clone(), problem };
            let first = if *activated { set.invocation().map_err(wrong)?.start } else { 0 };
            if let Some(pick) = pick {
                survey.add_picks(population, pick, adapter.clone());
            }
            if let Some(evolution) = spec.evolution.as_ref().filter(|_| population.learner.is_some()) {
                let vectors = u64::from(population.count) * vectors_inherited(evolution, from.is_none());
                survey.needs.held += vectors * 4 * survey.needs.shape.adapter_params(&adapter);
            }
            survey.add(population, set, adapter, first);
        }
    }
    Ok(survey.needs)
}

fn adapter_shape(adapter: &LoraConfig, from: Option<&str>) -> Result<LoraConfig, ModelError> {
    from.map_or_else(|| Ok(adapter.clone()), |folder| peft::shape(Path::new(folder)))
}

/// Vectors as long as an adapter that inheritance takes for each learner at most: what it was born with, unless that is
/// drawn again from the seed (`is_fresh`), and what is handed on at the end of a generation, which is there twice if it
/// changes on the way, or before a migration.
fn vectors_inherited(evolution: &EvolutionSpec, is_fresh: bool) -> u64 {
    let inborn = u64::from(evolution.keeps_inborn() && !is_fresh);
    let handed_on = match (evolution.inherit.learned, evolution.inherit.moments) {
        (Learned::Baldwinian, _) => 0,
        // Shared with what agents were born with.
        (Learned::Darwinian, _) => u64::from(evolution.changes_adapters()),
        (Learned::Lamarckian, moments) => {
            let state = if moments == Moments::Copy { VECTORS_HANDED_ON } else { VECTORS_WITHOUT_MOMENTS };
            state * (1 + u64::from(evolution.changes_adapters()))
        }
    };
    // Agents that exchange places take along all that they have learned, whatever is inherited.
    let moving = if evolution.migration.is_some() { VECTORS_HANDED_ON } else { 0 };
    inborn + handed_on.max(moving)
}

/// The needs of a scenario while they are being gathered.
struct Survey {
    needs: Needs,
    /// Seats of an agent in a tick.
    seats: usize,
    /// Rounds of a match.
    rounds: usize,
}

impl Survey {
    /// Adds the base model's own pass over the prompts of `set`.
    fn add_base(&mut self, set: &PromptSet) {
        if set.config.decision != DecisionMode::Generate {
            let size = PassSize::of(&set.tree, 0, &self.needs.shape.config);
            self.needs.scored.push(Load { size, adapter: None, agents: 1 });
        }
    }

    /// Adds what the members of `population` need to pick partners.
    fn add_picks(&mut self, population: &PopulationSpec, pick: &PickPrompt, adapter: LoraConfig) {
        let (agents, shape) = (population.count as usize, &self.needs.shape);
        let size = PassSize::of(&pick.tree, 0, &shape.config);
        let learns = population.learner.is_some();
        if learns {
            self.needs.held += agents as u64 * VECTORS_OF_PICKS * 4 * shape.adapter_params(&adapter);
        }
        let kind = if learns { &mut self.needs.texts } else { &mut self.needs.scored };
        kind.push(Load { size, adapter: Some(adapter), agents });
    }

    /// Adds the members of `population`, whose adapters act from token `first` on.
    fn add(&mut self, population: &PopulationSpec, set: &PromptSet, adapter: LoraConfig, first: usize) {
        let (agents, learns) = (population.count as usize, population.learner.is_some());
        let shape = &self.needs.shape;
        let vectors = if learns { VECTORS_OF_LEARNER } else { 1 };
        self.needs.held += agents as u64 * vectors * 4 * shape.adapter_params(&adapter);
        self.needs.held += first as u64 * shape.past_bytes();
        if set.config.decision != DecisionMode::Generate {
            let load = Load { size: PassSize::of(&set.tree, first, &shape.config), adapter: Some(adapter), agents };
            let kind = if learns { &mut self.needs.tables } else { &mut self.needs.scored };
            kind.push(load);
            return;
        }
        let asked = [&set.talk[..], &set.tokens].concat();
        let prompts = PromptTree::with_completions(&asked, &vec![Vec::new(); asked.len()]);
        let (choice, message) = (&set.config.generation, &set.config.message);
        let mut drawn = choice.max_new_tokens as usize;
        let mut tokens = drawn;
        if set.config.talk > 0 {
            // The message, and a prompt of the agent's own that quotes two of them.
            drawn += message.max_new_tokens as usize;
            tokens += 3 * message.max_new_tokens as usize + QUOTING_TOKENS;
        }
        // The likeliest text is the same every time.
        let same = set.config.talk == 0 && choice.temperature == 0.0;
        // Every agent keeps its prompts' keys and values; one that speaks has those of its texts too, and a copy of
        // all.
        let cache = |nodes: usize| nodes as u64 * shape.past_bytes();
        let logits = (4 * asked.len() * shape.config.vocab) as u64;
        let texts = |draws: usize| if same { draws.min(set.len()) } else { draws };
        let most = |draws: usize, each: usize| texts(draws).saturating_mul(each).min(NODES_MAX);
        let spoken = most(self.seats, tokens);
        let speaking = 2 * cache(prompts.len().saturating_add(spoken));
        self.needs.held += agents as u64 * (cache(prompts.len()) + logits);
        self.needs.held += self.needs.workers.min(agents) as u64 * speaking;
        // An upper bound: texts that begin alike share their first tokens.
        let draws = self.seats.saturating_mul(self.rounds);
        let size = PassSize::of(&prompts, first, &shape.config).grown(most(draws, tokens), most(draws, drawn));
        let kind = if learns { &mut self.needs.texts } else { &mut self.needs.scored };
        kind.push(Load { size, adapter: Some(adapter), agents });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::format::InheritSpec;

    #[test]
    fn inheritance_takes_what_it_copies() {
        let evolution = |learned: Learned, moments: Moments, crossover: f64| {
            let rule = serde_json::json!({ "rule": { "WrightFisher": { "fitness": { "Exponential": 1.0 } } } });
            let spec: EvolutionSpec = serde_json::from_value(rule).unwrap();
            EvolutionSpec { inherit: InheritSpec { learned, moments, crossover, ..InheritSpec::default() }, ..spec }
        };
        for (learned, moments, crossover, fresh, from_file) in [
            (Learned::Baldwinian, Moments::Copy, 0.0, 0, 1),
            (Learned::Darwinian, Moments::Copy, 0.0, 0, 1),
            (Learned::Darwinian, Moments::Copy, 0.5, 1, 2),
            (Learned::Lamarckian, Moments::Copy, 0.0, 4, 4),
            (Learned::Lamarckian, Moments::Zero, 0.0, 2, 2),
            (Learned::Lamarckian, Moments::Copy, 0.5, 8, 8),
        ] {
            let evolution = evolution(learned, moments, crossover);
            let found = [true, false].map(|is_fresh| vectors_inherited(&evolution, is_fresh));
            assert_eq!(found, [fresh, from_file], "{learned:?} {moments:?} {crossover}");
        }
        // Agents that exchange places take along the moments too.
        let migration = Some(serde_json::from_value(serde_json::json!({ "every": 1 })).unwrap());
        let moving = EvolutionSpec { migration, ..evolution(Learned::Baldwinian, Moments::Zero, 0.0) };
        assert_eq!([true, false].map(|is_fresh| vectors_inherited(&moving, is_fresh)), [4, 5]);
    }
}
