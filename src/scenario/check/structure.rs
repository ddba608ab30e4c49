//! Checks the structure of a scenario: fields, types, variants. Reports every problem, and repairs what is wrong so
//! that the rest can be checked for sense in the same run.

use super::hints::{meant, meant_inside};
use super::notation::{describe, example, expected};
use super::shape::{Shape, Variant, placeholder, shape};
use crate::scenario::diagnostics::{PROBLEMS_SHOWN, Problem};
use crate::scenario::text::numbers::{read_float, read_integer};
use crate::scenario::text::{Field, Kind, Name, Node, Sources, Span, Syntax};
use crate::text::{advice, nearest};
use crate::world::Factories;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A scenario whose structure was checked.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The scenario as JSON, with a stand-in for whatever was wrong or missing.
    pub value: Value,
    /// Where each value is in the source, by path: `populations[0].learner.Grpo.optimizer.lr`.
    pub spans: BTreeMap<String, Span>,
    /// Paths whose value is a stand-in, so that nothing further is reported about them.
    pub broken: BTreeSet<String>,
    /// Every structural problem.
    pub problems: Vec<Problem>,
}

/// Checks the tree `node` of the texts `sources` against the whole JSON Schema `root`, and plugins' parameters against
/// what was `offered`.
pub fn check(node: &Node, root: &Value, offered: &Factories, sources: &Sources) -> Checked {
    let mut checker = Checker { root, offered, sources, out: Checked::default() };
    let value = checker.value(node, root, "");
    Checked { value, ..checker.out }
}

/// What is between the parentheses of a struct, a tuple or a variant.
enum Contents<'a> {
    Fields(&'a [Field]),
    Items(&'a [Node]),
}

/// What a tree is checked against, and what was found.
pub(super) struct Checker<'a> {
    pub(super) root: &'a Value,
    pub(super) offered: &'a Factories,
    pub(super) sources: &'a Sources,
    pub(super) out: Checked,
}

impl<'a> Checker<'a> {
    /// Reads `node` as `schema` requires.
    pub(super) fn value(&mut self, node: &Node, schema: &'a Value, path: &str) -> Value {
        self.out.spans.insert(path.to_owned(), node.span.clone());
        let (shape, optional) = shape(self.root, schema);
        if optional {
            match &node.kind {
                Kind::Word(word) if word == "None" => return Value::Null,
                Kind::Tuple { name: Some(name), items } if name.text == "Some" => {
                    return self.contents(node, name, Contents::Items(items), &shape, schema, path);
                }
                Kind::Struct { name: Some(name), fields } if name.text == "Some" => {
                    return self.contents(node, name, Contents::Fields(fields), &shape, schema, path);
                }
                _ => {}
            }
        }
        match (&shape, &node.kind) {
            (Shape::Any, _) => self.free(node),
            (Shape::Enum(variants), _) => self.variant(node, variants, schema, path),
            (Shape::Struct { .. }, _) if meant_inside(self.syntax(node), self.root, schema, node).is_some() => {
                self.wrong_type(node, schema, path)
            }
            (Shape::Struct { name: own, .. }, Kind::Struct { name, fields }) => {
                self.named(name.as_ref(), *own);
                self.fields(node, fields, &shape, path)
            }
            (Shape::Struct { name: own, .. }, Kind::Tuple { name, items }) if items.is_empty() => {
                self.named(name.as_ref(), *own);
                self.fields(node, &[], &shape, path)
            }
            (Shape::Tuple(schemas), Kind::Tuple { name: None, items }) => {
                self.tuple(node, items, schemas, schema, path)
            }
            (Shape::List(inner), Kind::List(items)) => {
                items.iter().enumerate().map(|(i, item)| self.value(item, inner, &format!("{path}[{i}]"))).collect()
            }
            (Shape::Map(inner), Kind::Map(entries)) => self.map(entries, inner, path),
            (Shape::Text, Kind::Text(text)) => json!(text),
            (Shape::Bool, Kind::Word(word)) if word == "true" || word == "false" => json!(word == "true"),
            (Shape::Integer { suffix, min, max }, Kind::Number(text)) => match read_integer(text, suffix, *min, *max) {
                Ok(number) => number,
                Err(why) => self.refuse(node, format!("`{text}` is {}", why.problem), why.expected, schema, path),
            },
            (Shape::Number, Kind::Number(_) | Kind::Word(_)) if read_float(node).is_some() => {
                match read_float(node).expect("the guard has seen it") {
                    Ok(number) => json!(number),
                    Err(why) => self.refuse(node, why.problem, why.expected, schema, path),
                }
            }
            _ => self.wrong_type(node, schema, path),
        }
    }

