//! Where a run writes: a new folder, or that of an unfinished run.

use super::checkpoint::{self, Checkpoint};
use super::contents::remove_unfinished;
use super::directory::is_unused;
use super::manifest::{Manifest, RemoteEntry, Status, fingerprint};
use super::options::RunOptions;
use super::survey::{State, look_at};
use super::{Factors, RunDirectory, RunError};
use crate::files::rename;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::text::resolved::resolved_ron;
use std::path::{Path, PathBuf};

/// More earlier runs than this are not kept beside a folder.
const ASIDE_MAX: u32 = 10_000;

/// The folder of a run, and the earlier run in it that is to be continued.
#[derive(Debug)]
pub(super) struct Place {
    pub directory: RunDirectory,
    /// `None`: the run begins with its first tick.
    pub earlier: Option<Earlier>,
    /// What the design varies whose cell the run in the folder was begun as.
    pub factors: Factors,
    /// What servers were asked by earlier parts of the run, whether or not these left a checkpoint.
    pub asked: Option<RemoteEntry>,
}

/// A run that stopped before its end.
#[derive(Debug)]
pub(super) struct Earlier {
    pub manifest: Manifest,
    pub checkpoint: Checkpoint,
}

impl Place {
    /// The place that `options` name for a run of `spec`; `None` if nothing is written.
    ///
    /// # Errors
    /// If the place cannot be taken.
    pub(super) fn of(options: &RunOptions, spec: &ScenarioSpec) -> Result<Option<Self>, RunError> {
        let place = |path: &Path| match options.resume {
            true => Self::resumed(path, spec),
            false => Self::fresh(path),
        };
        options.out.as_deref().map(place).transpose()
    }

    /// A new folder.
    pub(super) fn fresh(path: &Path) -> Result<Self, RunError> {
        Ok(Self { directory: RunDirectory::create(path)?, earlier: None, factors: Factors::default(), asked: None })
    }

    /// The folder of the run of `spec` at `path`, whatever became of that run; a new folder if there is none.
    ///
    /// # Errors
    /// If the run is done, still running, or a run of something else.
    pub(super) fn resumed(path: &Path, spec: &ScenarioSpec) -> Result<Self, RunError> {
        let found = look_at(path, spec).map_err(|obstacle| RunError::Resume(obstacle.to_string()))?;
        match found {
            State::Fresh => Self::fresh(path),
            State::Done(_) => Err(RunError::Resume(format!("this run in {} is already complete", path.display()))),
            State::Unfinished(_) => Self::taken_over(path, spec),
        }
    }

    /// The folder of an unfinished run of `spec`. If it has no checkpoint, it is emptied, and the run starts again.
    ///
    /// # Errors
    /// If another process holds it, or if its run is no longer unfinished: another may have finished it since the last
    /// look.
    pub(super) fn taken_over(path: &Path, spec: &ScenarioSpec) -> Result<Self, RunError> {
        let directory = RunDirectory::reopen(path)?;
        let scenario = fingerprint(&resolved_ron(spec));
        let manifest = Manifest::read(path)
            .ok()
            .flatten()
            .filter(|manifest| manifest.status != Status::Done && manifest.scenario_sha256 == scenario);
        let manifest = manifest.ok_or_else(|| RunError::OutputTaken { path: path.to_path_buf() })?;
        let checkpoint = Checkpoint::find(path)?;
        if let Some(checkpoint) = &checkpoint {
            checkpoint.check_that_it_is_of(&manifest)?;
            if let Some(problem) = manifest.changed_input(spec) {
                return Err(RunError::Resume(problem));
            }
        }
        if checkpoint.is_none() {
            directory.clear()?;
        }
        let factors = manifest.factors.clone();
        let asked = manifest.remote.clone();
        Ok(Self { directory, earlier: checkpoint.map(|checkpoint| Earlier { manifest, checkpoint }), factors, asked })
    }
}

