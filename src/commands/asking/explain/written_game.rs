//! A game that is written on the command line as a scenario writes it: `PublicGoods(players: 4, multiplier: 1.6)`.

use super::entry::Entry;
use crate::fault::Fault;
use crate::games::GameSpec;
use crate::games::describe::{describe, json};
use crate::scenario::text::resolved::ron_options;

/// The entry of the game `text`; `None` if no game is written there.
///
/// # Errors
/// With what is wrong with the game.
pub(super) fn entry(text: &str) -> Option<Result<Entry, String>> {
    let spec: GameSpec = ron_options().from_str(text).ok()?;
    let (_, kind) = spec.listed()?;
    let sentence = |fault: Fault| format!("{}; {}", fault.message, fault.expected);
    Some(match kind.game() {
        Err(faults) => Err(faults.into_iter().map(sentence).collect::<Vec<_>>().join("; ")),
        Ok(game) => {
            let entry = Entry::new("games", game.name(), describe(&*game));
            Ok(entry.with_details(json(&*game).unwrap_or_default()))
        }
    })
}
