//! Sound files of every kind that `sim` reads, to be damaged.

use agora::llm::decoder::BaseModel;
use agora::llm::files::fetch::Fetcher;
use agora::llm::files::load::load;
use agora::llm::text::chat::ChatDate;
use agora::run::{Interrupt, RunOptions, Simulation};
use agora::scenario::load::{load as load_scenario, load_text};
use agora::scenario::text::Syntax;
use agora::scenario::text::resolved::in_syntax;
use agora::world::schedule::Tick;
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use safetensors::serialize_to_file;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, json};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The sound files.
pub(crate) struct Samples {
    /// Every shipped scenario.
    pub(crate) scenarios: Vec<Vec<u8>>,
    /// The ending of a scenario language, and scenarios in it.
    pub(crate) languages: Vec<(&'static str, Vec<Vec<u8>>)>,
    /// A GGUF file with weights, tokenizer and chat template.
    pub(crate) gguf: Vec<u8>,
    /// A model's folder.
    pub(crate) model: PathBuf,
    /// An adapter's folder.
    pub(crate) adapter: PathBuf,
    /// A finished run.
    pub(crate) done: PathBuf,
    /// A run stopped after its first tick, with a checkpoint.
    pub(crate) stopped: PathBuf,
    /// The scenario of the stopped run.
    pub(crate) scenario: PathBuf,
}

pub(crate) const TEMPLATE: &str = "{% set mark = '<|' %}{% for message in messages %}{% if loop.first and message.role == 'system' %}\
    {{ mark ~ message.role|upper }}{% else %}{{ mark ~ message['role'] }}{% endif %}|>\n{{ message.content | trim }}\
    {{ '<|end|>' * 1 }}\n{% endfor %}{% macro end(x) %}{{ x | tojson }}{% endmacro %}\
    {% if add_generation_prompt %}{{ mark }}assistant|>\n{% endif %}{{ strftime_now('%d %b %Y')[:0] }}";

const SCENARIO: &str = r#"(
  version: 1, name: "stopped", ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
  output: (moves: true, pairs: true),
  populations: [
    (name: "payoff", policy: Llm(adapter: (rank: 2)), learner: Ppo(), rewards: [(term: Payoff), (term: Deontological())]),
    (name: "table", policy: QLearning()),
    (name: "network", policy: QNetwork()),
    (name: "script", policy: Scripted(GenerousTitForTat())),
  ],
)"#;

impl Samples {
    /// Makes all of them in `folder`.
    pub(crate) fn make(folder: &Path) -> Self {
        let scenarios = scenario_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"));
        assert!(scenarios.len() > 30, "the shipped scenarios are there");
        let languages = languages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"));
        let tiny = load("tiny", &Fetcher::from_env(indicatif::ProgressBar::hidden()), ChatDate::default());
        let base = &tiny.expect("it is built in").base;
        let paths = ["model", "done", "stopped", "stopped.ron"].map(|name| folder.join(name));
        let [model, done, stopped, scenario] = paths;
        let gguf = folder.join("model.gguf");
        if stopped.join("checkpoint.bin").exists() {
            // Another process of this program has made them.
            return Self::there(scenarios, languages, &gguf, [model, done, stopped, scenario]);
        }
        write_model(base, &model);
        write_gguf(base, &gguf);
        fs::write(&scenario, SCENARIO).expect("the folder can be written to");
        play(&done, false);
        // Comes last, since what it leaves says that all is there.
        play(&stopped, true);
        Self::there(scenarios, languages, &gguf, [model, done, stopped, scenario])
    }

    /// Those that lie in folders.
    fn there(
        scenarios: Vec<Vec<u8>>,
        languages: Vec<(&'static str, Vec<Vec<u8>>)>,
        gguf: &Path,
        [model, done, stopped, scenario]: [PathBuf; 4],
    ) -> Self {
        let adapter = done.join("adapters").join("payoff_0");
        assert!(adapter.is_dir(), "a run saves adapters");
        let gguf = fs::read(gguf).expect("it was written");
        Self { scenarios, languages, gguf, model, adapter, done, stopped, scenario }
    }
}

/// A checkpoint under the checksum of what is in it.
pub(crate) fn reseal(bytes: &[u8]) -> Vec<u8> {
    let content = &bytes[..bytes.len().saturating_sub(32)];
    [content, &Sha256::digest(content)[..]].concat()
}

fn scenario_files(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("it exists").map(|entry| entry.expect("it is read").path()).collect();
    paths.sort();
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "ron");
    let mut files: Vec<_> =
        paths.iter().filter(|path| is_scenario(path)).map(|path| fs::read(path).expect("it is read")).collect();
    for folder in paths.iter().filter(|path| path.is_dir()) {
        files.extend(scenario_files(folder));
    }
    files
}

