//! The three files of an adapter's folder, as bytes.

use super::super::lora::Adapter;
use super::super::model::ModelIdentity;
use super::{BASE_NAME, BASE_SHA256, Fact, key};
use serde_json::{Map, Value, json};

/// `adapter_config.json`.
pub(super) fn config(adapter: &Adapter, base: &ModelIdentity) -> String {
    let config = &adapter.config;
    let mut targets = config.targets.clone();
    targets.sort_unstable();
    // PEFT's type is a whole number; a fraction is kept as it is, and PEFT divides by the rank all the same.
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
/// Written here because the crate keeps metadata in a hash map, so that two keys come out in an order that changes.
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

/// `README.md`: a model card with the front matter of the Hub.
pub(super) fn card(adapter: &Adapter, base: &ModelIdentity, facts: &[Fact]) -> String {
    let model = base.base_repository.as_ref().unwrap_or(&base.name);
    let config = &adapter.config;
    let targets: Vec<String> =
        config.targets.iter().filter_map(|target| json!(target).as_str().map(str::to_string)).collect();
    let mut text = format!(
        "---\nbase_model: {model}\nlibrary_name: peft\ntags:\n- lora\n---\n\n# LoRA adapter on {}\n\n| | |\n|---|---|\n\
         | base | {} ({}), {} |\n| SHA-256 of the base | {} |\n| rank, alpha | {}, {}{} |\n| layers adapted | {} |\n",
        base.name,
        base.name,
        base.family,
        base.source,
        base.sha256,
        config.rank,
        config.alpha,
        if config.rslora { ", scaled by the root of the rank" } else { "" },
        targets.join(", "),
    );
    if !adapter.invocation.is_empty() {
        text.push_str(&format!("| acts from the last of these tokens on | {:?} |\n", adapter.invocation));
    }
    for (what, value) in facts {
        // A bar or a line break would end the table's cell.
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        text.push_str(&format!("| {} | {} |\n", cell(what), cell(value)));
    }
    text.push_str(&format!(
        "\nOpens in `peft`:\n\n```python\nfrom peft import PeftModel\nfrom transformers import AutoModelForCausalLM\n\n\
         base = AutoModelForCausalLM.from_pretrained(\"{model}\")\nmodel = PeftModel.from_pretrained(base, \".\")\n```\n"
    ));
    text
}
