//! The kinds of things that have names, and where their words come from. A further kind is a function and an entry of
//! [`TOPICS`].

use super::entry::Entry;
use super::nearest_only::NEAREST_ONLY;
use super::written_game;
use crate::evolution::explain as evolution;
use crate::games::describe::{describe, json as rules};
use crate::games::{self, KINDS, catalog};
use crate::learning::any as learners;
use crate::llm::files::registry;
use crate::matchmaking::explain as matchmakers;
use crate::metrics::{Columns, Described, built_in};
use crate::morals::explain as terms;
use crate::policies::remote::explain as remote;
use crate::policies::scripted::explain as strategies;
use crate::reputation::explain as norms;
use crate::scenario::words::{SEE_FIELDS, Word, types, words};
use crate::structure::explain as structure;
use crate::text::snake_case;
use crate::world::Factories;
use bevy_ecs::world::World;
use serde_json::{Value, json};

/// What entries are made from.
pub(super) struct Sources<'a> {
    pub(super) offered: &'a Factories,
    pub(super) world: &'a World,
    /// The schema of scenarios.
    pub(super) schema: &'a Value,
}

/// A kind of things.
pub(super) struct Topic {
    /// The word after `sim explain` that prints all of them.
    pub(super) word: &'static str,
    /// The heading in the overview.
    pub(super) heading: &'static str,
    /// Whether the overview has a line for each; otherwise only their names.
    pub(super) is_listed_by_line: bool,
    pub(super) entries: fn(&Sources) -> Vec<Entry>,
}

/// The topic that is read table by table.
pub(super) const COLUMNS: &str = "columns";
/// The topics whose words come from the format of scenarios and from the glossary.
pub(super) const FIELDS: &str = "fields";
pub(super) const TYPES: &str = "types";
pub(super) const WORDS: &str = "words";

/// Every topic, in the order of the overview.
pub(super) const TOPICS: &[Topic] = &[
    Topic { word: "terms", heading: "Reward terms", is_listed_by_line: true, entries: all_terms },
    Topic { word: "strategies", heading: "Strategies", is_listed_by_line: true, entries: all_strategies },
    Topic { word: "games", heading: "Games", is_listed_by_line: true, entries: all_games },
    Topic { word: "policies", heading: "Policies", is_listed_by_line: true, entries: all_policies },
    Topic { word: "learners", heading: "Learners", is_listed_by_line: true, entries: all_learners },
    Topic { word: "matchmakers", heading: "Matchmakers", is_listed_by_line: true, entries: all_matchmakers },
    Topic {
        word: "evolution",
        heading: "Update rules of evolution",
        is_listed_by_line: true,
        entries: all_update_rules,
    },
    Topic { word: "norms", heading: "Norms of reputation", is_listed_by_line: true, entries: all_norms },
    Topic { word: "structure", heading: "Graphs of a structure", is_listed_by_line: true, entries: all_graphs },
    Topic { word: "models", heading: "Base models", is_listed_by_line: true, entries: all_models },
    Topic { word: COLUMNS, heading: "Columns of the tables", is_listed_by_line: false, entries: all_columns },
    Topic { word: FIELDS, heading: "Fields and values of scenarios", is_listed_by_line: false, entries: all_fields },
    Topic { word: TYPES, heading: "Types of fields", is_listed_by_line: false, entries: all_types },
    Topic { word: WORDS, heading: "Words", is_listed_by_line: false, entries: all_words },
    Topic { word: "plugins", heading: "Of plugins", is_listed_by_line: true, entries: all_offers },
];

/// The entries of a list of names.
fn listed(
    topic: &'static str,
    names: impl Iterator<Item = &'static str>,
    explain: fn(&str) -> Option<String>,
) -> Vec<Entry> {
    names.filter_map(|name| Some(Entry::new(topic, name, explain(name)?))).collect()
}

