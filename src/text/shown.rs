//! Text from outside, made safe to print.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` on one line, fit for a terminal: control characters, line breaks and characters that change the direction of
/// writing are shown as `\n`, `\u{1b}` and the like, so that no name or file can move the cursor or recolour what
/// follows.
pub fn shown(text: &str) -> Cow<'_, str> {
    escape(text, is_unsafe)
}

/// Like [`shown`], but line breaks and tabs are kept.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_unsafe(c) && c != '\n' && c != '\t')
}

fn is_unsafe(c: char) -> bool {
    let turns_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    c.is_control() || turns_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escape(text: &str, is_unsafe: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            write!(shown, "{}", c.escape_default()).expect("a string takes everything");
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_terminal_passes() {
        assert_eq!(shown("tit for tat, é, 漢, 🙂"), "tit for tat, é, 漢, 🙂");
        assert_eq!(shown("a\u{1b}[31mb\u{7}\nc\u{202e}d\u{9b}"), "a\\u{1b}[31mb\\u{7}\\nc\\u{202e}d\\u{9b}");
        assert_eq!(shown_lines("a\n\tb\u{1b}"), "a\n\tb\\u{1b}");
    }
}
