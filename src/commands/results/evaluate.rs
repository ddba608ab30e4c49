//! `sim evaluate`.

use super::words::WORDS;
use crate::cli::{EvaluateArgs, Format};
use crate::commands::input::folder::{check_that_it_is_a_run, check_that_they_exist};
use crate::commands::input::machine::{model_fetcher, open_backend};
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{already_there, err, fail, out, refuse};
use crate::commands::terminal::progress::answers;
use crate::compare::layout::Frame;
use crate::compare::{CONFIDENCE, DEPTH};
use crate::evaluate::conclusion::{RULE, conclusions};
use crate::evaluate::gather::{
    GatherError, TrainedRun, check_model, check_settings, gather, trained_run, trained_with,
};
use crate::evaluate::histories::{Histories, PUBLISHED_ROUNDS};
use crate::evaluate::page::page;
use crate::evaluate::rows::{EVALUATION, EVALUATION_COLUMNS, EvaluationRow};
use crate::evaluate::suite::PARTS;
use crate::evaluate::summary::Summary;
use crate::evaluate::{Asked, EvaluationError, Settings, anchors, evaluate, of_runs};
use crate::files::{folders_with, partial, write_text, write_whole};
use crate::llm::engine::machine::Backend;
use crate::report;
use crate::run::{Extension, RunError, Simulation, thread_pool};
use crate::scenario::check::Known;
use crate::text::{counted, did_you_mean, nearest, shown};
use crate::world::Progress;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The table in a folder.
const TABLE: &str = EVALUATION;

pub(in crate::commands) fn execute(args: &EvaluateArgs, extend: Extension) -> u8 {
    let settings = match checked(args) {
        Ok(settings) => settings,
        Err(problem) => return refuse(problem),
    };
    if let Some(out) = args.out.as_ref().filter(|out| (out.exists() || summary_path(out).exists()) && !args.force) {
        return fail(already_there(if out.exists() { out.clone() } else { summary_path(out) }.as_path()));
    }
    if let Err(problem) = check_that_they_exist(args.runs.iter().chain(&args.adapter)) {
        return refuse(problem);
    }
    let found = match find(&args.runs, &Simulation::extended(extend).known()) {
        Ok(found) => found,
        Err(problem) => return fail(problem),
    };
    found.left_out.iter().for_each(|error| err!("left out: {}", shown(&error.to_string())));
    if !args.runs.is_empty() && found.runs.is_empty() {
        return refuse("no run is left to evaluate");
    }
    let targets = match targets(args, &found) {
        Ok(targets) => targets,
        Err(problem) => return refuse(problem),
    };
    let tables = || targets.iter().flat_map(|target| [target.path.clone(), summary_path(&target.path)]);
    if let Some(path) = tables().find(|path| path.exists() && !args.force) {
        return fail(already_there(&path));
    }
    let backend = match open_backend(&args.machine) {
        Ok(backend) => backend,
        Err(code) => return code,
    };
    for path in tables() {
        if let Err(source) = check_that_it_can_be_written(&path) {
            return fail(RunError::write(&path, source));
        }
    }
    if let Some((population, label)) = trained_with(&found.runs, &settings.new_labels) {
        err!(
            "note: `{}` was trained with the label `{}`, so rows with the labels `new` are not about new ones; name others \
             with --labels",
            shown(&population),
            shown(&label)
        );
    }
    let rows = match rows(args, &settings, &found.runs, &backend) {
        Ok(rows) => rows,
        Err(error) => return fail(error),
    };
    match finish(args, &settings, &targets, &rows) {
        Ok(()) => DONE,
        Err(error) => fail(error),
    }
}

/// The runs that were found.
#[derive(Default)]
struct Found {
    runs: Vec<TrainedRun>,
    /// Where they are, links resolved, with their numbers.
    places: BTreeMap<PathBuf, usize>,
    /// Folders that hold runs, with the numbers of these.
    parents: Vec<(PathBuf, Vec<usize>)>,
    /// Runs in such folders that cannot be evaluated.
    left_out: Vec<GatherError>,
}

