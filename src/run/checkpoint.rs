//! The state of a run between two ticks, on disk: `checkpoint.bin`.
//!
//! It holds what [`Snapshots`] names, the next tick, and how long each table was, so that rows written after it are cut off
//! before the run goes on. It is replaced whole or not at all, and removed when the run is done.

use super::{RunDirectory, RunError};
use crate::metrics::Records;
use crate::world::snapshot::{Snapshots, read, write};
use bevy_ecs::prelude::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "checkpoint.bin";
const FORMAT: &str = "agora checkpoint 1";
const END: &str = "end";

/// What stands before the state.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    /// Version of `sim`.
    version: String,
    /// Ticks played.
    ticks_played: u32,
    /// Bytes of each table by its file's name.
    tables: BTreeMap<String, u64>,
}

/// A checkpoint that is there to go on from.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    header: Header,
    state: BufReader<File>,
}

impl Checkpoint {
    /// The one in `folder`; none: the run has not written any.
    pub(super) fn find(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(FILE);
        let bad = |problem: String| RunError::Checkpoint { path: path.clone(), problem };
        let mut state = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(bad(error.to_string())),
        };
        let header: Header = read(&mut state).map_err(bad)?;
        if header.format != FORMAT || header.version != env!("CARGO_PKG_VERSION") {
            return Err(bad(format!("it was written by another version of sim ({})", header.version)));
        }
        Ok(Some(Self { path, header, state }))
    }

    /// Ticks played before it was written.
    pub(super) fn ticks_played(&self) -> u32 {
        self.header.ticks_played
    }

    /// Bytes that each table had, by its file's name.
    pub(super) fn tables(&self) -> &BTreeMap<String, u64> {
        &self.header.tables
    }

    /// Gives `world`, in which the same scenario was spawned, the state it had.
    pub(super) fn load(mut self, world: &mut World) -> Result<(), RunError> {
        let bad = |problem: String| RunError::Checkpoint { path: self.path.clone(), problem };
        Snapshots::load(world, &mut self.state).map_err(|error| bad(error.to_string()))?;
        match read::<String>(&mut self.state) {
            Ok(end) if end == END => Ok(()),
            _ => Err(bad("it does not end where it should".into())),
        }
    }
}

/// Writes the state of `world` after `ticks_played` ticks.
pub(super) fn save(world: &mut World, directory: &RunDirectory, ticks_played: u32) -> Result<(), RunError> {
    let settled =
        world.get_resource_mut::<Records>().map_or_else(|| Ok(BTreeMap::new()), |mut records| records.settle());
    let tables = settled.map_err(|source| RunError::write(directory.path(), source))?;
    let version = env!("CARGO_PKG_VERSION").to_string();
    let header = Header { format: FORMAT.to_string(), version, ticks_played, tables };
    directory.write_by(FILE, |file| {
        let mut out = BufWriter::new(file);
        write(&header, &mut out).map_err(io::Error::other)?;
        world.resource::<Snapshots>().save(world, &mut out).map_err(io::Error::other)?;
        write(END, &mut out).map_err(io::Error::other)?;
        out.flush()
    })
}

/// Removes the checkpoint in `directory`, if there is one.
pub(super) fn remove(directory: &RunDirectory) -> Result<(), RunError> {
    let path = directory.path().join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RunError::write(&path, error)),
        _ => Ok(()),
    }
}
