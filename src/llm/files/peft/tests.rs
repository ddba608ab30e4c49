//! Round trips, PEFT's spellings, and refusals.

use super::*;
use crate::llm::decoder::Projection;
use crate::llm::files::registry;
use crate::llm::files::tiny;
use crate::llm::lora::LoraConfig;
use crate::llm::text::chat::ChatDate;
use crate::rng::{Purpose, StreamKey, stream};
use rand::RngExt;
use tempfile::TempDir;

fn identity() -> ModelIdentity {
    tiny::load(ChatDate::default()).unwrap().id
}

fn adapter(config: &LoraConfig) -> Adapter {
    let mut rng = stream(3, Purpose::AdapterInit, StreamKey::default());
    let mut adapter = Adapter::init(config, &tiny::config(), &mut rng);
    adapter.params.iter_mut().for_each(|value| *value = rng.random::<f32>() - 0.5);
    adapter
}

fn saved(config: &LoraConfig) -> (TempDir, Adapter) {
    let dir = tempfile::tempdir().unwrap();
    let adapter = adapter(config);
    save(&adapter, &identity(), dir.path(), &[("game".into(), "a|b".into())]).unwrap();
    (dir, adapter)
}

fn edit(dir: &TempDir, key: &str, value: serde_json::Value) {
    let path = dir.path().join(CONFIG);
    let mut config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(path, config.to_string()).unwrap();
}

#[test]
fn what_is_saved_is_loaded() {
    let partial =
        LoraConfig { rank: 3, alpha: 7.5, rslora: true, targets: vec![Projection::QProj, Projection::DownProj] };
    for config in [LoraConfig::default(), partial] {
        let (dir, adapter) = saved(&config);
        let loaded = load(dir.path(), &tiny::config(), Some(&identity())).unwrap();
        assert_eq!(loaded, adapter);
        let again = tempfile::tempdir().unwrap();
        save(&adapter, &identity(), again.path(), &[("game".into(), "a|b".into())]).unwrap();
        for name in [CONFIG, WEIGHTS, CARD] {
            assert_eq!(std::fs::read(dir.path().join(name)).unwrap(), std::fs::read(again.path().join(name)).unwrap());
        }
    }
}

#[test]
fn activated_adapters_keep_their_invocation_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let adapter = Adapter { invocation: vec![5, 9], ..adapter(&LoraConfig::default()) };
    save(&adapter, &identity(), dir.path(), &[]).unwrap();
    let text = std::fs::read_to_string(dir.path().join(CONFIG)).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["alora_invocation_tokens"], serde_json::json!([5, 9]));
    assert_eq!(load(dir.path(), &tiny::config(), Some(&identity())).unwrap(), adapter);
    assert_eq!(adapter.acts_from(&[5, 9, 5, 9, 1]), Some(2));
    assert_eq!(adapter.acts_from(&[5, 8, 9]), None);
    assert_eq!(saved(&LoraConfig::default()).1.acts_from(&[5, 9]), Some(0));
    edit(&dir, "alora_invocation_tokens", "x".into());
    let error = load(dir.path(), &tiny::config(), None).unwrap_err().to_string();
    assert!(error.contains("alora_invocation_tokens") && error.contains("list of token ids"), "{error}");
}

#[test]
fn names_and_shapes_are_those_of_peft() {
    let (dir, adapter) = saved(&LoraConfig::default());
    let bytes = std::fs::read(dir.path().join(WEIGHTS)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.len(), 2 * 7 * 2);
    let a = tensors.tensor("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight").unwrap();
    assert_eq!(a.shape(), [8, 64]);
    let b = tensors.tensor("base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight").unwrap();
    assert_eq!(b.shape(), [16, 8]);
    let slot = adapter.slots.iter().find(|slot| slot.layer == 1 && slot.projection == Projection::KProj).unwrap();
    assert_eq!(widen(b.data(), b.dtype()).unwrap(), adapter.params[slot.b.clone()]);
    let card = std::fs::read_to_string(dir.path().join(CARD)).unwrap();
    assert!(card.contains("| game | a\\|b |"), "{card}");
}

#[test]
fn other_spellings_of_peft_are_read() {
    let (dir, adapter) = saved(&LoraConfig::default());
    edit(&dir, "target_modules", "all-linear".into());
    assert_eq!(load(dir.path(), &tiny::config(), None).unwrap(), adapter);
    let names = ["v_proj", "up_proj", "o_proj", "q_proj", "gate_proj", "k_proj", "down_proj"];
    edit(&dir, "target_modules", names.to_vec().into());
    edit(&dir, "rank_pattern", serde_json::json!({}));
    edit(&dir, "lora_alpha", 16.into());
    assert_eq!(load(dir.path(), &tiny::config(), None).unwrap(), adapter);
}

