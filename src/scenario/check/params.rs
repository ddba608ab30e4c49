//! Checks what plugins are handed: parameters of types that are theirs, or of any.

use super::shape::{Shape, shape};
use super::structure::{Checker, head, join};
use crate::scenario::diagnostics::Problem;
use crate::scenario::text::plain::{as_json, as_ron};
use crate::scenario::text::{Field, Kind, Node};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

impl<'a> Checker<'a> {
    /// Reads the parameters for what the field `name` among `fields` names, which a plugin offers as one of `kind`.
    pub(super) fn params(&mut self, kind: &str, fields: &[Field], node: &Node, path: &str) -> Value {
        let Some(schema) = plugin(fields).and_then(|name| self.offered.schema(kind, name)) else {
            // The name is refused later.
            self.out.spans.insert(path.to_owned(), node.span.clone());
            return self.free(node);
        };
        let Checker { offered, sources, .. } = *self;
        let mut inner = Checker { root: schema, offered, sources, out: std::mem::take(&mut self.out) };
        let value = inner.value(&as_ron(node.clone(), schema, schema), schema, path);
        self.out = inner.out;
        value
    }

    /// Reports it if the parameters that a plugin needs are left out altogether.
    pub(super) fn missing_params(&mut self, node: &Node, fields: &[Field], schemas: &Map<String, Value>, path: &str) {
        let Some((field, kind)) = schemas.iter().find_map(|(name, schema)| Some((name, schema["x-params"].as_str()?)))
        else {
            return;
        };
        if fields.iter().any(|given| given.name.text == *field) {
            return;
        }
        let Some(schema) = plugin(fields).and_then(|name| self.offered.schema(kind, name)) else { return };
        let (Shape::Struct { required, .. }, _) = shape(schema, schema) else { return };
        if !required.is_empty() {
            let (syntax, due) = (self.syntax(node), required.iter().map(|name| (*name, "…")).collect::<Vec<_>>());
            let problem = Problem::error(head(node), format!("missing field `{field}`"));
            let example = syntax.field(field, &syntax.fields(&due));
            self.out.problems.push(problem.label(format!("expected `{example}`")));
            self.out.broken.insert(join(path, field));
        }
    }

    /// Reads `node` as whatever it is, and refuses what is given twice in it.
    pub(super) fn free(&mut self, node: &Node) -> Value {
        let mut due = vec![node];
        while let Some(Node { kind, .. }) = due.pop() {
            let mut given = BTreeSet::new();
            match kind {
                Kind::Struct { fields, .. } => {
                    for Field { name, value } in fields {
                        due.push(value);
                        if !given.insert(&name.text) {
                            self.given_twice("field", &name.text, &name.span);
                        }
                    }
                }
                Kind::Map(entries) => {
                    for (key, value) in entries {
                        due.push(value);
                        if let Kind::Text(text) = &key.kind
                            && !given.insert(text)
                        {
                            self.given_twice("key", text, &key.span);
                        }
                    }
                }
                Kind::Tuple { items, .. } | Kind::List(items) => due.extend(items),
                Kind::Word(_) | Kind::Text(_) | Kind::Char(_) | Kind::Number(_) => {}
            }
        }
        as_json(node)
    }
}

/// The plugin's name among the fields of a `Custom`.
fn plugin(fields: &[Field]) -> Option<&str> {
    match &fields.iter().find(|field| field.name.text == "name")?.value.kind {
        Kind::Text(name) => Some(name),
        _ => None,
    }
}
