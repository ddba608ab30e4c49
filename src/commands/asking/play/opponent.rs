//! Whom a person plays with.

use crate::learning::exact::Estimator;
use crate::policies::scripted::explain as strategies;
use crate::rng::{Purpose, StreamKey, stream};
use crate::run::adapter_of;
use crate::scenario::format::{PolicySpec, PopulationSpec, ScenarioSpec, StrategySpec};
use crate::scenario::text::resolved::ron_options;
use crate::text::{did_you_mean_or_stop, nearest, shown};
use rand::RngExt;
use std::path::Path;

/// Most agents that a message names.
const NAMED_MAX: usize = 8;

/// An agent that is met.
#[derive(Clone, Debug)]
pub(super) struct Opponent {
    /// Its name where it comes from.
    pub(super) agent: String,
    /// Its name in the match.
    pub(super) agent_here: String,
    /// A population of it alone, which no longer learns.
    pub(super) population: PopulationSpec,
    /// What it is, in lines of text.
    pub(super) about: String,
    /// Whether it is revealed only after the match.
    pub(super) is_hidden: bool,
}

/// A scenario of every strategy that needs no parameters of its own, and no reputations to read.
pub(super) fn every_strategy() -> String {
    let camel = |name: &str| -> String {
        let words = name.split('_').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        words.collect()
    };
    let population = |name: &str| {
        let word = camel(name);
        let written = [word.clone(), format!("{word}()")];
        let is_met = |spec: StrategySpec| !spec.listed().reads_reputation;
        let written =
            written.into_iter().find(|text| ron_options().from_str::<StrategySpec>(text).is_ok_and(is_met))?;
        Some(format!("(name: \"{name}\", policy: Scripted({written})),"))
    };
    let populations: String = strategies::names().filter_map(population).collect();
    format!(
        "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(10), populations: [{populations}])"
    )
}

/// The agent called `name`, or the first of the population of that name; without a name, one drawn by `seed`. `run` is
/// the folder of the run that `spec` comes from, where its adapters are.
pub(super) fn choose(
    spec: &ScenarioSpec,
    name: Option<&str>,
    run: Option<&Path>,
    seed: u64,
) -> Result<Opponent, String> {
    let (index, member) = match name {
        Some(name) => find(spec, name)?,
        None => {
            let members: Vec<u64> = spec.populations.iter().map(|population| u64::from(population.count)).collect();
            let purpose = Purpose::plugin("opponent");
            let mut drawn = stream(seed, purpose, StreamKey::default()).random_range(0..members.iter().sum::<u64>());
            let mut index = 0;
            while drawn >= members[index] {
                drawn -= members[index];
                index += 1;
            }
            (index, drawn as u32)
        }
    };
    let population = &spec.populations[index];
    let agent = format!("{}_{member}", population.name);
    let policy = grown_up(population, &agent, run)?;
    let about = about(population, run.is_some());
    let alone = PopulationSpec {
        count: 1,
        joins: 0,
        leaves: None,
        policy,
        learner: None,
        estimator: Estimator::default(),
        ..population.clone()
    };
    let agent_here = format!("{}_0", population.name);
    Ok(Opponent { agent, agent_here, population: alone, about, is_hidden: name.is_none() })
}

/// The population and the member that `name` names.
fn find(spec: &ScenarioSpec, name: &str) -> Result<(usize, u32), String> {
    for (index, population) in spec.populations.iter().enumerate() {
        if population.name == name {
            return Ok((index, 0));
        }
        let number = name.strip_prefix(&population.name).and_then(|rest| rest.strip_prefix('_'));
        if let Some(member) = number.and_then(|number| number.parse().ok())
            && member < population.count
        {
            return Ok((index, member));
        }
    }
    let names: Vec<&str> = spec.populations.iter().map(|population| &*population.name).collect();
    let hint = did_you_mean_or_stop(nearest(name, names.iter().copied()));
    let more = if names.len() > NAMED_MAX { ", …" } else { "" };
    let some = names.iter().take(NAMED_MAX).map(|name| shown(name).into_owned()).collect::<Vec<_>>().join(", ");
    Err(format!("no agent and no population is called `{}`{hint} Choose from: {some}{more}", shown(name)))
}

/// The policy of `agent` as its run has left it.
fn grown_up(population: &PopulationSpec, agent: &str, run: Option<&Path>) -> Result<PolicySpec, String> {
    let mut policy = population.policy.clone();
    match (&mut policy, run) {
        (PolicySpec::Llm { from, .. }, Some(run)) if population.learner.is_some() => {
            let folder = adapter_of(run, agent).map_err(|error| error.to_string())?;
            *from = Some(folder.display().to_string());
        }
        (PolicySpec::QLearning(_) | PolicySpec::QNetwork(_), Some(_)) => {
            return Err(format!(
                "what `{agent}` has learned is not kept after its run: only adapters of language models are; to meet one \
                 that learns while you play, name the scenario's file instead of the run"
            ));
        }
        _ => {}
    }
    Ok(policy)
}

/// What an opponent is.
fn about(population: &PopulationSpec, is_of_run: bool) -> String {
    match &population.policy {
        PolicySpec::Scripted(strategy) => {
            strategies::explain(strategy.name()).unwrap_or_default().trim_end().to_owned()
        }
        PolicySpec::Llm { .. } if population.learner.is_some() && is_of_run => {
            let terms: Vec<&str> = population.rewards.iter().map(|reward| reward.term.name()).collect();
            format!("A language model trained on the {} reward.", terms.join(" + "))
        }
        PolicySpec::Llm { .. } => "A language model that has not learned.".into(),
        PolicySpec::QLearning(_) | PolicySpec::QNetwork(_) => "It learned while you played.".into(),
        PolicySpec::Frozen { .. } => "A language model that does not learn.".into(),
        PolicySpec::Remote(config) => format!("A model behind a server, {}.", shown(&config.model)),
        PolicySpec::Custom { name, .. } => format!("A plugin's policy, {}.", shown(name)),
    }
}
