//! What lies in a run's folder: the one list of the files that `sim` writes there. What is hashed, what is shown and
//! what may be removed follows from it.

use super::directory::{ADAPTERS, MANIFEST};
use super::{RunDirectory, RunError, checkpoint, prompts};
use crate::crash;
use crate::files::{LOCK, remove_file, whole_of};
use crate::llm::error::ModelError;
use crate::llm::files::peft;
use crate::metrics::built_in;
use crate::remote::RECORDING;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// The resolved scenario.
pub(super) const SCENARIO: &str = "scenario.ron";
/// The page about a run.
const REPORT: &str = "report.html";
/// What `sim evaluate` measured, and its summary.
const EVALUATIONS: [&str; 2] = ["evaluation", "evaluation_summary"];
/// The tables of a run in the form of Parquet.
const PARQUET: &str = "parquet";
/// The folder of events for TensorBoard, what is in it, and the file of each of these.
const EVENTS: [&str; 4] = ["tensorboard", "society", "populations", "events.out.tfevents.0.agora"];
/// The folder of adapters for the Hub.
const HUB: &str = "hub";

/// What a file in a run's folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A result of the run, which the same scenario gives again to the byte.
    Result,
    /// What `sim` keeps for itself: manifest, lock, checkpoint, reports of defects, files that are being written.
    Own,
    /// Made of the results by another command.
    Derived,
}

impl Kind {
    /// What the file `name` is, with `/` between folders; `None` if `sim` writes no such file.
    pub fn of(name: &str) -> Option<Self> {
        let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
        match whole_of(file) {
            // The manifest and the lock are of `sim` in any case; what is half written is no result.
            Some(whole) => Self::of_whole(folder, whole).map(|_| Self::Own),
            None => Self::of_whole(folder, file),
        }
    }

    fn of_whole(folder: &str, file: &str) -> Option<Self> {
        let folders: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
        let is_evaluation =
            |file: &str| EVALUATIONS.iter().any(|name| file.strip_prefix(name).is_some_and(|rest| rest == ".csv"));
        let is_of_adapter = peft::FILES.contains(&file);
        let [events, society, populations, of_events] = EVENTS;
        match folders.as_slice() {
            [] => match file {
                SCENARIO | prompts::FILE | RECORDING => Some(Self::Result),
                _ if is_table(file) => Some(Self::Result),
                MANIFEST | LOCK | checkpoint::FILE => Some(Self::Own),
                _ if crash::is_report(file) => Some(Self::Own),
                REPORT => Some(Self::Derived),
                _ => is_evaluation(file).then_some(Self::Derived),
            },
            [ADAPTERS, _] => is_of_adapter.then_some(Self::Result),
            [HUB, _] => is_of_adapter.then_some(Self::Derived),
            [PARQUET] => {
                let table = file.strip_suffix("parquet").map(|stem| format!("{stem}csv"));
                table.is_some_and(|table| is_table(&table) || is_evaluation(&table)).then_some(Self::Derived)
            }
            [root, rest @ ..] if *root == events && file == of_events => {
                let is_one =
                    matches!(rest, [only] if *only == society) || matches!(rest, [all, _] if *all == populations);
                is_one.then_some(Self::Derived)
            }
            _ => None,
        }
    }
}

/// Removes from `directory` what processes have left half written that were killed. Returns whether there was anything.
///
/// # Errors
/// If something cannot be removed.
pub(super) fn remove_unfinished(directory: &RunDirectory) -> Result<bool, RunError> {
    let contents = Contents::of(directory.path())?;
    let is_unfinished = |name: &&str| whole_of(name.rsplit('/').next().unwrap_or(name)).is_some();
    let names: Vec<&str> = contents.named(Kind::Own).filter(is_unfinished).collect();
    for name in &names {
        let path = directory.path().join(name);
        remove_file(&path).map_err(|source| RunError::write(&path, source))?;
    }
    Ok(!names.is_empty())
}

/// Whether `file` is a table of a run.
pub fn is_table(file: &str) -> bool {
    built_in().any(|column| column.table == file)
}

/// Whether `sim` makes a folder `name` in that of a run.
fn is_folder_of_sim(name: &str) -> bool {
    let [events, society, populations, _] = EVENTS;
    match name.split('/').collect::<Vec<&str>>().as_slice() {
        [root] => [ADAPTERS, HUB, PARQUET, events].contains(root),
        [root, below] if *root == events => [society, populations].contains(below),
        [ADAPTERS | HUB, _] => true,
        [root, below, _] => *root == events && *below == populations,
        _ => false,
    }
}

/// A file in a run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, with `/` between folders.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it is; `None`: it is not of `sim`.
    pub kind: Option<Kind>,
}

/// Everything in a run's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The files, by name.
    pub files: Vec<File>,
    /// The folders that `sim` makes, by name.
    pub folders: Vec<String>,
    /// What else is there, by name: links, folders that are not of `sim` and are not looked into, whatever is no file.
    pub others: Vec<String>,
}

