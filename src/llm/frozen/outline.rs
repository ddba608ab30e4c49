//! A frozen player before its weights are read: architecture, tokenizer, and the memory that it will take.

use super::architectures::Architecture;
use super::config;
use super::quantised::{self, Quantised};
use super::settings::Settings;
use super::size::Size;
use crate::files::read_settings;
use crate::llm::engine::budget::pass::PassSize;
use crate::llm::engine::budget::plan::{Load, MemoryPlan, Needs};
use crate::llm::engine::precision::Precision;
use crate::llm::engine::{Keep, machine::Backend};
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::files::fetch::{self, Fetcher, ModelFiles};
use crate::llm::files::gguf::GgufFile;
use crate::llm::files::outline::{self as own, Outline};
use crate::llm::files::random::RandomShape;
use crate::llm::files::registry;
use crate::llm::files::safetensors::{CONFIG, TensorFiles};
use crate::llm::files::tiny;
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::llm::tree::PromptTree;
use std::path::Path;
use std::sync::Arc;

/// Which model is meant, and how it is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrozenSource<'a> {
    /// Its name, path or place, as [`crate::llm::files::load::load`] understands it.
    pub name: &'a str,
    /// Its shape, if its weights are drawn at random.
    pub random: Option<&'a RandomShape>,
    /// Whether the blocks of a GGUF file are multiplied as they are.
    pub quantised: bool,
}

impl FrozenSource<'_> {
    /// Whether this program makes the model.
    pub(super) fn is_made_here(&self) -> bool {
        self.random.is_some() || self.name == registry::BUILT_IN
    }
}

/// A frozen player without its weights.
#[derive(Clone, Debug)]
pub struct FrozenOutline {
    /// What its files call its architecture; for the engine's own models, their family.
    pub architecture: &'static str,
    /// The type of most of its weights as they are kept (`Q4_1`); `None`: floats.
    pub quantisation: Option<String>,
    /// Text to token ids, and the chat template.
    pub tokenizer: Arc<ChatTokenizer>,
    pub(super) body: Body,
}

/// Who will run it.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// The engine.
    Own(Box<Outline>),
    /// A model of candle-transformers, from safetensors in this folder.
    Folder { files: ModelFiles, settings: Box<Settings>, architecture: &'static Architecture, size: Size },
    /// A quantised model of candle-transformers, from this GGUF file.
    Gguf { files: ModelFiles, format: &'static Quantised, size: Size },
}

/// All that a frozen player is asked: what decides the memory of its passes.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// Each prompt's tokens.
    pub prompts: &'a [Vec<u32>],
    /// Each label's tokens.
    pub labels: &'a [Vec<u32>],
    /// All of them as one tree.
    pub tree: &'a PromptTree,
}

