//! `sim meta`: from the folders of runs to tables and a page.

use crate::support::{sim, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Three seeds of learners.
fn runs(out: &Path) {
    let mut sweep = sim();
    sweep.args(["sweep", "scenarios/quick_look.ron", "--ticks", "4", "--seeds", "1..3", "--out"]).arg(out.join("runs"));
    stdout(&mut sweep, 0);
}

/// The rows of a table, by head.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

#[test]
fn types_of_runs_and_strategies_meet_and_the_same_seed_gives_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    runs(dir.path());
    let meta = |out: &str| {
        let mut command = sim();
        command.arg("meta").arg(dir.path().join("runs")).args(["--strategy", "Gradual"]);
        command.args(["--draws", "200", "--matches", "50", "--out"]).arg(dir.path().join(out));
        stdout(&mut command, 0)
    };
    let text = meta("one");
    assert!(text.contains("selfish (3), utilitarian (3), deontological (3)"), "{text}");
    let one = dir.path().join("one");
    let measures = rows(&one.join("measures.csv"));
    // Four measures and the reward of all types, and the three terms that one type each is rewarded by.
    assert_eq!(measures.len(), 5 * 5 * (4 + 1) + 3 * 5);
    let value = |row: &BTreeMap<String, String>, head: &str| row[head].parse::<f64>().unwrap();
    for row in measures.iter().filter(|row| row["type"] == "selfish" || row["opponent"] == "utilitarian") {
        let [low, middle, high] = ["low", "value", "high"].map(|head| value(row, head));
        assert!(low <= middle + 1e-9 && middle <= high + 1e-9, "{row:?}");
    }
    // Two strategies: no seeds, and an interval of no width.
    let fixed = measures.iter().find(|row| row["type"] == "tit_for_tat" && row["opponent"] == "tit_for_tat").unwrap();
    assert_eq!([value(fixed, "low"), value(fixed, "high")], [3.0, 3.0]);
    let long_run = rows(&one.join("long_run.csv"));
    let shares: f64 = long_run
        .iter()
        .filter(|row| row["population"] == "50" && row["strength"] == "0.1")
        .map(|row| value(row, "share"))
        .sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    let sampled = rows(&one.join("sampled.csv"));
    assert!(!sampled.is_empty() && sampled.iter().all(|row| row["matches"].parse::<u64>().unwrap() >= 50));
    let document: Value = serde_json::from_str(&fs::read_to_string(one.join("meta.json")).unwrap()).unwrap();
    assert_eq!(document["types"].as_array().unwrap().len(), 5);
    assert!(fs::read_to_string(one.join("meta.html")).unwrap().contains("5 types in prisoners_dilemma"));
    assert!(fs::read_to_string(one.join("game.nfg")).unwrap().starts_with("NFG 1 R "));
    meta("two");
    for entry in fs::read_dir(&one).unwrap().map(Result::unwrap) {
        let other = dir.path().join("two").join(entry.file_name());
        assert!(fs::read(entry.path()).unwrap() == fs::read(other).unwrap(), "{:?}", entry.file_name());
    }
}

#[test]
fn mutation_and_rewards_come_with_tables_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    runs(dir.path());
    let meta = |more: &[&str], out: &str| {
        let mut command = sim();
        command.arg("meta").arg(dir.path().join("runs")).args(["--sizes", "5,10", "--population", "10"]);
        command.args(["--strengths", "0.1", "--draws", "50"]).args(more);
        command.arg("--out").arg(dir.path().join(out));
        (stdout(&mut command, 0), rows(&dir.path().join(out).join("measures.csv")))
    };
    let (text, measures) = meta(&["--mutation", "0.01", "--fitness", "reward"], "one");
    assert!(text.contains("cooperation with mutation 0.01") && text.contains("mean reward per round"), "{text}");
    let chain = rows(&dir.path().join("one/full_chain.csv"));
    // Four types and cooperation, at two sizes.
    assert_eq!(chain.len(), 2 * (4 + 1));
    let of = |size: &str, head: &str| -> f64 {
        let rows = chain.iter().filter(|row| row["population"] == size && row["measure"] == "share");
        rows.map(|row| row[head].parse::<f64>().unwrap()).sum()
    };
    assert!((of("5", "value") - 1.0).abs() < 1e-9 && (of("10", "rare_mutants") - 1.0).abs() < 1e-9);
    assert!(of("10", "low") < 1.0 && of("10", "high") > 1.0, "there are intervals");
    // Some are fined more than they are paid, and that equation is about payoffs of 0 or more.
    assert!(!dir.path().join("one/replicator_mutator.csv").exists());
    let find = |own: &str, measure: &str| {
        let of = |row: &&BTreeMap<String, String>| row["type"] == own && row["measure"] == measure;
        measures.iter().filter(of).map(|row| row["value"].parse::<f64>().unwrap()).collect::<Vec<_>>()
    };
    // Selfish players and scripts are rewarded by what the game pays, and utilitarian ones by the sum.
    let is_near = |one: Vec<f64>, other: Vec<f64>| {
        one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| (one - other).abs() < 1e-9)
    };
    assert!(is_near(find("selfish", "reward"), find("selfish", "payoff")));
    assert!(is_near(find("tit_for_tat", "reward"), find("tit_for_tat", "payoff")));
    assert!(find("utilitarian", "reward").iter().zip(find("utilitarian", "payoff")).all(|(sum, own)| *sum > own));
    assert!(is_near(find("utilitarian", "reward_utilitarian"), find("utilitarian", "reward")));
    assert!(find("selfish", "reward_utilitarian").is_empty());
    let (_, plain) = meta(&[], "two");
    assert_eq!(measures, plain, "neither changes what types get from each other");
    assert!(!dir.path().join("two/full_chain.csv").exists());
    meta(&["--mutation", "0.01"], "three");
    let optional = ["full_chain.csv", "replicator_mutator.csv"].map(|name| dir.path().join("three").join(name));
    assert!(optional.iter().all(|file| file.is_file()));
    // A game that takes another's place leaves nothing of it.
    meta(&["--force"], "three");
    assert!(optional.iter().all(|file| !file.exists()));
}

