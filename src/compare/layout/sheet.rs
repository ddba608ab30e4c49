//! One table for people.

/// A heading and lines of cells. The first columns say what a line is about; where a table is too wide for a terminal,
/// they are repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The line above the table; empty if there is none.
    pub title: String,
    /// Number of columns at the left that hold words.
    pub words: usize,
    /// Number of columns at the left that say what a line is about: those with words, and perhaps numbers after them.
    pub fixed: usize,
    /// The heading.
    pub heads: Vec<String>,
    /// The lines, each with one cell per heading.
    pub lines: Vec<Vec<String>>,
}

impl Sheet {
    /// The sheet without the columns for which `is_kept` says no; those that say what a line is about always stay.
    #[must_use]
    pub fn filtered(mut self, is_kept: impl Fn(&str) -> bool) -> Self {
        let kept: Vec<bool> =
            self.heads.iter().enumerate().map(|(at, head)| at < self.fixed || is_kept(head)).collect();
        for line in self.lines.iter_mut().chain([&mut self.heads]) {
            let mut at = 0;
            line.retain(|_| {
                at += 1;
                kept[at - 1]
            });
        }
        self
    }
}
