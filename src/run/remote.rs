//! The servers of a run: what it will ask them, where its replies are kept, and what the manifest says of them.

use super::manifest::{RemoteEntry, ServerEntry};
use super::options::RunOptions;
use super::{RunDirectory, RunError};
use crate::policies::remote::{RemoteConfig, RemoteDesk};
use crate::remote::{Budget, Desk, RECORDING, Tally, key_of, recording_at};
use crate::scenario::format::{PolicySpec, ScenarioSpec};
use crate::scenario::spawn::{asks_servers, requests_at_most};
use crate::text::counted;
use crate::world::{Matchmaker, Rules};
use bevy_ecs::world::World;
use std::sync::Arc;

fn configs(spec: &ScenarioSpec) -> impl Iterator<Item = &RemoteConfig> {
    spec.populations.iter().filter_map(|population| match &population.policy {
        PolicySpec::Remote(config) => Some(config),
        _ => None,
    })
}

fn budget(spec: &ScenarioSpec, options: &RunOptions) -> Budget {
    Budget::of(&spec.remote, options.budget)
}

/// What the run of `spec` will ask, in lines; none if no server plays.
///
/// # Errors
/// If it cannot ask that.
pub(super) fn lines(
    spec: &ScenarioSpec,
    rules: &Rules,
    matchmaker: &dyn Matchmaker,
    options: &RunOptions,
) -> Result<Vec<String>, RunError> {
    if !asks_servers(spec) {
        return if options.replay.is_some() { Err(RunError::NothingToReplay) } else { Ok(Vec::new()) };
    }
    let (tables, decisions) = requests_at_most(spec, rules, matchmaker)?;
    let sum = tables.saturating_add(decisions);
    let sum = counted(sum, "request");
    let mut most = format!("at most {sum}: {tables} for tables, {decisions} for decisions");
    let Budget { requests, tokens } = budget(spec, options);
    let limits = [(requests, "requests"), (tokens, "tokens")];
    let limits = limits.iter().filter_map(|(limit, what)| limit.map(|limit| format!("{limit} {what}")));
    let limits: Vec<String> = limits.collect();
    if !limits.is_empty() {
        most += &format!("; budget {}", limits.join(", "));
    }
    let mut lines = vec![most];
    if let Some(path) = &options.replay {
        lines.push(format!("no server is asked; replies are those in {}", recording_at(path).display()));
        return Ok(lines);
    }
    for config in configs(spec) {
        let key = match key_of(&config.key_env) {
            Ok(Some(_)) => format!("key from {}", config.key_env),
            _ if config.key_env.is_empty() => "no key".into(),
            Ok(None) => format!("no key ({} is not set)", config.key_env),
            Err(problem) => problem,
        };
        let line = format!("{} at {}, {key}", config.model, config.url);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// Opens the desk at which the agents of `world` ask, if any of them does. `earlier` is what the manifest of the run
/// says that its earlier parts asked.
pub(super) fn open(
    world: &mut World,
    spec: &ScenarioSpec,
    options: &RunOptions,
    directory: Option<&RunDirectory>,
    earlier: Option<&RemoteEntry>,
) -> Result<(), RunError> {
    if !asks_servers(spec) {
        return Ok(());
    }
    let folder = directory.map(RunDirectory::path);
    let earlier = earlier.map_or_else(Tally::default, |entry| Tally {
        replies: entry.replies,
        sent: entry.requests_sent,
        ..Tally::default()
    });
    let desk = Desk::open(&spec.remote, budget(spec, options), folder, options.replay.as_deref(), &earlier)?;
    world.insert_resource(RemoteDesk(Arc::new(desk)));
    Ok(())
}

/// Puts the recording of a run that is done into its final order.
pub(super) fn settle(world: &World, directory: Option<&RunDirectory>) -> Result<(), RunError> {
    let (Some(RemoteDesk(desk)), Some(directory)) = (world.get_resource(), directory) else { return Ok(()) };
    let path = directory.path().join(RECORDING);
    desk.settle(directory.path()).map_err(|source| RunError::write(&path, source))
}

/// The servers of the run of `spec` in `world`, as its manifest gives them; `None` if there are none.
pub(super) fn entry(world: &World, spec: &ScenarioSpec, options: &RunOptions) -> Option<RemoteEntry> {
    let RemoteDesk(desk) = world.get_resource()?;
    let Tally { replies, sent, tokens, served_by } = desk.tally();
    let mut servers: Vec<ServerEntry> = Vec::new();
    for RemoteConfig { url, model, .. } in configs(spec) {
        let server = ServerEntry { url: url.clone(), model: model.clone() };
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    let replayed = options.replay.as_deref().map(|path| recording_at(path).display().to_string());
    Some(RemoteEntry { servers, served_by, replies, requests_sent: sent, tokens, replayed })
}
