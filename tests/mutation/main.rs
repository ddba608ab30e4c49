//! Damages what `sim` reads and checks whether it panics, hangs or takes too much memory.
//!
//! Every case is a function of the seed and its number, so a defect that is found can be reproduced:
//!
//! ```sh
//! cargo test --release --test mutation -- --inputs 20000 --seed 1
//! cargo test --release --test mutation -- --seconds 60
//! cargo test --release --test mutation -- --seed 1 --first 4711 --inputs 1
//! ```
//!
//! What can be read by a function of the library is tried without a process for each input, by workers under limits
//! (`within`); the rest, and whole commands, by processes (`targets`). Inputs in `corpus` come first.
//!
//! ```sh
//! cargo test --release --test mutation -- --within 1000000 --inputs 0
//! ```
//!
//! Inputs that cause a defect are kept, with the command that shows it; the printed line says where.
#![expect(clippy::print_stdout, reason = "it talks to people")]

mod check;
mod mutate;
mod samples;
mod targets;
mod within;
mod workers;

use check::Ending;
use clap::Parser;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use samples::Samples;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use targets::{TARGETS, Target};
use workers::Work;

/// Damages what `sim` reads and checks whether it panics, hangs or takes too much memory.
#[derive(Parser)]
struct Arguments {
    /// Inputs to try, each in a process of its own.
    #[arg(long, default_value_t = 20_000)]
    inputs: u64,
    /// Inputs to try within a process.
    #[arg(long, default_value_t = 200_000)]
    within: u64,
    /// Stop after this many seconds, half of them within a process.
    #[arg(long)]
    seconds: Option<u64>,
    /// Seed of all damage.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first input.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Try only this target.
    #[arg(long)]
    target: Option<String>,
}

/// The results of the inputs of one target.
#[derive(Default)]
struct Tally {
    /// By exit code: 0, 1, 2.
    codes: [u64; 3],
    defects: u64,
    slowest: Duration,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutation");
    let work = Work {
        inputs: arguments.within,
        seconds: arguments.seconds,
        seed: arguments.seed,
        first: arguments.first,
        target: arguments.target.clone(),
        folder: folder.clone(),
    };
    if workers::is_worker() {
        return workers::be_worker(&work, &Samples::make(&folder));
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("found")).expect("the target folder can be written to");
    let samples = Samples::make(&folder);
    let wanted = |name: &str| arguments.target.as_ref().is_none_or(|target| name == target);
    let targets: Vec<&Target> = TARGETS.iter().filter(|target| wanted(target.name)).collect();
    let is_within = within::TARGETS.iter().any(|target| wanted(target.name));
    if targets.is_empty() && !is_within {
        let names = |names: &[&str]| names.join(", ");
        println!("no such target; there are: {}", names(&TARGETS.map(|target| target.name)));
        println!("and within a process: {}", names(&within::TARGETS.map(|target| target.name)));
        return ExitCode::from(2);
    }
    let halves = arguments.seconds.map(|seconds| if targets.is_empty() { seconds } else { seconds.div_ceil(2) });
    let mut defects = 0;
    if is_within && arguments.within > 0 {
        defects += report_within(&workers::oversee(&Work { seconds: halves, ..work }, &samples), arguments.seed);
    }
    if !targets.is_empty() && arguments.inputs > 0 {
        defects += report(&try_all(&Arguments { seconds: halves, ..arguments }, &targets, &samples, &folder));
    }
    if defects == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what became of inputs that were tried within a process, and returns the number of defects.
fn report_within(tallies: &BTreeMap<String, workers::Tally>, seed: u64) -> u64 {
    println!("\n{:14} {:>9} {:>9} {:>9} {:>8} {:>9}", "within", "inputs", "sound", "refused", "defects", "slowest");
    let mut sums = [0; 2];
    for (name, workers::Tally { sound, refused, defects, slowest }) in tallies {
        let inputs = sound + refused + defects;
        let slowest = slowest.as_secs_f64();
        println!("{name:14} {inputs:>9} {sound:>9} {refused:>9} {defects:>8} {slowest:>7.2} s");
        sums = [sums[0] + inputs, sums[1] + defects];
    }
    println!("{} inputs within a process, {} defects, seed {seed}", sums[0], sums[1]);
    sums[1]
}

/// Prints what became of inputs that were tried by processes, and returns the number of defects.
fn report(tallies: &(BTreeMap<&'static str, Tally>, u64)) -> u64 {
    let (tallies, seed) = tallies;
    println!(
        "\n{:12} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}",
        "target", "inputs", "exit 0", "exit 1", "exit 2", "defects", "slowest"
    );
    for (name, Tally { codes, defects, slowest }) in tallies {
        let inputs = codes.iter().sum::<u64>() + defects;
        let [done, failed, refused] = codes;
        println!(
            "{name:12} {inputs:>8} {done:>8} {failed:>8} {refused:>8} {defects:>8} {:>7.2} s",
            slowest.as_secs_f64()
        );
    }
    let (inputs, defects) = tallies.values().fold((0, 0), |(inputs, defects), tally| {
        (inputs + tally.codes.iter().sum::<u64>() + tally.defects, defects + tally.defects)
    });
    println!("{inputs} inputs, {defects} defects, seed {seed}");
    defects
}

/// Tries every input, several at a time.
fn try_all(
    arguments: &Arguments,
    targets: &[&Target],
    samples: &Samples,
    folder: &Path,
) -> (BTreeMap<&'static str, Tally>, u64) {
    let (next, tallies) = (AtomicU64::new(arguments.first), Mutex::new(BTreeMap::<_, Tally>::new()));
    let end = arguments.first.saturating_add(arguments.inputs);
    let (started, limit) = (Instant::now(), arguments.seconds.map(Duration::from_secs));
    let worker = |worker: usize| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end || limit.is_some_and(|limit| started.elapsed() > limit) {
                return;
            }
            let place = folder.join(format!("case-{worker}"));
            let _ = fs::remove_dir_all(&place);
            fs::create_dir_all(&place).expect("the target folder can be written to");
            let target = targets[(number % targets.len() as u64) as usize];
            let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
            rng.set_stream(number);
            let command = (target.make)(&mut rng, samples, &place);
            let begun = Instant::now();
            let ending = check::run(&place, &command.arguments);
            let ending = match ending {
                Ending::Said(0) if command.must_be_refused => {
                    Ending::Defect("takes damaged bytes for sound ones".into())
                }
                ending => ending,
            };
            let mut tallies = tallies.lock().expect("no worker panics while holding it");
            let tally = tallies.entry(target.name).or_default();
            tally.slowest = tally.slowest.max(begun.elapsed());
            match ending {
                Ending::Said(code) => tally.codes[code as usize] += 1,
                Ending::Defect(what) => {
                    tally.defects += 1;
                    let kept = folder.join("found").join(format!("{}-{number}", target.name));
                    fs::rename(&place, &kept).expect("the target folder can be written to");
                    let line = command.arguments.join(" ").replace(&*place.to_string_lossy(), &kept.to_string_lossy());
                    let _ = fs::write(kept.join("command"), &line);
                    let line: String = line.escape_debug().take(300).collect();
                    println!("{} {number}: sim {what}\n  in {}: sim {line}", target.name, kept.display());
                }
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for number in 0..workers {
            scope.spawn(move || worker(number));
        }
    });
    (tallies.into_inner().expect("no worker panics while holding it"), arguments.seed)
}
