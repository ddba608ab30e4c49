//! One scenario, many runs: several seeds of each cell of a design. Each run leaves the folder that a run of its own
//! would leave, byte for byte.
//!
//! A sweep can be repeated at any time: runs that are done are left alone, unfinished ones resume from their last
//! checkpoint or start again, and a folder of anything else stops the sweep before it starts. Everything that does not
//! depend on the seed is prepared once for all seeds of a cell, and a base model is loaded once for all cells that need
//! it.

mod decimal;
mod design;
mod factor;
mod names;
mod register;
mod seeds;

pub use super::survey::{Obstacle, Obstacles, REGISTER, Slot, State};
use crate::llm::files::registry;
pub use design::{Design, DesignKind, RUNS_MAX};
pub use factor::{Factor, field};
pub use names::{in_brief, labels};
pub use register::Register;
pub use seeds::{Seeds, whole_range};

use super::base_model::load_model;
use super::frozen::{Answered, ask, hashes};
use super::manifest::HaltedEntry;
use super::place::{Place, tidy};
use super::{
    Factors, Finished, Interrupt, Manifest, Prepared, Ready, RunDirectory, RunError, RunOptions, Simulation, Watch,
    survey,
};
use crate::llm::files::fetch;
use crate::llm::files::fetch::Fetcher;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::spawn::{asks_servers, model_name, needs_model};
use crate::world::Progress;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The runs of the cells of a design under several seeds.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What all seeds of each cell share; at least one cell.
    pub cells: Vec<Prepared>,
    /// The runs: cell by cell, and in each the seeds in order.
    pub slots: Vec<Slot>,
    /// The folder that holds those of the runs.
    pub parent: PathBuf,
}

/// Runs that follow each other: those whose cells need the same base model, or those that need none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Indices of the cells.
    cells: Vec<usize>,
    /// Indices of the slots, in order.
    slots: Vec<usize>,
}

/// Why a sweep does not start.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Folders.
    #[error(transparent)]
    Obstacles(#[from] Obstacles),
    /// The model.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What happened to one run.
#[derive(Debug)]
pub enum Outcome {
    /// It had been done before. These agents' learning had been stopped by an error.
    Skipped(Vec<HaltedEntry>),
    /// It is done now.
    Ran(Finished),
    /// It could not be run to its end.
    Failed(RunError),
}

/// What the observer of a sweep is told; `number` counts the sweep's slots from 0.
#[derive(Debug)]
pub enum Event<'a> {
    /// A run begins.
    Started {
        /// Which of the slots.
        number: usize,
    },
    /// A run has ended.
    Ended {
        /// Which of the slots.
        number: usize,
        /// How it ended.
        outcome: &'a Outcome,
    },
}

impl Sweep {
    /// Looks at the folders of all `seeds` of all `cells` in `parent`, without changing anything there.
    ///
    /// # Errors
    /// With everything that is in the way.
    pub fn survey(cells: Vec<Prepared>, seeds: &Seeds, parent: &Path) -> Result<Self, Obstacles> {
        let (mut slots, mut obstacles) = (Vec::new(), Vec::new());
        if cells.iter().any(|cell| !cell.factors().is_empty()) {
            obstacles.extend(survey::obstacle_to_a_design(parent));
        }
        for (cell, prepared) in cells.iter().enumerate() {
            for &seed in seeds.all() {
                let spec = ScenarioSpec { seed, ..prepared.spec().clone() };
                let path = match prepared.factors() {
                    none if none.is_empty() => RunDirectory::path_in(parent, &spec.name, seed),
                    factors => RunDirectory::path_in(parent, &names::folder(factors), seed),
                };
                match survey::look_at(&path, &spec) {
                    Ok(state) => slots.push(Slot { cell, seed, path, state }),
                    Err(obstacle) => obstacles.push(obstacle),
                }
            }
        }
        let parent = parent.to_path_buf();
        if obstacles.is_empty() { Ok(Self { cells, slots, parent }) } else { Err(Obstacles(obstacles)) }
    }

    /// What is varied in the run of a slot.
    pub fn factors(&self, number: usize) -> &Factors {
        self.cells[self.slots[number].cell].factors()
    }

    /// Makes `progress` show the progress of every run from now on, and tells `watch` of every tick.
    pub fn show(&mut self, progress: &Progress, watch: &Watch) {
        self.cells.iter_mut().for_each(|cell| cell.show(progress.clone(), watch.clone()));
    }

