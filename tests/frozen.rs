//! Frozen players: two foreign architectures against a learner, the same bytes on any number of threads, after a resume
//! and in a sweep, what the manifest and the plan say of them, and what is refused.
#![expect(clippy::print_stdout, reason = "figures for the documents")]

use crate::resume::check_resumed_is_straight;
use crate::support::{Table, real_model, root, run_text, scenario, sim, skip_real_model, stderr, stdout};
use agora::llm::engine::cpu::{CpuEngine, Workspace};
use agora::llm::engine::machine::Backend;
use agora::llm::engine::{Agent, Keep};
use agora::llm::files::fetch::Fetcher;
use agora::llm::frozen::{FrozenSource, Texts, locate};
use agora::llm::text::chat::{ChatDate, Message};
use agora::llm::tree::PromptTree;
use agora::run::{Manifest, Simulation};
use serde_json::{Map, Value, json};
use std::path::Path;

const TEMPLATE: &str = "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n{% endfor %}\
                        {% if add_generation_prompt %}<|assistant|>\n{% endif %}";

/// A model folder at `path`: the random weights of a fixture, with a tokenizer of bytes and four marks.
fn model(fixture: &str, path: &Path) {
    std::fs::create_dir_all(path).unwrap();
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(root().join("tests/fixtures/frozen").join(fixture).join(file), path.join(file)).unwrap();
    }
    // GPT-2's printable stand-ins for bytes, in the order of the bytes.
    let mut next = 256u32;
    let mut vocabulary = Map::new();
    for byte in 0..=255u8 {
        let stand_in = match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte),
            _ => {
                next += 1;
                char::from_u32(next - 1).unwrap()
            }
        };
        vocabulary.insert(stand_in.to_string(), json!(byte));
    }
    let marks = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];
    let added: Vec<Value> = marks
        .iter()
        .enumerate()
        .map(|(i, mark)| {
            json!({"id": 256 + i, "content": mark, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    marks.iter().enumerate().for_each(|(i, mark)| _ = vocabulary.insert((*mark).into(), json!(256 + i)));
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false});
    let tokenizer = json!({
        "version": "1.0", "added_tokens": added, "pre_tokenizer": bytes, "decoder": bytes,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    });
    std::fs::write(path.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let config = json!({"chat_template": TEMPLATE, "eos_token": "<|end|>"});
    std::fs::write(path.join("tokenizer_config.json"), config.to_string()).unwrap();
}

/// A learner on `tiny` against frozen players of two architectures, one of them asked in two ways.
fn duel(models: &Path) -> String {
    let path = |name: &str| models.join(name).display().to_string();
    format!(
        r#"(
            version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(4), model: Named("tiny"),
            populations: [
                (name: "learner", policy: Llm(), learner: Reinforce(optimizer: (lr: 0.003))),
                (name: "olmo", count: 2, policy: Frozen(model: Path("{olmo}"))),
                (name: "frank", policy: Frozen(model: Path("{olmo}"), prompt: (decision: Free, labels: ["A", "B"]))),
                (name: "phi", policy: Frozen(model: Path("{phi}"))),
            ],
            output: (moves: true),
        )"#,
        olmo = path("olmo2"),
        phi = path("phi3"),
    )
}

fn models() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    ["olmo2", "phi3"].into_iter().for_each(|name| model(name, &dir.path().join(name)));
    dir
}

const TABLES: [&str; 3] = ["strategy_evolution.csv", "social_outcomes.csv", "moves.csv"];

fn tables(folder: &Path) -> Vec<Vec<u8>> {
    TABLES.iter().map(|name| std::fs::read(folder.join(name)).unwrap()).collect()
}

