//! `--set path=value`: edits the text of a scenario, so that what is checked, run and kept is one and the same text.
//!
//! A path walks fields (`prompt.labels`), list items by index or by their `name` (`populations[2].count`,
//! `populations.selfish.count`; a reward by its term, `rewards.payoff.weight`) and variants, which may be left out
//! (`learner.Grpo.optimizer.lr`, `learner.optimizer.lr`). A field the file leaves to its default is inserted.

use crate::scenario::check::shape::{Shape, Variant, shape, shape as shape_of};
use crate::scenario::diagnostics::Problem;
use crate::scenario::text::{Field, Kind, Node, Span, parse, quote};
use crate::text::advice;
use serde_json::Value;

/// Applies every override in order; returns the edited text and a problem for each override that could not be applied.
///
/// `source` must parse; `root` is the JSON Schema of scenarios.
pub fn apply(source: &str, overrides: &[String], root: &Value) -> (String, Vec<Problem>) {
    let mut text = source.to_owned();
    let mut problems = Vec::new();
    for item in overrides {
        match edit(&text, item, root) {
            Ok(edited) => text = edited,
            Err(Trouble { message, help }) => {
                problems.push(Problem::unplaced(format!("--set {item}: {message}"), help));
            }
        }
    }
    (text, problems)
}

/// Why an override could not be applied.
struct Trouble {
    message: String,
    help: Option<String>,
}

/// Text that replaces a span of the source.
struct Edit {
    span: Span,
    text: String,
    /// How the value may have been meant, if it turns out not to be RON.
    hint: Option<String>,
}

/// The part of a path still to walk, the value to put at its end, and the schema to walk by.
#[derive(Clone, Copy)]
struct Walk<'a> {
    root: &'a Value,
    segments: &'a [String],
    value: &'a str,
}

fn trouble<T>(message: impl Into<String>, help: Option<String>) -> Result<T, Trouble> {
    Err(Trouble { message: message.into(), help })
}

fn edit(source: &str, item: &str, root: &Value) -> Result<String, Trouble> {
    let Some((path, value)) = item.split_once('=') else {
        return trouble("no `=` in it", Some("write path=value, such as populations.selfish.count=4".into()));
    };
    let segments = segments(path.trim())?;
    let Some(node) = parse(source).root else { return trouble("the scenario cannot be read", None) };
    let Edit { span, text, hint } = Walk { root, segments: &segments, value: value.trim() }.walk(&node, root, false)?;
    let edited = format!("{}{text}{}", &source[..span.start], &source[span.end..]);
    let after = parse(&edited);
    if after.whole && after.problems.is_empty() {
        return Ok(edited);
    }
    let why = after.problems.first().map_or("it does not fit", |problem| &problem.message);
    let hint = hint.map(|hint| format!("write --set '{}={hint}'", path.trim()));
    let help = hint.unwrap_or_else(|| "quote it for the shell: --set 'prompt.labels=[\"a\",\"b\"]'".into());
    trouble(format!("the value is not RON: {why}"), Some(help))
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
            match index.strip_suffix(']').filter(|index| index.parse::<usize>().is_ok()) {
                Some(index) => segments.push(index.to_owned()),
                None => return trouble(format!("`[{index}` is not an index"), Some("write [0] for the first".into())),
            }
        }
    }
    Ok(segments)
}

impl<'a> Walk<'a> {
    fn rest(self) -> Self {
        Self { segments: &self.segments[1..], ..self }
    }

    /// Walks on from `node`; `bare` if its parentheses are those of a variant around it.
    fn walk(self, node: &Node, schema: &'a Value, bare: bool) -> Result<Edit, Trouble> {
        if schema["x-params"].is_string() {
            return self.walk_freely(node);
        }
        let (shape, optional) = shape(self.root, schema);
        let some = optional && matches!(name_of(node), Some("Some"));
        if (bare || some) && !matches!(shape, Shape::Struct { .. } | Shape::Tuple(_)) {
            let Kind::Tuple { items, .. } = &node.kind else { return self.no_parts("the value") };
            let Some(item) = items.first() else { return self.no_parts("the value") };
            return self.walk(item, schema, false);
        }
        let Some(segment) = self.segments.first() else {
            let (span, hint) = (node.span.clone(), self.as_text(&shape));
            return Ok(Edit { span, text: self.leaf(&shape, optional), hint });
        };
        if optional && matches!(&node.kind, Kind::Word(word) if word == "None") {
            return Ok(Edit { span: node.span.clone(), text: self.build(schema, false)?, hint: None });
        }
        match (&shape, &node.kind) {
            (Shape::Enum(variants), _) => self.variant(node, variants, segment),
            (Shape::Struct { .. }, Kind::Struct { fields, .. }) => self.field(node, fields, &shape, segment),
            (Shape::Struct { .. }, Kind::Tuple { items, .. }) if items.is_empty() => {
                self.field(node, &[], &shape, segment)
            }
            (Shape::List(inner), Kind::List(items)) => {
                let item = find(items, segment)?;
                self.rest().walk(item, inner, false)
            }
            (Shape::Tuple(schemas), Kind::Tuple { items, .. }) => {
                let at = segment.parse::<usize>().ok().filter(|at| *at < items.len().min(schemas.len()));
                match at {
                    Some(at) => self.rest().walk(&items[at], &schemas[at], false),
                    None => trouble(format!("`{segment}` is not one of its {} places", items.len()), None),
                }
            }
            (Shape::Map(inner), Kind::Map(entries)) => {
                let found = entries.iter().find(|(key, _)| matches!(&key.kind, Kind::Text(text) if text == segment));
                match found {
                    Some((_, value)) => self.rest().walk(value, inner, false),
                    None => {
                        let text = format!("{}: {}", quote(segment), self.rest().build(inner, false)?);
                        Ok(insert(node, entries.first().map(|(key, _)| key.span.start), text, None))
                    }
                }
            }
            _ => self.no_parts(&node.describe()),
        }
    }