    /// Makes `interrupt` stop every run from now on.
    pub fn heed(&mut self, interrupt: &Interrupt) {
        self.cells.iter_mut().for_each(|cell| cell.heed(interrupt.clone()));
    }

    /// Whether it has been asked to stop.
    pub fn is_interrupted(&self) -> bool {
        self.cells[0].options().interrupt.is_requested()
    }

    /// The groups, in the order of their first runs.
    pub fn groups(&self) -> Vec<Group> {
        let model = |cell: usize| Some(&self.cells[cell].spec().model).filter(|_| needs_model(self.cells[cell].spec()));
        let mut groups: Vec<Group> = Vec::new();
        for cell in 0..self.cells.len() {
            match groups.iter_mut().find(|group| model(group.cells[0]) == model(cell)) {
                Some(group) => group.cells.push(cell),
                None => groups.push(Group { cells: vec![cell], slots: Vec::new() }),
            }
        }
        let mut group_of = vec![0; self.cells.len()];
        for (index, group) in groups.iter().enumerate() {
            group.cells.iter().for_each(|&cell| group_of[cell] = index);
        }
        for (number, slot) in self.slots.iter().enumerate() {
            groups[group_of[slot.cell]].slots.push(number);
        }
        groups
    }

    /// How many runs of a group go side by side: one at a time where a model's passes keep every thread busy; otherwise
    /// as many as there are threads, as long as their histories fit into memory.
    pub fn lanes(&self, group: &Group) -> usize {
        let spec = self.cells[group.cells[0]].spec();
        // Servers are asked through as many connections as the scenario says, not through several times as many.
        if needs_model(spec) || asks_servers(spec) {
            return 1;
        }
        let first = &self.cells[0];
        let bytes = group.cells.iter().map(|&cell| self.cells[cell].bytes_of_ticks()).max().unwrap_or(1).max(1);
        let fit = first.free().map_or(usize::MAX, |bytes_free| (bytes_free / bytes) as usize);
        let waiting = self.slots_of(group).filter(|slot| !slot.is_done()).count();
        first.threads().min(fit).min(waiting).max(1)
    }

    /// Number of runs of a group.
    pub fn runs(&self, group: &Group) -> usize {
        group.slots.len()
    }

    fn slots_of(&self, group: &Group) -> impl Iterator<Item = &Slot> {
        group.slots.iter().map(|&number| &self.slots[number])
    }

    /// Asks the frozen players of a group, loads its base model if any agent needs it, and returns what its cells run,
    /// in their order. `None` if every run is done, and the models were only looked at.
    ///
    /// # Errors
    /// If one cannot be obtained, or is not the one that finished runs were made with.
    pub fn load(&self, group: &Group, fetcher: &Fetcher) -> Result<Option<Vec<Ready>>, SweepError> {
        let first = &self.cells[group.cells[0]];
        if self.slots_of(group).all(Slot::is_done) {
            let mut frozen: Vec<(String, String)> = Vec::new();
            for &cell in &group.cells {
                let known: Vec<&str> = frozen.iter().map(|(name, _)| name.as_str()).collect();
                let others = hashes(self.cells[cell].spec(), &known, fetcher)?;
                frozen.extend(others);
            }
            self.check_weights(group, &frozen, base_hash(first.spec(), fetcher)?.as_deref())?;
            return Ok(None);
        }
        // A cell whose runs are all done asks nothing.
        let is_done = |cell: usize| self.slots_of(group).filter(|slot| slot.cell == cell).all(Slot::is_done);
        let (done, due): (Vec<usize>, Vec<usize>) = group.cells.iter().partition(|&&cell| is_done(cell));
        let asking: Vec<_> = due.iter().map(|&cell| self.cells[cell].asking()).collect();
        let mut answers: BTreeMap<usize, Answered> = due.iter().copied().zip(ask(&asking, fetcher)?).collect();
        let ids = answers.values().flat_map(|answered| &answered.ids);
        let mut frozen: Vec<_> = ids.map(|id| (id.name.clone(), id.sha256.clone())).collect();
        frozen.sort();
        frozen.dedup();
        for cell in done {
            let asked: Vec<&str> = frozen.iter().map(|(name, _)| name.as_str()).collect();
            let others = hashes(self.cells[cell].spec(), &asked, fetcher)?;
            frozen.extend(others);
        }
        let weights = first.weights(fetcher)?;
        self.check_weights(group, &frozen, weights.as_ref().map(|model| &*model.id.sha256))?;
        let ready = group.cells.iter().map(|cell| {
            let answers = Arc::new(answers.remove(cell).unwrap_or_default());
            self.cells[*cell].clone().with(weights.clone(), answers, fetcher)
        });
        Ok(Some(ready.collect::<Result<Vec<Ready>, RunError>>()?))
    }