/// A run of one more tick plays that tick with the weights that the shorter run ends with.
#[test]
fn models_are_read_after_their_last_update() {
    let dir = tempfile::tempdir().unwrap();
    let meta = |ticks: &str, after: bool| {
        let run = dir.path().join(ticks);
        if !run.exists() {
            stdout(sim().args(["scenarios/quick_look.ron", "--ticks", ticks, "--out"]).arg(&run), 0);
        }
        let out = dir.path().join(format!("{ticks}_{after}"));
        let mut command = sim();
        command.arg("meta").arg(&run).args(after.then_some("--after-training")).arg("--out").arg(&out);
        let text = stdout(&mut command, 0);
        let said = fs::read_to_string(out.join("meta.json")).unwrap() + &text;
        assert_eq!(said.contains("are read after their last update"), after);
        let rows = rows(&out.join("measures.csv")).into_iter().filter(|row| row["measure"] == "cooperation");
        rows.map(|row| row["value"].parse::<f64>().unwrap()).collect::<Vec<_>>()
    };
    let (before, after, longer) = (meta("2", false), meta("2", true), meta("3", false));
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(distance(&after, &longer) < 1e-5, "{after:?} {longer:?}");
    assert!(distance(&before, &longer) > 1e-3, "the update changes something: {before:?} {longer:?}");
}

/// Two ticks of Q-learners, with `more` beside them, into `out`.
fn learners(dir: &Path, out: &str, more: &str) {
    let text = format!(
        r#"(version: 1, name: "learners", ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(4), {more}
            populations: [(name: "one", count: 2, policy: QLearning(first_state: Opening), rewards: [(term: Payoff)]),
                (name: "two", count: 2, policy: QLearning(first_state: Opening), rewards: [(term: Payoff)])])"#
    );
    let file = dir.join("learners.ron");
    fs::write(&file, text).unwrap();
    stdout(sim().arg(&file).arg("--out").arg(dir.join(out)), 0);
}

#[test]
fn what_is_no_replicate_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    learners(dir.path(), "first", "seed: 1,");
    learners(dir.path(), "again", "seed: 1,");
    learners(dir.path(), "other", "seed: 2, noise: 0.2,");
    let heirs = "evolution: (rule: ImitateBest(), inherit: (strategy: false, weights: [\"payoff\"])),";
    learners(dir.path(), "heirs", heirs);
    let meta = |runs: &[&str], out: &str| {
        let mut command = sim();
        command
            .arg("meta")
            .args(runs.iter().map(|run| dir.path().join(run)))
            .args(["--set", "noise=0", "--draws", "0"]);
        command.arg("--out").arg(dir.path().join(out)).arg("--force");
        command
    };
    stdout(&mut meta(&["first"], "out"), 0);
    let refused = |runs: &[&str], out: &str| stderr(&mut meta(runs, out), 2);
    assert!(refused(&["first", "again"], "out").contains("seed 1 of `one` is there twice"));
    assert!(refused(&["first", "other"], "out").contains("was trained by another scenario of the same name"));
    assert!(refused(&["heirs"], "out").contains("its agents inherit from each other"));
    assert!(refused(&["first"], "again").contains("is the folder of a run; name another with --out"));
}

#[test]
fn wrong_use_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let refused = |arguments: &[&str]| stderr(sim().arg("meta").args(arguments).arg("--out").arg(&out), 2);
    assert!(refused(&["nowhere"]).contains("`nowhere` does not exist"));
    assert!(refused(&["--strategy", "TitForTat"]).contains("expected two or more"));
    assert!(refused(&["--strategy", "TitForTatt"]).contains("did you mean `TitForTat`"));
    let two = ["--strategy", "TitForTat", "--strategy", "AlwaysDefect"];
    let with = |more: &[&'static str]| refused(&[&two[..], more].concat());
    assert!(with(&["--strength=-1"]).contains("expected 0 to 1e9"));
    assert!(with(&["--mutation", "1.5"]).contains("expected a probability"));
    assert!(with(&["--fitness", "reward"]).contains("no type has a reward"));
    assert!(with(&["--set", "ticks=3"]).contains("expected one of game, rounds, noise, opening"));
    assert!(with(&["--population", "1"]).contains("expected 2 to 100000"));
    assert!(with(&["--set", "game=PublicGoods(players: 3, multiplier: 1.5)"]).contains("seats 3"));
    assert!(refused(&["scenarios/quick_look.ron"]).contains("is no scripted strategy"));
    assert!(!out.exists(), "nothing is written");
}

