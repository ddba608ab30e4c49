//! Text to token ids and back, the chat template, and labels as the token sequences that follow a prompt.

use super::chat::{ChatDate, ChatTemplate, Message};
use super::tokenizer_json;
use crate::files::{read_bytes, read_settings};
use crate::llm::error::ModelError;
use serde_json::Value;
use std::path::Path;
use tokenizers::Tokenizer;

/// The raw parts of a tokenizer, wherever they were read.
#[derive(Debug)]
pub(crate) struct TokenizerFiles {
    /// The text of a `tokenizer.json`.
    pub(crate) tokenizer_json: Vec<u8>,
    /// The Jinja text.
    pub(crate) template: Option<String>,
    /// What the template inserts as `bos_token`.
    pub(crate) bos_token: Option<String>,
    /// What the template inserts as `eos_token`, and where generation stops.
    pub(crate) eos_token: Option<String>,
    /// What the template prints as today's date.
    pub(crate) date: ChatDate,
    /// The longest text, in tokens, that the model was made for; `None`: the files do not say.
    pub(crate) context: Option<usize>,
}

/// The context length for files that name none: that of the longest-sighted models.
const CONTEXT_DEFAULT: usize = 1 << 17;
/// Prompts have a few kilobytes; anything beyond this is refused before time is spent on it.
const PROMPT_BYTES_MAX: usize = 1 << 20;
/// What is rendered may exceed a prompt by whatever is quoted in it.
const MESSAGES_BYTES_MAX: usize = 2 * PROMPT_BYTES_MAX;
/// The vocabularies of a quarter of a million tokens take 35 MB.
const TOKENIZER_BYTES_MAX: u64 = 128 << 20;
/// Labels are words; each of their tokens goes through the model after every prompt.
pub const LABEL_CHARACTERS_MAX: usize = 200;

/// Tokens that end a turn in one of the families, whatever the configuration calls them.
const END_OF_TURN: [&str; 4] = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>"];

/// A tokenizer that knows how its model wants to be spoken to.
#[derive(Debug)]
pub struct ChatTokenizer {
    tokenizer: Tokenizer,
    template: Option<ChatTemplate>,
    stop_ids: Vec<u32>,
    id_bound: usize,
    context: usize,
}

impl ChatTokenizer {
    /// Reads `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja` of `folder`; the latter two may be
    /// missing.
    pub fn from_folder(folder: &Path, date: ChatDate) -> Result<Self, ModelError> {
        let path = folder.join("tokenizer.json");
        let tokenizer_json = read_bytes(&path, TOKENIZER_BYTES_MAX).map_err(ModelError::io("read", &path))?;
        let config = read_optional(&folder.join("tokenizer_config.json"))?;
        let config: Value = match config {
            None => Value::Null,
            Some(text) => serde_json::from_str(&text)
                .map_err(|e| ModelError::damaged(&folder.join("tokenizer_config.json"), format!("not JSON: {e}")))?,
        };
        let template = match read_optional(&folder.join("chat_template.jinja"))? {
            Some(text) => Some(text),
            None => template_of(&config["chat_template"]),
        };
        let files = TokenizerFiles {
            tokenizer_json,
            template,
            bos_token: token_text(&config["bos_token"]),
            eos_token: token_text(&config["eos_token"]),
            date,
            context: context_of(&folder.join("config.json"))?,
        };
        Self::from_parts(files)
    }

