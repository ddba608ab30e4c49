//! Text that fits a terminal.

use textwrap::{Options, WordSplitter};

/// Columns of a terminal that every table and message fits.
pub const TERMINAL_WIDTH: usize = 80;

/// The beginning and the end of a name in at most `most` characters: names often differ in only one of the two.
pub fn shortened(name: &str, most: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= most {
        return name.into();
    }
    let end = most.saturating_sub(1) / 2;
    let head: String = characters[..most.saturating_sub(1) - end].iter().collect();
    let tail: String = characters[characters.len() - end..].iter().collect();
    format!("{head}…{tail}")
}

/// `text` in lines that fit a terminal, broken between words; the second and later ones begin with `indent`.
pub fn wrapped(text: &str, indent: &str) -> Vec<String> {
    let options = Options::new(TERMINAL_WIDTH).subsequent_indent(indent).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_long_name_stay() {
        assert_eq!(shortened("tit_for_tat", 11), "tit_for_tat");
        assert_eq!(shortened("payoff_deontological", 16), "payoff_d…logical");
        assert_eq!(shortened("äöüäöü", 4), "äö…ü");
    }

    #[test]
    fn lines_break_between_words() {
        let lines = wrapped(&"well-known ".repeat(20), "  ");
        assert!(lines.iter().all(|line| line.chars().count() <= TERMINAL_WIDTH), "{lines:?}");
        assert!(lines.iter().all(|line| line.ends_with("well-known")), "{lines:?}");
        assert!(!lines[0].starts_with(' ') && lines[1].starts_with("  well"), "{lines:?}");
    }
}
