//! Everything about a run that is known before it begins, made once: what is printed is what is run.
//!
//! Rules are built, and prompts rendered and tokenised, from the model's tokenizer and sizes alone; how learners share
//! memory on the CPU is decided from the prompts' real tokens and one look at the memory that is free. Only the weights
//! are left for later. If the model's files are not here yet, prompts and memory follow as soon as they are. None of it
//! depends on the seed, so all runs of a sweep share it.

use super::base_model::{can_run_on, default_threads, load_outlined};
use super::frozen::{self, Answered, Waiting};
use super::job::Job;
use super::manifest::MemoryEntry;
use super::options::{Interrupt, RunOptions, Watch};
use super::plan::plan;
use super::remote;
use super::sweep::Seeds;
use super::{Factors, RunError};
use crate::host;
use crate::llm::engine::budget::pass::ModelShape;
use crate::llm::engine::budget::plan::{MemoryPlan, choose};
use crate::llm::engine::machine::Backend;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::outline::{Outline, outline, outline_random};
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::size::tick;
use crate::scenario::spawn::needs::{Hands, needs};
use crate::scenario::spawn::{Prompts, evolution, matchmaker, model_name, needs_model, rules};
use crate::world::{Factories, Matchmaker, Progress, Rules};
use std::path::Path;
use std::sync::Arc;

/// A run, or all runs of a sweep, as far as it is known before the weights are read.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) job: Job,
    /// What servers will be asked, in lines.
    remote: Vec<String>,
    /// Bytes that were still available before anything was loaded; `None` if the system does not say.
    free: Option<u64>,
    pub(super) model: Model,
    frozen: Vec<Waiting>,
}

/// A run that lacks nothing but a place.
#[derive(Clone, Debug)]
pub struct Ready {
    pub(super) job: Job,
    /// `None` if no agent needs the base model.
    pub(super) model: Option<(LoadedModel, Asking)>,
    pub(super) frozen: Arc<Answered>,
}

/// What is known of the base model before its weights are read.
#[derive(Clone, Debug)]
pub(super) enum Model {
    NotNeeded,
    /// Its files cannot be read yet, for this reason.
    Unread(String),
    Read(Arc<Outline>, Asking),
}

/// What the base model will be asked, and how that fits into memory.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub prompts: Prompts,
    /// `None` if a device runs it, which has a budget of its own for its batches.
    pub memory: Option<Memory>,
}

/// How learners share memory on the CPU.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub way: MemoryPlan,
    /// The same for people, in the manifest and in the printed plan.
    pub entry: MemoryEntry,
}

impl Prepared {
    /// Prepares runs of `spec`, in which plugins offer `factories`. No weight is read and nothing is fetched.
    ///
    /// # Errors
    /// If there cannot be such a run: something in `spec` is for the CPU only and the backend is another, a plugin or
    /// the model's tokenizer refuses something, or memory does not suffice.
    pub fn new(
        spec: &ScenarioSpec,
        options: RunOptions,
        factories: &Factories,
        fetcher: &Fetcher,
    ) -> Result<Self, RunError> {
        Self::sharing(&[], spec, options, factories, fetcher)
    }