#[test]
fn two_architectures_play_a_learner_and_the_bytes_do_not_depend_on_threads() {
    let (models, out) = (models(), tempfile::tempdir().unwrap());
    let text = duel(models.path());
    let runs: Vec<_> = [1, 2, 3].into_iter().map(|threads| (threads, out.path().join(threads.to_string()))).collect();
    for (threads, folder) in &runs {
        run_text(&text, folder, *threads);
    }
    let first = tables(&runs[0].1);
    assert!(runs.iter().all(|(_, folder)| tables(folder) == first));

    let table = Table::read(&runs[0].1, "strategy_evolution.csv");
    let of = |agent: &str, column: &str| -> Vec<String> {
        table.rows_where("agent", agent).into_iter().map(|row| table.text(row, column).to_owned()).collect()
    };
    for agent in ["olmo_0", "olmo_1", "frank_0", "phi_0"] {
        for column in ["p_c_start", "p_c_cc", "p_c_dd"] {
            let cells = of(agent, column);
            let p: f64 = cells[0].parse().unwrap();
            assert!(p > 0.0 && p < 1.0 && cells.iter().all(|cell| *cell == cells[0]), "{agent} {column} {cells:?}");
        }
        let model = if agent == "phi_0" { "frozen:phi3" } else { "frozen:olmo2" };
        assert!(of(agent, "policy").iter().all(|policy| policy == model));
    }
    assert_eq!(of("olmo_0", "p_c_dd"), of("olmo_1", "p_c_dd"), "a model answers all its agents alike");
    assert_ne!(of("olmo_0", "p_c_dd"), of("phi_0", "p_c_dd"));
    assert_ne!(of("learner_0", "p_c_dd")[0], of("learner_0", "p_c_dd")[2], "the learner learns");
    // Without constraint nearly all that random models say is illegal.
    assert!(of("frank_0", "illegal_rate").iter().any(|rate| rate.parse::<f64>().unwrap() > 0.5));

    let manifest = Manifest::read(&runs[0].1).unwrap().unwrap();
    let frozen: Vec<_> = manifest.frozen.iter().map(|model| (&*model.name, &*model.family)).collect();
    assert_eq!(frozen, [("olmo2", "olmo2"), ("phi3", "phi3")], "each model is loaded once");
    assert!(manifest.frozen.iter().all(|model| model.sha256.len() == 64));
    assert!(manifest.instructions.is_some());
}

/// candle's own threads are not those of `--threads`.
#[test]
fn the_bytes_do_not_depend_on_candles_threads() {
    let (models, out) = (models(), tempfile::tempdir().unwrap());
    let file = out.path().join("duel.ron");
    std::fs::write(&file, duel(models.path())).unwrap();
    let run = |threads: &str| {
        let folder = out.path().join(threads);
        sim().arg(&file).arg("--out").arg(&folder).env("RAYON_NUM_THREADS", threads).assert().code(0);
        tables(&folder)
    };
    let [one, two, five] = ["1", "2", "5"].map(run);
    assert!(one == two && one == five);
}

#[test]
fn a_resumed_run_and_a_seed_of_a_sweep_give_the_bytes_of_a_plain_run() {
    let (models, out) = (models(), tempfile::tempdir().unwrap());
    let file = out.path().join("duel.ron");
    std::fs::write(&file, duel(models.path())).unwrap();
    let plain = out.path().join("plain");
    sim().arg(&file).args(["--seed", "2", "--out"]).arg(&plain).assert().code(0);
    let seeds = out.path().join("seeds");
    let said = stderr(sim().arg(&file).args(["--seeds", "2..3", "--out"]).arg(&seeds), 0);
    assert_eq!(said.matches("asking olmo2 its").count(), 1, "a sweep asks once:\n{said}");
    assert_eq!(tables(&seeds.join("duel-s2")), tables(&plain));
    let again = stderr(sim().arg(&file).args(["--seeds", "2..3", "--out"]).arg(&seeds), 0);
    assert!(!again.contains("asking"), "what is done is not asked again:\n{again}");

    check_resumed_is_straight(&scenario(&Simulation::new(), &duel(models.path())), &[1]);

    // Other weights are another run.
    model("helium", &models.path().join("phi3"));
    let error = stderr(sim().arg(&file).args(["--seeds", "2..3", "--out"]).arg(&seeds), 1);
    assert!(error.contains("made with other weights of the model phi3"), "{error}");
}

#[test]
fn a_plan_shows_what_frozen_players_take_and_prompts_what_they_answer() {
    let (models, out) = (models(), tempfile::tempdir().unwrap());
    let file = out.path().join("duel.ron");
    std::fs::write(&file, duel(models.path())).unwrap();
    let plan = stderr(sim().arg(&file).arg("--dry-run"), 0) + &stdout(sim().arg(&file).arg("--dry-run"), 0);
    let lines: Vec<&str> = plan.lines().filter(|line| line.starts_with("  frozen")).collect();
    assert!(lines.len() == 2 && lines[0].contains("olmo2 (olmo2): about "), "{plan}");
    assert!(plan.contains("A = cooperate, B = defect; free (frank)"), "{plan}");

    let prompts = stdout(sim().arg("prompt").arg(&file).args(["--agent", "phi", "--format", "json"]), 0);
    let prompts: Value = serde_json::from_str(&prompts).unwrap();
    assert_eq!(prompts[0]["agents"], json!(["phi_0"]));
    let folder = out.path().join("run");
    run_text(&duel(models.path()), &folder, 1);
    let table = Table::read(&folder, "strategy_evolution.csv");
    let row = table.rows_where("agent", "phi_0")[0];
    for (index, column) in ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"].into_iter().enumerate() {
        let shown = prompts[0]["prompts"][index]["answers"][0]["probability"].as_f64().unwrap();
        assert!((shown - table.number(row, column).unwrap()).abs() < 1e-6, "{column}");
    }
}

