//! What the page holds, from tables written by hand. How it looks and works is tested in a browser:
//! `tests/python/test_report.py`.

use super::{FILE, ReportError, Words, write};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "tick,agent,population,policy,cooperation_rate,p_c_start,p_c_cc,p_c_cd,p_c_dc,p_c_dd,p_c_source,payoff_mean,nearest_strategy";
const EVOLUTION: &str = "0,a_0,a<b,llm,0.5,0.1,0.2,0.3,0.4,0.5,exact,2,random\n\
    0,t_0,t,grim,0,,,,,,,1,\n\
    1,a_0,a<b,llm,1,0.9,0.9,0.9,0.9,0.9,exact,3,always_cooperate\n\
    1,t_0,t,grim,,,,,,,,,\n";
const OUTCOMES: &str = "tick,cooperation_rate,equality,gini,collective_payoff\n0,0.25,0.5,0.1,4\n1,1,1,0,6\n";

/// A folder with the two tables, the first of these rows.
pub(super) fn folder(rows: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("strategy_evolution.csv"), format!("{HEAD}\n{rows}")).unwrap();
    fs::write(dir.path().join("social_outcomes.csv"), OUTCOMES).unwrap();
    dir
}

fn drawn(folder: &Path) -> Result<PathBuf, ReportError> {
    let meaning = |_: &str, column: &str| (column != "trust").then(|| format!("the meaning of {column}"));
    write(folder, Words { meaning, strategies: || vec![("tit_for_tat", [1.0, 0.0, 1.0, 0.0])] })
}

/// The page's text and its data.
pub(super) fn page(folder: &Path) -> (String, Value) {
    let html = fs::read_to_string(drawn(folder).unwrap()).unwrap();
    let (_, rest) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let data = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    (html, data)
}

/// The data of a view.
pub(super) fn section<'a>(data: &'a Value, name: &str) -> &'a Value {
    let sections = data["sections"].as_array().unwrap();
    &sections.iter().find(|section| section["name"] == name).unwrap_or_else(|| panic!("no view {name}"))["data"]
}

#[test]
fn every_population_has_its_means_and_gaps_are_null() {
    let dir = folder(EVOLUTION);
    let (html, data) = page(dir.path());
    assert!(!html.contains("a<b") && html.contains("a\\u003cb"), "names cannot become elements");
    let populations = data["common"]["populations"].as_array().unwrap();
    let names: Vec<_> =
        populations.iter().map(|p| (p["name"].as_str().unwrap(), p["learns"].as_bool().unwrap())).collect();
    assert_eq!(names, [("a<b", true), ("t", false)]);
    let evolution = &section(&data, "curves")["evolution"];
    assert_eq!(evolution["axis"]["to"], serde_json::json!([0, 1]));
    let column = evolution["columns"].as_array().unwrap().iter().position(|c| c["name"] == "cooperation_rate").unwrap();
    let of = |population: usize| &evolution["populations"][population]["means"][column];
    assert_eq!((of(0), of(1)), (&serde_json::json!([0.5, 1]), &serde_json::json!([0, null])));
    let addresses = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http:") && !addresses.contains("https:"), "self-contained");
    let society = &section(&data, "curves")["society"];
    assert_eq!(society["values"][3], serde_json::json!([4, 6]));
    let agents = section(&data, "agents");
    assert_eq!((agents["rows"].as_array().unwrap().len(), &agents["rows"][0][12]), (2, &"always_cooperate".into()));
}

#[test]
fn shares_of_decisions_are_not_called_probabilities_of_the_policy() {
    let dir = folder(&EVOLUTION.replace("exact", "counted"));
    let (_, data) = page(dir.path());
    assert_eq!(data["common"]["populations"][0]["source"], "counted");
}

#[test]
fn what_plugins_measure_has_no_meaning_here_and_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let table = "tick,agent,population,policy,trust\n0,a_0,a,llm,0.25\n1,a_0,a,llm,0.75\n";
    fs::write(dir.path().join("strategy_evolution.csv"), table).unwrap();
    fs::write(dir.path().join("social_outcomes.csv"), OUTCOMES).unwrap();
    let (_, data) = page(dir.path());
    let evolution = &section(&data, "curves")["evolution"];
    assert_eq!(evolution["columns"], serde_json::json!([{ "name": "trust", "meaning": null }]));
    assert_eq!(evolution["populations"][0]["means"][0], serde_json::json!([0.25, 0.75]));
}