    /// Refuses runs of a group that are done and were made with other weights than those of the `frozen` players, given
    /// with their names, and of the base model.
    fn check_weights(&self, group: &Group, frozen: &[(String, String)], base: Option<&str>) -> Result<(), Obstacles> {
        let mut obstacles =
            base.map_or_else(Vec::new, |base| survey::made_with_other_weights(self.slots_of(group), base));
        for (name, sha256) in frozen {
            obstacles.extend(survey::made_with_other_frozen(self.slots_of(group), name, sha256));
        }
        if obstacles.is_empty() { Ok(()) } else { Err(Obstacles(obstacles)) }
    }

    /// Runs everything in a group that is not done, `lanes` runs side by side, in worlds that `make` makes, and returns
    /// the outcome of each slot with its number. One that fails does not stop the others. The slots say where to write,
    /// whatever the options say; progress is shown, and the watch of ticks told, only if runs go one at a time.
    ///
    /// # Panics
    /// If a run does, once the others have ended; or if nothing is ready although a run is not done.
    pub fn run(
        &self,
        group: &Group,
        make: &(dyn Fn() -> Simulation + Sync),
        lanes: usize,
        ready: Option<&[Ready]>,
        watch: &(dyn Fn(&Event) + Sync),
    ) -> Vec<(usize, Outcome)> {
        // Each run is a world of its own, so the number of runs that share the threads does not affect results.
        let threads = (self.cells[0].threads() / lanes).max(1);
        let next = AtomicUsize::new(0);
        let outcomes: Vec<Mutex<Option<Outcome>>> = group.slots.iter().map(|_| Mutex::new(None)).collect();
        let lane = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(&number) = group.slots.get(index) else { return };
                let slot = &self.slots[number];
                let (options, spec) = (self.cells[slot.cell].options(), self.cells[slot.cell].spec());
                let outcome = match &slot.state {
                    State::Done(manifest) => skipped(slot, spec, manifest),
                    _ if options.interrupt.is_requested() => {
                        Outcome::Failed(RunError::Interrupted { played: 0, ticks: spec.ticks, is_saved: false })
                    }
                    State::Fresh | State::Unfinished(_) => {
                        watch(&Event::Started { number });
                        let ready = ready.expect("everything was loaded, since not every run is done");
                        let place = group.cells.iter().position(|&cell| cell == slot.cell);
                        let ready = &ready[place.expect("the slots of a group are those of its cells")];
                        let run = ready.varied(slot.seed, in_lane(options, lanes), threads);
                        run_slot(slot, make(), &run).map_or_else(Outcome::Failed, Outcome::Ran)
                    }
                };
                watch(&Event::Ended { number, outcome: &outcome });
                *outcomes[index].lock().expect("nobody panics while holding it") = Some(outcome);
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..lanes).map(|_| scope.spawn(lane)).collect();
            lane();
            for other in others {
                // Passed on as it is, so that the handler sees what went wrong, not just that a thread did.
                other.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
        });
        let taken = |outcome: Mutex<Option<Outcome>>| outcome.into_inner().expect("nobody panics while holding it");
        let outcomes = outcomes.into_iter().map(|outcome| taken(outcome).expect("every slot was taken by a lane"));
        group.slots.iter().copied().zip(outcomes).collect()
    }
}

/// `options` for one of several lanes.
fn in_lane(options: &RunOptions, lanes: usize) -> RunOptions {
    let (progress, watch) = match lanes {
        1 => (options.progress.clone(), options.watch.clone()),
        _ => (Progress::default(), Watch::default()),
    };
    RunOptions { out: None, resume: false, progress, watch, ..options.clone() }
}

/// What becomes of a slot whose run is done already: at most, leftovers are removed.
fn skipped(slot: &Slot, spec: &ScenarioSpec, manifest: &Manifest) -> Outcome {
    let spec = ScenarioSpec { seed: slot.seed, ..spec.clone() };
    match tidy(&slot.path, &spec) {
        // Another process is doing so.
        Ok(_) | Err(RunError::OutputBusy { .. }) => Outcome::Skipped(manifest.halted.clone()),
        Err(error) => Outcome::Failed(error),
    }
}

