//! YAML as a tree with source spans, with bounds on what aliases may repeat.

use super::node::{DEPTH_MAX, Kind, Node, Parsed, Span, VALUES_MAX};
use super::syntax::{BYTE_ORDER_MARK, Syntax};
use crate::scenario::diagnostics::Problem;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};
use std::collections::BTreeMap;

/// Reads `source` as one YAML document.
pub(super) fn parse(source: &str) -> Parsed {
    // The library takes it for the end of the text.
    if let Some(at) = source.find('\0') {
        let problem = Problem::error(at..at + 1, "a zero byte in the text".into());
        return Parsed::broken(vec![problem.label("expected plain text")]);
    }
    let text = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    let mut tree = Tree { places: Places::of(text), ..Tree::default() };
    let parsed = match tree.read(text) {
        Ok(()) if tree.root.is_none() => {
            let label = format!("expected `{}`", Syntax::Yaml.field("version", "1"));
            Parsed::broken(vec![Problem::error(0..0, "the file holds no scenario".into()).label(label)])
        }
        Ok(()) => Parsed { root: tree.root, whole: true, problems: Vec::new() },
        Err(problem) => Parsed::broken(vec![problem]),
    };
    parsed.moved(source.len() - text.len())
}

/// A list or map that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    contents: Contents,
    size: Size,
}

enum Contents {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

/// How much a value takes, aliases written out.
#[derive(Clone, Copy)]
struct Size {
    values: usize,
    depth: usize,
}

const ONE: Size = Size { values: 1, depth: 1 };

/// The tree so far.
#[derive(Default)]
struct Tree {
    places: Places,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, (Node, Size)>,
    values: usize,
}

impl Tree {
    fn read(&mut self, text: &str) -> Result<(), Problem> {
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| self.not_yaml(&error))?;
            let span = self.places.byte(&span.start)..self.places.byte(&span.end);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let problem = Problem::error(span, "a second document".into());
                        return Err(problem.label("expected one scenario in a file"));
                    }
                }
                Event::Scalar(value, style, anchor, tag) => {
                    no_tag(tag.as_deref(), &span)?;
                    let kind = if style == ScalarStyle::Plain { plain(&value) } else { Kind::Text(value.into()) };
                    self.put(Node { span, kind }, ONE, anchor)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    no_tag(tag.as_deref(), &span)?;
                    self.start(span, anchor, Contents::List(Vec::new()))?;
                }
                Event::MappingStart(anchor, tag) => {
                    no_tag(tag.as_deref(), &span)?;
                    self.start(span, anchor, Contents::Map(Vec::new(), None))?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(span.end)?,
                Event::Alias(anchor) => {
                    let incomplete = || {
                        let problem = Problem::error(span.clone(), "an alias of something that is not complete".into());
                        problem.label("expected one that stands before it")
                    };
                    let size = self.anchors.get(&anchor).ok_or_else(incomplete)?.1;
                    // Before it is written out, which takes as much again.
                    self.room(&span, size)?;
                    let (node, _) = self.anchors.get(&anchor).cloned().ok_or_else(incomplete)?;
                    self.put(node, size, 0)?;
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        Ok(())
    }

    fn not_yaml(&self, error: &ScanError) -> Problem {
        let at = self.places.byte(error.marker());
        Problem::error(at..at + 1, "this is not YAML".into()).label(error.info().to_owned())
    }

    fn start(&mut self, span: Span, anchor: usize, contents: Contents) -> Result<(), Problem> {
        self.room(&span, ONE)?;
        self.open.push(Open { start: span.start, anchor, contents, size: ONE });
        Ok(())
    }

    /// Closes the innermost list or map, whose last sign may be at `end`.
    fn close(&mut self, end: usize) -> Result<(), Problem> {
        let Some(Open { start, anchor, contents, size }) = self.open.pop() else { return Ok(()) };
        let (last, kind) = match contents {
            Contents::List(items) => (items.last().map(|item| item.span.end), Kind::List(items)),
            Contents::Map(entries, _) => (entries.last().map(|(_, value)| value.span.end), Kind::Map(entries)),
        };
        // The end of an indented list or map is found only where the next thing starts.
        let end = if self.places.closes(end) { end } else { last.unwrap_or(end) };
        self.put(Node { span: start..end.max(start), kind }, size, anchor)
    }

    /// Refuses what is nested too deeply or repeated too often.
    fn room(&mut self, span: &Span, size: Size) -> Result<(), Problem> {
        if self.open.len() + size.depth > DEPTH_MAX {
            let problem = Problem::error(span.clone(), "nested too deeply".into());
            return Err(problem.label(format!("deeper than {DEPTH_MAX} levels")));
        }
        self.values = self.values.saturating_add(size.values);
        if self.values > VALUES_MAX {
            let problem = Problem::error(span.clone(), "too many values".into());
            return Err(problem.label(format!("more than {VALUES_MAX} of them, anchors and aliases written out")));
        }
        Ok(())
    }

    fn put(&mut self, node: Node, size: Size, anchor: usize) -> Result<(), Problem> {
        if matches!(node.kind, Kind::Word(_) | Kind::Text(_) | Kind::Number(_)) {
            self.room(&node.span, ONE)?;
        }
        if anchor != 0 {
            // What is kept for aliases takes room, too: anchors inside anchors are kept once for each of them.
            self.room(&node.span, size)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(outer) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        outer.size.values = outer.size.values.saturating_add(size.values);
        outer.size.depth = outer.size.depth.max(size.depth + 1);
        match &mut outer.contents {
            Contents::List(items) => items.push(node),
            Contents::Map(entries, key) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => *key = Some(self.places.key(node)?),
            },
        }
        Ok(())
    }
}

