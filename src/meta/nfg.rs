//! The game as Gambit reads it.

use super::game::MetaGame;
use crate::dynamics::compositions::Compositions;
use std::fmt::Write;

/// Most payoffs of a game in strategic form.
const PAYOFFS_MAX: usize = 1 << 20;

/// The symmetric game with these payoffs, by type and by opponent or composition of others, in Gambit's format for
/// games in strategic form (`.nfg`, payoff version): the first player's strategy runs fastest. `None` if the game has
/// more than [`PAYOFFS_MAX`] payoffs in that form.
pub fn nfg(game: &MetaGame, payoff: &[Vec<f64>]) -> Option<String> {
    let types = game.types.len();
    let players = game.groups().map_or(2, |others| others.total() + 1);
    let profiles = u32::try_from(players).ok().and_then(|players| types.checked_pow(players))?;
    if profiles.checked_mul(players)? > PAYOFFS_MAX {
        return None;
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let names: Vec<String> = game.types.iter().map(|of| quoted(&of.name)).collect();
    let strategies = format!("{{ {} }}", names.join(" "));
    let numbers: Vec<String> = (1..=players).map(|player| format!("\"{player}\"")).collect();
    let mut text = format!(
        "NFG 1 R {} {{ {} }}\n\n{{ {}\n}}\n\n",
        quoted(&game.stage.summary()),
        numbers.join(" "),
        vec![strategies; players].join("\n")
    );
    for profile in 0..profiles {
        let chosen: Vec<usize> = (0..players as u32).map(|player| profile / types.pow(player) % types).collect();
        for player in 0..players {
            // Writing to a string cannot fail.
            let _ = write!(text, "{:?} ", payoff[chosen[player]][place(&chosen, player, game.groups())]);
        }
        if (profile + 1) % types == 0 {
            text.push('\n');
        }
    }
    Some(text)
}

/// Where the others of `player` stand among opponents, or among compositions of others.
fn place(chosen: &[usize], player: usize, groups: Option<&Compositions>) -> usize {
    let others = || chosen.iter().enumerate().filter(|(other, _)| *other != player).map(|(_, of)| *of);
    match groups {
        Some(groups) => groups.place(|part| others().filter(|of| *of == part).count()),
        None => others().next().unwrap_or_default(),
    }
}
