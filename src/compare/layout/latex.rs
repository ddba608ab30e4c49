//! A sheet as a LaTeX `tabular`, which needs no package.

use super::sheet::Sheet;
use crate::text::shown;
use std::fmt::Write;

pub(super) fn latex(sheet: &Sheet) -> String {
    let mut out = String::new();
    if !sheet.title.is_empty() {
        let _ = writeln!(out, "% {}", shown(&sheet.title));
    }
    let (words, numbers) = (sheet.words, sheet.heads.len() - sheet.words);
    let _ = writeln!(out, "\\begin{{tabular}}{{{}{}}}\n\\hline", "l".repeat(words), "r".repeat(numbers));
    let line = |cells: &[String]| {
        let cells = cells.iter().map(|cell| escaped(cell.trim()));
        format!("{} \\\\\n", cells.collect::<Vec<_>>().join(" & "))
    };
    out += &line(&sheet.heads);
    out += "\\hline\n";
    sheet.lines.iter().for_each(|cells| out += &line(cells));
    out += "\\hline\n\\end{tabular}\n";
    out
}

/// Text in which nothing is a command. Brackets are in braces, since after `\\` they would be an option.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in shown(text).chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '\\' => out += "\\textbackslash{}",
            '~' => out += "\\textasciitilde{}",
            '^' => out += "\\textasciicircum{}",
            '<' => out += "$<$",
            '>' => out += "$>$",
            '|' => out += "$|$",
            '"' => out += "''",
            '*' => out += "$^{*}$",
            // A minus before a number, as `-` is a hyphen in text.
            '−' | '-' if out.is_empty() || out.ends_with([' ', '[']) || out.ends_with("{[}") => out += "$-$",
            '[' => out += "{[}",
            ']' => out += "{]}",
            '…' => out += "\\ldots{}",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_a_command() {
        assert_eq!(escaped("a_b & 5% of $x"), "a\\_b \\& 5\\% of \\$x");
        assert_eq!(escaped("\\input{x}"), "\\textbackslash{}input\\{x\\}");
        assert_eq!(escaped("-0.10 [-0.20, -0.01]*"), "$-$0.10 {[}$-$0.20, $-$0.01{]}$^{*}$");
        assert_eq!(escaped("tit-for-tat"), "tit-for-tat");
    }

    #[test]
    fn a_tabular_has_a_column_per_heading_and_a_line_end_per_line() {
        let sheet = Sheet {
            title: String::new(),
            words: 1,
            fixed: 2,
            heads: ["name", "n", "p_c"].map(String::from).to_vec(),
            lines: vec![["x", "3", "[1]"].map(String::from).to_vec()],
        };
        let expected = "\\begin{tabular}{lrr}\n\\hline\nname & n & p\\_c \\\\\n\\hline\nx & 3 & {[}1{]} \\\\\n\\hline\n\\end{tabular}\n";
        assert_eq!(latex(&sheet), expected);
    }
}
