//! Processes that read inputs without starting a process for each, under limits, and what watches over them.

use crate::samples::Samples;
use crate::within::{Bench, TARGETS, Target};
use agora::crash;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Set in a process that is to be a worker: its number, how many there are, and where it begins: in the corpus, and
/// among the inputs that are made.
const WORKER: &str = "MUTATION_WORKER";
/// Processor seconds that one input may take.
const SECONDS_MAX: f64 = 2.0;
/// Wall time after which an input that takes no processor time counts as a hang.
const WALL_MAX: Duration = Duration::from_secs(60);
/// KiB of address space of a worker: 1 GiB.
const MEMORY_MAX: u32 = 1 << 20;
/// An input that takes longer is the last one of its worker.
const RESTED: Duration = Duration::from_secs(1);
/// Inputs after which a worker tells what it has done.
const TOLD: u64 = 200;

/// What to try.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) inputs: u64,
    pub(crate) seconds: Option<u64>,
    pub(crate) seed: u64,
    pub(crate) first: u64,
    pub(crate) target: Option<String>,
    pub(crate) folder: PathBuf,
}

/// What became of the inputs of a target.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sound: u64,
    pub(crate) refused: u64,
    pub(crate) defects: u64,
    pub(crate) slowest: Duration,
}

impl Work {
    fn targets(&self) -> Vec<&'static Target> {
        TARGETS.iter().filter(|target| self.target.as_ref().is_none_or(|name| target.name == name)).collect()
    }

    /// The target of input `number`: each has as many in a row as its share.
    fn target_of(&self, number: u64) -> &'static Target {
        let targets = self.targets();
        let mut place = number % targets.iter().map(|target| target.share).sum::<u64>();
        let mine = targets.into_iter().find(|target| {
            let is_mine = place < target.share;
            place = place.saturating_sub(target.share);
            is_mine
        });
        mine.expect("the place is below the sum of all shares")
    }

    /// The target and the bytes of input `number`.
    fn input(&self, number: u64, samples: &Samples) -> (&'static Target, Vec<u8>) {
        let target = self.target_of(number);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(number);
        (target, (target.make)(&mut rng, samples))
    }
}

/// The inputs that are kept in the repository, those of each target in a folder of its own, with their targets.
fn corpus(work: &Work) -> Vec<(&'static Target, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutation/corpus");
    let of = |target: &'static Target| {
        let entries = fs::read_dir(folder.join(target.name)).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths.into_iter().map(move |path| (target, path))
    };
    work.targets().into_iter().flat_map(of).collect()
}

/// Which worker this process is, if it is one.
pub(crate) fn is_worker() -> bool {
    std::env::var_os(WORKER).is_some()
}

/// Reads inputs, and tells of them on standard output.
pub(crate) fn be_worker(work: &Work, samples: &Samples) -> ExitCode {
    let told = std::env::var(WORKER).expect("it is set");
    let numbers: Vec<u64> = told.split(' ').map(|number| number.parse().expect("a number")).collect();
    let [worker, workers, kept, first] = numbers.try_into().expect("four");
    let place = work.folder.join(format!("worker-{worker}"));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).expect("the target folder can be written to");
    let bench = Bench::new(samples, &place);
    if worker == 0 && kept == 0 {
        bench.check(samples);
    }
    crash::install();
    let watched = Watched::start();
    let begun = Instant::now();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut one = |what: String, target: &'static Target, input: &[u8]| {
        watched.begin(&what);
        let begun = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| (target.read)(&bench, input)));
        let took = begun.elapsed();
        watched.end();
        let tally = tallies.entry(target.name).or_default();
        tally.slowest = tally.slowest.max(took);
        match read {
            Ok(true) => tally.sound += 1,
            Ok(false) => tally.refused += 1,
            Err(payload) => {
                tally.defects += 1;
                say(&format!("defect {what} panics: {}", crash::message(payload.as_ref()).escape_debug()));
            }
        }
        let count = tallies.values().map(|tally| tally.sound + tally.refused + tally.defects).sum::<u64>();
        if count >= TOLD {
            tell(&mut tallies);
        }
        if took > RESTED {
            // What was given up on may still be at work, and would be taken for the work of the next input.
            tell(&mut tallies);
            say("again");
            std::process::exit(0);
        }
    };
    for (index, (target, path)) in corpus(work).iter().enumerate().skip(usize::try_from(kept).unwrap_or(usize::MAX)) {
        if index as u64 % workers == worker {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            one(format!("{index}/{}/{name}", target.name), target, &fs::read(path).expect("it can be read"));
        }
    }
    let mut number = first;
    let is_over = |begun: Instant| work.seconds.is_some_and(|most| begun.elapsed() > Duration::from_secs(most));
    while number < work.first.saturating_add(work.inputs) && !is_over(begun) {
        let (target, input) = work.input(number, samples);
        one(number.to_string(), target, &input);
        number += workers;
    }
    tell(&mut tallies);
    say("over");
    ExitCode::SUCCESS
}

