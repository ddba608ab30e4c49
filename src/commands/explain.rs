//! `sim explain`.

use super::exit::{DONE, WRONG_INPUT};
use super::print::{err, out};
use crate::evolution::explain as evolution;
use crate::games::catalog;
use crate::games::describe::describe;
use crate::learning::any as learners;
use crate::matchmaking::explain as matchmakers;
use crate::metrics::{Columns, Described, built_in};
use crate::morals::explain as terms;
use crate::policies::remote::explain as remote;
use crate::policies::scripted::explain as strategies;
use crate::run::{Extension, Simulation};
use crate::text::{nearest, shown};
use crate::world::Factories;
use serde_json::Value;

pub(super) fn execute(name: Option<&str>, extend: Extension) -> u8 {
    let simulation = Simulation::extended(extend);
    let (offered, added) = (simulation.known().offered, simulation.app.world().resource::<Columns>());
    let columns: Vec<Described> = built_in().chain(added.described()).collect();
    match name {
        None => {
            out!("Reward terms (sim explain terms):\n");
            print_list(terms::names());
            out!("\nStrategies (sim explain strategies):\n");
            print_list(strategies::names());
            out!("\nGames (sim explain games):\n");
            print_list(catalog::ENTRIES.iter().map(|entry| entry.name));
            out!("\nLearners (sim explain learners):\n");
            print_list(learners::names());
            out!("\nMatchmakers (sim explain matchmakers):\n");
            print_list(matchmakers::names());
            out!("\nUpdate rules (sim explain evolution):\n");
            print_list(evolution::names());
            out!("\nPlayers behind servers:\n");
            print_list(std::iter::once(remote::NAME));
            out!("\nColumns (sim explain columns):\n");
            print_list(names(&columns).into_iter());
            if offered.all().next().is_some() {
                out!("\nOf plugins:\n");
                print_list(offered.all().map(|(_, name, ..)| name));
            }
            DONE
        }
        Some("terms") => print_all(terms::names().filter_map(terms::explain).chain(explain_offers(&offered, "terms"))),
        Some("strategies") => {
            print_all(strategies::names().filter_map(strategies::explain).chain(explain_offers(&offered, "policies")))
        }
        Some("games") => print_all(catalog::ENTRIES.iter().map(explain_game).chain(explain_offers(&offered, "games"))),
        Some("evolution") => {
            let own = evolution::names().filter_map(evolution::explain);
            print_all(own.chain(explain_offers(&offered, "update_rules")))
        }
        Some("learners") => {
            print_all(learners::names().filter_map(learners::explain).chain(explain_offers(&offered, "learners")))
        }
        Some("matchmakers") => {
            let own = matchmakers::names().filter_map(matchmakers::explain);
            print_all(own.chain(explain_offers(&offered, "matchmakers")))
        }
        Some("columns") => print_all(columns.chunk_by(|a, b| a.table == b.table).map(explain_columns)),
        Some(name) => explain_one(name, &offered, &columns),
    }
}

/// The names of columns, each once.
fn names<'a>(columns: &[Described<'a>]) -> Vec<&'a str> {
    let mut names = Vec::new();
    for column in columns {
        if !names.contains(&column.name) {
            names.push(column.name);
        }
    }
    names
}

/// The columns of a table.
fn explain_columns(columns: &[Described]) -> String {
    let lines = columns.iter().map(|column| format!("  {}: {}\n", column.name, column.meaning));
    format!("{}\n\n{}", columns[0].table, lines.collect::<String>())
}

/// What the column `name` means, in every table that has one.
fn explain_column(name: &str, columns: &[Described], offered: &Factories) -> Option<String> {
    let is_term = |term: &str| terms::names().any(|known| known == term) || offered.terms.contains_key(term);
    let is_meant = |column: &&Described| column.name == name || column.term(name).is_some_and(is_term);
    let lines = columns.iter().filter(is_meant).map(|column| format!("  In {}: {}\n", column.table, column.meaning));
    let text: String = lines.collect();
    if text.is_empty() { None } else { Some(format!("{name}\n\n{text}")) }
}

fn print_list<'a>(names: impl Iterator<Item = &'a str>) {
    for name in names {
        out!("  {name}");
    }
}

fn print_all(texts: impl Iterator<Item = String>) -> u8 {
    for text in texts {
        out!("{}\n", text.trim_end());
    }
    DONE
}