#[test]
fn what_the_engine_lacks_is_refused_by_name() {
    for (key, value, part) in [
        ("peft_type", "IA3".into(), "only LORA"),
        ("use_dora", true.into(), "use_dora"),
        ("rank_pattern", serde_json::json!({"q_proj": 4}), "rank_pattern"),
        ("modules_to_save", vec!["lm_head"].into(), "modules_to_save"),
        ("bias", "all".into(), "bias"),
        ("init_lora_weights", "pissa_niter_16".into(), "init_lora_weights"),
        ("target_modules", ".*proj".into(), "pattern"),
        ("target_modules", vec!["lm_head"].into(), "lm_head"),
        ("r", 0.into(), "r is 0"),
    ] {
        let (dir, _) = saved(&LoraConfig::default());
        edit(&dir, key, value);
        let error = load(dir.path(), &tiny::config(), None).unwrap_err().to_string();
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[test]
fn another_base_is_refused() {
    let (dir, _) = saved(&LoraConfig::default());
    let other = ModelIdentity { sha256: "ff".into(), name: "other".into(), ..identity() };
    let error = load(dir.path(), &tiny::config(), Some(&other)).unwrap_err().to_string();
    assert!(error.contains("it was trained on tiny"), "{error}");
    let mut wider = tiny::config();
    wider.intermediate += 8;
    let error = load(dir.path(), &wider, None).unwrap_err().to_string();
    assert!(error.contains("has shape"), "{error}");
    let mut deeper = tiny::config();
    deeper.attention.push(deeper.attention[0]);
    let error = load(dir.path(), &deeper, None).unwrap_err().to_string();
    assert!(error.contains("layers.2") && error.contains("missing"), "{error}");
    let mut shallower = tiny::config();
    shallower.attention.pop();
    let error = load(dir.path(), &shallower, None).unwrap_err().to_string();
    assert!(error.contains("has no place on a base of 1 layers"), "{error}");
}

#[test]
fn broken_folders_say_what_is_wrong() {
    let (dir, _) = saved(&LoraConfig::default());
    let path = dir.path().join(WEIGHTS);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    let error = load(dir.path(), &tiny::config(), Some(&identity())).unwrap_err().to_string();
    assert!(error.contains("truncated"), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = load(dir.path(), &tiny::config(), None).unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains(WEIGHTS), "{error}");
}

#[test]
fn numbers_that_are_none_are_refused_by_the_tensor_s_name() {
    for value in [f32::NAN, f32::INFINITY] {
        let dir = tempfile::tempdir().unwrap();
        let mut adapter = adapter(&LoraConfig::default());
        let slot = adapter.slots[3].clone();
        adapter.params[slot.b.start] = value;
        save(&adapter, &identity(), dir.path(), &[]).unwrap();
        let error = load(dir.path(), &tiny::config(), None).unwrap_err().to_string();
        let name = key(&slot, 'B');
        assert!(error.contains(&format!("tensor {name} holds {value} (value 0 of")), "{error}");
    }
}

#[test]
fn a_rank_or_scale_out_of_all_bounds_is_refused_before_memory_is_taken() {
    for (key, value, part) in [
        ("r", serde_json::json!(u64::MAX), "expected a whole number from 1 to 65536"),
        ("r", 1_000_000_000.into(), "expected a whole number from 1 to 65536"),
        ("r", 65_536.into(), "r is 65536 in adapter_config.json, and tensor base_model.model.model.layers.0."),
        ("r", 9.into(), "has rank 8"),
        ("lora_alpha", serde_json::json!(1e300), "lora_alpha is 1e+300, expected a number of at most 10000"),
    ] {
        let (dir, _) = saved(&LoraConfig::default());
        edit(&dir, key, value);
        let error = load(dir.path(), &tiny::config(), None).unwrap_err().to_string();
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[test]
fn the_card_names_what_can_be_had_and_no_place_on_this_machine() {
    let card = |base: &ModelIdentity| {
        let dir = tempfile::tempdir().unwrap();
        save(&adapter(&LoraConfig::default()), base, dir.path(), &[]).unwrap();
        std::fs::read_to_string(dir.path().join(CARD)).unwrap()
    };
    let tiny = card(&identity());
    assert!(!tiny.contains("base_model:") && !tiny.contains("AutoModelForCausalLM"), "{tiny}");
    assert!(tiny.contains("No hub is known to hold this base"), "{tiny}");
    let quantised = card(&ModelIdentity {
        name: "small".into(),
        source: "cache /home/me/models/small.gguf".into(),
        base_repository: Some("owner/small".into()),
        quantisation: Some("Q4_1".into()),
        ..identity()
    });
    assert!(!quantised.contains("/home/me"), "{quantised}");
    for part in [
        "base_model: owner/small\n",
        "| base | small (llama), quantised to Q4_1 |",
        "trained on the base's weights quantised to Q4_1",
        "library_name: peft\n",
        "AutoPeftModelForCausalLM.from_pretrained(\".\")  # fetches owner/small\n",
        "vllm serve owner/small --enable-lora --max-lora-rank 8 --lora-modules agent=.\n",
        "licence, which is not known here",
    ] {
        assert!(quantised.contains(part), "{part} is not in {quantised}");
    }
    assert!(!quantised.contains("license:"), "{quantised}");
    let known = registry::lookup("llama-3.2-1b-instruct").unwrap();
    let licensed = card(&ModelIdentity {
        name: known.name.into(),
        base_repository: Some(known.base_repository.into()),
        ..identity()
    });
    assert!(licensed.contains("\nlicense: llama3.2\n"), "{licensed}");
    assert!(licensed.contains("licence (Llama 3.2 Community) holds"), "{licensed}");
}
