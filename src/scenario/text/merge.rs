//! One tree laid over another: for `extends` and for `--set`.

use super::node::{Field, Kind, Node};
use std::collections::BTreeMap;

/// Puts `over` in the place of `base`. Fields of the same struct or variant, and entries of maps, are laid over each
/// other one by one; everything else, lists too, is replaced.
pub(in crate::scenario) fn merge(base: &mut Node, over: Node) {
    let same_name = |base: &Node, over: &Node| base.name().map(|name| &name.text) == over.name().map(|name| &name.text);
    let is_same = same_name(base, &over);
    let Node { span, kind } = over;
    match (&mut base.kind, kind) {
        (Kind::Struct { name, fields }, Kind::Struct { name: other, fields: over }) if is_same => {
            *name = other;
            lay_fields(fields, over);
        }
        // `Llm()` over `Llm(…)`: no field is given, so none changes.
        (Kind::Struct { name, .. }, Kind::Tuple { name: other, items }) if is_same && items.is_empty() => {
            *name = other;
        }
        (Kind::Map(entries), Kind::Map(over)) => {
            let text = |key: &Node| if let Kind::Text(text) = &key.kind { Some(text.clone()) } else { None };
            let known = entries.iter().enumerate().filter_map(|(i, (key, _))| Some((text(key)?, i)));
            let mut places: BTreeMap<String, usize> = known.collect();
            for (key, value) in over {
                // One that is given twice stays twice, to be reported.
                match text(&key).and_then(|key| places.remove(&key)) {
                    Some(place) => merge(&mut entries[place].1, value),
                    None => entries.push((key, value)),
                }
            }
        }
        (kind, over) => *kind = over,
    }
    base.span = span;
}

/// Lays the fields `over` over `fields`; one that is given twice stays twice, to be reported.
pub(in crate::scenario) fn lay_fields(fields: &mut Vec<Field>, over: Vec<Field>) {
    let mut places: BTreeMap<String, usize> =
        fields.iter().enumerate().map(|(i, field)| (field.name.text.clone(), i)).collect();
    for field in over {
        match places.remove(&field.name.text) {
            Some(place) => {
                fields[place].name = field.name;
                merge(&mut fields[place].value, field.value);
            }
            None => fields.push(field),
        }
    }
}
