//! `--set path=value`: edits the tree of a scenario, whatever language its file is in.
//!
//! A path walks fields (`prompt.labels`), list items by index or by their `name` (`populations[2].count`,
//! `populations.selfish.count`; a reward by its term, `rewards.payoff.weight`), all of them at once
//! (`populations.*.count`), and variants, which may be left out (`learner.Grpo.optimizer.lr`, `learner.optimizer.lr`).
//! A field the file leaves to its default is inserted. Fields in parentheses are laid over those that are there;
//! `path:=value` replaces them all.

use super::items::{Trouble, entry, find, trouble};
use super::merge::merge;
use super::node::{Field, Kind, Name, Node, Span};
use super::plain::as_ron;
use super::ron::parse_value;
use super::sources::Sources;
use crate::scenario::check::notation::describe;
use crate::scenario::check::shape::{Shape, Variant, shape};
use crate::scenario::diagnostics::Problem;
use crate::scenario::text::syntax::Syntax;
use crate::text::advice;
use serde_json::Value;

/// Applies every override to the tree `node` in order, adding its text to `sources`; returns a problem for each that
/// could not be applied. `root` is the JSON Schema of scenarios.
pub(in crate::scenario) fn apply(
    node: &mut Node,
    overrides: &[String],
    root: &Value,
    sources: &mut Sources,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for item in overrides {
        if let Err(Trouble { message, help }) = edit(node, item, root, sources) {
            problems.push(Problem::unplaced(format!("--set {item}: {message}"), help));
        }
    }
    problems
}

/// What to put in place, and the schema to walk by.
struct Walk<'a> {
    root: &'a Value,
    /// The whole override.
    item: &'a str,
    /// Where its value starts in it.
    value_at: usize,
    /// Where the override starts in the sources.
    start: usize,
    /// Whether fields that are not given go too.
    replaces: bool,
}

fn edit(node: &mut Node, item: &str, root: &Value, sources: &mut Sources) -> Result<(), Trouble> {
    let Some((path, _)) = item.split_once('=') else {
        return trouble("no `=` in it", Some("write path=value, such as populations.selfish.count=4".into()));
    };
    let value_at = path.len() + 1;
    let (path, replaces) = path.strip_suffix(':').map_or((path, false), |path| (path, true));
    let segments = segments(path.trim())?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let start = sources.add_set(path.trim(), item);
    Walk { root, item, value_at, start, replaces }.walk(node, root, &segments, false)
}

/// `a[1].b` as `a`, `1`, `b`.
fn segments(path: &str) -> Result<Vec<String>, Trouble> {
    let mut segments = Vec::new();
    for part in path.split('.') {
        let (name, indices) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
        if name.is_empty() {
            return trouble("an empty name in the path", Some("write names with single dots between".into()));
        }
        segments.push(name.to_owned());
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            let inside = index.strip_suffix(']');
            match inside.filter(|index| *index == "*" || index.parse::<usize>().is_ok()) {
                Some(index) => segments.push(index.to_owned()),
                None => return trouble(format!("`[{index}` is not an index"), Some("write [0] for the first".into())),
            }
        }
    }
    Ok(segments)
}

