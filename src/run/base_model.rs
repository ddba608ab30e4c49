//! The base model of a run: found, loaded, and made ready on what runs it.

use super::RunError;
use crate::host;
use crate::llm::engine::device::{DeviceEngine, DeviceError};
use crate::llm::engine::machine::Backend;
use crate::llm::error::ModelError;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::load;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::outline::Outline;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::spawn::{cpu_only, model_name};

/// Refuses what only the CPU can do if another device was named.
pub(super) fn can_run_on(spec: &ScenarioSpec, backend: &Backend) -> Result<(), DeviceError> {
    match cpu_only(spec).filter(|_| !backend.is_cpu()) {
        Some(what) => Err(DeviceError::CpuOnly { name: backend.name().to_string(), what }),
        None => Ok(()),
    }
}

/// The base model that a scenario names, found or fetched.
pub fn load_model(spec: &ModelSpec, fetcher: &Fetcher) -> Result<LoadedModel, ModelError> {
    load_outlined(spec, fetcher, None)
}

/// Like [`load_model`], with the tokenizer of the `outline` if that belongs to the files that are found.
pub(super) fn load_outlined(
    spec: &ModelSpec,
    fetcher: &Fetcher,
    outline: Option<&Outline>,
) -> Result<LoadedModel, ModelError> {
    match (spec, outline) {
        (ModelSpec::Random(shape), Some(outline)) => shape.with_tokenizer(outline.tokenizer.clone()),
        (ModelSpec::Random(shape), None) => shape.load(Default::default()),
        (named, outline) => load::load_outlined(&model_name(named), fetcher, Default::default(), outline),
    }
}

/// The device as the manifest names it, with what its results depend on: the number format, and the memory that decides
/// which agents share a batch.
pub(super) fn describe(backend: &Backend, engine: Option<&DeviceEngine>) -> String {
    match engine {
        Some(engine) => format!("{backend}, batches of {}", host::readable(engine.budget())),
        None => backend.to_string(),
    }
}

pub(crate) fn thread_pool(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|problem| RunError::Threads { threads, problem: problem.to_string() })
}

/// One per core.
pub(super) fn default_threads() -> usize {
    host::processors()
}
