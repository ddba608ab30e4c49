//! Tables with what has to be said before and after them.

use super::sheet::Sheet;
use super::{latex, markdown, text};
use crate::text::{shown, wrapped};

/// Sentences, tables, and remarks on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What the tables are about, a line each.
    pub head: Vec<String>,
    /// The tables.
    pub sheets: Vec<Sheet>,
    /// How to read them, a line each.
    pub foot: Vec<String>,
}

impl Page {
    /// As text for a terminal.
    pub fn text(&self) -> String {
        let lines =
            |lines: &[String]| lines.iter().flat_map(|line| wrapped(&shown(line), "")).collect::<Vec<_>>().join("\n");
        self.joined(lines(&self.head), text::text, lines(&self.foot))
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let lines =
            |lines: &[String]| lines.iter().map(|line| markdown::escaped(line)).collect::<Vec<_>>().join("\n\n");
        self.joined(lines(&self.head), markdown::markdown, lines(&self.foot))
    }

    /// As LaTeX: a `tabular` for each table, everything else in comments.
    pub fn latex(&self) -> String {
        let lines =
            |lines: &[String]| lines.iter().map(|line| format!("% {}", shown(line))).collect::<Vec<_>>().join("\n");
        self.joined(lines(&self.head), latex::latex, lines(&self.foot))
    }

    fn joined(&self, head: String, draw: impl Fn(&Sheet) -> String, foot: String) -> String {
        let sheets = self.sheets.iter().map(|sheet| draw(sheet).trim_end().to_string());
        let parts = [head].into_iter().chain(sheets).chain([foot]).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n") + "\n"
    }
}