/// Shipped scenarios in every language but RON, and some that use what only that language or only a file has.
fn languages(folder: &Path) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    const YAML: &str = "# yaml-language-server: $schema=s.json\nextends: base.ron\nticks: 3\npopulations:\n- &a\n  name: a\n  \
        policy: {Llm: {adapter: {rank: 2}}}\n  learner: &l {Grpo: {}}\n- name: 'b'\n  policy: {Scripted: \"Grim\"}\n  learner: ~\n\
        - {name: c, policy: {Llm: {prompt: {persona: |\n    two\n    lines\n  }}}, learner: *l}\n- name: selfish\n  remove: true\n";
    const TOML: &str = "extends = \"base.ron\"\nticks = 3\noutput.every = 1\n[[populations]]\nname = 'a'\n\
        policy.Llm.adapter = { rank = 2, alpha = 8e0 }\n[populations.learner.Grpo.optimizer]\nlr = 1_0.5e-3\n\
        max_grad_norm = \"None\"\n[[populations]]\nname = \"selfish\"\nremove = true\n";
    const JSON: &str = "{\"$schema\": \"s.json\", \"extends\": \"base.ron\", \"populations\": [{\"name\": \"selfish\", \"remove\": true}]}";
    let known = Simulation::new().known();
    let samples = ["quick_look", "public_goods", "partner_choice", "talk", "evolution"].map(|name| {
        let scenario = load_scenario(&folder.join(format!("{name}.ron")), &[], &known);
        scenario.unwrap_or_else(|errors| panic!("{errors}")).spec
    });
    let own = |syntax: Syntax| match syntax {
        Syntax::Ron => "(extends: \"base.ron\", ticks: 3, populations: [(name: \"selfish\", remove: true)])",
        Syntax::Json => JSON,
        Syntax::Yaml => YAML,
        Syntax::Toml => TOML,
    };
    let all = Syntax::ALL.map(|(syntax, endings)| {
        let written = samples.iter().map(|spec| in_syntax(spec, syntax).into_bytes());
        (endings[0], written.chain([own(syntax).as_bytes().to_vec()]).collect())
    });
    all.into()
}

/// Plays the scenario into `out`, to its end or to its first checkpoint.
fn play(out: &Path, stops: bool) {
    let mut simulation = Simulation::new();
    let scenario = load_text("stopped.ron", SCENARIO, "stopped", &[], &simulation.known());
    let scenario = scenario.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let interrupt = Interrupt::default();
    if stops {
        let interrupt = interrupt.clone();
        let stop = move || {
            interrupt.request();
        };
        simulation.app.add_systems(Tick, stop);
    }
    let options = RunOptions {
        out: Some(out.to_path_buf()),
        threads: Some(1),
        checkpoints: Some(Duration::ZERO),
        interrupt,
        ..RunOptions::default()
    };
    let played = simulation.run(&scenario, &options, &Fetcher::from_env(indicatif::ProgressBar::hidden()));
    assert_eq!(played.is_err(), stops, "{played:?}");
    assert_eq!(out.join("checkpoint.bin").exists(), stops);
}

/// The model's tensors: (name in safetensors, name in GGUF, shape, values).
fn tensors(base: &BaseModel) -> Vec<(String, String, Vec<usize>, Vec<f32>)> {
    let config = &base.config;
    let (hidden, queries, keys) = (config.hidden, config.heads * config.head_dim, config.kv_heads * config.head_dim);
    let mut all: Vec<(String, String, Vec<usize>, Vec<f32>)> = vec![
        (
            "model.embed_tokens.weight".into(),
            "token_embd.weight".into(),
            vec![config.vocab, hidden],
            base.embedding.rows(),
        ),
        ("model.norm.weight".into(), "output_norm.weight".into(), vec![hidden], base.final_norm.clone()),
    ];
    let matrices = [
        ("self_attn.q_proj", "attn_q", [queries, hidden]),
        ("self_attn.k_proj", "attn_k", [keys, hidden]),
        ("self_attn.v_proj", "attn_v", [keys, hidden]),
        ("self_attn.o_proj", "attn_output", [hidden, queries]),
        ("mlp.gate_proj", "ffn_gate", [config.intermediate, hidden]),
        ("mlp.up_proj", "ffn_up", [config.intermediate, hidden]),
        ("mlp.down_proj", "ffn_down", [hidden, config.intermediate]),
    ];
    for (i, layer) in base.layers.iter().enumerate() {
        let mut add = |long: &str, short: &str, shape: &[usize], values| {
            all.push((
                format!("model.layers.{i}.{long}.weight"),
                format!("blk.{i}.{short}.weight"),
                shape.to_vec(),
                values,
            ));
        };
        add("input_layernorm", "attn_norm", &[hidden], layer.attention_norm.clone());
        add("post_attention_layernorm", "ffn_norm", &[hidden], layer.mlp_norm.clone());
        for ((long, short, shape), weight) in matrices.iter().zip(&layer.projections) {
            add(long, short, shape, weight.rows());
        }
    }
    all
}

