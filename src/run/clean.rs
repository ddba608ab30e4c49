//! What of runs can be removed: checkpoints that no run needs any more, and folders of runs that came to nothing.
//!
//! A folder is removed only if everything in it is what `sim` writes there, no process holds it, and nothing is in it
//! with which the run could go on. Links are never followed, and no other files are removed than were looked at.

use super::contents::{Contents, is_table};
use super::directory::MANIFEST;
use super::runs::{Content, FoundRun, find};
use super::{RunDirectory, RunError, Status, checkpoint};
use crate::files::{LOCK, remove_file};
use crate::remote::RECORDING;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Bytes of a table in which its second line begins, if it has one.
const HEAD_BYTES_MAX: u64 = 1 << 20;

/// Something that can be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rubbish {
    /// The folder of the run.
    pub run: PathBuf,
    /// What of it goes.
    pub what: What,
    /// Bytes that are gained.
    pub bytes: u64,
    /// The files that go, by their names in the folder.
    files: Vec<String>,
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
    /// What could not be looked into, a sentence each.
    pub problems: Vec<String>,
    /// Number of runs that were looked at.
    pub runs: usize,
}

impl Cleaning {
    /// Looks at the runs below `folder`, and changes nothing.
    pub fn of(folder: &Path) -> Self {
        let there = find(folder);
        let mut cleaning = Self { problems: there.problems, ..Self::default() };
        for run in there.runs {
            cleaning.runs += 1;
            if run.content == Content::Empty && RunDirectory::is_held(&run.path) {
                continue;
            }
            let judged = Contents::of(&run.path).map(|contents| (judge(&run, &contents), contents));
            match judged {
                Ok((Verdict::Stays, _)) => {}
                Ok((Verdict::Kept(why), _)) => cleaning.kept.push((run.path, why)),
                Ok((Verdict::Goes(what), contents)) => cleaning.rubbish.push(Rubbish::of(run.path, what, &contents)),
                Err(error) => cleaning.problems.push(error.to_string()),
            }
        }
        cleaning
    }
}

impl Rubbish {
    fn of(run: PathBuf, what: What, contents: &Contents) -> Self {
        let goes = |name: &str| match what {
            What::Checkpoint => checkpoint::is_one(name),
            // It is there in any case once the folder is held, and goes last.
            What::Failed | What::Empty => name != LOCK,
        };
        let files = contents.files.iter().filter(|file| goes(&file.name));
        let bytes = files.clone().map(|file| file.bytes).sum();
        Self { run, what, bytes, files: files.map(|file| file.name.clone()).collect() }
    }