    /// Reads a variant of an enum.
    fn variant(&mut self, node: &Node, variants: &[Variant<'a>], schema: &'a Value, path: &str) -> Value {
        let (word, span, contents) = match &node.kind {
            Kind::Word(word) => (word, node.span.clone(), None),
            Kind::Struct { name: Some(name), fields } => {
                (&name.text, name.span.clone(), Some(Contents::Fields(fields)))
            }
            Kind::Tuple { name: Some(name), items } => (&name.text, name.span.clone(), Some(Contents::Items(items))),
            _ => return self.wrong_type(node, schema, path),
        };
        let Some(variant) = variants.iter().find(|variant| variant.name == word) else {
            let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
            let field = path.rsplit(['.', ']']).next().unwrap_or(path);
            let mut problem = Problem::error(span, format!("unknown word `{word}`"));
            problem.label =
                if field.is_empty() { "not known here".into() } else { format!("not a value of `{field}`") };
            let near = nearest(word, names.iter().copied());
            problem.help = match near {
                Some(_) => advice(word, &names),
                None => self.hint(node, schema).or_else(|| advice(word, &names)),
            };
            return self.replace(problem, schema, path);
        };
        let inside = format!("{path}.{word}");
        match (variant.payload, contents) {
            (None, None) => json!(word),
            (Some(payload), Some(contents)) => {
                self.out.spans.insert(inside.clone(), node.span.clone());
                let (shape, _) = shape(self.root, payload);
                let name = Name { text: word.clone(), span };
                json!({ word: self.contents(node, &name, contents, &shape, payload, &inside) })
            }
            (None, Some(_)) => {
                let (syntax, what) = match self.syntax(node) {
                    Syntax::Ron => (Syntax::Ron, "nothing in parentheses"),
                    syntax => (syntax, "no fields"),
                };
                let problem = Problem::error(node.span.clone(), format!("`{word}` takes {what}"))
                    .label(format!("expected `{}` alone", syntax.word(word)));
                self.replace(problem, schema, path)
            }
            (Some(payload), None) => {
                let syntax = self.syntax(node);
                let what = if syntax == Syntax::Ron { "parentheses" } else { "contents" };
                let problem = Problem::error(span, format!("`{word}` lacks its {what}"))
                    .label(format!("expected `{}`", example(syntax, self.root, word, payload)));
                self.replace(problem, schema, path)
            }
        }
    }

    /// Reads what `name(…)` holds; the variant (or `Some`) shares its parentheses with its contents.
    fn contents(
        &mut self,
        node: &Node,
        name: &Name,
        contents: Contents<'_>,
        shape: &Shape<'a>,
        schema: &'a Value,
        path: &str,
    ) -> Value {
        match (shape, contents) {
            (Shape::Struct { .. }, Contents::Fields(fields)) => self.fields(node, fields, shape, path),
            (Shape::Struct { .. }, Contents::Items([])) => self.fields(node, &[], shape, path),
            (Shape::Struct { .. }, Contents::Items([Node { kind: Kind::Struct { .. }, span }])) => {
                let problem = Problem::error(span.clone(), "doubled parentheses".into())
                    .label(format!("expected the fields directly: `{}(field: value, …)`", name.text));
                self.replace(problem, schema, path)
            }
            (Shape::Tuple(schemas), Contents::Items(items)) => self.tuple(node, items, schemas, schema, path),
            (_, Contents::Items([item])) if !matches!(shape, Shape::Struct { .. }) => self.value(item, schema, path),
            _ => {
                let example = example(self.syntax(node), self.root, &name.text, schema);
                let problem = Problem::error(node.span.clone(), format!("`{}` holds something else", name.text))
                    .label(format!("expected `{example}`"));
                self.replace(problem, schema, path)
            }
        }
    }

    /// Reads the fields of a struct.
    fn fields(&mut self, node: &Node, fields: &[Field], shape: &Shape<'a>, path: &str) -> Value {
        let Shape::Struct { fields: schemas, required, .. } = shape else { unreachable!("callers pass structs") };
        let mut object = Map::new();
        let mut excused = BTreeSet::new();
        let given: BTreeSet<&str> = fields.iter().map(|field| &*field.name.text).collect();
        for Field { name, value } in fields {
            let inside = join(path, &name.text);
            let Some(schema) = schemas.get(&name.text) else {
                excused.extend(self.unknown_field(name, &given, schemas, path));
                continue;
            };
            if object.contains_key(&name.text) {
                self.given_twice("field", &name.text, &name.span);
                continue;
            }
            let read = match schema["x-params"].as_str() {
                Some(kind) => self.params(kind, fields, value, &inside),
                None => self.value(value, schema, &inside),
            };
            object.insert(name.text.clone(), read);
        }
        self.missing_params(node, fields, schemas, path);
        for name in required {
            if object.contains_key(*name) {
                continue;
            }
            let schema = &schemas[*name];
            let inside = join(path, name);
            if !excused.contains(*name) {
                let syntax = self.syntax(node);
                let place = if syntax == Syntax::Ron { "in these parentheses" } else { "here" };
                let due = expected(syntax, self.root, schema);
                let problem = Problem::error(head(node), format!("missing field `{name}`"))
                    .label(format!("expected `{}` {place}, {due}", syntax.field(name, "…")));
                self.out.problems.push(problem);
            }
            object.insert((*name).to_owned(), placeholder(self.root, schema));
            self.out.broken.insert(inside);
        }
        Value::Object(object)
    }

    /// Reports a field that does not exist, and returns the one that was probably meant.
    fn unknown_field(
        &mut self,
        name: &Name,
        given: &BTreeSet<&str>,
        schemas: &'a Map<String, Value>,
        path: &str,
    ) -> Option<&'a str> {
        let mut problem = Problem::error(name.span.clone(), format!("unknown field `{}`", name.text));
        problem.label = "no such field here".into();
        if self.out.problems.len() > PROBLEMS_SHOWN {
            // It will only be counted.
            self.out.problems.push(problem);
            return None;
        }
        let free: Vec<&str> = schemas.keys().map(String::as_str).filter(|known| !given.contains(known)).collect();
        let all: Vec<&str> = schemas.keys().map(String::as_str).collect();
        let near = nearest(&name.text, free.iter().copied());
        problem.help = advice(&name.text, if near.is_some() { &free } else { &all });
        self.out.problems.push(problem);
        let meant = near?;
        self.out.broken.insert(join(path, meant));
        Some(meant)
    }

