//! The tokenizer inside a GGUF file, rewritten as the `tokenizer.json` it was converted from.
//!
//! GGUF keeps vocabulary, merges or scores, and the name of the pre-tokenizer; the rules behind the names are
//! llama.cpp's and are spelt out here.

use crate::llm::error::ModelError;
use crate::llm::files::gguf::Metadata;
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::{ChatTokenizer, TokenizerFiles};
use crate::llm::text::tokenizer_json::added_token;
use candle_core::quantized::gguf_file::Value as GgufValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// llama.cpp's token types that matter here.
const UNKNOWN: i64 = 2;
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;

/// SentencePiece's stand-in for a space.
const SPACE_MARK: char = '\u{2581}';

/// The tokenizer that the metadata describe.
pub(crate) fn build(metadata: &Metadata<'_>, date: ChatDate) -> Result<ChatTokenizer, ModelError> {
    let vocabulary = Vocabulary::read(metadata)?;
    let model = metadata.text("tokenizer.ggml.model")?.unwrap_or("missing");
    let mut parts = match model {
        "gpt2" => byte_pair(metadata, &vocabulary)?,
        "llama" => sentence_piece(metadata, &vocabulary)?,
        other => {
            let what = format!("tokenizer model {other} is not supported; gpt2 and llama are");
            return Err(ModelError::unsupported(metadata.path, what));
        }
    };
    parts.insert("version".into(), json!("1.0"));
    parts.insert("added_tokens".into(), vocabulary.added_tokens());
    let token = |key: &str| -> Result<Option<String>, ModelError> {
        let id = metadata.integer(key)?;
        Ok(id.and_then(|id| vocabulary.tokens.get(id)).map(|token| token.to_string()))
    };
    ChatTokenizer::from_parts(TokenizerFiles {
        tokenizer_json: Value::Object(parts).to_string().into_bytes(),
        template: metadata.text("tokenizer.chat_template")?.map(str::to_string),
        bos_token: token("tokenizer.ggml.bos_token_id")?,
        eos_token: token("tokenizer.ggml.eos_token_id")?,
        date,
        context: context(metadata)?,
    })
}

/// The context length of the file's architecture, if it names both.
fn context(metadata: &Metadata<'_>) -> Result<Option<usize>, ModelError> {
    match metadata.text("general.architecture")? {
        Some(architecture) => metadata.integer(&format!("{architecture}.context_length")),
        None => Ok(None),
    }
}

struct Vocabulary<'a> {
    tokens: Vec<&'a str>,
    kinds: Vec<i64>,
}

impl<'a> Vocabulary<'a> {
    fn read(metadata: &Metadata<'a>) -> Result<Self, ModelError> {
        let text = |value: &'a GgufValue| value.to_string().ok().map(String::as_str);
        let tokens = metadata.list("tokenizer.ggml.tokens", text)?.ok_or_else(|| {
            ModelError::damaged(
                metadata.path,
                "no tokenizer inside (tokenizer.ggml.tokens is missing); take a file that has one",
            )
        })?;
        let kind = |value: &GgufValue| match value {
            GgufValue::I32(n) => Some(i64::from(*n)),
            GgufValue::U32(n) => Some(i64::from(*n)),
            _ => None,
        };
        let kinds = metadata.list("tokenizer.ggml.token_type", kind)?.unwrap_or_else(|| vec![1; tokens.len()]);
        if kinds.len() != tokens.len() {
            let problem = format!("{} tokens but {} token types", tokens.len(), kinds.len());
            return Err(ModelError::damaged(metadata.path, problem));
        }
        Ok(Self { tokens, kinds })
    }

    fn ids(&self) -> Map<String, Value> {
        self.tokens.iter().enumerate().map(|(id, token)| ((*token).to_string(), json!(id))).collect()
    }

    /// Control tokens are special; user-defined ones are plain text that is never split.
    fn added_tokens(&self) -> Value {
        let entries = self.tokens.iter().zip(&self.kinds).enumerate();
        let added = entries.filter(|(_, (_, kind))| matches!(**kind, CONTROL | USER_DEFINED));
        added.map(|(id, (token, kind))| added_token(id, token, *kind == CONTROL)).collect()
    }
}

/// How text is split before byte-level merging, as in the families' training.
mod patterns {
    pub(super) const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    pub(super) const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
}

