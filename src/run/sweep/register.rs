//! `design.csv`: one row for each run of a design, beside the runs' folders.

use super::{Outcome, Sweep};
use crate::files::{folders_with, make_folder, write_text};
use crate::run::directory::MANIFEST;
use crate::run::survey::{REGISTER, State};
use crate::run::{Factors, Manifest, RunError, Status};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rows of a design: those of a sweep, then those of runs of the same scenario that other sweeps have left or are
/// making in the same folder.
#[derive(Debug)]
pub struct Register {
    path: PathBuf,
    scenario: String,
    /// Those of the sweep, in the order of its slots.
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
    pub fn of(sweep: &Sweep) -> Self {
        let row = |number: usize| {
            let slot = &sweep.slots[number];
            let status = match &slot.state {
                State::Fresh => "waiting",
                // No process works on it, or the sweep would not have started.
                State::Unfinished(manifest) | State::Done(manifest) => manifest.status.unheld().word(),
            };
            Row { folder: name(&slot.path), seed: slot.seed, factors: sweep.factors(number).clone(), status }
        };
        let rows = (0..sweep.slots.len()).map(row).collect();
        Self { path: sweep.parent.join(REGISTER), scenario: sweep.cells[0].spec().name.clone(), rows }
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
            Outcome::Failed(error) if error.is_stop() => Status::Interrupted.word(),
            Outcome::Failed(_) => Status::Failed.word(),
        };
    }

    /// Writes the file, with the runs of others as they are now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self) -> Result<(), RunError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_folder(folder).map_err(|source| RunError::write(folder, source))?;
        let own: BTreeSet<&str> = self.rows.iter().map(|row| row.folder.as_str()).collect();
        let others: Vec<Row> =
            others(folder, &self.scenario).into_iter().filter(|row| !own.contains(row.folder.as_str())).collect();
        let rows: Vec<&Row> = self.rows.iter().chain(&others).collect();
        write_text(&self.path, &Self::text(&rows)).map_err(|source| RunError::write(&self.path, source))
    }

    fn text(rows: &[&Row]) -> String {
        let mut paths: Vec<&str> = Vec::new();
        for (path, _) in rows.iter().flat_map(|row| &row.factors.0) {
            if !paths.contains(&path.as_str()) {
                paths.push(path);
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let whole = "writing to memory cannot fail";
        writer.write_record(["folder", "seed"].iter().chain(&paths).chain(&["status"])).expect(whole);
        for row in rows {
            let values = paths.iter().map(|path| row.factors.get(path).unwrap_or_default().to_owned());
            let cells = [row.folder.clone(), row.seed.to_string()].into_iter().chain(values);
            writer.write_record(cells.chain([row.status.to_owned()])).expect(whole);
        }
        String::from_utf8(writer.into_inner().expect(whole)).expect("the cells are text")
    }
}

/// The runs of designs of this scenario in `parent`, by name.
fn others(parent: &Path, scenario: &str) -> Vec<Row> {
    let row = |path: PathBuf| {
        // What cannot be read is no run of a design.
        let manifest = Manifest::read(&path).ok().flatten()?;
        let is_one = manifest.scenario == scenario && !manifest.factors.is_empty();
        let Manifest { seed, factors, status, .. } = manifest;
        is_one.then(|| Row { folder: name(&path), seed, factors, status: status.now(&path).word() })
    };
    folders_with(parent, MANIFEST, 1).found.into_iter().filter_map(row).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