#[test]
fn groups_and_actions_are_types_of_games_with_more_players_and_actions() {
    let dir = tempfile::tempdir().unwrap();
    let meta = |args: &[&str], out: &str| {
        let mut command = sim();
        command.arg("meta").args(args).args([
            "--sizes",
            "20",
            "--population",
            "20",
            "--strengths",
            "1",
            "--strength",
            "1",
        ]);
        command.arg("--out").arg(dir.path().join(out));
        command
    };
    let game = "game=OptionalPublicGoods(players: 5, multiplier: 3.0, loner: 2.0)";
    let text = stdout(&mut meta(&["--actions", "--set", game, "--mutation", "0.01"], "one"), 0);
    for words in ["optional_public_goods: 5 players; actions contribute (3)", "beside", "abstain", "with"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("rating") && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let one = dir.path().join("one");
    let groups = rows(&one.join("groups.csv"));
    assert_eq!(groups.len(), 3 * 3 * 15, "measures, types, compositions of four others");
    let wanted = |row: &&BTreeMap<String, String>| {
        row["type"] == "keep"
            && row["measure"] == "payoff"
            && row["others_contribute"] == "2"
            && row["others_abstain"] == "1"
    };
    let row = groups.iter().find(wanted).unwrap();
    assert_eq!((row["others_keep"].as_str(), row["value"].as_str()), ("1", "2.5"));
    assert!(!one.join("measures.csv").exists() && one.join("full_chain.csv").is_file());
    let form = fs::read_to_string(one.join("game.nfg")).unwrap();
    assert!(form.starts_with("NFG 1 R ") && form.contains("{ \"1\" \"2\" \"3\" \"4\" \"5\" }"), "{}", &form[..200]);
    assert_eq!(form.split("\n\n").last().unwrap().split_whitespace().count(), 5 * 3usize.pow(5));
    // A strategy that looks at nothing stands among actions; one that answers is refused.
    let more = ["--actions", "--strategy", "Random(p: 0.25)", "--set", "game=PublicGoods(players: 3, multiplier: 2.0)"];
    let text = stdout(&mut meta(&more, "two"), 0);
    assert!(text.contains("random"), "{text}");
    let message = stderr(&mut meta(&["--strategy", "TitForTat", "--actions", "--set", game], "three"), 2);
    assert!(message.contains("`TitForTat` answers one opponent"), "{message}");
    let dilemma = "game=OptionalDilemma(reward: 3.0, sucker: 0.0, temptation: 5.0, punishment: 1.0, loner: 2.0)";
    let message = stderr(&mut meta(&["--strategy", "TitForTat", "--actions", "--set", dilemma], "three"), 2);
    assert!(message.contains("looks at what was done before"), "{message}");
    // With two actions and two players, actions are strategies like others.
    let text = stdout(&mut meta(&["--actions", "--strategy", "TitForTat"], "four"), 0);
    assert!(text.contains("cooperate") && text.contains("tit_for_tat"), "{text}");
    // What an earlier game left there is gone.
    stdout(&mut meta(&["--actions", "--strategy", "TitForTat", "--force"], "one"), 0);
    assert!(one.join("measures.csv").is_file() && !one.join("groups.csv").exists());
}

#[test]
fn more_actions_larger_groups_and_actions_that_are_strategies() {
    let dir = tempfile::tempdir().unwrap();
    let meta = |args: &[&str], out: &str| {
        let mut command = sim();
        command.args(["meta", "--actions"]).args(args).arg("--out").arg(dir.path().join(out));
        command
    };
    // Between two, more actions make a larger matrix, with all that follows from one.
    let named = "game=CoordinationGame(values: [1.0, 1.0, 2.0])";
    let text = stdout(&mut meta(&["--set", named], "five"), 0);
    assert!(text.contains("rating") && dir.path().join("five/measures.csv").is_file(), "{text}");
    // Populations that are smaller than a group are left out, but not the one that is shown.
    let many = "game=PublicGoods(players: 12, multiplier: 3.0)";
    let mut command = meta(&["--set", many], "six");
    assert!(stderr(&mut command, 0).contains("populations of 10 are left out: groups have 12 players"));
    command.args(["--population", "10", "--force"]);
    assert!(stderr(&mut command, 2).contains("--population 10 is too small for groups of 12"));
    // An action that a strategy always takes is there once.
    let text = stdout(&mut meta(&["--strategy", "AlwaysDefect"], "seven"), 0);
    assert!(text.contains("cooperate") && text.contains("always_defect"), "{text}");
    assert_eq!(rows(&dir.path().join("seven/players.csv")).len(), 2);
}
