//! `sim evaluate`: the suite, put to the models that a run trained.

use crate::support::{sim, stderr, stdout};
use crate::testing::assert_close;
use std::path::Path;

fn trained_run(out: &Path) {
    let quick = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--out"];
    sim().args(quick).arg(out).assert().success();
}

type Row = std::collections::BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let row = |record: csv::StringRecord| heads.iter().cloned().zip(record.iter().map(String::from)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

#[test]
fn asks_everybody_everything_and_gives_the_same_bytes_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    trained_run(&run);
    let printed = stdout(sim().arg("evaluate").arg(&run).args(["--episodes", "40", "--threads", "1"]), 0);
    for words in
        ["selfish", "always_defect", "prompted: utilitarian", "bach or", "cooperation", "− untrained", "phrasing:"]
    {
        assert!(printed.contains(words), "{words} in {printed}");
    }
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
    let rows = rows(&run.join("evaluation.csv"));
    let adapters = std::fs::read_dir(run.join("adapters")).unwrap().count();
    assert!(adapters >= 2);
    // Exact and sampled; three anchors in five games; the untrained model and each adapter are asked all 24, the
    // prompted ones 5.
    assert_eq!(rows.len(), 2 * (3 * 5 + (1 + adapters) * 24 + 2 * 5));
    for row in &rows {
        let shares = ["c_after_c", "d_after_c", "illegal_after_c", "c_after_d", "d_after_d", "illegal_after_d"];
        let total: f64 = shares.iter().map(|share| number(row, share)).sum();
        assert!((total - 1.0).abs() < 1e-5, "{row:?}");
    }
    let selfish = rows.iter().filter(|row| row["agent"] == "selfish_0" && row["part"] == "game");
    for pair in selfish.collect::<Vec<_>>().chunks_exact(2) {
        let (exact, sampled) = (pair[0], pair[1]);
        assert_eq!([&exact["estimate"], &sampled["estimate"]], ["exact", "sampled"]);
        // 200 decisions: five standard errors of a share.
        assert!((number(exact, "c_after_c") - number(sampled, "c_after_c")).abs() < 5.0 * (0.25f64 / 200.0).sqrt());
    }
    let again = dir.path().join("again.csv");
    let threads = ["--episodes", "40", "--threads", "2", "--out"];
    sim().arg("evaluate").arg(&run).args(threads).arg(&again).assert().success();
    assert_eq!(std::fs::read(run.join("evaluation.csv")).unwrap(), std::fs::read(&again).unwrap());
    let message = stderr(sim().arg("evaluate").arg(&run), 1);
    assert!(message.contains("already exists"), "{message}");
}

/// On the published stream, always defecting is fined 4 in 23 of 50 decisions; against an even opponent, half of the
/// time.
#[test]
fn histories_are_as_asked_and_named_in_the_table() {
    let dir = tempfile::tempdir().unwrap();
    for (histories, fine, shortfall) in [("even", 2.0, 0.25), ("published", 1.84, 0.263_333)] {
        let out = dir.path().join(histories);
        let arguments = ["--model", "tiny", "--parts", "game", "--penalty", "4", "--histories", histories, "--out"];
        let printed = stdout(sim().arg("evaluate").args(arguments).arg(&out), 0);
        let said = if histories == "even" { "half the time" } else { "published test" };
        assert!(printed.contains(said), "{printed}");
        let rows = rows(&out);
        assert!(rows.iter().all(|row| row["histories"] == histories));
        let anchor = |row: &&Row| row["agent"] == "always_defect" && row["game"] == "prisoners_dilemma";
        let row = rows.iter().find(anchor).unwrap();
        assert_close(
            &[number(row, "fine_deontological"), number(row, "shortfall_utilitarian")],
            &[fine, shortfall],
            1e-6,
        );
    }
}

#[test]
fn training_changes_the_answers() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    trained_run(&run);
    sim().arg("evaluate").arg(&run).assert().success();
    let rows = rows(&run.join("evaluation.csv"));
    let answer = |agent: &str| {
        let asked = |row: &&Row| row["agent"] == agent && row["labels"] == "trained" && row["game"] == "stag_hunt";
        number(rows.iter().find(asked).unwrap(), "p_c_cc")
    };
    assert!((answer("selfish_0") - answer("untrained")).abs() > 1e-6);
}