fn all_terms(_: &Sources) -> Vec<Entry> {
    let meaning = |name: &str| terms::find(name).map_or("", |explanation| explanation.meaning);
    let entries = listed("terms", terms::names(), terms::explain).into_iter();
    entries.map(|entry| entry.clone().with_summary(meaning(&entry.name))).collect()
}

fn all_strategies(sources: &Sources) -> Vec<Entry> {
    let nearest_only = NEAREST_ONLY.iter().map(|(name, text)| Entry::new("strategies", name, (*text).into()));
    let all = words(sources.schema);
    let entries = listed("strategies", strategies::names(), strategies::explain).into_iter();
    let entries = entries.map(|entry| {
        with_fields(entry, "populations[].policy.Scripted", &all, |value| format!("policy: Scripted({value})"))
    });
    entries.chain(nearest_only).collect()
}

/// `entry` with the fields of the value that it is about, one of those at `path`, and how a scenario writes it.
fn with_fields(entry: Entry, path: &str, all: &[Word], write: impl Fn(String) -> String) -> Entry {
    let values = all.iter().filter(|word| word.kind.is_none() && word.path == format!("{path}: {}", word.name));
    let Some(value) = values.into_iter().find(|value| snake_case(&value.name) == entry.name) else { return entry };
    let fields: String = fields_of(value, all).map(|field| format!("  {}\n", described(&field.name, field))).collect();
    // What the list says of parameters, the schema says field by field.
    let text: Vec<&str> = entry.text.lines().filter(|line| !line.starts_with("  Parameters: ")).collect();
    let text = format!("{}\n{fields}  Write:  `{}`\n", text.join("\n"), write(written(value, all)));
    Entry { text, ..entry }
}

/// The fields that stand between the parentheses of `value`.
fn fields_of<'a>(value: &Word, all: &'a [Word]) -> impl Iterator<Item = &'a Word> {
    let inside = value.path.replacen(": ", ".", 1) + ".";
    all.iter().filter(move |field| field.path.strip_prefix(&inside).is_some_and(|rest| !rest.contains(['.', ':'])))
}

fn all_games(_: &Sources) -> Vec<Entry> {
    let entry = |entry: &catalog::Entry| {
        let game = entry.game();
        let titled = describe(&game).replacen(": ", &format!(": {}, ", entry.title), 1);
        let text = format!("{}\nSource: {}\n", titled.trim_end(), entry.citation);
        let mut details = rules(&game).unwrap_or_default();
        details["source"] = entry.citation.into();
        Entry::new("games", entry.name, text).with_summary(entry.title).with_details(details)
    };
    let kinds = KINDS.iter().filter(|kind| !kind.example.is_empty());
    catalog::ENTRIES.iter().map(entry).chain(kinds.filter_map(kind_of_game)).collect()
}

/// A kind of game, explained by its example.
fn kind_of_game(kind: &games::Explanation) -> Option<Entry> {
    let example = written_game::entry(kind.example)?.ok()?;
    let text = format!(
        "{}\n\n  {}\n  Cooperation: {}\n  Write: `game: {}`\n\n{}\nSource: {}\n",
        kind.name,
        kind.meaning,
        kind.cooperation,
        kind.example,
        example.text.trim_end(),
        kind.source
    );
    let mut details = example.details;
    details["source"] = kind.source.into();
    details["example"] = kind.example.into();
    Some(Entry::new("games", kind.name, text).with_summary(kind.meaning).with_details(details))
}

fn all_learners(sources: &Sources) -> Vec<Entry> {
    let all = words(sources.schema);
    let entries = listed("learners", learners::names(), learners::explain).into_iter();
    let write = |value| format!("learner: {value}");
    entries.map(|entry| with_fields(entry, "populations[].learner", &all, write)).collect()
}

fn all_matchmakers(_: &Sources) -> Vec<Entry> {
    listed("matchmakers", matchmakers::names(), matchmakers::explain)
}

fn all_update_rules(_: &Sources) -> Vec<Entry> {
    listed("evolution", evolution::names(), evolution::explain)
}

