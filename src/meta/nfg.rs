//! The game as Gambit reads it.

use super::game::MetaGame;
use std::fmt::Write;

/// The symmetric two-player game with these payoffs, in Gambit's format for games in strategic form (`.nfg`, payoff
/// version): the first player's strategy runs fastest.
pub fn nfg(game: &MetaGame, payoff: &[Vec<f64>]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let names: Vec<String> = game.types.iter().map(|of| quoted(&of.name)).collect();
    let names = names.join(" ");
    let mut text = format!(
        "NFG 1 R {} {{ \"1\" \"2\" }}\n\n{{ {{ {names} }}\n{{ {names} }}\n}}\n\n",
        quoted(&game.setting.summary())
    );
    for (column, of_column) in payoff.iter().enumerate() {
        for (of_row, second) in payoff.iter().zip(of_column) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{:?} {second:?} ", of_row[column]);
        }
        text.push('\n');
    }
    text
}
