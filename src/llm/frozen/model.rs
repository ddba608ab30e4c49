//! A frozen player that is found, loaded and asked.

use super::decoder::Decoder;
use super::error::FrozenError;
use super::outline::{Body, FrozenOutline, FrozenSource, Texts};
use super::tensors::Tensors;
use super::{quantised, score};
use crate::llm::engine::Engine;
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::machine::Backend;
use crate::llm::engine::precision::Precision;
use crate::llm::error::ModelError;
use crate::llm::files::fetch::{self, Fetcher};
use crate::llm::files::gguf::{GgufFile, first_line};
use crate::llm::files::load::load_outlined;
use crate::llm::files::loaded::{LoadedModel, ModelIdentity};
use crate::llm::files::safetensors::TensorFiles;
use crate::llm::text::chat::ChatDate;
use candle_core::{DType, Device};
use rayon::ThreadPool;
use std::fmt;
use std::path::PathBuf;

/// A frozen player whose files are here and hashed; the weights of candle-transformers' models are not read yet.
#[derive(Debug)]
pub struct Located {
    /// Everything but its weights.
    pub outline: FrozenOutline,
    /// What exactly it is.
    pub id: ModelIdentity,
    /// The model, if the engine runs it.
    own: Option<LoadedModel>,
}

/// Finds, fetches if need be, and hashes the model that `source` names. `known` is its outline, if that was read
/// before.
///
/// # Errors
/// If it cannot be found, or cannot be a frozen player.
pub fn locate(
    source: FrozenSource<'_>,
    known: Option<&FrozenOutline>,
    fetcher: &Fetcher,
    date: ChatDate,
) -> Result<Located, ModelError> {
    let known_own = known.and_then(|outline| match &outline.body {
        Body::Own(outline) => Some(&**outline),
        _ => None,
    });
    if source.is_made_here() {
        let own = match (source.random, known_own) {
            (Some(shape), Some(outline)) => shape.with_tokenizer(outline.tokenizer.clone())?,
            (Some(shape), None) => shape.load(date)?,
            (None, outline) => load_outlined(source.name, fetcher, date, outline)?,
        };
        return located_own(source, own, known, fetcher, date);
    }
    let found = fetch::find(source.name, fetcher)?;
    let known = known.filter(|outline| outline.files() == Some(&found.files)).cloned();
    let outline = known.map_or_else(|| FrozenOutline::of(&found.files, source.quantised, date), Ok)?;
    (fetcher.notice)(&format!("reading the weights of {}", found.name));
    if let Body::Own(own) = &outline.body {
        let loaded = load_outlined(source.name, fetcher, date, Some(own))?;
        return located_own(source, loaded, Some(&outline), fetcher, date);
    }
    let id = ModelIdentity {
        name: found.name,
        sha256: found.sha256,
        family: outline.architecture,
        source: found.source,
        base_repository: found.base_repository,
        quantisation: outline.quantisation.clone(),
    };
    check_vocabulary(&outline)?;
    Ok(Located { outline, id, own: None })
}

fn located_own(
    source: FrozenSource<'_>,
    own: LoadedModel,
    known: Option<&FrozenOutline>,
    fetcher: &Fetcher,
    date: ChatDate,
) -> Result<Located, ModelError> {
    let fresh = || super::outline::outline(source, fetcher, date);
    let outline = known.cloned().map_or_else(fresh, |outline| Ok(Some(outline)))?;
    let outline = outline.expect("a model that was loaded is here");
    // Its weights are dequantised, whatever they were in the file.
    let id = ModelIdentity { quantisation: None, ..own.id.clone() };
    Ok(Located { outline: FrozenOutline { tokenizer: own.tokenizer.clone(), ..outline }, id, own: Some(own) })
}

/// Refuses a token id beyond the embedding.
fn check_vocabulary(outline: &FrozenOutline) -> Result<(), ModelError> {
    let (Body::Folder { files, size, .. } | Body::Gguf { files, size, .. }) = &outline.body else { return Ok(()) };
    let tokens = outline.tokenizer.id_bound();
    if tokens <= size.vocab {
        return Ok(());
    }
    let problem = format!(
        "the tokenizer has ids up to {}, the embedding only {} rows; the files do not belong together",
        tokens - 1,
        size.vocab
    );
    Err(ModelError::damaged(files.path(), problem))
}

