//! `sim explain NAME --format json`: what programs ask for, a list of entries.

use super::exit::DONE;
use super::export::known;
use super::print::out;
use super::print::refuse;
use super::written_game;
use crate::games::{catalog, describe};
use crate::metrics::{Columns, Described};
use crate::run::{Extension, Simulation};
use crate::text::{advice, shown};
use serde_json::{Value, json};

/// The topics that can be had as JSON.
const TOPICS: [&str; 2] = ["columns", "games"];

pub(super) fn execute(name: Option<&str>, extend: Extension) -> u8 {
    let simulation = Simulation::extended(extend);
    let entries = match name {
        Some("columns") => Ok(known(simulation.app.world().resource::<Columns>()).iter().map(column).collect()),
        Some("games") => Ok(catalog::ENTRIES.iter().map(game).collect()),
        Some(name) => one(name).map(|entry| vec![entry]),
        None => Err("say what: `columns`, `games` or a game can be had as JSON".into()),
    };
    match entries {
        Ok(entries) => {
            out!("{:#}", Value::Array(entries));
            DONE
        }
        Err(problem) => refuse(problem),
    }
}

fn column(column: &Described) -> Value {
    let Described { table, name, kind, meaning } = column;
    let details = json!({"table": table, "kind": kind, "meaning": meaning});
    json!({"topic": "columns", "name": name, "summary": meaning, "text": meaning, "details": details})
}

/// A game of the catalog.
fn game(entry: &catalog::Entry) -> Value {
    let game = entry.game();
    let mut details = describe::json(&game).unwrap_or_default();
    details["source"] = entry.citation.into();
    let text = describe::describe(&game);
    json!({"topic": "games", "name": entry.name, "summary": entry.title, "text": text, "details": details})
}

/// The game called `name`, or written as in a scenario.
fn one(name: &str) -> Result<Value, String> {
    if let Some(entry) = catalog::find(name) {
        return Ok(game(entry));
    }
    written_game::entry(name).unwrap_or_else(|| {
        let words: Vec<&str> = TOPICS.into_iter().chain(catalog::ENTRIES.iter().map(|entry| entry.name)).collect();
        let hint = advice(name, &words).map_or_else(String::new, |hint| format!("; {hint}"));
        let name = shown(name);
        Err(format!("`{name}` is no game{hint}. A game of your own is written as `game` is in a scenario, in quotes"))
    })
}