    fn tuple(&mut self, node: &Node, items: &[Node], schemas: &'a [Value], schema: &'a Value, path: &str) -> Value {
        if items.len() != schemas.len() {
            let message = format!("{} values instead of {}", items.len(), schemas.len());
            return self.refuse(node, message, expected(self.syntax(node), self.root, schema), schema, path);
        }
        let pairs = items.iter().zip(schemas).enumerate();
        pairs.map(|(i, (item, schema))| self.value(item, schema, &format!("{path}[{i}]"))).collect()
    }

    fn map(&mut self, entries: &[(Node, Node)], inner: &'a Value, path: &str) -> Value {
        let mut object = Map::new();
        for (key, value) in entries {
            let Kind::Text(text) = &key.kind else {
                let found = describe(self.syntax(key), key);
                let problem = Problem::error(key.span.clone(), format!("{found} as a key"));
                self.out.problems.push(problem.label("expected a string: `\"…\"`"));
                continue;
            };
            if object.contains_key(text) {
                self.given_twice("key", text, &key.span);
                continue;
            }
            let read = self.value(value, inner, &join(path, text));
            object.insert(text.clone(), read);
        }
        Value::Object(object)
    }

    /// Checks the name before a struct's parenthesis; it may be left out.
    fn named(&mut self, name: Option<&Name>, own: Option<&str>) {
        let Some(name) = name else { return };
        if Some(&*name.text) != own {
            let problem = Problem::error(name.span.clone(), format!("unexpected name `{}`", name.text));
            self.out.problems.push(problem.label("expected no name before the parenthesis"));
        }
    }