impl Texts<'_> {
    /// The most tokens that are read in one text.
    pub fn longest(&self) -> usize {
        let most = |texts: &[Vec<u32>]| texts.iter().map(Vec::len).max().unwrap_or(0);
        most(self.prompts) + most(self.labels)
    }

    fn longest_label(&self) -> usize {
        self.labels.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// The outline of the model that `source` names; `None` if its files are not on this machine. Nothing is fetched, and
/// no weight is read.
///
/// # Errors
/// If the files are damaged, or of an architecture that frozen players cannot have.
pub fn outline(
    source: FrozenSource<'_>,
    fetcher: &Fetcher,
    date: ChatDate,
) -> Result<Option<FrozenOutline>, ModelError> {
    if let Some(shape) = source.random {
        let family = shape.family;
        return Ok(Some(FrozenOutline::own(own::outline_random(shape, date)?, family)));
    }
    if source.is_made_here() {
        let outline = own::outline(source.name, fetcher, date)?;
        return Ok(outline.map(|outline| FrozenOutline::own(outline, tiny::FAMILY)));
    }
    fetch::find_here(source.name, fetcher)?.map(|files| FrozenOutline::of(&files, source.quantised, date)).transpose()
}

impl FrozenOutline {
    /// The outline of a model in `files`.
    pub(super) fn of(files: &ModelFiles, keep_quantised: bool, date: ChatDate) -> Result<Self, ModelError> {
        match files {
            ModelFiles::Folder(folder) => Self::of_folder(folder, files, date),
            ModelFiles::Gguf(path) if keep_quantised => Self::of_gguf(path, files, date),
            ModelFiles::Gguf(path) => {
                let (outline, family) = own::of_gguf(path, date)?;
                Ok(Self::own(outline, family))
            }
        }
    }

    fn own(outline: Outline, family: Family) -> Self {
        let tokenizer = outline.tokenizer.clone();
        Self { architecture: family.name(), quantisation: None, tokenizer, body: Body::Own(Box::new(outline)) }
    }

    fn of_folder(folder: &Path, files: &ModelFiles, date: ChatDate) -> Result<Self, ModelError> {
        let path = folder.join(CONFIG);
        let text = read_settings(&path).map_err(ModelError::io("read", &path))?;
        let (settings, architecture) = config::parse(&text, &path)?;
        let heads = settings.required("num_attention_heads");
        let experts = settings.integer("num_experts_per_tok").unwrap_or(1);
        let inner = ["intermediate_size", "moe_intermediate_size", "shared_expert_intermediate_size"];
        let inner = inner.into_iter().filter_map(|key| settings.integer(key)).max().unwrap_or(0);
        let size = Size {
            weights: 4 * TensorFiles::open(folder)?.numbers(),
            layers: settings.required("num_hidden_layers"),
            hidden: settings.required("hidden_size"),
            widest: (inner * experts.min(8)).max(heads * settings.head_dim()),
            heads,
            keys: settings.integer("num_key_value_heads").unwrap_or(heads) * settings.head_dim(),
            vocab: settings.required("vocab_size"),
            window: settings.window(),
            longest: usize::MAX,
        };
        let tokenizer = Arc::new(ChatTokenizer::from_folder(folder, date)?);
        let body = Body::Folder { files: files.clone(), settings: Box::new(settings), architecture, size };
        Ok(Self { architecture: architecture.name, quantisation: None, tokenizer, body })
    }

    fn of_gguf(path: &Path, files: &ModelFiles, date: ChatDate) -> Result<Self, ModelError> {
        let file = GgufFile::open(path)?;
        let (format, size) = quantised::outline(&file)?;
        let body = Body::Gguf { files: files.clone(), format, size };
        let (quantisation, tokenizer) = (file.quantisation(), Arc::new(file.tokenizer(date)?));
        Ok(Self { architecture: format.name, quantisation, tokenizer, body })
    }

    /// The files that it was read from; `None`: this program makes the model.
    pub(super) fn files(&self) -> Option<&ModelFiles> {
        match &self.body {
            Body::Own(outline) => outline.files.as_ref(),
            Body::Folder { files, .. } | Body::Gguf { files, .. } => Some(files),
        }
    }

    /// A few words: architecture, and the type of its weights if they are kept as they are.
    pub fn summary(&self) -> String {
        match &self.quantisation {
            Some(quantisation) => format!("{}, {quantisation}", self.architecture),
            None => self.architecture.into(),
        }
    }

    /// Bytes at the peak while it is loaded and asked `texts` on `backend`, with `workers` threads.
    pub fn bytes(&self, texts: &[Texts<'_>], backend: &Backend, workers: usize) -> u64 {
        match &self.body {
            Body::Own(outline) => {
                let shape = outline.shape.clone();
                let held = shape.weight_bytes() + backend.extra_bytes(&shape);
                let load =
                    |texts: &Texts| Load { size: PassSize::of(texts.tree, 0, &shape.config), adapter: None, agents: 1 };
                let scored = texts.iter().map(load).collect();
                let needs = Needs { shape: shape.clone(), held, tables: vec![], texts: vec![], scored, workers };
                needs.peak(MemoryPlan::InTurns { workspaces: 1, keep: Keep::Nothing })
            }
            Body::Folder { size, .. } | Body::Gguf { size, .. } => {
                let is_folder = matches!(self.body, Body::Folder { .. });
                let is_halved = is_folder && !backend.is_cpu() && backend.precision() == Precision::Bf16;
                let size = Size { weights: size.weights / if is_halved { 2 } else { 1 }, ..*size };
                let peak = |texts: &Texts| size.peak(texts.longest(), texts.longest_label());
                texts.iter().map(peak).max().unwrap_or(size.weights)
            }
        }
    }

    /// Checks that texts of `longest` tokens are computed as the model was trained.
    ///
    /// # Errors
    /// If they are too long for a sliding window, or for the model of candle-transformers.
    pub fn check_length(&self, longest: usize) -> Result<(), ModelError> {
        let (files, size) = match &self.body {
            Body::Own(_) => return Ok(()),
            Body::Folder { files, size, .. } | Body::Gguf { files, size, .. } => (files, size),
        };
        let most = size.window.unwrap_or(usize::MAX).min(size.longest);
        if longest <= most {
            return Ok(());
        }
        let why = if size.window == Some(most) {
            "candle-transformers computes sliding windows differently"
        } else {
            "its tables of angles end there"
        };
        let what = format!(
            "texts of {longest} tokens are too long for a frozen {}, at most {most} are read: {why}",
            self.architecture
        );
        Err(ModelError::unsupported(files.path(), what))
    }
}
