//! The meaning of every reward term in words, with formula and source: the text of `sim explain <term>`.

use super::{EXPLANATIONS, Explanation, Parameter};
use std::fmt::Write;

/// The names of all terms, in the order of [`EXPLANATIONS`].
pub fn names() -> impl Iterator<Item = &'static str> {
    EXPLANATIONS.iter().map(|explanation| explanation.name)
}

/// The explanation of the term `name`, spelled as in outputs (`virtue_equality`) or as in scenarios (`VirtueEquality`).
pub fn find(name: &str) -> Option<&'static Explanation> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    EXPLANATIONS.iter().find(|explanation| plain(explanation.name) == plain(name))
}

/// Explains the term `name` to a reader; `None` if the name is unknown.
pub fn explain(name: &str) -> Option<String> {
    let explanation = find(name)?;
    let mut text = format!(
        "{}\n\n  Reward:  {}\n  Meaning: {}\n  Source:  {}\n",
        explanation.name, explanation.formula, explanation.meaning, explanation.source
    );
    for Parameter { name, default, meaning } in explanation.parameters {
        writeln!(text, "  {name}: {meaning} (default {default})").expect("writing to a string cannot fail");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_read_well() {
        let text = explain("VirtueMixed").unwrap();
        assert!(text.starts_with("virtue_mixed\n\n  Reward:  beta * equality"), "{text}");
        assert!(text.ends_with("  beta: share of equality, 0 to 1 (default 0.5)\n"), "{text}");
        assert_eq!(explain("virtue_mixed"), Some(text));
        assert_eq!(explain("virtue_mixd"), None);
    }
}
