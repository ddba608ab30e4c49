//! The base model of a run: found, loaded, and made ready on what runs it.

use super::RunError;
use super::manifest::MemoryEntry;
use crate::host;
use crate::llm::engine::budget::plan::choose;
use crate::llm::engine::device::{DeviceEngine, DeviceError};
use crate::llm::engine::machine::Backend;
use crate::llm::error::ModelError;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::load;
use crate::llm::files::loaded::LoadedModel;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::size::tick;
use crate::scenario::spawn::needs;
use crate::scenario::spawn::{Llm, cpu_only, model_name};
use crate::world::{Matchmaker, Rules};

/// Finds and loads the base model that `spec` names.
///
/// # Errors
/// If it cannot be had, or if the backend cannot do with it what `spec` asks for.
pub(super) fn load_base(spec: &ScenarioSpec, backend: &Backend, fetcher: &Fetcher) -> Result<LoadedModel, RunError> {
    can_run_on(spec, backend)?;
    Ok(load_model(&spec.model, fetcher)?)
}

/// Refuses what only the CPU can do where another device was named.
pub(super) fn can_run_on(spec: &ScenarioSpec, backend: &Backend) -> Result<(), DeviceError> {
    match cpu_only(spec).filter(|_| !backend.is_cpu()) {
        Some(what) => Err(DeviceError::CpuOnly { name: backend.name().to_string(), what }),
        None => Ok(()),
    }
}

/// Decides how learners share memory where the CPU runs them, and starts the workers and the engine of a model.
pub(super) fn start_llm(
    spec: &ScenarioSpec,
    rules: &Rules,
    matchmaker: &dyn Matchmaker,
    model: LoadedModel,
    threads: usize,
    backend: &Backend,
) -> Result<(Llm, Option<MemoryEntry>), RunError> {
    let mut engine = backend.engine(&model.base, thread_pool(threads)?)?;
    if !backend.is_cpu() {
        // A device has a budget of its own for its batches.
        return Ok((Llm { model, engine }, None));
    }
    let shape = model.base.shape();
    // The weights are among the needs, and in memory already.
    let weights = shape.weight_bytes() + backend.extra_bytes(&shape);
    let limits = tick::limits(spec.memory, host::available().map(|bytes| bytes + weights));
    let needs = needs::needs(spec, rules, matchmaker, shape, &model.tokenizer, threads, backend)?;
    let (plan, peak) = choose(&needs, limits).map_err(RunError::Memory)?;
    let entry = MemoryEntry { plan: plan.to_string(), peak_bytes_estimated: peak, limit_bytes: limits.most };
    engine.set_plan(plan);
    Ok((Llm { model, engine }, Some(entry)))
}

/// The base model that a scenario names, found or fetched.
pub fn load_model(spec: &ModelSpec, fetcher: &Fetcher) -> Result<LoadedModel, ModelError> {
    match spec {
        ModelSpec::Random(shape) => shape.load(Default::default()),
        named => load::load(&model_name(named), fetcher, Default::default()),
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
