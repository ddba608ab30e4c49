//! How far each run of a sweep has come: what its own folder says, compared with what the list says of it.

use super::listed::{Listed, ListedRun};
use crate::run::runs::{Content, FoundRun};
use crate::run::{Manifest, Status};
use std::path::Path;

/// What became of a listed run.
#[derive(Clone, Debug, PartialEq)]
pub enum Reached {
    /// It is done, and is the run that was listed.
    Done(Box<Manifest>),
    /// It is not done: one or two words for its state, and the error that stopped it, if one did.
    Open(&'static str, Option<String>),
    /// What is in its folder is something else, for this reason.
    Mixed(String),
}

/// How the run stands that is `listed`, with a folder in `parent`.
pub fn of(run: &ListedRun, listed: &Listed, parent: &Path) -> Reached {
    let folder = parent.join(&run.folder);
    if !folder.exists() {
        return Reached::Open("not begun", None);
    }
    let found = match FoundRun::at(&folder) {
        Ok(Some(found)) => found,
        Ok(None) if is_empty(&folder) => return Reached::Open("not begun", None),
        Ok(None) => return Reached::Mixed("it holds files but no manifest.json, so it is not a run's folder".into()),
        Err(error) => return Reached::Mixed(error.to_string()),
    };
    match found.content {
        Content::Empty => Reached::Open("not begun", None),
        Content::Damaged(problem) => Reached::Mixed(problem),
        Content::Run(manifest, status) => match differs(&manifest, run, listed) {
            Some(problem) => Reached::Mixed(problem),
            None if status == Status::Done => Reached::Done(manifest),
            None => Reached::Open(status.word(), manifest.error.clone()),
        },
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// How the run of `manifest` differs from what is `listed`; `None` if it does not.
fn differs(manifest: &Manifest, run: &ListedRun, listed: &Listed) -> Option<String> {
    let Manifest { version, commit, scenario_sha256, factors, seed, .. } = manifest;
    if (version, commit) != (&listed.version, &listed.commit) {
        let program = |version: &str, commit: &Option<String>| match commit {
            Some(commit) => format!("sim {version} (commit {commit})"),
            None => format!("sim {version}"),
        };
        let (made, wanted) = (program(version, commit), program(&listed.version, &listed.commit));
        return Some(format!("it was made by {made}, and the sweep was listed by {wanted}"));
    }
    if *scenario_sha256 != run.scenario_sha256 || *seed != run.seed {
        return Some(format!(
            "its scenario has the SHA-256 {}…, and the sweep lists {}…",
            beginning(scenario_sha256),
            beginning(&run.scenario_sha256)
        ));
    }
    (*factors != run.factors).then(|| format!("its factors are `{factors}`, and the sweep lists `{}`", run.factors))
}

/// The first digits of a hash.
fn beginning(hash: &str) -> String {
    hash.chars().take(12).collect()
}