fn all_norms(_: &Sources) -> Vec<Entry> {
    listed("norms", norms::names(), norms::explain)
}

fn all_graphs(_: &Sources) -> Vec<Entry> {
    listed("structure", structure::names(), structure::explain)
}

fn all_models(_: &Sources) -> Vec<Entry> {
    let tiny = format!(
        "{}\n\n  Two layers with seeded random weights, built in: untrained, but able to learn.\n  Write: `model: \
         Named(\"{0}\")`\n",
        registry::BUILT_IN
    );
    let entry = |entry: &registry::Entry| {
        let gated = if entry.is_gated { "; accept it on the Hub and set HF_TOKEN" } else { "" };
        let text = format!(
            "{}\n\n  {} family, {:.0} MB to fetch.\n  Weights: {}\n  Licence: {}{gated}\n  Write:   `model: Named(\"{0}\")`\n",
            entry.name,
            entry.family.name(),
            entry.bytes as f64 / 1e6,
            entry.base_repository,
            entry.licence
        );
        Entry::new("models", entry.name, text)
    };
    [Entry::new("models", registry::BUILT_IN, tiny)].into_iter().chain(registry::ENTRIES.iter().map(entry)).collect()
}

/// One entry per table and column; that of `reward_<term>` is called by the column of every term besides.
fn all_columns(sources: &Sources) -> Vec<Entry> {
    let added = sources.world.resource::<Columns>();
    let own = terms::names().map(String::from);
    let terms: Vec<String> = own.chain(sources.offered.terms.keys().cloned()).collect();
    let entry = |column: Described| {
        let text = format!("{}\n\n  In {}: {}\n", column.name, column.table, column.meaning);
        let details = json!({ "table": column.table, "kind": column.kind, "meaning": column.meaning });
        let mut entry = Entry::new(COLUMNS, column.name, text).with_summary(column.meaning).with_details(details);
        let of_terms = terms.iter().filter(|_| column.name.contains("<term>"));
        entry.other_names = of_terms.map(|term| column.name.replace("<term>", term)).collect();
        entry
    };
    built_in().chain(added.described()).map(entry).collect()
}

/// The policies are the values of `policy`, called as the column `policy` calls them.
fn all_policies(sources: &Sources) -> Vec<Entry> {
    let is_policy = |word: &Word| word.kind.is_none() && word.path == format!("populations[].policy: {}", word.name);
    let all = words(sources.schema);
    let entry = |word: &Word| {
        let name = snake_case(&word.name);
        let fields: String =
            fields_of(word, &all).map(|field| format!("  {}\n", described(&field.name, field))).collect();
        if name == remote::NAME {
            return Entry::new("policies", &name, remote::text());
        }
        Entry::new(
            "policies",
            &name,
            format!("{name}\n\n  {}\n{fields}  Write: `policy: {}`\n", word.meaning, written(word, &all)),
        )
    };
    all.iter().filter(|word| is_policy(word)).map(entry).collect()
}

/// How a scenario writes a value: with parentheses if it holds something, and in them what must be given.
fn written(value: &Word, all: &[Word]) -> String {
    let inside = value.path.replacen(": ", ".", 1);
    let is_inside = |word: &Word| word.path.strip_prefix(&inside).is_some_and(|rest| rest.starts_with(['.', ':', '[']));
    let required = fields_of(value, all).filter(|field| field.default.is_none());
    let required: Vec<String> = required.map(|field| format!("{}: …", field.name)).collect();
    match (all.iter().any(is_inside), fields_of(value, all).next().is_some()) {
        (false, _) => value.name.clone(),
        (true, true) => format!("{}({})", value.name, required.join(", ")),
        (true, false) => format!("{}(…)", value.name),
    }
}