fn explain_game(entry: &catalog::Entry) -> String {
    let titled = describe(&entry.game()).replacen(": ", &format!(": {}, ", entry.title), 1);
    format!("{}\nSource: {}", titled.trim_end(), entry.citation)
}

/// What plugins offer of a kind.
fn explain_offers<'a>(offered: &'a Factories, kind: &'a str) -> impl Iterator<Item = String> + 'a {
    let of_kind = offered.all().filter(move |(known, ..)| *known == kind);
    of_kind.map(|(_, name, about, schema)| explain_offer(name, about, schema))
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

/// Names in the column `nearest_strategy` that are not scripted strategies of their own.
const NEAREST_ONLY: [(&str, &str); 2] = [
    (
        "contrary",
        "contrary\n\n  Rule:   Does the opposite of what the opponent did: p(C) is 0, 1, 0, 1 after CC, CD, DC, DD (own action \
         first).\n  A name in the column `nearest_strategy`; `MemoryOne(start: 0.5, cc: 0, cd: 1, dc: 0, dd: 1)` plays so.\n",
    ),
    (
        "firm_but_fair",
        "firm_but_fair\n\n  Rule:   Defects only after it was exploited: p(C) is 1, 0, 1, 1 after CC, CD, DC, DD (own action \
         first).\n  Source: Frean 1994, The Prisoner's Dilemma without synchrony, Proc. R. Soc. B 257\n  A name in the column \
         `nearest_strategy`; `MemoryOne(start: 1, cc: 1, cd: 0, dc: 1, dd: 1)` plays so.\n",
    ),
];

fn explain_one(name: &str, offered: &Factories, columns: &[Described]) -> u8 {
    let game = || catalog::ENTRIES.iter().find(|entry| entry.name == name).map(explain_game);
    let nearest_only = || NEAREST_ONLY.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let found = terms::explain(name).or_else(|| strategies::explain(name)).or_else(game).or_else(nearest_only);
    let found = found.or_else(|| matchmakers::explain(name)).or_else(|| evolution::explain(name));
    let found = found.or_else(|| learners::explain(name));
    let found = found.or_else(|| (name == remote::NAME).then(remote::text));
    let offer = || {
        offered
            .all()
            .find(|(_, known, ..)| *known == name)
            .map(|(_, name, about, schema)| explain_offer(name, about, schema))
    };
    // A word may belong to both a term and a column.
    let found: Vec<String> = found.or_else(offer).into_iter().chain(explain_column(name, columns, offered)).collect();
    if !found.is_empty() {
        let texts: Vec<&str> = found.iter().map(|text| text.trim_end()).collect();
        out!("{}", texts.join("\n\n"));
        return DONE;
    }
    let mut all: Vec<&str> = offered.all().map(|(_, name, ..)| name).collect();
    let own = terms::names().chain(strategies::names()).chain(catalog::ENTRIES.iter().map(|entry| entry.name));
    let own = own.chain(matchmakers::names()).chain(evolution::names()).chain(learners::names());
    own.chain([remote::NAME]).chain(NEAREST_ONLY.iter().map(|(known, _)| *known)).for_each(|name| all.push(name));
    all.extend(names(columns));
    let hint = nearest(name, all).map_or_else(String::new, |word| format!(" Did you mean `{word}`?"));
    let name = shown(name);
    err!("error: nothing is called `{name}`.{hint} `sim explain` lists all.");
    WRONG_INPUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nearest_strategy_is_explained() {
        for name in crate::metrics::known_strategies() {
            assert_eq!(explain_one(name, &Factories::default(), &[]), DONE, "{name}");
        }
    }

    #[test]
    fn a_column_is_explained_in_every_table_and_by_the_name_of_a_term() {
        let columns: Vec<Described> = built_in().collect();
        let explain = |name| explain_column(name, &columns, &Factories::default());
        for name in names(&columns) {
            assert!(explain(name).is_some(), "{name}");
        }
        let text = explain("cooperation_rate").unwrap();
        assert!(text.contains("strategy_evolution.csv") && text.contains("social_outcomes.csv"), "{text}");
        assert!(explain("reward_utilitarian").is_some() && explain("reward_envy").is_none());
    }

    #[test]
    fn a_game_is_named_once() {
        let entry = catalog::find("stag_hunt").unwrap();
        let text = explain_game(entry);
        assert!(text.starts_with("stag_hunt: Stag Hunt, 2 players, actions cooperate, defect\n"), "{text}");
        assert_eq!(text.matches("stag_hunt").count(), 1, "{text}");
    }
}