/// Reads the runs in `folders`, each a run's folder or a folder of such folders. What is wrong with a run that was
/// named is an error; in a folder of runs it is left out.
fn find(folders: &[PathBuf], known: &Known) -> Result<Found, String> {
    let mut found = Found::default();
    for folder in folders {
        let there = folders_with(folder, "manifest.json", DEPTH);
        if folder.exists() {
            there.problems().iter().for_each(|problem| err!("note: {}", shown(problem)));
        }
        let inside = there.found;
        if folder.join("scenario.ron").is_file() || inside.is_empty() {
            check_that_it_is_a_run(folder, "scenario.ron")?;
            found.add(trained_run(folder, known).map_err(|error| error.to_string())?);
            continue;
        }
        let mut numbers = Vec::new();
        for path in inside {
            match trained_run(&path, known) {
                Ok(run) => numbers.push(found.add(run)),
                Err(error) => found.left_out.push(error),
            }
        }
        if !numbers.is_empty() {
            found.parents.push((folder.clone(), numbers));
        }
    }
    check_model(&found.runs).and_then(|()| check_settings(&found.runs)).map_err(|error| error.to_string())?;
    Ok(found)
}

impl Found {
    /// Adds a run, unless it is there already, and returns its number.
    fn add(&mut self, run: TrainedRun) -> usize {
        let place = run.path().canonicalize().unwrap_or_else(|_| run.path().to_path_buf());
        *self.places.entry(place).or_insert_with(|| {
            self.runs.push(run);
            self.runs.len() - 1
        })
    }
}

/// A table to write.
struct Target {
    path: PathBuf,
    /// The runs it is about; `None`: everything.
    runs: Option<Vec<usize>>,
    /// Whether it is in the folder of the one run that it is about.
    is_beside_its_run: bool,
}

/// The tables to write: the one that was named, or one for each run and for each folder of runs.
fn targets(args: &EvaluateArgs, found: &Found) -> Result<Vec<Target>, String> {
    if let Some(path) = &args.out {
        return Ok(vec![Target { path: path.clone(), runs: None, is_beside_its_run: false }]);
    }
    let table = |folder: &Path| folder.join(TABLE);
    match (found.runs.as_slice(), args.adapter.is_empty()) {
        ([run], _) if found.parents.is_empty() => {
            Ok(vec![Target { path: table(run.path()), runs: None, is_beside_its_run: true }])
        }
        ([], _) | (_, false) => Err("no run given: use --out FILE".into()),
        (runs, true) => {
            let of_run = |(number, run): (usize, &TrainedRun)| Target {
                path: table(run.path()),
                runs: Some(vec![number]),
                is_beside_its_run: true,
            };
            let of_folder = |(folder, runs): &(PathBuf, Vec<usize>)| Target {
                path: table(folder),
                runs: Some(runs.clone()),
                is_beside_its_run: false,
            };
            let targets = runs.iter().enumerate().map(of_run).chain(found.parents.iter().map(of_folder));
            Ok(targets.collect())
        }
    }
}

/// Fails before anything slow starts, if writing would fail after it.
fn check_that_it_can_be_written(out: &Path) -> io::Result<()> {
    let partial = partial(out);
    File::create(&partial)?;
    std::fs::remove_file(&partial)
}

/// `NAME_summary.csv` beside `NAME.csv`.
fn summary_path(table: &Path) -> PathBuf {
    let name = table.file_stem().unwrap_or_default().to_string_lossy();
    table.with_file_name(format!("{name}_summary.csv"))
}

/// Writes a table and its summary, each whole or not at all.
fn write(rows: &[EvaluationRow], out: &Path) -> Result<(), RunError> {
    let written = write_whole(out, |file| {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(EVALUATION_COLUMNS)?;
        rows.iter().try_for_each(|row| table.write_record(row.cells()))?;
        table.flush()
    });
    written.map_err(|source| RunError::write(out, source))?;
    let path = summary_path(out);
    write_text(&path, &Summary::of(rows).frame().csv()).map_err(|source| RunError::write(&path, source))
}

/// How to play, or what is wrong with the arguments.
fn checked(args: &EvaluateArgs) -> Result<Settings, String> {
    let new_labels: [String; 2] = args.labels.clone().try_into().map_err(|labels: Vec<String>| {
        format!("--labels names {} labels, expected two: the cooperative one, then the other", labels.len())
    })?;
    if !(args.penalty.is_finite() && args.penalty >= 0.0) {
        return Err(format!("--penalty is {}, expected a number that is not negative", args.penalty));
    }
    if args.histories == Histories::Published && args.rounds != PUBLISHED_ROUNDS {
        return Err(format!(
            "--histories published is how often an opponent cooperates over {PUBLISHED_ROUNDS} rounds, and --rounds is {}; \
             leave --rounds out, or say --histories even",
            args.rounds
        ));
    }
    Ok(Settings {
        parts: parts(&args.parts)?,
        rounds: args.rounds,
        histories: args.histories,
        penalty: args.penalty,
        new_labels,
        episodes: args.episodes,
        seed: args.seed,
    })
}

