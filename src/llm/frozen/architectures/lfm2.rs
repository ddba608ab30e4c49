//! LFM2: short convolutions between layers of attention.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use crate::llm::frozen::settings::Settings;
use candle_core::{Result, bail};
use candle_transformers::models::lfm2;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "lfm2",
    class: "Lfm2ForCausalLM",
    tied: true,
    defaults: || json!({"block_multiple_of": 256, "block_ffn_dim_multiplier": 1.0, "block_auto_adjust_ff_dim": true}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let mut config = settings.read::<lfm2::Lfm2Config>()?.into_config(false);
        // candle derives the width from another setting, which does not hold for every size.
        config.intermediate_size = intermediate(settings)?.unwrap_or(config.intermediate_size);
        config.tie_embedding = settings.tied();
        let cache = lfm2::Cache::new(true, weights.dtype(), &config, &device)?;
        let model = (lfm2::Model::new(&config, weights)?, cache);
        Ok(stepping(model, &device, |(model, cache), tokens, at| model.forward(tokens, at, cache)))
    },
    ..PLAIN
};

/// Width of the gated layers, by the rule of the Python implementation.
fn intermediate(settings: &Settings) -> Result<Option<usize>> {
    let stated = settings.integer("block_ff_dim").or(settings.integer("intermediate_size"));
    let (factor, multiple) = (settings.number("block_ffn_dim_multiplier"), settings.integer("block_multiple_of"));
    let (Some(stated), true) = (stated, settings.flag("block_auto_adjust_ff_dim")) else { return Ok(stated) };
    let (Some(factor), Some(multiple)) = (factor, multiple) else { return Ok(None) };
    let scaled = (factor * (2 * stated / 3) as f64) as usize;
    match scaled.div_ceil(multiple).checked_mul(multiple) {
        Some(width) => Ok(Some(width)),
        None => bail!("block_ffn_dim_multiplier {factor:e} makes the gated layers wider than any can be"),
    }
}
