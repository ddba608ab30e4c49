//! `sim explain NAME --format json`: what programs ask for.

use super::exit::DONE;
use super::export::known;
use super::print::out;
use super::print::refuse;
use crate::games::{Game, GameSpec, catalog, describe};
use crate::metrics::{Columns, Described};
use crate::run::{Extension, Simulation};
use crate::text::{advice, shown};
use serde_json::{Value, json};

/// What can be had as JSON, besides games.
const LISTS: [&str; 2] = ["columns", "games"];

pub(super) fn execute(name: Option<&str>, extend: Extension) -> u8 {
    let simulation = Simulation::extended(extend);
    let value = match name {
        Some("columns") => columns(&known(simulation.app.world().resource::<Columns>())),
        Some("games") => catalog::ENTRIES.iter().map(named).collect(),
        Some(name) => match game(name) {
            Ok(value) => value,
            Err(problem) => return refuse(problem),
        },
        None => return refuse("say what: `columns`, `games` or a game can be had as JSON"),
    };
    out!("{value:#}");
    DONE
}

/// The columns by table, in order.
fn columns(known: &[Described]) -> Value {
    let column = |column: &Described| json!({"name": column.name, "kind": column.kind, "meaning": column.meaning});
    let table = |columns: &[Described]| {
        json!({"table": columns[0].table, "columns": columns.iter().map(column).collect::<Vec<_>>()})
    };
    // Columns of plugins come last in the list, and belong to tables before them.
    let mut sorted = known.to_vec();
    let place = |column: &Described| known.iter().position(|other| other.table == column.table);
    sorted.sort_by_key(place);
    sorted.chunk_by(|a, b| a.table == b.table).map(table).collect()
}

/// A game of the catalog, with its title and source.
fn named(entry: &catalog::Entry) -> Value {
    let mut value = describe::json(&entry.game()).unwrap_or_default();
    value["title"] = entry.title.into();
    value["source"] = entry.citation.into();
    value
}

/// The game called `name`, or written as in a scenario.
fn game(name: &str) -> Result<Value, String> {
    if let Some(entry) = catalog::find(name) {
        return Ok(named(entry));
    }
    let Ok(spec) = ron::from_str::<GameSpec>(name) else {
        let words: Vec<&str> = LISTS.into_iter().chain(catalog::ENTRIES.iter().map(|entry| entry.name)).collect();
        let hint = advice(name, &words).map_or_else(String::new, |hint| format!("; {hint}"));
        return Err(format!(
            "`{}` is no game{hint}. Games, `games` and `columns` can be had as JSON; write a game of your own as in a \
             scenario, for example 'PublicGoods(players: 4, multiplier: 1.6)'",
            shown(name)
        ));
    };
    let game = match spec.listed() {
        Some((_, kind)) => kind.game(),
        None => return Err("a game of a plugin cannot be had as JSON".into()),
    };
    let sentence = |fault: crate::fault::Fault| format!("{}, {}", fault.message, fault.expected);
    let game = game.map_err(|faults| faults.into_iter().map(sentence).collect::<Vec<_>>().join("; "))?;
    let game: &dyn Game = game.as_ref();
    describe::json(game).ok_or_else(|| "this game has too many outcomes to list".into())
}
