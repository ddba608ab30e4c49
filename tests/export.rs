//! Exports: types that hold for every run, and what is refused.

use crate::support::{sim, stderr, stdout};
use agora::evaluate::described;
use agora::export::table::{Cells, Table, tables};
use agora::metrics::{Described, Kind, built_in};
use std::path::Path;

fn known() -> Vec<Described<'static>> {
    built_in().chain(described()).collect()
}

/// Reads every table in `folder`, and checks that each column is in the list and each cell of its column's kind.
fn check_kinds(folder: &Path) -> usize {
    let known = known();
    let mut cells = 0;
    for path in tables(folder).unwrap() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut table = Table::open(&path, &known).unwrap();
        let filled: Vec<bool> = match table.next(usize::MAX).unwrap_or_else(|error| panic!("{error}")) {
            None => continue,
            Some(columns) => columns.iter().map(is_filled).collect(),
        };
        for (head, is_filled) in table.heads.iter().zip(filled) {
            let column = known.iter().find(|column| column.table == name && column.covers(&head.name));
            assert!(column.is_some(), "{name} has a column {} that is in no list", head.name);
            cells += usize::from(is_filled);
        }
        check_words(&path, &known);
    }
    cells
}

fn is_filled(cells: &Cells) -> bool {
    match cells {
        Cells::Whole(cells) => cells.iter().any(Option::is_some),
        Cells::Number(cells) => cells.iter().any(Option::is_some),
        Cells::Text(cells) => cells.iter().any(Option::is_some),
    }
}

/// A column of words has a cell that is no number: otherwise it should hold numbers. Names may be numbers, though not
/// in the scenarios of these tests; how many of many players cooperated stands in a column of words.
fn check_words(path: &Path, known: &[Described]) {
    let mut table = Table::open(path, known).unwrap();
    let columns = table.next(usize::MAX).unwrap().unwrap();
    for (head, cells) in table.heads.iter().zip(columns) {
        let Cells::Text(cells) = cells else { continue };
        let are_numbers = cells.iter().flatten().all(|text| text.parse::<f64>().is_ok());
        assert!(!are_numbers || cells.iter().flatten().count() == 0, "{} of {}", head.name, path.display());
    }
}

#[test]
fn every_cell_is_of_the_kind_of_its_column() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, scenario: &str, set: &[&str]| {
        let folder = dir.path().join(name);
        let mut command = sim();
        command.args(["run", scenario, "--out"]).arg(&folder).args(set.iter().flat_map(|set| ["--set", set]));
        stdout(&mut command, 0);
        folder
    };
    let all = ["output.moves=true", "output.pairs=true", "ticks=2"];
    let learners = run("learners", "scenarios/quick_look.ron", &[&all[..], &["output.exact=true"]].concat());
    stdout(sim().args(["evaluate", "--episodes", "2"]).arg(&learners), 0);
    assert!(check_kinds(&learners) > 80);
    let choosers = run("choosers", "scenarios/partner_choice.ron", &[&all[..], &["output.selections=true"]].concat());
    assert!(check_kinds(&choosers) > 40);
}

#[test]
fn a_run_that_writes_everything_is_exported_whole() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("talk");
    let switches = ["moves", "pairs", "generations", "selections", "exact"].map(|name| format!("output.{name}=true"));
    let set =
        switches.iter().map(String::as_str).chain(["ticks=2", "model=Named(\"tiny\")"]).flat_map(|set| ["--set", set]);
    stdout(sim().args(["run", "scenarios/talk.ron", "--out"]).arg(&run).args(set), 0);
    check_kinds(&run);
    for format in ["parquet", "tensorboard"] {
        stdout(sim().args(["export", "--format", format]).arg(&run), 0);
    }
    let exported = |table: &std::path::PathBuf| {
        let name = table.with_extension("parquet").file_name().unwrap().to_owned();
        assert!(run.join("parquet").join(&name).is_file(), "{}", name.display());
    };
    let written = tables(&run).unwrap();
    written.iter().for_each(exported);
    let is_there = |name: &str| written.iter().any(|table| table.ends_with(name));
    assert!(["moves.csv", "messages.csv", "generations.csv", "pairs.csv"].into_iter().all(is_there), "{written:?}");
}

#[test]
fn columns_that_may_be_whole_by_chance_are_numbers() {
    let kind = |table: &str, name: &str| {
        let found: Vec<Kind> = known().iter().filter(|c| c.table == table && c.covers(name)).map(|c| c.kind).collect();
        assert_eq!(found.len(), 1, "{table}: {name}");
        found[0]
    };
    assert_eq!(kind("strategy_evolution.csv", "illegal_rate"), Kind::Number);
    assert_eq!(kind("strategy_evolution.csv", "reward_utilitarian"), Kind::Number);
    assert_eq!(kind("strategy_evolution.csv", "adapter_generation"), Kind::Whole);
    assert_eq!(kind("moves.csv", "payoff"), Kind::Number);
    assert_eq!(kind("evaluation.csv", "decisions"), Kind::Whole);
}

#[test]
fn what_cannot_be_exported_is_said_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let export = |arguments: &[&str], code| {
        stderr(sim().args(["export", "--format", "parquet"]).args(arguments).current_dir(dir.path()), code)
    };
    assert!(export(&["nowhere"], 2).contains("does not exist"));
    for run in ["a/pd-s1", "b/pd-s1"] {
        let run = dir.path().join(run);
        std::fs::create_dir_all(&run).unwrap();
        std::fs::write(run.join("strategy_evolution.csv"), "tick,agent\n0,a\n").unwrap();
    }
    assert!(export(&["a/pd-s1", "b/pd-s1", "--out", "all"], 2).contains("two of the runs"));
    assert!(!dir.path().join("all").exists());
    assert!(export(&["a/pd-s1"], 1).contains("manifest.json"));
    std::fs::write(dir.path().join("a/pd-s1/manifest.json"), r#"{"scenario": "pd", "seed": 1, "status": "done"}"#)
        .unwrap();
    std::fs::write(dir.path().join("a/pd-s1/strategy_evolution.csv"), "tick,agent\nx,a\n").unwrap();
    let error = export(&["a/pd-s1", "--force"], 1);
    assert!(error.contains("line 2: `x` in column `tick`, expected a whole number"), "{error}");
}

#[test]
fn a_game_is_told_to_programs_by_name_or_as_a_scenario_writes_it() {
    let explain = |name: &str, code| {
        let mut command = sim();
        command.args(["explain", name, "--format", "json"]);
        if code == 0 { stdout(&mut command, 0) } else { stderr(&mut command, code) }
    };
    assert!(explain("chicken", 0).contains("\"summary\": \"Chicken\""));
    assert!(explain("PublicGoods(players: 3, multiplier: 2.0)", 0).contains("payoffs_by_others"));
    assert!(explain("PublicGoods(players: 2, multiplier: 2.0)", 2).contains("expected 3 to 255"));
    assert!(explain("chiken", 2).contains("did you mean `chicken`?"));
}
