//! `sim` as this program plays it, with a mishap laid, and what is in folders afterwards.

use agora::faults::{Mishap, Plan, lay};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

/// Set in a process that is to act as `sim`: the path of the log of places.
const LOG: &str = "FAULTS_LOG";
/// The mishap of such a process: its place and what it is.
const MISHAP: &str = "FAULTS_MISHAP";

/// Acts as `sim`, with the mishap that the environment names; `None` if this process is not to.
pub(crate) fn act() -> Option<ExitCode> {
    let log = std::env::var_os(LOG)?;
    let log = File::options().create(true).append(true).open(log).expect("the log can be written");
    let mishap = std::env::var(MISHAP).ok().map(|text| {
        let (place, what) = text.split_once(' ').expect("a place and what happens there");
        (place.parse().expect("a number"), named(what))
    });
    assert!(lay(Plan { mishap, log: Some(log) }));
    Some(agora::main(|_| {}))
}

const NAMES: [(&str, Mishap); 3] =
    [("dies", Mishap::Dies), ("fails", Mishap::Fails), ("stays full", Mishap::StaysFull)];

fn named(what: &str) -> Mishap {
    NAMES.iter().find(|(name, _)| *name == what).expect("a mishap").1
}

/// The name of a mishap.
pub(crate) fn name(mishap: Mishap) -> &'static str {
    NAMES.iter().find(|(_, known)| *known == mishap).expect("all have names").0
}

/// A folder in which `sim` is run, with its scenario in `case.ron` and its results in `run`.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// What the names of its log and output begin with.
    pub(crate) tag: &'static str,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None`: it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The places that it passed.
    pub(crate) places: Vec<String>,
}

impl Place {
    /// A new folder at `folder`, with this scenario.
    pub(crate) fn new(folder: &Path, scenario: &str) -> Self {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).expect("the target folder can be written to");
        fs::write(folder.join("case.ron"), scenario).expect("the target folder can be written to");
        Self { folder: folder.to_path_buf(), tag: "" }
    }

    /// The results.
    pub(crate) fn run(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// Starts `sim`.
    pub(crate) fn start(&self, arguments: &[&str], mishap: Option<(u64, Mishap)>) -> Running {
        let [log, stdout, stderr] =
            ["places", "stdout", "stderr"].map(|name| self.folder.join(format!("{}{name}", self.tag)));
        let _ = fs::remove_file(&log);
        let file = |path: &Path| File::create(path).expect("the target folder can be written to");
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env(LOG, &log)
            .env_remove(MISHAP)
            .env_remove("OPENAI_API_KEY");
        if let Some((place, mishap)) = mishap {
            command.env(MISHAP, format!("{place} {}", name(mishap)));
        }
        command.stdin(Stdio::null()).stdout(file(&stdout)).stderr(file(&stderr));
        Running { child: command.spawn().expect("this program can be started"), files: [log, stdout, stderr] }
    }

    /// Runs `sim` to its end.
    pub(crate) fn sim(&self, arguments: &[&str], mishap: Option<(u64, Mishap)>) -> Ended {
        self.start(arguments, mishap).wait()
    }

    /// Runs the scenario, with a checkpoint after every tick.
    pub(crate) fn play(&self, threads: u32, resume: bool, mishap: Option<(u64, Mishap)>) -> Ended {
        self.begin(threads, resume, mishap).wait()
    }

    /// Starts to run the scenario, with a checkpoint after every tick.
    pub(crate) fn begin(&self, threads: u32, resume: bool, mishap: Option<(u64, Mishap)>) -> Running {
        let threads = threads.to_string();
        let mut arguments = vec!["--scenario", "case.ron", "--out", "run", "--checkpoint", "0", "--threads", &threads];
        arguments.extend(resume.then_some("--resume"));
        self.start(&arguments, mishap)
    }
}

/// A process that acts as `sim`.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// Log, standard output and standard error.
    files: [PathBuf; 3],
}

impl Running {
    /// Waits until it ends.
    pub(crate) fn wait(mut self) -> Ended {
        let status = self.child.wait().expect("a child can be waited for");
        let [places, stdout, stderr] =
            self.files.map(|path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned());
        Ended { code: status.code(), stdout, stderr, places: places.lines().map(String::from).collect() }
    }
}

/// Every file below `folder` by name, but for locks, and for manifests, which hold times. So do reports, whose contents
/// are left out.
pub(crate) fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = everything(folder);
    all.retain(|name, _| !name.ends_with(".lock") && !name.ends_with("manifest.json"));
    all.iter_mut().filter(|(name, _)| name.ends_with("report.html")).for_each(|(_, bytes)| bytes.clear());
    all
}

/// Every file below `folder` by name.
pub(crate) fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut open) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it lies below").display().to_string();
                files.insert(name, fs::read(&path).expect("it can be read"));
            }
        }
    }
    files
}

/// What a field of the manifest of the run in `folder` says; null if there is none.
pub(crate) fn told(folder: &Path, field: &str) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    manifest[field].clone()
}

/// How two folders differ, in a sentence; `None` if they do not.
pub(crate) fn difference(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let names = |map: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>| {
        map.keys().filter(|name| !other.contains_key(*name)).cloned().collect::<Vec<_>>().join(", ")
    };
    let (missing, more) = (names(expected, found), names(found, expected));
    let differing: Vec<&str> = expected
        .iter()
        .filter(|(name, bytes)| found.get(*name).is_some_and(|f| f != *bytes))
        .map(|(n, _)| &**n)
        .collect();
    let parts = [("missing: ", missing), ("left over: ", more), ("different: ", differing.join(", "))];
    let parts: Vec<String> =
        parts.iter().filter(|(_, w)| !w.is_empty()).map(|(what, w)| format!("{what}{w}")).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
