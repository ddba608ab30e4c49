//! RON as a tree with source spans: what the checks look at, so that each can point at the text it is about.
//!
//! `ron` reads values without keeping their positions, and stops at its first error. This parser keeps every span and
//! continues after an error where a guess at the intention is cheap, so that one run shows many mistakes.
//! Byte strings, byte literals and ranges are left out: no scenario has a place for them.

use super::diagnostics::Problem;
use crate::text::nearest;
use std::ops::Range;

pub(super) mod excerpt;
pub(super) mod json;
mod lexer;
pub mod numbers;
pub mod overrides;
pub(super) mod plain;
mod quote;
pub mod resolved;

pub use quote::quote;

/// A byte range of the source.
pub type Span = Range<usize>;

/// Values nested deeper than this are refused; a scenario needs about ten levels, and the stack has room for many more.
const DEPTH_MAX: usize = 64;

/// After this many syntax errors the rest is guesswork and only confuses.
const ERRORS_MAX: usize = 20;

/// A value and its place in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its place in the source, its name and brackets included.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is, before anything is known of the type it should have.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `Name(field: value)` or `(field: value)`, with at least one field.
    Struct {
        /// The name before the parenthesis.
        name: Option<Name>,
        /// The fields in source order, repeated ones included.
        fields: Vec<Field>,
    },
    /// `Name(value, value)`, `(value, value)`, `Name()` or `()`.
    Tuple {
        /// The name before the parenthesis.
        name: Option<Name>,
        /// The values in source order.
        items: Vec<Node>,
    },
    /// A bare word: a variant, `None`, `true`, `false`, `inf`, `NaN`.
    Word(String),
    /// `[value, value]`.
    List(Vec<Node>),
    /// `{key: value}`.
    Map(Vec<(Node, Node)>),
    /// A string, escapes resolved.
    Text(String),
    /// A character, escapes resolved.
    Char(char),
    /// A number as it is written.
    Number(String),
}

/// A word and its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Its place in the source.
    pub span: Span,
}

/// One field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The field's name.
    pub name: Name,
    /// Its value.
    pub value: Node,
}

/// The result of parsing a source text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The value, as far as it could be read.
    pub root: Option<Node>,
    /// Every syntax error found.
    pub problems: Vec<Problem>,
    /// Whether the tree is what its author must have meant: there was no error worse than a missing comma.
    pub whole: bool,
}

impl Node {
    /// How an error message names this value: "a string", "`Foo`", …
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Struct { name: Some(name), .. } | Kind::Tuple { name: Some(name), .. } => {
                format!("`{}(…)`", name.text)
            }
            Kind::Struct { name: None, .. } => "fields in parentheses".into(),
            Kind::Tuple { name: None, items } if items.is_empty() => "`()`".into(),
            Kind::Tuple { name: None, .. } => "values in parentheses".into(),
            Kind::Word(word) => format!("`{word}`"),
            Kind::List(_) => "a list".into(),
            Kind::Map(_) => "a map".into(),
            Kind::Text(_) => "a string".into(),
            Kind::Char(_) => "a character".into(),
            Kind::Number(number) => format!("`{number}`"),
        }
    }
}

/// Reads `source` as one RON value.
pub fn parse(source: &str) -> Parsed {
    let mut parser = Parser { source, at: 0, depth: 0, problems: Vec::new(), whole: true };
    let root = parser.document();
    Parsed { root, whole: parser.whole && parser.problems.len() < ERRORS_MAX, problems: parser.problems }
}

/// A position in the source, and what has gone wrong before it.
struct Parser<'a> {
    source: &'a str,
    at: usize,
    depth: usize,
    problems: Vec<Problem>,
    whole: bool,
}

