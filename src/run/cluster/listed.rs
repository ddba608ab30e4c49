//! `sweep.json`: which runs a sweep has. It is written once, before any of them begins, and says nothing of how far
//! they have come.

use super::id::{self, Hardware};
use crate::files::{SETTINGS_BYTES_MAX, read_settings, write_text};
use crate::run::sweep::{RUNS_MAX, Sweep};
use crate::run::{Factors, Manifest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Component, Path};

/// The file's name.
pub const FILE: &str = "sweep.json";
/// The form of the file that this version reads and writes.
const FORMAT: u32 = 1;

/// The runs of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The form of the file.
    pub format: u32,
    /// The version of `sim` that listed them, and is to run them.
    pub version: String,
    /// The commit that it was built from; `None` if that is not known.
    pub commit: Option<String>,
    /// Name of the scenario.
    pub scenario: String,
    /// The runs, cell by cell, and in each the seeds in order.
    pub runs: Vec<ListedRun>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedRun {
    /// What decides its results: see [`id::of`].
    pub id: String,
    /// Its folder, beside the file.
    pub folder: String,
    /// Its seed.
    pub seed: u64,
    /// What is varied in it; empty if nothing is.
    #[serde(default, skip_serializing_if = "Factors::is_empty")]
    pub factors: Factors,
    /// SHA-256 of its resolved scenario.
    pub scenario_sha256: String,
}

impl Listed {
    /// The runs of `sweep` on `machine`.
    pub fn of(sweep: &Sweep, machine: &Hardware) -> Self {
        let (version, commit) = Manifest::this_program();
        let run = |number: usize| {
            let slot = &sweep.slots[number];
            let (id, scenario_sha256) = id::of(&sweep.cells[slot.cell], slot.seed, machine);
            let folder = slot.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            ListedRun { id, folder, seed: slot.seed, factors: sweep.factors(number).clone(), scenario_sha256 }
        };
        let runs = (0..sweep.slots.len()).map(run).collect();
        Self { format: FORMAT, version, commit, scenario: sweep.cells[0].spec().name.clone(), runs }
    }

    /// Writes the file into `folder`, in place of an earlier list of the same scenario.
    ///
    /// # Errors
    /// With a sentence, if what is there is something else, or the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(FILE);
        match read_settings(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
            Ok(text) => match serde_json::from_str::<Self>(&text) {
                Ok(there) if there.scenario == self.scenario => {}
                Ok(there) => {
                    return Err(format!(
                        "{} lists the runs of `{}`; choose another folder with --out",
                        path.display(),
                        there.scenario
                    ));
                }
                Err(_) => {
                    return Err(format!(
                        "{} is no list of a sweep's runs, and would be overwritten by one; choose another folder with \
                         --out, or move it away",
                        path.display()
                    ));
                }
            },
        }
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())? + "\n";
        if text.len() as u64 > SETTINGS_BYTES_MAX {
            return Err(format!(
                "the list of runs would take {} bytes, and at most {SETTINGS_BYTES_MAX} are read; vary fewer or shorter \
                 values",
                text.len()
            ));
        }
        write_text(&path, &text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Reads the file in `folder`; `None` if there is none.
    ///
    /// # Errors
    /// With a sentence, if the file is not what [`Listed::write`] writes.
    pub fn read(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(FILE);
        let text = match read_settings(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        let wrong = |problem: String| format!("{} is no list of a sweep's runs: {problem}", path.display());
        let listed: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        listed.check().map_err(wrong)?;
        Ok(Some(listed))
    }

    /// Makes sure that the runs are apart from each other, and their folders inside that of the file.
    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("its format is {}, and this version of sim reads {FORMAT}", self.format));
        }
        if self.runs.is_empty() || self.runs.len() as u64 > RUNS_MAX {
            return Err(format!("it has {} runs; expected 1 to {RUNS_MAX}", self.runs.len()));
        }
        let (mut folders, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for run in &self.runs {
            let mut parts = Path::new(&run.folder).components();
            if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
                return Err(format!("`{}` is no name of a folder", run.folder));
            }
            if !folders.insert(&run.folder) || !ids.insert(&run.id) {
                return Err(format!("the run {} in `{}` is there twice", run.id, run.folder));
            }
        }
        Ok(())
    }

    /// The paths of all that is varied, in order of appearance.
    pub fn factors(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = Vec::new();
        for (path, _) in self.runs.iter().flat_map(|run| &run.factors.0) {
            if !paths.contains(&path.as_str()) {
                paths.push(path);
            }
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(folders: &[&str]) -> Listed {
        let run = |(number, folder): (usize, &&str)| ListedRun {
            id: format!("{number:016}"),
            folder: (*folder).into(),
            seed: number as u64,
            factors: Factors::default(),
            scenario_sha256: String::new(),
        };
        let runs = folders.iter().enumerate().map(run).collect();
        Listed { format: FORMAT, version: "1".into(), commit: None, scenario: "pd".into(), runs }
    }

    #[test]
    fn a_list_is_read_as_it_was_written_and_replaces_only_its_like() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Listed::read(dir.path()), Ok(None));
        let one = listed(&["pd-s1", "pd-s2"]);
        one.write(dir.path()).unwrap();
        one.write(dir.path()).unwrap();
        assert_eq!(Listed::read(dir.path()), Ok(Some(one)));
        let other = Listed { scenario: "hawks".into(), ..listed(&["a"]) };
        assert!(other.write(dir.path()).unwrap_err().contains("lists the runs of `pd`"));
        std::fs::write(dir.path().join(FILE), "mine").unwrap();
        assert!(listed(&["a"]).write(dir.path()).unwrap_err().contains("would be overwritten"));
        assert!(Listed::read(dir.path()).unwrap_err().contains("no list of a sweep's runs"));
    }

    #[test]
    fn folders_outside_and_runs_that_are_there_twice_are_refused() {
        for folder in ["../a", "/a", "a/b", "..", "."] {
            assert!(listed(&[folder]).check().unwrap_err().contains("no name of a folder"), "{folder}");
        }
        assert!(listed(&["a", "a"]).check().unwrap_err().contains("twice"));
        assert!(listed(&[]).check().unwrap_err().contains("0 runs"));
        assert!(Listed { format: 2, ..listed(&["a"]) }.check().unwrap_err().contains("format"));
        assert_eq!(listed(&["a", "b"]).check(), Ok(()));
    }
}
