//! The texts that a scenario is made of: its file, the files that it extends, and every `--set`. Their bytes are
//! counted through, so that one number tells the text and the place in it.

use super::syntax::Syntax;
use std::ops::Range;

/// One text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How messages call it: the file as the user named it, or `--set`.
    pub label: String,
    /// Its text.
    pub text: String,
    /// Its language.
    pub syntax: Syntax,
    /// The path that it sets, if it is a `--set`.
    pub sets: Option<String>,
    start: usize,
}

impl Source {
    /// Its text with `written` in place of what is at `span`.
    pub fn with(&self, span: &Range<usize>, written: &str) -> String {
        let (before, after) = (&self.text[..span.start - self.start], &self.text[span.end - self.start..]);
        [before, written, after].concat()
    }
}

/// All texts of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// The one text of a file.
    pub fn of(label: &str, text: &str, syntax: Syntax) -> Self {
        let mut sources = Self::default();
        sources.add(label, text, syntax);
        sources
    }

    /// Adds the text of a file; returns the number of its first byte.
    pub fn add(&mut self, label: &str, text: &str, syntax: Syntax) -> usize {
        // One byte is left between texts, so that the end of one is not the start of the next.
        let start = self.all.last().map_or(0, |last| last.start + last.text.len() + 1);
        self.all.push(Source { label: label.to_owned(), text: text.to_owned(), syntax, sets: None, start });
        start
    }

    /// Adds the text of a `--set` of `path`; returns the number of its first byte.
    pub fn add_set(&mut self, path: &str, text: &str) -> usize {
        let start = self.add("--set", text, Syntax::Ron);
        if let Some(last) = self.all.last_mut() {
            last.sets = Some(path.to_owned());
        }
        start
    }

    /// The same with another label for every `--set` of a path of which `is_meant` is true.
    pub fn called(mut self, label: &str, is_meant: impl Fn(&str) -> bool) -> Self {
        for source in self.all.iter_mut().filter(|source| source.sets.as_deref().is_some_and(&is_meant)) {
            label.clone_into(&mut source.label);
        }
        self
    }

    /// The text that `span` is in; `None` if there is no text at all.
    pub fn at(&self, span: &Range<usize>) -> Option<&Source> {
        let after = self.all.partition_point(|source| source.start <= span.start);
        self.all.get(after.saturating_sub(1))
    }

    /// The text that `span` is in, and its place there.
    pub fn place(&self, span: &Range<usize>) -> Option<(&Source, Range<usize>)> {
        let source = self.at(span)?;
        let local = |at: usize| at.saturating_sub(source.start).min(source.text.len());
        Some((source, local(span.start)..local(span.end)))
    }

    /// The language of the text that `span` is in.
    pub fn syntax(&self, span: &Range<usize>) -> Syntax {
        self.at(span).map_or_else(Syntax::default, |source| source.syntax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_the_text_and_the_place_in_it() {
        let mut sources = Sources::of("a.ron", "(x: 1)", Syntax::Ron);
        let second = sources.add("b.yaml", "x: 1", Syntax::Yaml);
        let set = sources.add_set("x", "x=2");
        let place = |span: Range<usize>| {
            let (source, local) = sources.place(&span).unwrap();
            (source.label.clone(), source.syntax, local)
        };
        assert_eq!(place(1..2), ("a.ron".into(), Syntax::Ron, 1..2));
        // The end of a text is its own.
        assert_eq!(place(6..6), ("a.ron".into(), Syntax::Ron, 6..6));
        assert_eq!(place(second..second + 1), ("b.yaml".into(), Syntax::Yaml, 0..1));
        assert_eq!(place(set + 2..set + 3), ("--set".into(), Syntax::Ron, 2..3));
        assert_eq!(Sources::default().place(&(0..1)), None);
    }
}
