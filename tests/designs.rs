//! `sim sweep --vary`: what each cell leaves, what a second sweep does, what stops a design before it starts.

use crate::support::{edit_manifest, manifest, results, root, sim, stderr, stdout, wait_until};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// No model, two ticks, random draws: done in no time, and different from seed to seed.
const SCRIPTED: [&str; 5] = ["scenarios/scripted_tournament.ron", "--ticks", "2", "--set", "rounds=Fixed(20)"];
const LLM: [&str; 3] = ["scenarios/quick_look.ron", "--ticks", "2"];

/// Runs `sim sweep` and returns standard output and standard error; the test fails unless it exits with `code`.
fn sweep(args: &[&str], more: &[&str], out: &Path, code: i32) -> (String, String) {
    let mut command = sim();
    command.arg("sweep").args(args).args(more).arg("--out").arg(out);
    let output = command.assert().code(code).get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The rows of the register by folder.
fn register(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join("design.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap().iter().map(String::from).collect::<Vec<_>>());
    rows.map(|mut row| (row.remove(0), row)).collect()
}

#[test]
fn every_cell_is_the_run_with_the_same_overrides() {
    let weight = "populations.deontological.rewards.deontological.weight";
    for (args, vary, set, folder) in [
        (
            LLM.as_slice(),
            [format!("{weight}=0.5,1"), "noise=0,0.1".into()],
            [format!("{weight}=0.5"), "noise=0.1".into()],
            "weight=0.5,noise=0.1-s2",
        ),
        (
            SCRIPTED.as_slice(),
            ["noise=0..0.2:0.1".into(), "opening=Blank".into()],
            ["noise=0.1".into(), "opening=Blank".into()],
            "noise=0.1,opening=Blank-s2",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (design, alone) = (dir.path().join("design"), dir.path().join("alone"));
        let (table, told) =
            sweep(args, &["--vary", &vary[0], "--vary", &vary[1], "--seeds", "1,2", "--threads", "2"], &design, 0);
        assert!(told.contains("runs; the first cell is shown above") && table.contains("cooperation"), "{told}{table}");
        let is_narrow = |line: &str| line.chars().count() <= 80 || line.starts_with("Runs: ");
        assert!(table.lines().all(is_narrow), "{table}");
        let mut single = sim();
        single.args(args).args(["--seed", "2", "--set", &set[0], "--set", &set[1], "--out"]);
        single.arg(alone.join(folder)).assert().success();
        let mut of_cell = results(&design);
        of_cell.retain(|name, _| name.starts_with(folder));
        assert!(of_cell.len() > 3, "{:?}", results(&design).keys());
        assert_eq!(of_cell, results(&alone));
        let factors = manifest(&design.join(folder))["factors"].clone();
        let expected: Vec<(&str, &str)> = set.iter().map(|set| set.split_once('=').unwrap()).collect();
        assert_eq!(factors.as_object().unwrap().len(), 2);
        assert!(expected.iter().all(|(path, value)| factors[*path] == *value), "{factors}");
    }
}

#[test]
fn a_level_that_is_added_runs_alone_and_the_register_lists_all() {
    let dir = tempfile::tempdir().unwrap();
    let seeds = ["--seeds", "1..2"];
    let (first, _) = sweep(&SCRIPTED, &[seeds.as_slice(), &["--vary", "noise=0,0.1"]].concat(), dir.path(), 0);
    let before = results(dir.path());
    let (plan, _) =
        sweep(&SCRIPTED, &[seeds.as_slice(), &["--vary", "noise=0,0.1,0.2", "--dry-run"]].concat(), dir.path(), 0);
    assert!(plan.contains("4 of 6 runs are done") && plan.matches("to be run").count() == 2, "{plan}");
    assert!(plan.contains("varied  noise=0,0.1,0.2") && plan.contains("3 cells × 2 seeds = 6 runs"), "{plan}");
    assert!(plan.lines().all(|line| line.chars().count() <= 80 || line.starts_with("  ")), "{plan}");
    assert_eq!(results(dir.path()), before, "a dry run touches nothing");
    let (table, told) = sweep(&SCRIPTED, &[seeds.as_slice(), &["--vary", "noise=0..0.2:0.1"]].concat(), dir.path(), 0);
    assert_eq!(told.matches("done before, skipped").count(), 4, "{told}");
    let kept: Vec<&str> = first.lines().filter(|line| line.starts_with("0  ") || line.starts_with("0.1")).collect();
    assert!(kept.len() == 2 && kept.iter().all(|line| table.contains(line)), "{first}{table}");
    let mut now = results(dir.path());
    assert!(before.iter().all(|(name, bytes)| now.remove(name).as_ref() == Some(bytes)));
    assert!(now.keys().all(|name| name.starts_with("noise=0.2-s")) && !now.is_empty(), "{:?}", now.keys());
    // Another sweep over one level leaves the others in the register.
    sweep(&SCRIPTED, &["--seeds", "3", "--vary", "noise=0.1"], dir.path(), 0);
    let register = register(dir.path());
    assert_eq!(register.len(), 7);
    assert_eq!(register["noise=0.2-s1"], ["1", "0.2", "done"]);
    assert_eq!(register["noise=0.1-s3"], ["3", "0.1", "done"]);
}

#[test]
fn a_killed_design_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let [killed, straight] = ["killed", "straight"].map(|name| dir.path().join(name));
    // Long enough to be caught in the middle of the second run.
    let args = ["scenarios/quick_look.ron", "--vary", "ticks=1,12", "--checkpoint", "0"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(root()).arg("sweep").args(args).arg("--out").arg(&killed);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(&mut child, || killed.join("ticks=12-s1/checkpoint.bin").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    // Another cell of the design lists it as what it is.
    sweep(&args[..1], &["--vary", "ticks=2", "--checkpoint", "0"], &killed, 0);
    assert_eq!(register(&killed)["ticks=12-s1"], ["1", "12", "cut off"]);
    let (plan, _) = sweep(&args, &["--dry-run"], &killed, 0);
    assert!(plan.contains("1 of 2 runs are done") && plan.contains("to be resumed"), "{plan}");
    let (_, told) = sweep(&args, &[], &killed, 0);
    assert!(told.contains("ticks=1, seed 1 (1 of 2): done before, skipped"), "{told}");
    assert!(told.contains("ticks=12, seed 1 (2 of 2): resumed from its last checkpoint"), "{told}");
    assert!(!manifest(&killed.join("ticks=12-s1"))["resumed_at"].as_array().unwrap().is_empty());
    sweep(&args, &[], &straight, 0);
    let mut all = results(&killed);
    all.retain(|name, _| !name.starts_with("ticks=2-"));
    assert_eq!(all, results(&straight));
}

#[test]
fn a_cell_that_is_resumed_by_hand_stays_one_of_its_design() {
    let dir = tempfile::tempdir().unwrap();
    sweep(&SCRIPTED, &["--vary", "noise=0,0.1"], dir.path(), 0);
    let cell = dir.path().join("noise=0.1-s1");
    edit_manifest(&cell, "status", "failed");
    sim().args(SCRIPTED).args(["--set", "noise=0.1", "--resume", "--out"]).arg(&cell).assert().success();
    assert_eq!(manifest(&cell)["factors"]["noise"], "0.1", "though it began again");
}

#[test]
fn processes_that_share_a_folder_do_not_break_each_others_files() {
    let dir = tempfile::tempdir().unwrap();
    let begin = |seed: u32| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
        command.current_dir(root()).arg("sweep").args(SCRIPTED).args(["--vary", "noise=0,0.1", "--threads", "1"]);
        command.args(["--seeds", &seed.to_string(), "--out"]).arg(dir.path());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in (1..=4).map(begin).collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let register = register(dir.path());
    assert_eq!(register.len(), 8, "{register:?}");
    // The last to write knows what the others have done by then.
    assert!(register.values().any(|row| row[2] == "done"));
    let names: Vec<String> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into())
        .collect();
    assert!(names.iter().all(|name| !name.contains("partial")), "{names:?}");
}

#[test]
fn mistakes_of_all_cells_are_told_once_and_before_anything_runs() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let refused = |more: &[&str]| {
        let (_, told) = sweep(&SCRIPTED, more, &out, 2);
        assert!(!out.exists(), "{told}");
        told
    };
    let told = refused(&["--vary", "noise=0,0.1,2", "--vary", "output.every=1,2", "--set", "opening=Blanc"]);
    assert_eq!(told.matches("Blanc").count(), told.matches("did you mean `Blank`").count() + 1, "{told}");
    assert_eq!(told.matches("in 2 of 6 cells: noise=2, every=1, and others").count(), 1, "{told}");
    assert!(told.contains("2 errors; nothing was run"), "{told}");
    let told = refused(&["--vary", "nois=0,1"]);
    assert!(
        told.contains("--vary nois: no field")
            && told.contains("1 error; nothing")
            && told.contains("did you mean `noise`"),
        "{told}"
    );
    let told = refused(&["--vary", "game=Named(\"chicken\"),stag_hunt"]);
    assert!(told.contains("in 1 of 2 cells"), "{told}");
    assert!(refused(&["--vary", "noise=0,0.1", "--set", "noise=0.2"]).contains("both set and varied"));
    assert!(refused(&["--vary", "ticks=3,4"]).contains("both set and varied"), "--ticks sets it");
    assert!(refused(&["--vary", "noise=0..0.2:0.00001", "--seeds", "1..9"]).contains("at most 10000"));
    assert!(refused(&["--vary", "noise=0..0.2:0.0001", "--seeds", "1..9"]).contains("18009 runs"));
    assert!(refused(&["--vary", "noise=0,0.1", "--design", "latin"]).contains("--samples"));
    assert!(refused(&["--vary", "seed=1,2"]).contains("--seeds"));
    assert!(refused(&["--vary", "seed:=1,2"]).contains("--seeds"));
    assert!(refused(&["--vary", "ticks:=1,2"]).contains("both set and varied"), "ticks are set above");
    assert!(refused(&["--seeds", "1", "--design", "latin", "--samples", "5"]).contains("--vary PATH=VALUES"));
    assert!(refused(&["--vary", "noise=0,0.1", "--design-seed", "5"]).contains("--design latin"));
    let whole = refused(&["--vary", "populations.grim.count=2..9", "--design", "latin", "--samples", "3"]);
    assert!(whole.contains("for whole numbers write populations.grim.count=2..9:1"), "{whole}");
    assert!(stderr(sim().args(["sweep", SCRIPTED[0]]), 2).contains("--vary"));
}

#[test]
fn a_latin_design_is_drawn_from_the_seed() {
    let dir = tempfile::tempdir().unwrap();
    let cells = |more: &[&str]| {
        let args = ["--vary", "noise=0..0.5", "--design", "latin", "--samples", "5", "--dry-run"];
        let (plan, _) = sweep(&SCRIPTED, &[args.as_slice(), more].concat(), &dir.path().join("none"), 0);
        let row = |line: &str| line.contains("to be run").then(|| line.split_whitespace().next().unwrap().to_owned());
        plan.lines().filter_map(row).collect::<Vec<String>>()
    };
    let drawn = cells(&[]);
    assert_eq!(drawn.len(), 5);
    let mut strata: Vec<u32> = drawn.iter().map(|value| (value.parse::<f64>().unwrap() * 10.0) as u32).collect();
    strata.sort_unstable();
    assert_eq!(strata, [0, 1, 2, 3, 4]);
    assert_eq!(drawn, cells(&["--design-seed", "1"]), "the scenario's seed is 1");
    assert_ne!(drawn, cells(&["--design-seed", "2"]));
    assert_ne!(drawn, cells(&["--seed", "2"]));
}

#[test]
fn levels_side_by_side_and_values_with_commas_have_folders_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let vary = ["--vary", "matchmaking=RandomPairs(repeats: 1),RoundRobin", "--vary", "noise=0,0.1"];
    sweep(&SCRIPTED, &[vary.as_slice(), &["--design", "paired"]].concat(), dir.path(), 0);
    let register = register(dir.path());
    let folders: Vec<&String> = register.keys().collect();
    assert_eq!(folders.len(), 2);
    assert!(folders[0].starts_with("matchmaking=RandomPairs_repeats_1,noise=0-") && folders[0].ends_with("-s1"));
    assert_eq!(folders[1], "matchmaking=RoundRobin,noise=0.1-s1");
    assert!(folders.iter().all(|folder| dir.path().join(folder).join("manifest.json").exists()));
    assert_eq!(register[folders[0]], ["1", "RandomPairs(repeats: 1)", "0", "done"]);
}

#[test]
fn what_is_in_the_way_of_a_design_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let vary = ["--vary", "noise=0,0.1"];
    let folder = dir.path().join("noise=0.1-s1");
    sweep(&SCRIPTED, &vary, dir.path(), 0);
    let (_, told) = sweep(&SCRIPTED, &["--vary", "noise=0,0.1,0.2", "--set", "opening=MadeUp"], dir.path(), 1);
    assert!(told.contains("noise=0-s1 holds a run") && told.contains("noise=0.1-s1 holds a run"), "{told}");
    assert!(!dir.path().join("noise=0.2-s1").exists());
    let (_, told) = sweep(&SCRIPTED, &vary, &folder, 1);
    assert!(told.contains("is the folder of a run"), "{told}");
    std::fs::write(dir.path().join("design.csv"), "mine\n").unwrap();
    let (_, told) = sweep(&SCRIPTED, &vary, dir.path(), 1);
    assert!(told.contains("design.csv is no table of a design"), "{told}");
    assert_eq!(std::fs::read_to_string(dir.path().join("design.csv")).unwrap(), "mine\n");
}

