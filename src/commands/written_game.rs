//! A game that is written on the command line as a scenario writes it.

use crate::fault::Fault;
use crate::games::GameSpec;
use crate::games::describe;
use crate::scenario::text::resolved::ron_options;
use serde_json::{Value, json};

/// The entry of the game `text` for programs, in the form of all entries; `None` if no game is written there.
///
/// # Errors
/// With what is wrong with the game.
pub(super) fn entry(text: &str) -> Option<Result<Value, String>> {
    let spec: GameSpec = ron_options().from_str(text).ok()?;
    let (_, kind) = spec.listed()?;
    let sentence = |fault: Fault| format!("{}, {}", fault.message, fault.expected);
    Some(match kind.game() {
        Err(faults) => Err(faults.into_iter().map(sentence).collect::<Vec<_>>().join("; ")),
        Ok(game) => match describe::json(game.as_ref()) {
            Some(rules) => {
                let text = describe::describe(game.as_ref());
                Ok(json!({"topic": "games", "name": game.name(), "summary": "", "text": text, "details": rules}))
            }
            None => Err("the game has too many outcomes to list".into()),
        },
    })
}
