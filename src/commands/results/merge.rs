//! `sim merge`.

use crate::cli::MergeArgs;
use crate::commands::input::folder::check_that_it_is_a_folder;
use crate::commands::running::conclusion::seeds_table;
use crate::commands::running::design::{Cell, cells_table};
use crate::commands::terminal::exit::{DONE, FAILED};
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::commands::terminal::table::{Align, table};
use crate::compare::output::frame;
use crate::compare::{self, CompareError};
use crate::files::{EVOLUTION_TABLE, OUTCOMES_TABLE, write_text};
use crate::run::cluster::listed::{FILE, Listed, ListedRun};
use crate::run::cluster::merge::{self, Done, RUNS};
use crate::run::cluster::standing::{self, Reached};
use crate::run::contents::is_table;
use crate::text::{counted, shown};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of what is merged, and of what is merged although runs are missing.
const MERGED: [&str; 2] = ["merged", "merged-partial"];
/// Means over seeds with their intervals.
const MEANS: &str = "means.csv";
/// The most runs that are told one by one.
const TOLD_MAX: usize = 20;

pub(in crate::commands) fn execute(args: &MergeArgs) -> u8 {
    if let Err(problem) = check_that_it_is_a_folder(&args.folder) {
        return refuse(problem);
    }
    let listed = match Listed::read(&args.folder) {
        Ok(Some(listed)) => listed,
        Ok(None) => {
            return refuse(format!(
                "{} has no {FILE}, which says what runs there are to be; write it with the command that made the runs and \
                 `--emit list`, which runs nothing",
                args.folder.display()
            ));
        }
        Err(problem) => return refuse(problem),
    };
    let tables = match tables(&args.table) {
        Ok(tables) => tables,
        Err(problem) => return refuse(problem),
    };
    let standings: Vec<Reached> = listed.runs.iter().map(|run| standing::of(run, &listed, &args.folder)).collect();
    match judged(args, &listed, &standings) {
        Some(code) => code,
        None => merged(args, &listed, &standings, &tables),
    }
}

/// The tables to be merged.
fn tables(more: &[String]) -> Result<Vec<String>, String> {
    let mut tables = vec![EVOLUTION_TABLE.to_owned(), OUTCOMES_TABLE.to_owned()];
    for name in more {
        let file = if name.ends_with(".csv") { name.clone() } else { format!("{name}.csv") };
        if !is_table(&file) {
            return Err(format!("no run has a table `{}`; `sim explain columns` lists the tables", shown(name)));
        }
        if !tables.contains(&file) {
            tables.push(file);
        }
    }
    Ok(tables)
}

/// Says which runs are not what was listed, or are missing; the exit code, if that ends the command.
fn judged(args: &MergeArgs, listed: &Listed, standings: &[Reached]) -> Option<u8> {
    let all = listed.runs.len();
    let row = |(run, standing): (&ListedRun, &Reached)| {
        let (word, why) = match standing {
            Reached::Done(_) => return None,
            Reached::Open(word, error) => (*word, error.clone().unwrap_or_default()),
            Reached::Mixed(problem) => ("another run", problem.clone()),
        };
        Some((matches!(standing, Reached::Mixed(_)), [run.id.clone(), word.into(), run.folder.clone(), why]))
    };
    let (mixed, open): (Vec<_>, Vec<_>) =
        listed.runs.iter().zip(standings).filter_map(row).partition(|(is_mixed, _)| *is_mixed);
    if !mixed.is_empty() {
        err!("error: {} of {} are not what the sweep lists; nothing was merged", mixed.len(), counted(all, "run"));
        for (_, [_, _, folder, why]) in mixed.iter().take(TOLD_MAX) {
            err!("  - {}: {}", shown(folder), shown(why));
        }
        more(mixed.len());
        err!(
            "What to do: move these folders away and start the runs again, or write the sweep again with --emit if it is \
             the list that is old."
        );
        return Some(FAILED);
    }
    if open.is_empty() {
        return None;
    }
    let rows: Vec<Vec<String>> = open
        .iter()
        .take(TOLD_MAX)
        .map(|(_, [id, word, folder, _])| vec![word.clone(), id.clone(), folder.clone()])
        .collect();
    let goes_on = args.partial && open.len() < all;
    let (head, end) = match goes_on {
        true => ("note", "the others are merged"),
        false => ("error", "nothing was merged"),
    };
    let are = if open.len() == 1 { "is" } else { "are" };
    err!("{head}: {} of {} {are} missing; {end}", open.len(), counted(all, "run"));
    err!("{}", table(&[("state", Align::Left), ("run", Align::Left), ("folder", Align::Tail)], &rows).trim_end());
    more(open.len());
    for (_, [_, _, folder, why]) in open.iter().filter(|(_, [_, _, _, why])| !why.is_empty()).take(TOLD_MAX) {
        err!("  {}: {}", shown(folder), shown(why));
    }
    if goes_on {
        return None;
    }
    let partial = if open.len() == all { "" } else { " --partial merges those that are done." };
    err!(
        "What to do: wait for those that run, and start the sweep again for the others, with its script or its list: what \
         is done is skipped.{partial}"
    );
    Some(FAILED)
}