/// The engine's own models can be frozen too, and files with floats are the same either way.
#[test]
fn a_frozen_model_of_the_engines_answers_as_an_untrained_agent() {
    let out = tempfile::tempdir().unwrap();
    let text = r#"(
        version: 1, ticks: 1, game: Named("stag_hunt"), rounds: Fixed(2), model: Named("tiny"),
        populations: [
            (name: "untrained", policy: Llm()),
            (name: "frozen", policy: Frozen(model: Named("tiny"))),
            (name: "drawn", policy: Frozen(model: Random(
                family: Qwen3, layers: 2, hidden: 32, intermediate: 48, heads: 4, kv_heads: 2, vocab: 300))),
        ],
    )"#;
    run_text(text, &out.path().join("run"), 2);
    let table = Table::read(&out.path().join("run"), "strategy_evolution.csv");
    let of = |agent: &str| {
        let row = table.rows_where("agent", agent)[0];
        ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"].map(|column| table.text(row, column).to_owned())
    };
    assert_eq!(of("untrained_0"), of("frozen_0"));
    assert_ne!(of("frozen_0"), of("drawn_0"));
}

#[test]
fn frozen_players_are_inherited_as_scripts_are() {
    let out = tempfile::tempdir().unwrap();
    let text = r#"(
        version: 1, ticks: 12, game: Named("prisoners_dilemma"), rounds: Fixed(4), matchmaking: RandomPairs(),
        evolution: (rule: Fermi(strength: 10.0)),
        populations: [
            (name: "frozen", count: 3, policy: Frozen(model: Named("tiny"))),
            (name: "defector", count: 3, policy: Scripted(AlwaysDefect)),
        ],
    )"#;
    check_resumed_is_straight(&scenario(&Simulation::new(), text), &[5]);
    run_text(text, &out.path().join("run"), 2);
    let table = Table::read(&out.path().join("run"), "strategy_evolution.csv");
    let policies = |tick: &str| -> Vec<String> {
        let mut names: Vec<_> =
            table.rows_where("tick", tick).into_iter().map(|row| table.text(row, "policy").to_owned()).collect();
        names.sort_unstable();
        names
    };
    assert_ne!(policies("0"), policies("11"), "somebody has inherited");
    for row in 0..table.len() {
        let p = table.number(row, "p_c_cc").unwrap();
        assert_eq!(p == 0.0, table.text(row, "policy") == "always_defect", "row {row}: {p}");
    }
}

