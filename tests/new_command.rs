//! `sim new`: every template is a scenario that runs, in every language, and nothing is overwritten.

use crate::support::{files, root, sim, stderr, stdout};

/// The names of the templates, by their files.
fn templates() -> Vec<String> {
    let files = files(&root().join("scenarios/templates"), "ron");
    files.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_template_is_listed_and_passes_a_dry_run_in_every_language() {
    let dir = tempfile::tempdir().unwrap();
    let listed = stdout(sim().arg("new"), 0);
    assert!(templates().len() >= 6);
    for name in templates() {
        assert!(listed.lines().any(|line| line.trim_start().starts_with(&format!("{name}  "))), "{listed}");
        for ending in ["ron", "json", "yaml", "yml", "toml"] {
            let file = format!("{name}.{ending}");
            let said = stdout(sim().args(["new", &name, &file]).current_dir(dir.path()), 0);
            assert!(said.contains(&format!("sim {file} --dry-run")), "{said}");
            let plan = stdout(sim().args([&file, "--dry-run"]).current_dir(dir.path()), 0);
            assert!(plan.starts_with(&format!("{name}, seed 1")), "{plan}");
        }
    }
    // In RON, comments come along.
    let text = std::fs::read_to_string(dir.path().join("morals.ron")).unwrap();
    assert_eq!(text, std::fs::read_to_string(root().join("scenarios/templates/morals.ron")).unwrap());
}

#[test]
fn a_template_is_named_after_its_file_and_overwrites_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let new = |args: &[&str]| {
        let mut command = sim();
        command.arg("new").args(args).current_dir(dir.path());
        command
    };
    stdout(&mut new(&["tournament"]), 0);
    std::fs::write(dir.path().join("tournament.ron"), "mine").unwrap();
    let told = stderr(&mut new(&["tournament"]), 1);
    assert!(told.contains("tournament.ron already exists; not overwritten"), "{told}");
    assert_eq!(std::fs::read_to_string(dir.path().join("tournament.ron")).unwrap(), "mine");
    let told = stderr(&mut new(&["turnament"]), 2);
    assert!(told.contains("did you mean `tournament`?"), "{told}");
    let told = stderr(&mut new(&["tournament", "mine.txt"]), 2);
    assert!(told.contains("must end in .ron, .json, .yaml, .yml, .toml"), "{told}");
    let told = stderr(&mut new(&["tournament", "nowhere/mine.ron"]), 1);
    assert!(told.contains("cannot be written"), "{told}");
}

#[test]
fn files_that_are_no_scenarios_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large.yaml");
    std::fs::File::create(&large).unwrap().set_len(100 << 20).unwrap();
    let told = stderr(sim().arg(&large), 2);
    assert!(told.contains("more than the 4194304 bytes that are read"), "{told}");
    std::fs::write(dir.path().join("a.toml"), b"version = 1\n# \xff\n").unwrap();
    let told = stderr(sim().arg(dir.path().join("a.toml")), 2);
    assert!(told.contains("a.toml:2: not UTF-8 text"), "{told}");
    std::fs::write(dir.path().join("a.yaml"), "version: 1\n\0").unwrap();
    let told = stderr(sim().arg(dir.path().join("a.yaml")), 2);
    assert!(told.contains("a zero byte in the text"), "{told}");
}