    pub(crate) fn from_parts(files: TokenizerFiles) -> Result<Self, ModelError> {
        let mut tokenizer = tokenizer_json::read(&files.tokenizer_json)?;
        // Some files ask for a fixed length; a cut or padded prompt would be scored without a word.
        tokenizer.with_truncation(None).map_err(|e| ModelError::tokenizer(&e.to_string()))?;
        tokenizer.with_padding(None);
        let (bos, eos) = (files.bos_token.unwrap_or_default(), files.eos_token.unwrap_or_default());
        let template = match files.template {
            Some(source) => Some(ChatTemplate::new(&source, &bos, &eos, files.date)?),
            None => None,
        };
        let mut stop_ids: Vec<u32> =
            [eos.as_str()].into_iter().chain(END_OF_TURN).filter_map(|token| tokenizer.token_to_id(token)).collect();
        stop_ids.sort_unstable();
        stop_ids.dedup();
        let id_bound = tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1);
        let context = files.context.unwrap_or(CONTEXT_DEFAULT);
        Ok(Self { tokenizer, template, stop_ids, id_bound, context })
    }

    /// Token ids of `text`, a whole prompt, as [`encode`](Self::encode) gives them.
    ///
    /// # Errors
    /// If it has no tokens, or more than the model reads.
    pub fn encode_prompt(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        self.encode_prompt_with_room(text, 0)
    }

    /// Like [`encode_prompt`](Self::encode_prompt), for a prompt to which up to `room` tokens may be added.
    ///
    /// # Errors
    /// If it has no tokens, or more than the model reads when those are added.
    pub fn encode_prompt_with_room(&self, text: &str, room: usize) -> Result<Vec<u32>, ModelError> {
        if text.len() > PROMPT_BYTES_MAX {
            return Err(ModelError::TooLong { found: text.len(), unit: "bytes", most: PROMPT_BYTES_MAX });
        }
        let tokens = self.encode(text)?;
        if tokens.is_empty() {
            return Err(ModelError::EmptyPrompt);
        }
        let found = tokens.len().saturating_add(room);
        if found > self.context {
            return Err(ModelError::TooLong { found, unit: "tokens", most: self.context });
        }
        Ok(tokens)
    }

    /// Token ids of `text`, in which special tokens may be spelt out; nothing is added, since templates carry their own
    /// marks.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(|e| ModelError::tokenizer(&e.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of `ids`, special tokens left out.
    pub fn decode(&self, ids: &[u32]) -> Result<String, ModelError> {
        self.tokenizer.decode(ids, true).map_err(|e| ModelError::tokenizer(&e.to_string()))
    }

    /// `messages` as the text the model was trained on; with `add_generation_prompt`, up to where the assistant speaks.
    ///
    /// A template that refuses system messages (Gemma's) gets the system text in front of the first user message.
    pub fn render_chat(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, ModelError> {
        let found = messages.iter().map(|message| message.content.len()).sum();
        if found > MESSAGES_BYTES_MAX {
            return Err(ModelError::TooLong { found, unit: "bytes", most: MESSAGES_BYTES_MAX });
        }
        match &self.template {
            Some(template) => template.render(messages, add_generation_prompt),
            None => Err(ModelError::Template(
                "the model has none; take an instruction-tuned model or add a chat_template.jinja".into(),
            )),
        }
    }

    /// The tokens of each label as they follow `prompt` (the rendered text, prefill included).
    ///
    /// Refuses labels that are empty, that melt into the prompt's last token, or of which one's tokens begin another's:
    /// their probabilities would not be those of distinct answers.
    pub fn encode_labels<S: AsRef<str>>(&self, prompt: &str, labels: &[S]) -> Result<Vec<Vec<u32>>, ModelError> {
        let prompt_ids = self.encode(prompt)?;
        let mut sequences: Vec<Vec<u32>> = Vec::with_capacity(labels.len());
        for label in labels.iter().map(AsRef::as_ref) {
            let tokens = self.label_tokens(prompt, &prompt_ids, label)?;
            for (other, earlier) in labels.iter().zip(&sequences) {
                refuse_prefix(label, &tokens, other.as_ref(), earlier)?;
            }
            sequences.push(tokens);
        }
        Ok(sequences)
    }

    fn label_tokens(&self, prompt: &str, prompt_ids: &[u32], label: &str) -> Result<Vec<u32>, ModelError> {
        if label.is_empty() {
            return Err(ModelError::Labels("a label is empty; every action needs a word".into()));
        }
        let characters = label.chars().count();
        if characters > LABEL_CHARACTERS_MAX {
            let text = format!("a label of {characters} characters; a label has at most {LABEL_CHARACTERS_MAX}");
            return Err(ModelError::Labels(text));
        }
        let mut ids = self.encode(&format!("{prompt}{label}"))?;
        if ids.len() <= prompt_ids.len() || !ids.starts_with(prompt_ids) {
            let tail: String = prompt.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
            return Err(ModelError::Labels(format!(
                "{label:?} melts into the end of the prompt ({tail:?}), so it has no tokens of its own; \
                 change the label's first character or the prompt's last, for instance move a space from one to the other"
            )));
        }
        Ok(ids.split_off(prompt_ids.len()))
    }

    /// Tokens after which a turn is over, sorted.
    pub fn stop_ids(&self) -> &[u32] {
        &self.stop_ids
    }

    /// One more than the largest token id.
    pub fn id_bound(&self) -> usize {
        self.id_bound
    }
}

fn refuse_prefix(a: &str, a_ids: &[u32], b: &str, b_ids: &[u32]) -> Result<(), ModelError> {
    let problem = if a_ids == b_ids {
        format!("{a:?} and {b:?} are the same to this model; labels must differ")
    } else if a_ids.starts_with(b_ids) {
        format!("{a:?} begins with all tokens of {b:?}; no label may open another, choose words that part earlier")
    } else if b_ids.starts_with(a_ids) {
        format!("{b:?} begins with all tokens of {a:?}; no label may open another, choose words that part earlier")
    } else {
        return Ok(());
    };
    Err(ModelError::Labels(problem))
}

fn read_optional(path: &Path) -> Result<Option<String>, ModelError> {
    match read_settings(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(ModelError::io("read", path)(e)),
    }
}

/// The context length in the `config.json` at `path`, if both exist.
fn context_of(path: &Path) -> Result<Option<usize>, ModelError> {
    let config: Option<Value> = read_optional(path)?.and_then(|text| serde_json::from_str(&text).ok());
    let context = config.and_then(|config| config["max_position_embeddings"].as_u64());
    Ok(context.and_then(|context| usize::try_from(context).ok()))
}

