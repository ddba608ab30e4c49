//! `prompts.json`: what the language models of a run are asked, kept once.

use super::RunError;
use crate::files::write_text;
use crate::policies::llm::readers::{readers, to_json};
use crate::world::TickFailure;
use crate::world::schedule::{Tick, TickSystems};
use bevy_ecs::prelude::*;
use std::path::{Path, PathBuf};

/// Name of the file.
pub(super) const FILE: &str = "prompts.json";

/// Where prompts are still to be written.
#[derive(Resource)]
struct Unwritten(PathBuf);

/// Has the next tick of `world`, which must be the run's first, write its prompts to `directory` as soon as their
/// probabilities are known.
pub(super) fn keep(world: &mut World, directory: &Path) {
    world.insert_resource(Unwritten(directory.join(FILE)));
    let write = write.after(TickSystems::Prepare).before(TickSystems::Tell).run_if(resource_exists::<Unwritten>);
    world.resource_mut::<Schedules>().add_systems(Tick, write);
}

/// Writes them, unless the tick has failed and there are no probabilities.
fn write(world: &mut World) {
    let Some(Unwritten(path)) = world.remove_resource() else { return };
    if world.resource::<TickFailure>().is_none() {
        let text = to_json(&readers(world));
        let written = write_text(&path, &text).map_err(|source| RunError::write(&path, source));
        world.resource_mut::<TickFailure>().check(written);
    }
}
