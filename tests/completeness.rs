//! What exists is declared, valid and documented.

use crate::support::{files, root, sim, stdout};
use agora::metrics::{Kind, built_in};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[test]
fn every_test_file_is_declared() {
    let tests = root().join("tests");
    let is_topic =
        |path: &PathBuf| !["mutation", "faults", "additions"].iter().any(|folder| path.starts_with(tests.join(folder)));
    for path in files(&tests, "rs").into_iter().filter(is_topic) {
        // `topic/mod.rs` and `topic.rs` are declared in the file above, `topic/part.rs` in `topic/mod.rs`.
        let module = if path.ends_with("mod.rs") { path.parent().unwrap() } else { &path };
        let folder = module.parent().unwrap();
        let above = folder.join(if folder == tests { "main.rs" } else { "mod.rs" });
        let name = module.file_stem().unwrap().to_str().unwrap();
        let declared = std::fs::read_to_string(&above).unwrap().contains(&format!("mod {name};"));
        assert!(declared || name == "main", "{name} is not declared in {}", above.display());
    }
}

#[test]
fn every_scenario_passes_a_dry_run_and_is_in_the_readme() {
    let readme = ["docs/scenarios.md", "scenarios/papers/README.md"]
        .map(|file| std::fs::read_to_string(root().join(file)).unwrap())
        .concat();
    let scenarios = files(&root().join("scenarios"), "ron");
    assert!(scenarios.len() >= 6, "{scenarios:?}");
    for path in scenarios {
        sim().arg("--scenario").arg(&path).arg("--dry-run").assert().success();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(name), "{name} is in no document");
    }
}

/// The columns of a run's tables have a test of their own that keeps them in the documents.
#[test]
fn every_column_of_an_evaluation_is_documented() {
    let text = std::fs::read_to_string(root().join("docs/evaluation.md")).unwrap();
    assert!(text.contains("`evaluation.csv`") && text.contains("`evaluation_summary.csv`"));
    let columns = agora::evaluate::rows::EVALUATION_COLUMNS.into_iter();
    for column in columns.chain(agora::evaluate::summary::SUMMARY_COLUMNS) {
        assert!(text.contains(&format!("`{column}`")), "the column `{column}` is not in docs/evaluation.md");
    }
}

/// Which columns are whole is said in a document and by `sim explain`, and holds in every table.
#[test]
fn columns_hold_what_they_are_said_to_hold() {
    let readme = std::fs::read_to_string(root().join("docs/outputs.md")).unwrap();
    let sentence = readme.split_once("Whole by meaning are").unwrap().1.split_once(';').unwrap().0;
    // The seed is a column of evaluations, which are no table of a run.
    let documented: BTreeSet<&str> = sentence.split('`').skip(1).step_by(2).filter(|name| *name != "seed").collect();
    let whole = built_in().filter(|column| column.kind == Kind::Whole).map(|column| column.name);
    assert_eq!(documented, whole.collect());
    let listed: Value =
        serde_json::from_str(&stdout(sim().args(["explain", "columns", "--format", "json"]), 0)).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), built_in().count());
    assert_eq!(
        (&listed[0]["details"]["table"], &listed[0]["name"]),
        (&"strategy_evolution.csv".into(), &"tick".into())
    );
    assert_eq!((&listed[0]["details"]["kind"], &listed[1]["details"]["kind"]), (&"whole".into(), &"text".into()));
    assert!(
        listed.as_array().unwrap().iter().all(|column| column["summary"].as_str().is_some_and(|text| !text.is_empty()))
    );

    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let asked = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--set", "prompt.decision=Free"];
    let tables = ["--set", "output.moves=true", "--set", "output.pairs=true", "--out"];
    sim().args(asked).args(tables).arg(&out).assert().success();
    let mut read = 0;
    for path in files(&out, "csv") {
        let table = path.file_name().unwrap().to_str().unwrap();
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let heads = reader.headers().unwrap().clone();
        for row in reader.records().map(Result::unwrap) {
            for (head, cell) in heads.iter().zip(&row).filter(|(_, cell)| !cell.is_empty()) {
                let column = built_in().find(|column| column.table == table && column.covers(head)).unwrap();
                let fits = match column.kind {
                    Kind::Whole => cell.parse::<u64>().is_ok(),
                    Kind::Number => cell.parse::<f64>().is_ok_and(f64::is_finite),
                    Kind::Text => cell.parse::<f64>().is_err(),
                };
                assert!(fits, "{head} is {cell:?} in {table}, and is said to be {:?}", column.kind);
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

/// Does for the dependencies of tests, benchmarks and examples what the compiler does for those of the library.
#[test]
fn every_dependency_of_tests_is_used() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[dev-dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: Vec<&str> = section.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert!(names.contains(&"assert_cmd") && names.len() >= 4, "{names:?}");
    let code: String = ["src", "tests", "benches", "examples"]
        .iter()
        .flat_map(|folder| files(&root().join(folder), "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for name in names {
        assert!(code.contains(&format!("{}::", name.replace('-', "_"))), "no test uses {name}");
    }
}

/// Comments are read in editors and side by side; rustfmt does not wrap them.
#[test]
fn comments_are_no_wider_than_code() {
    for path in ["src", "tests", "benches", "examples"].iter().flat_map(|folder| files(&root().join(folder), "rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let is_wide = |line: &&str| line.trim_start().starts_with("//") && line.chars().count() > 120;
        assert_eq!(text.lines().find(is_wide), None, "{}", path.display());
    }
}

/// Phrases that have to be read twice, with their plain forms.
#[test]
fn plain_words_are_used() {
    let habits = [
        (concat!("an", "ew"), "again"),
        (concat!("so ", "many"), "this many"),
        (concat!("such ", "ones"), "these"),
        (concat!("; no", "ne:"), "`None`:"),
        (concat!("goes ", "by"), "depends on"),
        (concat!("who", "ever"), "the one who"),
    ];
    let mut texts: Vec<PathBuf> =
        ["src", "tests", "examples"].iter().flat_map(|f| files(&root().join(f), "rs")).collect();
    texts.extend(files(&root().join("scenarios"), "ron"));
    texts.extend(["docs", "scenarios"].iter().flat_map(|folder| files(&root().join(folder), "md")));
    texts.extend(
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "benches/RESULTS.md"]
            .map(|name| root().join(name)),
    );
    for path in texts {
        let text = std::fs::read_to_string(&path).unwrap();
        for (habit, plain) in habits {
            let line = text.lines().position(|line| line.to_lowercase().contains(habit));
            assert_eq!(line, None, "{}: `{habit}` (line counted from 0); say {plain}", path.display());
        }
        // Prompts may say it; comments and documents have better words.
        let everybody = concat!("every", "body");
        let is_prose = |line: &str| path.extension().is_some_and(|e| e == "md") || line.trim_start().starts_with("//");
        let line = text.lines().position(|line| is_prose(line) && line.to_lowercase().contains(everybody));
        assert_eq!(line, None, "{}: `{everybody}` (line counted from 0); say every agent", path.display());
    }
}
