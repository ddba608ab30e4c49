//! The state of a run between two ticks, on disk: `checkpoint.bin`.
//!
//! It holds what [`Snapshots`] names, the next tick, whose run it is, and how long each table was, so that rows written
//! after it are cut off before the run continues. The file ends with the SHA-256 of everything before it, which is
//! checked before anything is read: a damaged checkpoint would silently give other results. It is replaced whole or not
//! at all, and removed when the run is done.

use super::ranks::Told;
use super::{Manifest, RunDirectory, RunError};
use crate::files::{remove_file, whole_of};
use crate::metrics::Records;
use crate::scenario::format::{PolicySpec, ScenarioSpec};
use crate::world::snapshot::{Snapshots, read, write};
use crate::world::{Chronicle, Ranks};
use bevy_ecs::prelude::World;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Take, Write};
use std::path::{Path, PathBuf};

/// Name of the file.
pub(super) const FILE: &str = "checkpoint.bin";
/// What every checkpoint begins with; a line of its own, so that people see what the file is.
const NAME: &[u8] = b"agora checkpoint ";
const FORMAT: &[u8] = b"agora checkpoint 5\n";
/// Bytes of the checksum.
const CHECKSUM: u64 = 32;

/// What precedes the state.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// Version of `sim`.
    version: String,
    /// SHA-256 of the resolved scenario.
    scenario_sha256: String,
    /// SHA-256 of the base model's weights, or `none`, and of the frozen players'.
    weights_sha256: String,
    /// SHA-256 of the files that the scenario names.
    inputs_sha256: String,
    /// Ticks played.
    ticks_played: u32,
    /// Whether the run is over, so that no further tick is played.
    is_over: bool,
    /// Bytes of each table by its file's name.
    tables: BTreeMap<String, u64>,
}

/// A checkpoint from which a run can resume.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    header: Header,
    state: Take<BufReader<File>>,
}

impl Checkpoint {
    /// The checkpoint in `folder`; `None` if the run has not written any.
    ///
    /// # Errors
    /// If it is damaged, or from another version.
    pub(super) fn find(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(FILE);
        let bad = |problem: String| RunError::Checkpoint { path: path.clone(), problem };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(bad(error.to_string())),
        };
        let mut state = whole(file).map_err(|error| bad(error.to_string()))?;
        let header: Header = read(&mut state).map_err(bad)?;
        if header.version != env!("CARGO_PKG_VERSION") {
            return Err(bad(format!("it was written by another version of sim ({})", header.version)));
        }
        Ok(Some(Self { path, header, state }))
    }

    /// Checks that it belongs to the run with this manifest, and was not put there from elsewhere.
    pub(super) fn check_that_it_is_of(&self, manifest: &Manifest) -> Result<(), RunError> {
        let what = match () {
            () if self.header.scenario_sha256 != manifest.scenario_sha256 => "scenario",
            () if self.header.weights_sha256 != manifest.weights() => "model",
            () if self.header.inputs_sha256 != manifest.inputs_sha256() => "file of edges",
            () => return Ok(()),
        };
        Err(self.bad(format!("it is the checkpoint of a run with another {what}")))
    }

    /// The error that says why it cannot be used.
    pub(super) fn bad(&self, problem: String) -> RunError {
        RunError::Checkpoint { path: self.path.clone(), problem }
    }

    /// Ticks played before it was written.
    pub(super) fn ticks_played(&self) -> u32 {
        self.header.ticks_played
    }

    /// Whether the run was over, so that no further tick is played.
    pub(super) fn is_over(&self) -> bool {
        self.header.is_over
    }

    /// Bytes that each table had, by its file's name.
    pub(super) fn tables(&self) -> &BTreeMap<String, u64> {
        &self.header.tables
    }

    /// Gives `world`, in which the same scenario was spawned, the state it had. All ranks call this; the first has the
    /// checkpoint.
    pub(super) fn load(first: Option<Self>, ranks: &Ranks, world: &mut World) -> Result<(), RunError> {
        let (path, state) = match first {
            Some(Self { path, state, .. }) => (path, Some(state)),
            None => (PathBuf::from(FILE), None),
        };
        let mut told = Told::new(ranks, state);
        let loaded = Snapshots::load(world, &mut told).map_err(|error| error.to_string());
        let loaded = match (loaded, told.finish()) {
            (Err(problem), _) => Err(problem),
            (Ok(()), Err(error)) => Err(error.to_string()),
            (Ok(()), Ok(0)) => Ok(()),
            (Ok(()), Ok(_)) => Err("it does not end where it should".into()),
        };
        Ok(ranks.agree(loaded.map_err(|problem| RunError::Checkpoint { path, problem }))?)
    }
}