/// One token per byte as GPT-2 writes them, then three marks and a merge.
fn tokens() -> Vec<String> {
    let mut next = 256u32;
    let byte = |byte: u8| match byte {
        b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte).to_string(),
        _ => {
            next += 1;
            char::from_u32(next - 1).expect("256 to 511 are characters").to_string()
        }
    };
    let bytes = (0..=255u8).map(byte).collect::<Vec<_>>();
    bytes.into_iter().chain(["<|user|>", "<|assistant|>", "<|end|>", "ac"].map(String::from)).collect()
}

fn write_model(base: &BaseModel, folder: &Path) {
    fs::create_dir_all(folder).expect("the folder can be made");
    let config = &base.config;
    let text = json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": config.vocab, "hidden_size": config.hidden,
        "intermediate_size": config.intermediate, "num_hidden_layers": config.layers(), "hidden_act": "silu",
        "num_attention_heads": config.heads, "num_key_value_heads": config.kv_heads, "head_dim": config.head_dim,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true, "max_position_embeddings": 2048,
    });
    let vocab: Map<_, _> = tokens().into_iter().enumerate().map(|(id, token)| (token, json!(id))).collect();
    let added = |id: usize, content: &str| json!({"id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false});
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let tokenizer = json!({
        "version": "1.0", "added_tokens": [added(256, "<|user|>"), added(257, "<|assistant|>"), added(258, "<|end|>")],
        "pre_tokenizer": level, "decoder": level, "normalizer": {"type": "NFC"},
        "model": {"type": "BPE", "vocab": vocab, "merges": [["a", "c"]]},
    });
    let chat = json!({"chat_template": TEMPLATE, "eos_token": "<|end|>", "bos_token": {"content": "<|user|>"}});
    for (name, value) in [("config.json", text), ("tokenizer.json", tokenizer), ("tokenizer_config.json", chat)] {
        fs::write(folder.join(name), value.to_string()).expect("the folder can be written to");
    }
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let weights: Vec<_> =
        tensors(base).into_iter().map(|(name, _, shape, values)| (name, shape, bytes(&values))).collect();
    let views = weights
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("shapes fit")));
    serialize_to_file(views, None, &folder.join("model.safetensors")).expect("the folder can be written to");
}

fn write_gguf(base: &BaseModel, path: &Path) {
    let config = &base.config;
    let number = |n: usize| Value::U32(u32::try_from(n).expect("tiny sizes"));
    let text = |text: &str| Value::String(text.into());
    let tokens = tokens();
    let kinds = (0..tokens.len()).map(|id| Value::I32(if (256..259).contains(&id) { 3 } else { 1 })).collect();
    let metadata = [
        ("general.architecture", text("llama")),
        ("llama.context_length", number(2048)),
        ("llama.embedding_length", number(config.hidden)),
        ("llama.block_count", number(config.layers())),
        ("llama.feed_forward_length", number(config.intermediate)),
        ("llama.attention.head_count", number(config.heads)),
        ("llama.attention.head_count_kv", number(config.kv_heads)),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(config.norm_eps)),
        ("llama.rope.freq_base", Value::F32(10_000.0)),
        ("tokenizer.ggml.model", text("gpt2")),
        ("tokenizer.ggml.pre", text("smollm")),
        ("tokenizer.ggml.tokens", Value::Array(tokens.iter().map(|token| text(token)).collect())),
        ("tokenizer.ggml.token_type", Value::Array(kinds)),
        ("tokenizer.ggml.merges", Value::Array(vec![text("a c")])),
        ("tokenizer.ggml.eos_token_id", number(258)),
        ("tokenizer.chat_template", text(TEMPLATE)),
    ];
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let quantized = |values: &[f32], shape: &[usize]| {
        let tensor = Tensor::from_slice(values, shape, &Device::Cpu).expect("shapes fit");
        let kind = if shape.len() == 2 { GgmlDType::Q8_0 } else { GgmlDType::F32 };
        QTensor::quantize(&tensor, kind).expect("widths are multiples of 32")
    };
    let tensors: Vec<_> =
        tensors(base).into_iter().map(|(_, name, shape, values)| (name, quantized(&values, &shape))).collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let mut file = File::create(path).expect("the folder can be written to");
    gguf_file::write(&mut file, &metadata, &tensors).expect("the file can be written to");
}
