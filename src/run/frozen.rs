//! The frozen players of a run: known before it, asked once, and then no longer needed.
//!
//! They are loaded one after another, each asked all its prompts and dropped before the next and before the run's own
//! model, so that only the largest of them counts. Nothing of it depends on the seed: a sweep asks once.

use super::RunError;
use super::base_model::thread_pool;
use super::job::Job;
use crate::host;
use crate::llm::engine::device::free_memory;
use crate::llm::engine::machine::Backend;
use crate::llm::files::fetch::{self, Fetcher};
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::files::registry;
use crate::llm::frozen::{FrozenOutline, Texts, locate, outline};
use crate::policies::llm::PromptSet;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::size::tick;
use crate::scenario::spawn::{FrozenAnswers, FrozenPlayer, frozen_players, texts};
use std::sync::Arc;

/// A frozen player, as far as it is known before its weights are read.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    player: FrozenPlayer,
    known: Known,
}

#[derive(Clone, Debug)]
enum Known {
    /// Its files cannot be read yet, for this reason.
    Unread(String),
    Read(Box<Asked>),
}

/// What a player is asked, and what that takes.
#[derive(Clone, Debug)]
struct Asked {
    outline: FrozenOutline,
    sets: Vec<Arc<PromptSet>>,
    /// Bytes at the peak.
    bytes: u64,
}

/// What all frozen players of a run have answered, and what exactly they are.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub answers: FrozenAnswers,
    pub ids: Vec<ModelIdentity>,
}

impl Waiting {
    /// The frozen players of `job` when `free` bytes are available. No weight is read and nothing is fetched.
    ///
    /// # Errors
    /// If a player cannot read its prompts, or does not fit into memory.
    pub(super) fn all(job: &Job, free: Option<u64>, fetcher: &Fetcher) -> Result<Vec<Self>, RunError> {
        let wait = |player: FrozenPlayer| {
            let found = player.with_source(|source| outline(source, fetcher, Default::default()));
            let known = match found {
                Ok(Some(outline)) => Known::Read(Box::new(Asked::of(&player, outline, job, free)?)),
                Ok(None) => Known::Unread("unknown until the model has been downloaded".into()),
                // The run may find the model elsewhere, and says what is wrong if it does not.
                Err(error) => Known::Unread(format!("not known: {error}")),
            };
            Ok(Self { player, known })
        };
        frozen_players(&job.spec).into_iter().map(wait).collect()
    }

    /// A line of the plan.
    pub(super) fn summary(&self) -> String {
        let name = self.player.name();
        match &self.known {
            Known::Unread(why) => format!("{name}: {why}"),
            Known::Read(asked) => {
                let bytes = host::readable(asked.bytes);
                format!("{name} ({}): about {bytes}, asked once before the run", asked.outline.summary())
            }
        }
    }

    /// Loads the player, fetching it if need be, and adds what it answers to `answered`.
    fn ask(self, job: &Job, free: Option<u64>, fetcher: &Fetcher, answered: &mut Answered) -> Result<(), RunError> {
        let Self { player, known } = self;
        let known = if let Known::Read(asked) = known { Some(asked) } else { None };
        let outline = known.as_ref().map(|asked| &asked.outline);
        let located = player.with_source(|source| locate(source, outline, fetcher, Default::default()))?;
        // A model that was found in another place than its outline has its own tokenizer.
        let same = known.filter(|asked| Arc::ptr_eq(&asked.outline.tokenizer, &located.outline.tokenizer));
        let asked = match same {
            Some(asked) => *asked,
            None => {
                let asked = Asked::of(&player, located.outline.clone(), job, free)?;
                let bytes = host::readable(asked.bytes);
                (fetcher.notice)(&format!("{} ({}) takes about {bytes}", located.id.name, asked.outline.summary()));
                asked
            }
        };
        let prompts: usize = asked.sets.iter().map(|set| set.len()).sum();
        (fetcher.notice)(&format!("asking {} its {prompts} prompts", located.id.name));
        answered.ids.push(located.id.clone());
        let model = located.open(asked.longest(), &job.options.backend, thread_pool(job.threads)?)?;
        for set in &asked.sets {
            let scores = model.score(&texts(set))?;
            answered.answers.add(&player, set.clone(), scores);
        }
        Ok(())
    }
}

impl Asked {
    fn of(player: &FrozenPlayer, outline: FrozenOutline, job: &Job, free: Option<u64>) -> Result<Self, RunError> {
        let sets = player.prompts(&job.rules, &outline.tokenizer)?;
        let all: Vec<Texts<'_>> = sets.iter().map(|set| texts(set)).collect();
        let bytes = outline.bytes(&all, &job.options.backend, job.threads);
        let asked = Self { outline, sets: sets.clone(), bytes };
        asked.outline.check_length(asked.longest())?;
        let most = match &job.options.backend {
            Backend::Cpu { .. } => tick::limits(job.spec.memory, free).most,
            Backend::Device { device, .. } => free_memory(device)?,
        };
        match most {
            Some(most) if bytes > most => Err(RunError::FrozenTooLarge { name: player.name(), needed: bytes, most }),
            _ => Ok(asked),
        }
    }

    /// The most tokens in one text.
    fn longest(&self) -> usize {
        self.sets.iter().map(|set| texts(set).longest()).max().unwrap_or(0)
    }
}

impl Answered {
    /// Asks every player that waits.
    ///
    /// # Errors
    /// If one cannot be obtained, does not fit into memory, or fails.
    pub(super) fn by(waiting: Vec<Waiting>, job: &Job, free: Option<u64>, fetcher: &Fetcher) -> Result<Self, RunError> {
        let mut answered = Self::default();
        waiting.into_iter().try_for_each(|player| player.ask(job, free, fetcher, &mut answered))?;
        Ok(answered)
    }
}

/// The hashes of the frozen players of `spec` that have files, by their names in the manifest; nothing is loaded.
pub(super) fn hashes(spec: &ScenarioSpec, fetcher: &Fetcher) -> Result<Vec<(String, String)>, RunError> {
    let mut hashes = Vec::new();
    for player in frozen_players(spec) {
        let is_made_here = matches!(player.model, ModelSpec::Random(_)) || player.name() == registry::BUILT_IN;
        if !is_made_here {
            let found = fetch::find(&player.name(), fetcher)?;
            hashes.push((found.name, found.sha256));
        }
    }
    Ok(hashes)
}
