//! Where types come from: scenarios, with the runs that were made of them.

use super::setting::Stage;
use crate::compare::DEPTH;
use crate::files::folders_with;
use crate::run::{Manifest, Status};
use crate::scenario::check::Known;
use crate::scenario::diagnostics::ScenarioErrors;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::load::{load, load_text};
use crate::scenario::spawn::{matchmaker, rules};
use crate::world::{Factories, Rules};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where types come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Folders of finished runs or folders that hold such folders, and scenario files.
    pub paths: Vec<PathBuf>,
    /// Strategies as a scenario writes them: `TitForTat`.
    pub strategies: Vec<String>,
    /// Makes every action of the game a type.
    pub by_action: bool,
    /// Changes to every scenario: `noise=0.05`.
    pub overrides: Vec<String>,
    /// Takes players whose probabilities were counted, too.
    pub with_counted: bool,
}

/// Reads what the agents of a finished run play after its last update: in its folder, by its scenario as it was, the
/// probabilities of cooperation of those of which that can be read.
pub type ReadAfter<'a> = &'a dyn Fn(&Path, &ScenarioSpec) -> Result<BTreeMap<String, [f64; 5]>, String>;

/// What messages call the strategies of the command line.
const LISTED: &str = "--strategy";

/// A scenario with the run that was made of it, if any.
pub(super) struct Source {
    /// What messages call it.
    pub name: String,
    pub spec: ScenarioSpec,
    /// By what rules its matches are played.
    pub rules: Rules,
    /// The run that was made of it, if any.
    pub run: Option<TrainedIn>,
}

/// A finished run.
pub(super) struct TrainedIn {
    pub folder: PathBuf,
    /// What was varied in it.
    pub varied: String,
    /// The same with the last word of each path alone.
    pub told: String,
    /// Its scenario as it was.
    pub scenario: ScenarioSpec,
}

impl Source {
    fn new(name: String, spec: ScenarioSpec, run: Option<TrainedIn>, factories: &Factories) -> Result<Self, String> {
        let rules = rules_of(&spec, factories).map_err(|problem| format!("{name}: {problem}"))?;
        Ok(Self { name, spec, rules, run })
    }

    /// Whether its populations have names that someone gave.
    pub(super) fn is_named(&self) -> bool {
        self.name != LISTED
    }

    /// What is wrong with it, as messages say it.
    pub(super) fn refuse(&self, problem: &str) -> String {
        format!("{}: {problem}", self.name)
    }
}

fn rules_of(spec: &ScenarioSpec, factories: &Factories) -> Result<Rules, String> {
    let matchmaker = matchmaker(spec, factories).map_err(|error| error.to_string())?;
    rules(spec, matchmaker.as_ref(), factories).map_err(|error| error.to_string())
}

/// The runs in the folder `path`, or the scenario in the file `path`.
pub(super) fn read(
    path: &Path,
    overrides: &[String],
    known: &Known,
    notes: &mut Vec<String>,
) -> Result<Vec<Source>, String> {
    let scenario = |file: &Path| -> Result<ScenarioSpec, String> {
        load(file, overrides, known).map(|scenario| scenario.spec).map_err(|errors| plain(&errors))
    };
    if !path.exists() {
        return Err(format!("`{}` does not exist", path.display()));
    }
    if path.is_file() {
        return Ok(vec![Source::new(path.display().to_string(), scenario(path)?, None, &known.offered)?]);
    }
    let folders = folders_with(path, "manifest.json", DEPTH);
    notes.extend(folders.problems());
    let mut sources = Vec::new();
    for folder in folders.found {
        let name = folder.display().to_string();
        let manifest = match Manifest::read(&folder) {
            Ok(Some(manifest)) => manifest,
            Ok(None) => continue,
            Err(problem) => {
                notes.push(format!("{name} is left out: {problem}"));
                continue;
            }
        };
        if manifest.status != Status::Done {
            notes.push(format!("{name} is left out: it is not done ({})", manifest.status.word()));
            continue;
        }
        let file = folder.join("scenario.ron");
        let trained = load(&file, &[], known).map_err(|errors| plain(&errors))?.spec;
        fit(&trained, &known.offered).map_err(|problem| format!("{name}: {problem}"))?;
        let factors = manifest.factors.overrides();
        let in_short = |factor: &String| match factor.split_once('=') {
            Some((path, value)) => format!("{}={value}", path.rsplit('.').next().unwrap_or(path)),
            None => factor.clone(),
        };
        let (varied, told) = (factors.join(","), factors.iter().map(in_short).collect::<Vec<_>>().join(","));
        let spec = if overrides.is_empty() { trained.clone() } else { scenario(&file)? };
        let run = TrainedIn { folder, varied, told, scenario: trained };
        sources.push(Source::new(name, spec, Some(run), &known.offered)?);
    }
    if sources.is_empty() {
        return Err(format!("{} holds no finished run", path.display()));
    }
    Ok(sources)
}

/// Whether what was trained by `spec` can be a type: by agents that stay who they are.
fn fit(spec: &ScenarioSpec, factories: &Factories) -> Result<(), String> {
    if spec.evolution.is_some() {
        return Err("its agents inherit from each other, so a population is no type".into());
    }
    Stage::of(&rules_of(spec, factories)?).map(|_| ())
}

/// The problems of a scenario, without the word that begins every error.
fn plain(errors: &ScenarioErrors) -> String {
    let text = errors.render(false);
    text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
}

/// The strategies of `sources`, maybe none, as a scenario that plays what the other sources play.
pub(super) fn listed(sources: &Sources, found: &[Source], known: &Known) -> Result<Source, String> {
    // A scenario has names for them, and enough agents for any group, so that its checks find what is wrong with a
    // strategy alone. Each has a line of its own, which is what an error shows.
    let mut populations: Vec<String> = sources
        .strategies
        .iter()
        .enumerate()
        .map(|(number, strategy)| format!("(name: \"strategy_{number}\", count: 64, policy: Scripted(\n{strategy}\n))"))
        .collect();
    if populations.is_empty() {
        // Some player there must be.
        populations.push("(name: \"player\", count: 64, policy: QLearning())".into());
    }
    let text = format!(
        "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(10), populations: [{}])",
        populations.join(", ")
    );
    let scenario = load_text(LISTED, &text, "strategies", &sources.overrides, known);
    let mut spec = scenario.map_err(|errors| plain(&errors))?.spec;
    spec.populations.truncate(sources.strategies.len());
    spec.populations.iter_mut().for_each(|population| population.count = 1);
    if let Some(first) = found.first() {
        spec.game = first.spec.game.clone();
        spec.rounds = first.spec.rounds.clone();
        spec.noise = first.spec.noise;
        spec.opening = first.spec.opening;
    }
    Source::new(LISTED.into(), spec, None, &known.offered)
}
