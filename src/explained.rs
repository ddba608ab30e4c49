//! What a rule of a list is, and who described it, as `sim explain` and `sim schema` say it.

/// What is said of a rule that scenarios name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name in snake case.
    pub name: &'static str,
    /// How a scenario writes it, with populations `a` and `b` where it names any.
    pub example: &'static str,
    /// What it does, in a sentence or two.
    pub meaning: &'static str,
    /// Who described it, and where; empty if it is common knowledge.
    pub source: &'static str,
}

impl Explanation {
    /// The text of `sim explain`: `kind` says what the rule is, and `field` how a scenario writes the field that holds
    /// it, with `{}` in the place of the rule.
    pub fn text(&self, kind: &str, field: &str) -> String {
        let Self { name, example, meaning, source } = self;
        let line = |label: &str, words: &str| format!("  {:7} {words}\n", format!("{label}:"));
        let source = if source.is_empty() { String::new() } else { line("Source", source) };
        let write = line("Write", &format!("`{}`", field.replace("{}", example)));
        format!("{name}\n\n{}{source}{write}", line(kind, meaning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_told_if_there_is_one() {
        let known = Explanation { name: "ring", example: "Ring(1)", meaning: "A ring.", source: "" };
        let text = known.text("Graph", "structure: (interaction: {})");
        assert_eq!(text, "ring\n\n  Graph:  A ring.\n  Write:  `structure: (interaction: Ring(1))`\n");
        let text = Explanation { source: "Moran 1958", ..known }.text("Rule", "{}");
        assert!(text.contains("\n  Rule:   A ring.\n  Source: Moran 1958\n"), "{text}");
    }
}