impl Contents {
    /// What is in `run` now. Links are not followed.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn of(run: &Path) -> Result<Self, RunError> {
        let mut contents = Self::default();
        let mut open = vec![String::new()];
        while let Some(folder) = open.pop() {
            let path = run.join(&folder);
            let unreadable = |source| ModelError::io("read", &path)(source);
            for entry in fs::read_dir(&path).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let before = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                let own = entry.file_name();
                let name = format!("{before}{}", own.to_string_lossy());
                // Of a link, the link's own.
                let metadata = entry.metadata().map_err(unreadable)?;
                // A name that cannot be told exactly is none that `sim` gives.
                let is_told = own.to_str().is_some();
                if metadata.is_file() && is_told {
                    let kind = Kind::of(&name);
                    contents.files.push(File { name, bytes: metadata.len(), kind });
                } else if metadata.is_dir() && is_told && is_folder_of_sim(&name) {
                    open.push(name.clone());
                    contents.folders.push(name);
                } else {
                    contents.others.push(name);
                }
            }
        }
        contents.files.sort_by(|a, b| a.name.cmp(&b.name));
        contents.folders.sort();
        contents.others.sort();
        Ok(contents)
    }

    /// The names of the files that are of this `kind`.
    pub fn named(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.files.iter().filter(move |file| file.kind == Some(kind)).map(|file| file.name.as_str())
    }

    /// The names of everything that is not of `sim`.
    pub fn strangers(&self) -> Vec<&str> {
        let files = self.files.iter().filter(|file| file.kind.is_none()).map(|file| file.name.as_str());
        let mut names: Vec<&str> = files.chain(self.others.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ExportFormat;
    use crate::files::partial;

    #[test]
    fn every_file_of_sim_is_known_and_what_people_put_beside_it_is_not() {
        let results = [
            "adapters/a_0/README.md",
            "adapters/a_0/adapter_config.json",
            "adapters/a_0/adapter_model.safetensors",
            "generations.csv",
            "messages.csv",
            "moves.csv",
            "pairs.csv",
            "prompts.json",
            "remote.jsonl",
            "scenario.ron",
            "selections.csv",
            "social_outcomes.csv",
            "strategy_evolution.csv",
        ];
        let partial = partial(Path::new("manifest.json")).display().to_string();
        let own = ["manifest.json", ".lock", "checkpoint.bin", "crash-1-2.txt", ".moves.csv.partial", &partial];
        let derived = [
            "report.html",
            "evaluation.csv",
            "evaluation_summary.csv",
            "parquet/moves.parquet",
            "parquet/evaluation.parquet",
            "tensorboard/society/events.out.tfevents.0.agora",
            "tensorboard/populations/selfish/events.out.tfevents.0.agora",
            "hub/a_0/adapter_model.safetensors",
        ];
        let strangers = [
            "notes.txt",
            "mine.csv",
            "manifest.json.bak",
            "adapters/notes.txt",
            "adapters/a_0/mine.txt",
            "adapters/a_0/deeper/README.md",
            "parquet/mine.parquet",
            "tensorboard/events.out.tfevents.0.agora",
            "hub/README.md",
            ".lock.partial.x",
            "",
        ];
        let kinds = [(&results[..], Kind::Result), (&own[..], Kind::Own), (&derived[..], Kind::Derived)];
        for (names, kind) in kinds {
            assert!(names.iter().all(|name| Kind::of(name) == Some(kind)), "{kind:?}");
        }
        assert!(strangers.iter().all(|name| Kind::of(name).is_none()));
    }

    #[test]
    fn what_other_commands_write_has_the_names_that_they_give_it() {
        assert_eq!(REPORT, crate::report::FILE);
        assert_eq!(EVALUATIONS.map(|name| format!("{name}.csv"))[0], crate::evaluate::rows::EVALUATION);
        let formats = [ExportFormat::Parquet, ExportFormat::Tensorboard, ExportFormat::Hub];
        assert_eq!(formats.map(ExportFormat::folder), [PARQUET, EVENTS[0], HUB]);
    }

    #[test]
    fn a_folder_is_listed_and_what_is_not_of_sim_is_not_looked_into() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["moves.csv", "adapters/a_0/README.md", "notes/inner/x.txt", "mine.txt"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", dir.path().join("adapters/elsewhere")).unwrap();
        let contents = Contents::of(dir.path()).unwrap();
        let names: Vec<&str> = contents.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["adapters/a_0/README.md", "mine.txt", "moves.csv"]);
        assert_eq!(contents.folders, ["adapters", "adapters/a_0"]);
        #[cfg(unix)]
        assert_eq!(contents.strangers(), ["adapters/elsewhere", "mine.txt", "notes"]);
        assert_eq!(contents.named(Kind::Result).collect::<Vec<_>>(), ["adapters/a_0/README.md", "moves.csv"]);
        assert_eq!(contents.files[2].bytes, 9);
    }
}