/// Where the characters of a text are, which the library counts.
#[derive(Default)]
struct Places {
    text: String,
    /// The byte of every character, unless all characters are bytes.
    bytes: Option<Vec<usize>>,
}

impl Places {
    fn of(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { text: text.to_owned(), bytes }
    }

    fn byte(&self, marker: &Marker) -> usize {
        let at = marker.index();
        match &self.bytes {
            None => at.min(self.text.len()),
            Some(bytes) => bytes.get(at).copied().unwrap_or(self.text.len()),
        }
    }

    /// Whether what ends at `end` ends with a bracket.
    fn closes(&self, end: usize) -> bool {
        self.text.get(..end).is_some_and(|text| text.ends_with([']', '}']))
    }

    /// `node` as the key of a map: its text, whatever it would be as a value.
    fn key(&self, node: Node) -> Result<Node, Problem> {
        let Node { span, kind } = node;
        let text = match kind {
            Kind::Text(text) => text,
            Kind::Word(_) | Kind::Number(_) => self.text.get(span.clone()).unwrap_or_default().to_owned(),
            _ => return Err(Problem::error(span, "a list or map as a name".into()).label("expected a word")),
        };
        Ok(Node { span, kind: Kind::Text(text) })
    }
}

fn no_tag(tag: Option<&Tag>, span: &Span) -> Result<(), Problem> {
    let Some(tag) = tag else { return Ok(()) };
    let example = Syntax::Yaml.variant("Named", "stag_hunt");
    let problem = Problem::error(span.clone(), format!("the tag `{tag}` has no meaning here"));
    Err(problem.label(format!("expected no tag; a variant is written `{example}`")))
}

/// What a scalar without quotes means in YAML 1.2.
fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Word("null".into()),
        "true" | "True" | "TRUE" => Kind::Word("true".into()),
        "false" | "False" | "FALSE" => Kind::Word("false".into()),
        ".nan" | ".NaN" | ".NAN" => Kind::Word("NaN".into()),
        _ => {
            let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
            if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
                let sign = if text.starts_with('-') { "-" } else { "" };
                return Kind::Number(format!("{sign}inf"));
            }
            let is_radix = |prefix: &str, radix: u32| {
                text.strip_prefix(prefix).is_some_and(|d| !d.is_empty() && d.chars().all(|c| c.is_digit(radix)))
            };
            let is_decimal = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
                && unsigned.parse::<f64>().is_ok();
            let is_number = is_decimal || is_radix("0x", 16) || is_radix("0o", 8);
            if is_number { Kind::Number(text.to_owned()) } else { Kind::Text(text.to_owned()) }
        }
    }
}
