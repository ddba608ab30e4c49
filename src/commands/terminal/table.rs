//! Tables that fit the terminal, or 80 columns where there is none.

use crate::text::{TERMINAL_WIDTH, shortened, shown};
use ratatui::crossterm;
use std::collections::BTreeSet;
use std::io::IsTerminal;

/// The width of a table that no terminal shows.
const WIDTH: usize = TERMINAL_WIDTH;
/// Narrower terminals are taken to be this wide: a table is not readable below.
const WIDTH_MIN: usize = 40;
/// No column is made narrower than this.
const LEAST: usize = 8;
/// Characters between two columns.
const GAP: usize = 2;

/// How the cells of a column are aligned, and what is cut off where they do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Align {
    /// To the left; the end is cut off.
    Left,
    /// To the left. The middle is cut out if cells can still be told apart; otherwise they go on in further lines.
    Tail,
    /// To the right; never cut off.
    Right,
}

/// A table with these heads; every row has as many cells. The widest columns are cut until it fits the terminal.
pub(in crate::commands) fn table(heads: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let is_shown = std::io::stdout().is_terminal();
    let columns = crossterm::terminal::size().ok().filter(|_| is_shown).map(|(columns, _)| usize::from(columns));
    table_within(columns.map_or(WIDTH, |columns| columns.max(WIDTH_MIN)), heads, rows)
}

/// The same for a terminal of `most` columns.
fn table_within(most: usize, heads: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let head_row: Vec<String> = heads.iter().map(|(head, _)| (*head).to_owned()).collect();
    let safe = |row: &Vec<String>| row.iter().map(|cell| shown(cell).into_owned()).collect::<Vec<String>>();
    let all: Vec<Vec<String>> = std::iter::once(&head_row).chain(rows).map(safe).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    // What is cut is never wider than the table.
    let at_most = |column: usize| if heads[column].1 == Align::Right { usize::MAX } else { most };
    let mut widths: Vec<usize> = (0..heads.len()).map(|column| width(column).min(at_most(column))).collect();
    fit(&mut widths, heads, most);
    let is_broken: Vec<bool> = (0..heads.len())
        .map(|column| {
            heads[column].1 == Align::Tail && !stay_apart(all.iter().map(|row| row[column].as_str()), widths[column])
        })
        .collect();
    let mut out = String::new();
    for row in &all {
        let cells = row.iter().zip(&widths).zip(&is_broken);
        let pieces: Vec<Vec<String>> = cells
            .map(|((cell, width), is_broken)| if *is_broken { broken(cell, *width) } else { vec![cell.clone()] })
            .collect();
        let lines = pieces.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..lines {
            let piece = |column: usize| pieces[column].get(line).map_or("", String::as_str);
            let cells: Vec<String> =
                (0..heads.len()).map(|column| aligned(piece(column), widths[column], heads[column].1)).collect();
            out += cells.join(&" ".repeat(GAP)).trim_end();
            out.push('\n');
        }
    }
    out
}

/// Whether different `cells` are different still when they are shortened to `width`.
fn stay_apart<'a>(cells: impl Iterator<Item = &'a str>, width: usize) -> bool {
    let cells: BTreeSet<&str> = cells.collect();
    let short: BTreeSet<String> = cells.iter().map(|cell| shortened(cell, width)).collect();
    short.len() == cells.len()
}

/// `cell` in pieces of at most `width` characters.
fn broken(cell: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = cell.chars().collect();
    characters.chunks(width.max(1)).map(|piece| piece.iter().collect()).collect()
}

/// Narrows the widest columns that may be cut until all fit, or none can be cut further.
fn fit(widths: &mut [usize], heads: &[(&str, Align)], most: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > most {
        let may_be_cut = |&column: &usize| heads[column].1 != Align::Right && widths[column] > LEAST;
        let Some(widest) = (0..widths.len()).filter(may_be_cut).max_by_key(|&column| widths[column]) else { return };
        widths[widest] -= 1;
    }
}

fn aligned(cell: &str, width: usize, align: Align) -> String {
    let characters: Vec<char> = cell.chars().collect();
    let Some(missing) = width.checked_sub(characters.len()) else {
        let kept = width.saturating_sub(1);
        return match align {
            Align::Tail => shortened(cell, width),
            Align::Left | Align::Right => characters[..kept].iter().copied().chain(['…']).collect(),
        };
    };
    let blanks = " ".repeat(missing);
    if align == Align::Right { blanks + cell } else { cell.to_owned() + &blanks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_a_terminal_and_shows_nothing_that_moves_the_cursor() {
        let row = |folder: &str, n: &str| vec![folder.to_owned(), n.to_owned(), "a word ".repeat(20)];
        let heads = [("folder", Align::Tail), ("n", Align::Right), ("words", Align::Left)];
        let text = table(&heads, &[row(&format!("{}-s1", "x".repeat(90)), "1"), row("a\u{1b}[2J", "10")]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("xx-s1") && text.contains("\\u{1b}") && !text.contains('\u{1b}'), "{text}");
        let first = text.lines().nth(1).unwrap();
        assert!(first.starts_with('x') && first.contains('…') && first.ends_with('…'), "{text}");
        let narrow = table(&heads[..2], &[vec!["a".into(), "1".into()], vec!["b".into(), "22".into()]]);
        assert_eq!(narrow, "folder   n\na        1\nb       22\n");
    }

    #[test]
    fn names_that_differ_in_the_middle_are_never_made_alike() {
        let heads = [("folder", Align::Tail), ("n", Align::Right)];
        let name = |noise: &str| format!("{}noise={noise}{}", "a".repeat(20), "b".repeat(20));
        let rows = ["0.1", "0.2"].map(|noise| vec![name(noise), "1".to_owned()]);
        let text = table_within(30, &heads, &rows);
        assert!(text.lines().all(|line| line.chars().count() <= 30) && !text.contains('…'), "{text}");
        let joined: String = text.lines().map(|line| line.split("  ").next().unwrap_or_default().trim()).collect();
        assert!(joined.contains(&name("0.1")) && joined.contains(&name("0.2")), "{text}");
        assert_eq!(table_within(120, &heads, &rows).lines().count(), 3);
        let ends =
            [format!("x{}", "c".repeat(60)), format!("{}x", "c".repeat(60))].map(|name| vec![name, "1".to_owned()]);
        assert_eq!(table_within(30, &heads, &ends).lines().count(), 3, "both ends are shown");
    }
}
