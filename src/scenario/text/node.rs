//! The tree that every scenario file becomes.

use crate::scenario::diagnostics::Problem;
use std::ops::Range;

/// A range of bytes, counted through all sources of a scenario.
pub type Span = Range<usize>;

/// Values nested deeper than this are refused; a scenario needs about ten levels, and the stack has room for many more.
pub(super) const DEPTH_MAX: usize = 64;

/// More values than this are refused: a thousand populations have fewer, and each takes a hundred times its text.
pub(super) const VALUES_MAX: usize = 500_000;

/// After this many syntax errors the rest is guesswork and only confuses.
pub(super) const ERRORS_MAX: usize = 20;

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
    /// A bare word: a variant, `None`, `true`, `false`, `inf`, `NaN`; outside RON also `null`.
    Word(String),
    /// `[value, value]`.
    List(Vec<Node>),
    /// `{key: value}`, repeated keys included.
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

impl Parsed {
    /// A text that could not be read.
    pub(super) fn broken(problems: Vec<Problem>) -> Self {
        Self { root: None, problems, whole: false }
    }

    /// The same with every place moved `by` bytes onward.
    pub(super) fn moved(mut self, by: usize) -> Self {
        if by > 0 {
            for span in self.problems.iter_mut().filter_map(|problem| problem.span.as_mut()) {
                *span = span.start + by..span.end + by;
            }
            if let Some(root) = &mut self.root {
                root.shift(by);
            }
        }
        self
    }
}

impl Node {
    /// The name before its parenthesis.
    pub(in crate::scenario) fn name(&self) -> Option<&Name> {
        match &self.kind {
            Kind::Struct { name, .. } | Kind::Tuple { name, .. } => name.as_ref(),
            _ => None,
        }
    }

    /// The string in its field `name`, if it has one.
    pub(in crate::scenario) fn text_of(&self, name: &str) -> Option<&str> {
        let Kind::Struct { fields, .. } = &self.kind else { return None };
        match &fields.iter().find(|field| field.name.text == name)?.value.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    fn shift(&mut self, by: usize) {
        let shifted = |span: &Span| span.start + by..span.end + by;
        self.span = shifted(&self.span);
        match &mut self.kind {
            Kind::Struct { name, fields } => {
                if let Some(name) = name {
                    name.span = shifted(&name.span);
                }
                for field in fields {
                    field.name.span = shifted(&field.name.span);
                    field.value.shift(by);
                }
            }
            Kind::Tuple { name, items } => {
                if let Some(name) = name {
                    name.span = shifted(&name.span);
                }
                items.iter_mut().for_each(|item| item.shift(by));
            }
            Kind::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Kind::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.shift(by);
                value.shift(by);
            }),
            Kind::Word(_) | Kind::Text(_) | Kind::Char(_) | Kind::Number(_) => {}
        }
    }
}
