//! `tiny`: a built-in random model with a byte tokenizer, for tests and dry runs. It knows nothing and costs nothing.

use crate::llm::decoder::Projection;
use crate::llm::decoder::{Activation, BaseModel, DecoderConfig, LayerAttention, LayerWeights, RopeScaling};
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::files::loaded::{LoadedModel, ModelIdentity};
use crate::llm::files::registry::BUILT_IN;
use crate::llm::files::sha256::hex;
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::{ChatTokenizer, TokenizerFiles};
use crate::llm::text::tokenizer_json::added_token;
use crate::llm::weight::Weight;
use crate::rng::{Purpose, Stream, StreamKey, stream};
use rand::RngExt;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The weights are part of the program: another seed is another model.
const SEED: u64 = 20_250_124;

const SPECIAL: [&str; 4] = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

/// Longest prompt in tokens, which are bytes. Attention takes time and memory in proportion to its square: seconds, and
/// less than a gigabyte.
const CONTEXT: usize = 1 << 13;

/// Its family: a plain decoder.
pub(crate) const FAMILY: Family = Family::Llama;

/// Tokens of the byte tokenizer.
pub(super) const VOCAB: usize = 256 + SPECIAL.len();

const TEMPLATE: &str = "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n{% endfor %}\
                        {% if add_generation_prompt %}<|assistant|>\n{% endif %}";

/// The built-in model.
pub fn load(date: ChatDate) -> Result<LoadedModel, ModelError> {
    Ok(with_tokenizer(Arc::new(tokenizer(date)?)))
}

/// The built-in model with a tokenizer that was made before.
pub(super) fn with_tokenizer(tokenizer: Arc<ChatTokenizer>) -> LoadedModel {
    let base = base_model();
    let id = ModelIdentity {
        name: BUILT_IN.into(),
        sha256: hash(&base),
        family: FAMILY.name(),
        source: "built in".into(),
        base_repository: None,
        quantisation: None,
    };
    LoadedModel { base: Arc::new(base), tokenizer, id }
}

/// Two Llama blocks of width 32 over 260 tokens, about 35 000 numbers.
pub fn config() -> DecoderConfig {
    let layer = LayerAttention { rope_theta: 10_000.0, rope_scaling: RopeScaling::None, window: None };
    DecoderConfig {
        vocab: VOCAB,
        hidden: 32,
        intermediate: 64,
        heads: 4,
        kv_heads: 2,
        head_dim: 8,
        norm_eps: 1e-5,
        attention: vec![layer; 2],
        activation: Activation::Silu,
        query_scale: 1.0 / 8f32.sqrt(),
        embedding_scale: 1.0,
        attention_softcap: None,
        logit_softcap: None,
    }
}

fn base_model() -> BaseModel {
    let config = config();
    let mut rng = stream(SEED, Purpose::ModelInit, StreamKey::default());
    // Logits are a sum of `hidden` products with normalised activations: ±0.3 spreads them by about one.
    let embedding = uniform(&mut rng, config.vocab, config.hidden, 0.3);
    let layers = (0..config.layers()).map(|_| layer(&config, &mut rng)).collect();
    let final_norm = vec![1.0; config.hidden];
    BaseModel { config, embedding, layers, final_norm, lm_head: None }
}

fn layer(config: &DecoderConfig, rng: &mut Stream) -> LayerWeights {
    let projections = Projection::ALL.map(|projection| {
        let (rows, columns) = config.shape(projection);
        // Variance 1 / columns keeps activations of order one.
        uniform(rng, rows, columns, (3.0 / columns as f32).sqrt())
    });
    LayerWeights {
        attention_norm: vec![1.0; config.hidden],
        mlp_norm: vec![1.0; config.hidden],
        attention_post_norm: None,
        mlp_post_norm: None,
        q_norm: None,
        k_norm: None,
        qkv_bias: None,
        projections,
    }
}

fn uniform(rng: &mut Stream, rows: usize, columns: usize, bound: f32) -> Weight {
    let numbers: Vec<f32> = (0..rows * columns).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound).collect();
    Weight::new(numbers, rows, columns)
}

/// SHA-256 of a model's matrices.
pub(super) fn hash(base: &BaseModel) -> String {
    let mut sha = Sha256::new();
    let mut feed = |values: &[f32]| values.iter().for_each(|value| sha.update(value.to_le_bytes()));
    feed(&base.embedding.rows());
    for layer in &base.layers {
        layer.projections.iter().for_each(|matrix| feed(&matrix.rows()));
    }
    hex(&sha.finalize())
}

/// One token per byte, id = byte, then the four marks of the chat template.
pub(super) fn tokenizer(date: ChatDate) -> Result<ChatTokenizer, ModelError> {
    let mut vocab: Map<String, Value> = byte_alphabet().enumerate().map(|(id, c)| (c.to_string(), json!(id))).collect();
    for (i, token) in SPECIAL.iter().enumerate() {
        vocab.insert((*token).into(), json!(256 + i));
    }
    let added: Vec<Value> = SPECIAL.iter().enumerate().map(|(i, token)| added_token(256 + i, token, true)).collect();
    let json = json!({
        "version": "1.0",
        "added_tokens": added,
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
        "decoder": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
        "model": { "type": "BPE", "vocab": vocab, "merges": [] },
    });
    ChatTokenizer::from_parts(TokenizerFiles {
        tokenizer_json: json.to_string().into_bytes(),
        template: Some(TEMPLATE.into()),
        bos_token: None,
        eos_token: Some("<|end|>".into()),
        date,
        context: Some(CONTEXT),
    })
}

/// GPT-2's printable stand-ins for the bytes 0 to 255, in byte order.
fn byte_alphabet() -> impl Iterator<Item = char> {
    let mut next = 256u32;
    (0..=255u8).map(move |byte| match byte {
        b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte),
        _ => {
            next += 1;
            char::from_u32(next - 1).expect("256 to 511 are characters")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::text::chat::Message;

    #[test]
    fn the_model_is_the_same_every_time_and_its_tokens_are_bytes() {
        let model = load(ChatDate::default()).unwrap();
        assert_eq!(model.id.sha256, load(ChatDate::default()).unwrap().id.sha256);
        assert_eq!(model.base.embedding.rows().len(), 260 * 32);
        let text = "action1 — é\n";
        let ids = model.tokenizer.encode(text).unwrap();
        assert_eq!(ids, text.bytes().map(u32::from).collect::<Vec<_>>());
        assert_eq!(model.tokenizer.decode(&ids).unwrap(), text);
    }

    #[test]
    fn its_template_marks_turns_with_single_tokens() {
        let tokenizer = load(ChatDate::default()).unwrap().tokenizer;
        let prompt = tokenizer.render_chat(&[Message::user("hi")], true).unwrap();
        assert_eq!(prompt, "<|user|>\nhi<|end|>\n<|assistant|>\n");
        assert_eq!(tokenizer.encode(&prompt).unwrap(), [257, 10, 104, 105, 259, 10, 258, 10]);
        assert_eq!(tokenizer.stop_ids(), [259]);
    }
}
