//! From spec to world: the only place where a scenario becomes entities.

mod error;
mod founders;
mod frozen;
mod llm;
pub mod needs;
mod prompts;
mod remote;

pub use crate::scenario::questions::{
    asks_models, cpu_only, generates, model_name, needs_model, picks_partners, talks,
};
pub use frozen::{FrozenAnswers, FrozenPlayer, frozen_players, texts};
pub use remote::{asks_servers, remote_asked, requests_at_most};

pub use error::SpawnError;
pub use founders::founding_types;
pub use llm::Llm;
pub use prompts::{Asked, Prompts};

use self::frozen::policy_name;
use self::llm::LlmParts;
use crate::evolution::Evolution;
use crate::fault::Fault;
use crate::games::Game;
use crate::games::normal_form::can_be_counted;
use crate::play::{CollectiveRange, RewardsByPopulation, WantExpectedScores};
use crate::policies::llm::{BaseLlm, Frozen, LlmTokenizer};
use crate::policies::network::q_network::{QNetwork, QNetworkConfig};
use crate::policies::network::{ChoosesByNetwork, PlaysByNetwork};
use crate::policies::scripted::{MatchFacts, Scripted, Strategy, StrategySpec, member_stream};
use crate::policies::tabular::{QLearner, q_learning::QTable};
use crate::rng::{Purpose, StreamKey, stream};
use crate::scenario::format::{
    EvolutionSpec, GameSpec, HorizonSpec, OpeningSpec, PlaySpec, PolicySpec, PopulationSpec, ScenarioSpec, TermSpec,
};
use crate::scenario::questions::{fastest_order, others, play_order};
use crate::world::schedule;
use crate::world::{
    AgentId, AgentName, ChoosesPartner, Clock, Completions, Factories, Heritage, Home, Horizon, IllegalReward, Inborn,
    LearnedState, LearnsByRound, Matchmaker, Matchmaking, Opening, Phase, PlayOrder, PolicyName, Population,
    Populations, Presence, Ranks, ReadOut, RecordEvery, Reputations, RewardTable, Roster, Rules, RunSeed, Score, Stay,
    TermNames, offered,
};
use bevy_ecs::prelude::*;
use std::sync::Arc;

/// The game that `spec` describes.
pub fn game(spec: &GameSpec, factories: &Factories) -> Result<Arc<dyn Game>, SpawnError> {
    let refused = |problem: String| SpawnError::Refused { what: "game".into(), problem };
    if let GameSpec::Custom { name, params } = spec {
        return offered(&factories.games, name).and_then(|offer| (offer.make)(params)).map_err(refused);
    }
    let (_, kind) = spec.listed().expect("what is not a plugin's is listed");
    let first = |faults: Vec<Fault>| faults.into_iter().next().map_or_else(String::new, |fault| fault.message);
    kind.game().map_err(|faults| refused(first(faults)))
}

/// The matchmaker that `spec` describes.
///
/// # Errors
/// If a plugin refuses its matchmaker's parameters.
pub fn matchmaker(spec: &ScenarioSpec, factories: &Factories) -> Result<Arc<dyn Matchmaker>, SpawnError> {
    let refused = |problem: String| SpawnError::Refused { what: "matchmaking".into(), problem };
    spec.matchmaking.build(factories).map_err(refused)
}

/// How agents inherit from each other, as `spec` describes it; `None`: they do not.
///
/// # Errors
/// If a plugin refuses its rule's parameters.
pub fn evolution(spec: &ScenarioSpec, factories: &Factories) -> Result<Option<Evolution>, SpawnError> {
    let refused = |problem: String| SpawnError::Refused { what: "evolution".into(), problem };
    let build = |spec: &EvolutionSpec| Ok(Evolution { rule: spec.rule.build(factories)?, spec: spec.clone() });
    spec.evolution.as_ref().map(build).transpose().map_err(refused)
}

