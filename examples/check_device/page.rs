//! The page: Markdown, printed as it is found, so that what was found before the time was up is there.

use super::Outcome;
use std::io::{self, Write};

/// How many checks there were, and how many failed.
pub(crate) struct Page {
    checks: usize,
    failed: usize,
    /// Every tolerance is multiplied by this.
    tolerances: f64,
}

impl Page {
    /// An empty page that multiplies every tolerance by `tolerances`.
    pub(crate) fn new(tolerances: f64) -> Self {
        Self { checks: 0, failed: 0, tolerances }
    }

    /// A heading, with an empty line before it.
    pub(crate) fn heading(&self, text: &str) -> Outcome<()> {
        Ok(writeln!(io::stdout(), "\n## {text}")?)
    }

    /// A paragraph.
    pub(crate) fn text(&self, text: &str) -> Outcome<()> {
        Ok(writeln!(io::stdout(), "\n{}", textwrap::fill(text, 100))?)
    }

    /// The first two lines of a table.
    pub(crate) fn table(&self, heads: &[&str]) -> Outcome<()> {
        writeln!(io::stdout())?;
        self.row(heads)?;
        Ok(writeln!(io::stdout(), "|{}", "---|".repeat(heads.len()))?)
    }

    /// A line of a table.
    pub(crate) fn row(&self, cells: &[&str]) -> Outcome<()> {
        let mut out = io::stdout();
        writeln!(out, "| {} |", cells.join(" | "))?;
        Ok(out.flush()?)
    }

    /// A line about an error that must not exceed `tolerance`; one that is no number exceeds all.
    pub(crate) fn judge(&mut self, what: &str, format: &str, error: f64, tolerance: f64) -> Outcome<()> {
        let tolerance = tolerance * self.tolerances;
        let holds = error <= tolerance;
        self.checks += 1;
        self.failed += usize::from(!holds);
        let verdict = if holds { "ok" } else { "**TOO LARGE**" };
        self.row(&[what, format, &format!("{error:.1e}"), &format!("{tolerance:.1e}"), verdict])
    }

    /// A line about how many of `all` differ, which must be none if this `matters`.
    pub(crate) fn count(&mut self, what: &str, format: &str, [differ, all]: [usize; 2], matters: bool) -> Outcome<()> {
        let holds = all > 0 && differ == 0;
        self.checks += usize::from(matters);
        self.failed += usize::from(matters && !holds);
        let verdict = match (matters, holds) {
            (false, _) => "told, not judged",
            (true, true) => "ok",
            (true, false) => "**DIFFERENT**",
        };
        let tolerance = if matters { "0" } else { "" };
        self.row(&[what, format, &format!("{differ} of {all}"), tolerance, verdict])
    }

    /// The last line; whether every check held.
    pub(crate) fn verdict(&self) -> Outcome<bool> {
        let Self { checks, failed, .. } = self;
        self.text(&match failed {
            0 => format!("Everything agrees: {checks} checks."),
            _ => format!("**{failed} of {checks} checks failed.**"),
        })?;
        Ok(*failed == 0)
    }
}
