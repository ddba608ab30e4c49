//! What is on the screen, drawn in memory.

use super::app::{App, Key};
use super::{draw, printed, text_of};
use crate::watch::Runs;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const MANIFEST: &str = r#"{"status": "STATUS", "scenario": "morals", "seed": 1, "ticks": 20, "ticks_played": 10,
    "seconds": 30.0, "device": "cpu", "threads": 2, "model": {"name": "tiny"}, "error": null, "halted": [],
    "memory": {"plan": "together", "peak_bytes_estimated": 1073741824, "limit_bytes": null}}"#;

fn run(folder: &Path, status: &str, populations: &[&str]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("manifest.json"), MANIFEST.replace("STATUS", status)).unwrap();
    let mut evolution = "tick,agent,population,policy,cooperation_rate,p_c_start,p_c_cc,p_c_cd,p_c_dc,p_c_dd,\
                         p_c_source,nearest_strategy,payoff_mean\n"
        .to_owned();
    let mut outcomes = "tick,cooperation_rate,collective_payoff\n".to_owned();
    for tick in 0..10 {
        for (number, name) in populations.iter().enumerate() {
            let share = if number % 2 == 0 { f64::from(tick) / 9.0 } else { 1.0 - f64::from(tick) / 9.0 };
            let p = format!("{share:.3},{share:.3},0,{share:.3},0,exact,tit_for_tat");
            writeln!(evolution, "{tick},{name}_0,{name},llm,{share:.3},{p},{}", 2 + number).unwrap();
        }
        writeln!(outcomes, "{tick},0.5,{}", 4 + tick).unwrap();
    }
    fs::write(folder.join("strategy_evolution.csv"), evolution).unwrap();
    fs::write(folder.join("social_outcomes.csv"), outcomes).unwrap();
}

fn app(folder: &Path, has_colour: bool) -> App {
    let mut app = App::new(Runs::find(&[PathBuf::from(folder)]), has_colour);
    app.catch_up();
    app
}

fn screen(app: &App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw::draw(frame, app)).unwrap();
    text_of(terminal.backend())
}

#[test]
fn a_run_has_its_curves_its_populations_and_its_pace() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("morals-s1");
    run(&folder, "running", &["selfish", "utilitarian"]);
    let mut app = app(&folder, true);
    let text = screen(&app, 80, 24);
    for words in [
        "morals-s1  morals, seed 1  running · tiny on cpu, 2 threads",
        "tick 10 of 20 (50 %)",
        "30 s so far",
        "3.0 s per tick",
        " left",
        "about 1.0 GiB of memory",
        "cooperation_rate  means of populations; column 1 of",
        "tick 0",
        "a selfish",
        "b utilitarian",
        "tit_for_tat",
        "q: quit  ← →: other columns",
    ] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
    assert!(!text.contains("all runs"), "there is no list to go back to:\n{text}");
    assert!(text.lines().count() == 24 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let curves = text.lines().filter(|line| line.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c))).count();
    assert!(curves > 8, "the curves cross the chart:\n{text}");
    for (key, column) in [(Key::Left, "collective_payoff  all agents"), (Key::Right, "cooperation_rate  means")] {
        assert!(!app.press(key));
        let text = screen(&app, 80, 24);
        assert!(text.contains(column), "no {column} in\n{text}");
    }
    assert!(app.press(Key::Back) && app.press(Key::Quit), "the only run is where it ends");
}

#[test]
fn without_colours_curves_are_made_of_letters() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("morals-s1");
    run(&folder, "done", &["selfish", "utilitarian"]);
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    let app = app(&folder, false);
    terminal.draw(|frame| draw::draw(frame, &app)).unwrap();
    let buffer = terminal.backend().buffer();
    let plain = |cell: &ratatui::buffer::Cell| cell.fg == ratatui::style::Color::Reset;
    assert!(buffer.content.iter().all(plain), "nothing is coloured");
    let text = text_of(terminal.backend());
    assert!(text.contains("aa") && text.contains("bb"), "{text}");
    assert!(text.contains("done") && text.contains("took 30 s") && !text.contains(" left"), "{text}");
}

#[test]
fn a_manifest_that_names_no_machine_leaves_no_blank() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("morals-s1");
    run(&folder, "done", &["x"]);
    let head = |manifest: &str| {
        fs::write(folder.join("manifest.json"), manifest).unwrap();
        screen(&app(&folder, true), 80, 24).lines().next().unwrap().to_owned()
    };
    assert_eq!(head(r#"{"status": "done", "scenario": "s"}"#), "morals-s1  s, seed 0  done");
    assert_eq!(head(r#"{"status": "done", "scenario": "s", "threads": 2}"#), "morals-s1  s, seed 0  done · 2 threads");
}

#[test]
fn runs_of_a_folder_are_a_list_from_which_one_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    run(&dir.path().join("a/morals-s1"), "done", &["x"]);
    run(&dir.path().join("b-s1"), "failed", &["x", "y"]);
    let mut app = app(dir.path(), true);
    let text = printed(&app);
    for words in ["2 runs: 1 done, 1 failed", "a/morals-s1", "10/20", "0.50", "Enter: open"] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
    app.press(Key::Down);
    app.press(Key::Down);
    app.press(Key::Open);
    app.catch_up();
    let text = screen(&app, 80, 24);
    assert!(text.contains("b-s1") && text.contains("failed") && text.contains("b: all runs"), "{text}");
    assert!(!app.press(Key::Back) && app.listed().is_some());
}

#[test]
fn the_mark_stays_on_its_run_when_others_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["b-s1", "c-s1"] {
        run(&dir.path().join(name), "done", &["x"]);
    }
    let mut app = app(dir.path(), true);
    let opened = |app: &mut App| {
        app.press(Key::Open);
        let name = app.run().unwrap().name();
        app.press(Key::Back);
        name
    };
    app.press(Key::Down);
    assert_eq!(opened(&mut app), "c-s1");
    run(&dir.path().join("a-s1"), "done", &["x"]);
    // The list is looked at when it comes back.
    assert_eq!((opened(&mut app), app.marked), ("c-s1".into(), 2));
    assert_eq!(opened(&mut app), "c-s1");
    fs::remove_dir_all(dir.path().join("c-s1")).unwrap();
    app.press(Key::Open);
    app.press(Key::Back);
    assert_eq!(opened(&mut app), "b-s1", "the last one, where the marked one is gone");
}

#[test]
fn every_size_can_be_drawn_on() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..40).map(|number| format!("a_population_with_a_long_name_{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    run(&dir.path().join("many"), "running", &names);
    fs::create_dir(dir.path().join("empty")).unwrap();
    fs::write(dir.path().join("empty/manifest.json"), "{}").unwrap();
    fs::create_dir(dir.path().join("damaged")).unwrap();
    fs::write(dir.path().join("damaged/manifest.json"), "no").unwrap();
    for folder in ["many", "empty", "damaged", ""] {
        let mut app = app(&dir.path().join(folder), true);
        for (width, height) in [(1, 1), (10, 3), (40, 10), (80, 24), (120, 40), (300, 100)] {
            screen(&app, width, height);
        }
        for _ in 0..50 {
            app.press(Key::Down);
        }
        let text = screen(&app, 80, 24);
        let expected = match folder {
            "many" => "…",
            "empty" => "no rows yet",
            "damaged" => "manifest.json is no manifest",
            _ => "3 runs: 1 running",
        };
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
}