/// The rules that `spec` describes, where `matchmaker` makes the matches.
///
/// # Errors
/// If a plugin refuses its game's parameters, or the game is too large.
pub fn rules(spec: &ScenarioSpec, matchmaker: &dyn Matchmaker, factories: &Factories) -> Result<Rules, SpawnError> {
    let horizon = match spec.rounds {
        HorizonSpec::Fixed(rounds) => Horizon::Fixed(rounds),
        HorizonSpec::Continue { probability, at_most } => Horizon::Continue { probability, at_most },
    };
    let opening = match spec.opening {
        OpeningSpec::Blank => Opening::Blank,
        OpeningSpec::MadeUp => Opening::MadeUp,
        OpeningSpec::LastMoves => Opening::LastMoves,
    };
    let second_judged_by_own_move = matchmaker.second_judged_by_own_move();
    let game = game(&spec.game, factories)?;
    let countable = can_be_counted(game.as_ref());
    countable.map_err(|problem| SpawnError::Refused { what: "game".into(), problem })?;
    let rules = Rules::new(game, horizon);
    let rules = Rules { noise: spec.noise, opening, second_judged_by_own_move, ..rules };
    let refused = |problem: String| SpawnError::Refused { what: "reputation".into(), problem };
    let reputation = spec.reputation.as_ref().map(|reputation| reputation.build(factories).map_err(refused));
    Ok(match reputation.transpose()? {
        Some(reputation) => rules.with_reputation(reputation),
        None => rules,
    })
}

/// Fills `world` with the resources and agents of `spec`, whose [`rules()`] are `rules`. `llm` is required if
/// [`needs_model`] says so, and `frozen` holds the answers of all [`frozen_players`].
pub fn spawn(
    world: &mut World,
    spec: &ScenarioSpec,
    rules: Rules,
    matchmaker: Arc<dyn Matchmaker>,
    evolution: Option<Evolution>,
    llm: Option<Llm>,
    frozen: &FrozenAnswers,
) -> Result<(), SpawnError> {
    world.insert_resource(Matchmaking(matchmaker));
    if let Some(evolution) = evolution {
        world.insert_resource(evolution);
    }
    world.init_resource::<Factories>();
    // What plugins registered survives a failure.
    world.resource_scope(|world, factories: Mut<Factories>| spawn_with(world, spec, rules, llm, frozen, &factories))
}

/// What language models are made from.
struct Minds<'a> {
    /// `None` if no agent needs the base model.
    llm: Option<LlmParts<'a>>,
    frozen: &'a FrozenAnswers,
    /// The script of the agent that was made last, and its strategy, if others with this script share it.
    script: Option<(StrategySpec, Arc<dyn Strategy>)>,
}

impl Minds<'_> {
    /// What the agent `id` plays by `script`. Members of a population share it, unless it is drawn for each.
    fn strategy(
        &mut self,
        script: &StrategySpec,
        id: AgentId,
        seed: u64,
        rules: &Rules,
    ) -> Result<Arc<dyn Strategy>, Fault> {
        if let Some((of, shared)) = &self.script
            && of == script
        {
            return Ok(shared.clone());
        }
        let mut draws = member_stream(seed, id.0);
        let strategy = script.build(&MatchFacts::of(rules), &mut draws)?;
        let is_drawn = draws.get_word_pos() > 0;
        self.script = (!is_drawn).then(|| (script.clone(), strategy.clone()));
        Ok(strategy)
    }
}