/// A folder of two seeds and a scripted run: each seed gets its tables, byte for byte those of an evaluation of its
/// own, and the folder gets those of both, with intervals.
#[test]
fn a_folder_of_runs_is_evaluated_by_population_over_seeds() {
    let dir = tempfile::tempdir().unwrap();
    let quick = ["scenarios/quick_look.ron", "--ticks", "2", "--seeds", "1,2", "--out"];
    sim().args(quick).arg(dir.path()).assert().success();
    let scripted = ["scenarios/scripted_tournament.ron", "--ticks", "1", "--set", "rounds=Fixed(2)", "--out"];
    sim().args(scripted).arg(dir.path().join("scripted")).assert().success();
    let output = sim().arg("evaluate").arg(dir.path()).assert().code(0).get_output().clone();
    let (printed, notes) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(notes.contains("left out: ") && notes.contains("no language model learned in it"), "{notes}");
    assert!(printed.contains("\nseeds 1, 2\n") && printed.contains("95 % interval"), "{printed}");
    assert!(printed.contains("lower is better") && printed.contains("3 tables in all"), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
    let first = dir.path().join("quick_look-s1");
    let alone = dir.path().join("alone.csv");
    sim().arg("evaluate").arg(&first).arg("--out").arg(&alone).assert().success();
    let read = |path: &Path| std::fs::read(path).unwrap();
    assert_eq!(read(&first.join("evaluation.csv")), read(&alone));
    assert_eq!(read(&first.join("evaluation_summary.csv")), read(&dir.path().join("alone_summary.csv")));

    let (all, summary) = (rows(&dir.path().join("evaluation.csv")), rows(&dir.path().join("evaluation_summary.csv")));
    let asked = |row: &Row| row["part"] == "game" && row["game"] == "chicken" && row["population"] == "selfish";
    let by_seed = ["1", "2"].map(|seed| {
        let members = all.iter().filter(|row| asked(row) && row["seed"] == seed);
        let fines: Vec<f64> = members.map(|row| number(row, "fine_deontological")).collect();
        assert_eq!(fines.len(), 2);
        fines.iter().sum::<f64>() / 2.0
    });
    let fine = summary.iter().find(|row| asked(row) && row["measure"] == "fine_deontological").unwrap();
    assert_eq!([&fine["n"], &fine["better"], &fine["subject"]], ["2", "lower", "trained"]);
    let mean = (by_seed[0] + by_seed[1]) / 2.0;
    let untrained = all.iter().find(|row| row["agent"] == "untrained" && row["game"] == "chicken").unwrap();
    let untrained = number(untrained, "fine_deontological");
    assert_close(
        &[number(fine, "mean"), number(fine, "untrained"), number(fine, "difference")],
        &[mean, untrained, mean - untrained],
        2e-6,
    );
    // t(1) · |a − b| / 2.
    let half = 12.706_205 * (by_seed[0] - by_seed[1]).abs() / 2.0;
    assert_close(&[number(fine, "high") - number(fine, "mean")], &[half], 1e-4);
    let shares = summary.iter().filter(|row| row["measure"] == "cooperation" && row["n"] == "2");
    assert!(shares.count() > 20);
    for row in summary.iter().filter(|row| row["measure"] == "cooperation" && row["n"] == "2") {
        assert!(number(row, "low") >= 0.0 && number(row, "high") <= 1.0, "{row:?}");
    }

    let message = stderr(sim().arg("evaluate").arg(dir.path()), 1);
    assert!(message.contains("already exists") && message.contains("--force"), "{message}");
    let json = stdout(sim().args(["evaluate", "--force", "--format", "json", "--parts", "game"]).arg(dir.path()), 0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["histories"], &json["rounds"]), (&"even".into(), &5.into()));
    assert!(json["rows"].as_array().unwrap().iter().any(|row| row["population"] == "selfish" && row["n"] == 2));
    let message = stderr(sim().arg("evaluate").arg(dir.path().join("scripted")), 1);
    assert!(message.contains("no language model learned"), "{message}");
}

#[test]
fn cells_of_a_design_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    for noise in ["0.0", "0.1"] {
        let out = dir.path().join(noise);
        let set = format!("noise={noise}");
        sim().args(["scenarios/quick_look.ron", "--ticks", "1", "--set", &set, "--out"]).arg(&out).assert().success();
        let path = out.join("manifest.json");
        let mut manifest: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        manifest["factors"] = serde_json::json!({ "noise": noise });
        std::fs::write(&path, manifest.to_string()).unwrap();
    }
    let printed = stdout(sim().args(["evaluate", "--parts", "game"]).arg(dir.path()), 0);
    assert!(printed.contains("factors") && printed.contains("noise=0.1"), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
    let summary = rows(&dir.path().join("evaluation_summary.csv"));
    let mine = |row: &&Row| row["population"] == "selfish" && row["measure"] == "payoff" && row["game"] == "chicken";
    let factors: Vec<&str> = summary.iter().filter(mine).map(|row| row["factors"].as_str()).collect();
    assert_eq!(factors, ["noise=0.0", "noise=0.1"]);
}

