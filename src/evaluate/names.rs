//! The names of subjects as people read them.

use super::subject::{SubjectKind, TOLD};
use super::summary::{Summary, Who};

/// The name of a subject as tables show it.
pub(super) fn shown_name(who: &Who) -> String {
    let name = who.name();
    match (who.kind, name.strip_prefix(TOLD)) {
        (SubjectKind::Prompted, Some(value)) => format!("prompted: {value}"),
        _ => name,
    }
}

/// The name of a population in a sentence: with its run and factors, if others have the same name.
pub(super) fn label(summary: &Summary, number: usize) -> String {
    let who = &summary.who[number];
    let is_alone = summary.who.iter().filter(|other| other.population == who.population).count() == 1;
    let more = [&who.run, &who.factors].into_iter().filter(|text| !is_alone && !text.is_empty());
    let more: Vec<&str> = more.map(String::as_str).collect();
    if more.is_empty() { shown_name(who) } else { format!("{} ({})", shown_name(who), more.join(", ")) }
}