    /// Walks a plugin's parameters, whose type is not known here.
    fn walk_freely(self, node: &Node) -> Result<Edit, Trouble> {
        let Some(segment) = self.segments.first() else {
            return Ok(Edit { span: node.span.clone(), text: self.value.to_owned(), hint: None });
        };
        let rest = self.rest();
        match &node.kind {
            Kind::Struct { fields, .. } => match fields.iter().find(|field| field.name.text == *segment) {
                Some(field) => rest.walk_freely(&field.value),
                None => {
                    let first = fields.first().map(|field| field.name.span.start);
                    Ok(insert(node, first, format!("{segment}: {}", rest.build_freely()), None))
                }
            },
            Kind::Map(entries) => {
                let is_it = |(key, _): &&(Node, Node)| matches!(&key.kind, Kind::Text(text) if text == segment);
                match entries.iter().find(is_it) {
                    Some((_, value)) => rest.walk_freely(value),
                    None => {
                        let first = entries.first().map(|(key, _)| key.span.start);
                        Ok(insert(node, first, format!("{}: {}", quote(segment), rest.build_freely()), None))
                    }
                }
            }
            Kind::Tuple { items, .. } if items.is_empty() => {
                Ok(insert(node, None, format!("{segment}: {}", rest.build_freely()), None))
            }
            Kind::Tuple { items, .. } | Kind::List(items) => rest.walk_freely(find(items, segment)?),
            _ => self.no_parts(&node.describe()),
        }
    }

    /// Writes a plugin's parameters that the file does not hold yet.
    fn build_freely(self) -> String {
        match self.segments.first() {
            None => self.value.to_owned(),
            Some(segment) => format!("({segment}: {})", self.rest().build_freely()),
        }
    }

