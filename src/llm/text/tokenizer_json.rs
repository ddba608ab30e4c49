//! `tokenizer.json`, read so that no file can bring the program down.
//!
//! The `tokenizers` crate unwraps some of its own errors while it reads: a file cut off in its decoder, or a wrong
//! table of characters, causes a panic. Files are therefore read as JSON first, and any remaining panic is caught and
//! reported as an error.

use crate::llm::error::ModelError;
use serde_json::{Value, json};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use tokenizers::Tokenizer;

/// The tokenizer that the text of a `tokenizer.json` describes.
///
/// # Errors
/// Says what is wrong with the text.
pub(super) fn read(text: &[u8]) -> Result<Tokenizer, ModelError> {
    let wrong = |problem: &str| {
        ModelError::tokenizer(&format!("tokenizer.json cannot be read: {problem}; fetch the file again"))
    };
    serde_json::from_slice::<Value>(text).map_err(|e| wrong(&e.to_string()))?;
    match caught(|| Tokenizer::from_bytes(text)) {
        Some(Ok(tokenizer)) => Ok(tokenizer),
        Some(Err(e)) => Err(wrong(&e.to_string())),
        None => Err(wrong("it is JSON, and a part of it (a decoder, normalizer or the like) is damaged")),
    }
}

/// An entry of `added_tokens` in `tokenizer.json`.
pub(in crate::llm) fn added_token(id: usize, content: &str, special: bool) -> Value {
    json!({
        "id": id, "content": content, "special": special,
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
    })
}

thread_local! {
    /// Whether panics of this thread are expected and should not be reported.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns; `None` if it panics, in which case nothing is printed.
fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                earlier(info);
            }
        }));
    });
    IS_QUIET.set(true);
    // Nothing that was half changed is looked at again.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_QUIET.set(false);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_errors_and_not_panics() {
        let model = r#""model":{"type":"BPE","vocab":{"a":0},"merges":[]}"#;
        let whole = |part: &str| format!(r#"{{"version":"1.0",{part},{model}}}"#);
        assert!(read(whole(r#""added_tokens":[]"#).as_bytes()).is_ok());
        for text in [
            r#"{"version":"1.0","decoder":{"type":"ByteLevel","#.to_string(),
            whole(r#""decoder":{"type":"ByteLevel"}"#),
            whole(r#""decoder":{"type":7}"#),
            whole(r#""decoder":{"type":"Sequence","decoders":[{"type":"Strip"}]}"#),
            whole(r#""normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#),
            whole(r#""normalizer":{"type":"Precompiled","precompiled_charsmap":7}"#),
            whole(r#""normalizer":{"type":"Precompiled"}"#),
            whole(r#""pre_tokenizer":{"type":"Split"}"#),
            whole(r#""post_processor":{"type":"TemplateProcessing"}"#),
            r#"[]"#.into(),
            String::new(),
        ] {
            match read(text.as_bytes()) {
                Ok(_) => panic!("this was read: {text}"),
                Err(error) => assert!(error.to_string().contains("tokenizer.json cannot be read"), "{error}"),
            }
        }
    }

    #[test]
    fn other_panics_are_heard_as_before() {
        assert_eq!(caught(|| 7), Some(7));
        assert_eq!(caught(|| -> u8 { panic!("quiet") }), None);
        assert!(!IS_QUIET.get());
    }
}
