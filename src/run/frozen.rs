//! The frozen players of a run: known before it, asked once, and then no longer needed.
//!
//! They are loaded one after another, each asked all its prompts and dropped before the next and before the run's own
//! model, so that only the largest of them counts. Nothing of it depends on the seed, and the cells of a design ask
//! together: each model is opened once, and asked once what several cells ask.

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
use crate::text::counted;
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
    Read(Box<Questions>),
}

/// What a player is asked, and what that takes.
#[derive(Clone, Debug)]
struct Questions {
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
    /// The models that have answered so far, in any order.
    found: Vec<(FrozenPlayer, ModelIdentity)>,
}

impl Waiting {
    /// The frozen players of `job` when `free` bytes are available. No weight is read and nothing is fetched. What the
    /// files of a model say that one of `earlier` is, too, is not read again.
    ///
    /// # Errors
    /// If a player cannot read its prompts, or does not fit into memory.
    pub(super) fn all(
        job: &Job,
        free: Option<u64>,
        earlier: &[&[Self]],
        fetcher: &Fetcher,
    ) -> Result<Vec<Self>, RunError> {
        let wait = |player: FrozenPlayer| {
            let known = earlier.iter().copied().flatten().find_map(|other| other.outline_of(&player));
            let found = match known {
                Some(outline) => Ok(Some(outline)),
                None => player.with_source(|source| outline(source, fetcher, Default::default())),
            };
            let known = match found {
                Ok(Some(outline)) => Known::Read(Box::new(Questions::of(&player, outline, job, free)?)),
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

    /// Bytes at its peak; `None` if its files are not here.
    pub(super) fn bytes(&self) -> Option<u64> {
        match &self.known {
            Known::Unread(_) => None,
            Known::Read(asked) => Some(asked.bytes),
        }
    }

    /// What was read of `player`, if this is the same.
    fn outline_of(&self, player: &FrozenPlayer) -> Option<FrozenOutline> {
        match &self.known {
            Known::Read(asked) if self.player.is_same(player) => Some(asked.outline.clone()),
            _ => None,
        }
    }
}

/// A run whose frozen players are to be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    pub job: &'a Job,
    pub waiting: &'a [Waiting],
    /// Bytes that are available.
    pub free: Option<u64>,
}

/// Asks every player of `runs`, and returns the answers of each run. A model that plays in several is opened once, and
/// asked once whatever they ask alike.
///
/// # Errors
/// If one cannot be obtained, does not fit into memory, or fails.
pub(super) fn ask(runs: &[Asking], fetcher: &Fetcher) -> Result<Vec<Answered>, RunError> {
    let mut answered: Vec<Answered> = runs.iter().map(|_| Answered::default()).collect();
    let mut players: Vec<(&FrozenPlayer, Vec<(usize, &Waiting)>)> = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        for waiting in run.waiting {
            match players.iter_mut().find(|(player, _)| player.is_same(&waiting.player)) {
                Some((_, of)) => of.push((number, waiting)),
                None => players.push((&waiting.player, vec![(number, waiting)])),
            }
        }
    }
    for (player, of) in players {
        ask_one(player, &of, runs, fetcher, &mut answered)?;
    }
    // Each run has its models in its own order, whatever that of the others is.
    for (run, answered) in runs.iter().zip(&mut answered) {
        let place = |id: &(FrozenPlayer, ModelIdentity)| run.waiting.iter().position(|own| own.player.is_same(&id.0));
        answered.found.sort_by_key(place);
        answered.ids = answered.found.drain(..).map(|(_, id)| id).collect();
    }
    Ok(answered)
}

/// The runs that ask something, by number, each with its own set of the same texts.
type Wanted = Vec<(usize, Arc<PromptSet>)>;

/// Loads `player`, fetching it if need be, and adds what it answers to the answers of the runs `of` that it plays in.
fn ask_one(
    player: &FrozenPlayer,
    of: &[(usize, &Waiting)],
    runs: &[Asking],
    fetcher: &Fetcher,
    answered: &mut [Answered],
) -> Result<(), RunError> {
    let outline = of.iter().find_map(|(_, waiting)| match &waiting.known {
        Known::Read(asked) => Some(&asked.outline),
        Known::Unread(_) => None,
    });
    let located = player.with_source(|source| locate(source, outline, fetcher, Default::default()))?;
    let mut questions = Vec::new();
    for &(number, waiting) in of {
        let Asking { job, free, .. } = runs[number];
        // A model that was found in another place than its outline has its own tokenizer.
        let same = match &waiting.known {
            Known::Read(asked) if Arc::ptr_eq(&asked.outline.tokenizer, &located.outline.tokenizer) => Some(&**asked),
            Known::Read(_) | Known::Unread(_) => None,
        };
        questions.push(match same {
            Some(asked) => asked.clone(),
            None => {
                let asked = Questions::of(&waiting.player, located.outline.clone(), job, free)?;
                if questions.is_empty() {
                    let bytes = host::readable(asked.bytes);
                    (fetcher.notice)(&format!("{} ({}) takes about {bytes}", located.id.name, asked.outline.summary()));
                }
                asked
            }
        });
    }
    // Each set of texts once, with the places where it is wanted.
    let mut distinct: Vec<(Arc<PromptSet>, Wanted)> = Vec::new();
    for (asked, (number, _)) in questions.iter().zip(of) {
        for set in &asked.sets {
            match distinct.iter_mut().find(|(known, _)| (&known.tokens, &known.labels) == (&set.tokens, &set.labels)) {
                Some((_, wanted)) => wanted.push((*number, set.clone())),
                None => distinct.push((set.clone(), vec![(*number, set.clone())])),
            }
        }
    }
    let prompts: usize = distinct.iter().map(|(set, _)| set.len()).sum();
    (fetcher.notice)(&format!("asking {} its {}", located.id.name, counted(prompts, "prompt")));
    for (number, waiting) in of {
        answered[*number].found.push((waiting.player.clone(), located.id.clone()));
    }
    let Job { options, threads, .. } = runs[of[0].0].job;
    let longest = questions.iter().map(Questions::longest).max().unwrap_or(0);
    let model = located.open(longest, &options.backend, thread_pool(*threads)?)?;
    for (set, wanted) in distinct {
        let scores = model.score(&texts(&set))?;
        for (number, set) in wanted {
            answered[number].answers.add(player, set, scores.clone());
        }
    }
    Ok(())
}

impl Questions {
    fn of(player: &FrozenPlayer, outline: FrozenOutline, job: &Job, free: Option<u64>) -> Result<Self, RunError> {
        let sets = player.prompts(&job.rules, &outline.tokenizer)?;
        let all: Vec<Texts<'_>> = sets.iter().map(|set| texts(set)).collect();
        let bytes = outline.bytes(&all, &job.options.backend, job.threads);
        let asked = Self { outline, bytes, sets: sets.clone() };
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

/// The hashes of the frozen players of `spec` that have files, by their names in the manifest, without those whose name
/// is `known`; nothing is loaded.
pub(super) fn hashes(
    spec: &ScenarioSpec,
    known: &[&str],
    fetcher: &Fetcher,
) -> Result<Vec<(String, String)>, RunError> {
    let mut hashes = Vec::new();
    for player in frozen_players(spec) {
        let is_made_here = matches!(player.model, ModelSpec::Random(_)) || player.name() == registry::BUILT_IN;
        if !is_made_here && !known.contains(&player.name().as_str()) {
            let found = fetch::find(&player.name(), fetcher)?;
            hashes.push((found.name, found.sha256));
        }
    }
    Ok(hashes)
}
