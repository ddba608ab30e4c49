//! The text of `sim explain` about matchmakers.

use super::MATCHMAKERS;

/// Names of all matchmakers.
pub fn names() -> impl Iterator<Item = &'static str> {
    MATCHMAKERS.iter().map(|listed| listed.explanation.name)
}

/// Explains the matchmaker called `name`; `None` if there is none.
pub fn explain(name: &str) -> Option<String> {
    let listed = MATCHMAKERS.iter().find(|listed| listed.explanation.name == name)?;
    Some(listed.explanation.text("Pairs", "matchmaking: {}"))
}