/// Says how many inputs there were since the last time.
fn tell(tallies: &mut BTreeMap<&str, Tally>) {
    for (name, Tally { sound, refused, defects, slowest }) in std::mem::take(tallies) {
        say(&format!("tally {name} {sound} {refused} {defects} {}", slowest.as_micros()));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // If nobody listens any more, there is nobody to tell that.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Ends the process if an input takes too long.
struct Watched(Arc<Mutex<Option<(String, Instant, f64)>>>);

impl Watched {
    fn start() -> Self {
        let now = Arc::new(Mutex::new(None::<(String, Instant, f64)>));
        let watched = now.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(50));
                let Ok(now) = watched.lock() else { return };
                if let Some((what, begun, seconds)) = &*now
                    && (begun.elapsed() > WALL_MAX
                        || (begun.elapsed().as_secs_f64() > SECONDS_MAX && processor() - seconds > SECONDS_MAX))
                {
                    say(&format!("defect {what} takes more than {SECONDS_MAX} processor seconds"));
                    std::process::exit(3);
                }
            }
        });
        Self(now)
    }

    fn begin(&self, what: &str) {
        say(&format!("at {what}"));
        *self.0.lock().expect("nobody panics while holding it") = Some((what.to_owned(), Instant::now(), processor()));
    }

    fn end(&self) {
        *self.0.lock().expect("nobody panics while holding it") = None;
    }
}

/// Processor seconds of this process, to the hundredth.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may hold spaces.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// Has workers try everything, and returns what became of it, by target.
pub(crate) fn oversee(work: &Work, samples: &Samples) -> BTreeMap<String, Tally> {
    let tallies = Mutex::new(BTreeMap::<String, Tally>::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let (begun, over) = (Instant::now(), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (tallies, over) = (&tallies, &over);
            scope.spawn(move || {
                let mut from = [0, work.first + worker];
                // A worker that dies is followed by one that goes on after what killed it.
                while let Some(next) = one_life(work, samples, [worker, workers], from, begun, tallies) {
                    from = next;
                }
                over.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    tallies.into_inner().expect("nobody panics while holding it")
}

/// The life of a worker that begins at `from`; where another is to go on, if there is more.
fn one_life(
    work: &Work,
    samples: &Samples,
    [worker, workers]: [u64; 2],
    from: [u64; 2],
    begun: Instant,
    tallies: &Mutex<BTreeMap<String, Tally>>,
) -> Option<[u64; 2]> {
    let log = work.folder.join(format!("stderr-{worker}"));
    let limits = format!("ulimit -v {MEMORY_MAX} -c 0; exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &limits]).arg(std::env::current_exe().expect("this program has a path"));
    command.args(["--seed", &work.seed.to_string(), "--first", &work.first.to_string()]);
    command.args(["--within", &work.inputs.to_string()]);
    if let Some(target) = &work.target {
        command.args(["--target", target]);
    }
    if let Some(seconds) = work.seconds {
        command.args(["--seconds", &seconds.saturating_sub(begun.elapsed().as_secs()).to_string()]);
    }
    command.env(WORKER, format!("{worker} {workers} {} {}", from[0], from[1])).env("HF_HUB_OFFLINE", "1");
    command.env("AGORA_CACHE", work.folder.join("cache")).env("HOME", &work.folder);
    // Each arena and each thread takes address space that it does not use.
    command.env("MALLOC_ARENA_MAX", "2").env("RAYON_NUM_THREADS", "1").current_dir(&work.folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log).expect("it can be written"));
    let mut child = command.spawn().expect("bash is installed");
    let mut at = String::new();
    let mut told = false;
    for line in BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok) {
        match line.split_once(' ') {
            Some(("at", what)) => (at, told) = (what.to_owned(), false),
            Some(("defect", rest)) => {
                told = true;
                keep(work, samples, &at, rest.split_once(' ').map_or("", |(_, what)| what));
            }
            Some(("tally", rest)) => count(rest, tallies),
            _ if line == "again" => told = true,
            _ if line == "over" => {
                let _ = child.wait();
                return None;
            }
            _ => {}
        }
    }
    let status = child.wait().expect("a child can be waited for");
    let said = fs::read_to_string(&log).unwrap_or_default();
    if at.is_empty() {
        keep(work, samples, "none", &format!("has a worker that cannot begin ({status}): {said}"));
        return None;
    }
    if !told {
        keep(work, samples, &at, &format!("ends the process ({status}): {}", said.trim().escape_debug()));
    }
    let (target, next) = match at.split('/').collect::<Vec<&str>>()[..] {
        [index, target, _] => (target.to_owned(), [index.parse::<u64>().map_or(u64::MAX, |i| i + 1), from[1]]),
        _ => (name_of(work, &at), [u64::MAX, at.parse::<u64>().map_or(u64::MAX, |number| number + workers)]),
    };
    if status.code() != Some(0) {
        tallies.lock().expect("nobody panics while holding it").entry(target).or_default().defects += 1;
    }
    Some(next)
}

fn name_of(work: &Work, number: &str) -> String {
    work.target_of(number.parse().unwrap_or_default()).name.to_owned()
}

fn count(line: &str, tallies: &Mutex<BTreeMap<String, Tally>>) {
    let fields: Vec<&str> = line.split(' ').collect();
    let number = |index: usize| fields[index].parse::<u64>().expect("a number");
    let mut tallies = tallies.lock().expect("nobody panics while holding it");
    let tally = tallies.entry(fields[0].to_owned()).or_default();
    tally.sound += number(1);
    tally.refused += number(2);
    tally.defects += number(3);
    tally.slowest = tally.slowest.max(Duration::from_micros(number(4)));
}

/// Keeps an input that shows a defect, and says so.
fn keep(work: &Work, samples: &Samples, at: &str, what: &str) {
    let what: String = what.chars().take(300).collect();
    let Ok(number) = at.parse::<u64>() else {
        println!("corpus/{at} {what}");
        return;
    };
    let (target, input) = work.input(number, samples);
    let path = work.folder.join("found").join(format!("{}-{number}", target.name));
    let _ = fs::write(&path, input);
    println!("{} {number}: {what}\n  in {}", target.name, path.display());
}
