//! The line of a source that a problem is about, fit for a terminal: control characters made visible, long lines cut.

use crate::text::shown_lines;
use std::ops::Range;

/// Longest excerpt, in characters.
const WIDTH_MAX: usize = 200;
/// Characters kept before and within the underlined text, where a line is cut.
const BEFORE: usize = 60;
const MARKED: usize = 100;

/// A line and the part of it that is underlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct Excerpt {
    /// Number of the line, from 1.
    pub line: usize,
    /// Column of the first underlined character in the source, from 1.
    pub column: usize,
    /// The line as it is shown.
    pub text: String,
    /// Its underlined bytes.
    pub marked: Range<usize>,
    /// Whether the text before the underlined part is as in the source.
    pub is_as_written: bool,
}

impl Excerpt {
    /// The first line of `span`: a struct of many lines is recognised by how it begins.
    pub(in crate::scenario) fn of(source: &str, span: &Range<usize>) -> Self {
        let start = source.floor_char_boundary(span.start);
        let end = source.ceil_char_boundary(span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        let before = &source[line_start..start];
        let marked = &source[start..end.min(line_end)];
        let after = source[end.min(line_end)..line_end].trim_end_matches('\r');
        let line = 1 + source[..line_start].bytes().filter(|byte| *byte == b'\n').count();
        let column = 1 + before.chars().count();
        let is_long = [before, marked, after].iter().map(|part| part.chars().count()).sum::<usize>() > WIDTH_MAX;
        let (kept_before, kept, rest) = if is_long {
            let kept = first(marked, MARKED);
            let kept_before = last(before, BEFORE);
            let room = WIDTH_MAX - kept_before.chars().count().min(BEFORE) - kept.chars().count().min(MARKED);
            (kept_before, kept, if marked.chars().count() > MARKED { String::new() } else { first(after, room) })
        } else {
            (before.to_owned(), marked.to_owned(), after.to_owned())
        };
        let shown_before = shown_lines(&kept_before);
        let shown_marked = shown_lines(&kept);
        Self {
            line,
            column,
            marked: shown_before.len()..shown_before.len() + shown_marked.len(),
            is_as_written: shown_before == before,
            text: format!("{shown_before}{shown_marked}{}", shown_lines(&rest)),
        }
    }
}

/// The first `count` characters of `text`, and a mark if that is not all.
fn first(text: &str, count: usize) -> String {
    text.char_indices().nth(count).map_or_else(|| text.to_owned(), |(end, _)| format!("{}…", &text[..end]))
}

/// The last `count` characters of `text`, after a mark if that is not all.
fn last(text: &str, count: usize) -> String {
    let skipped = text.chars().count().saturating_sub(count);
    let start = text.char_indices().nth(skipped).map_or(text.len(), |(start, _)| start);
    if skipped == 0 { text.to_owned() } else { format!("…{}", &text[start..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_line_stands_as_it_is() {
        let source = "one\n  twö: 3,\r\nthree";
        let at = source.find('3').unwrap();
        let found = Excerpt::of(source, &(at..at + 1));
        assert_eq!((found.line, found.column, found.is_as_written), (2, 8, true));
        assert_eq!((&*found.text, &found.text[found.marked]), ("  twö: 3,", "3"));
        // Over many lines, and at the end of the file.
        let found = Excerpt::of(source, &(0..source.len()));
        assert_eq!((&*found.text, found.marked, found.line), ("one", 0..3, 1));
        let found = Excerpt::of(source, &(source.len()..source.len()));
        assert_eq!((&*found.text, found.marked, found.line), ("three", 5..5, 3));
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_underlined() {
        let source = format!("{}WRONG{}", "a".repeat(5000), "b".repeat(5000));
        let found = Excerpt::of(&source, &(5000..5005));
        assert_eq!((found.line, found.column, found.is_as_written), (1, 5001, false));
        assert_eq!(&found.text[found.marked], "WRONG");
        assert!(found.text.starts_with("…aa") && found.text.ends_with("bb…") && found.text.chars().count() < 210);
        let found = Excerpt::of(&source, &(0..source.len()));
        assert!(found.text.chars().count() < 210, "{}", found.text);
    }

    #[test]
    fn control_characters_are_made_visible() {
        let source = "\u{1b}[2J x\u{7}";
        let found = Excerpt::of(source, &(5..7));
        assert_eq!((&*found.text, found.column, found.is_as_written), ("\\u{1b}[2J x\\u{7}", 6, false));
        assert_eq!(&found.text[found.marked], "x\\u{7}");
    }
}
