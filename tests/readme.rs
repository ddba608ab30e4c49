//! The commands of the README and of docs/ run, in order, as a reader would type them, and their links lead somewhere.

use crate::support::{files, root, sim, skip_real_model};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The README, then the documents by name.
fn documents() -> Vec<PathBuf> {
    let others = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "benches/RESULTS.md"];
    let mut all = others.map(|name| root().join(name)).to_vec();
    all.extend(files(&root().join("docs"), "md"));
    all
}

/// Lines of the documents' shell blocks that run `sim`, with `sim` in place of cargo.
fn commands() -> Vec<String> {
    let readme: String = documents().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
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

/// What the commands that need the default model name.
const NEED_THE_MODEL: [&str; 4] = ["mixed_morals", "twelve_morals", "morality_models", "invaded_models"];

/// `arguments` with fewer ticks and seeds where they would take minutes; their length is not what is tested.
fn shortened(arguments: &str) -> String {
    let mut line = arguments.to_owned();
    if arguments.contains("scenarios/experiments/") {
        for seeds in ["--seeds 1..20", "--seeds 1..10", "--seeds 1..5", "--seeds 1..3"] {
            line = line.replace(seeds, "--seeds 1..2");
        }
        for ticks in ["--ticks 1600", "--ticks 800", "--ticks 400"] {
            line = line.replace(ticks, "--ticks 20");
        }
    }
    // A shortened run has fewer rows than a mean is taken of.
    line = line.replace(" --last 150", "");
    let asks_the_model = NEED_THE_MODEL.iter().any(|name| arguments.contains(&format!("{name}.ron")));
    if asks_the_model && !arguments.contains("--dry-run") {
        line += " --ticks 1";
    } else if arguments.contains("graphs_imitation.ron") {
        line += " --ticks 1000";
    }
    line
}

#[test]
fn every_command_of_the_readme_runs() {
    let dir = tempfile::tempdir().unwrap();
    link(&root().join("scenarios"), &dir.path().join("scenarios"));
    let commands = commands();
    assert!(commands.len() >= 8, "{commands:?}");
    let offline = skip_real_model("every_command_of_the_readme_runs, as far as it");
    for arguments in commands {
        let needs_model =
            NEED_THE_MODEL.iter().any(|word| arguments.contains(word)) && !arguments.contains("--dry-run");
        if offline && (needs_model || arguments.starts_with("score")) {
            continue;
        }
        let line = format!("\"{}\" {}", env!("CARGO_BIN_EXE_sim"), shortened(&arguments));
        let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {said}");
        // What goes into a file is not printed.
        let goes_to_a_file =
            ["compare", "tournament"].iter().any(|verb| arguments.starts_with(verb)) && arguments.contains("--out");
        assert!(goes_to_a_file || !output.stdout.is_empty(), "{arguments} prints something");
    }
}

/// The documents' block after `command` and what the command prints, word by word.
fn printed(command: &str) -> (Vec<String>, Vec<String>) {
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    let mut texts = documents().into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    let after = texts.find_map(|text| Some(text.split_once(&format!("{command}\n"))?.1.to_owned())).unwrap();
    let block = after.split_once("```text\n").unwrap().1.split_once("```").unwrap().0;
    let line = format!("\"{}\" {command}", env!("CARGO_BIN_EXE_sim"));
    let output = Command::new("sh").args(["-c", &line]).current_dir(root()).output().unwrap();
    (words(block), words(&String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn scores_are_those_that_the_documents_print() {
    if skip_real_model("scores_are_those_that_the_documents_print") {
        return;
    }
    let command = commands().into_iter().find(|arguments| arguments.contains("--top 3")).unwrap();
    let (said, found) = printed(&command);
    assert_eq!(said.len(), found.len(), "{found:?}");
    for (said, found) in said.iter().zip(&found) {
        // Processors differ in the last bits of a product.
        let is_near = match (said.parse::<f64>(), found.parse::<f64>()) {
            (Ok(said), Ok(found)) => (said - found).abs() <= 1e-3 * said.abs(),
            _ => said == found,
        };
        assert!(is_near, "{found} is printed, and the document says {said}");
    }
}

#[test]
fn the_scenario_of_the_readme_is_valid_and_has_twelve_lines_or_few_more() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let scenario = readme.split_once("```ron\n").unwrap().1.split_once("```").unwrap().0;
    assert!(scenario.lines().count() <= 14, "{scenario}");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("own.ron"), scenario).unwrap();
    sim().args(["own.ron", "--dry-run"]).current_dir(dir.path()).assert().success();
}

#[test]
fn every_link_leads_to_a_file() {
    let mut links = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for (_, after) in text.match_indices("](").map(|(place, _)| text.split_at(place + 2)) {
            let target = after.split(')').next().unwrap();
            links += 1;
            let leads = match target.strip_prefix('#') {
                Some(anchor) => text.lines().any(|line| heading(line).is_some_and(|heading| heading == anchor)),
                None => {
                    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                    let path = document.parent().unwrap().join(file);
                    let lines = || std::fs::read_to_string(&path).unwrap();
                    target.contains("://")
                        || path.exists()
                            && (anchor.is_empty()
                                || lines().lines().filter_map(heading).any(|heading| heading == anchor))
                }
            };
            assert!(leads, "{} links to {target}", document.display());
        }
    }
    assert!(links >= 10, "{links}");
}

/// The anchor of a heading, if the line is one.
fn heading(line: &str) -> Option<String> {
    let words = line.strip_prefix('#')?.trim_start_matches('#').trim();
    Some(words.to_lowercase().replace(' ', "-"))
}

#[test]
fn the_readme_is_a_page() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 150);
    // Commands and their output are as wide as they are.
    let prose = readme.lines().filter(|line| !line.starts_with("cargo "));
    assert_eq!(prose.filter(|line| line.chars().count() > 100).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).unwrap();
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) {
    std::os::windows::fs::symlink_dir(from, to).unwrap();
}
