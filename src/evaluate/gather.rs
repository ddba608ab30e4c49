//! From folders on disk to subjects: runs with their scenarios and adapters, and adapters on their own.

use super::subject::{Subject, SubjectKind, untrained};
use super::suite::{Asks, GAMES};
use crate::compare;
use crate::games::{catalog, normal_form};
use crate::llm::error::ModelError;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::peft;
use crate::policies::llm::prompt::PromptConfig;
use crate::run::{NoAdapter, adapter_of, load_model};
use crate::scenario::check::Known;
use crate::scenario::format::{GameSpec, ModelSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::load::load;
use crate::scenario::spawn::{game, model_name};
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
    #[error(transparent)]
    NoAdapter(#[from] NoAdapter),
    /// There is no label for one of the suite's two actions.
    #[error("{}: population `{population}` has {labels} labels, too few for the actions of its game", path.display())]
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
    /// Two runs with the same name and different settings.
    #[error(
        "{} and {} are both called `{name}` but differ in more than the seed: {difference}. Evaluate them one by one, or \
         run one of them again with --set name=…",
        first.display(),
        second.display()
    )]
    Settings {
        /// The name.
        name: String,
        /// A run.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The first line that differs.
        difference: String,
    },
    /// What was varied in a run, or its scenario, cannot be read.
    #[error(transparent)]
    Run(#[from] compare::CompareError),
    /// An error of the model or of an adapter.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// A run on disk, read but not loaded.
#[derive(Clone, Debug)]
pub struct TrainedRun {
    path: PathBuf,
    spec: ScenarioSpec,
    factors: String,
    /// The game's first action that counts as cooperation and its first that does not: what the suite's two actions
    /// stand for.
    choices: [usize; 2],
}

impl TrainedRun {
    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads the scenario of the run in `path` and looks for its adapters. Nothing slow is done yet.
pub fn trained_run(path: &Path, known: &Known) -> Result<TrainedRun, GatherError> {
    let not_a_run = |problem: String| GatherError::NotARun { path: path.to_path_buf(), problem };
    let scenario = load(&path.join("scenario.ron"), &[], known);
    let spec = scenario.map_err(|errors| not_a_run(errors.render(false).trim_end().to_owned()))?.spec;
    let factors = compare::factors(path).map_err(|error| not_a_run(error.to_string()))?.label();
    let game = game(&spec.game, &known.offered).map_err(|error| not_a_run(error.to_string()))?;
    let choices = [game.cooperative_action(), game.defective_action()].map(usize::from);
    let path = path.to_path_buf();
    if learners(&spec).next().is_none() {
        let is_remote = |population: &&PopulationSpec| matches!(population.policy, PolicySpec::Remote(_));
        if let Some(population) = spec.populations.iter().find(is_remote) {
            return Err(GatherError::OnlyServers { path, population: population.name.clone() });
        }
        return Err(GatherError::NobodyLearned { path });
    }
    let lacks = |(_, prompt): &(&PopulationSpec, &PromptConfig)| choices.iter().any(|&at| at >= prompt.labels.len());
    if let Some((population, prompt)) = learners(&spec).find(lacks) {
        let (population, labels) = (population.name.clone(), prompt.labels.len());
        return Err(GatherError::Labels { path, population, labels });
    }
    for (population, _) in learners(&spec) {
        for agent in members(population) {
            adapter_of(&path, &agent)?;
        }
    }
    Ok(TrainedRun { path, spec, factors, choices })
}

/// Makes sure that `runs` share their base model.
pub fn check_model(runs: &[TrainedRun]) -> Result<(), GatherError> {
    let other = runs.iter().find(|run| run.spec.model != runs[0].spec.model);
    other.map_or(Ok(()), |run| {
        Err(GatherError::OtherModel {
            path: run.path.clone(),
            found: model_name(&run.spec.model),
            first: runs[0].path.clone(),
            expected: model_name(&runs[0].spec.model),
        })
    })
}

/// Makes sure that `runs` of the same name and the same values of what was varied differ in nothing but their seeds,
/// since means are taken over these.
pub fn check_settings(runs: &[TrainedRun]) -> Result<(), GatherError> {
    for (number, second) in runs.iter().enumerate() {
        let is_like = |first: &&TrainedRun| first.spec.name == second.spec.name && first.factors == second.factors;
        let Some(first) = runs[..number].iter().find(is_like) else { continue };
        if let Some(difference) = compare::difference_of_settings(&first.path, &second.path)? {
            let (name, first, second) = (second.spec.name.clone(), first.path.clone(), second.path.clone());
            return Err(GatherError::Settings { name, first, second, difference });
        }
    }
    Ok(())
}

/// The population of `runs` whose learners were trained with one of `labels`, and the label; `None` if all are new.
pub fn trained_with(runs: &[TrainedRun], labels: &[String]) -> Option<(String, String)> {
    let of_run = |run: &TrainedRun| {
        learners(&run.spec).find_map(|(population, prompt)| {
            let known = labels.iter().find(|label| prompt.labels.contains(label))?;
            Some((population.name.clone(), known.clone()))
        })
    };
    runs.iter().find_map(of_run)
}

/// Loads the base model and lists all subjects: the untrained model first, then adapters in the order given.
///
/// `adapters` are asked as the first run's first learner was, or with the default prompt if there is no run; `model` is
/// their base if no run names one.
pub fn gather(
    runs: &[TrainedRun],
    adapters: &[PathBuf],
    model: &str,
    fetcher: &Fetcher,
) -> Result<(LoadedModel, Vec<Subject>), GatherError> {
    let named = ModelSpec::Named(model.to_owned());
    let model = load_model(runs.first().map_or(&named, |run| &run.spec.model), fetcher)?;
    let mut trained = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        trained.extend(of_run(number, run, &model)?);
    }
    let prompt = trained.first().map_or_else(PromptConfig::default, |subject: &Subject| subject.prompt.clone());
    for folder in adapters {
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        trained.push(Subject {
            kind: SubjectKind::Trained,
            run: String::new(),
            factors: String::new(),
            run_number: None,
            seed: None,
            population: name.clone(),
            agent: name,
            trained_in: None,
            prompt: prompt.clone(),
            manner: 0,
            adapter: Some(load_adapter(folder, &model)?),
            asks: Asks::All,
        });
    }
    let mut prompts: Vec<PromptConfig> = Vec::new();
    for subject in &mut trained {
        let known = prompts.iter().position(|known| *known == subject.prompt);
        subject.manner = known.unwrap_or_else(|| {
            prompts.push(subject.prompt.clone());
            prompts.len() - 1
        });
    }
    if prompts.is_empty() {
        prompts.push(prompt);
    }
    let manners = prompts.iter().enumerate();
    let mut subjects: Vec<Subject> = manners.flat_map(|(manner, prompt)| untrained(manner, prompt)).collect();
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

/// The names of a population's members.
fn members(population: &PopulationSpec) -> impl Iterator<Item = String> {
    (0..population.count).map(|member| format!("{}_{member}", population.name))
}

/// The game of the suite that a run's game is, by its name and payoffs; `None` if it is another.
fn suite_game(game: &GameSpec) -> Option<&'static str> {
    let game = game.listed()?.1.game().ok()?;
    let payoffs = normal_form::rstp(&*game)?;
    let is_it = |name: &&str| {
        *name == game.name() && catalog::game(name).is_some_and(|known| normal_form::rstp(&known) == Some(payoffs))
    };
    GAMES.into_iter().find(|name| is_it(name))
}

fn of_run(number: usize, run: &TrainedRun, model: &LoadedModel) -> Result<Vec<Subject>, GatherError> {
    let mut subjects = Vec::new();
    for (population, prompt) in learners(&run.spec) {
        for agent in members(population) {
            let folder = adapter_of(&run.path, &agent)?;
            subjects.push(Subject {
                kind: SubjectKind::Trained,
                run: run.spec.name.clone(),
                factors: run.factors.clone(),
                run_number: Some(number),
                seed: Some(run.spec.seed),
                population: population.name.clone(),
                agent,
                trained_in: suite_game(&run.spec.game),
                prompt: prompt_of_suite(prompt, run.choices),
                manner: 0,
                adapter: Some(load_adapter(&folder, model)?),
                asks: Asks::All,
            });
        }
    }
    Ok(subjects)
}

/// How a model that was asked by `prompt` is asked in the suite, whose games have two players, two actions and no
/// reputations: by the labels of the two actions that `choices` names, cooperation first.
fn prompt_of_suite(prompt: &PromptConfig, choices: [usize; 2]) -> PromptConfig {
    let labels = choices.map(|choice| prompt.labels[choice].clone()).to_vec();
    PromptConfig { labels, reputation: false, ..prompt.clone() }
}

fn load_adapter(folder: &Path, model: &LoadedModel) -> Result<Arc<crate::llm::lora::Adapter>, GatherError> {
    Ok(Arc::new(peft::load(folder, &model.base.config, Some(&model.id))?))
}
