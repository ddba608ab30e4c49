//! `sim compare` on runs that `sim` left: scripted ones, and small language models.

use crate::support::{sim, stderr, stdout};
use serde_json::Value;
use std::path::Path;

/// No model, a few ticks, random draws: done in no time, and different from seed to seed.
fn sweep(out: &Path, seeds: &str, more: &[&str]) {
    let scripted = ["scenarios/scripted_tournament.ron", "--ticks", "2", "--set", "rounds=Fixed(20)", "--seeds", seeds];
    sim().args(scripted).args(more).arg("--out").arg(out).assert().success();
}

/// The same scenario under another name, with noise.
const NOISY: [&str; 4] = ["--set", "name=\"noisy\"", "--set", "noise=0.2"];

fn compare(folder: &Path, more: &[&str]) -> String {
    stdout(sim().arg("compare").arg(folder).args(more), 0)
}

/// Rows of a CSV by column name.
fn rows(csv: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let row = |record: csv::StringRecord| heads.iter().cloned().zip(record.iter().map(String::from)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Writes what a design leaves in a manifest.
fn edit_manifest(folder: &Path, key: &str, value: Value) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    manifest[key] = value;
    std::fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn two_scenarios_are_compared_by_seed() {
    let dir = tempfile::tempdir().unwrap();
    sweep(dir.path(), "1..3", &[]);
    sweep(dir.path(), "2..4", &NOISY);
    let text = compare(dir.path(), &["--last", "2"]);
    let expected = [
        "noisy: seeds 2, 3, 4; ticks 0 to 1 (the last 2 of 2 recorded)",
        "baseline: noisy, that of the first folder",
        "− baseline",
        "grim",
        "all agents together",
        "equality",
        "nearest strategy, share of agents",
        "no decision was illegal",
    ];
    for words in expected {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let csv = compare(dir.path(), &["--last", "2", "--format", "csv", "--baseline", "scripted_tournament"]);
    let is_meant = |row: &&std::collections::BTreeMap<String, String>| {
        row["scenario"] == "noisy" && row["population"] == "grim" && row["column"] == "cooperation_rate"
    };
    let found = rows(&csv);
    let row = found.iter().find(is_meant).unwrap();
    assert_eq!([&row["n"], &row["compared_with"], &row["n_both"]], ["3", "scripted_tournament", "2"]);
    assert!(row["difference"].parse::<f64>().unwrap() < 0.0, "noise spoils a grim player's mood: {row:?}");
    assert!((0.0..1.0).contains(&row["p_value"].parse::<f64>().unwrap()), "{row:?}");
    let path = dir.path().join("table.csv");
    let asked = ["--last", "2", "--format", "csv", "--baseline", "scripted_tournament", "--out"];
    let printed = stdout(sim().arg("compare").arg(dir.path()).args(asked).arg(&path), 0);
    assert_eq!((printed.as_str(), std::fs::read_to_string(&path).unwrap()), ("", csv));
}

#[test]
fn the_baseline_is_the_first_folder_as_it_was_given() {
    let dir = tempfile::tempdir().unwrap();
    sweep(&dir.path().join("z"), "1,2", &[]);
    sweep(&dir.path().join("a"), "1,2", &NOISY);
    let text = stdout(sim().arg("compare").args([dir.path().join("z"), dir.path().join("a")]), 0);
    assert!(text.contains("baseline: scripted_tournament, that of the first folder"), "{text}");
    let refused = |more: &[&str]| stderr(sim().arg("compare").arg(dir.path()).args(more), 2);
    let message = refused(&["--baseline", "nois"]);
    assert!(message.contains("matches no group") && message.contains("did you mean `noisy`?"), "{message}");
    let message = refused(&["--columns", "payof"]);
    assert!(message.contains("did you mean `payoff_mean`"), "{message}");
    let message = refused(&["--curve", "payof"]);
    assert!(message.contains("did you mean `payoff_mean`"), "{message}");
    let message = stderr(sim().args(["compare", "nowhere"]), 2);
    assert!(message.contains("`nowhere` does not exist"), "{message}");
    assert!(refused(&["--curve", "payoff_mean", "--last", "2"]).contains("--last"));
}

#[test]
fn the_cells_of_a_design_are_groups_with_their_factors_as_columns() {
    let dir = tempfile::tempdir().unwrap();
    for noise in ["0.0", "0.2"] {
        let out = dir.path().join(format!("noise{noise}"));
        sweep(&out, "1,2", &["--set", &format!("noise={noise}")]);
        for seed in [1, 2] {
            let folder = out.join(format!("scripted_tournament-s{seed}"));
            edit_manifest(&folder, "factors", serde_json::json!({ "noise": noise }));
        }
    }
    let text = compare(dir.path(), &["--baseline", "noise=0.2"]);
    assert!(text.contains("population") && text.contains("  noise ") && !text.contains("scenario"), "{text}");
    assert!(text.contains("baseline: scripted_tournament,noise=0.2\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json: Value = serde_json::from_str(&compare(dir.path(), &["--format", "json"])).unwrap();
    assert_eq!(json["groups"][1]["compared_with"], "scripted_tournament,noise=0.0");
    let noises = json["rows"].as_array().unwrap().iter().map(|row| row["noise"].as_str().unwrap());
    assert_eq!(noises.collect::<std::collections::BTreeSet<_>>().len(), 2);
    let markdown = compare(dir.path(), &["--format", "markdown"]);
    assert!(markdown.contains("| population | noise | n |"), "{markdown}");
    let latex = compare(dir.path(), &["--format", "latex"]);
    assert_eq!(latex.matches("\\begin{tabular}").count(), latex.matches("\\end{tabular}").count());
    assert!(latex.contains("always\\_defect & 0.0 & 2 & "), "{latex}");
}

#[test]
fn what_cannot_be_used_is_left_out_with_a_note() {
    let dir = tempfile::tempdir().unwrap();
    sweep(dir.path(), "1..3", &[]);
    let folder = |seed: u64| dir.path().join(format!("scripted_tournament-s{seed}"));
    edit_manifest(&folder(2), "status", "interrupted".into());
    edit_manifest(&folder(3), "seed", 1.into());
    let output = sim().arg("compare").arg(dir.path()).assert().code(0).get_output().clone();
    let (text, notes) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(text.contains("scripted_tournament: seed 1; ") && text.contains("no intervals"), "{text}");
    assert!(!text.contains('±') && !text.contains('['), "{text}");
    assert!(notes.contains("left out: ") && notes.contains("s2 is not done yet (interrupted)"), "{notes}");
    assert!(notes.contains("seed 1 of `scripted_tournament` is there twice"), "{notes}");
    for seed in [1, 3] {
        std::fs::write(folder(seed).join("strategy_evolution.csv"), "tick\nx\n").unwrap();
    }
    let message = stderr(sim().arg("compare").arg(dir.path()), 2);
    assert!(message.contains("nothing to compare") && message.contains("`x` is no tick"), "{message}");
}

#[test]
fn curves_have_a_row_per_recorded_tick() {
    let dir = tempfile::tempdir().unwrap();
    sweep(dir.path(), "1..3", &[]);
    let text = compare(dir.path(), &["--curve", "cooperation_rate"]);
    assert!(text.contains("tick") && text.contains("all agents") && text.contains("tit_for_tat"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let found = rows(&compare(dir.path(), &["--curve", "cooperation_rate", "--format", "csv"]));
    let of = |row: &&std::collections::BTreeMap<String, String>| row["population"] == "tit_for_tat";
    let ticks: Vec<&str> = found.iter().filter(of).map(|row| row["tick"].as_str()).collect();
    assert_eq!(ticks, ["0", "1"]);
    assert!(found.iter().all(|row| row["n"] == "3" && row["column"] == "cooperation_rate"));
    let json: Value =
        serde_json::from_str(&compare(dir.path(), &["--curve", "cooperation_rate", "--format", "json"])).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), found.len());
}

#[test]
fn evaluations_are_compared_where_there_are_any() {
    let dir = tempfile::tempdir().unwrap();
    let quick = ["scenarios/quick_look.ron", "--ticks", "2", "--seeds", "1,2"];
    sim().args(quick).arg("--out").arg(dir.path().join("a")).assert().success();
    let other = ["--set", "name=\"other\"", "--set", "rounds=Fixed(3)", "--out"];
    sim().args(quick).args(other).arg(dir.path().join("b")).assert().success();
    let message = stderr(sim().args(["compare", "--evaluation"]).arg(dir.path()), 2);
    assert!(message.contains("was not evaluated") && message.contains("sim evaluate"), "{message}");
    sim().args(["evaluate", "--parts", "game,unrelated"]).arg(dir.path()).assert().success();
    let text = compare(dir.path(), &["--evaluation"]);
    for words in ["stag_hunt, new labels", "histories even, rounds 5, penalty 3", "fine", "deontological", "− baseline"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let found = rows(&compare(dir.path(), &["--evaluation", "--format", "csv"]));
    assert!(found.iter().any(|row| row["question"] == "unrelated/prisoners_dilemma/bare_choice"));
    assert!(found.iter().all(|row| row["n"] == "2" && row["table"] == "evaluation"));
}

/// The names of all elements of a document; the test fails if their tags do not match.
fn elements(svg: &str) -> Vec<&str> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("every tag ends");
        assert!(!text.contains('>') && tag.matches('"').count() % 2 == 0, "{part}");
        let name = tag.trim_matches('/').split_whitespace().next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            all.push(name);
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn figures_have_a_point_per_mean() {
    let dir = tempfile::tempdir().unwrap();
    let varied = ["--vary", "noise=0..0.1:0.05", "--ticks", "2", "--set", "rounds=Fixed(20)", "--seeds", "1..3"];
    sim()
        .args(["sweep", "scenarios/scripted_tournament.ron"])
        .args(varied)
        .arg("--out")
        .arg(dir.path())
        .assert()
        .success();
    let one = ["--format", "svg", "--populations", "grim"];
    let svg = compare(dir.path(), &one);
    let circles = |svg: &str| elements(svg).iter().filter(|name| **name == "circle").count();
    // Three values of the noise, and the mark in the legend.
    assert_eq!(circles(&svg), 4, "{svg}");
    assert!(svg.contains("<title>cooperation_rate by noise</title>") && svg.contains("seeds 1, 2, 3"), "{svg}");
    assert!(["grim", "noise", "cooperation_rate", "0.05"].iter().all(|word| svg.contains(&format!("\n{word}\n"))));
    let file = dir.path().join("figure.svg");
    assert_eq!(stdout(sim().arg("compare").arg(dir.path()).args(one).arg("--out").arg(&file), 0), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), svg, "equal figures have equal bytes");
    let all =
        compare(dir.path(), &["--format", "svg", "--along", "population", "--columns", "payoff_mean,cooperation_rate"]);
    assert!(all.contains("height=\"840\""), "a panel per column: {all}");
    // The first line has circles: 12 populations in both panels, all agents in one, and two marks.
    assert_eq!(circles(&all), 12 + 13 + 2, "{all}");
    let curve =
        compare(dir.path(), &["--curve", "cooperation_rate", "--format", "svg", "--populations", "grim,random"]);
    assert_eq!((elements(&curve).len() > 20, curve.matches("opacity=\"0.15\"").count()), (true, 6), "{curve}");
    let rows = rows(&compare(dir.path(), &["--format", "csv", "--populations", "grim,all agents"]));
    assert!(rows.iter().all(|row| ["grim", ""].contains(&row["population"].as_str())) && rows.len() > 6);
    let refused = |more: &[&str]| stderr(sim().arg("compare").arg(dir.path()).args(more), 2);
    assert!(refused(&["--populations", "grin"]).contains("did you mean `grim`?"));
    assert!(refused(&["--along", "noise"]).contains("add --format svg"));
    assert!(refused(&["--format", "svg", "--along", "nois"]).contains("did you mean `noise`?"));
    let message = refused(&["--format", "svg", "--curve", "cooperation_rate"]);
    assert!(message.contains("39 lines, and 14 can be told apart") && message.contains("--populations"), "{message}");
}
