//! `sim meta`.

use crate::cli::{Fitness, Format, MetaArgs};
use crate::commands::input::machine::model_fetcher;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{already_there, err, fail, out, refuse};
use crate::commands::terminal::progress::answers;
use crate::files::write_text;
use crate::meta::document::document;
use crate::meta::findings::{Findings, find};
use crate::meta::game::MetaGame;
use crate::meta::gather::gather;
use crate::meta::nfg::nfg;
use crate::meta::options::Options;
use crate::meta::page::page;
use crate::meta::sampled::Sampling;
use crate::meta::sources::{ReadAfter, Sources};
use crate::meta::tables::{NFG, OPTIONAL, tables};
use crate::report::{EMPIRICAL_BYTES_MAX, EMPIRICAL_DOCUMENT, write_empirical};
use crate::run::{Extension, Simulation, after_training};
use crate::scenario::format::ScenarioSpec;
use crate::text::shown;
use crate::world::Progress;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Most points of the grid of strengths and sizes.
const GRID_MAX: usize = 400;

pub(in crate::commands) fn execute(args: &MetaArgs, extend: Extension) -> u8 {
    if args.out.exists() && !args.force {
        return fail(already_there(&args.out));
    }
    if args.out.join("manifest.json").exists() {
        return refuse(format!("{} is the folder of a run; name another with --out", args.out.display()));
    }
    let options = match options(args) {
        Ok(options) => options,
        Err(problem) => return refuse(problem),
    };
    let simulation = Simulation::extended(extend);
    let sources = Sources {
        paths: args.sources.clone(),
        strategies: args.strategy.clone(),
        overrides: args.set.clone(),
        by_action: args.actions,
        with_counted: args.counted,
    };
    let fetcher = model_fetcher();
    let read_after = |folder: &Path, spec: &ScenarioSpec| after_training(folder, spec, extend, &fetcher);
    let after = args.after_training.then_some(&read_after as ReadAfter);
    let gathered = match gather(&sources, &simulation.known(), args.seed, after) {
        Ok(gathered) => gathered,
        Err(problem) => return refuse(problem),
    };
    gathered.notes.iter().for_each(|note| err!("note: {}", shown(note)));
    let mut notes = gathered.notes;
    let progress = Progress(answers());
    progress.0.set_message("draws");
    let sampling = Sampling { matches: args.matches, seed: args.seed };
    let found = MetaGame::play(gathered.types, &gathered.rules, sampling).and_then(|game| {
        let (options, left_out) = options.for_groups_of(game.players())?;
        left_out.iter().for_each(|note| err!("note: {}", shown(note)));
        notes.extend(left_out);
        find(&game, &options, &progress).map(|findings| (game, options, findings))
    });
    progress.0.finish_and_clear();
    let (game, options, findings) = match found {
        Ok(found) => found,
        Err(problem) => return refuse(problem),
    };
    findings.notes.iter().for_each(|note| err!("note: {}", shown(note)));
    if let Err(error) = write(&args.out, &game, &options, &findings, &notes) {
        return fail(error);
    }
    match args.format {
        Format::Text => {
            out!("{}", page(&game, &options, &findings).text());
            out!("\nTables and the page: {}", args.out.join("meta.html").display());
        }
        Format::Json => out!("{:#}", document(&game, &options, &findings, &notes)),
    }
    DONE
}

/// The options; their grid holds the chosen strength and size.
fn options(args: &MetaArgs) -> Result<Options, String> {
    let mut strengths = args.strengths.clone();
    let mut sizes = args.sizes.clone();
    strengths.push(args.strength);
    sizes.push(args.population);
    if let Some(strength) = strengths.iter().find(|strength| !(0.0..=1e9).contains(*strength)) {
        return Err(format!("strength {strength}: expected 0 to 1e9"));
    }
    if let Some(size) = sizes.iter().find(|size| !(2..=100_000).contains(*size)) {
        return Err(format!("a population of {size}: expected 2 to 100000"));
    }
    if !(args.time > 0.0 && args.time <= 1e6) {
        return Err(format!("time {}: expected more than 0, at most 1e6", args.time));
    }
    if !(0.0..=1.0).contains(&args.mutation) {
        return Err(format!("mutation {}: expected a probability, 0 to 1", args.mutation));
    }
    strengths.sort_by(f64::total_cmp);
    strengths.dedup();
    sizes.sort_unstable();
    sizes.dedup();
    if strengths.len() * sizes.len() > GRID_MAX {
        let points = strengths.len() * sizes.len();
        return Err(format!("{points} pairs of a strength and a size: expected at most {GRID_MAX}"));
    }
    let place = |found: Option<usize>| found.expect("the chosen one was added");
    let chosen = (
        place(sizes.iter().position(|size| *size == args.population)),
        place(strengths.iter().position(|strength| *strength == args.strength)),
    );
    let (mutation, by_reward) = (args.mutation, args.fitness == Fitness::Reward);
    let (draws, seed, time) = (args.draws as usize, args.seed, args.time);
    Ok(Options { strengths, sizes, chosen, mutation, by_reward, draws, seed, time })
}

/// Writes all files into the folder `out`.
fn write(out: &Path, game: &MetaGame, options: &Options, findings: &Findings, notes: &[String]) -> Result<(), String> {
    let text = format!("{}\n", document(game, options, findings, notes));
    if text.len() as u64 > EMPIRICAL_BYTES_MAX {
        return Err(format!(
            "{} types at {} points make a page of {} MB: expected at most {}; ask for fewer strengths or sizes",
            game.types.len(),
            options.strengths.len() * options.sizes.len(),
            text.len() >> 20,
            EMPIRICAL_BYTES_MAX >> 20
        ));
    }
    fs::create_dir_all(out).map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    let file = |name: &str, text: &str| {
        let path = out.join(name);
        write_text(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    let (tables, form) = (tables(game, options, findings), nfg(game, &findings.value.measures[findings.fitness]));
    for table in &tables {
        file(table.file, &table.csv())?;
    }
    // What an earlier game left there, and this one has not, would not be its own.
    let is_written = |name: &str| tables.iter().any(|table| table.file == name) || (name == NFG && form.is_some());
    for name in OPTIONAL.into_iter().filter(|name| !is_written(name)) {
        match fs::remove_file(out.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(format!("cannot remove {}: {error}", out.join(name).display()));
            }
            _ => {}
        }
    }
    if let Some(text) = &form {
        file(NFG, text)?;
    }
    file(EMPIRICAL_DOCUMENT, &text)?;
    write_empirical(out).map_err(|error| error.to_string())?;
    Ok(())
}
