//! What a scenario asks of the engine: of language models above all.

use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
use crate::scenario::format::{ModelSpec, PlaySpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::world::PlayOrder;

/// The order in which rounds are played: matches one by one are played by learners, or by scripts where all are.
pub(super) fn play_order(spec: &ScenarioSpec) -> PlayOrder {
    let all_are_scripts = || spec.populations.iter().all(|p| matches!(p.policy, PolicySpec::Scripted(_)));
    match spec.play {
        PlaySpec::Lockstep => PlayOrder::Lockstep,
        PlaySpec::PairByPair => PlayOrder::PairByPair,
        PlaySpec::MatchByMatch if all_are_scripts() => PlayOrder::ScriptsByMatch,
        PlaySpec::MatchByMatch => PlayOrder::LearnersByMatch,
    }
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
    if generates(spec) {
        Some("`decision: Generate` decodes")
    } else if picks_partners(spec) && needs_model(spec) {
        Some("language models pick partners")
    } else {
        None
    }
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