#[test]
fn a_run_that_failed_in_a_design_is_restarted_and_registered() {
    let dir = tempfile::tempdir().unwrap();
    let vary = ["--vary", "noise=0,0.1"];
    sweep(&SCRIPTED, &vary, dir.path(), 0);
    let whole = results(dir.path());
    edit_manifest(&dir.path().join("noise=0.1-s1"), "status", "failed");
    let (_, told) = sweep(&SCRIPTED, &["--vary", "noise=0.1"], dir.path(), 0);
    assert!(told.contains("restarted"), "{told}");
    assert_eq!(results(dir.path()), whole);
    assert_eq!(register(dir.path())["noise=0.1-s1"][2], "done");
}

#[test]
fn sweep_with_seeds_alone_is_the_old_sweep() {
    let dir = tempfile::tempdir().unwrap();
    let [new, old] = ["new", "old"].map(|name| dir.path().join(name));
    let (table, _) = sweep(&SCRIPTED, &["--seeds", "1,2"], &new, 0);
    let expected = stdout(sim().args(SCRIPTED).args(["--seeds", "1,2", "--out"]).arg(&old), 0);
    // Below the table is the path of the page, which is in this folder.
    let above = |text: &str| text.split_once("Report over seeds").unwrap().0.to_owned();
    assert_eq!(above(&table), above(&expected));
    assert_eq!(results(&new), results(&old));
    assert!(!new.join("design.csv").exists() && new.join("scripted_tournament-s2/manifest.json").exists());
}

#[test]
fn the_help_of_a_command_lists_what_that_command_takes() {
    let help = |args: &[&str]| stdout(sim().args(args).arg("--help"), 0);
    let sweep = help(&["sweep"]);
    assert!(sweep.contains("--vary") && sweep.contains("--seeds") && sweep.contains("--log"), "{sweep}");
    assert!(!sweep.contains("--force") && !sweep.contains("--resume"), "{sweep}");
    for args in [&["run"][..], &[]] {
        let run = help(args);
        assert!(run.contains("--force") && run.contains("--resume") && !run.contains("--vary"), "{run}");
    }
    assert!(help(&["verify"]).contains("the first tick is 0"));
}
