//! RON and JSON as trees with source spans.
//!
//! `ron` and `serde_json` read values without keeping their positions, and stop at their first error. This parser keeps
//! every span and continues after an error where a guess at the intention is cheap, so that one run shows many
//! mistakes. Byte strings, byte literals and ranges are left out: no scenario has a place for them.

use super::node::{DEPTH_MAX, ERRORS_MAX, Field, Kind, Name, Node, Parsed, Span, VALUES_MAX};
use super::syntax::{BYTE_ORDER_MARK, Syntax};
use crate::scenario::diagnostics::Problem;
use crate::text::nearest;

/// Reads `source` as one value.
pub(super) fn parse(source: &str, is_json: bool) -> Parsed {
    let mut parser = Parser::new(source, is_json);
    let root = parser.document();
    Parsed { root, whole: parser.whole && parser.problems.len() < ERRORS_MAX, problems: parser.problems }
}

/// Reads the rest of `source` from byte `at` on as one RON value.
pub(super) fn parse_value(source: &str, at: usize) -> Parsed {
    let mut parser = Parser { at, ..Parser::new(source, false) };
    parser.skip_blank();
    let root = parser.value();
    parser.skip_blank();
    if root.is_none() && parser.problems.is_empty() {
        parser.broken(at..source.len(), "no value", "expected a value");
    } else if root.is_some() && !parser.rest().is_empty() {
        let rest = parser.at..source.len();
        parser.broken(first_line(source, rest), "text after the value", "expected nothing more");
    }
    Parsed { root, whole: parser.whole, problems: parser.problems }
}

/// A position in the source, and what has gone wrong before it.
pub(super) struct Parser<'a> {
    pub(super) source: &'a str,
    /// Whether the text is JSON, which has less.
    pub(super) is_json: bool,
    pub(super) at: usize,
    depth: usize,
    values: usize,
    problems: Vec<Problem>,
    whole: bool,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str, is_json: bool) -> Self {
        Self { source, is_json, at: 0, depth: 0, values: 0, problems: Vec::new(), whole: true }
    }
}

impl Parser<'_> {
    fn document(&mut self) -> Option<Node> {
        if self.rest().starts_with(BYTE_ORDER_MARK) {
            self.at = BYTE_ORDER_MARK.len_utf8();
        }
        self.skip_blank();
        while !self.is_json && self.rest().starts_with('#') {
            self.attribute();
            self.skip_blank();
        }
        if self.rest().is_empty() {
            let syntax = if self.is_json { Syntax::Json } else { Syntax::Ron };
            let label = format!("expected `{}`", syntax.fields(&[("version", "1"), ("ticks", "…")]));
            self.broken(self.at..self.at, "the file holds no scenario", label);
            return None;
        }
        let root = self.value();
        self.skip_blank();
        if root.is_some() && !self.rest().is_empty() {
            let span = self.at..self.at + self.rest().trim_end().len();
            let message = "text after the end of the scenario";
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
        self.values += 1;
        if self.values > VALUES_MAX {
            self.broken(self.at..self.at + 1, "too many values", format!("more than {VALUES_MAX} of them"));
            self.at = self.source.len();
            return None;
        }
        self.depth += 1;
        let node = if self.is_json { self.json_value() } else { self.value_inside() };
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

    /// Reads a value of JSON.
    fn json_value(&mut self) -> Option<Node> {
        let start = self.at;
        let kind = match self.peek()? {
            '[' => self.list(),
            '{' => self.map(),
            '"' => Kind::Text(self.json_string()?),
            '0'..='9' | '+' | '-' | '.' => Kind::Number(self.json_number()),
            found => {
                let Some(name) = self.identifier() else {
                    self.broken(start..start + found.len_utf8(), format!("unexpected `{found}`"), "expected a value");
                    return None;
                };
                if !matches!(&*name.text, "true" | "false" | "null") {
                    let label = format!("strings stand in double quotes: `{}`", Syntax::Json.word(&name.text));
                    self.broken(name.span, format!("unexpected word `{}`", name.text), label);
                    return None;
                }
                Kind::Word(name.text)
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
            if parser.is_json && !matches!(key.kind, Kind::Text(_)) {
                parser
                    .report(Problem::error(key.span.clone(), "a name without quotes".into()).label("expected `\"…\"`"));
            }
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
        let mut comma = None;
        loop {
            self.skip_blank();
            match self.peek() {
                None => {
                    self.unclosed(open, close);
                    return items;
                }
                Some(found) if found == close => {
                    if let Some(comma) = comma.filter(|_| self.is_json) {
                        let problem = Problem::error(comma..comma + 1, "a comma with nothing after it".into());
                        self.report(problem.label("expected none in JSON"));
                    }
                    self.at += 1;
                    return items;
                }
                Some(found @ (')' | ']' | '}')) => {
                    self.broken(self.at..self.at + 1, format!("`{found}` where `{close}` should be"), "closes nothing");
                    self.at += 1;
                    return items;
                }
                Some(_) => {}
            }
            match read(self) {
                Some(item) => items.push(item),
                None => self.skip_to_separator(),
            }
            comma = self.separator();
        }
    }

    /// Skips a comma, and returns its place; reports it missing if another item follows.
    fn separator(&mut self) -> Option<usize> {
        let end = self.at;
        self.skip_blank();
        match self.peek() {
            Some(',') => {
                self.at += 1;
                Some(self.at - 1)
            }
            None | Some(')' | ']' | '}') => None,
            Some(_) => {
                let last = self.source[..end].chars().next_back().map_or(0, char::len_utf8);
                self.report(Problem::error(end - last..end, "missing comma".into()).label("expected `,` after this"));
                None
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

    pub(super) fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    /// The next character; at the end of the file the caller's opener is reported by [`Parser::items`].
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn broken(&mut self, span: Span, message: impl Into<String>, label: impl Into<String>) {
        self.whole = false;
        self.report(Problem::error(span, message.into()).label(label));
    }

    pub(super) fn report(&mut self, problem: Problem) {
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
