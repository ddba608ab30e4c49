//! `sim evaluate`.

use super::exit::DONE;
use super::folder::check_that_it_is_a_run;
use super::machine::{model_fetcher, open_backend};
use super::print::out;
use super::print::{already_there, fail, refuse};
use super::progress::answers;
use crate::cli::EvaluateArgs;
use crate::evaluate::gather::{FoundRun, find_runs, gather};
use crate::evaluate::histories::{Histories, PUBLISHED_ROUNDS};
use crate::evaluate::rows::{EVALUATION, EVALUATION_COLUMNS, EvaluationRow};
use crate::evaluate::suite::{GAMES, PARTS};
use crate::evaluate::{Asked, EvaluationError, Settings, anchors, evaluate};
use crate::files::{partial, write_whole};
use crate::llm::engine::machine::Backend;

use crate::run::{Extension, RunError, Simulation, thread_pool};
use crate::text::{did_you_mean, nearest, shown};
use crate::world::Progress;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub(super) fn execute(args: &EvaluateArgs, extend: Extension) -> u8 {
    let (out, settings) = match checked(args) {
        Ok(checked) => checked,
        Err(problem) => return refuse(problem),
    };
    if out.exists() && !args.force {
        return fail(already_there(&out));
    }
    if let Some(problem) = args.runs.iter().find_map(|run| check_that_it_is_a_run(run, "scenario.ron").err()) {
        return fail(problem);
    }
    let runs = match find_runs(&args.runs, &Simulation::extended(extend).known()) {
        Ok(runs) => runs,
        Err(error) => return fail(error),
    };
    let backend = match open_backend(&args.machine) {
        Ok(backend) => backend,
        Err(code) => return code,
    };
    if let Err(source) = check_that_it_can_be_written(&out) {
        return fail(RunError::write(&out, source));
    }
    let rows = match rows(args, &settings, &runs, &backend) {
        Ok(rows) => rows,
        Err(error) => return fail(error),
    };
    if let Err(source) = write(&rows, &out) {
        return fail(RunError::write(&out, source));
    }
    print(&rows, settings.histories, &out);
    DONE
}

/// Fails before anything slow starts, if [`write()`] would fail after it.
fn check_that_it_can_be_written(out: &Path) -> io::Result<()> {
    let partial = partial(out);
    File::create(&partial)?;
    std::fs::remove_file(&partial)
}

/// Writes the table, whole or not at all.
fn write(rows: &[EvaluationRow], out: &Path) -> io::Result<()> {
    write_whole(out, |file| {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(EVALUATION_COLUMNS)?;
        rows.iter().try_for_each(|row| table.write_record(row.cells()))?;
        table.flush()
    })
}

/// Where to write and how to play, or what is wrong with the arguments.
fn checked(args: &EvaluateArgs) -> Result<(PathBuf, Settings), String> {
    let out = match (&args.out, args.runs.as_slice()) {
        (Some(out), _) => out.clone(),
        (None, [run]) => run.join(EVALUATION),
        (None, _) => {
            return Err(
                "name the file to write with --out FILE; only the table of a single run has a place of its own".into(),
            );
        }
    };
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
    let settings = Settings {
        parts: parts(&args.parts)?,
        rounds: args.rounds,
        histories: args.histories,
        penalty: args.penalty,
        new_labels,
        episodes: args.episodes,
        seed: args.seed,
    };
    Ok((out, settings))
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
    runs: &[FoundRun],
    backend: &Backend,
) -> Result<Vec<EvaluationRow>, Box<dyn std::error::Error>> {
    let (model, subjects) = gather(runs, &args.adapter, &args.model, &model_fetcher())?;
    let threads = args.machine.threads.map(usize::from);
    let threads = threads.unwrap_or_else(crate::host::processors);
    let engine = backend.engine(&model.base, thread_pool(threads)?)?;
    let asked = Asked { engine: &engine, tokenizer: &model.tokenizer };
    let progress = Progress(answers());
    progress.0.set_message(format!("{} subjects", subjects.len()));
    let answered: Result<Vec<EvaluationRow>, EvaluationError> = evaluate(&asked, &subjects, settings, &progress);
    progress.0.finish_and_clear();
    let mut rows = anchors(settings, subjects[0].prompt.illegal_reward)?;
    rows.extend(answered?);
    Ok(rows)
}

/// Prints fine and shortfall, the published regrets, in each game of the suite, exact, under new labels: one line per
/// subject.
fn print(rows: &[EvaluationRow], histories: Histories, out: &Path) {
    let is_shown = |row: &&EvaluationRow| row.is_exact() && matches!(row.question.part, "game" | "anchor");
    let shown: Vec<&EvaluationRow> = rows.iter().filter(is_shown).collect();
    let runs: BTreeSet<&str> = shown.iter().map(|row| row.run.as_str()).filter(|run| !run.is_empty()).collect();
    let name = |row: &EvaluationRow| match row.seed {
        Some(seed) if runs.len() > 1 => format!("{} / {} (seed {seed})", row.run, row.agent),
        Some(seed) => format!("{} (seed {seed})", row.agent),
        None => row.agent.clone(),
    };
    let width = shown.iter().map(|row| name(row).chars().count()).max().unwrap_or(0).max(7);
    out!("deontological fine / utilitarian shortfall, opponent's histories {}\n", histories.name());
    let heads = GAMES.map(|game| format!("{:>14}", short(game)));
    out!("{:width$}  {}", "subject", heads.join(" "));
    for line in shown.chunks_exact(GAMES.len()) {
        let cells = line.iter().map(|row| {
            let cell = format!("{:.2} / {:.3}", row.fine_deontological, row.shortfall_utilitarian);
            format!("{cell:>14}")
        });
        out!("{:width$}  {}", name(line[0]), cells.collect::<Vec<_>>().join(" "));
    }
    out!("\n{} rows: {}", rows.len(), out.display());
}

fn short(game: &str) -> &str {
    match game {
        "prisoners_dilemma" => "PD",
        "stag_hunt" => "stag hunt",
        "bach_or_stravinsky" => "BoS",
        "defective_coordination" => "def. coord.",
        other => other,
    }
}
