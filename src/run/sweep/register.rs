//! `design.csv`: one row for each run of a design, beside the runs' folders.

use super::{Outcome, Sweep};
use crate::files::write_text;
use crate::run::survey::{REGISTER, State};
use crate::run::{Factors, Manifest, RunError, Status};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The rows of a design: those of a sweep, then those of runs of the same scenario that other sweeps left in the same
/// folder.
#[derive(Debug)]
pub struct Register {
    path: PathBuf,
    rows: Vec<Row>,
}

/// The row of a run.
#[derive(Debug)]
struct Row {
    folder: String,
    seed: u64,
    factors: Factors,
    status: &'static str,
}

impl Register {
    /// The register of a sweep as it stands before anything is run.
    ///
    /// # Errors
    /// If the runs' folder cannot be read.
    pub fn of(sweep: &Sweep) -> Result<Self, RunError> {
        let row = |number: usize| {
            let slot = &sweep.slots[number];
            let status = match &slot.state {
                State::Fresh => "waiting",
                State::Unfinished(manifest) | State::Done(manifest) => manifest.status.word(),
            };
            Row { folder: name(&slot.path), seed: slot.seed, factors: sweep.factors(number).clone(), status }
        };
        let mut rows: Vec<Row> = (0..sweep.slots.len()).map(row).collect();
        let known: BTreeSet<String> = rows.iter().map(|row| row.folder.clone()).collect();
        let scenario = &sweep.cells[0].spec().name;
        rows.extend(others(&sweep.parent, scenario)?.into_iter().filter(|row| !known.contains(&row.folder)));
        Ok(Self { path: sweep.parent.join(REGISTER), rows })
    }

    /// Notes that the run of the slot `number` has begun.
    pub fn begin(&mut self, number: usize) {
        self.rows[number].status = Status::Running.word();
    }

    /// Notes how the run of the slot `number` has ended.
    pub fn end(&mut self, number: usize, outcome: &Outcome) {
        self.rows[number].status = match outcome {
            Outcome::Skipped(_) | Outcome::Ran(_) => Status::Done.word(),
            // Nothing of it was begun.
            Outcome::Failed(RunError::Interrupted { .. }) if self.rows[number].status != Status::Running.word() => {
                return;
            }
            Outcome::Failed(RunError::Interrupted { .. }) => Status::Interrupted.word(),
            Outcome::Failed(_) => Status::Failed.word(),
        };
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self) -> Result<(), RunError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|source| RunError::write(folder, source))?;
        write_text(&self.path, &self.text()).map_err(|source| RunError::write(&self.path, source))
    }

    fn text(&self) -> String {
        let mut paths: Vec<&str> = Vec::new();
        for (path, _) in self.rows.iter().flat_map(|row| &row.factors.0) {
            if !paths.contains(&path.as_str()) {
                paths.push(path);
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let whole = "writing to memory cannot fail";
        writer.write_record(["folder", "seed"].iter().chain(&paths).chain(&["status"])).expect(whole);
        for row in &self.rows {
            let values = paths.iter().map(|path| row.factors.get(path).unwrap_or_default().to_owned());
            let cells = [row.folder.clone(), row.seed.to_string()].into_iter().chain(values);
            writer.write_record(cells.chain([row.status.to_owned()])).expect(whole);
        }
        String::from_utf8(writer.into_inner().expect(whole)).expect("the cells are text")
    }
}

/// The runs of designs of this scenario in `parent`, by name.
fn others(parent: &Path, scenario: &str) -> Result<Vec<Row>, RunError> {
    let entries = match fs::read_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()),
    };
    let mut paths = entries.map_err(|source| RunError::write(parent, source))?;
    paths.sort();
    let row = |path: PathBuf| {
        // What cannot be read is no run of a design.
        let manifest = Manifest::read(&path).ok().flatten()?;
        let is_one = manifest.scenario == scenario && !manifest.factors.is_empty();
        let Manifest { seed, factors, status, .. } = manifest;
        is_one.then(|| Row { folder: name(&path), seed, factors, status: status.word() })
    };
    Ok(paths.into_iter().filter_map(row).collect())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
