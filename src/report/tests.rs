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

/// The text and the data of the page at `path`.
fn read(path: &Path) -> (String, Value) {
    let html = fs::read_to_string(path).unwrap();
    let (_, rest) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let data = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    (html, data)
}

fn drawn(folder: &Path) -> Result<PathBuf, ReportError> {
    let meaning = |_: &str, column: &str| (column != "trust").then(|| format!("the meaning of {column}"));
    write(folder, Words { meaning, strategies: || vec![("tit_for_tat", [1.0, 0.0, 1.0, 0.0])] })
}

/// The page's text and its data.
pub(super) fn page(folder: &Path) -> (String, Value) {
    read(&drawn(folder).unwrap())
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
        populations.iter().map(|p| (p["name"].as_str().unwrap(), p["changes"].as_bool().unwrap())).collect();
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
fn a_population_changes_with_any_of_its_probabilities() {
    let row = |tick: u32, name: &str, p: &str| format!("{tick},{name}_0,{name},llm,0.5,{p},exact,1,\n");
    let rows = [
        row(0, "by_start", "0.1,0.5,0.5,0.5,0.5"),
        row(0, "by_dd", "0.1,0.5,0.5,0.5,0.5"),
        row(0, "known_late", ",,0.5,0.5,0.5"),
        row(1, "by_start", "0.2,0.5,0.5,0.5,0.5"),
        row(1, "by_dd", "0.1,0.5,0.5,0.5,0.6"),
        row(1, "known_late", "0.5,0.5,,0.5,0.5"),
    ];
    let (_, data) = page(folder(&rows.concat()).path());
    let populations = data["common"]["populations"].as_array().unwrap();
    let changes: Vec<bool> = populations.iter().map(|population| population["changes"].as_bool().unwrap()).collect();
    assert_eq!(changes, [true, true, false], "a number that becomes known is no change");
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
    let dir = folder(&rows);
    let mut pairs =
        "tick,population,opponents,matches,rounds,void_rounds,cc,cd,dc,dd,payoff,payoff_opponents\n".to_owned();
    let mut picks = "tick,selector,selector_population,selected,selected_population,selections\n".to_owned();
    for (tick, a, b) in (0..12).flat_map(|tick| (0..70).flat_map(move |a| (0..70).map(move |b| (tick, a, b)))) {
        let share = f64::from((7 * a + 3 * b + tick) % 101) / 303.0;
        let _ = writeln!(pairs, "{tick},p{a},p{b},3,30,0,{share},{share},{share},{share},{share},{share}");
        let _ = writeln!(picks, "{tick},a_{a},p{a},a_{b},p{b},3");
    }
    fs::write(dir.path().join("pairs.csv"), pairs).unwrap();
    fs::write(dir.path().join("selections.csv"), picks).unwrap();
    let (html, data) = page(dir.path());
    assert!(html.len() < 2_500_000, "{} bytes", html.len());
    let meetings = section(&data, "meetings");
    let rows = meetings["rows"].as_array().unwrap().len();
    assert_eq!((rows, meetings["axis"]["to"].as_array().unwrap().len()), (2 * 64 * 64, 2), "two periods fit");
    assert_eq!(meetings["left_out"], 64);
    let choices = section(&data, "choices");
    assert_eq!(choices["populations"]["rows"].as_array().unwrap().len(), 64 * 64, "one period fits");
    assert_eq!((&choices["populations_left_out"], &choices["agents"]), (&64.into(), &Value::Null));
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

#[test]
fn what_there_is_no_room_for_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let added = (0..33).map(|number| format!(",added_{number}")).collect::<String>();
    let cells = ",1".repeat(33);
    let write = |name: &str, text: String| fs::write(dir.path().join(name), text).unwrap();
    write("strategy_evolution.csv", format!("tick,agent,population,policy{added}\n0,a_0,a,llm{cells}\n"));
    write("social_outcomes.csv", format!("tick{added}\n0{cells}\n"));
    (0..45).for_each(|number| write(&format!("extra_{number}.csv"), "tick\n".into()));
    let meaning = |_: &str, column: &str| (!column.starts_with("added_")).then(String::new);
    let (_, data) = read(&super::write(dir.path(), Words { meaning, strategies: Vec::new }).unwrap());
    let curves = section(&data, "curves");
    for table in ["evolution", "society"] {
        assert_eq!(
            (&curves[table]["added_left_out"], curves[table]["columns"].as_array().unwrap().len()),
            (&3.into(), 30)
        );
    }
    let about = section(&data, "about");
    assert_eq!((about["files"].as_array().unwrap().len(), &about["files_left_out"]), (40, &7.into()));
}

#[test]
fn matches_keep_their_ticks_and_numbers_whatever_they_are() {
    let dir = folder(EVOLUTION);
    let head = "tick,match,round,seat,agent,opponent,action,payoff\n";
    let row = |tick: u64, number: u64| format!("{tick},{number},0,0,a_0,t_0,cooperate,1.5\n");
    let moves = |rows: &[String]| {
        fs::write(dir.path().join("moves.csv"), format!("{head}{}", rows.concat())).unwrap();
        let (_, data) = page(dir.path());
        let transcripts = section(&data, "transcripts").clone();
        let rows = transcripts["tables"]["moves.csv"]["rows"].as_array().unwrap().clone();
        let cells = |row: &Value| (row[0].as_u64().unwrap(), row[1].as_u64().unwrap(), row[7].as_f64().unwrap());
        (rows.iter().map(cells).collect::<Vec<_>>(), transcripts["is_part"].as_bool().unwrap())
    };
    let shown = moves(&[row(123_456, 1_234_567), row(123_457, 1_234_568)]);
    assert_eq!(shown.0.len(), 0, "of a record that claims a million matches only some are shown");
    let shown = moves(&[row(123_456, 0), row(123_457, 1)]);
    assert_eq!(shown, (vec![(123_456, 0, 1.5), (123_457, 1, 1.5)], false));
    // A damaged number of a match.
    let shown = moves(&[row(0, 0), row(0, u64::MAX), row(1, 0)]);
    assert_eq!(shown, (vec![(0, 0, 1.5), (1, 0, 1.5)], true));
}
