//! Scripts for Slurm and Kubernetes, run as those would run them.

use super::{SCRIPTED, VARIED, merge, merged, of_runs, said, sweep};
use crate::support::{manifest, root, sim, stderr, stdout, wait_until};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Does what Slurm does with the tasks of an array, one after another, and returns what each said.
fn tasks(script: &Path, numbers: std::ops::Range<usize>) -> Vec<Output> {
    let task = |number: usize| {
        let mut command = Command::new("bash");
        command.arg(script).env("SLURM_ARRAY_TASK_ID", number.to_string()).current_dir("/").output().unwrap()
    };
    numbers.map(task).collect()
}

#[test]
fn the_script_for_slurm_runs_every_task_and_merges() {
    let dir = tempfile::tempdir().unwrap();
    let [out, straight] = ["it's $(here) %a", "straight"].map(|name| dir.path().join(name));
    let slurm = ["--emit", "slurm", "--pack", "3", "--walltime", "7", "--memory", "1.5", "--threads", "2"];
    let told = stdout(&mut sweep(&SCRIPTED, &[VARIED.as_slice(), &slurm].concat(), &out), 0);
    assert!(told.contains("4 runs in 2 tasks") && told.contains("bash "), "{told}");
    let script = out.join("sweep.slurm");
    assert!(Command::new("bash").arg("-n").arg(&script).status().unwrap().success());
    let text = std::fs::read_to_string(&script).unwrap();
    for option in
        ["array=0-1", "time=7", "signal=B:USR1@105", "mem=1536M", "cpus-per-task=2", "job-name=scripted_tournament"]
    {
        assert!(text.contains(&format!("#SBATCH --{option}\n")), "{option} in {text}");
    }
    assert!(text.contains("afterany") && !text.contains("--gpus"), "{text}");
    for output in tasks(&script, 0..2) {
        said(&output, 0);
    }
    let merging = Command::new("bash").arg(&script).arg("merge").output().unwrap();
    said(&merging, 0);
    sweep(&SCRIPTED, &VARIED, &straight).assert().success();
    assert_eq!(of_runs(&out), of_runs(&straight));
    assert_eq!(merged(&out.join("merged")).len(), 4);
    // A run that fails does not keep the others from being run, and the task says so.
    std::fs::remove_dir_all(out.join("noise=0.1-s1")).unwrap();
    std::fs::write(out.join("noise=0-s1/manifest.json"), "{").unwrap();
    let told = said(&tasks(&script, 0..1)[0], 1);
    assert!(told.contains("1 of the runs of this task failed"), "{told}");
    assert!(out.join("noise=0.1-s1/manifest.json").exists());
}

#[test]
fn a_task_that_is_told_to_stop_leaves_a_checkpoint_and_goes_on_later() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("runs");
    let args = ["scenarios/quick_look.ron", "--ticks", "12", "--checkpoint", "0"];
    stdout(&mut sweep(&args, &["--seeds", "1..2", "--emit", "slurm", "--pack", "2"], &out), 0);
    let script = out.join("sweep.slurm");
    let mut command = Command::new("bash");
    command.arg(&script).env("SLURM_ARRAY_TASK_ID", "0").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    wait_until(&mut child, || out.join("quick_look-s1/checkpoint.bin").exists());
    assert!(Command::new("kill").args(["-USR1", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(manifest(&out.join("quick_look-s1"))["status"], "interrupted");
    assert!(!out.join("quick_look-s2").exists(), "no other run is begun");
    said(&tasks(&script, 0..1)[0], 0);
    merge(&out, &[]).assert().success();
}

#[test]
fn the_manifest_for_kubernetes_is_yaml_and_its_script_runs() {
    use saphyr_parser::{Event, Parser};
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().canonicalize().unwrap();
    std::fs::copy(root().join(SCRIPTED[0]), home.join("mine.ron")).unwrap();
    let emit = |more: &[&str]| {
        let mut command = sim();
        command.current_dir(&home).args(["sweep", "mine.ron", "--ticks", "2", "--emit", "k8s", "--pack", "1"]);
        command.args(VARIED).args(more);
        command
    };
    let told = stderr(&mut emit(&["--out", "a run's"]), 2);
    assert!(told.contains("--image") && told.contains("--claim"), "{told}");
    let pod = ["--image", "here/sim:\"1\"", "--claim", "shared"];
    let told = stderr(&mut emit(&[&pod[..], &["--out", "/nowhere/else"]].concat()), 2);
    assert!(told.contains("/nowhere/else is not in"), "{told}");
    stdout(&mut emit(&[&pod[..], &["--out", "a run's"]].concat()), 0);
    let text = std::fs::read_to_string(home.join("a run's/sweep.yaml")).unwrap();
    let scalars: Vec<String> = Parser::new_from_str(&text)
        .map(|event| event.unwrap_or_else(|error| panic!("{error}: {text}")).0)
        .filter_map(|event| if let Event::Scalar(text, ..) = event { Some(text.to_string()) } else { None })
        .collect();
    let after = |key: &str| &scalars[scalars.iter().position(|scalar| scalar == key).unwrap() + 1];
    assert_eq!((after("completions").as_str(), after("image").as_str()), ("4", "here/sim:\"1\""));
    assert_eq!(after("workingDir"), home.to_str().unwrap());
    let script = after("args");
    let bin = Path::new(env!("CARGO_BIN_EXE_sim")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for index in 0..4 {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).env("JOB_COMPLETION_INDEX", index.to_string()).env("PATH", &path);
        said(&command.current_dir(&home).output().unwrap(), 0);
    }
    merge(&home.join("a run's"), &[]).assert().success();
}
