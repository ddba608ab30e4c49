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
    /// Leaves room for a mark behind the numbers that have none, in columns where others have one, so that digits stand
    /// below digits.
    pub fn align_marks(&mut self) {
        for at in self.fixed..self.heads.len() {
            if self.lines.iter().any(|line| line[at].ends_with('*')) {
                for line in self.lines.iter_mut().filter(|line| !line[at].ends_with(['*', ')'])) {
                    line[at].push(' ');
                }
            }
        }
    }
}