impl Walk<'_> {
    /// Walks on from `node`; `bare` if its parentheses are those of a variant around it.
    fn walk(&self, node: &mut Node, schema: &Value, segments: &[&str], bare: bool) -> Result<(), Trouble> {
        if schema["x-params"].is_string() {
            return self.walk_freely(node, segments);
        }
        let (shape, optional) = shape(self.root, schema);
        let some = optional && node.name().is_some_and(|name| name.text == "Some");
        if (bare || some) && !matches!(shape, Shape::Struct { .. } | Shape::Tuple(_)) {
            let first = segments.first().copied();
            let Kind::Tuple { items, .. } = &mut node.kind else { return no_parts("the value", first) };
            let Some(item) = items.first_mut() else { return no_parts("the value", first) };
            return self.walk(item, schema, segments, false);
        }
        let Some((segment, rest)) = segments.split_first() else {
            let mut value = self.value(&shape, schema, optional)?;
            if bare
                && let (Some(own), Kind::Struct { name, .. } | Kind::Tuple { name, .. }) =
                    (node.name(), &mut value.kind)
            {
                name.get_or_insert_with(|| own.clone());
            }
            self.put(node, value);
            return Ok(());
        };
        if optional && matches!(&node.kind, Kind::Word(word) if word == "None") {
            *node = self.build(schema, segments, None)?;
            return Ok(());
        }
        match (&shape, &mut node.kind) {
            (Shape::Enum(variants), _) => self.variant(node, variants, segments),
            (Shape::Struct { .. }, Kind::Struct { fields, .. }) => self.field(fields, &shape, segments),
            (Shape::Struct { .. }, Kind::Tuple { name, items }) if items.is_empty() => {
                let mut fields = Vec::new();
                self.field(&mut fields, &shape, segments)?;
                node.kind = Kind::Struct { name: name.take(), fields };
                Ok(())
            }
            (Shape::List(inner), Kind::List(items)) if *segment == "*" => {
                everywhere(items.iter_mut(), |item| self.walk(item, inner, rest, false))
            }
            (Shape::List(inner), Kind::List(items)) => self.walk(find(items, segment)?, inner, rest, false),
            (Shape::Tuple(schemas), Kind::Tuple { items, .. }) => {
                let at = segment.parse::<usize>().ok().filter(|at| *at < items.len().min(schemas.len()));
                match at {
                    Some(at) => self.walk(&mut items[at], &schemas[at], rest, false),
                    None => trouble(format!("`{segment}` is not one of its {} places", items.len()), None),
                }
            }
            (Shape::Map(inner), Kind::Map(entries)) if *segment == "*" => {
                everywhere(entries.iter_mut(), |(_, value)| self.walk(value, inner, rest, false))
            }
            (Shape::Map(inner), Kind::Map(entries)) => match entry(entries, segment) {
                Some(value) => self.walk(value, inner, rest, false),
                None => {
                    let value = self.build(inner, rest, None)?;
                    entries.push((self.key(segment), value));
                    Ok(())
                }
            },
            _ => no_parts(&describe(Syntax::Ron, node), Some(segment)),
        }
    }

    /// Walks a plugin's parameters, whose type is not known here.
    fn walk_freely(&self, node: &mut Node, segments: &[&str]) -> Result<(), Trouble> {
        let Some((segment, rest)) = segments.split_first() else {
            let value = self.value(&Shape::Any, &Value::Null, false)?;
            self.put(node, value);
            return Ok(());
        };
        match &mut node.kind {
            Kind::Struct { fields, .. } => match fields.iter_mut().find(|field| field.name.text == *segment) {
                Some(field) => self.walk_freely(&mut field.value, rest),
                None => {
                    fields.push(Field { name: self.name(segment), value: self.build_freely(rest)? });
                    Ok(())
                }
            },
            Kind::Map(entries) => match entry(entries, segment) {
                Some(value) => self.walk_freely(value, rest),
                None => {
                    let value = self.build_freely(rest)?;
                    entries.push((self.key(segment), value));
                    Ok(())
                }
            },
            Kind::Tuple { name, items } if items.is_empty() => {
                let fields = vec![Field { name: self.name(segment), value: self.build_freely(rest)? }];
                node.kind = Kind::Struct { name: name.take(), fields };
                Ok(())
            }
            Kind::Tuple { items, .. } | Kind::List(items) if *segment == "*" => {
                everywhere(items.iter_mut(), |item| self.walk_freely(item, rest))
            }
            Kind::Tuple { items, .. } | Kind::List(items) => self.walk_freely(find(items, segment)?, rest),
            _ => no_parts(&describe(Syntax::Ron, node), Some(segment)),
        }
    }

    /// A plugin's parameters that the file does not hold yet.
    fn build_freely(&self, segments: &[&str]) -> Result<Node, Trouble> {
        match segments.split_first() {
            None => self.value(&Shape::Any, &Value::Null, false),
            Some((segment, rest)) => {
                let fields = vec![Field { name: self.name(segment), value: self.build_freely(rest)? }];
                Ok(self.node(Kind::Struct { name: None, fields }))
            }
        }
    }

    fn variant(&self, node: &mut Node, variants: &[Variant<'_>], segments: &[&str]) -> Result<(), Trouble> {
        let segment = segments.first().copied().unwrap_or_default();
        let current = match &node.kind {
            Kind::Word(word) => word.clone(),
            _ => node.name().map(|name| name.text.clone()).unwrap_or_default(),
        };
        let Some(variant) = variants.iter().find(|variant| variant.name == current) else {
            return no_parts(&describe(Syntax::Ron, node), Some(segment));
        };
        let names_other = segment != current && variants.iter().any(|variant| variant.name == segment);
        if names_other {
            let help = format!("set the whole of it, such as {segment}(…)");
            return trouble(format!("it is `{current}` there, not `{segment}`"), Some(help));
        }
        let Some(payload) = variant.payload else {
            return trouble(format!("`{current}` has no part `{segment}`"), None);
        };
        let onward = if segment == current { &segments[1..] } else { segments };
        self.walk(node, payload, onward, true)
    }

    fn field(&self, fields: &mut Vec<Field>, shape: &Shape<'_>, segments: &[&str]) -> Result<(), Trouble> {
        let Some((segment, rest)) = segments.split_first() else { return Ok(()) };
        let schema = field_schema(shape, segment)?;
        match fields.iter_mut().find(|field| field.name.text == *segment) {
            Some(field) => self.walk(&mut field.value, schema, rest, false),
            None => {
                fields.push(Field { name: self.name(segment), value: self.absent(schema, rest)? });
                Ok(())
            }
        }
    }

    /// A field that the file leaves out. A path into a list that is there by default, such as the payoff among the
    /// rewards, walks that default.
    fn absent(&self, schema: &Value, segments: &[&str]) -> Result<Node, Trouble> {
        let default = schema["default"].as_array().filter(|items| !items.is_empty());
        let is_list = matches!(shape(self.root, schema).0, Shape::List(_));
        match default.filter(|_| is_list && !segments.is_empty()) {
            Some(items) => {
                let items = items.iter().map(|item| self.node_of(item)).collect();
                let mut node = as_ron(self.node(Kind::List(items)), self.root, schema);
                self.walk(&mut node, schema, segments, false)?;
                Ok(node)
            }
            None => self.build(schema, segments, None),
        }
    }

    /// A default of the schema as a tree, in the spelling of JSON.
    fn node_of(&self, value: &Value) -> Node {
        self.node(match value {
            Value::Null => Kind::Word("null".into()),
            Value::Bool(is_so) => Kind::Word(is_so.to_string()),
            Value::Number(number) => Kind::Number(number.to_string()),
            Value::String(text) => Kind::Text(text.clone()),
            Value::Array(items) => Kind::List(items.iter().map(|item| self.node_of(item)).collect()),
            Value::Object(fields) => {
                Kind::Map(fields.iter().map(|(name, value)| (self.key(name), self.node_of(value))).collect())
            }
        })
    }

    /// A value that the file does not hold yet, inside the parentheses of the variant `name` if there is one.
    fn build(&self, schema: &Value, segments: &[&str], name: Option<Name>) -> Result<Node, Trouble> {
        if schema["x-params"].is_string() {
            return self.build_freely(segments);
        }
        let (shape, optional) = shape(self.root, schema);
        let Some((segment, rest)) = segments.split_first() else {
            return Ok(match (self.value(&shape, schema, optional)?, name) {
                (Node { span, kind: Kind::Struct { name: None, fields } }, name) => {
                    Node { span, kind: Kind::Struct { name, fields } }
                }
                (value, None) => value,
                (value, name) => self.node(Kind::Tuple { name, items: vec![value] }),
            });
        };
        match &shape {
            Shape::Struct { .. } => {
                let value = self.absent(field_schema(&shape, segment)?, rest)?;
                Ok(self.node(Kind::Struct { name, fields: vec![Field { name: self.name(segment), value }] }))
            }
            Shape::Enum(variants) => match variants.iter().find(|variant| variant.name == *segment) {
                Some(Variant { name, payload: Some(payload) }) => self.build(payload, rest, Some(self.name(name))),
                _ => {
                    let names: Vec<&str> = variants.iter().filter(|v| v.payload.is_some()).map(|v| v.name).collect();
                    let message = format!("the file does not say which kind it is, so `{segment}` is not known");
                    trouble(message, advice(segment, &names))
                }
            },
            Shape::Map(inner) => {
                let value = self.build(inner, rest, None)?;
                Ok(self.node(Kind::Map(vec![(self.key(segment), value)])))
            }
            Shape::List(_) | Shape::Tuple(_) => {
                trouble(format!("the file does not give this list, so there is no `{segment}` in it"), None)
            }
            Shape::Text | Shape::Bool | Shape::Integer { .. } | Shape::Number | Shape::Any => {
                no_parts("the value", Some(segment))
            }
        }
    }

    /// The value as one of this shape. A shell strips the quotes of a string, and a word may have any signs in it.
    fn value(&self, shape: &Shape<'_>, schema: &Value, optional: bool) -> Result<Node, Trouble> {
        let written = self.item[self.value_at..].trim();
        let at = self.value_at + (self.item[self.value_at..].len() - self.item[self.value_at..].trim_start().len());
        let span = self.start + at..self.start + at + written.len();
        let is_quoted = written.starts_with('"') || written.starts_with("r\"") || written.starts_with("r#");
        let is_absent = optional && (written == "None" || written.starts_with("Some("));
        if matches!(shape, Shape::Text) && !is_quoted && !is_absent {
            return Ok(Node { span, kind: Kind::Text(written.to_owned()) });
        }
        let parsed = parse_value(self.item, at).moved(self.start);
        match parsed.root.filter(|_| parsed.whole && parsed.problems.is_empty()) {
            Some(node) => Ok(as_ron(node, self.root, schema)),
            // What it should have been is said where it is found not to be one of the words.
            None if matches!(shape, Shape::Enum(_)) && is_bare(written) => {
                Ok(Node { span, kind: Kind::Word(written.to_owned()) })
            }
            None => {
                let problem = parsed.problems.first();
                let why = problem.map_or_else(
                    || "it does not fit".to_owned(),
                    |problem| match &*problem.label {
                        "" => problem.message.clone(),
                        label => format!("{} ({label})", problem.message),
                    },
                );
                let help = "quote it for the shell: --set 'prompt.labels=[\"a\",\"b\"]'".to_owned();
                trouble(format!("the value is not RON: {why}"), Some(help))
            }
        }
    }

    fn put(&self, node: &mut Node, value: Node) {
        if self.replaces { *node = value } else { merge(node, value) }
    }

    /// The place of the path.
    fn path(&self) -> Span {
        self.start..self.start + self.value_at.saturating_sub(1)
    }

    fn node(&self, kind: Kind) -> Node {
        Node { span: self.path(), kind }
    }

    fn name(&self, text: &str) -> Name {
        Name { text: text.to_owned(), span: self.path() }
    }

    fn key(&self, text: &str) -> Node {
        self.node(Kind::Text(text.to_owned()))
    }
}

