//! Kills runs, and has their steps fail, at the places between the steps by which files are written and at any time,
//! and checks that every run goes on to the bytes of a run to which nothing happened.
//!
//! ```sh
//! cargo test --release --test faults                          # a few of everything, as part of all tests
//! cargo test --release --test faults -- places                # every place of every kind of run
//! cargo test --release --test faults -- kills 200 --seed 1    # random sequences until 200 processes were killed
//! ```
//!
//! This program plays `sim` itself: only a program that lays mishaps can have them, so `sim` cannot. It ends with a
//! table, and names the kind and the number of whatever does not hold.
#![expect(clippy::print_stdout, reason = "it talks to people")]

#[allow(dead_code, clippy::unwrap_used, reason = "shared with tests, which need more of it")]
#[path = "../http_server.rs"]
mod http_server;
mod kills;
mod kinds;
mod places;
mod sim;

use agora::faults::Mishap;
use clap::{Parser, Subcommand};
use http_server::Server;
use kills::{Counts, Swept, design, sequence};
use kinds::{KINDS, Kind, reply};
use places::{Straight, check, mishaps};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Kills runs, and has their steps fail, and checks that nothing is lost.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Kill, fail and fill the disk at every place of every kind of run.
    Places {
        /// Only this kind.
        #[arg(long)]
        kind: Option<String>,
        /// Only this mishap: dies, fails or stays-full.
        #[arg(long)]
        mishap: Option<String>,
        /// Only one mishap in this many.
        #[arg(long, default_value_t = 1)]
        every: usize,
    },
    /// Do random things to runs until a number of processes were killed.
    Kills {
        /// Processes to kill.
        kills: u64,
        /// Seed of all draws.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Number of the first sequence.
        #[arg(long, default_value_t = 0)]
        first: u64,
    },
}

/// After this many problems no more is tried.
const PROBLEMS_MAX: u64 = 20;

/// Mishaps that `cargo test` leaves out for each that it tries, and the processes that it kills at least.
const FEW: (usize, u64) = (67, 12);

