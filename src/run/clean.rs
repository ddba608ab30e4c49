//! What of runs can be removed: checkpoints that no run needs any more, and folders of runs that came to nothing.
//!
//! A folder is removed only if everything in it is what runs write there, no process holds it, and no checkpoint is in
//! it from which the run could go on. Links are never followed.

use super::directory::{ADAPTERS, LOCK, MANIFEST};
use super::runs::{Content, FoundRun, Standing, files, find};
use super::{RunDirectory, RunError, checkpoint};
use crate::files::partial;
use crate::metrics::built_in;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that `sim` writes into the folder of a run, beside its tables.
const OWN: [&str; 8] =
    [MANIFEST, LOCK, ADAPTERS, checkpoint::FILE, "scenario.ron", "prompts.json", "report.html", "evaluation.csv"];
/// Tables of texts.
const TEXTS: &str = "generations.csv";

/// Something that can be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rubbish {
    /// The folder of the run.
    pub run: PathBuf,
    /// What of it goes.
    pub what: What,
    /// Bytes that are gained.
    pub bytes: u64,
}

/// What of a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The checkpoint of a finished run.
    Checkpoint,
    /// The folder of a run that failed.
    Failed,
    /// The folder of a run that left not one tick.
    Empty,
}

/// What cleaning would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaning {
    /// What goes.
    pub rubbish: Vec<Rubbish>,
    /// Runs that failed or are empty and stay, and why.
    pub kept: Vec<(PathBuf, String)>,
    /// Number of runs that were looked at.
    pub runs: usize,
}

impl Cleaning {
    /// Looks at the runs below `folder`, and changes nothing.
    ///
    /// # Errors
    /// If something cannot be read.
    pub fn of(folder: &Path) -> Result<Self, RunError> {
        let mut cleaning = Self::default();
        for run in find(folder)? {
            cleaning.runs += 1;
            if run.content == Content::Empty && RunDirectory::is_held(&run.path) {
                continue;
            }
            match judge(&run)? {
                Verdict::Stays => {}
                Verdict::Kept(why) => cleaning.kept.push((run.path, why)),
                Verdict::Goes(what) => {
                    let goes = |name: &str| what != What::Checkpoint || is_checkpoint(name);
                    let bytes = files(&run.path)?.iter().filter(|(name, _)| goes(name)).map(|(_, bytes)| bytes).sum();
                    cleaning.rubbish.push(Rubbish { run: run.path, what, bytes });
                }
            }
        }
        Ok(cleaning)
    }
}

impl Rubbish {
    /// Removes it, unless it has changed since it was looked at.
    ///
    /// # Errors
    /// If it is no longer what it was, a process holds it, or it cannot be removed.
    pub fn remove(&self) -> Result<(), RunError> {
        let changed = || RunError::Changed { path: self.run.clone() };
        let held = RunDirectory::reopen(&self.run)?;
        // Looked at again, now that no other process can begin to work on it; the hold is this process's own.
        let again = match FoundRun::at(&self.run)?.ok_or_else(changed)? {
            FoundRun { path, content: Content::Run(manifest, _) } => {
                let standing = Standing::unheld(manifest.status);
                FoundRun { path, content: Content::Run(manifest, standing) }
            }
            other => other,
        };
        if judge(&again)? != Verdict::Goes(self.what) {
            return Err(changed());
        }
        if self.what == What::Checkpoint {
            return checkpoint::remove(&held);
        }
        held.clear()?;
        drop(held);
        let lock = self.run.join(LOCK);
        fs::remove_file(&lock).map_err(|source| RunError::write(&lock, source))?;
        // Fails, as it should, if something has come into it.
        fs::remove_dir(&self.run).map_err(|source| RunError::write(&self.run, source))
    }
}

/// What is to be done with a run.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It is of use, or going on.
    Stays,
    /// It came to nothing, but stays for this reason.
    Kept(String),
    Goes(What),
}

fn judge(run: &FoundRun) -> Result<Verdict, RunError> {
    let what = match &run.content {
        Content::Run(_, Standing::Running) => return Ok(Verdict::Stays),
        Content::Run(_, Standing::Done) => {
            let has_one = run.has_checkpoint() || partial(&run.path.join(checkpoint::FILE)).exists();
            return Ok(if has_one { Verdict::Goes(What::Checkpoint) } else { Verdict::Stays });
        }
        Content::Run(_, Standing::Failed) => What::Failed,
        Content::Run(_, Standing::CutOff | Standing::Interrupted) => match has_rows(&run.path) {
            // What it has played is worth keeping, and --resume may go on from there.
            true => return Ok(Verdict::Stays),
            false => What::Empty,
        },
        Content::Damaged(problem) => return Ok(Verdict::Kept(format!("its manifest cannot be read: {problem}"))),
        Content::Empty => What::Empty,
    };
    if run.has_checkpoint() {
        return Ok(Verdict::Kept("it can go on from its checkpoint, with --resume".into()));
    }
    let strangers = strangers(&run.path)?;
    Ok(match strangers.as_slice() {
        [] => Verdict::Goes(what),
        [name] => Verdict::Kept(format!("it holds {name}, which is no file of a run")),
        [name, ..] => Verdict::Kept(format!("it holds {name} and other files that are none of a run's")),
    })
}

/// Whether the table of agents has a row.
fn has_rows(run: &Path) -> bool {
    use std::io::{BufRead, BufReader};
    let Ok(table) = fs::File::open(run.join("strategy_evolution.csv")) else { return false };
    BufReader::new(table).lines().nth(1).is_some()
}

/// Names in a run's folder of which `sim` knows nothing, and links.
fn strangers(run: &Path) -> Result<Vec<String>, RunError> {
    let entries = fs::read_dir(run).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
    let mut strangers = Vec::new();
    for entry in entries.map_err(|source| RunError::write(run, source))? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(|source| RunError::write(&entry.path(), source))?;
        let is_own = kind.is_dir() == (name == ADAPTERS) && !kind.is_symlink() && is_known(&name);
        if !is_own {
            strangers.push(name);
        }
    }
    strangers.sort();
    Ok(strangers)
}

/// Whether runs write files of this name.
fn is_known(name: &str) -> bool {
    // A file that is being written has the name of another between these.
    let whole = name.strip_prefix('.').and_then(|name| name.strip_suffix(".partial")).unwrap_or(name);
    OWN.contains(&whole)
        || whole == TEXTS
        || built_in().any(|column| column.table == whole)
        || crate::crash::is_report(whole)
}

fn is_checkpoint(name: &str) -> bool {
    name == checkpoint::FILE || name == format!(".{}.partial", checkpoint::FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_write_is_known_and_what_people_put_beside_it_is_not() {
        let own = ["manifest.json", "moves.csv", ".manifest.json.partial", "crash-1-2.txt", "adapters", ".lock"];
        assert!(own.iter().all(|name| is_known(name)));
        let others = ["notes.txt", "mine.csv", "manifest.json.bak", ".lock.partial.x", ""];
        assert!(others.iter().all(|name| !is_known(name)));
        assert!(
            is_checkpoint("checkpoint.bin") && is_checkpoint(".checkpoint.bin.partial") && !is_checkpoint("moves.csv")
        );
    }
}
