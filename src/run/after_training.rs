//! What the language models of a finished run play after its last update, which no tick of it was played with.

use super::adapters::adapter_of;
use super::options::RunOptions;
use super::simulation::{Extension, Simulation};
use crate::learning::exact::Estimator;
use crate::llm::files::fetch::Fetcher;
use crate::metrics::memory_one;
use crate::policies::llm::prompt::DecisionMode;
use crate::scenario::format::{MatchmakingSpec, OutputSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::world::{Population, ReadOut, ReadOutSource, Rules};
use std::collections::BTreeMap;
use std::path::Path;

/// The probabilities of cooperation of the language models of the run in `folder` that have learned: in the first
/// round, and after CC, CD, DC and DD, by the agents' names. `spec` is the run's scenario, in worlds that `extend`
/// makes. Models whose probabilities are counted from what they say are left out.
///
/// Their adapters are loaded into a scenario of one tick, in which each plays itself and learns nothing.
///
/// # Errors
/// With a sentence, if an adapter is not there, or the tick cannot be played.
pub fn after_training(
    folder: &Path,
    spec: &ScenarioSpec,
    extend: Extension,
    fetcher: &Fetcher,
) -> Result<BTreeMap<String, [f64; 5]>, String> {
    let spec = ScenarioSpec {
        ticks: 1,
        matchmaking: MatchmakingSpec::SelfPlay,
        structure: None,
        populations: learned(folder, spec)?,
        output: OutputSpec::default(),
        ..spec.clone()
    };
    if spec.populations.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut simulation = Simulation::extended(extend);
    let played = simulation
        .prepare(&spec, RunOptions::default(), fetcher)
        .and_then(|prepared| simulation.run_prepared(prepared, fetcher));
    played.map_err(|error| error.to_string())?;
    let world = simulation.app.world_mut();
    let mut query = world.query::<(&Population, &ReadOut, &ReadOutSource)>();
    let rules = world.resource::<Rules>();
    let exact = query.iter(world).filter(|(_, _, source)| **source == ReadOutSource::Exact);
    let named = exact.map(|(population, read_out, _)| {
        let name = spec.populations[population.0 as usize].name.clone();
        (name, memory_one(rules, &read_out.0))
    });
    Ok(named.collect())
}

/// Every language model of `spec` that learned in the run in `folder` and whose probabilities can be read, as a
/// population of its own that is called as it is.
fn learned(folder: &Path, spec: &ScenarioSpec) -> Result<Vec<PopulationSpec>, String> {
    let mut alone = Vec::new();
    for population in &spec.populations {
        let PolicySpec::Llm { adapter, activated, prompt, .. } = &population.policy else { continue };
        let is_text = prompt.as_ref().unwrap_or(&spec.prompt).decision == DecisionMode::Generate;
        if population.learner.is_none() || is_text {
            continue;
        }
        for member in 0..population.count {
            let name = format!("{}_{member}", population.name);
            let from = adapter_of(folder, &name).map_err(|error| error.to_string())?;
            let from = from.to_str().ok_or_else(|| format!("{} is no text", from.display()))?;
            let policy = PolicySpec::Llm {
                adapter: adapter.clone(),
                activated: *activated,
                from: Some(from.to_owned()),
                prompt: prompt.clone(),
            };
            let (learner, estimator) = (None, Estimator::Sampled);
            alone.push(PopulationSpec {
                name,
                count: 1,
                joins: 0,
                leaves: None,
                policy,
                learner,
                estimator,
                ..population.clone()
            });
        }
    }
    Ok(alone)
}
