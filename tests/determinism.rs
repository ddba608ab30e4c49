//! The same bytes for the same scenario and seed: twice, on one thread or two.

use crate::support::{check_golden, files, root, sim, skip_real_model};
use crate::testing::processor_has;
use agora::llm::engine::machine::{Backend, FUSED};
use agora::llm::engine::precision::Precision;
use agora::run::{RunOptions, Simulation};
use agora::scenario::load::load;
use std::collections::BTreeMap;
use std::path::Path;

/// Every result of a run by file name: tables and adapters. The manifest holds times and is left out.
fn results(args: &[&str], threads: &str) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    sim().args(args).args(["--threads", threads, "--out"]).arg(&out).assert().success();
    let relative = |path: &Path| path.strip_prefix(&out).unwrap().display().to_string();
    let mut results = BTreeMap::new();
    for extension in ["csv", "ron", "safetensors", "json"] {
        for path in files(&out, extension) {
            results.insert(relative(&path), std::fs::read(&path).unwrap());
        }
    }
    results.remove("manifest.json").expect("every run has a manifest");
    results
}

fn check_same_bytes(args: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let first = results(args, "2");
    assert_eq!(first, results(args, "2"), "the same run twice");
    assert_eq!(first, results(args, "1"), "two threads and one");
    first
}

#[test]
fn tiny_population_is_the_same_twice_and_on_any_number_of_threads() {
    let results =
        check_same_bytes(&["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--set", "output.moves=true"]);
    for file in ["strategy_evolution.csv", "social_outcomes.csv", "moves.csv", "scenario.ron"] {
        assert!(results[file].len() > 100, "{file} has content");
    }
    assert!(results.keys().any(|name| name.ends_with("adapter_model.safetensors")));
}

#[test]
fn another_seed_is_another_history() {
    let one = results(&["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--seed", "1"], "2");
    let two = results(&["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--seed", "2"], "2");
    assert_ne!(one["strategy_evolution.csv"], two["strategy_evolution.csv"]);
}

#[test]
fn real_model_is_the_same_twice_and_on_any_number_of_threads() {
    if skip_real_model("determinism with the real model") {
        return;
    }
    check_same_bytes(&["--scenario", "scenarios/llm_vs_llm.ron", "--ticks", "2"]);
}

/// The strategies of a tiny population, computed in `precision`, whatever this processor is fast at.
fn strategies(precision: Precision, threads: usize) -> String {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut simulation = Simulation::new();
    let Ok(scenario) = load(&root().join("scenarios/quick_look.ron"), &["ticks=6".into()], &simulation.known()) else {
        panic!("the scenario is valid")
    };
    let backend = Backend::Cpu { precision };
    let options = RunOptions { out: Some(out.clone()), threads: Some(threads), backend, ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).unwrap();
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    assert_eq!(manifest.contains("\"cpu, bf16\""), precision == Precision::Bf16, "{manifest}");
    std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap()
}

#[test]
fn bf16_is_the_same_on_any_number_of_threads_and_not_f32() {
    let bf16 = strategies(Precision::Bf16, 2);
    assert_eq!(bf16, strategies(Precision::Bf16, 1));
    assert_ne!(bf16, strategies(Precision::F32, 2));
}

#[test]
fn a_processor_without_bf16_computes_in_f32_and_says_so() {
    let args = ["--scenario", "scenarios/quick_look.ron", "--device", "cpu", "--precision", "bf16", "--dry-run"];
    let output = sim().args(args).assert().success().get_output().clone();
    let told = String::from_utf8(output.stderr).unwrap().contains("neither AMX nor AVX512-BF16");
    // Only Linux lists the features of the processor.
    if cfg!(target_os = "linux") {
        assert_eq!(told, !processor_has("avx512_bf16"));
    }
}

/// What a run of the command line wrote with these options, and the instructions of its manifest.
fn evolution_and_instructions(options: &[&str]) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let args = ["--scenario", "scenarios/quick_look.ron", "--ticks", "3", "--set", "seed=5", "--out"];
    sim().args(args).arg(&out).args(options).assert().success();
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("manifest.json")).unwrap()).unwrap();
    let table = std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap();
    (table, manifest["instructions"].as_str().unwrap().to_string())
}

/// One file for all processors: the test compares those with AVX2, AVX-512 and AMX.
#[test]
fn a_run_gives_the_same_bytes_on_every_processor() {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let (table, instructions) = evolution_and_instructions(&["--precision", "f32"]);
    assert_eq!(instructions, FUSED);
    check_golden("quick_look_3_ticks.csv", &table, 0.0);
}

#[test]
fn what_depends_on_the_processor_is_recorded() {
    let (_, instructions) = evolution_and_instructions(&["--precision", "bf16"]);
    assert_eq!(instructions != FUSED, Precision::Bf16.on_this_cpu() == Precision::Bf16);
}
