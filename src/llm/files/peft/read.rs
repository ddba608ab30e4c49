//! `adapter_config.json` in, with every feature that the engine lacks refused by name.

use crate::llm::decoder::Projection;
use crate::llm::lora::{ALPHA_MAX, LoraConfig};
use serde_json::Value;

/// Switches that change what an adapter computes, with the values that leave it a plain LoRA.
const MUST_BE_OFF: [&str; 14] = [
    "use_dora",
    "use_qalora",
    "fan_in_fan_out",
    "lora_bias",
    "rank_pattern",
    "alpha_pattern",
    "modules_to_save",
    "layers_to_transform",
    "layer_replication",
    "exclude_modules",
    "target_parameters",
    "trainable_token_indices",
    "arrow_config",
    "corda_config",
];

/// Beyond this, the tensors would be larger than the base's own.
const RANK_MAX: u64 = 1 << 16;

/// Initialisations that also rewrite the base's weights.
const REWRITES_BASE: [&str; 4] = ["pissa", "olora", "corda", "loftq"];

/// The shape that the text of an `adapter_config.json` describes.
pub(super) fn config(text: &str) -> Result<LoraConfig, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("adapter_config.json is not JSON ({e})"))?;
    if value["peft_type"] != "LORA" {
        return Err(format!("peft_type is {}, only LORA is supported", value["peft_type"]));
    }
    refuse_features(&value)?;
    let rank = value["r"]
        .as_u64()
        .filter(|r| (1..=RANK_MAX).contains(r))
        .ok_or_else(|| format!("r is {}, expected a whole number from 1 to {RANK_MAX}", value["r"]))?;
    let alpha = value["lora_alpha"]
        .as_f64()
        .filter(|alpha| alpha.abs() <= ALPHA_MAX)
        .ok_or_else(|| format!("lora_alpha is {}, expected a number of at most {ALPHA_MAX}", value["lora_alpha"]))?;
    let rslora = value["use_rslora"].as_bool().unwrap_or(false);
    Ok(LoraConfig { rank: rank as usize, alpha, rslora, targets: targets(&value["target_modules"])? })
}

/// The tokens that invoke the adapter (`alora_invocation_tokens`); empty if it always acts.
pub(super) fn invocation(text: &str) -> Result<Vec<u32>, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("adapter_config.json is not JSON ({e})"))?;
    let tokens = &value["alora_invocation_tokens"];
    if tokens.is_null() {
        return Ok(Vec::new());
    }
    serde_json::from_value(tokens.clone())
        .map_err(|_| format!("alora_invocation_tokens is {tokens}, expected a list of token ids or null"))
}

fn refuse_features(value: &Value) -> Result<(), String> {
    let refuse = |name: &str| Err(format!("{name} is {}; adapters with {name} are not supported", value[name]));
    for name in MUST_BE_OFF {
        let off = match &value[name] {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => items.is_empty(),
            _ => false,
        };
        if !off {
            return refuse(name);
        }
    }
    if !matches!(&value["bias"], Value::Null) && value["bias"] != "none" {
        return refuse("bias");
    }
    let init = value["init_lora_weights"].as_str().unwrap_or_default();
    if REWRITES_BASE.iter().any(|name| init.starts_with(name)) {
        return refuse("init_lora_weights");
    }
    Ok(())
}

fn targets(value: &Value) -> Result<Vec<Projection>, String> {
    let names = match value {
        Value::String(text) if text == "all-linear" => return Ok(Projection::ALL.to_vec()),
        Value::String(text) => {
            return Err(format!(
                "target_modules is the pattern {text:?}; write a list of module names or \"all-linear\" instead"
            ));
        }
        Value::Array(names) if !names.is_empty() => names,
        other => return Err(format!("target_modules is {other}, expected a list of module names")),
    };
    let mut targets = names
        .iter()
        .map(|name| {
            serde_json::from_value(name.clone()).map_err(|_| {
                format!("target_modules names {name}; supported are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj")
            })
        })
        .collect::<Result<Vec<Projection>, String>>()?;
    // PEFT writes a set, in any order; ours is checkpoint order.
    targets.sort_unstable();
    targets.dedup();
    Ok(targets)
}