    /// Removes the files that were looked at, and what folders of `sim` are empty then, unless anything has changed.
    ///
    /// # Errors
    /// If it is no longer what it was, a process holds it, or it cannot be removed.
    pub fn remove(&self) -> Result<(), RunError> {
        let changed = || RunError::Changed { path: self.run.clone() };
        let held = RunDirectory::reopen(&self.run)?;
        // Looked at again, now that no other process can begin to work on it; the hold is this process's own.
        let again = match FoundRun::at(&self.run)?.ok_or_else(changed)? {
            FoundRun { path, content: Content::Run(manifest, _) } => {
                let status = manifest.status.unheld();
                FoundRun { path, content: Content::Run(manifest, status) }
            }
            other => other,
        };
        let contents = Contents::of(&self.run)?;
        let verdict = judge(&again, &contents);
        if verdict != Verdict::Goes(self.what) || Self::of(again.path, self.what, &contents).files != self.files {
            return Err(changed());
        }
        // The manifest last, so that an interruption still leaves word of whose folder it is.
        let (last, first): (Vec<&String>, Vec<&String>) = self.files.iter().partition(|name| *name == MANIFEST);
        let remove = |name: &str, remove: fn(&Path) -> std::io::Result<()>| {
            let path = self.run.join(name);
            remove(&path).map_err(|source| RunError::write(&path, source))
        };
        for name in first {
            remove(name, remove_file)?;
        }
        if self.what == What::Checkpoint {
            return Ok(());
        }
        for folder in contents.folders.iter().rev() {
            // Fails, as it should, if something has come into it.
            remove(folder, |path| fs::remove_dir(path))?;
        }
        for name in last {
            remove(name, remove_file)?;
        }
        drop(held);
        remove(LOCK, remove_file)?;
        remove("", |path| fs::remove_dir(path))
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

/// What is to be done with `run`, in which there are these `contents`.
fn judge(run: &FoundRun, contents: &Contents) -> Verdict {
    let has_one = contents.files.iter().any(|file| checkpoint::is_one(&file.name));
    let what = match &run.content {
        Content::Run(_, Status::Running) => return Verdict::Stays,
        Content::Run(_, Status::Done) if has_one => return Verdict::Goes(What::Checkpoint),
        Content::Run(_, Status::Done) => return Verdict::Stays,
        Content::Run(_, Status::Failed) => What::Failed,
        // What it has played is worth keeping, and --resume may go on from there.
        Content::Run(manifest, Status::CutOff | Status::Interrupted)
            if manifest.ticks_played > 0 || has_rows(&run.path, contents) =>
        {
            return Verdict::Stays;
        }
        Content::Run(_, Status::CutOff | Status::Interrupted) => What::Empty,
        Content::Damaged(problem) => return Verdict::Kept(format!("its manifest cannot be read: {problem}")),
        Content::Empty => What::Empty,
    };
    if run.has_checkpoint() {
        return Verdict::Kept("it can go on from its checkpoint, with --resume".into());
    }
    if contents.files.iter().any(|file| file.name == RECORDING && file.bytes > 0) {
        return Verdict::Kept(format!("{RECORDING} holds what servers said, which --resume need not ask again"));
    }
    match contents.strangers().as_slice() {
        [] => Verdict::Goes(what),
        [name] => Verdict::Kept(format!("it holds {name}, which is no file of a run")),
        [name, ..] => Verdict::Kept(format!("it holds {name} and other files that are none of a run's")),
    }
}

/// Whether any table is longer than its head. One that cannot be read may be.
fn has_rows(run: &Path, contents: &Contents) -> bool {
    let is_longer = |name: &str| -> std::io::Result<bool> {
        let mut table = BufReader::new(fs::File::open(run.join(name))?).take(HEAD_BYTES_MAX);
        table.skip_until(b'\n')?;
        Ok(!table.fill_buf()?.is_empty())
    };
    let mut tables = contents.files.iter().filter(|file| is_table(&file.name));
    tables.any(|file| is_longer(&file.name).unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failed run in `folder` with these files in it.
    fn failed(folder: &Path, files: &[&str]) {
        for name in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        fs::write(folder.join(LOCK), "").unwrap();
        fs::write(folder.join(MANIFEST), MANIFEST_TEXT).unwrap();
    }

    const MANIFEST_TEXT: &str = r#"{"version": "0", "status": "failed", "scenario": "a", "scenario_sha256": "", "seed": 1,
        "ticks": 3, "ticks_played": 0, "model": null, "device": "cpu", "threads": 1, "memory": null, "seconds": 1,
        "halted": [], "error": null}"#;

    #[test]
    fn everything_of_sim_goes_and_one_file_of_another_keeps_all() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let own = ["moves.csv", "adapters/a_0/README.md", "hub/a_0/README.md", "parquet/moves.parquet", "remote.jsonl"];
        failed(&run, &own);
        fs::write(run.join("remote.jsonl"), "").unwrap();
        let cleaning = Cleaning::of(dir.path());
        assert_eq!((cleaning.rubbish.len(), cleaning.kept.len()), (1, 0), "{cleaning:?}");
        // Something that came after the look is not removed, and keeps the rest.
        fs::write(run.join("adapters/notes.txt"), "precious").unwrap();
        assert!(matches!(cleaning.rubbish[0].remove(), Err(RunError::Changed { .. })));
        let kept = Cleaning::of(dir.path()).kept;
        assert!(kept[0].1.contains("adapters/notes.txt"), "{kept:?}");
        fs::remove_file(run.join("adapters/notes.txt")).unwrap();
        fs::write(run.join("generations.csv"), "x").unwrap();
        assert!(
            matches!(cleaning.rubbish[0].remove(), Err(RunError::Changed { .. })),
            "not the files that were judged"
        );
        Cleaning::of(dir.path()).rubbish[0].remove().unwrap();
        assert!(!run.exists());
    }

    #[test]
    fn paid_replies_and_any_row_keep_a_run() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        failed(&run, &["remote.jsonl"]);
        assert!(Cleaning::of(dir.path()).kept[0].1.contains("what servers said"));
        fs::remove_file(run.join("remote.jsonl")).unwrap();
        let status = |status: &str, ticks: u32| {
            let text = MANIFEST_TEXT.replace("failed", status).replace("_played\": 0", &format!("_played\": {ticks}"));
            fs::write(run.join(MANIFEST), text).unwrap();
            Cleaning::of(dir.path()).rubbish.len()
        };
        assert_eq!([status("interrupted", 0), status("interrupted", 1), status("failed", 1)], [1, 0, 1]);
        fs::write(run.join("moves.csv"), "tick\n").unwrap();
        assert_eq!(status("running", 0), 1);
        fs::write(run.join("moves.csv"), "tick\n0\n").unwrap();
        assert_eq!(status("running", 0), 0, "a table that is written row by row has one");
    }

    #[test]
    fn a_lock_of_another_program_is_no_run() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("mine")).unwrap();
        fs::write(dir.path().join("mine").join(LOCK), "4711").unwrap();
        assert_eq!(Cleaning::of(dir.path()), Cleaning::default());
    }
}
