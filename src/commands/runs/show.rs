//! `sim show RUN`.

use crate::cli::{Format, ShowArgs};
use crate::commands::input::folder::{check_that_it_is_a_run, with_person};
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{fail, out, refuse};
use crate::commands::terminal::table::{Align, table};
use crate::commands::terminal::time;
use crate::host;
use crate::llm::engine::machine::FUSED;
use crate::run::contents::{Contents, File, Kind};
use crate::run::runs::{Content, FoundRun};
use crate::run::{Extension, Manifest, Simulation, Status, plan};
use crate::scenario::load::load;
use crate::scenario::spawn::{evolution, matchmaker, rules};
use crate::text::shown;
use crate::watch::{Now, Run};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Longest time of one look into the tables.
const READING: Duration = Duration::from_secs(1);

pub(in crate::commands) fn execute(args: &ShowArgs, extend: Extension) -> u8 {
    let run = &args.run;
    if let Err(problem) = check_that_it_is_a_run(run, "manifest.json") {
        return refuse(problem);
    }
    let (manifest, status) = match FoundRun::at(run) {
        Ok(Some(FoundRun { content: Content::Run(manifest, status), .. })) => (manifest, status),
        Ok(Some(FoundRun { content: Content::Damaged(problem), .. })) => return fail(problem),
        Ok(_) => return fail(format!("{} is not the folder of a run", run.display())),
        Err(error) => return fail(error),
    };
    let contents = match Contents::of(run) {
        Ok(contents) => contents,
        Err(error) => return fail(error),
    };
    let mut watched = Run::open(run);
    while watched.poll(READING) {}
    let now = watched.now();
    if args.format == Format::Json {
        out!("{:#}", described(run, &manifest, status, [watched.first().unwrap_or(now), now], &contents));
        return DONE;
    }
    out!("{}\n", head(run, &manifest, status).trim_end());
    match configuration(run, extend) {
        Ok(text) => out!("{text}"),
        Err(problem) => out!("  (its scenario.ron cannot be read by this program: {problem})\n"),
    }
    if !now.populations.is_empty() {
        if let Some(first) = watched.first() {
            out!("{}", populations(first));
        }
        out!("{}", populations(now));
    }
    let row = |file: &File| vec![file.name.clone(), host::readable(file.bytes), meaning(file.kind).to_owned()];
    let rows: Vec<Vec<String>> = contents.files.iter().map(row).collect();
    out!("{}", table(&[("file", Align::Tail), ("size", Align::Right), ("what", Align::Left)], &rows).trim_end());
    DONE
}

/// What a file is, in a few words.
fn meaning(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Result) => "result",
        Some(Kind::Own) => "kept by sim",
        Some(Kind::Derived) => "made of results",
        None => "not of sim",
    }
}

