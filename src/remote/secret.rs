//! Keys: where they come from, how they look, and that they stay out of every file and message.

use std::env;
use std::fmt;

/// Beginnings of the keys of well-known services.
const BEGINNINGS: [&str; 12] =
    ["sk-", "sk_", "rk-", "pk-", "hf_", "gsk_", "xai-", "AIza", "r8_", "nvapi-", "ghp_", "github_pat_"];
/// Words like `sk-learn` begin so too, and servers without keys take any word for one; keys are longer.
const KEY_CHARACTERS_MIN: usize = 16;

/// A key that no one sees: its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The value of the header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whether it is one that no one else may know, and no word that stands in for a key (`ollama`, `EMPTY`, `token`),
    /// which replies contain for other reasons.
    fn is_secret(&self) -> bool {
        self.0.len() >= KEY_CHARACTERS_MIN
    }

    /// Whether it is a secret and `text` contains it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.is_secret() && text.contains(&self.0)
    }

    /// `text` without it, if it is a secret.
    pub(super) fn redacted(&self, text: &str) -> String {
        if self.is_secret() { text.replace(&self.0, "[key]") } else { text.to_owned() }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The key in the environment variable `name`; `None` if there is none, or if `name` is empty.
///
/// # Errors
/// With a sentence that does not show it, if what is there cannot be a key.
pub fn key_of(name: &str) -> Result<Option<Key>, String> {
    if name.is_empty() {
        return Ok(None);
    }
    let Some(value) = env::var_os(name) else { return Ok(None) };
    let value = value.to_str().map(str::trim).unwrap_or("\0").to_owned();
    if value.is_empty() {
        return Ok(None);
    }
    let is_plain = value.chars().all(|c| c.is_ascii_graphic());
    is_plain.then_some(Some(Key(value))).ok_or_else(|| {
        format!("the environment variable {name} holds blanks or characters that no key has; set it to the key alone")
    })
}

/// Whether `name` can name an environment variable: letters, digits and `_`, no digit first.
pub fn is_variable_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.len() <= 100 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether some word in `text` looks like a key.
pub fn find_key(text: &str) -> bool {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.split(|c: char| !is_of_key(c)).any(|word| {
        let is_long = word.len() >= KEY_CHARACTERS_MIN && word.chars().any(|c| c.is_ascii_digit());
        is_long && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_words() {
        for key in [
            "sk-abcdefghijklmnop1",
            "http://x/?k=sk-proj-0123456789abcdef",
            "hf_abcdefghijklmnopqrs7",
            "a gsk_0123456789abcdef.",
        ] {
            assert!(find_key(key), "{key}");
        }
        for word in [
            "sk-learn",
            "SmolLM2-135M-Instruct",
            "sk-",
            "task-0123456789abcdef",
            "sk-and-many-other-words",
            "OPENAI_API_KEY",
        ] {
            assert!(!find_key(word), "{word}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        let key = Key("sk-0123456789abc".into());
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert!(key.is_in("x sk-0123456789abc y") && !key.is_in("sk-0123456789ab"));
        assert_eq!(key.redacted("no sk-0123456789abc, sk-0123456789abc"), "no [key], [key]");
    }

    #[test]
    fn a_word_in_place_of_a_key_is_no_secret() {
        for word in ["ollama", "EMPTY", "token", "fifteen-letters"] {
            let key = Key(word.into());
            assert!(!key.is_in(&format!("a {word} b")), "{word}");
            assert_eq!(key.redacted(&format!("a {word} b")), format!("a {word} b"));
            assert_eq!(format!("{key:?}"), "Key(…)");
        }
    }

    #[test]
    fn names_of_variables_are_plain() {
        assert!(["OPENAI_API_KEY", "_x1"].into_iter().all(is_variable_name));
        assert!(!["", "1A", "A B", "A=B", "schlüssel"].into_iter().any(is_variable_name));
    }
}