/// A frozen player, ready to be asked.
pub struct FrozenModel {
    runner: Runner,
    /// For messages.
    name: String,
}

enum Runner {
    Own(Box<Engine>),
    /// A decoder that has read nothing.
    Candle {
        fresh: Box<dyn Decoder>,
        pool: ThreadPool,
        blame: Blame,
    },
}

impl fmt::Debug for FrozenModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrozenModel").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Located {
    /// Reads the weights, for texts of at most `longest` tokens, onto what `backend` names, with the workers of `pool`.
    ///
    /// # Errors
    /// If a file is damaged, or does not fit its configuration, or the device fails.
    pub fn open(self, longest: usize, backend: &Backend, pool: ThreadPool) -> Result<FrozenModel, FrozenError> {
        let (name, longest) = (self.id.name, longest.max(1));
        if let Some(own) = self.own {
            return Ok(FrozenModel { runner: Runner::Own(Box::new(backend.engine(&own.base, pool)?)), name });
        }
        let (device, dtype) = match backend {
            Backend::Cpu { .. } => (Device::Cpu, DType::F32),
            Backend::Device { device, precision: Precision::F32, .. } => (device.clone(), DType::F32),
            Backend::Device { device, precision: Precision::Bf16, .. } => (device.clone(), DType::BF16),
        };
        let (fresh, path) = match &self.outline.body {
            Body::Own(_) => unreachable!("what the engine runs was loaded above"),
            Body::Gguf { files, format, .. } => {
                let open = || quantised::open(GgufFile::open(files.path())?, format, longest, &device);
                (pool.install(open)?, files.path().to_path_buf())
            }
            Body::Folder { files, settings, architecture, .. } => {
                let settings = settings.fitted(longest);
                let tensors = Tensors::new(TensorFiles::open(files.path())?, settings.clone(), architecture);
                let load = || (architecture.load)(&settings, tensors.builder(dtype, &device));
                let loaded = pool.install(load);
                // What was wrong with a tensor says more than what a model made of it.
                tensors.finish_after(loaded.is_ok())?;
                let path = settings.path().to_path_buf();
                (loaded.map_err(|error| Blame::of(backend, path.clone()).error(&error))?, path)
            }
        };
        Ok(FrozenModel { runner: Runner::Candle { fresh, pool, blame: Blame::of(backend, path) }, name })
    }
}

/// Whose fault an error of candle's is.
enum Blame {
    /// A device's, which ran the model.
    Device,
    /// That of the files, which the processor computed as they say.
    Files(PathBuf),
}

impl Blame {
    fn of(backend: &Backend, path: PathBuf) -> Self {
        match backend {
            Backend::Cpu { .. } => Self::Files(path),
            Backend::Device { .. } => Self::Device,
        }
    }

    fn error(&self, error: &candle_core::Error) -> FrozenError {
        match self {
            Self::Files(path) => ModelError::damaged(path, first_line(error)).into(),
            Self::Device => DeviceError::Failed { problem: first_line(error) }.into(),
        }
    }
}

impl FrozenModel {
    /// ln π(label | prompt) of every label after every prompt, row-major (prompts, labels).
    ///
    /// # Errors
    /// If a result is no finite number, the files do not fit each other, or the device fails.
    pub fn score(&self, texts: &Texts<'_>) -> Result<Vec<f32>, FrozenError> {
        let scores = match &self.runner {
            Runner::Own(engine) => engine.read(texts.tree, None, &[], engine.threads_each(1))?.label_log_probs,
            Runner::Candle { fresh, pool, blame } => {
                let fresh = fresh.fork();
                let scored = pool.install(|| score::score(fresh, texts.prompts, texts.labels));
                scored.map_err(|error| blame.error(&error))?
            }
        };
        match scores.iter().find(|score| !score.is_finite()) {
            Some(&value) => Err(ModelError::NotFinite { whose: format!("frozen {}", self.name), value }.into()),
            None => Ok(scores),
        }
    }
}
