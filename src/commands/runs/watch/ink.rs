//! How populations are told apart, and numbers written.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

/// The letter of a population: a to z, and again.
pub(super) fn letter(population: usize) -> char {
    char::from(b'a' + (population % 26) as u8)
}

/// `text` in the colour of a population.
pub(super) fn styled(text: String, population: usize, has_colour: bool) -> Span<'static> {
    let style = Style::new().add_modifier(Modifier::BOLD);
    Span::styled(text, if has_colour { style.fg(colour(population)) } else { style })
}

/// A number in at most seven characters.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1e5 || (size > 0.0 && size < 0.001) => format!("{value:.1e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

/// The colour of a population: one of the terminal's own, so that it suits the reader's theme.
pub(super) fn colour(population: usize) -> Color {
    const COLOURS: [Color; 7] =
        [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Red, Color::Blue, Color::Gray];
    COLOURS[population % COLOURS.len()]
}