impl Parser<'_> {
    fn document(&mut self) -> Option<Node> {
        self.skip_blank();
        while self.rest().starts_with('#') {
            self.attribute();
            self.skip_blank();
        }
        if self.rest().is_empty() {
            self.broken(self.at..self.at, "the file holds no scenario", "expected `(version: 1, …)`");
            return None;
        }
        let root = self.value();
        self.skip_blank();
        if root.is_some() && !self.rest().is_empty() {
            let span = self.at..self.at + self.rest().trim_end().len();
            let message = "text after the closing parenthesis of the scenario";
            self.broken(first_line(self.source, span), message, "move it inside, or remove it");
        }
        root
    }

    /// Reads `#![enable(a, b)]` (or `#![type = "…"]`, which means nothing here).
    fn attribute(&mut self) {
        let start = self.at;
        let end = self.rest().find(']').map_or(self.source.len(), |i| self.at + i + 1);
        let text: String = self.source[start..end].split_whitespace().collect();
        self.at = end;
        let Some(inner) = text.strip_prefix("#![").and_then(|t| t.strip_suffix(']')) else {
            return self.broken(start..end, "malformed attribute", "expected `#![enable(implicit_some)]`");
        };
        if inner.starts_with("type=\"") || inner.starts_with("schema=\"") {
            return;
        }
        let Some(list) = inner.strip_prefix("enable(").and_then(|t| t.strip_suffix(')')) else {
            return self.broken(start..end, "unknown attribute", "expected `#![enable(implicit_some)]`");
        };
        let known = ["implicit_some", "unwrap_newtypes", "unwrap_variant_newtypes"];
        for word in list.strip_suffix(',').unwrap_or(list).split(',') {
            if !known.contains(&word) {
                let mut problem = Problem::error(start..end, format!("unknown extension `{word}`"))
                    .label(format!("expected one of {}", known.join(", ")));
                problem.help = nearest(word, known).map(|near| format!("did you mean `{near}`?"));
                self.report(problem);
            }
        }
    }

    /// Reads one value; reports it and returns `None` if there is none here.
    fn value(&mut self) -> Option<Node> {
        if self.depth == DEPTH_MAX {
            self.broken(self.at..self.at + 1, "nested too deeply", format!("deeper than {DEPTH_MAX} levels"));
            self.at = self.source.len();
            return None;
        }
        self.depth += 1;
        let node = self.value_inside();
        self.depth -= 1;
        node
    }

    fn value_inside(&mut self) -> Option<Node> {
        let start = self.at;
        let kind = match self.peek()? {
            '(' => self.parenthesis(None),
            '[' => self.list(),
            '{' => self.map(),
            '"' => Kind::Text(self.string()?),
            '\'' => Kind::Char(self.character()?),
            'r' if self.raw_string_ahead() => Kind::Text(self.raw_string()?),
            '0'..='9' | '+' | '-' | '.' => Kind::Number(self.number_or_percentage()),
            _ => {
                let Some(name) = self.identifier() else {
                    let found = self.peek()?;
                    self.broken(start..start + found.len_utf8(), format!("unexpected `{found}`"), "expected a value");
                    return None;
                };
                let end_of_name = self.at;
                self.skip_blank();
                if self.rest().starts_with('(') {
                    self.parenthesis(Some(name))
                } else {
                    self.at = end_of_name;
                    Kind::Word(name.text)
                }
            }
        };
        Some(Node { span: start..self.at, kind })
    }

    /// Reads `(…)`: fields if the first thing inside is `word:`, otherwise values.
    fn parenthesis(&mut self, name: Option<Name>) -> Kind {
        let open = self.at;
        self.at += 1;
        self.skip_blank();
        if !self.field_ahead() {
            let items = self.items(open, ')', |parser| parser.value());
            return Kind::Tuple { name, items };
        }
        let fields = self.items(open, ')', |parser| parser.field());
        Kind::Struct { name, fields }
    }

    fn list(&mut self) -> Kind {
        let open = self.at;
        self.at += 1;
        Kind::List(self.items(open, ']', |parser| parser.value()))
    }

    fn map(&mut self) -> Kind {
        let open = self.at;
        self.at += 1;
        Kind::Map(self.items(open, '}', |parser| {
            let key = parser.value()?;
            parser.colon()?;
            Some((key, parser.value()?))
        }))
    }

    fn field_ahead(&mut self) -> bool {
        let start = self.at;
        let ahead = self.identifier().is_some() && {
            self.skip_blank();
            self.rest().starts_with(':')
        };
        self.at = start;
        ahead
    }

    fn field(&mut self) -> Option<Field> {
        let Some(name) = self.identifier() else {
            let found = self.peek()?;
            self.broken(self.at..self.at + found.len_utf8(), format!("unexpected `{found}`"), "expected a field name");
            return None;
        };
        self.skip_blank();
        self.colon()?;
        Some(Field { name, value: self.value()? })
    }

    fn colon(&mut self) -> Option<()> {
        self.skip_blank();
        if self.rest().starts_with(':') {
            self.at += 1;
            self.skip_blank();
            return Some(());
        }
        let width = self.peek().map_or(0, char::len_utf8);
        self.broken(self.at..self.at + width, "missing `:`", "expected `:` and a value");
        None
    }

    /// Reads what is between `open` and `close`, separated by commas; reports a spoilt item and leaves it out.
    fn items<T>(&mut self, open: usize, close: char, read: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            match self.peek() {
                None => {
                    self.unclosed(open, close);
                    return items;
                }
                Some(found) if found == close => {
                    self.at += 1;
                    return items;
                }
                Some(found @ (')' | ']' | '}')) => {
                    self.broken(self.at..self.at + 1, format!("`{found}` where `{close}` is due"), "closes nothing");
                    self.at += 1;
                    return items;
                }
                Some(_) => {}
            }
            match read(self) {
                Some(item) => items.push(item),
                None => self.skip_to_separator(),
            }
            self.separator();
        }
    }

    /// Skips a comma; reports it missing if another item follows.
    fn separator(&mut self) {
        let end = self.at;
        self.skip_blank();
        match self.peek() {
            Some(',') => self.at += 1,
            None | Some(')' | ']' | '}') => {}
            Some(_) => {
                let last = self.source[..end].chars().next_back().map_or(0, char::len_utf8);
                self.report(Problem::error(end - last..end, "missing comma".into()).label("expected `,` after this"));
            }
        }
    }

    fn unclosed(&mut self, open: usize, close: char) {
        // One missing bracket leaves every outer one open too; the innermost is enough.
        if !self.problems.iter().any(|p| p.message.ends_with("is never closed")) {
            let found = &self.source[open..=open];
            self.broken(open..open + 1, format!("`{found}` is never closed"), format!("expected `{close}` further on"));
        }
        self.whole = false;
    }

    /// Skips, after a spoilt item, to the comma or bracket that ends it, passing over balanced brackets and strings.
    fn skip_to_separator(&mut self) {
        let mut open = 0usize;
        while let Some(c) = self.peek() {
            match c {
                ',' | ')' | ']' | '}' if open == 0 => return,
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open -= 1,
                '"' => {
                    let reported = self.problems.len();
                    if self.string().is_none() {
                        self.problems.truncate(reported);
                        self.at = self.source.len();
                    }
                    continue;
                }
                _ => {}
            }
            self.at += c.len_utf8();
            self.skip_blank();
        }
    }

    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    /// The next character; at the end of the file the caller's opener is reported by [`Parser::items`].
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn broken(&mut self, span: Span, message: impl Into<String>, label: impl Into<String>) {
        self.whole = false;
        self.report(Problem::error(span, message.into()).label(label));
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.len() < ERRORS_MAX {
            self.problems.push(problem);
        }
    }
}

/// The part of `span` on its first line.
fn first_line(source: &str, span: Span) -> Span {
    let length = source[span.clone()].find('\n').unwrap_or(span.len());
    span.start..span.start + length
}