/// Removes from the folder of a run that is done what only an unfinished run needs: its checkpoint, and what was left
/// half written by processes that were killed. Returns whether there was anything.
pub(super) fn remove_leftovers(directory: &RunDirectory) -> Result<bool, RunError> {
    let has_checkpoint = checkpoint::is_in(directory.path());
    checkpoint::remove(directory)?;
    Ok(remove_unfinished(directory)? || has_checkpoint)
}

/// Removes the leftovers of the run of `spec` at `path`, if that is done and was killed before it could do so itself.
/// Returns whether there was anything; `None` if the run is not done.
///
/// # Errors
/// If another process holds the folder, or something cannot be removed.
pub fn tidy(path: &Path, spec: &ScenarioSpec) -> Result<Option<bool>, RunError> {
    if !matches!(look_at(path, spec), Ok(State::Done(_))) {
        return Ok(None);
    }
    match RunDirectory::reopen(path) {
        Ok(directory) => remove_leftovers(&directory).map(Some),
        // Where files cannot be locked, another process might be writing what looks like a leftover.
        Err(RunError::NoLocks { .. }) => Ok(Some(false)),
        Err(error) => Err(error),
    }
}

/// Moves the folder of a run at `path`, however that ended, aside to `PATH.old-N` with the first number that is free,
/// and returns where it is now; `None` if nothing is in the way. Nothing is removed.
///
/// # Errors
/// If what is there is no run, or one that is going on, or cannot be moved.
pub fn set_aside(path: &Path) -> Result<Option<PathBuf>, RunError> {
    if path.is_file() {
        return Err(RunError::OutputIsFile { path: path.to_path_buf() });
    }
    if !path.exists() || is_unused(path)? {
        return Ok(None);
    }
    if !matches!(Manifest::read(path), Ok(Some(_))) {
        return Err(RunError::NotARun { path: path.to_path_buf() });
    }
    // Held only for a moment: a run that is still writing there holds it.
    drop(RunDirectory::reopen(path)?);
    // A path such as `.` does not end with a name.
    let named = match path.file_name() {
        Some(_) => path.to_path_buf(),
        None => path.canonicalize().map_err(|source| RunError::write(path, source))?,
    };
    let name = named.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside = |number: u32| named.with_file_name(format!("{name}.old-{number}"));
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    let target =
        (1..=ASIDE_MAX).map(aside).find(is_free).ok_or_else(|| RunError::OutputTaken { path: named.clone() })?;
    rename(&named, &target).map_err(|source| RunError::write(&target, source))?;
    Ok(Some(target))
}

impl Earlier {
    /// Turns `now`, the manifest that the run would have if it had restarted, into that of the run that continues this
    /// one.
    ///
    /// # Errors
    /// If the two would not give the same results.
    pub(super) fn go_on(&self, now: &mut Manifest) -> Result<(), RunError> {
        let differ = |what: &str, then: &str, now: &str| {
            Err(RunError::Resume(format!("the run was begun with {what} {then}, and would go on with {now}")))
        };
        let (then, here) = (self.manifest.weights(), now.weights());
        if then != here {
            return differ("the weights of SHA-256", &then, &here);
        }
        if self.manifest.device != now.device {
            return differ("the device", &self.manifest.device, &now.device);
        }
        if let (Some(then), Some(here)) = (&self.manifest.instructions, &now.instructions)
            && then != here
        {
            let advice =
                "which differ in the last digits of products; go on with a processor of the first kind, or start again";
            return differ("the instruction set", then, &format!("{here}, {advice}"));
        }
        // The run is the one that was begun then.
        now.started.clone_from(&self.manifest.started);
        now.command.clone_from(&self.manifest.command);
        now.seconds = self.manifest.seconds;
        now.ticks_played = self.checkpoint.ticks_played();
        now.resumed_at.clone_from(&self.manifest.resumed_at);
        now.resumed_at.push(self.checkpoint.ticks_played());
        Ok(())
    }
}