fn main() -> ExitCode {
    if let Some(code) = sim::act() {
        return code;
    }
    let Ok(arguments) = Arguments::try_parse() else {
        // `cargo test NAME` hands the name of a test to every test program.
        println!("none of the tests that are killed is called so; see `-- --help`");
        return match std::env::args().any(|argument| argument == "--help") {
            true => Arguments::parse().what.map_or(ExitCode::SUCCESS, |_| ExitCode::SUCCESS),
            false => ExitCode::SUCCESS,
        };
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    let _ = fs::remove_dir_all(&folder);
    let server = Server::start(|_, heard| reply(heard));
    let ground = Ground { folder, url: server.url.clone() };
    let problems = match arguments.what {
        Some(What::Places { kind, mishap, every }) => ground.places(kind.as_deref(), mishap.as_deref(), every),
        Some(What::Kills { kills, seed, first }) => ground.kills(kills, seed, first),
        None => ground.places(None, None, FEW.0) + ground.kills(FEW.1, 1, 0),
    };
    if problems == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where all this happens.
struct Ground {
    folder: PathBuf,
    /// The address of the server of remote players.
    url: String,
}

impl Ground {
    fn scenario(&self, kind: &Kind) -> String {
        kind.scenario.replace("URL", &self.url)
    }

    /// Tries every mishap of every kind, or one in `every`; returns the number of problems.
    fn places(&self, only: Option<&str>, mishap: Option<&str>, every: usize) -> u64 {
        println!("{:20} {:>7} {:>7} {:>7} {:>7} {:>9}", "kind", "places", "killed", "failed", "full", "problems");
        let (mut problems, mut sums) = (0, [0; 4]);
        for kind in KINDS.iter().filter(|kind| only.is_none_or(|name| name == kind.name)) {
            let scenario = self.scenario(kind);
            let straight = Straight::of(&scenario, &self.folder.join("straight"));
            let mut all = mishaps(&straight);
            all.retain(|(_, what)| mishap.is_none_or(|mishap| sim::name(*what).replace(' ', "-") == mishap));
            let tried: Vec<(u64, Mishap)> = all.into_iter().step_by(every).collect();
            let found = self.side_by_side(tried.len(), |number, folder| {
                check(kind, &scenario, &straight, folder, tried[number]).map(|()| Counts::default())
            });
            let count = |mishap| tried.iter().filter(|(_, what)| *what == mishap).count();
            let [killed, failed, full] = [Mishap::Dies, Mishap::Fails, Mishap::StaysFull].map(count);
            let (places, wrong) = (straight.places.len(), found.1);
            println!("{:20} {places:>7} {killed:>7} {failed:>7} {full:>7} {wrong:>9}", kind.name);
            problems += wrong;
            sums = [sums[0] + places, sums[1] + killed, sums[2] + failed, sums[3] + full];
        }
        let [places, killed, failed, full] = sums;
        println!("{:20} {places:>7} {killed:>7} {failed:>7} {full:>7} {problems:>9}\n", "all");
        problems
    }

    /// Does random things to runs until a number of processes were killed; returns the number of problems.
    fn kills(&self, kills: u64, seed: u64, first: u64) -> u64 {
        let straight: Vec<(String, Straight)> = KINDS
            .iter()
            .map(|kind| self.scenario(kind))
            .map(|scenario| (scenario.clone(), Straight::of(&scenario, &self.folder.join("straight"))))
            .collect();
        let scripts = KINDS.iter().find(|kind| kind.name == "scripts").expect("it is there").scenario;
        let swept = Swept::of(scripts, &self.folder.join("straight"));
        let (killed, by_kind) = (AtomicU64::new(0), Mutex::new(BTreeMap::<&str, Counts>::new()));
        let (_, problems) = self.side_by_side(usize::MAX, |number, folder| {
            if killed.load(Ordering::Relaxed) >= kills {
                return Err(String::new());
            }
            let number = first + number as u64;
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(number);
            let which = (number % (KINDS.len() as u64 + 1)) as usize;
            let (name, done) = match KINDS.get(which) {
                Some(kind) => (kind.name, sequence(&mut rng, &straight[which].0, &straight[which].1, folder)),
                None => ("a design", design(&mut rng, scripts, &swept, folder)),
            };
            let counts = done.map_err(|problem| format!("{name}, sequence {number} of seed {seed}: {problem}"))?;
            killed.fetch_add(counts.kills(), Ordering::Relaxed);
            by_kind.lock().expect("nobody panics while holding it").entry(name).or_default().add(counts);
            Ok(counts)
        });
        let heads = ["sequences", "at places", "at times", "failures", "refused", "others"];
        let heads: Vec<String> = heads.iter().map(|head| format!("{head:>9}")).collect();
        println!("{:20} {}", "kind", heads.join(" "));
        let row = |name: &str, counts: &Counts| {
            let Counts { sequences, at_places, at_times, failures, refused, others } = counts;
            println!("{name:20} {sequences:>9} {at_places:>9} {at_times:>9} {failures:>9} {refused:>9} {others:>9}");
        };
        let mut all = Counts::default();
        for (name, counts) in by_kind.into_inner().expect("nobody panics while holding it") {
            row(name, &counts);
            all.add(counts);
        }
        row("all", &all);
        println!("{} processes killed, {problems} problems, seed {seed}\n", all.kills());
        problems
    }

    /// Does `one` for every number, several at a time, until it returns an error without words; prints what is wrong,
    /// and returns how many were right and how many wrong.
    fn side_by_side(&self, end: usize, one: impl Fn(usize, &Path) -> Result<Counts, String> + Sync) -> (u64, u64) {
        let (next, right, wrong) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let work = |worker: usize| {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end || wrong.load(Ordering::Relaxed) >= PROBLEMS_MAX {
                    return;
                }
                match one(number, &self.folder.join(format!("case-{worker}"))) {
                    Ok(_) => right.fetch_add(1, Ordering::Relaxed),
                    Err(problem) if problem.is_empty() => return,
                    Err(problem) => {
                        println!("{problem}");
                        wrong.fetch_add(1, Ordering::Relaxed)
                    }
                };
            }
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for worker in 0..workers {
                scope.spawn(move || work(worker));
            }
        });
        (right.into_inner(), wrong.into_inner())
    }
}
