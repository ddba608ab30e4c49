//! TOML as a tree with source spans.

use super::node::{DEPTH_MAX, ERRORS_MAX, Kind, Node, Parsed, Span, VALUES_MAX};
use super::syntax::{BYTE_ORDER_MARK, Syntax};
use crate::scenario::diagnostics::Problem;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads `source` as one TOML document.
pub(super) fn parse(source: &str) -> Parsed {
    let text = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().take(ERRORS_MAX).map(|error| problem(text, error)).collect();
        return Parsed::broken(problems).moved(source.len() - text.len());
    }
    let mut reader = Reader { text, values: 0 };
    let read = reader.table(table.get_ref(), 0..0, 1);
    let parsed = match read {
        Err(problem) => Parsed::broken(vec![problem]),
        Ok(Node { kind: Kind::Map(entries), .. }) if entries.is_empty() => {
            let label = format!("expected `{}`", Syntax::Toml.field("version", "1"));
            Parsed::broken(vec![Problem::error(0..0, "the file holds no scenario".into()).label(label)])
        }
        Ok(root) => Parsed { root: Some(root), problems: Vec::new(), whole: true },
    };
    parsed.moved(source.len() - text.len())
}

fn problem(text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    if error.message().contains("duplicate key") {
        let key = text.get(span.clone()).unwrap_or_default().trim();
        return Problem::error(span, format!("field `{key}` is given twice")).label("given before");
    }
    // The library shows the place itself; here only its first line is of use.
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    Problem::error(span, "this is not TOML".into()).label(message)
}

struct Reader<'a> {
    text: &'a str,
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Node, Problem> {
        let span = value.span();
        self.values += 1;
        if depth > DEPTH_MAX || self.values > VALUES_MAX {
            let (message, label) = match depth > DEPTH_MAX {
                true => ("nested too deeply", format!("deeper than {DEPTH_MAX} levels")),
                false => ("too many values", format!("more than {VALUES_MAX} of them")),
            };
            return Err(Problem::error(span, message.into()).label(label));
        }
        let written = || self.text.get(span.clone()).unwrap_or_default().to_owned();
        let kind = match value.get_ref() {
            DeValue::String(text) => Kind::Text(text.clone().into_owned()),
            DeValue::Integer(_) | DeValue::Float(_) => Kind::Number(written()),
            DeValue::Boolean(value) => Kind::Word(value.to_string()),
            // A date has no place in a scenario; the word is refused wherever it stands.
            DeValue::Datetime(_) => Kind::Word(written()),
            DeValue::Array(items) => {
                let items: Result<Vec<Node>, Problem> = items.iter().map(|item| self.value(item, depth + 1)).collect();
                let items = items?;
                // An array of tables has no brackets of its own.
                let from = items.first().map_or(span.start, |item| item.span.start.min(span.start));
                let to = items.last().map_or(span.end, |item| item.span.end.max(span.end));
                return Ok(Node { span: from..to, kind: Kind::List(items) });
            }
            DeValue::Table(table) => return self.table(table, span, depth),
        };
        Ok(Node { span, kind })
    }

    /// A table; one without braces of its own is where its first key and its last value are.
    fn table(&mut self, table: &DeTable<'_>, span: Span, depth: usize) -> Result<Node, Problem> {
        let mut entries = Vec::new();
        for (key, value) in table.iter() {
            let text = Kind::Text(key.get_ref().clone().into_owned());
            entries.push((Node { span: key.span(), kind: text }, self.value(value, depth + 1)?));
        }
        entries.sort_by_key(|(key, _)| key.span.start);
        let is_braced = self.text.get(span.clone()).is_some_and(|text| text.starts_with('{'));
        let span = match (entries.first(), entries.iter().map(|(_, value)| value.span.end).max()) {
            (Some((first, _)), Some(end)) if !is_braced => first.span.start..end.max(first.span.end),
            _ => span,
        };
        Ok(Node { span, kind: Kind::Map(entries) })
    }
}