    fn wrong_type(&mut self, node: &Node, schema: &'a Value, path: &str) -> Value {
        let syntax = self.syntax(node);
        let mut problem = Problem::error(node.span.clone(), format!("found {}", describe(syntax, node)))
            .label(format!("expected {}", expected(syntax, self.root, schema)));
        if let Some(name) = field_name(path) {
            problem.message = format!("{} for `{name}`", problem.message);
        }
        problem.help = match (shape(self.root, schema).0, &node.kind) {
            (Shape::Enum(variants), Kind::Text(text)) => {
                let near = nearest(text, variants.iter().map(|variant| variant.name));
                near.map(|near| format!("without quotes: `{near}`")).or_else(|| self.hint(node, schema))
            }
            (Shape::Text, Kind::Word(word) | Kind::Number(word)) => Some(format!("with quotes: `\"{word}\"`")),
            (Shape::Integer { .. } | Shape::Number, Kind::Text(text)) if text.parse::<f64>().is_ok() => {
                Some(format!("without quotes: `{text}`"))
            }
            _ => self.hint(node, schema),
        };
        self.replace(problem, schema, path)
    }

    /// How `node` was perhaps meant: as it would stand in its file, or on the command line.
    fn hint(&self, node: &Node, schema: &Value) -> Option<String> {
        let written = meant(self.syntax(node), self.root, schema, node)?;
        Some(match self.sources.at(&node.span).filter(|source| source.sets.is_some()) {
            Some(source) if !node.span.is_empty() => format!("write --set '{}'", source.with(&node.span, &written)),
            _ => format!("write `{written}`"),
        })
    }

    /// The language that `node` is written in.
    pub(super) fn syntax(&self, node: &Node) -> Syntax {
        self.sources.syntax(&node.span)
    }

    /// Reports that `name`, a `what`, is given a second time at `span`.
    pub(super) fn given_twice(&mut self, what: &str, name: &str, span: &Span) {
        let problem = Problem::error(span.clone(), format!("{what} `{name}` is given twice"));
        self.out.problems.push(problem.label("given before"));
    }

    fn refuse(&mut self, node: &Node, message: String, expected: String, schema: &'a Value, path: &str) -> Value {
        let problem = Problem::error(node.span.clone(), message).label(format!("expected {expected}"));
        self.replace(problem, schema, path)
    }

    /// Reports `problem` and puts a stand-in at `path`.
    fn replace(&mut self, problem: Problem, schema: &Value, path: &str) -> Value {
        self.out.problems.push(problem);
        self.out.broken.insert(path.to_owned());
        placeholder(self.root, schema)
    }
}

/// The path of `field` inside `path`.
pub fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// The last field name of a path.
fn field_name(path: &str) -> Option<&str> {
    let last = path.rsplit('.').next()?;
    let name = last.split('[').next()?;
    (!name.is_empty()).then_some(name)
}

/// The name of a struct or variant, or its parenthesis: short enough to underline when the struct spans lines.
pub(super) fn head(node: &Node) -> Span {
    match &node.kind {
        Kind::Struct { name: Some(name), .. } | Kind::Tuple { name: Some(name), .. } => name.span.clone(),
        _ => node.span.start..node.span.start + 1,
    }
}
