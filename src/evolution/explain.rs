//! What `sim explain` says of rules of evolution.

use super::RULES;

/// Names of all rules.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name)
}

/// The explanation of the rule called `name`; `None` if there is no such rule.
pub fn explain(name: &str) -> Option<String> {
    let rule = RULES.iter().find(|rule| rule.name == name)?;
    let (meaning, source, example) = (rule.meaning, rule.source, rule.example);
    Some(format!("{name}\n\n  Rule:   {meaning}\n  Source: {source}\n  Write:  `evolution: (rule: {example})`\n"))
}