    /// Like [`Prepared::new`], for one of several scenarios: what the model's files say is read once for all that name
    /// the same model, and all are fitted into the memory that was free for the first. `earlier` are those prepared
    /// before.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn sharing(
        earlier: &[&Self],
        spec: &ScenarioSpec,
        options: RunOptions,
        factories: &Factories,
        fetcher: &Fetcher,
    ) -> Result<Self, RunError> {
        can_run_on(spec, &options.backend)?;
        let (matchmaker, evolution) = (matchmaker(spec, factories)?, evolution(spec, factories)?);
        let rules = rules(spec, &*matchmaker, factories)?;
        let beside = options.ranks.beside();
        let threads = options.threads.unwrap_or_else(|| (default_threads() / beside.processors).max(1));
        let job = Job { spec: spec.clone(), rules, matchmaker, evolution, options, threads };
        let remote = remote::lines(&job.spec, &job.rules, &*job.matchmaker, &job.options)?;
        if !remote.is_empty() && job.options.ranks.count() > 1 {
            let what = "each would ask the servers that play in this scenario";
            return Err(RunError::OneRankOnly { ranks: job.options.ranks.count(), what });
        }
        let here = || job.options.memory.or_else(|| Some(host::available()? / beside.machine as u64));
        let free = earlier.first().map_or_else(here, |first| first.free);
        let model = match earlier.iter().find_map(|other| other.model.outline_of(&other.job, spec)) {
            _ if !needs_model(spec) => Model::NotNeeded,
            Some(outline) => Model::read(&job, free, outline)?,
            None => Model::of(&job, free, fetcher)?,
        };
        let asked_earlier: Vec<&[Waiting]> = earlier.iter().map(|other| other.frozen.as_slice()).collect();
        let frozen = Waiting::all(&job, free, &asked_earlier, fetcher)?;
        Ok(Self { job, remote, free, model, frozen })
    }

    /// Asks the frozen players, reads the weights of the base model, fetching both if need be, and makes what could not
    /// be made before. Uses `fetcher.notice` to
    /// report memory that was not known until now.
    ///
    /// # Errors
    /// If the model cannot be obtained, or as [`Prepared::new`].
    pub fn load(self, fetcher: &Fetcher) -> Result<Ready, RunError> {
        // Before the base model is read, so that the two are never in memory together.
        let mut answers = frozen::ask(&[self.asking()], fetcher)?;
        let frozen = Arc::new(answers.pop().unwrap_or_default());
        let model = self.weights(fetcher)?;
        self.with(model, frozen, fetcher)
    }

    /// Whether files of models are still to be fetched, or not known to be here.
    pub(super) fn waits_for_files(&self) -> bool {
        matches!(self.model, Model::Unread(_)) || self.frozen.iter().any(|player| player.bytes().is_none())
    }

    /// What its frozen players are to be asked.
    pub(super) fn asking(&self) -> frozen::Asking<'_> {
        frozen::Asking { job: &self.job, waiting: &self.frozen, free: self.free }
    }

    /// Reads the weights; `None` if no agent needs them.
    pub(super) fn weights(&self, fetcher: &Fetcher) -> Result<Option<LoadedModel>, RunError> {
        let outline = match &self.model {
            Model::NotNeeded => return Ok(None),
            Model::Unread(_) => None,
            Model::Read(outline, _) => Some(&**outline),
        };
        Ok(Some(load_outlined(&self.job.spec.model, fetcher, outline)?))
    }

    /// [`Prepared::load`] with weights that have been read, and frozen players that have answered.
    pub(super) fn with(
        self,
        weights: Option<LoadedModel>,
        frozen: Arc<Answered>,
        fetcher: &Fetcher,
    ) -> Result<Ready, RunError> {
        let Self { job, free, model, .. } = self;
        let asking = match model {
            Model::NotNeeded | Model::Unread(_) => None,
            Model::Read(_, asking) => Some(asking),
        };
        let Some(model) = weights else { return Ok(Ready { job, model: None, frozen }) };
        // A model that was found in another place than its outline has its own tokenizer.
        let asking = match asking.filter(|asking| Arc::ptr_eq(&asking.prompts.tokenizer, &model.tokenizer)) {
            Some(asking) => asking,
            None => {
                let asking = Asking::of(&job, model.base.shape(), model.tokenizer.clone(), free)?;
                if let Some(memory) = &asking.memory {
                    (fetcher.notice)(&format!("memory: {}", memory.entry));
                }
                asking
            }
        };
        Ok(Ready { job, model: Some((model, asking)), frozen })
    }

    /// What is going to be run, as a table that a person can read; for a sweep over `seeds`, if there are any.
    pub fn plan(&self, seeds: Option<&Seeds>) -> String {
        let memory = match &self.model {
            Model::Unread(why) if self.backend().is_cpu() => Some(why.clone()),
            Model::NotNeeded | Model::Unread(_) => None,
            Model::Read(_, asking) => asking.memory.as_ref().map(|memory| memory.entry.to_string()),
        };
        let frozen = self.frozen.iter().map(|player| ("frozen", player.summary()));
        let others: Vec<_> = frozen.chain(self.remote.iter().map(|asked| ("remote", asked.clone()))).collect();
        let (evolution, memory) = (self.job.evolution.as_ref(), memory.as_deref());
        plan(self.spec(), self.rules(), self.matchmaker(), evolution, seeds, memory, &others)
    }

    /// What the scenario says.
    pub fn spec(&self) -> &ScenarioSpec {
        &self.job.spec
    }

    /// The rules of every match.
    pub fn rules(&self) -> &Rules {
        &self.job.rules
    }

    /// Who meets whom.
    pub fn matchmaker(&self) -> &dyn Matchmaker {
        &*self.job.matchmaker
    }

    /// See [`Manifest::instructions`](super::Manifest::instructions).
    pub fn instructions(&self) -> Option<&'static str> {
        self.job.instructions()
    }

    /// What the base model runs on.
    pub fn backend(&self) -> &Backend {
        &self.job.options.backend
    }

    /// Worker threads.
    pub fn threads(&self) -> usize {
        self.job.threads
    }

    /// Bytes that were still available before anything was loaded; `None` if the system does not say.
    pub fn free(&self) -> Option<u64> {
        self.free
    }

    /// Bytes of the agents, and of the matches and the history of a tick.
    pub(super) fn bytes_of_ticks(&self) -> u64 {
        let (spec, rules) = (self.spec(), self.rules());
        tick::estimate(spec, &rules.observations, rules.game.seats(), self.matchmaker()).bytes
    }

    /// Bytes that the run takes at its peak, estimated; `None` if that depends on a model whose files are not here, or
    /// that a device runs.
    pub fn peak(&self) -> Option<u64> {
        let own = match &self.model {
            Model::NotNeeded => self.bytes_of_ticks(),
            Model::Unread(_) => return None,
            Model::Read(_, asking) => asking.memory.as_ref()?.entry.peak_bytes_estimated,
        };
        // Frozen players are asked one after another, before anything else is in memory.
        self.frozen.iter().try_fold(own, |most, player| Some(most.max(player.bytes()?)))
    }

    /// What language models will be asked; `None` if no agent is one, or the model's files are not here yet.
    pub fn prompts(&self) -> Option<&Prompts> {
        match &self.model {
            Model::Read(_, asking) => Some(&asking.prompts),
            Model::NotNeeded | Model::Unread(_) => None,
        }
    }

    /// Makes `progress` show the progress from now on, and tells `watch` of every tick.
    pub fn show(&mut self, progress: Progress, watch: Watch) {
        (self.job.options.progress, self.job.options.watch) = (progress, watch);
    }

    /// Makes `interrupt` stop the run from now on.
    pub fn heed(&mut self, interrupt: Interrupt) {
        self.job.options.interrupt = interrupt;
    }

    /// Makes the run write into `folder`.
    pub fn write_to(&mut self, folder: &Path) {
        self.job.options.out = Some(folder.to_path_buf());
    }

    /// What the design that it belongs to varies.
    pub fn factors(&self) -> &Factors {
        &self.job.options.factors
    }

    /// How to run it.
    pub(super) fn options(&self) -> &RunOptions {
        &self.job.options
    }
}