fn spawn_with(
    world: &mut World,
    spec: &ScenarioSpec,
    rules: Rules,
    llm: Option<Llm>,
    frozen: &FrozenAnswers,
    factories: &Factories,
) -> Result<(), SpawnError> {
    let order = set_up(world, spec, &rules);
    let ranks = world.get_resource_or_init::<Ranks>().clone();
    let mut roster = Vec::new();
    let mut minds = Minds { llm: llm.as_ref().map(|llm| LlmParts::new(llm, factories, &ranks)), frozen, script: None };
    let keeps_inborn = spec.evolution.as_ref().is_some_and(EvolutionSpec::keeps_inborn);
    let mut last_inborn = None;
    for (index, population) in spec.populations.iter().enumerate() {
        let asked = remote_asked(spec, population, &rules)?;
        for member in 0..population.count {
            let id = AgentId(roster.len() as u32);
            let mut entity = world.spawn((
                id,
                AgentName(format!("{}_{member}", population.name)),
                Population(index as u32),
                ReadOut::default(),
                Score::default(),
            ));
            roster.push(entity.id());
            give_rewards(&mut entity, population, factories)?;
            match &asked {
                Some(asked) => remote::give(&mut entity, asked),
                None => give_policy(&mut entity, id, spec, population, &rules, factories, &mut minds)?,
            }
            if keeps_inborn {
                let id = entity.id();
                keep_inborn(world, id, spec.seed, &mut last_inborn);
            }
        }
    }
    if let Some(reputation) = &rules.reputation {
        world.insert_resource(Reputations(vec![reputation.norm.first(); roster.len()]));
    }
    if let Some(evolution) = &spec.evolution {
        found(world, spec, evolution, &rules, factories, &mut minds)?;
    }
    if matches!(order, PlayOrder::PairByPair | PlayOrder::ScriptsByMatch) {
        let mut purses = Vec::new();
        for population in &spec.populations {
            let mut entity = world.spawn(RewardTable::default());
            give_rewards(&mut entity, population, factories)?;
            purses.push(entity.id());
        }
        world.insert_resource(RewardsByPopulation(purses));
    }
    if let Some(structure) = &spec.structure {
        let built = structure.build(roster.len(), spec.seed);
        let refused = |problem: String| SpawnError::Refused { what: "structure".into(), problem };
        world.insert_resource(founders::fit_for(spec, built.map_err(refused)?)?);
    }
    world.insert_resource(rules);
    world.insert_resource(Roster(roster));
    if let Some(llm) = llm {
        world.insert_resource(LlmTokenizer(llm.prompts.tokenizer));
        world.insert_resource(BaseLlm(llm.engine));
    }
    Ok(())
}

/// Fills `world` with what is known before there are agents; the order of play.
fn set_up(world: &mut World, spec: &ScenarioSpec, rules: &Rules) -> PlayOrder {
    let order = match spec.play {
        PlaySpec::Fastest if schedule::has_own_systems_alone(world) => {
            fastest_order(spec, rules.game.seats(), rules.observations.actions)
        }
        _ => play_order(spec),
    };
    world.insert_resource(order);
    world.insert_resource(RunSeed(spec.seed));
    world.insert_resource(Clock { tick: 0, ticks: spec.ticks });
    world.insert_resource(CollectiveRange::of(rules));
    world.insert_resource(RecordEvery(spec.output.every));
    if spec.output.exact {
        world.insert_resource(WantExpectedScores);
    }
    if spec.output.generations {
        world.init_resource::<Completions>();
    }
    let stay = |population: &PopulationSpec| Stay { joins: population.joins, leaves: population.leaves };
    world.insert_resource(Presence(spec.populations.iter().map(stay).collect()));
    world.insert_resource(Populations(spec.populations.iter().map(|p| p.name.clone()).collect()));
    order
}

/// Makes the founding types of a run whose agents inherit from each other.
fn found(
    world: &mut World,
    spec: &ScenarioSpec,
    evolution: &EvolutionSpec,
    rules: &Rules,
    factories: &Factories,
    minds: &mut Minds,
) -> Result<(), SpawnError> {
    let make = |world: &mut World, population: &PopulationSpec| {
        let mut entity = world.spawn_empty();
        give_rewards(&mut entity, population, factories)?;
        // What a language model has learned is in its agents alone, and founding types have none of it.
        if matches!(population.policy, PolicySpec::Llm { .. }) {
            entity.insert(PolicyName("llm".into()));
        } else {
            // No other policy that can be inherited is made by the number of its agent.
            give_policy(&mut entity, AgentId(0), spec, population, rules, factories, minds)?;
        }
        Ok(entity.id())
    };
    let prototypes = founders::prototypes(world, spec, evolution, make)?;
    world.insert_resource(prototypes);
    Ok(())
}

/// Notes what an agent that learns begins with; shares it with the agent before, whose it was `last`, if both begin
/// alike.
fn keep_inborn(world: &mut World, agent: Entity, seed: u64, last: &mut Option<LearnedState>) {
    if world.get::<Home>(agent).is_some_and(|home| !home.is_here) {
        return;
    }
    let heritage = world.get_resource::<Heritage>();
    let Some(inborn) = heritage.and_then(|heritage| heritage.inborn(world.entity(agent), seed)) else { return };
    let shared = last.take().filter(|last| *last == inborn).unwrap_or(inborn);
    world.entity_mut(agent).insert(Inborn(shared.clone()));
    *last = Some(shared);
}

