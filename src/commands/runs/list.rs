//! `sim list`.

use crate::cli::{Format, ListArgs};
use crate::commands::input::folder::check_that_it_is_a_folder;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, out, refuse};
use crate::commands::terminal::table::{Align, table};
use crate::commands::terminal::time;
use crate::run::Manifest;
use crate::run::runs::{Content, Found, FoundRun, find};
use crate::run::sweep::in_brief;
use crate::text::shown;
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::commands) fn execute(args: &ListArgs) -> u8 {
    if let Err(problem) = check_that_it_is_a_folder(&args.folder) {
        return refuse(problem);
    }
    let Found { runs, problems } = find(&args.folder);
    problems.iter().for_each(|problem| err!("note: {}", shown(problem)));
    if args.format == Format::Json {
        let runs: Vec<Value> = runs.iter().map(described).collect();
        out!("{:#}", Value::from(runs));
    } else if runs.is_empty() {
        err!("there is no run in {}", args.folder.display());
    } else {
        out!("{}", listed(&args.folder, &runs).trim_end());
    }
    DONE
}

/// One line for each run; columns that no run has anything for are left out. A scenario that is that of all is told
/// once, so that the folders have more room.
fn listed(folder: &Path, runs: &[FoundRun]) -> String {
    let heads = [
        ("folder", Align::Tail),
        ("scenario", Align::Left),
        ("seed", Align::Right),
        ("varied", Align::Left),
        ("status", Align::Right),
        ("ticks", Align::Right),
        ("began", Align::Right),
        ("took", Align::Right),
    ];
    let mut rows: Vec<Vec<String>> = runs.iter().map(|run| cells(folder, run)).collect();
    let mut scenarios: Vec<String> =
        rows.iter().map(|row| row[SCENARIO].clone()).filter(|name| !name.is_empty()).collect();
    scenarios.dedup();
    let title = match scenarios.as_slice() {
        [only] if rows.len() > 1 => format!("runs of {}\n", shown(only)),
        _ => String::new(),
    };
    if !title.is_empty() {
        rows.iter_mut().for_each(|row| row[SCENARIO].clear());
    }
    let is_used = |column: &usize| rows.iter().any(|row| !row[*column].is_empty());
    let used: Vec<usize> = (0..heads.len()).filter(is_used).collect();
    let heads: Vec<(&str, Align)> = used.iter().map(|&column| heads[column]).collect();
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|row| used.iter().map(|&column| row[column].clone()).collect()).collect();
    title + &table(&heads, &rows)
}

/// The column of the scenario.
const SCENARIO: usize = 1;

fn cells(folder: &Path, run: &FoundRun) -> Vec<String> {
    let name = run.path.strip_prefix(folder).ok().filter(|name| !name.as_os_str().is_empty()).unwrap_or(&run.path);
    let name = name.display().to_string();
    let only = |status: &str| [name.as_str(), "", "", "", status, "", "", ""].map(String::from).to_vec();
    let (manifest, status) = match &run.content {
        Content::Run(manifest, status) => (manifest, status),
        Content::Damaged(_) => return only("damaged"),
        Content::Empty => return only("empty"),
    };
    let Manifest { scenario, seed, factors, ticks, ticks_played, started, seconds, .. } = &**manifest;
    let ticks = if ticks_played == ticks { ticks.to_string() } else { format!("{ticks_played}/{ticks}") };
    vec![
        name,
        scenario.clone(),
        seed.to_string(),
        in_brief(factors),
        status.word().to_owned(),
        ticks,
        minute(started),
        time::short(*seconds),
    ]
}

/// Everything about a run that a list tells, for programs.
fn described(run: &FoundRun) -> Value {
    let folder = run.path.display().to_string();
    match &run.content {
        Content::Run(manifest, status) => json!({
            "folder": folder,
            "scenario": manifest.scenario,
            "seed": manifest.seed,
            "factors": manifest.factors,
            "status": status.word(),
            "ticks": manifest.ticks,
            "ticks_played": manifest.ticks_played,
            "started": manifest.started,
            "ended": manifest.ended,
            "seconds": manifest.seconds,
        }),
        Content::Damaged(problem) => json!({"folder": folder, "status": "damaged", "problem": problem}),
        Content::Empty => json!({"folder": folder, "status": "empty"}),
    }
}

/// `2026-11-29T16:40:01Z` to the minute: `2026-11-29 16:40`.
fn minute(time: &str) -> String {
    time.chars().take(16).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_enough() {
        assert_eq!(minute("2026-11-29T16:40:01Z"), "2026-11-29 16:40");
    }
}
