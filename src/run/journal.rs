//! The manifest of a run, kept current while it runs.

use super::base_model::describe;
use super::directory::MANIFEST;
use super::manifest::{HaltedEntry, Manifest, ModelEntry, Status, now};
use super::prepare::Ready;
use super::{RunDirectory, RunError, outputs};
use crate::scenario::spawn::Llm;
use crate::world::{AgentId, AgentName, Clock, LearningHalted};
use bevy_ecs::world::World;
use std::time::{Duration, Instant};

/// Least age of a manifest before it is written again: often enough for people, and no burden on a disk.
const REWRITE: Duration = Duration::from_secs(10);

/// The manifest of `run` at its start, with the resolved scenario `resolved` and the base model that `llm` runs.
pub(super) fn manifest_of(run: &Ready, resolved: &str, llm: Option<&Llm>) -> Manifest {
    let (job, backend) = (&run.job, &run.job.options.backend);
    let (identity, asking) = run.model.as_ref().map(|(model, asking)| (&model.id, asking)).unzip();
    let device = describe(backend, llm.and_then(|llm| llm.engine.device()));
    Manifest {
        memory: asking.and_then(|asking| asking.memory.as_ref()).map(|memory| memory.entry.clone()),
        frozen: run.frozen.ids.iter().map(ModelEntry::from).collect(),
        instructions: job.instructions().map(String::from),
        factors: job.options.factors.clone(),
        ranks: job.options.ranks.count(),
        ..Manifest::begin(&job.spec, resolved, identity, device, job.threads)
    }
}

/// A run's manifest and the folder it is in.
pub(super) struct Journal<'a> {
    /// `None`: nothing is written.
    pub directory: Option<&'a RunDirectory>,
    pub manifest: Manifest,
    /// When the manifest's clock started.
    started: Instant,
    seconds_before: f64,
    written: Instant,
}

impl<'a> Journal<'a> {
    /// Writes `manifest`. `started` is when its clock resumed from the seconds that it holds.
    pub(super) fn open(
        directory: Option<&'a RunDirectory>,
        manifest: Manifest,
        started: Instant,
    ) -> Result<Self, RunError> {
        let seconds_before = manifest.seconds;
        let mut journal = Self { directory, manifest, started, seconds_before, written: Instant::now() };
        journal.write()?;
        Ok(journal)
    }

    /// Notes that `played` ticks are done.
    ///
    /// # Errors
    /// If the folder no longer exists, or cannot be written to.
    pub(super) fn pass(&mut self, played: u32) -> Result<(), RunError> {
        self.manifest.ticks_played = played;
        // Open files outlive their folder: without this check, a run would continue to its end and leave nothing
        // behind.
        if let Some(directory) = self.directory.filter(|directory| !directory.path().join(MANIFEST).exists()) {
            return Err(RunError::FolderGone { path: directory.path().to_path_buf() });
        }
        if self.written.elapsed() >= REWRITE { self.write() } else { Ok(()) }
    }

    /// Notes the hashes of the results, which are all there.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub(super) fn seal(&mut self) -> Result<(), RunError> {
        if let Some(directory) = self.directory {
            self.manifest.outputs = outputs::hashes(directory.path())?;
        }
        Ok(())
    }

    /// Records how the run in `world` ended.
    pub(super) fn close(&mut self, world: &mut World, ended: Result<(), &RunError>) -> Result<(), RunError> {
        self.manifest.ticks_played = world.get_resource::<Clock>().map_or(0, |clock| clock.tick);
        self.manifest.halted = halted(world);
        self.manifest.status = match ended {
            Ok(()) => Status::Done,
            Err(error) if error.is_stop() => Status::Interrupted,
            Err(_) => Status::Failed,
        };
        self.manifest.error = ended.err().map(ToString::to_string);
        self.manifest.ended = Some(now());
        self.write()
    }

    /// Records that a defect of this program ended the run.
    pub(super) fn close_after_panic(&mut self, message: &str) {
        self.manifest.status = Status::Failed;
        self.manifest.error = Some(format!("a defect of sim: {message}"));
        self.manifest.ended = Some(now());
        // The defect is what has to be reported.
        let _ = self.write();
    }

    fn write(&mut self) -> Result<(), RunError> {
        self.manifest.seconds = self.seconds_before + self.started.elapsed().as_secs_f64();
        self.written = Instant::now();
        self.directory.map_or(Ok(()), |directory| directory.write(MANIFEST, &self.manifest.to_json()))
    }
}

/// Every agent whose learning an error stopped.
fn halted(world: &mut World) -> Vec<HaltedEntry> {
    let mut query = world.query::<(&AgentId, &AgentName, &LearningHalted)>();
    let mut halted: Vec<_> = query.iter(world).collect();
    halted.sort_by_key(|(id, ..)| **id);
    let entry = |(_, name, halted): (&AgentId, &AgentName, &LearningHalted)| HaltedEntry {
        agent: name.0.clone(),
        tick: halted.tick,
        reason: halted.reason.clone(),
    };
    halted.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Factors;
    use std::collections::BTreeMap;

    fn manifest() -> Manifest {
        Manifest {
            version: String::new(),
            commit: None,
            command: Vec::new(),
            host: None,
            status: Status::Running,
            scenario: "a".into(),
            scenario_sha256: String::new(),
            seed: 1,
            factors: Factors::default(),
            ticks: 9,
            ticks_played: 0,
            model: None,
            frozen: Vec::new(),
            inputs: Vec::new(),
            device: "cpu".into(),
            instructions: None,
            threads: 1,
            ranks: 1,
            memory: None,
            remote: None,
            started: String::new(),
            ended: None,
            started_unix_seconds: None,
            seconds: 5.0,
            resumed_at: Vec::new(),
            halted: Vec::new(),
            error: None,
            outputs: BTreeMap::new(),
        }
    }

    #[test]
    fn the_manifest_moves_now_and_then_and_says_how_the_run_ended() {
        let dir = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(&dir.path().join("run")).unwrap();
        let mut journal = Journal::open(Some(&directory), manifest(), Instant::now()).unwrap();
        let on_disk = || Manifest::read(directory.path()).unwrap().unwrap();
        journal.pass(1).unwrap();
        assert_eq!(on_disk().ticks_played, 0, "not at every tick");
        journal.written = Instant::now().checked_sub(REWRITE).unwrap();
        journal.pass(2).unwrap();
        assert_eq!((on_disk().ticks_played, on_disk().status, on_disk().ended), (2, Status::Running, None));
        assert!(on_disk().seconds > 5.0);
        let interrupted = RunError::Interrupted { played: 2, ticks: 9, is_saved: true };
        journal.close(&mut World::new(), Err(&interrupted)).unwrap();
        assert_eq!(on_disk().status, Status::Interrupted);
        assert!(on_disk().ended.unwrap().ends_with('Z'));
        journal.close_after_panic("index out of bounds");
        assert_eq!(on_disk().status, Status::Failed);
        assert!(on_disk().error.unwrap().contains("defect of sim: index out of bounds"));
        std::fs::remove_dir_all(directory.path()).unwrap();
        assert!(matches!(journal.pass(3), Err(RunError::FolderGone { .. })));
    }
}