#[test]
fn long_runs_and_many_agents_make_no_long_page() {
    let mut rows = String::new();
    for tick in 0..3000 {
        let _ = writeln!(rows, "{tick},a_0,a,llm,{},{tick},0.5,0.5,0.5,0.5,exact,1,", f64::from(tick) / 3000.0);
    }
    let (_, data) = page(folder(&rows).path());
    let evolution = &section(&data, "curves")["evolution"];
    assert_eq!(evolution["axis"]["to"].as_array().unwrap().len(), 500);
    assert_eq!((&evolution["ticks"]["per_point"], &evolution["ticks"]["recorded"]), (&6.into(), &3000.into()));
    assert_eq!((&evolution["axis"]["from"][1], &evolution["axis"]["to"][1]), (&6.into(), &11.into()));
    assert_eq!(evolution["populations"][0]["means"][1][1], 8.5, "the mean of ticks 6 to 11");
    let mut rows = String::new();
    for tick in 0..3 {
        for agent in 0..4000 {
            let population = if agent < 3990 { agent % 70 } else { 99 };
            let _ = writeln!(rows, "{tick},a_{agent},p{population},grim,{},,,,,,,1,", f64::from(agent) / 4000.0);
        }
    }
    let (html, data) = page(folder(&rows).path());
    assert!(html.len() < 1_500_000, "{} bytes", html.len());
    assert_eq!(
        (&data["common"]["populations_all"], data["common"]["populations"].as_array().unwrap().len()),
        (&71.into(), 64)
    );
    let agents = section(&data, "agents");
    assert_eq!(agents["all"], 4000);
    assert_eq!(agents["rows"].as_array().unwrap().len(), 71 * 5, "of every population what fits");
    let first = &section(&data, "curves")["evolution"]["populations"][0];
    let members = first["agents"].as_array().unwrap();
    assert_eq!((members.len(), &members[1]["name"]), (8, &"a_70".into()));
}

#[test]
fn a_row_that_is_cut_short_at_the_end_is_left_out() {
    let dir = folder(&format!("{EVOLUTION}2,a_0,a<b,ll"));
    let (_, data) = page(dir.path());
    assert_eq!(section(&data, "curves")["evolution"]["ticks"]["last"], 1);
    let dir = folder(&format!("2,a_0\n{EVOLUTION}"));
    assert!(drawn(dir.path()).unwrap_err().to_string().contains("strategy_evolution.csv"));
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_the_report_is_not_followed() {
    let dir = folder(EVOLUTION);
    let mine = dir.path().join("mine.txt");
    fs::write(&mine, "precious").unwrap();
    std::os::unix::fs::symlink(&mine, dir.path().join(FILE)).unwrap();
    drawn(dir.path()).unwrap();
    assert_eq!(fs::read_to_string(&mine).unwrap(), "precious");
}

#[test]
fn a_folder_without_tables_or_with_others_is_named() {
    let empty = tempfile::tempdir().unwrap();
    assert!(drawn(empty.path()).unwrap_err().to_string().contains("strategy_evolution.csv"));
    fs::write(empty.path().join("strategy_evolution.csv"), "x,y\n1,2\n").unwrap();
    assert!(drawn(empty.path()).unwrap_err().to_string().contains("`tick`"));
}

#[test]
fn what_was_run_is_told_from_whatever_the_manifest_has() {
    let dir = folder(EVOLUTION);
    let (_, data) = page(dir.path());
    assert_eq!(section(&data, "about")["manifest"], Value::Null);
    fs::write(
        dir.path().join("manifest.json"),
        "{\"seed\": 7, \"status\": \"running\", \"factors\": {\"noise\": \"0.1\"}}",
    )
    .unwrap();
    let scenario = "(populations: [(name: \"a\", rewards: [(term: Payoff, until: 1)])])";
    fs::write(dir.path().join("scenario.ron"), scenario).unwrap();
    let (_, data) = page(dir.path());
    let about = section(&data, "about");
    assert_eq!((&about["manifest"]["seed"], &about["scenario"]), (&7.into(), &scenario.into()));
    assert_eq!(data["common"]["status"], "running");
    assert_eq!(data["common"]["marks"], serde_json::json!([{ "tick": 1, "text": "a: Payoff ends" }]));
    let files: Vec<&str> = about["files"].as_array().unwrap().iter().map(|file| file[0].as_str().unwrap()).collect();
    assert_eq!(files, ["manifest.json", "scenario.ron", "social_outcomes.csv", "strategy_evolution.csv"]);
}