/// Byte-level BPE: GPT-2, SmolLM, Llama 3, Qwen.
fn byte_pair(metadata: &Metadata<'_>, vocabulary: &Vocabulary<'_>) -> Result<Map<String, Value>, ModelError> {
    let pair = |value: &GgufValue| {
        let (left, right) = value.to_string().ok()?.split_once(' ')?;
        Some(json!([left, right]))
    };
    let merges = metadata.list("tokenizer.ggml.merges", pair)?;
    let merges = merges.ok_or_else(|| ModelError::damaged(metadata.path, "tokenizer.ggml.merges is missing"))?;
    let byte_level = |use_regex: bool| json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": use_regex});
    let split = |pattern: &str| json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false});
    let sequence = |steps: [Value; 2]| json!({"type": "Sequence", "pretokenizers": steps});
    let name = metadata.text("tokenizer.ggml.pre")?.unwrap_or("default");
    let pre_tokenizer = match name {
        "smollm" => sequence([json!({"type": "Digits", "individual_digits": true}), byte_level(true)]),
        "llama-bpe" | "glm4" | "chatglm-bpe" => sequence([split(patterns::LLAMA3), byte_level(false)]),
        "qwen2" => sequence([split(patterns::QWEN2), byte_level(false)]),
        "gpt-2" | "default" => byte_level(true),
        other => {
            let what = format!(
                "pre-tokenizer {other} is not supported; smollm, llama-bpe, glm4, qwen2 and gpt-2 are; the safetensors version of the model will do"
            );
            return Err(ModelError::unsupported(metadata.path, what));
        }
    };
    let normalizer = if name == "qwen2" { json!({"type": "NFC"}) } else { Value::Null };
    let mut parts = Map::new();
    parts.insert("normalizer".into(), normalizer);
    parts.insert("pre_tokenizer".into(), pre_tokenizer);
    parts.insert("decoder".into(), byte_level(true));
    // Llama 3 takes a word that is itself a token whole, whatever the merges say.
    let model =
        json!({"type": "BPE", "vocab": vocabulary.ids(), "merges": merges, "ignore_merges": name == "llama-bpe"});
    parts.insert("model".into(), model);
    Ok(parts)
}

/// SentencePiece BPE with byte fallback: Gemma, Llama 2. Its scores rank the merges.
fn sentence_piece(metadata: &Metadata<'_>, vocabulary: &Vocabulary<'_>) -> Result<Map<String, Value>, ModelError> {
    let float = |value: &GgufValue| value.to_f32().ok();
    let scores = metadata.list("tokenizer.ggml.scores", float)?;
    let scores = scores.filter(|scores| scores.len() == vocabulary.tokens.len()).ok_or_else(|| {
        ModelError::damaged(metadata.path, "tokenizer.ggml.scores is missing or not as long as the tokens")
    })?;
    let mark = SPACE_MARK.to_string();
    let prefix = metadata.flag("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
    let replace = json!({"type": "Replace", "pattern": {"String": " "}, "content": mark});
    let back = json!({"type": "Replace", "pattern": {"String": mark}, "content": " "});
    let mut normalizers = vec![replace];
    let mut decoders = vec![back, json!({"type": "ByteFallback"}), json!({"type": "Fuse"})];
    if prefix {
        normalizers.insert(0, json!({"type": "Prepend", "prepend": mark}));
        decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    let unknown = vocabulary.kinds.iter().position(|kind| *kind == UNKNOWN).map(|id| vocabulary.tokens[id]);
    let mut parts = Map::new();
    parts.insert("normalizer".into(), json!({"type": "Sequence", "normalizers": normalizers}));
    parts.insert("pre_tokenizer".into(), Value::Null);
    parts.insert("decoder".into(), json!({"type": "Sequence", "decoders": decoders}));
    let model = json!({
        "type": "BPE", "vocab": vocabulary.ids(), "merges": ranked_merges(&vocabulary.tokens, &scores),
        "unk_token": unknown, "fuse_unk": true, "byte_fallback": true,
    });
    parts.insert("model".into(), model);
    Ok(parts)
}

/// Every way to put a token together from two others, best score of the whole first; ties in order of the parts' ids.
fn ranked_merges(tokens: &[&str], scores: &[f32]) -> Vec<Value> {
    let ids: BTreeMap<&str, usize> = tokens.iter().enumerate().map(|(id, token)| (*token, id)).collect();
    let mut merges = Vec::new();
    for (whole, token) in tokens.iter().enumerate() {
        for (cut, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(cut);
            if let (Some(l), Some(r)) = (ids.get(left), ids.get(right)) {
                merges.push((whole, *l, *r));
            }
        }
    }
    merges.sort_by(|a, b| scores[b.0].total_cmp(&scores[a.0]).then_with(|| a.cmp(b)));
    merges.into_iter().map(|(_, l, r)| json!([tokens[l], tokens[r]])).collect()
}
