//! A sheet as a Markdown table.

use super::sheet::Sheet;
use crate::text::shown;
use std::fmt::Write;

pub(super) fn markdown(sheet: &Sheet) -> String {
    let mut out = String::new();
    if !sheet.title.is_empty() {
        let _ = writeln!(out, "**{}**\n", escaped(&sheet.title));
    }
    let line = |cells: &[String]| {
        let cells = cells.iter().map(|cell| escaped(cell.trim()));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    out += &line(&sheet.heads);
    let rule = (0..sheet.heads.len()).map(|at| if at < sheet.words { "---" } else { "---:" });
    let _ = writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "));
    sheet.lines.iter().for_each(|cells| out += &line(cells));
    out
}

/// Text in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in shown(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '\\' | '|' | '*' | '_' | '`' | '~' | '#' | '[' | ']' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_as_many_cells_as_the_heading() {
        let sheet = Sheet {
            title: "a*b".into(),
            words: 1,
            fixed: 1,
            heads: vec!["name".into(), "p_c".into()],
            lines: vec![vec!["x|y".into(), "0.5 [0.4, 0.6]*".into()]],
        };
        let expected = "**a\\*b**\n\n| name | p\\_c |\n| --- | ---: |\n| x\\|y | 0.5 \\[0.4, 0.6\\]\\* |\n";
        assert_eq!(markdown(&sheet), expected);
    }
}
