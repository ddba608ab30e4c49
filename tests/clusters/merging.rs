//! Tables of many runs: their rows, and runs that are missing or are not what was listed.

use super::{SCRIPTED, VARIED, emitted, listed, merge, merged, sweep};
use crate::support::{edit_manifest, manifest, root, sim, stderr, stdout};
use agora::files::sha256_of;

#[test]
fn rows_of_a_merged_table_are_those_of_the_runs() {
    let dir = tempfile::tempdir().unwrap();
    sweep(&SCRIPTED, &VARIED, dir.path()).assert().success();
    emitted(&SCRIPTED, &VARIED, dir.path());
    let told = stdout(&mut merge(dir.path(), &["--table", "pairs"]), 0);
    assert!(told.contains("pairs.csv (") && told.contains("means.csv"), "{told}");
    let all = merged(&dir.path().join("merged"));
    let compared = stdout(sim().args(["compare", "--format", "csv"]).arg(dir.path()), 0);
    assert_eq!(all["means.csv"].trim_end(), compared.trim_end());
    for table in ["pairs.csv", "strategy_evolution.csv"] {
        let mut rows = all[table].lines();
        let heads = rows.next().unwrap().strip_prefix("run,seed,noise,").unwrap();
        for (number, run) in listed(dir.path())["runs"].as_array().unwrap().iter().enumerate() {
            let own = std::fs::read_to_string(dir.path().join(run["folder"].as_str().unwrap()).join(table)).unwrap();
            assert_eq!(own.lines().next().unwrap(), heads, "{number}");
            let before = format!(
                "{},{},{},",
                run["id"].as_str().unwrap(),
                run["seed"],
                run["factors"]["noise"].as_str().unwrap()
            );
            for line in own.lines().skip(1) {
                assert_eq!(rows.next().unwrap(), format!("{before}{line}"));
            }
        }
        assert_eq!(rows.next(), None);
    }
    assert!(stderr(&mut merge(dir.path(), &["--table", "pears"]), 2).contains("no run has a table `pears`"));
}

#[test]
fn missing_runs_are_named_before_anything_is_computed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    sweep(&SCRIPTED, &["--vary", "noise=0,0.1", "--seeds", "1..3"], out).assert().success();
    emitted(&SCRIPTED, &["--vary", "noise=0,0.1", "--seeds", "1..4"], out);
    edit_manifest(&out.join("noise=0-s1"), "status", "running");
    edit_manifest(&out.join("noise=0-s2"), "status", "interrupted");
    edit_manifest(&out.join("noise=0.1-s2"), "status", "failed");
    edit_manifest(&out.join("noise=0.1-s2"), "error", "the disk is full");
    let told = stderr(&mut merge(out, &[]), 1);
    assert!(told.contains("5 of 8 runs are missing; nothing was merged"), "{told}");
    let row = |state: &str, folder: &str| {
        assert!(told.lines().any(|line| line.starts_with(state) && line.ends_with(folder)), "{state} {folder}: {told}");
    };
    row("cut off", "noise=0-s1");
    row("interrupted", "noise=0-s2");
    row("not begun", "noise=0-s4");
    row("failed", "noise=0.1-s2");
    row("not begun", "noise=0.1-s4");
    assert!(told.contains("noise=0.1-s2: the disk is full") && told.contains("--partial"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80 || line.starts_with("What to do")), "{told}");
    assert!(!out.join("merged").exists() && !out.join("merged-partial").exists());
    let printed = stdout(&mut merge(out, &["--partial"]), 0);
    assert!(printed.contains("PARTIAL: 5 of 8 runs are missing") && printed.contains("3 runs merged in"), "{printed}");
    let all = merged(&out.join("merged-partial"));
    assert_eq!(all["runs.csv"].lines().count(), 9);
    assert_eq!(all["runs.csv"].matches(",not begun,,").count(), 2);
    assert_eq!(all["social_outcomes.csv"].lines().count(), 1 + 3 * 2);
    let told = stderr(sim().arg("merge").arg(root().join("scenarios")), 2);
    assert!(told.contains("sweep.json") && told.contains("--emit list"), "{told}");
}

#[test]
fn runs_that_are_not_what_was_listed_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    sweep(&SCRIPTED, &VARIED, out).assert().success();
    emitted(&SCRIPTED, &VARIED, out);
    let folder = out.join("noise=0.1-s2");
    let kept = manifest(&folder);
    let put_back = || std::fs::write(folder.join("manifest.json"), kept.to_string()).unwrap();
    let refused = |words: &str| {
        for more in [&[][..], &["--partial"]] {
            let told = stderr(&mut merge(out, more), 1);
            assert!(told.contains(words) && told.contains("noise=0.1-s2"), "{words} in {told}");
        }
        assert!(!out.join("merged/social_outcomes.csv").exists());
    };
    edit_manifest(&folder, "scenario_sha256", "00ff");
    refused("its scenario has the SHA-256 00ff…");
    put_back();
    edit_manifest(&folder, "version", "0.0.1");
    refused("it was made by sim 0.0.1");
    put_back();
    edit_manifest(&folder, "factors", serde_json::json!({"noise": "0.2"}));
    refused("its factors are `noise=0.2`");
    put_back();
    std::fs::write(folder.join("manifest.json"), "{").unwrap();
    refused("is no manifest");
    put_back();
    let table = folder.join("social_outcomes.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, text.trim_end().rsplit_once('\n').unwrap().0).unwrap();
    refused("is not what the run left");
    let other = text.replacen("cooperation_rate", "cooperation_share", 1);
    std::fs::write(&table, &other).unwrap();
    let mut outputs = kept["outputs"].clone();
    outputs["social_outcomes.csv"] = sha256_of(other.as_bytes()).into();
    edit_manifest(&folder, "outputs", outputs);
    refused("`cooperation_rate` in one, and `cooperation_share` in the other");
    put_back();
    std::fs::write(&table, text).unwrap();
    merge(out, &[]).assert().success();
}

#[test]
fn runs_of_other_weights_are_not_merged() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["scenarios/quick_look.ron", "--ticks", "1", "--seeds", "1,2"];
    sweep(&args, &[], dir.path()).assert().success();
    emitted(&args, &[], dir.path());
    let folder = dir.path().join("quick_look-s2");
    let mut model = manifest(&folder)["model"].clone();
    model["sha256"] = "00ff".into();
    edit_manifest(&folder, "model", model);
    let told = stderr(&mut merge(dir.path(), &[]), 1);
    assert!(told.contains("different weights of the model tiny"), "{told}");
}
