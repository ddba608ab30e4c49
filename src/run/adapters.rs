//! The adapters that a run leaves behind.

use super::directory::ADAPTERS;
use super::journal::Journal;
use super::prepare::Ready;
use super::{RunDirectory, RunError, checkpoint};
use crate::llm::error::ModelError;
use crate::llm::files::peft;
use crate::policies::llm::LlmPolicy;
use crate::world::AgentName;
use bevy_ecs::world::World;
use std::path::Path;

/// Writes the adapter of every LLM agent that has ever learned. Until all of them are on disk, the state that the run
/// has reached is kept in a checkpoint, if any are written.
pub(super) fn save(world: &mut World, run: &Ready, journal: &Journal) -> Result<(), RunError> {
    let (Some(directory), Some((model, _))) = (journal.directory, &run.model) else { return Ok(()) };
    let spec = &run.job.spec;
    let mut query = world.query::<(&AgentName, &LlmPolicy)>();
    if !spec.output.adapters || query.iter(world).all(|(_, policy)| policy.generation == 0) {
        return Ok(());
    }
    if run.job.options.checkpoints.is_some() {
        // If there is room for the adapters but not for this, the run is still done.
        let _ = checkpoint::save(world, directory, &journal.manifest, spec.ticks);
    }
    for (name, policy) in query.iter(world).filter(|(_, policy)| policy.generation > 0) {
        let card = [
            ("scenario", spec.name.clone()),
            ("agent", name.0.clone()),
            ("seed", spec.seed.to_string()),
            ("updates", policy.generation.to_string()),
        ];
        let card = card.map(|(key, value)| (key.to_string(), value));
        let folder = directory.adapter(&name.0);
        peft::save(&policy.adapter, &model.id, &folder, &card).map_err(|error| not_saved(directory, &folder, error))?;
    }
    Ok(())
}

/// The error of an adapter that could not be written to `folder`; the folder is removed, since half an adapter is none.
fn not_saved(directory: &RunDirectory, folder: &Path, error: ModelError) -> RunError {
    let _ = std::fs::remove_dir_all(folder);
    // Fails, as it should, if other adapters are in it.
    let _ = std::fs::remove_dir(directory.path().join(ADAPTERS));
    match error {
        ModelError::Io { path, source, .. } => RunError::write(&path, source),
        other => other.into(),
    }
}