/// The contents of `file` between its format and its checksum, if the checksum is that of everything before it.
fn whole(file: File) -> io::Result<Take<BufReader<File>>> {
    let length = file.metadata()?.len();
    let mut input = BufReader::new(file);
    let mut format = Vec::new();
    input.by_ref().take(FORMAT.len() as u64).read_to_end(&mut format)?;
    if format != FORMAT {
        // In the first format, a length byte came before the name.
        let is_other = [0, 1].iter().any(|&at| format.get(at..).is_some_and(|rest| rest.starts_with(NAME)));
        let problem = if is_other { "it was written by another version of sim" } else { "it is no checkpoint" };
        return Err(io::Error::other(problem));
    }
    let cut_off = || io::Error::other("it is cut off");
    let end = length.checked_sub(CHECKSUM).ok_or_else(cut_off)?;
    let rest = end.checked_sub(FORMAT.len() as u64).ok_or_else(cut_off)?;
    let mut checksum = Summing { sum: Sha256::new_with_prefix(FORMAT), out: io::sink() };
    io::copy(&mut input.by_ref().take(rest), &mut checksum)?;
    let mut expected = [0; CHECKSUM as usize];
    input.read_exact(&mut expected)?;
    if checksum.sum.finalize()[..] != expected {
        return Err(io::Error::other("it is damaged: its checksum is not that of its content"));
    }
    input.seek(SeekFrom::Start(FORMAT.len() as u64))?;
    Ok(input.take(rest))
}

/// A writer that computes the checksum of what passes through it.
struct Summing<W> {
    sum: Sha256,
    out: W,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether the run in `world` is over before its last tick.
pub(super) fn is_over(world: &World) -> bool {
    world.get_resource::<Chronicle>().is_some_and(|chronicle| chronicle.is_over)
}

/// Writes the state of `world` after `ticks_played` ticks of the run with this manifest. All ranks call this; the first
/// has the `directory`.
pub(super) fn save(
    world: &mut World,
    directory: Option<&RunDirectory>,
    manifest: &Manifest,
    ticks_played: u32,
) -> Result<(), RunError> {
    let ranks = world.resource::<Ranks>().clone();
    let settled =
        world.get_resource_mut::<Records>().map_or_else(|| Ok(BTreeMap::new()), |mut records| records.settle());
    let tables = ranks.agree(settled.map_err(RunError::from))?;
    let header = Header {
        version: env!("CARGO_PKG_VERSION").to_string(),
        scenario_sha256: manifest.scenario_sha256.clone(),
        weights_sha256: manifest.weights(),
        inputs_sha256: manifest.inputs_sha256(),
        ticks_played,
        is_over: is_over(world),
        tables,
    };
    let snapshots = world.resource::<Snapshots>();
    let mut is_gathered = false;
    let write_to = |directory: &RunDirectory| {
        directory.write_by(FILE, |file| {
            let mut out = Summing { sum: Sha256::new(), out: BufWriter::new(file) };
            out.write_all(FORMAT)?;
            write(&header, &mut out)?;
            is_gathered = true;
            snapshots.save(world, &mut out)?;
            let Summing { sum, mut out } = out;
            out.write_all(&sum.finalize())?;
            out.flush()
        })
    };
    let written = directory.map_or(Ok(()), write_to);
    if !is_gathered && ranks.count() > 1 {
        // Ranks that write nothing say what they have; a rank that cannot write listens to them all the same.
        let _ = snapshots.save(world, &mut io::sink());
    }
    Ok(ranks.agree(written)?)
}

/// Checks that no policy of a plugin in `spec` has state that checkpoints of `world` would lose.
pub(super) fn check_that_they_hold_all(world: &World, spec: &ScenarioSpec) -> Result<(), RunError> {
    let snapshots = world.resource::<Snapshots>();
    for population in &spec.populations {
        if let PolicySpec::Custom { name, .. } = &population.policy
            && !snapshots.is_covered(name)
        {
            return Err(RunError::NotCovered { policy: name.clone() });
        }
    }
    Ok(())
}

/// Whether there is a checkpoint in `folder`, whole or not.
pub(super) fn is_in(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// Whether `name` is that of a checkpoint, whole or being written.
pub(super) fn is_one(name: &str) -> bool {
    whole_of(name).unwrap_or(name) == FILE
}

/// Removes the checkpoint in `directory`, and what a run left behind that was killed while writing one.
pub(super) fn remove(directory: &RunDirectory) -> Result<(), RunError> {
    let folder = directory.path();
    let entries = fs::read_dir(folder).map_err(|source| RunError::write(folder, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| RunError::write(folder, source))?;
        if is_one(&entry.file_name().to_string_lossy()) {
            remove_file(&entry.path()).map_err(|source| RunError::write(&entry.path(), source))?;
        }
    }
    Ok(())
}
