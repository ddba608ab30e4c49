//! Measures large worlds of scripts: decisions per second, memory, and what the report of such a run takes.
//!
//! `cargo run --release --example bench_worlds [agents] [ticks]`: a million agents, ten ticks of ten rounds, rows for
//! the last tick alone. Each line is measured in a process of its own. Linux only: elsewhere processor time and memory
//! are not available.

use agora::metrics::{built_in, memory_one_strategies};
use agora::report::{self, Words};
use agora::run::{RunOptions, Simulation, Watch};
use agora::scenario::load::load_text;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Rounds of every match.
const ROUNDS: u32 = 10;

/// Scripts that look at the last round alone and are certain of every move.
const CERTAIN: [&str; 8] = [
    "AlwaysCooperate",
    "AlwaysDefect",
    "TitForTat",
    "SuspiciousTitForTat",
    "AntiTitForTat",
    "WinStayLoseShift",
    "WinShiftLoseStay",
    "Bully",
];

/// Scripts that draw or remember more, beside some of those above.
const MIXED: [&str; 8] = [
    "AlwaysCooperate",
    "AlwaysDefect",
    "TitForTat",
    "WinStayLoseShift",
    "GenerousTitForTat()",
    "Random()",
    "Grim",
    "TitForTwoTats",
];

/// What is measured: the name, the scripts and the noise.
const WORLDS: [(&str, &[&str; 8], f64); 3] =
    [("certain", &CERTAIN, 0.0), ("certain, noise", &CERTAIN, 0.01), ("mixed, noise", &MIXED, 0.01)];

fn scenario(scripts: &[&str], noise: f64, agents: usize, ticks: usize) -> String {
    let population = |(number, script): (usize, &&str)| {
        let count = agents / scripts.len() + usize::from(number < agents % scripts.len());
        format!("(name: \"p{number}\", count: {count}, policy: Scripted({script}))")
    };
    let populations: Vec<String> = scripts.iter().enumerate().map(population).collect();
    format!(
        "(version: 1, ticks: {ticks}, game: Named(\"prisoners_dilemma\"), rounds: Fixed({ROUNDS}), noise: {noise:?}, \
         matchmaking: RandomPairs(), output: (every: {ticks}), populations: [{}])",
        populations.join(", ")
    )
}

/// Peak memory of this process in MiB, where Linux reports it.
fn peak() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    kibibytes.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(f64::NAN, |k| k / 1024.0)
}

/// Processor seconds of this process's living threads, where Linux reports them.
fn processor_seconds() -> f64 {
    let read = |path: std::path::PathBuf| -> Option<f64> {
        std::fs::read_to_string(path.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(|task| read(task.path())).sum::<f64>() / 1e9
}

/// Runs a world and prints a line of the table.
fn run(world: usize, threads: usize, agents: usize, ticks: usize, out: &Path) -> Result<(), Box<dyn Error>> {
    let (name, scripts, noise) = WORLDS[world];
    let mut simulation = Simulation::new();
    let text = scenario(scripts, noise, agents, ticks);
    let scenario = load_text("bench_worlds.rs", &text, "bench_worlds", &[], &simulation.known())
        .map_err(|errors| errors.render(false))?;
    // Wall and processor seconds before the first tick and after every tick. A system of its own would have rounds
    // played where it can see them.
    let (begun, clocks) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
    let noted = clocks.clone();
    let watch = Watch::new(move |_, _| {
        let now = [begun.elapsed().as_secs_f64(), processor_seconds()];
        noted.lock().expect("nothing panics while it holds the lock").push(now);
    });
    let (out, threads_used) = (Some(out.to_path_buf()), Some(threads));
    let options = RunOptions { out, threads: threads_used, watch, ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options)?;
    let clocks = clocks.lock().expect("nothing panics while it holds the lock");
    let mut each: Vec<[f64; 2]> =
        clocks.windows(2).map(|ends| [0, 1].map(|clock| ends[1][clock] - ends[0][clock])).collect();
    let last = each.pop().ok_or("there are no ticks")?;
    // The first tick also works out what every script does.
    let median = [0, 1].map(|clock| {
        let mut sorted: Vec<f64> = each.iter().skip(1).map(|tick| tick[clock]).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    });
    // Of an odd number of agents one sits out.
    let decisions = (agents / 2 * 2 * ROUNDS as usize) as f64 / 1e6;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{name:16} {threads:>7} {:>8.1} {:>9.3} {:>9.3} {:>10.1} {:>10.1} {:>8.2} {:>8.0}",
        clocks[0][0],
        median[0],
        median[1],
        decisions / median[0],
        decisions / median[1],
        last[0] - median[0],
        peak()
    )?;
    Ok(())
}

/// Draws the report of the run in `folder`, and prints what that took.
fn draw(folder: &Path) -> Result<(), Box<dyn Error>> {
    let meaning = |table: &str, column: &str| {
        let known = built_in().find(|known| known.table == table && known.covers(column));
        known.map(|known| known.meaning.to_string())
    };
    let begun = Instant::now();
    let page = report::write(folder, Words { meaning, strategies: || memory_one_strategies().collect() })?;
    let (seconds, megabytes) = (begun.elapsed().as_secs_f64(), page.metadata()?.len() as f64 / 1e6);
    let table = folder.join("strategy_evolution.csv").metadata()?.len() as f64 / 1e6;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "report: {megabytes:.2} MB of a table of {table:.0} MB, {seconds:.2} s, peak memory {:.0} MiB",
        peak()
    )?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| words.get(place).map_or(Ok(default), |word| word.parse::<usize>());
    match words.first().map(String::as_str) {
        Some("run") => {
            let out = words.get(5).ok_or("run WORLD THREADS AGENTS TICKS FOLDER")?;
            run(number(1, 0)?, number(2, 1)?, number(3, 0)?, number(4, 0)?, Path::new(out))
        }
        Some("report") => draw(Path::new(words.get(1).ok_or("report FOLDER")?)),
        _ => {
            let (agents, ticks) = (number(0, 1_000_000)?, number(1, 10)?);
            let child = |words: &[String]| -> Result<(), Box<dyn Error>> {
                let status = Command::new(std::env::current_exe()?).args(words).status()?;
                if status.success() { Ok(()) } else { Err(format!("{words:?}: {status}").into()) }
            };
            let folder = tempfile::tempdir()?;
            writeln!(io::stdout(), "agora {}, {agents} agents, {ROUNDS} rounds", env!("CARGO_PKG_VERSION"))?;
            writeln!(
                io::stdout(),
                "{:16} {:>7} {:>8} {:>9} {:>9} {:>10} {:>10} {:>8} {:>8}",
                "scripts",
                "threads",
                "start s",
                "tick s",
                "CPU s",
                "M/s",
                "M/CPU s",
                "rows s",
                "peak MiB"
            )?;
            let mut last = None;
            for world in 0..WORLDS.len() {
                for threads in [1, 2] {
                    let out = folder.path().join(format!("{world}-{threads}"));
                    let words = ["run", &world.to_string(), &threads.to_string(), &agents.to_string()];
                    let more = [ticks.to_string(), out.display().to_string()];
                    child(&words.map(String::from).into_iter().chain(more).collect::<Vec<_>>())?;
                    // Only the last one is drawn; tables of a million agents are large.
                    if let Some(before) = last.replace(out) {
                        std::fs::remove_dir_all(before)?;
                    }
                }
            }
            let out = last.ok_or("there are no worlds")?;
            child(&["report".to_owned(), out.display().to_string()])
        }
    }
}
