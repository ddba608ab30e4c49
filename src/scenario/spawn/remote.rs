//! How remote players come into the world, and how much they will ask.

use super::error::SpawnError;
use crate::policies::llm::Wordings;
use crate::policies::remote::{Approach, RemoteConfig, RemotePlayer};
use crate::scenario::format::{HorizonSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::size::extent::{Extent, sizes};
use crate::world::{IllegalReward, Matchmaker, PolicyName, Rules};
use bevy_ecs::world::EntityWorldMut;
use std::sync::Arc;

/// The populations of `spec` that servers play for.
fn remote(spec: &ScenarioSpec) -> impl Iterator<Item = (usize, &PopulationSpec, &RemoteConfig)> {
    spec.populations.iter().enumerate().filter_map(|(index, population)| match &population.policy {
        PolicySpec::Remote(config) => Some((index, population, config)),
        _ => None,
    })
}

/// Whether any agent of `spec` is played for by a server.
pub fn asks_servers(spec: &ScenarioSpec) -> bool {
    remote(spec).next().is_some()
}

/// How the members of `population` are asked; `None` if no server plays for them.
///
/// # Errors
/// If there are too many prompts, or no such server.
pub fn remote_asked(
    spec: &ScenarioSpec,
    population: &PopulationSpec,
    rules: &Rules,
) -> Result<Option<Arc<Approach>>, SpawnError> {
    let PolicySpec::Remote(config) = &population.policy else { return Ok(None) };
    let prompt = config.prompt.as_ref().unwrap_or(&spec.prompt);
    let wordings = Wordings::new(prompt, rules)
        .map_err(|problem| SpawnError::Prompts { population: population.name.clone(), problem })?;
    let refused = |problem| SpawnError::Refused { what: format!("population `{}`, server", population.name), problem };
    Ok(Some(Arc::new(Approach::new(config, wordings).map_err(refused)?)))
}

/// Makes `entity` a player that is asked so.
pub(super) fn give(entity: &mut EntityWorldMut, asked: &Arc<Approach>) {
    let illegal = IllegalReward(asked.wordings.config.illegal_reward);
    entity.insert((PolicyName("remote".into()), illegal, RemotePlayer::new(asked.clone())));
}

/// How many requests for tables and how many for decisions the run of `spec` makes at most, repeated ones left out.
///
/// # Errors
/// As [`remote_asked`].
pub fn requests_at_most(
    spec: &ScenarioSpec,
    rules: &Rules,
    matchmaker: &dyn Matchmaker,
) -> Result<(u64, u64), SpawnError> {
    let (extent, sizes) = (Extent::of(spec, rules.game.seats(), matchmaker), sizes(spec));
    let rounds = match spec.rounds {
        HorizonSpec::Fixed(rounds) => rounds,
        HorizonSpec::Continue { at_most, .. } => at_most,
    };
    let (mut tables, mut decisions) = (Vec::new(), 0.0);
    for (index, population, config) in remote(spec) {
        let Some(asked) = remote_asked(spec, population, rules)? else { continue };
        if asked.has_table() {
            tables.push((config, asked));
        } else {
            let mean = matchmaker.seats_of(&sizes, extent.seats, index);
            // Where not all members play equally often, they may happen to play all matches of a tick.
            let seats =
                if mean.fract() == 0.0 { mean * f64::from(population.count) } else { extent.seats_taken() as f64 };
            decisions += seats * f64::from(rounds) * f64::from(spec.ticks);
        }
    }
    // Populations that are asked alike share what is asked.
    let is_first = |(i, (config, asked)): &(usize, &(&RemoteConfig, Arc<Approach>))| {
        let alike = |(other, theirs): &(&RemoteConfig, Arc<Approach>)| {
            (&other.url, &other.model, &other.extra, &other.log_probs, other.limit)
                == (&config.url, &config.model, &config.extra, &config.log_probs, config.limit)
                && theirs.wordings.config == asked.wordings.config
        };
        !tables[..*i].iter().any(alike)
    };
    let tables_once = tables.iter().enumerate().filter(is_first).map(|(_, (_, asked))| asked.wordings.len() as u64);
    Ok((tables_once.sum(), decisions as u64))
}