impl Ready {
    /// The same with another `seed`, run as `options` say on `threads` threads.
    pub(super) fn varied(&self, seed: u64, options: RunOptions, threads: usize) -> Self {
        let mut other = self.clone();
        other.job.spec.seed = seed;
        (other.job.options, other.job.threads) = (options, threads);
        other
    }
}

impl Model {
    fn of(job: &Job, free: Option<u64>, fetcher: &Fetcher) -> Result<Self, RunError> {
        let found = match &job.spec.model {
            ModelSpec::Random(shape) => Ok(Some(outline_random(shape, Default::default())?)),
            named => outline(&model_name(named), fetcher, Default::default()),
        };
        Ok(match found {
            Ok(Some(outline)) => Self::read(job, free, Arc::new(outline))?,
            Ok(None) => Self::Unread("unknown until the model has been downloaded".into()),
            // The run may find the model elsewhere, and says what is wrong if it does not.
            Err(error) => Self::Unread(format!("not known: {error}")),
        })
    }

    fn read(job: &Job, free: Option<u64>, outline: Arc<Outline>) -> Result<Self, RunError> {
        let asking = Asking::of(job, outline.shape.clone(), outline.tokenizer.clone(), free)?;
        Ok(Self::Read(outline, asking))
    }

    /// What was read for `job`, if `spec` names the same model.
    fn outline_of(&self, job: &Job, spec: &ScenarioSpec) -> Option<Arc<Outline>> {
        match self {
            Self::Read(outline, _) if job.spec.model == spec.model => Some(outline.clone()),
            _ => None,
        }
    }
}