/// A run that decides by decoded texts counts its probabilities; its evaluation reads those of the labels.
#[test]
fn counted_shares_are_called_counted() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let decoded = ["scenarios/quick_look.ron", "--ticks", "1", "--set", "prompt.decision=Generate", "--out"];
    sim().args(decoded).arg(&run).assert().success();
    let printed = stdout(sim().arg("evaluate").arg(&run).args(["--parts", "game", "--episodes", "5"]), 0);
    assert!(printed.contains("are counted; here the probabilities of the"), "{printed}");
    assert!(printed.contains("sampled matches, whose shares are counted"), "{printed}");
    // The model says nothing legal after CC, so there is no share; where it would come from is said.
    let csv =
        stdout(sim().arg("compare").arg(&run).args(["--format", "csv", "--columns", "p_c_cc,nearest_strategy"]), 0);
    assert!(csv.contains("strategy_evolution,selfish,p_c_cc,0,0,0,,,,,,,,,,counted\n"), "{csv}");
    assert!(csv.contains(",tit_for_tat,p_c_cc,0,0,1,1,,,,,,,,,exact\n"), "{csv}");
    assert!(!csv.contains("nearest_strategy,selfish"), "{csv}");
}

#[test]
fn wrong_use_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    trained_run(&run);
    let out = dir.path().join("rows.csv");
    let refuse = |arguments: &[&str], code, parts: &[&str]| {
        let message = stderr(sim().arg("evaluate").args(arguments).arg("--out").arg(&out), code);
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message}");
        }
        assert!(!out.exists(), "nothing is left behind");
    };
    let at = run.to_str().unwrap();
    let adapter = run.join("adapters/selfish_0");
    let adapter = adapter.to_str().unwrap();
    // One label's tokens begin the other's.
    refuse(&[at, "--labels", "act,action"], 1, &["prisoners_dilemma", "begins with all tokens"]);
    refuse(&[at, "--labels", "a,b,c"], 2, &["3 labels", "expected two"]);
    refuse(&[at, "--histories", "published", "--rounds", "3"], 2, &["over 5 rounds", "--rounds is 3"]);
    refuse(&[at, "--histories", "evn"], 2, &["expected even or published"]);
    refuse(&[at, "--penalty=-1"], 2, &["--penalty is -1"]);
    refuse(&[at, "--parts", "game,labls"], 2, &["did you mean `labels`?"]);
    refuse(&["scenarios"], 1, &["is not the folder of a run"]);
    let mut nameless = sim();
    nameless.args(["evaluate", "--model", "tiny", "--adapter", adapter]);
    assert!(stderr(&mut nameless, 2).contains("use --out FILE"));
    // An adapter of `tiny` on another base.
    let other = dir.path().join("other.ron");
    let text = "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(1), matchmaking: SelfPlay, \
                model: Random(family: Qwen3, hidden: 32, intermediate: 64, layers: 1, heads: 2, kv_heads: 1, head_dim: 16, vocab: 260), \
                populations: [(name: \"m\", policy: Llm(), learner: Reinforce())])";
    std::fs::write(&other, text).unwrap();
    let foreign = dir.path().join("foreign");
    sim().arg("--scenario").arg(&other).arg("--out").arg(&foreign).assert().success();
    refuse(&[foreign.to_str().unwrap(), "--adapter", adapter], 1, &["it was trained on tiny", "load it on the base"]);
    refuse(&[at, foreign.to_str().unwrap()], 1, &["evaluate the runs of each model by themselves"]);
    std::fs::remove_dir_all(run.join("adapters/selfish_0")).unwrap();
    refuse(&[at], 1, &["there is no adapter of `selfish_0`"]);
}

#[test]
fn runs_of_one_name_that_differ_in_more_than_the_seed_are_not_taken_together() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, more: &[&str]| {
        let out = dir.path().join(name);
        let mut command = sim();
        command.args(["scenarios/quick_look.ron", "--ticks", "1"]).args(more).arg("--out").arg(&out).assert().success();
        out
    };
    let (first, second) = (run("first", &[]), run("second", &["--seed", "2", "--set", "noise=0.4"]));
    let said = stderr(sim().arg("evaluate").args([&first, &second]), 1);
    assert!(said.contains("differ in more than the seed") && said.contains("`noise: 0.4,`"), "{said}");
    sim().arg("report").arg(dir.path()).assert().success();
    let page = std::fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(page.contains("second is left out: it is called `quick_look`"), "the page says why");
    let known = ["--labels", "action1,action2", "--parts", "labels"];
    let said = stderr(sim().arg("evaluate").arg(&first).args(known), 0);
    assert!(said.contains("was trained with the label `action1`"), "{said}");
}
