//! `sim tournament`, and populations of strategies that are drawn or written as data.

use crate::support::{Table, run_text, sim, stderr, stdout};
use serde_json::Value;

#[test]
fn a_tournaments_tables_are_printed_in_eighty_columns_and_for_programs() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let args = ["scenarios/scripted_tournament.ron", "--ticks", "3", "--set", "noise=0", "--set", "output.moves=false"];
    sim().args(args).arg("--out").arg(&out).assert().success();
    let text = stdout(sim().arg("tournament").arg(&out), 0);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let rows = text.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit())).count();
    assert_eq!(rows, 12, "{text}");
    let json: Value =
        serde_json::from_str(&stdout(sim().arg("tournament").arg(&out).args(["--format", "json"]), 0)).unwrap();
    let ranked = json.as_array().unwrap();
    let place = |name: &str| ranked.iter().position(|row| row["population"] == name).unwrap();
    assert_eq!(ranked[0]["rank"], 1);
    assert_eq!(ranked[place("always_defect")]["cooperation"], 0.0);
    assert_eq!(ranked[place("always_cooperate")]["wins"], 0.0);
    // Tit for tat loses the first of 200 rounds to always defect, with payoffs 4, 3, 1, 0.
    let payoff = &ranked[place("tit_for_tat")]["payoffs"][place("always_defect")];
    assert!((payoff.as_f64().unwrap() - 0.995).abs() < 1e-6, "{payoff}");
    let file = dir.path().join("scores.svg");
    let figure = |more: &[&str], code| {
        let mut command = sim();
        command.arg("tournament").arg(&out).args(["--format", "svg", "--out"]).arg(&file).args(more);
        stderr(&mut command, code)
    };
    assert_eq!(figure(&[], 0), "");
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(ranked.iter().all(|row| svg.contains(row["population"].as_str().unwrap())), "{svg}");
    assert!(figure(&[], 1).contains("already exists"));
    figure(&["--force"], 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), svg);
    let message = stderr(sim().args(["tournament", "nowhere"]), 2);
    assert!(message.contains("`nowhere` does not exist"), "{message}");
}

#[test]
fn members_of_a_random_population_differ_and_are_the_same_on_any_number_of_threads() {
    let text = r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(20), populations: [
        (name: "drawn", count: 6, policy: Scripted(RandomMemoryOne())),
        (name: "machines", count: 3, policy: Scripted(RandomMachine(states: 4))),
        (name: "written", policy: Scripted(LookUp(own: 0, others: 1, opening: [1], table: [1, 0.25])))])"#;
    let dir = tempfile::tempdir().unwrap();
    let read = |threads: usize| {
        let out = dir.path().join(threads.to_string());
        run_text(text, &out, threads);
        std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap()
    };
    assert_eq!(read(1), read(2));
    let table = Table::read(&dir.path().join("1"), "strategy_evolution.csv");
    let drawn = table.rows_where("population", "drawn");
    let chances: std::collections::BTreeSet<String> =
        drawn.iter().map(|&row| table.text(row, "p_c_cc").to_owned()).collect();
    assert_eq!(chances.len(), 6, "as many as members, the same in both ticks");
    let written = table.rows_where("population", "written");
    assert_eq!([table.number(written[0], "p_c_cc"), table.number(written[0], "p_c_dd")], [Some(1.0), Some(0.25)]);
}

#[test]
fn what_a_game_does_not_allow_is_refused_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("greedy.ron");
    let text = r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(2), populations: [
        (name: "a", count: 2, policy: Scripted(Extortion(chi: 3, phi: 0.9)))])"#;
    std::fs::write(&file, text).unwrap();
    let message = stderr(sim().arg(&file).arg("--dry-run"), 2);
    assert!(message.contains("with phi 0.9 an answer would have a probability outside 0 to 1"), "{message}");
    assert!(message.contains("greedy.ron:2") && message.contains("expected at most 0.1"), "{message}");
}
