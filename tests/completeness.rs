//! What exists is declared, valid and documented.

use crate::support::{files, root, sim};

#[test]
fn every_test_file_is_declared() {
    let main = std::fs::read_to_string(root().join("tests/main.rs")).unwrap();
    for path in files(&root().join("tests"), "rs") {
        let stem = path.file_stem().unwrap().to_str().unwrap().to_string();
        assert!(stem == "main" || main.contains(&format!("mod {stem};")), "{stem} is not declared in tests/main.rs");
    }
}

#[test]
fn every_scenario_passes_a_dry_run_and_is_in_the_readme() {
    let readme = ["README.md", "scenarios/papers/README.md"]
        .map(|file| std::fs::read_to_string(root().join(file)).unwrap())
        .concat();
    let scenarios = files(&root().join("scenarios"), "ron");
    assert!(scenarios.len() >= 6, "{scenarios:?}");
    for path in scenarios {
        sim().arg("--scenario").arg(&path).arg("--dry-run").assert().success();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(name), "{name} is not in the README");
    }
}

#[test]
fn every_column_is_documented() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let columns = agora::metrics::evolution_columns(&[])
        .into_iter()
        .chain(agora::metrics::move_columns(&[]))
        .chain(agora::metrics::MESSAGE_COLUMNS.map(String::from))
        .chain(agora::metrics::OUTCOME_COLUMNS.map(String::from));
    for column in columns {
        assert!(readme.contains(&format!("`{column}`")), "the column `{column}` is not in the README");
    }
}

#[test]
fn source_files_say_what_they_are_and_leave_nothing_open() {
    for folder in ["src", "tests", "examples"] {
        for path in files(&root().join(folder), "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let shown = path.display();
            let opens = text.starts_with("//!") || text.starts_with("#![doc");
            assert!(opens, "{shown} does not open with a doc comment");
            for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!(")] {
                assert!(!text.contains(word), "{shown} contains {word}");
            }
        }
    }
}

/// Imports form a star: rules know nothing above them, the engine and the learners know neither the world nor games.
#[test]
fn layers_do_not_look_up() {
    let forbidden = [
        (
            "src/games",
            vec!["crate::morals", "crate::policies", "crate::learning", "crate::llm", "crate::world", "bevy"],
        ),
        (
            "src/llm",
            vec!["crate::games", "crate::morals", "crate::world", "crate::learning", "crate::policies", "bevy"],
        ),
        ("src/learning", vec!["crate::games", "crate::morals", "crate::world", "crate::llm", "bevy"]),
        ("src/morals", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario::load"]),
        ("src/metrics", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario"]),
        ("src/play", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario", "crate::metrics"]),
        ("src/matchmaking", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario"]),
    ];
    for (folder, words) in forbidden {
        for path in files(&root().join(folder), "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            if path.to_string_lossy().contains("tests") {
                continue;
            }
            for word in &words {
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}