/// The types of fields: what each holds, or the values that it can have.
fn all_types(sources: &Sources) -> Vec<Entry> {
    let entry = |(name, meaning, parts): (&str, String, Vec<Word>)| {
        let line = |word: &Word| match word.kind {
            Some(_) => format!("  {}\n", described(&word.name, word)),
            None => format!("  {}: {}\n", word.name, word.meaning),
        };
        let lines: String = parts.iter().map(line).collect();
        let summary = if meaning.is_empty() { format!("{} values", parts.len()) } else { meaning.clone() };
        Entry::new(TYPES, name, format!("{name}\n\n  {meaning}\n{lines}")).with_summary(&summary)
    };
    types(sources.schema).map(entry).collect()
}

fn all_fields(sources: &Sources) -> Vec<Entry> {
    let entry = |word: Word| {
        let is_value = word.kind.is_none();
        let heading = if is_value {
            word.path.clone()
        } else {
            described(&word.path, &Word { meaning: String::new(), ..word.clone() })
        };
        let text = format!("{heading}\n\n  {}\n", word.meaning);
        let mut entry = Entry::new(FIELDS, &word.name, text).with_summary(&word.meaning);
        let details = json!({ "path": word.path, "kind": word.kind, "default": word.default });
        // Without the marks of a list, too: `populations.count`.
        entry.other_names = vec![word.path.replace("[]", ""), word.path];
        entry.with_details(details)
    };
    words(sources.schema).into_iter().map(entry).collect()
}

/// A field in one line.
fn described(name: &str, field: &Word) -> String {
    let kind = field.kind.as_deref().unwrap_or_default();
    let default = match &field.default {
        Some(default) if default == SEE_FIELDS => format!("default: {default}"),
        Some(default) => format!("default {default}"),
        None => "required".into(),
    };
    let line = format!("{name} ({kind}, {default}): {}", field.meaning);
    line.trim_end().trim_end_matches(':').to_owned()
}

/// The entries of the glossary.
fn all_words(_: &Sources) -> Vec<Entry> {
    let glossary = include_str!("../../../../docs/glossary.md");
    let entry = |paragraph: &str| {
        let (term, meaning) = paragraph.strip_prefix("**")?.split_once(".**")?;
        let meaning = without_links(&meaning.split_whitespace().collect::<Vec<_>>().join(" "));
        let names: Vec<&str> = term.split(", ").collect();
        let mut entry = Entry::new(WORDS, names[0], format!("{term}\n\n  {meaning}\n")).with_summary(&meaning);
        entry.other_names = names.iter().flat_map(|name| [(*name).to_owned(), name.replace(' ', "_")]).collect();
        Some(entry)
    };
    glossary.split("\n\n").filter_map(|paragraph| entry(paragraph.trim())).collect()
}

/// `text` with `[page](page.md)` as `docs/page.md`.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((link, after)) = after.split_once("](").and_then(|(_, target)| target.split_once(')')) else { break };
        plain.push_str(before);
        plain.push_str(&format!("docs/{link}"));
        rest = after;
    }
    plain + rest
}

fn all_offers(sources: &Sources) -> Vec<Entry> {
    let entry = |(_, name, about, schema): (&str, &str, &str, &Value)| {
        Entry::new("plugins", name, explain_offer(name, about, schema))
    };
    sources.offered.all().map(entry).collect()
}

/// What a plugin offers: what it is, and its fields.
fn explain_offer(name: &str, about: &str, schema: &Value) -> String {
    let mut text = format!("{name}\n\n  {about}\n");
    for (field, described) in schema["properties"].as_object().into_iter().flatten() {
        let meaning = described["description"].as_str().unwrap_or_default().replace('\n', " ");
        let due = schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == field));
        let default = match described.get("default") {
            Some(value) => format!(" Default: {value}."),
            None if due => " Required.".to_owned(),
            None => String::new(),
        };
        text.push_str(&format!("  {field}: {meaning}{default}\n"));
    }
    text + &format!("  Write: `Custom(name: \"{name}\", params: (…))`, from a plugin.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_paths() {
        assert_eq!(without_links("A. ([b](b.md), [c](c.md))"), "A. (docs/b.md, docs/c.md)");
        assert_eq!(without_links("no [link"), "no [link");
    }
}