    fn variant(self, node: &Node, variants: &[Variant<'a>], segment: &str) -> Result<Edit, Trouble> {
        let current = match &node.kind {
            Kind::Word(word) => word,
            _ => name_of(node).unwrap_or_default(),
        };
        let Some(variant) = variants.iter().find(|variant| variant.name == current) else {
            return self.no_parts(&node.describe());
        };
        let names_other = segment != current && variants.iter().any(|variant| variant.name == segment);
        if names_other {
            let help = format!("set the whole of it, such as {segment}(…)");
            return trouble(format!("it is `{current}` there, not `{segment}`"), Some(help));
        }
        let Some(payload) = variant.payload else {
            return trouble(format!("`{current}` has no part `{segment}`"), None);
        };
        let onward = if segment == current { self.rest() } else { self };
        onward.walk(node, payload, true)
    }

    fn field(self, node: &Node, fields: &[Field], shape: &Shape<'a>, segment: &str) -> Result<Edit, Trouble> {
        let schema = field_schema(shape, segment)?;
        match fields.iter().find(|field| field.name.text == *segment) {
            Some(field) => self.rest().walk(&field.value, schema, false),
            None => {
                let text = format!("{segment}: {}", self.rest().build(schema, false)?);
                let hint = self.rest().as_text(&shape_of(self.root, schema).0);
                let hint = hint.filter(|_| self.segments.len() == 1);
                Ok(insert(node, fields.first().map(|field| field.name.span.start), text, hint))
            }
        }
    }

    /// Writes a value that the file does not hold yet; if `bare`, without the parentheses that a variant gives it.
    fn build(self, schema: &'a Value, bare: bool) -> Result<String, Trouble> {
        if schema["x-params"].is_string() {
            return Ok(self.build_freely());
        }
        let (shape, optional) = shape(self.root, schema);
        let Some(segment) = self.segments.first() else { return Ok(self.leaf(&shape, optional)) };
        match &shape {
            Shape::Struct { .. } => {
                let field = field_schema(&shape, segment)?;
                let text = format!("{segment}: {}", self.rest().build(field, false)?);
                Ok(if bare { text } else { format!("({text})") })
            }
            Shape::Enum(variants) => match variants.iter().find(|variant| variant.name == segment) {
                Some(Variant { name, payload: Some(payload) }) => {
                    Ok(format!("{name}({})", self.rest().build(payload, true)?))
                }
                _ => {
                    let names: Vec<&str> = variants.iter().filter(|v| v.payload.is_some()).map(|v| v.name).collect();
                    let message = format!("the file does not say which kind it is, so `{segment}` is not known");
                    trouble(message, advice(segment, &names))
                }
            },
            Shape::Map(inner) => Ok(format!("{{{}: {}}}", quote(segment), self.rest().build(inner, false)?)),
            Shape::List(_) | Shape::Tuple(_) => {
                trouble(format!("the file does not give this list, so there is no `{segment}` in it"), None)
            }
            Shape::Text | Shape::Bool | Shape::Integer { .. } | Shape::Number | Shape::Any => {
                self.no_parts("the value")
            }
        }
    }

    /// The value as the text in the first variant of `shape` that holds one: `Named("…")` for a model's bare name.
    fn as_text(self, shape: &Shape<'_>) -> Option<String> {
        let Shape::Enum(variants) = shape else { return None };
        let holds_text = |payload| matches!(shape_of(self.root, payload).0, Shape::Text);
        let variant = variants.iter().find(|variant| variant.payload.is_some_and(holds_text))?;
        Some(format!("{}({})", variant.name, quote(self.value)))
    }

    /// The value as the file would hold it: a shell strips the quotes of a string, so they are put back.
    fn leaf(self, shape: &Shape<'_>, optional: bool) -> String {
        let written = self.value.starts_with('"') || self.value.starts_with("r\"") || self.value.starts_with("r#");
        let absent = optional && (self.value == "None" || self.value.starts_with("Some("));
        if matches!(shape, Shape::Text) && !written && !absent { quote(self.value) } else { self.value.to_owned() }
    }

    fn no_parts<T>(self, what: &str) -> Result<T, Trouble> {
        trouble(format!("{what} has no part `{}`", self.segments.first().map_or("", |s| s)), None)
    }
}

fn field_schema<'a>(shape: &Shape<'a>, segment: &str) -> Result<&'a Value, Trouble> {
    let Shape::Struct { fields, .. } = shape else { unreachable!("callers pass structs") };
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    match fields.get(segment) {
        Some(schema) => Ok(schema),
        None => trouble(format!("no field `{segment}`"), advice(segment, &names)),
    }
}

/// The list item with this index or name.
fn find<'n>(items: &'n [Node], segment: &str) -> Result<&'n Node, Trouble> {
    if let Ok(index) = segment.parse::<usize>() {
        let message = format!("no item {index}; there are {}, counted from 0", items.len());
        return items.get(index).ok_or(Trouble { message, help: None });
    }
    let names: Vec<(&str, &Node)> = items.iter().filter_map(|item| Some((item_name(item)?, item))).collect();
    let is_meant = |name: &str| name == segment || snake_case(name) == segment;
    match names.iter().filter(|(name, _)| is_meant(name)).collect::<Vec<_>>()[..] {
        [(_, item)] => return Ok(item),
        [] => {}
        // Two phases of one reward term.
        _ => {
            return trouble(
                format!("several items are called `{segment}`"),
                Some("count them: [0] is the first".into()),
            );
        }
    }
    let names: Vec<&str> = names.into_iter().map(|(name, _)| name).collect();
    trouble(format!("no item named `{segment}`"), advice(segment, &names))
}

/// The name of a list's item, or the term of a reward.
fn item_name(item: &Node) -> Option<&str> {
    let Kind::Struct { fields, .. } = &item.kind else { return None };
    let value = |name: &str| fields.iter().find(|field| field.name.text == name).map(|field| &field.value);
    match (value("name").map(|name| &name.kind), value("term")) {
        (Some(Kind::Text(name)), _) => Some(name),
        (None, Some(Node { kind: Kind::Word(word), .. })) => Some(word),
        (None, Some(term)) => name_of(term),
        _ => None,
    }
}

/// `VirtueEquality` as `virtue_equality`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn name_of(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Struct { name, .. } | Kind::Tuple { name, .. } => name.as_ref().map(|name| &*name.text),
        _ => None,
    }
}

/// Puts `text` before the first thing inside `node`'s brackets, on its line, so that no line number changes.
fn insert(node: &Node, first: Option<usize>, text: String, hint: Option<String>) -> Edit {
    match first {
        Some(start) => Edit { span: start..start, text: format!("{text}, "), hint },
        None => Edit { span: node.span.end - 1..node.span.end - 1, text, hint },
    }
}
