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
    use agora::metrics::{EXACT_COLUMNS, OUTCOME_COLUMNS, PAIR_COLUMNS, SELECTION_COLUMNS};
    use agora::metrics::{evolution_columns, move_columns};
    let names = |columns: &[&str]| columns.iter().map(|&column| column.to_string()).collect::<Vec<_>>();
    let tables = [
        ("README.md", "strategy_evolution.csv", evolution_columns(&[])),
        ("README.md", "strategy_evolution.csv", names(&EXACT_COLUMNS)),
        ("README.md", "social_outcomes.csv", names(&OUTCOME_COLUMNS)),
        ("README.md", "moves.csv", move_columns(&[])),
        ("README.md", "messages.csv", names(&agora::metrics::MESSAGE_COLUMNS)),
        ("README.md", "evaluation.csv", names(&agora::evaluate::rows::EVALUATION_COLUMNS)),
        ("scenarios/papers/README.md", "pairs.csv", names(&PAIR_COLUMNS)),
        ("scenarios/papers/README.md", "selections.csv", names(&SELECTION_COLUMNS)),
    ];
    for (file, table, columns) in tables {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(&format!("`{table}`")), "{table} is not in {file}");
        for column in columns {
            assert!(text.contains(&format!("`{column}`")), "the column `{column}` of {table} is not in {file}");
        }
    }
}

/// What readers may take as whole numbers; everything else is a float, however it looks.
#[test]
fn columns_that_the_readme_calls_whole_are_whole_in_every_table() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let sentence = readme.split_once("Whole by meaning are").unwrap().1.split_once(';').unwrap().0;
    let whole: Vec<&str> = sentence.split('`').skip(1).step_by(2).collect();
    assert!(whole.contains(&"tick") && whole.contains(&"void_rounds"), "{whole:?}");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let asked = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--set", "prompt.decision=Free"];
    let tables = ["--set", "output.moves=true", "--set", "output.pairs=true", "--out"];
    sim().args(asked).args(tables).arg(&out).assert().success();
    let mut read = 0;
    for path in files(&out, "csv") {
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let heads = reader.headers().unwrap().clone();
        for row in reader.records().map(Result::unwrap) {
            for (head, cell) in heads.iter().zip(&row).filter(|(head, cell)| whole.contains(head) && !cell.is_empty()) {
                assert!(cell.parse::<u64>().is_ok(), "{head} is {cell:?} in {}", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 100, "{read} cells");
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

/// Imports form a star: rules know nothing above them, the engine and the learners know neither the world nor games, and
/// what reads the tables of a run knows nothing but them.
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
        (
            "src/learning",
            vec![
                "crate::games",
                "crate::morals",
                "crate::world",
                "crate::llm",
                "crate::policies",
                "crate::scenario",
                "bevy",
            ],
        ),
        ("src/morals", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario::load"]),
        ("src/metrics", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario"]),
        ("src/play", vec!["crate::policies", "crate::learning", "crate::llm", "crate::scenario", "crate::metrics"]),
        ("src/report", vec!["crate::", "bevy"]),
        ("src/compare", vec!["crate::", "bevy"]),
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