fn give_rewards(
    entity: &mut EntityWorldMut,
    population: &PopulationSpec,
    factories: &Factories,
) -> Result<(), SpawnError> {
    for reward in &population.rewards {
        give_term(entity, &reward.term, reward.phase(), factories).map_err(|problem| SpawnError::Refused {
            what: format!("population `{}`, reward term", population.name),
            problem,
        })?;
    }
    Ok(())
}

fn give_term(entity: &mut EntityWorldMut, term: &TermSpec, phase: Phase, factories: &Factories) -> Result<(), String> {
    if let Some(term) = term.listed() {
        term.give(entity, phase);
    } else if let TermSpec::Custom { name, params } = term {
        (offered(&factories.terms, name)?.make)(params, phase, entity)?;
    }
    Ok(())
}

/// The registered terms that `spec` uses, as (index, name), in the order they were registered.
pub fn terms_in_use<'a>(spec: &ScenarioSpec, registered: &TermNames) -> Vec<(usize, &'a str)> {
    let is_used =
        |name: &str| spec.populations.iter().flat_map(|p| &p.rewards).any(|reward| reward.term.name() == name);
    registered.0.iter().enumerate().filter(|(_, name)| is_used(name)).map(|(i, name)| (i, *name)).collect()
}

fn give_policy(
    entity: &mut EntityWorldMut,
    id: AgentId,
    spec: &ScenarioSpec,
    population: &PopulationSpec,
    rules: &Rules,
    factories: &Factories,
    minds: &mut Minds,
) -> Result<(), SpawnError> {
    match &population.policy {
        PolicySpec::Scripted(strategy) => {
            let refused = |fault: Fault| SpawnError::Refused {
                what: format!("population `{}`, strategy", population.name),
                problem: format!("{}; {}", fault.message, fault.expected),
            };
            let strategy = minds.strategy(strategy, id, spec.seed, rules).map_err(refused)?;
            entity.insert((PolicyName(strategy.name().to_string()), Scripted(strategy)));
        }
        PolicySpec::QLearning(config) => {
            let table = QTable::new(config.clone(), rules.observations.len(), rules.observations.actions);
            entity.insert((PolicyName("q_learning".into()), LearnsByRound(Box::new(QLearner(table)))));
            if play_order(spec) == PlayOrder::LearnersByMatch {
                entity.insert(RewardTable::default());
            }
        }
        PolicySpec::QNetwork(config) => give_networks(entity, id, spec, config, rules),
        PolicySpec::Custom { name, params } => {
            let refused = |problem: String| SpawnError::Refused {
                what: format!("population `{}`, policy", population.name),
                problem,
            };
            let factory = offered(&factories.policies, name).map_err(refused)?;
            entity.insert(PolicyName(name.clone()));
            (factory.make)(params, entity).map_err(refused)?;
        }
        PolicySpec::Remote(_) => unreachable!("remote players are made by themselves"),
        PolicySpec::Frozen { model, .. } => {
            let answers = minds.frozen.of(spec, population).clone();
            let illegal = IllegalReward(answers.prompts.config.illegal_reward);
            entity.insert((PolicyName(policy_name(model)), illegal, Frozen(answers)));
        }
        PolicySpec::Llm { .. } => {
            let llm = minds.llm.as_mut().expect("a scenario with LLM agents is spawned with a base model");
            llm.give(entity, id, spec, population, rules)?;
        }
    }
    Ok(())
}

/// Gives an agent its network for the game and, if partners are chosen, the one that chooses.
fn give_networks(
    entity: &mut EntityWorldMut,
    id: AgentId,
    spec: &ScenarioSpec,
    config: &QNetworkConfig,
    rules: &Rules,
) {
    let key = StreamKey { agent: id.0, ..StreamKey::default() };
    let mut rng = stream(spec.seed, Purpose::NetworkInit, key);
    let network = QNetwork::new(config, config.epsilon, 1, rules.observations.actions, &mut rng);
    entity.insert((PolicyName("q_network".into()), PlaysByNetwork::new(network)));
    if picks_partners(spec) {
        let others = others(spec);
        let network = QNetwork::new(config, config.selection_epsilon, others, others, &mut rng);
        entity.insert(ChoosesPartner(Box::new(ChoosesByNetwork::new(network))));
    }
}