/// Carries out `act` on every one of `items` to which it applies; fails if it applies to none.
fn everywhere<T>(items: impl Iterator<Item = T>, act: impl Fn(T) -> Result<(), Trouble>) -> Result<(), Trouble> {
    let (mut first, mut is_done) = (None, false);
    for item in items {
        match act(item) {
            Ok(()) => is_done = true,
            Err(trouble) => first = first.or(Some(trouble)),
        }
    }
    match first {
        _ if is_done => Ok(()),
        Some(trouble) => Err(Trouble { message: format!("`*` matches nothing: {}", trouble.message), ..trouble }),
        None => trouble("`*` matches nothing: the list is empty", None),
    }
}

/// Whether `text` is a word or a name without brackets, quotes and blanks.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':'))
}

fn no_parts<T>(what: &str, segment: Option<&str>) -> Result<T, Trouble> {
    trouble(format!("{what} has no part `{}`", segment.unwrap_or_default()), None)
}

fn field_schema<'a>(shape: &Shape<'a>, segment: &str) -> Result<&'a Value, Trouble> {
    let Shape::Struct { fields, .. } = shape else { unreachable!("callers pass structs") };
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    match fields.get(segment) {
        Some(schema) => Ok(schema),
        None => trouble(format!("no field `{segment}`"), advice(segment, &names)),
    }
}
