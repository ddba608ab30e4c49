//! What a scenario asks of the engine: of language models above all.

use crate::play::ACTIONS_MAX;
use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
use crate::scenario::format::{
    HorizonSpec, ModelSpec, OpeningSpec, PlaySpec, PolicySpec, PopulationSpec, ScenarioSpec,
};
use crate::world::PlayOrder;

/// The order of play that `spec` asks for: matches one by one are played by learners, or by scripts where all are.
pub(super) fn play_order(spec: &ScenarioSpec) -> PlayOrder {
    match spec.play {
        PlaySpec::Fastest | PlaySpec::Lockstep => PlayOrder::Lockstep,
        PlaySpec::PairByPair => PlayOrder::PairByPair,
        PlaySpec::MatchByMatch if all_are_scripts(spec) => PlayOrder::ScriptsByMatch,
        PlaySpec::MatchByMatch => PlayOrder::LearnersByMatch,
    }
}

/// The fastest order of play for `spec` that gives the bytes of lockstep, in a game of `seats` players and `actions`
/// actions.
pub(super) fn fastest_order(spec: &ScenarioSpec, seats: usize, actions: usize) -> PlayOrder {
    let is_watched = spec.output.moves || spec.reputation.is_some() || spec.matchmaking.is_by_choice();
    let is_paid_alike = spec.evolution.as_ref().is_none_or(|evolution| evolution.inherit.weights.is_empty());
    if !all_are_scripts(spec) || is_watched || !is_paid_alike || seats != 2 || actions > ACTIONS_MAX {
        return PlayOrder::Lockstep;
    }
    let goes_alike =
        spec.noise == 0.0 && matches!(spec.rounds, HorizonSpec::Fixed(_)) && spec.opening == OpeningSpec::Blank;
    if goes_alike { PlayOrder::PairByPair } else { PlayOrder::ScriptsByMatch }
}

fn all_are_scripts(spec: &ScenarioSpec) -> bool {
    spec.populations.iter().all(|population| matches!(population.policy, PolicySpec::Scripted(_)))
}

/// Whether any agent of `spec` needs the base model.
pub fn needs_model(spec: &ScenarioSpec) -> bool {
    spec.populations.iter().any(|p| matches!(p.policy, PolicySpec::Llm { .. }))
}

/// Whether any agent of `spec` is a language model, learning or frozen.
pub fn asks_models(spec: &ScenarioSpec) -> bool {
    spec.populations.iter().any(|p| matches!(p.policy, PolicySpec::Llm { .. } | PolicySpec::Frozen { .. }))
}

/// Whether any LLM agent of `spec` writes messages.
pub fn talks(spec: &ScenarioSpec) -> bool {
    some_are_asked(spec, |prompt| prompt.talk > 0)
}

/// Whether any LLM agent of `spec` answers in generated text.
pub fn generates(spec: &ScenarioSpec) -> bool {
    some_are_asked(spec, |prompt| prompt.decision == DecisionMode::Generate)
}

/// Whether any LLM agent of `spec` is asked in such a `way`.
pub(in crate::scenario) fn some_are_asked(spec: &ScenarioSpec, way: impl Fn(&PromptConfig) -> bool) -> bool {
    spec.populations.iter().filter_map(|population| asked_by(spec, population)).any(way)
}

/// How the members of `population` are asked; `None` if they are not language models.
pub(in crate::scenario) fn asked_by<'a>(
    spec: &'a ScenarioSpec,
    population: &'a PopulationSpec,
) -> Option<&'a PromptConfig> {
    match &population.policy {
        PolicySpec::Llm { prompt, .. } => Some(prompt.as_ref().unwrap_or(&spec.prompt)),
        _ => None,
    }
}

/// How many others an agent of `spec` picks its partner from.
pub(in crate::scenario) fn others(spec: &ScenarioSpec) -> usize {
    spec.populations.iter().map(|population| population.count as usize).sum::<usize>() - 1
}

/// What in `spec` only the CPU's engine can do, in words; `None` if a device can run it all.
pub fn cpu_only(spec: &ScenarioSpec) -> Option<&'static str> {
    generates(spec).then_some("`decision: Generate` decodes")
}

/// Whether agents of `spec` pick whom they play with.
pub fn picks_partners(spec: &ScenarioSpec) -> bool {
    spec.matchmaking.is_by_choice()
}

/// The name by which the model loader finds the scenario's model; for random weights, the name they are given.
pub fn model_name(spec: &ModelSpec) -> String {
    match spec {
        ModelSpec::Named(name) | ModelSpec::Path(name) => name.clone(),
        ModelSpec::Hub { repository, revision, file } => {
            let file = file.as_ref().map_or_else(String::new, |file| format!(":{file}"));
            format!("{repository}@{revision}{file}")
        }
        ModelSpec::Random(shape) => shape.name(),
    }
}