/// What was run, when, where and by what, and how it ended.
fn head(run: &Path, manifest: &Manifest, status: Status) -> String {
    let Manifest { scenario, seed, started, ended, seconds, ticks, ticks_played, .. } = manifest;
    let mut text =
        format!("{}: {}, seed {seed}, {}\n", shown(&run.display().to_string()), shown(scenario), status.word());
    let mut line = |head: &str, words: &str| text += &format!("  {head:<8} {}\n", shown(words));
    if !manifest.factors.is_empty() {
        line("varied", &manifest.factors.to_string());
    }
    let until = ended.as_ref().map_or_else(String::new, |ended| format!(" to {ended}"));
    line("time", &format!("from {started}{until}, {}", time::short(*seconds)));
    let resumed = match manifest.resumed_at.as_slice() {
        [] => String::new(),
        ticks => format!(", resumed at {}", ticks.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
    };
    line("ticks", &format!("{ticks_played} of {ticks}{resumed}"));
    let commit = manifest.commit.as_ref().map_or_else(String::new, |commit| format!(" ({commit})"));
    let host = manifest.host.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
    line("program", &format!("sim {}{commit}{host}", manifest.version));
    let threads = if manifest.threads == 1 { "thread" } else { "threads" };
    let special = manifest.instructions.as_deref().filter(|&set| set != FUSED);
    let instructions = special.map_or_else(String::new, |set| format!(", {set}"));
    line("device", &format!("{}{instructions}, {} {threads}", manifest.device, manifest.threads));
    if let Some(model) = &manifest.model {
        line("model", &format!("{}, SHA-256 {}", model.name, model.sha256));
    }
    if !manifest.command.is_empty() {
        line("command", &manifest.command.join(" "));
    }
    if let Some(error) = &manifest.error {
        line("error", error);
    }
    for halted in &manifest.halted {
        line("halted", &format!("{} at tick {}: {}", halted.agent, halted.tick, halted.reason));
    }
    text
}

/// The scenario in brief, as a dry run prints it.
fn configuration(run: &Path, extend: Extension) -> Result<String, String> {
    let known = Simulation::extended(&with_person(extend)).known();
    let problem = |error: &dyn std::fmt::Display| error.to_string().lines().next().unwrap_or_default().to_owned();
    let scenario = load(&run.join("scenario.ron"), &[], &known).map_err(|errors| problem(&errors))?;
    let spec = &scenario.spec;
    let matchmaker = matchmaker(spec, &known.offered).map_err(|error| problem(&error))?;
    let evolution = evolution(spec, &known.offered).map_err(|error| problem(&error))?;
    let rules = rules(spec, &*matchmaker, &known.offered).map_err(|error| problem(&error))?;
    let text = plan(spec, &rules, &*matchmaker, evolution.as_ref(), None, None, &[]);
    // Its first line is that of the head.
    Ok(text.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_owned()))
}

/// What the populations were in the last recorded tick: probabilities of cooperating in the first round and after CC to
/// DD, the nearest strategy, and what they did.
fn populations(now: &Now) -> String {
    let number = |value: f64| if value.is_nan() { "-".to_owned() } else { format!("{value:.2}") };
    let heads = ["population", "n", "start", "CC", "CD", "DC", "DD", "nearest", "coop.", "payoff"];
    let align = |head| if matches!(head, "population" | "nearest") { Align::Tail } else { Align::Right };
    let row = |population: &crate::watch::PopulationNow| {
        let nearest = population.nearest().map_or("-", |(name, _)| name);
        let start = [population.name.clone(), population.members.to_string()];
        let end = [nearest.to_owned(), number(population.cooperation()), number(population.payoff())];
        start.into_iter().chain(population.p_cooperate().map(number)).chain(end).collect()
    };
    let rows: Vec<Vec<String>> = now.populations.iter().map(row).collect();
    let text = table(&heads.map(|head| (head, align(head))), &rows);
    format!("{}\ntick {}; start, CC to DD: probability of cooperating (own action first)\n", text.trim_end(), now.tick)
}

/// The same for programs.
fn described(run: &Path, manifest: &Manifest, status: Status, ends: [&Now; 2], contents: &Contents) -> Value {
    let number = |value: f64| if value.is_nan() { Value::Null } else { json!(value) };
    let of = |population: &crate::watch::PopulationNow| {
        json!({
            "population": population.name,
            "members": population.members,
            "p_cooperate": population.p_cooperate().map(number),
            "nearest_strategy": population.nearest().map(|(name, _)| name),
            "cooperation_rate": number(population.cooperation()),
            "payoff_mean": number(population.payoff()),
        })
    };
    let tick = |now: &Now| json!({"tick": now.tick, "populations": now.populations.iter().map(of).collect::<Vec<_>>()});
    let file = |file: &File| json!({"name": file.name, "bytes": file.bytes, "kind": file.kind});
    let files: Vec<Value> = contents.files.iter().map(file).collect();
    json!({
        "folder": run.display().to_string(),
        "status": status.word(),
        "manifest": manifest,
        "first": tick(ends[0]),
        "last": tick(ends[1]),
        "files": files,
    })
}
