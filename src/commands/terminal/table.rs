//! Tables for a terminal of 80 columns.

use crate::text::shown;

/// The greatest width of a table.
const WIDTH: usize = 80;
/// No column is made narrower than this.
const LEAST: usize = 8;
/// Characters between two columns.
const GAP: usize = 2;

/// How the cells of a column are aligned, and what is cut off where they do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Align {
    /// To the left; the end is cut off.
    Left,
    /// To the left; the beginning is cut off, since the end tells cells apart.
    Tail,
    /// To the right; never cut off.
    Right,
}

/// A table with these heads; every row has as many cells. The widest columns are cut until it fits.
pub(in crate::commands) fn table(heads: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let head_row: Vec<String> = heads.iter().map(|(head, _)| (*head).to_owned()).collect();
    let safe = |row: &Vec<String>| row.iter().map(|cell| shown(cell).into_owned()).collect::<Vec<String>>();
    let all: Vec<Vec<String>> = std::iter::once(&head_row).chain(rows).map(safe).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    // What is cut is never wider than the table.
    let most = |column: usize| if heads[column].1 == Align::Right { usize::MAX } else { WIDTH };
    let mut widths: Vec<usize> = (0..heads.len()).map(|column| width(column).min(most(column))).collect();
    fit(&mut widths, heads);
    let mut out = String::new();
    for row in &all {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .zip(heads)
            .map(|((cell, width), (_, align))| aligned(cell, *width, *align))
            .collect();
        out += cells.join(&" ".repeat(GAP)).trim_end();
        out.push('\n');
    }
    out
}

/// Narrows the widest columns that may be cut until all fit, or none can be cut further.
fn fit(widths: &mut [usize], heads: &[(&str, Align)]) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > WIDTH {
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
            Align::Tail => std::iter::once('…').chain(characters[characters.len() - kept..].iter().copied()).collect(),
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
        assert!(first.starts_with('…') && first.ends_with('…'), "{text}");
        let narrow = table(&heads[..2], &[vec!["a".into(), "1".into()], vec!["b".into(), "22".into()]]);
        assert_eq!(narrow, "folder   n\na        1\nb       22\n");
    }
}
