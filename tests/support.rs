//! What several topics need: running `sim`, scenarios in code, the real model.

use agora::llm::chat::ChatDate;
use agora::llm::fetch::Fetcher;
use agora::llm::model::{LoadedModel, load};
use agora::run::Simulation;
use agora::scenario::load::{Scenario, load_text};
use assert_cmd::Command;
use std::io::Write;
use std::path::{Path, PathBuf};

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

/// The default model, found or fetched as `sim` does it.
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
