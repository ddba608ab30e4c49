//! `extends: "base.ron"`: a scenario laid over another, in whatever language either is.
//!
//! Fields of the extending file override those of the other, field by field within structs; lists are replaced, except
//! that populations are matched by their names, and one with `remove: true` is taken out. Every value keeps its place
//! in the file it is from, so that messages point there.

use super::diagnostics::Problem;
use super::read::read;
use super::text::merge::{lay_fields, merge};
use super::text::parse::parse_as;
use super::text::plain::as_ron;
use super::text::{Field, Kind, Node, Parsed, Sources, Span, Syntax};
use crate::text::advice;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most files, one after the other, that a file extends.
const CHAIN_MAX: usize = 8;

/// A file that is being read, and how messages call it.
struct Link {
    label: String,
    /// Where it really is, so that a circle is seen through links.
    place: PathBuf,
}

/// Reads `source`, the text of the file that messages call `path`, and the files that it extends; their texts are added
/// to `sources`. `root` is the JSON Schema of scenarios.
pub(super) fn read_all(path: &str, source: &str, root: &Value, sources: &mut Sources) -> Parsed {
    Chain { root, sources, links: Vec::new() }.tree(path, source)
}

struct Chain<'a> {
    root: &'a Value,
    sources: &'a mut Sources,
    links: Vec<Link>,
}

impl Chain<'_> {
    fn tree(&mut self, path: &str, source: &str) -> Parsed {
        let syntax = Syntax::of(path, source);
        let start = self.sources.add(path, source, syntax);
        let mut parsed = parse_as(syntax, source, start);
        if syntax != Syntax::Ron {
            parsed.root = parsed.root.map(|node| as_ron(node, self.root, self.root));
        }
        let Some(Node { kind: Kind::Struct { fields, .. }, .. }) = &mut parsed.root else { return parsed };
        let is_it = |field: &mut Field| field.name.text == "extends";
        let mut asked: Vec<Field> = fields.extract_if(.., is_it).collect();
        if let Some(second) = asked.get(1) {
            let problem = Problem::error(second.name.span.clone(), "field `extends` is given twice".into());
            parsed.problems.push(problem.label("given before"));
        }
        if asked.is_empty() || !parsed.whole {
            return parsed;
        }
        let place = std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        self.links.push(Link { label: path.to_owned(), place });
        match self.base(path, &asked.swap_remove(0).value) {
            Err(problem) => {
                parsed.problems.push(problem);
                parsed.whole = false;
            }
            Ok(base) => {
                let (whole, base_problems) = (base.whole, base.problems);
                parsed.problems.extend(base_problems);
                parsed.whole &= whole;
                if let (Some(base), Some(over)) = (base.root, parsed.root.take()) {
                    let (laid, problems) = laid_over(base, over);
                    parsed.root = Some(laid);
                    parsed.problems.extend(problems);
                }
            }
        }
        parsed
    }

    /// The tree of the file that `asked` names, as seen from `path`.
    fn base(&mut self, path: &str, asked: &Node) -> Result<Parsed, Problem> {
        let at = |message: String, label: &str| Problem::error(asked.span.clone(), message).label(label);
        let Kind::Text(name) = &asked.kind else {
            return Err(at("`extends` takes the name of a file".into(), "expected a string: `\"base.ron\"`"));
        };
        let base = Path::new(path).parent().unwrap_or(Path::new("")).join(name);
        let place = std::fs::canonicalize(&base).unwrap_or_else(|_| base.clone());
        let label = base.display().to_string();
        if let Some(first) = self.links.iter().position(|link| link.place == place) {
            let mut chain: Vec<&str> = self.links[first..].iter().map(|link| &*link.label).collect();
            chain.push(&self.links[first].label);
            let message = format!("scenarios extend each other in a circle: {}", chain.join(" extends "));
            return Err(at(message, "expected a file that does not lead back here"));
        }
        if self.links.len() > CHAIN_MAX {
            let message = format!("more than {CHAIN_MAX} scenarios extend one another");
            return Err(at(message, "expected a file that extends no further one"));
        }
        let text = read(&base).map_err(|problem| Problem { span: Some(asked.span.clone()), ..problem })?;
        Ok(self.tree(&label, &text))
    }
}

/// The tree `over` laid over `base`, and what is wrong with that.
fn laid_over(mut base: Node, over: Node) -> (Node, Vec<Problem>) {
    let mut problems = Vec::new();
    let Node { span, kind } = over;
    match (&mut base.kind, kind) {
        (Kind::Struct { fields, .. }, Kind::Struct { fields: mut over, .. }) => {
            // A scenario is named after its own file.
            fields.retain(|field| field.name.text != "name");
            let own = over.iter().position(|field| field.name.text == "populations");
            let known = fields.iter_mut().find(|field| field.name.text == "populations");
            if let (Some(own), Some(Field { value: Node { span, kind: Kind::List(known) }, .. })) = (own, known)
                && let Kind::List(_) = over[own].value.kind
                && let Field { value: Node { span: own_span, kind: Kind::List(items) }, .. } = over.remove(own)
            {
                problems = lay_populations(known, items);
                *span = own_span;
            }
            lay_fields(fields, over);
        }
        // `(extends: "base.ron")` and no more.
        (_, Kind::Tuple { items, .. }) if items.is_empty() => {}
        (kind, over) => *kind = over,
    }
    base.span = span;
    (base, problems)
}

/// Lays the populations `over` over those `known` by name.
fn lay_populations(known: &mut Vec<Node>, over: Vec<Node>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for item in over {
        let Some(name) = item.text_of("name").map(str::to_owned) else {
            known.push(item);
            continue;
        };
        let is_first = seen.insert(name.clone());
        let place = known.iter().position(|node| node.text_of("name") == Some(&name)).filter(|_| is_first);
        if let Some(problem) = keeps(&item) {
            problems.push(problem);
            continue;
        }
        match (removal(&item), place) {
            (Some(_), Some(place)) => drop(known.remove(place)),
            (Some(span), None) => {
                let names: Vec<&str> = known.iter().filter_map(|node| node.text_of("name")).collect();
                let problem = Problem::error(span, format!("there is no population `{name}` to remove"));
                problems.push(Problem { help: advice(&name, &names), ..problem.label("not in the extended file") });
            }
            (None, Some(place)) => merge(&mut known[place], item),
            // A second one of the same name in one file is refused with the other checks.
            (None, None) => known.push(item),
        }
    }
    problems
}

/// Where `item` says `remove: true`, if it does.
fn removal(item: &Node) -> Option<Span> {
    let asked = remove(item)?;
    says_true(asked).then(|| asked.name.span.clone())
}

/// What is wrong with `item` if it says `remove`, and not `true`.
fn keeps(item: &Node) -> Option<Problem> {
    let asked = remove(item).filter(|asked| !says_true(asked))?;
    let problem = Problem::error(asked.value.span.clone(), "`remove` is not `true`".into());
    Some(problem.label("expected `true`, or no `remove` for a population that stays"))
}

fn remove(item: &Node) -> Option<&Field> {
    let Kind::Struct { fields, .. } = &item.kind else { return None };
    fields.iter().find(|field| field.name.text == "remove")
}

fn says_true(field: &Field) -> bool {
    matches!(&field.value.kind, Kind::Word(word) if word == "true")
}
