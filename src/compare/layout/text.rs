//! A sheet as aligned text that fits a terminal.

use super::sheet::Sheet;
use crate::text::{TERMINAL_WIDTH, shortened, shown, wrapped};
use std::fmt::Write;

/// Between two columns of a table.
const GAP: usize = 2;
/// Room that is left for numbers beside the columns that say what a line is about.
const ROOM: usize = 24;
/// Names are never shortened to less than this.
const NAME_MIN: usize = 8;
/// Longer names are shortened.
const NAME_MAX: usize = 24;
/// A heading that is wider than this, and wider than what is below it, is written on two lines.
const HEAD_MAX: usize = 8;

/// The sheet, in as many blocks as are needed for a terminal; each repeats the columns that say what a line is about.
pub(super) fn text(sheet: &Sheet) -> String {
    let columns = columns(sheet);
    let fixed: usize = columns[..sheet.fixed].iter().map(|column| column.width + GAP).sum();
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut used = TERMINAL_WIDTH;
    for (index, column) in columns.iter().enumerate().skip(sheet.fixed) {
        if used + column.width > TERMINAL_WIDTH {
            blocks.push(Vec::new());
            used = fixed;
        }
        if let Some(block) = blocks.last_mut() {
            block.push(index);
        }
        used += column.width + GAP;
    }
    if blocks.is_empty() {
        blocks.push(Vec::new());
    }
    let mut out = String::new();
    if !sheet.title.is_empty() {
        let _ = writeln!(out, "{}", wrapped(&shown(&sheet.title), "").join("\n"));
    }
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let chosen: Vec<&Column> = (0..sheet.fixed).chain(block.iter().copied()).map(|index| &columns[index]).collect();
        write_block(&chosen, sheet.words, &mut out);
    }
    out
}

/// A column with its heading on two lines, of which the upper may be empty.
struct Column {
    width: usize,
    cells: Vec<String>,
}

fn columns(sheet: &Sheet) -> Vec<Column> {
    let widest = |at: usize, most: usize| {
        let cells = sheet.lines.iter().map(|line| line[at].chars().count());
        cells.max().unwrap_or(0).min(most)
    };
    // Names are shortened until there is room for numbers.
    let mut most = NAME_MAX;
    while most > NAME_MIN && (0..sheet.words).map(|at| widest(at, most) + GAP).sum::<usize>() + ROOM > TERMINAL_WIDTH {
        most -= 1;
    }
    let column = |(at, head): (usize, &String)| {
        let is_name = at < sheet.words;
        let cell = |line: &Vec<String>| {
            let text = shown(&line[at]).into_owned();
            if is_name { shortened(&text, most) } else { text }
        };
        let below: Vec<String> = sheet.lines.iter().map(cell).collect();
        let room = below.iter().map(|cell| cell.chars().count()).max().unwrap_or(0).max(HEAD_MAX);
        let [upper, lower] =
            stacked(&shown(head), room).map(|head| if is_name { shortened(&head, most) } else { head });
        let cells: Vec<String> = [upper, lower].into_iter().chain(below).collect();
        Column { width: cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0), cells }
    };
    sheet.heads.iter().enumerate().map(column).collect()
}

/// Names to the left, numbers to the right, a rule below the heading.
fn write_block(columns: &[&Column], words: usize, out: &mut String) {
    let lines = columns.first().map_or(0, |column| column.cells.len());
    for line in 0..lines {
        if line == 0 && columns.iter().all(|column| column.cells[0].is_empty()) {
            continue;
        }
        let mut text = String::new();
        for (at, column) in columns.iter().enumerate() {
            let gap = if at == 0 { 0 } else { GAP };
            let (cell, width) = (&column.cells[line], column.width);
            let _ = if at < words {
                write!(text, "{:gap$}{cell:<width$}", "")
            } else {
                write!(text, "{:gap$}{cell:>width$}", "")
            };
        }
        let _ = writeln!(out, "{}", text.trim_end());
        if line == 1 {
            let rule = columns.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP);
            let _ = writeln!(out, "{}", "-".repeat(rule));
        }
    }
}

/// A heading on one line, with the upper line empty, or on two lines if it is wider than `room`.
fn stacked(head: &str, room: usize) -> [String; 2] {
    let length = head.chars().count();
    if length <= room {
        return [String::new(), head.into()];
    }
    // The break that leaves the shorter longest line.
    let breaks = head.char_indices().filter(|&(at, c)| at > 0 && matches!(c, '_' | ' ' | '.'));
    let longest = |at: usize| head[..at].chars().count().max(head[at..].trim_start().chars().count());
    match breaks.map(|(at, _)| at).min_by_key(|&at| longest(at)) {
        Some(at) => [head[..at].trim_end().into(), head[at..].trim_start().into()],
        None => [String::new(), head.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(columns: usize, name: &str) -> Sheet {
        let cell = "0.83 [0.43, 1.00]";
        let head = |number| format!("measure_{number}");
        Sheet {
            title: "title".into(),
            words: 1,
            fixed: 2,
            heads: ["population".into(), "n".into()].into_iter().chain((0..columns).map(head)).collect(),
            lines: vec![
                [name.into(), "3".into()].into_iter().chain((0..columns).map(|_| cell.into())).collect::<Vec<String>>(),
            ],
        }
    }

    #[test]
    fn what_is_too_wide_is_broken_into_blocks_that_repeat_the_names() {
        for (columns, blocks) in [(0, 1), (3, 1), (4, 2), (7, 3)] {
            let text = text(&sheet(columns, "kind"));
            assert_eq!(text.matches("kind").count(), blocks, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= TERMINAL_WIDTH), "{text}");
        }
        let text = text(&sheet(3, &"long name ".repeat(9)));
        assert!(
            text.contains("long name lo… long name") && text.lines().all(|line| line.chars().count() <= TERMINAL_WIDTH),
            "{text}"
        );
    }

    #[test]
    fn names_cannot_move_the_cursor() {
        let text = text(&sheet(1, "a\u{1b}[2Jb"));
        assert!(text.contains("a\\u{1b}[2Jb") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn long_headings_take_two_lines() {
        assert_eq!(stacked("payoff", 8), ["", "payoff"]);
        assert_eq!(stacked("shortfall_utilitarian", 8), ["shortfall", "_utilitarian"]);
        assert_eq!(stacked("prisoner's dilemma", 8), ["prisoner's", "dilemma"]);
        assert_eq!(stacked("deontological", 8), ["", "deontological"]);
    }
}
