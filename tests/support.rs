//! Helpers for several topics: running `sim`, scenarios in code, the real model.

use agora::llm::files::fetch::Fetcher;
use agora::llm::files::load::load;
use agora::llm::files::loaded::LoadedModel;
use agora::llm::text::chat::ChatDate;
use agora::run::{RunOptions, Simulation};
use agora::scenario::load::{Scenario, load_text};
use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

/// The crate's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `sim` in the crate's folder.
pub(crate) fn sim() -> Command {
    let mut command = Command::cargo_bin("sim").expect("cargo builds sim before its tests");
    command.current_dir(root());
    command
}

/// What `sim` printed on standard output; the test fails unless it exited with `code`.
pub(crate) fn stdout(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stdout).expect("sim prints UTF-8")
}

/// What `sim` printed on standard error; the test fails unless it exited with `code`.
pub(crate) fn stderr(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stderr).expect("sim prints UTF-8")
}

/// A scenario from text; the test fails with its problems if it has any.
pub(crate) fn scenario(simulation: &Simulation, text: &str) -> Scenario {
    match load_text("test.ron", text, "test", &[], &simulation.known()) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.render(false)),
    }
}

/// Every file under `folder` with this extension, sorted.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder exists") {
            let path = entry.expect("entries can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every result under `folder` by its name: all files but manifests, which hold times, and the register of a design.
pub(crate) fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut results = BTreeMap::new();
    for extension in ["csv", "ron", "json", "safetensors"] {
        for path in files(folder, extension) {
            if !path.ends_with("manifest.json") && !path.ends_with("design.csv") {
                results.insert(path.strip_prefix(folder).unwrap().display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    results
}

/// The manifest of the run in `folder`.
pub(crate) fn manifest(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Replaces the value of `key` in the manifest of the run in `folder`.
pub(crate) fn edit_manifest(folder: &Path, key: &str, value: impl Into<Value>) {
    let mut manifest = manifest(folder);
    manifest[key] = value.into();
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// Waits until `is_true`, as long as `child` runs, but not for ever.
pub(crate) fn wait_until(child: &mut Child, mut is_true: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !is_true() {
        let ended = child.try_wait().unwrap();
        if ended.is_some() || Instant::now() > deadline {
            let _ = child.kill();
            panic!("waited in vain; the process ended with {ended:?}");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs the file `scenario` in the folder `dir`, into `out`, with a checkpoint after every tick, and kills the run once
/// its table of agents holds `rows`.
pub(crate) fn killed_at(rows: &str, dir: &Path, scenario: &Path, out: &str) {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sim"));
    child.arg("--scenario").arg(scenario).args(["--out", out, "--checkpoint", "0"]).current_dir(dir);
    let mut child = child.spawn().unwrap();
    let table = dir.join(out).join("strategy_evolution.csv");
    wait_until(&mut child, || std::fs::read_to_string(&table).is_ok_and(|text| text.contains(rows)));
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "the run was over before it could be killed");
}

/// Runs `text` into `out` on this many threads.
pub(crate) fn run_text(text: &str, out: &Path, threads: usize) {
    let mut simulation = Simulation::new();
    let scenario = scenario(&simulation, text);
    let options = RunOptions { out: Some(out.to_path_buf()), threads: Some(threads), ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).unwrap();
}

/// A table of a run, cells by column name.
pub(crate) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads the table `name` of the run in `folder`.
    pub(crate) fn read(folder: &Path, name: &str) -> Self {
        Self::parse(&std::fs::read_to_string(folder.join(name)).unwrap())
    }

    fn parse(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let heads = reader.headers().unwrap().iter().map(String::from).collect();
        let cells = |record: csv::StringRecord| record.iter().map(String::from).collect();
        Self { heads, rows: reader.records().map(|record| cells(record.unwrap())).collect() }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cell of `row` in the column `head`.
    pub(crate) fn text(&self, row: usize, head: &str) -> &str {
        let column = self.heads.iter().position(|h| h == head).unwrap_or_else(|| panic!("there is no column {head}"));
        &self.rows[row][column]
    }

    /// The same as a number; `None` if the cell is empty.
    pub(crate) fn number(&self, row: usize, head: &str) -> Option<f64> {
        self.text(row, head).parse().ok()
    }

    /// The rows in which the column `head` says `value`.
    pub(crate) fn rows_where(&self, head: &str, value: &str) -> Vec<usize> {
        (0..self.len()).filter(|&row| self.text(row, head) == value).collect()
    }
}

/// Set to 1 to renew the tables in `tests/golden`.
const RENEW: &str = "AGORA_RENEW_GOLDENS";
/// The command that renews them all: every test that compares with one has a name with this ending.
const RENEW_COMMAND: &str = "AGORA_RENEW_GOLDENS=1 cargo test --release --test integration is_as_it_was";

/// Compares a table with the one kept in `tests/golden`: numbers within `tolerance` of their size, everything else to
/// the letter. With `AGORA_RENEW_GOLDENS=1` a table that differs is rewritten, and the test still fails, with what has
/// changed: nothing is renewed unseen.
pub(crate) fn check_golden(name: &str, found: &str, tolerance: f64) {
    let path = root().join("tests/golden").join(name);
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differences = golden_differences(&kept, found, tolerance);
    if differences.is_empty() {
        return;
    }
    let shown = differences.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n  ");
    let count = differences.len();
    if std::env::var_os(RENEW).is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
        panic!("{name} is renewed, which changed {count} cells:\n  {shown}\nRead them, then run again without {RENEW}");
    }
    panic!("{name}: {count} cells differ:\n  {shown}\nIf that is meant: {RENEW_COMMAND}");
}

/// Where two tables differ, one line each.
fn golden_differences(kept: &str, found: &str, tolerance: f64) -> Vec<String> {
    let lines =
        |text: &str| text.lines().map(|line| line.split(',').map(String::from).collect()).collect::<Vec<Vec<_>>>();
    let (kept, found) = (lines(kept), lines(found));
    if kept.first() != found.first() {
        return vec![format!("columns {:?}, kept {:?}", found.first(), kept.first())];
    }
    if kept.len() != found.len() {
        return vec![format!("{} rows, kept {}", found.len(), kept.len())];
    }
    let mut differences = Vec::new();
    for (row, (kept, found)) in kept.iter().zip(&found).enumerate().skip(1) {
        for (column, (a, b)) in kept.iter().zip(found).enumerate() {
            let near = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) if tolerance > 0.0 => (a - b).abs() <= tolerance * a.abs().max(1.0),
                _ => a == b,
            };
            if !near {
                differences.push(format!("row {row}, column {}: {b}, kept {a}", column + 1));
            }
        }
    }
    differences
}

#[test]
fn differences_of_goldens_are_named() {
    assert!(golden_differences("a,b\n1,x\n", "a,b\n1.0001,x\n", 1e-3).is_empty());
    assert_eq!(
        golden_differences("a,b\n1,x\n", "a,b\n1.0,y\n", 0.0),
        ["row 1, column 1: 1.0, kept 1", "row 1, column 2: y, kept x"]
    );
    assert_eq!(golden_differences("a\n1\n", "a\n", 1.0), ["1 rows, kept 2"]);
    assert_eq!(golden_differences("", "a\n", 1.0).len(), 1);
}

/// Set to anything to skip what needs the real weights, for work without a network.
const OFFLINE: &str = "AGORA_TEST_OFFLINE";

/// Whether tests on the real weights are to be skipped; says so on standard error, past the test harness's capture.
pub(crate) fn skip_real_model(test: &str) -> bool {
    let skip = std::env::var_os(OFFLINE).is_some();
    if skip {
        let _ = writeln!(std::io::stderr(), "skipped: {test} needs the real weights, and {OFFLINE} is set");
    }
    skip
}

/// The default model, found or fetched as `sim` would.
pub(crate) fn real_model() -> LoadedModel {
    let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
    match load("smollm2-135m-instruct", &fetcher, ChatDate::default()) {
        Ok(model) => model,
        Err(error) => panic!("{error}\n(set {OFFLINE}=1 to skip the tests that need it)"),
    }
}

/// The built-in tiny model.
pub(crate) fn tiny_model() -> LoadedModel {
    let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
    load("tiny", &fetcher, ChatDate::default()).expect("the tiny model is built in")
}