/// Runs one slot in its folder.
fn run_slot(slot: &Slot, mut simulation: Simulation, run: &Ready) -> Result<Finished, RunError> {
    let place = match slot.state {
        State::Unfinished(_) => Place::taken_over(&slot.path, &run.job.spec)?,
        State::Fresh | State::Done(_) => Place::fresh(&slot.path)?,
    };
    simulation.play(run, Some(place), Instant::now())
}

/// The hash of the base model of `spec`, if any agent needs it: that of its file is known much sooner than its numbers
/// can be read.
fn base_hash(spec: &ScenarioSpec, fetcher: &Fetcher) -> Result<Option<String>, RunError> {
    if !needs_model(spec) {
        return Ok(None);
    }
    let name = model_name(&spec.model);
    let has_files = !matches!(spec.model, ModelSpec::Random(_)) && name != registry::BUILT_IN;
    Ok(Some(if has_files { fetch::find(&name, fetcher)?.sha256 } else { load_model(&spec.model, fetcher)?.id.sha256 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNERS: &str = r#"(
        version: 1, ticks: 1, noise: 0.0, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
        populations: [(name: "learners", count: 2, policy: Llm(), learner: Grpo())],
    )"#;

    fn fetcher() -> Fetcher {
        Fetcher::from_env(indicatif::ProgressBar::hidden())
    }

    #[test]
    fn cells_of_one_model_share_its_weights_and_tokenizer() {
        let dir = tempfile::tempdir().unwrap();
        let simulation = Simulation::new();
        let mut cells: Vec<Prepared> = Vec::new();
        for noise in ["0", "0.1"] {
            let text = LEARNERS.replace("noise: 0.0", &format!("noise: {noise}"));
            let scenario = simulation.scenario(&text).unwrap_or_else(|errors| panic!("{errors}"));
            let options = RunOptions {
                threads: Some(1),
                factors: Factors(vec![("noise".into(), noise.into())]),
                ..RunOptions::default()
            };
            let earlier: Vec<&Prepared> = cells.iter().collect();
            cells.push(simulation.prepare_sharing(&earlier, &scenario.spec, options, &fetcher()).unwrap());
        }
        assert_eq!(cells[0].free(), cells[1].free());
        let sweep = Sweep::survey(cells, &"1,2".parse().unwrap(), dir.path()).unwrap();
        assert!(sweep.slots[3].path.ends_with("noise=0.1-s2"), "{:?}", sweep.slots[3].path);
        let [group] = &sweep.groups()[..] else { panic!("there is one model") };
        let ready = sweep.load(group, &fetcher()).unwrap().unwrap();
        let [(one, asked), (two, asked_too)] = [0, 1].map(|cell| ready[cell].model.as_ref().unwrap());
        assert!(Arc::ptr_eq(&one.base, &two.base));
        assert!(Arc::ptr_eq(&asked.prompts.tokenizer, &asked_too.prompts.tokenizer));
    }

    #[test]
    fn runs_that_need_no_model_are_a_group_of_their_own() {
        let simulation = Simulation::new();
        let model = "policy: Llm(), learner: Grpo()";
        let cell = |policy: &str, model: &str, value: &str| {
            let text = LEARNERS.replace("policy: Llm(), learner: Grpo()", policy).replace("Named(\"tiny\")", model);
            let scenario = simulation.scenario(&text).unwrap_or_else(|errors| panic!("{errors}"));
            let factors = Factors(vec![("x".into(), value.into())]);
            let options = RunOptions { threads: Some(2), factors, ..RunOptions::default() };
            simulation.prepare(&scenario.spec, options, &fetcher()).unwrap()
        };
        let random = "Random(family: Qwen3, layers: 1, hidden: 32, intermediate: 64, heads: 2, kv_heads: 1, head_dim: 16, vocab: 300)";
        let cells = vec![
            cell(model, "Named(\"tiny\")", "1"),
            cell("policy: Scripted(Grim)", "Named(\"tiny\")", "2"),
            cell(model, random, "3"),
            cell(model, "Named(\"tiny\")", "4"),
            cell("policy: Scripted(Random())", random, "5"),
        ];
        let dir = tempfile::tempdir().unwrap();
        let sweep = Sweep::survey(cells, &"1,2".parse().unwrap(), dir.path()).unwrap();
        let groups = sweep.groups();
        let slots: Vec<&[usize]> = groups.iter().map(|group| group.slots.as_slice()).collect();
        assert_eq!(slots, [[0, 1, 6, 7].as_slice(), &[2, 3, 8, 9], &[4, 5]]);
        assert_eq!(groups.iter().map(|group| sweep.lanes(group)).collect::<Vec<_>>(), [1, 2, 1]);
    }
}