#[test]
fn what_frozen_players_cannot_do_is_refused_where_it_is_written() {
    let out = tempfile::tempdir().unwrap();
    let refused = |population: &str, more: &str, code: i32| {
        let file = out.path().join("refused.ron");
        let text = format!(
            "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(2), populations: [{population}, \
             (name: \"script\", policy: Scripted(Grim))], {more})"
        );
        std::fs::write(&file, text).unwrap();
        stderr(sim().arg(&file).arg("--out").arg(out.path().join("run")), code)
    };
    let frozen =
        |model: &str, more: &str, rest: &str| format!("(name: \"frozen\", policy: Frozen(model: {model}{more}){rest})");
    let tiny = "Named(\"tiny\")";
    let error = refused(&frozen(tiny, ", prompt: (decision: Generate)", ""), "", 2);
    assert!(error.contains("writes no texts") && error.contains("decision: Free"), "{error}");
    let error = refused(&frozen(tiny, "", ", learner: Grpo()"), "", 2);
    assert!(error.contains("frozen model, which does not learn"), "{error}");
    let error = refused(&frozen(tiny, "", ""), "matchmaking: PartnerSelection(episodes: 2)", 2);
    assert!(error.contains("picks no partners"), "{error}");
    let error = refused(&frozen("Named(\"tiyn\")", "", ""), "", 2);
    assert!(error.contains("tiny"), "{error}");
    let error = refused(&frozen("Path(\"nowhere/at/all\")", "", ""), "", 2);
    assert!(error.contains("there is no model at nowhere/at/all"), "{error}");
    let error = refused(&frozen(tiny, ", prompt: (labels: [\"A\"])", ""), "", 2);
    assert!(error.contains("has 2 actions, and `labels` names 1"), "{error}");

    // What only the files tell.
    let folder = out.path().join("model");
    let place = format!("Path({:?})", folder.display().to_string());
    model("mistral", &folder);
    let config = std::fs::read_to_string(folder.join("config.json")).unwrap();
    let narrow = config.replace("\"sliding_window\": 512", "\"sliding_window\": 100");
    std::fs::write(folder.join("config.json"), narrow).unwrap();
    let error = refused(&frozen(&place, "", ""), "", 2);
    assert!(
        error.contains("at most 100 are read: candle-transformers computes sliding windows differently"),
        "{error}"
    );
    model("olmo2", &folder);
    let error = refused(&frozen(&place, "", ""), "memory: GiB(0.00001)", 2);
    assert!(error.contains("frozen model") && error.contains("may be used"), "{error}");
    let error = refused(&frozen(&place, ", prompt: (labels: [\"a\", \"ab\"])", ""), "", 2);
    assert!(error.contains("begins"), "{error}");
    let config = std::fs::read_to_string(folder.join("config.json")).unwrap();
    std::fs::write(folder.join("config.json"), config.replace("Olmo2ForCausalLM", "Olmo9ForCausalLM")).unwrap();
    let error = refused(&frozen(&place, "", ""), "", 1);
    assert!(
        error.contains("Olmo9ForCausalLM cannot be a frozen player") && error.contains("PhiForCausalLM"),
        "{error}"
    );
    std::fs::write(folder.join("config.json"), &config).unwrap();
    std::fs::remove_file(folder.join("model.safetensors")).unwrap();
    let error = refused(&frozen(&place, "", ""), "", 1);
    assert!(error.contains("model.safetensors"), "{error}");
    std::fs::remove_file(folder.join("config.json")).unwrap();
    let error = refused(&frozen(&place, "", ""), "", 1);
    assert!(error.contains("is this a model's folder?"), "{error}");
}

/// The blocks of the default model as they are beside the same blocks dequantised: the figures in `docs/models.md`.
#[test]
fn the_default_model_kept_quantised_is_near_the_dequantised_one() {
    if skip_real_model("the default model as a frozen player") {
        return;
    }
    let base = real_model();
    let user = "Which do you choose, action1 or action2? Answer only action1 or action2.";
    let text = base.tokenizer.render_chat(&[Message::user(user)], true).unwrap();
    let prompts = vec![base.tokenizer.encode_prompt(&text).unwrap()];
    let labels = base.tokenizer.encode_labels(&text, &["action1", "action2", "Cooperate", "I"]).unwrap();
    let tree = PromptTree::new(&prompts, &labels);
    let texts = Texts { prompts: &prompts, labels: &labels, tree: &tree };
    let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
    let score = |quantised: bool| {
        let source = FrozenSource { name: "smollm2-135m-instruct", random: None, quantised };
        let located = locate(source, None, &fetcher, ChatDate::default()).unwrap();
        let summary = located.outline.summary();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        (located.open(texts.longest(), &Backend::default(), pool).unwrap().score(&texts).unwrap(), summary)
    };
    let ((kept, as_kept), (floats, as_floats)) = (score(true), score(false));
    assert_eq!((as_kept.as_str(), as_floats.as_str()), ("llama, Q4_1", "llama"));
    let engine = CpuEngine::new(base.base);
    let ours = engine.forward(&tree, &Agent::default(), Keep::Nothing, 1, &mut Workspace::new()).label_log_probs;
    println!("kept {kept:?}\ndequantised {floats:?}");
    for ((kept, floats), ours) in kept.iter().zip(&floats).zip(&ours) {
        assert!((floats - ours).abs() < 1e-3, "dequantised {floats}, the engine {ours}");
        assert!((kept - floats).abs() < 0.6, "kept {kept}, dequantised {floats}");
    }
    let share = |scores: &[f32]| f64::from(scores[0] - scores[1]);
    assert!((share(&kept) - share(&floats)).abs() < 0.3, "{} and {}", share(&kept), share(&floats));
}