/// Reads `chat_template`: a text, or a list of named ones of which `default` is the plain chat.
fn template_of(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_string());
    }
    let named = value.as_array()?.iter().find(|entry| entry["name"] == "default")?;
    named["template"].as_str().map(str::to_string)
}

/// Reads a special token: a text, or an object with its text in `content`.
fn token_text(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value["content"].as_str()).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::files::tiny;

    fn tokenizer() -> std::sync::Arc<ChatTokenizer> {
        tiny::load(ChatDate::default()).unwrap().tokenizer
    }

    #[test]
    fn labels_are_what_follows_the_prompt() {
        let labels = tokenizer().encode_labels("Say ", &["ab", "ba"]).unwrap();
        assert_eq!(labels, [vec![97, 98], vec![98, 97]]);
    }

    #[test]
    fn labels_that_cannot_be_told_apart_are_refused() {
        let refuse = |labels: &[&str]| tokenizer().encode_labels("Say ", labels).unwrap_err().to_string();
        assert!(refuse(&["a", ""]).contains("empty"));
        assert!(refuse(&["a", "a"]).contains("must differ"));
        assert!(refuse(&["action2", "action21"]).contains("\"action21\" begins with all tokens of \"action2\""));
        assert!(refuse(&["action21", "action2"]).contains("\"action21\" begins with all tokens of \"action2\""));
    }

    #[test]
    fn a_label_that_melts_into_the_prompt_is_refused() {
        // The one tokenizer here that merges is a byte-pair one: "ab" is a token.
        let json = r#"{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]]}}"#;
        let files = TokenizerFiles {
            tokenizer_json: json.into(),
            template: None,
            bos_token: None,
            eos_token: None,
            date: ChatDate::default(),
            context: Some(4),
        };
        let tokenizer = ChatTokenizer::from_parts(files).unwrap();
        assert_eq!(tokenizer.encode_labels("b", &["a", "b"]).unwrap(), [[0], [1]]);
        let error = tokenizer.encode_labels("ba", &["a", "b"]).unwrap_err().to_string();
        assert!(error.contains("\"b\" melts into the end of the prompt"), "{error}");
        assert!(tokenizer.render_chat(&[], true).unwrap_err().to_string().contains("instruction-tuned"));
        assert_eq!(tokenizer.encode_prompt("bbbb").unwrap().len(), 4);
        let error = tokenizer.encode_prompt("bbbbb").unwrap_err().to_string();
        assert!(error.starts_with("a prompt of 5 tokens is longer than the 4 that are read"), "{error}");
        assert!(tokenizer.encode_prompt_with_room("bbbb", 1).is_err());
    }

    #[test]
    fn prompts_of_nothing_and_of_megabytes_are_refused_before_anything_is_done() {
        let refused = |text: &str| tokenizer().encode_prompt(text).unwrap_err().to_string();
        assert!(refused("").contains("a prompt is empty"));
        let long = "x".repeat(3_000_000);
        assert!(refused(&long).contains("3000000 bytes is longer than the 1048576"));
        let error = tokenizer().render_chat(&[Message::user(long)], true).unwrap_err().to_string();
        assert!(error.contains("3000000 bytes"), "{error}");
        let error = tokenizer().encode_labels("Say ", &["x".repeat(201)]).unwrap_err().to_string();
        assert!(error.contains("a label of 201 characters; a label has at most 200"), "{error}");
    }

    #[test]
    fn a_folder_is_read_with_every_spelling_of_its_parts() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let missing = ChatTokenizer::from_folder(dir.path(), ChatDate::default()).unwrap_err().to_string();
        assert!(missing.contains("tokenizer.json"), "{missing}");
        write(
            "tokenizer.json",
            r#"{"version":"1.0","added_tokens":[{"id":2,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
                "truncation":{"max_length":1,"strategy":"LongestFirst","stride":0,"direction":"Right"},
                "model":{"type":"BPE","vocab":{"a":0,"b":1,"</s>":2},"merges":[]}}"#,
        );
        write(
            "tokenizer_config.json",
            r#"{"bos_token":null,"eos_token":{"content":"</s>"},"chat_template":[{"name":"tool","template":"x"},{"name":"default","template":"ab{{ eos_token }}"}]}"#,
        );
        let tokenizer = ChatTokenizer::from_folder(dir.path(), ChatDate::default()).unwrap();
        assert_eq!(tokenizer.render_chat(&[], true).unwrap(), "ab</s>");
        assert_eq!(tokenizer.encode("ab</s>").unwrap(), [0, 1, 2]);
        assert_eq!(tokenizer.stop_ids(), [2]);
        write("chat_template.jinja", "own file");
        let tokenizer = ChatTokenizer::from_folder(dir.path(), ChatDate::default()).unwrap();
        assert_eq!(tokenizer.render_chat(&[], true).unwrap(), "own file");
        write("tokenizer.json", "{");
        let broken = ChatTokenizer::from_folder(dir.path(), ChatDate::default()).unwrap_err().to_string();
        assert!(broken.contains("tokenizer.json cannot be read"), "{broken}");
    }
}
