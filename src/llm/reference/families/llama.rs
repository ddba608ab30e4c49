//! candle's Llama.

use super::model::{CandleModel, Computes, Decoder, Quantised};
use crate::llm::decoder::{DecoderConfig, RopeScaling};
use crate::llm::reference::ReferenceError;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{llama, quantized_llama};

pub(super) const MODEL: CandleModel = CandleModel {
    load,
    quantised: Ok(Quantised {
        open: |content, file| {
            let mut model = quantized_llama::ModelWeights::from_gguf(content, file, &Device::Cpu)?;
            // A text that begins at position 0 discards what was kept of others.
            Ok(Box::new(move |tokens: &Tensor| model.forward(tokens, 0)))
        },
        longest: quantized_llama::MAX_SEQ_LEN,
    }),
    computes: Computes {
        any_width: false,
        any_activation: false,
        untied: true,
        soft_caps: false,
        llama3_scaling: true,
        two_rotations: false,
    },
};

fn load(
    config: &DecoderConfig,
    tied: bool,
    context: usize,
    weights: VarBuilder<'static>,
) -> Result<Decoder, ReferenceError> {
    let config = translate(config, tied, context);
    let mut cache = llama::Cache::new(false, DType::F32, &config, &Device::Cpu)?;
    let model = llama::Llama::load(weights, &config)?;
    Ok(Box::new(move |tokens: &Tensor| model.forward(tokens, 0, &mut cache)))
}

fn translate(config: &DecoderConfig, tied: bool, context: usize) -> llama::Config {
    let rope_scaling = match config.attention[0].rope_scaling {
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
            Some(llama::Llama3RopeConfig {
                factor,
                low_freq_factor,
                high_freq_factor,
                original_max_position_embeddings: original_context as usize,
                rope_type: llama::Llama3RopeType::Llama3,
            })
        }
        RopeScaling::None | RopeScaling::Linear { .. } => None,
    };
    llama::Config {
        hidden_size: config.hidden,
        intermediate_size: config.intermediate,
        vocab_size: config.vocab,
        num_hidden_layers: config.layers(),
        num_attention_heads: config.heads,
        num_key_value_heads: config.kv_heads,
        use_flash_attn: false,
        rms_norm_eps: f64::from(config.norm_eps),
        rope_theta: config.attention[0].rope_theta,
        bos_token_id: None,
        eos_token_id: None,
        rope_scaling,
        max_position_embeddings: context,
        tie_word_embeddings: tied,
    }
}