/// The parts of the suite that are wanted; all if none is named.
fn parts(wanted: &[String]) -> Result<Vec<String>, String> {
    for part in wanted {
        if !PARTS.contains(&part.as_str()) {
            let (part, hint) = (shown(part), did_you_mean(nearest(part, PARTS)));
            return Err(format!("--parts names `{part}`{hint} (the suite has {})", PARTS.join(", ")));
        }
    }
    Ok(if wanted.is_empty() { PARTS.map(String::from).to_vec() } else { wanted.to_vec() })
}

/// Asks every subject everything.
fn rows(
    args: &EvaluateArgs,
    settings: &Settings,
    runs: &[TrainedRun],
    backend: &Backend,
) -> Result<Vec<EvaluationRow>, Box<dyn std::error::Error>> {
    let (model, subjects) = gather(runs, &args.adapter, &args.model, &model_fetcher())?;
    let threads = args.machine.threads.map(usize::from);
    let threads = threads.unwrap_or_else(crate::host::processors);
    let engine = backend.engine(&model.base, thread_pool(threads)?)?;
    let asked = Asked { engine: &engine, tokenizer: &model.tokenizer };
    let progress = Progress(answers());
    progress.0.set_message(counted(subjects.len(), "subject"));
    let answered: Result<Vec<EvaluationRow>, EvaluationError> = evaluate(&asked, &subjects, settings, &progress);
    progress.0.finish_and_clear();
    Ok(answered?)
}

/// `answered` with the policies that never change before it.
fn with_anchors(settings: &Settings, answered: Vec<EvaluationRow>) -> Result<Vec<EvaluationRow>, EvaluationError> {
    let Some(first) = answered.first() else { return Ok(answered) };
    let mut rows = anchors(settings, first.question.prompt.illegal_reward)?;
    rows.extend(answered);
    Ok(rows)
}

/// What is printed for a program.
#[derive(Serialize)]
struct Document {
    confidence: f64,
    histories: &'static str,
    rounds: u32,
    penalty: f64,
    tables: Vec<String>,
    /// What learning changed, and by which rule.
    conclusions: Vec<String>,
    rule: &'static str,
    rows: Frame,
}

/// Draws again the reports of the runs whose tables were written, and returns where they are. One that cannot be drawn
/// is no reason to throw the tables away: it is noted.
fn redrawn(targets: &[Target]) -> Vec<PathBuf> {
    let of_runs = targets.iter().filter_map(|target| target.path.parent().filter(|_| target.is_beside_its_run));
    let drawn = of_runs.filter_map(|run| {
        report::write(run, WORDS).map_err(|error| err!("note: the report is as it was: {error}")).ok()
    });
    drawn.collect()
}

/// Writes the tables and prints what it comes to.
fn finish(
    args: &EvaluateArgs,
    settings: &Settings,
    targets: &[Target],
    answered: &[EvaluationRow],
) -> Result<(), Box<dyn std::error::Error>> {
    for target in targets {
        let rows = target.runs.as_ref().map_or_else(|| answered.to_vec(), |runs| of_runs(answered, runs));
        write(&with_anchors(settings, rows)?, &target.path)?;
    }
    let reports = redrawn(targets);
    let rows = with_anchors(settings, answered.to_vec())?;
    match args.format {
        Format::Json => {
            let document = Document {
                confidence: CONFIDENCE,
                histories: settings.histories.name(),
                rounds: settings.rounds,
                penalty: settings.penalty,
                tables: targets.iter().map(|target| target.path.display().to_string()).collect(),
                conclusions: conclusions(&rows),
                rule: RULE,
                rows: Summary::of(&rows).frame(),
            };
            out!("{}", serde_json::to_string_pretty(&document)?);
        }
        Format::Text => {
            out!("{}", page(&rows).text());
            for target in targets.iter().rev().take(1) {
                out!("rows: {}", target.path.display());
                out!("summary: {}", summary_path(&target.path).display());
            }
            if targets.len() > 1 {
                out!("the same in each run's folder: {} tables in all", targets.len());
            }
            match reports.as_slice() {
                [] => {}
                [report] => out!("report: {} (drawn again, with the evaluation)", report.display()),
                [.., last] => out!("reports: {} were drawn again, such as {}", reports.len(), last.display()),
            }
        }
    }
    Ok(())
}
