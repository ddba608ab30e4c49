//! The parts of a tree that a path names, and what is wrong with one that names none.

use super::node::{Kind, Node};
use crate::text::{advice, snake_case};

/// Why an override could not be applied.
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

pub(super) fn trouble<T>(message: impl Into<String>, help: Option<String>) -> Result<T, Trouble> {
    Err(Trouble { message: message.into(), help })
}

/// The list item with this index or name.
pub(super) fn find<'n>(items: &'n mut [Node], segment: &str) -> Result<&'n mut Node, Trouble> {
    if let Ok(index) = segment.parse::<usize>() {
        let message = format!("no item {index}; there are {}, counted from 0", items.len());
        return items.get_mut(index).ok_or(Trouble { message, help: None });
    }
    let is_meant = |name: &str| name == segment || snake_case(name) == segment;
    let meant = |item: &Node| item_name(item).is_some_and(is_meant);
    let places: Vec<usize> = (0..items.len()).filter(|&place| meant(&items[place])).collect();
    match places[..] {
        [place] => Ok(&mut items[place]),
        [] => {
            let names: Vec<&str> = items.iter().filter_map(item_name).collect();
            trouble(format!("no item named `{segment}`"), advice(segment, &names))
        }
        // Two phases of one reward term.
        _ => trouble(format!("several items are called `{segment}`"), Some("count them: [0] is the first".into())),
    }
}

/// The name of a list's item, or the term of a reward.
fn item_name(item: &Node) -> Option<&str> {
    let Kind::Struct { fields, .. } = &item.kind else { return None };
    let value = |name: &str| fields.iter().find(|field| field.name.text == name).map(|field| &field.value);
    match (value("name").map(|name| &name.kind), value("term")) {
        (Some(Kind::Text(name)), _) => Some(name),
        // In JSON, YAML and TOML a word is a text.
        (None, Some(Node { kind: Kind::Word(word) | Kind::Text(word), .. })) => Some(word),
        (None, Some(Node { kind: Kind::Map(entries), .. })) => match &entries.first()?.0.kind {
            Kind::Text(word) => Some(word),
            _ => None,
        },
        (None, Some(term)) => term.name().map(|name| &*name.text),
        _ => None,
    }
}

pub(super) fn entry<'n>(entries: &'n mut [(Node, Node)], segment: &str) -> Option<&'n mut Node> {
    let is_it = |(key, _): &&mut (Node, Node)| matches!(&key.kind, Kind::Text(text) if text == segment);
    entries.iter_mut().find(is_it).map(|(_, value)| value)
}