impl Asking {
    fn of(job: &Job, shape: ModelShape, tokenizer: Arc<ChatTokenizer>, free: Option<u64>) -> Result<Self, RunError> {
        let Job { spec, rules, matchmaker, options, threads, .. } = job;
        let prompts = Prompts::new(spec, rules, tokenizer)?;
        if !options.backend.is_cpu() {
            return Ok(Self { prompts, memory: None });
        }
        let hands = Hands { workers: *threads, ranks: options.ranks.count() };
        let needs = needs(spec, rules, &**matchmaker, &prompts, shape, hands, &options.backend)?;
        let limits = tick::limits(spec.memory, free);
        let (way, peak) = choose(&needs, limits).map_err(RunError::Memory)?;
        let entry = MemoryEntry { plan: way.to_string(), peak_bytes_estimated: peak, limit_bytes: limits.most };
        Ok(Self { prompts, memory: Some(Memory { way, entry }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::llm::{LlmPolicy, LlmTokenizer, PromptSet};
    use crate::run::sweep::Sweep;
    use crate::run::{Manifest, Simulation};
    use crate::world::AgentId;
    use std::sync::Mutex;

    /// Three ways of asking, two of which several agents share.
    const LEARNERS: &str = r#"(
        version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
        populations: [
            (name: "learners", count: 2, policy: Llm(), learner: Grpo()),
            (name: "sayers", policy: Llm(prompt: (decision: Generate, generation: (max_new_tokens: 2)))),
            (name: "patient", count: 2, policy: Llm(prompt: (persona: "You are patient."))),
            (name: "grim", policy: Scripted(Grim)),
        ],
    )"#;

    fn prepared(options: RunOptions) -> Prepared {
        let simulation = Simulation::new();
        let scenario = simulation.scenario(LEARNERS).unwrap_or_else(|errors| panic!("{errors}"));
        simulation.prepare(&scenario.spec, options, &fetcher()).unwrap()
    }

    fn fetcher() -> Fetcher {
        Fetcher::from_env(indicatif::ProgressBar::hidden())
    }

    fn sets_of(prompts: &Prompts) -> Vec<*const PromptSet> {
        prompts.sets().map(Arc::as_ptr).collect()
    }

    #[test]
    fn what_is_played_is_what_was_prepared_and_the_manifest_says_what_was_printed() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("run");
        let prepared = prepared(RunOptions { out: Some(out.clone()), threads: Some(1), ..RunOptions::default() });
        let (printed, game) = (prepared.plan(None), prepared.rules().game.clone());
        let prompts = prepared.prompts().unwrap().clone();
        let mut simulation = Simulation::new();
        simulation.run_prepared(prepared, &fetcher()).unwrap();
        let memory = Manifest::read(&out).unwrap().unwrap().memory.unwrap();
        assert!(printed.contains(&format!("  memory  {memory}\n")), "{memory} in\n{printed}");
        let world = simulation.app.world_mut();
        assert!(Arc::ptr_eq(&world.resource::<Rules>().game, &game), "the game is made once");
        assert!(Arc::ptr_eq(&world.resource::<LlmTokenizer>().0, &prompts.tokenizer), "the tokenizer is made once");
        let mut agents: Vec<_> = world.query::<(&AgentId, &LlmPolicy)>().iter(world).collect();
        agents.sort_by_key(|(id, _)| **id);
        let played: Vec<_> = agents.iter().map(|(_, policy)| Arc::as_ptr(&policy.prompts)).collect();
        let [learners, sayers, patient] = sets_of(&prompts)[..] else { panic!("there are three ways of asking") };
        assert_eq!(played, [learners, learners, sayers, patient, patient], "prompts are made once");
    }

    #[test]
    fn the_runs_of_a_sweep_share_what_was_prepared() {
        let dir = tempfile::tempdir().unwrap();
        let prepared = prepared(RunOptions { threads: Some(1), ..RunOptions::default() });
        let prompts = sets_of(prepared.prompts().unwrap());
        let sweep = Sweep::survey(vec![prepared], &"1..3".parse().unwrap(), dir.path()).unwrap();
        let [group] = &sweep.groups()[..] else { panic!("there is one model") };
        let ready = sweep.load(group, &fetcher()).unwrap().unwrap().remove(0);
        let other = ready.varied(3, RunOptions::default(), 1);
        assert_eq!((ready.job.spec.seed, other.job.spec.seed), (1, 3));
        let (model, asking) = ready.model.unwrap();
        let (same_model, same_asking) = other.model.unwrap();
        assert!(Arc::ptr_eq(&model.base, &same_model.base));
        assert_eq!((sets_of(&asking.prompts), sets_of(&same_asking.prompts)), (prompts.clone(), prompts));
    }

    /// What was said while a model was loaded.
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn what_needs_the_models_files_follows_once_they_are_here_and_is_told() {
        let known = prepared(RunOptions::default());
        let mut unread = known.clone();
        unread.model = Model::Unread("unknown until the model has been downloaded".into());
        assert!(unread.plan(None).contains("  memory  unknown until"), "{}", unread.plan(None));
        let fetcher = Fetcher { notice: |what| SAID.lock().unwrap().push(what.to_owned()), ..fetcher() };
        let (_, asking) = unread.load(&fetcher).unwrap().model.unwrap();
        let memory = asking.memory.unwrap().entry;
        assert!(known.plan(None).contains(&memory.to_string()));
        assert_eq!(*SAID.lock().unwrap(), [format!("memory: {memory}")]);
        assert_eq!(asking.prompts.sets().count(), 3);
        known.load(&fetcher).unwrap();
        assert_eq!(SAID.lock().unwrap().len(), 1, "what was printed is not told again");
    }
}
