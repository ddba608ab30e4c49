//! From folders on disk to subjects: runs with their scenarios and adapters, and adapters on their own.

use super::subject::{Subject, SubjectKind, untrained};
use super::suite::Asks;
use crate::llm::error::ModelError;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::peft;
use crate::policies::llm::prompt::PromptConfig;
use crate::run::load_model;
use crate::scenario::check::Known;
use crate::scenario::format::{ModelSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::load::load;
use crate::scenario::spawn::model_name;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The reason why something on disk cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A run's scenario cannot be read.
    #[error("{} is not the folder of a run: {problem}", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// The problem with its scenario.
        problem: String,
    },
    /// No language model learned in a run.
    #[error("{}: no language model learned in it, so there is nothing to evaluate", path.display())]
    NobodyLearned {
        /// The folder.
        path: PathBuf,
    },
    /// Servers played, and no one learned.
    #[error(
        "{}: `{population}` is played by a server, which the suite cannot ask: it puts its questions to the base model and its \
         adapters, and nothing else learned in this run", path.display()
    )]
    OnlyServers {
        /// The folder.
        path: PathBuf,
        /// A population that a server plays for.
        population: String,
    },
    /// The adapters of a learner are missing.
    #[error(
        "{}: there is no adapter of `{agent}`; it is saved when a run ends, unless the scenario says `output: (adapters: false)`; \
         let the run end", path.display()
    )]
    NoAdapter {
        /// The folder where it should be.
        path: PathBuf,
        /// The agent it belongs to.
        agent: String,
    },
    /// The suite's games have two actions.
    #[error("{}: population `{population}` was trained with {labels} labels, and the games of the suite have two actions", path.display())]
    Labels {
        /// The run.
        path: PathBuf,
        /// The population.
        population: String,
        /// Number of labels.
        labels: usize,
    },
    /// Two runs have different base models.
    #[error("{} was run on {found}, {} on {expected}; evaluate the runs of each model by themselves", path.display(), first.display())]
    OtherModel {
        /// The run.
        path: PathBuf,
        /// Its model.
        found: String,
        /// The first run.
        first: PathBuf,
        /// Its model.
        expected: String,
    },
    /// An error of the model or of an adapter.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// A run on disk, read but not loaded.
#[derive(Clone, Debug)]
pub struct FoundRun {
    path: PathBuf,
    spec: ScenarioSpec,
}

/// Reads the scenarios of `runs`, which must share their base model. Nothing slow is done yet.
pub fn find_runs(runs: &[PathBuf], known: &Known) -> Result<Vec<FoundRun>, GatherError> {
    let mut found: Vec<FoundRun> = Vec::new();
    for path in runs {
        let scenario = load(&path.join("scenario.ron"), &[], known).map_err(|errors| GatherError::NotARun {
            path: path.clone(),
            problem: errors.render(false).trim_end().to_owned(),
        })?;
        let run = FoundRun { path: path.clone(), spec: scenario.spec };
        if learners(&run.spec).next().is_none() {
            let is_remote = |population: &&PopulationSpec| matches!(population.policy, PolicySpec::Remote(_));
            if let Some(population) = run.spec.populations.iter().find(is_remote) {
                let population = population.name.clone();
                return Err(GatherError::OnlyServers { path: path.clone(), population });
            }
            return Err(GatherError::NobodyLearned { path: path.clone() });
        }
        if let Some((population, prompt)) = learners(&run.spec).find(|(_, prompt)| prompt.labels.len() != 2) {
            let (population, labels) = (population.name.clone(), prompt.labels.len());
            return Err(GatherError::Labels { path: path.clone(), population, labels });
        }
        if let Some(first) = found.first().filter(|first| first.spec.model != run.spec.model) {
            return Err(GatherError::OtherModel {
                path: path.clone(),
                found: model_name(&run.spec.model),
                first: first.path.clone(),
                expected: model_name(&first.spec.model),
            });
        }
        found.push(run);
    }
    Ok(found)
}

/// Loads the base model and lists all subjects: the untrained model first, then adapters in the order given.
///
/// `adapters` are asked as the first run's first learner was, or with the default prompt if there is no run; `model` is
/// their base if no run names one.
pub fn gather(
    runs: &[FoundRun],
    adapters: &[PathBuf],
    model: &str,
    fetcher: &Fetcher,
) -> Result<(LoadedModel, Vec<Subject>), GatherError> {
    let named = ModelSpec::Named(model.to_owned());
    let model = load_model(runs.first().map_or(&named, |run| &run.spec.model), fetcher)?;
    let mut trained = Vec::new();
    for run in runs {
        trained.extend(of_run(run, &model)?);
    }
    let prompt = trained.first().map_or_else(PromptConfig::default, |subject: &Subject| subject.prompt.clone());
    for folder in adapters {
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        trained.push(Subject {
            kind: SubjectKind::Trained,
            run: String::new(),
            seed: None,
            population: name.clone(),
            agent: name,
            prompt: prompt.clone(),
            adapter: Some(load_adapter(folder, &model)?),
            asks: Asks::All,
        });
    }
    let mut prompts: Vec<&PromptConfig> = Vec::new();
    for subject in &trained {
        if !prompts.contains(&&subject.prompt) {
            prompts.push(&subject.prompt);
        }
    }
    if prompts.is_empty() {
        prompts.push(&prompt);
    }
    let mut subjects: Vec<Subject> = prompts.into_iter().flat_map(untrained).collect();
    subjects.extend(trained);
    Ok((model, subjects))
}

/// Populations of language models that learn, and how they are asked.
fn learners(spec: &ScenarioSpec) -> impl Iterator<Item = (&PopulationSpec, &PromptConfig)> {
    spec.populations.iter().filter(|population| population.learner.is_some()).filter_map(|population| match &population
        .policy
    {
        PolicySpec::Llm { prompt, .. } => Some((population, prompt.as_ref().unwrap_or(&spec.prompt))),
        _ => None,
    })
}

fn of_run(run: &FoundRun, model: &LoadedModel) -> Result<Vec<Subject>, GatherError> {
    let mut subjects = Vec::new();
    for (population, prompt) in learners(&run.spec) {
        for member in 0..population.count {
            let agent = format!("{}_{member}", population.name);
            let folder = run.path.join("adapters").join(&agent);
            if !folder.is_dir() {
                return Err(GatherError::NoAdapter { path: run.path.clone(), agent });
            }
            subjects.push(Subject {
                kind: SubjectKind::Trained,
                run: run.spec.name.clone(),
                seed: Some(run.spec.seed),
                population: population.name.clone(),
                agent,
                prompt: prompt.clone(),
                adapter: Some(load_adapter(&folder, model)?),
                asks: Asks::All,
            });
        }
    }
    Ok(subjects)
}

fn load_adapter(folder: &Path, model: &LoadedModel) -> Result<Arc<crate::llm::lora::Adapter>, GatherError> {
    Ok(Arc::new(peft::load(folder, &model.base.config, Some(&model.id))?))
}
