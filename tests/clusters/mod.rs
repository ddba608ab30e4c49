//! Sweeps whose runs other programs start: what is listed, what each command does when it is repeated, what is merged
//! and what is refused.

mod lists;
mod merging;
#[cfg(unix)]
mod schedulers;

use crate::support::{files, results, sim, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

/// No model, two ticks, random draws: done in no time, and different from seed to seed.
const SCRIPTED: [&str; 5] = ["scenarios/scripted_tournament.ron", "--ticks", "2", "--set", "rounds=Fixed(20)"];

const VARIED: [&str; 4] = ["--vary", "noise=0,0.1", "--seeds", "1..2"];

/// `sim sweep` with these arguments and `--out`.
fn sweep(args: &[&str], more: &[&str], out: &Path) -> assert_cmd::Command {
    let mut command = sim();
    command.arg("sweep").args(args).args(more).arg("--out").arg(out);
    command
}

/// Lists the runs in `out`, and returns what `sim` says.
fn emitted(args: &[&str], more: &[&str], out: &Path) -> String {
    stdout(&mut sweep(args, &[&["--emit", "list"], more].concat(), out), 0)
}

fn merge(folder: &Path, more: &[&str]) -> assert_cmd::Command {
    let mut command = sim();
    command.arg("merge").arg(folder).args(more);
    command
}

/// The list of the sweep in `folder`.
fn listed(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("sweep.json")).unwrap()).unwrap()
}

/// What the process said on standard error; the test fails unless it ended with `code`.
fn said(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stdout));
    said
}

/// The files that `sim merge` has left in `folder`.
fn merged(folder: &Path) -> BTreeMap<String, String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files(folder, "csv").iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The results of the runs in `folder`, without what is written about all of them.
fn of_runs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = results(folder);
    all.retain(|name, _| name.contains('/') && !name.starts_with("merged"));
    all
}
