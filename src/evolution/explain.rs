//! What `sim explain` says of update rules.

use super::UPDATE_RULES;

/// Names of all rules.
pub fn names() -> impl Iterator<Item = &'static str> {
    UPDATE_RULES.iter().map(|rule| rule.name)
}

/// The explanation of the rule called `name`; `None` if there is no such rule.
pub fn explain(name: &str) -> Option<String> {
    let rule = UPDATE_RULES.iter().find(|rule| rule.name == name)?;
    Some(rule.text("Rule", "evolution: (rule: {})"))
}