/// Says how many are not told.
fn more(number: usize) {
    if number > TOLD_MAX {
        err!("  … and {} more", number - TOLD_MAX);
    }
}

/// Writes everything; the exit code.
fn merged(args: &MergeArgs, listed: &Listed, standings: &[Reached], tables: &[String]) -> u8 {
    let parent = &args.folder;
    let done: Vec<Done> = listed
        .runs
        .iter()
        .zip(standings)
        .filter_map(|(run, standing)| match standing {
            Reached::Done(manifest) => Some(Done { run, manifest }),
            Reached::Open(..) | Reached::Mixed(_) => None,
        })
        .collect();
    let missing = listed.runs.len() - done.len();
    let into = args.out.clone().unwrap_or_else(|| parent.join(MERGED[usize::from(missing > 0)]));
    let checked = || {
        tables.iter().try_for_each(|name| merge::check(&done, parent, name))?;
        merge::check_alike(&done, parent)
    };
    let remarks = match checked() {
        Ok(remarks) => remarks,
        Err(error) => return fail(error),
    };
    remarks.iter().for_each(|remark| err!("note: {}", shown(remark)));
    if let Err(error) = fs::create_dir_all(&into) {
        return fail(format!("cannot make {}: {error}", into.display()));
    }
    let folders: Vec<PathBuf> = done.iter().map(|done| parent.join(&done.run.folder)).collect();
    let (means, shown_means) = match means(&done, &folders) {
        Ok(means) => means,
        Err(error) => return fail(error),
    };
    let mut files = Vec::new();
    for name in tables {
        match merge::table(listed, &done, parent, name, &into.join(name)) {
            Ok(rows) => files.push(format!("{name} ({})", counted(rows, "row"))),
            Err(error) => return fail(error),
        }
    }
    let path = into.join(MEANS);
    if let Err(error) = write_text(&path, &means) {
        return fail(format!("cannot write {}: {error}", path.display()));
    }
    if let Err(error) = merge::runs(listed, standings, &into.join(RUNS)) {
        return fail(error);
    }
    files.extend([MEANS.to_owned(), RUNS.to_owned()]);
    out!("{shown_means}");
    conclude(&into, &files, done.len(), missing);
    DONE
}

/// The means over seeds: as a table for programs, and as one for people.
fn means(done: &[Done], folders: &[PathBuf]) -> Result<(String, String), CompareError> {
    let means = frame(&compare::compare(folders, &compare::Options::default())?).csv();
    let is_design = done.iter().any(|done| !done.run.factors.is_empty());
    let shown = if is_design { cells_table(&cells(done, folders))? } else { seeds_table(folders)? };
    Ok((means, shown))
}

/// The runs of each cell; they are listed cell by cell.
fn cells(done: &[Done], folders: &[PathBuf]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for (done, folder) in done.iter().zip(folders) {
        match cells.last_mut().filter(|cell| cell.factors == done.run.factors) {
            Some(cell) => cell.runs.push(folder.clone()),
            None => cells.push(Cell { factors: done.run.factors.clone(), runs: vec![folder.clone()] }),
        }
    }
    cells
}

/// Says what was written where, and what it lacks.
fn conclude(into: &Path, files: &[String], done: usize, missing: usize) {
    let all = done + missing;
    let lacking = match missing {
        0 => String::new(),
        _ => format!("PARTIAL: {missing} of {} are missing, which {RUNS} names.\n", counted(all, "run")),
    };
    let folder = into.display().to_string();
    out!("\n{lacking}{} merged in {}: {}", counted(done, "run"), shown(&folder), files.join(", "));
}
