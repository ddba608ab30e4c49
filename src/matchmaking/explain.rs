//! The text of `sim explain` about matchmakers.

use super::MATCHMAKERS;

/// Names of all matchmakers.
pub fn names() -> impl Iterator<Item = &'static str> {
    MATCHMAKERS.iter().map(|listed| listed.explanation.name)
}

/// Explains the matchmaker called `name`; `None` if there is none.
pub fn explain(name: &str) -> Option<String> {
    let listed = MATCHMAKERS.iter().find(|listed| listed.explanation.name == name)?;
    let mut text = format!("{name}\n\n  Pairs:  {}\n", listed.explanation.meaning);
    if !listed.explanation.source.is_empty() {
        text.push_str(&format!("  Source: {}\n", listed.explanation.source));
    }
    Some(text + &format!("  Write:  `matchmaking: {}`\n", listed.explanation.example))
}
