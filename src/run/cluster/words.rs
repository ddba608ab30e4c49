//! Command lines, quoted for the shell.

use std::path::Path;

/// Words of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Adds a word.
    pub fn word(&mut self, word: impl Into<String>) -> &mut Self {
        self.0.push(word.into());
        self
    }

    /// Adds an option with its value.
    pub fn option(&mut self, name: &str, value: impl ToString) -> &mut Self {
        self.word(name).word(value.to_string())
    }

    /// The line that the shell takes apart into these words.
    ///
    /// # Errors
    /// With a sentence, if a word cannot be put on a line.
    pub fn line(&self) -> Result<String, String> {
        let words: Result<Vec<String>, String> = self.0.iter().map(|word| quoted(word)).collect();
        Ok(words?.join(" "))
    }
}

/// `word` as a POSIX shell writes it.
///
/// # Errors
/// With a sentence, if it holds a line break or another control character.
pub fn quoted(word: &str) -> Result<String, String> {
    if word.chars().any(char::is_control) {
        return Err(format!(
            "{word:?} holds a control character, and commands are written one on a line; rename it, or put the value into \
             the scenario file"
        ));
    }
    shlex::try_quote(word).map(Into::into).map_err(|error| format!("{word:?} cannot be quoted: {error}"))
}

/// `path` as text.
///
/// # Errors
/// With a sentence, if it is no Unicode.
pub fn text_of(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is no Unicode text, and cannot be written into a script", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_comes_back_from_the_shell_as_it_was() {
        let odd =
            ["a", "", "a b", "it's", "\"q\"", "$HOME `x` \\ !", "-x", "~", "*?[a]", "#no", "é=☃", "a;b|c&d<e>f(g)"];
        let mut words = Words::default();
        odd.iter().for_each(|word| {
            words.word(*word);
        });
        let line = words.line().unwrap();
        assert_eq!(shlex::split(&line).unwrap(), odd);
        if cfg!(unix) {
            let printed = std::process::Command::new("sh").args(["-c", &format!("printf '%s\\n' {line}")]).output();
            let printed = String::from_utf8(printed.unwrap().stdout).unwrap();
            assert_eq!(printed.split_terminator('\n').collect::<Vec<_>>(), odd);
        }
    }

    #[test]
    fn what_does_not_fit_on_a_line_is_refused() {
        let error = Words::default().word("a\nb").line().unwrap_err();
        assert!(error.contains("a\\nb") && error.contains("one on a line"), "{error}");
    }
}
