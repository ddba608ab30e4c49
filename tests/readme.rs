//! The README's commands run, in its order, as a reader would type them.

use crate::support::{root, skip_real_model};
use std::path::Path;
use std::process::Command;

/// Lines of the README's shell blocks that run `sim`, with `sim` in place of cargo.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut commands = Vec::new();
    let mut in_shell = false;
    for line in readme.lines() {
        match line {
            "```sh" => in_shell = true,
            "```" => in_shell = false,
            _ => {
                if let Some(arguments) = line.strip_prefix("cargo run --release -- ").filter(|_| in_shell) {
                    commands.push(arguments.to_owned());
                }
            }
        }
    }
    commands
}

#[test]
fn every_command_of_the_readme_runs() {
    let dir = tempfile::tempdir().unwrap();
    link(&root().join("scenarios"), &dir.path().join("scenarios"));
    let commands = commands();
    assert!(commands.len() >= 8, "{commands:?}");
    let offline = skip_real_model("every_command_of_the_readme_runs, as far as it");
    for arguments in commands {
        // The long run is shortened to its first tick; its length is not what is tested.
        let is_long = arguments.contains("mixed_morals.ron") && !arguments.contains("--dry-run");
        if offline && (is_long || arguments.starts_with("score")) {
            continue;
        }
        let ticks = if is_long { " --ticks 1" } else { "" };
        let line = format!("\"{}\" {arguments}{ticks}", env!("CARGO_BIN_EXE_sim"));
        let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {said}");
        assert!(!output.stdout.is_empty(), "{arguments} prints something");
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).unwrap();
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) {
    std::os::windows::fs::symlink_dir(from, to).unwrap();
}
