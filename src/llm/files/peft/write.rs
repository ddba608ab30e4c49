//! The files of an adapter's folder that programs read, as bytes.

use super::{BASE_NAME, BASE_SHA256, key};
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::lora::Adapter;
use serde_json::{Map, Value, json};

/// `adapter_config.json`.
pub(super) fn config(adapter: &Adapter, base: &ModelIdentity) -> String {
    let config = &adapter.config;
    let mut targets = config.targets.clone();
    targets.sort_unstable();
    // PEFT's type is a whole number; a fraction is kept as it is, and PEFT divides it by the rank just the same.
    let alpha = if config.alpha.fract() == 0.0 { json!(config.alpha as i64) } else { json!(config.alpha) };
    let mut value = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base.base_repository.as_ref().unwrap_or(&base.name),
        "r": config.rank,
        "lora_alpha": alpha,
        "use_rslora": config.rslora,
        "target_modules": targets,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": false,
        "init_lora_weights": true,
        "inference_mode": true,
        "use_dora": false,
        "modules_to_save": null,
    });
    // Versions of PEFT that do not know activated adapters refuse the key, so ordinary ones go without it.
    if !adapter.invocation.is_empty() {
        value["alora_invocation_tokens"] = json!(adapter.invocation);
    }
    format!("{value:#}\n")
}

/// `adapter_model.safetensors` in f32, tensors in the order of the adapter's parameters.
///
/// Written here because the crate keeps metadata in a hash map, so that two keys come out in varying order.
pub(super) fn weights(adapter: &Adapter, base: &ModelIdentity) -> Vec<u8> {
    let rank = adapter.config.rank;
    let mut header = Map::new();
    header.insert("__metadata__".into(), json!({ "format": "pt", BASE_NAME: base.name, BASE_SHA256: base.sha256 }));
    for slot in &adapter.slots {
        for (which, range, shape) in
            [('A', &slot.a, [rank, slot.a.len() / rank]), ('B', &slot.b, [slot.b.len() / rank, rank])]
        {
            let offsets = [range.start * 4, range.end * 4];
            header.insert(key(slot, which), json!({ "dtype": "F32", "shape": shape, "data_offsets": offsets }));
        }
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    // Data begin at a multiple of eight, as the format asks.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(&header);
    bytes.extend(adapter.params.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}
