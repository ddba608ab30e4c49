//! Small commented scenarios to start from. A further one is a file in `scenarios/templates/` and a name in the list.

use super::check::shape::json_schema;
use super::check::structure::check;
use super::text::resolved::of_value;
use super::text::{Kind, Sources, Syntax, parse};
use crate::world::Factories;

/// A scenario to start from.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its name on the command line.
    pub name: &'static str,
    /// The file, in RON.
    pub text: &'static str,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Every template.
        pub const TEMPLATES: &[Template] = &[$(
            Template { name: $name, text: include_str!(concat!("../../scenarios/templates/", $name, ".ron")) }
        ),*];
    };
}

templates!["morals", "tournament", "q_learning", "partner_choice", "evolution", "messages"];

impl Template {
    /// What it shows: the comment that it opens with.
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("//").trim()
    }

    /// Its value of the top-level `field`, as it is written.
    pub fn value(&self, field: &str) -> Option<&'static str> {
        let span = value_span(self.text, field)?;
        self.text.get(span)
    }
}

/// `text`, a scenario in RON, with `value` in the place of what it gives for the top-level `field`; as it is if it does
/// not give the field.
pub fn with_value(text: &str, field: &str, value: &str) -> String {
    match value_span(text, field) {
        Some(span) => format!("{}{value}{}", &text[..span.start], &text[span.end..]),
        None => text.to_owned(),
    }
}

/// `text`, a sound scenario in RON, in another language; comments do not come along.
pub fn translated(text: &str, syntax: Syntax) -> String {
    let root = if syntax == Syntax::Ron { None } else { parse(text).root };
    let sources = Sources::of("template", text, Syntax::Ron);
    let given = root.map(|root| check(&root, &json_schema(), &Factories::default(), &sources).value);
    given.and_then(|given| of_value(&given, syntax, text)).unwrap_or_else(|| text.to_owned())
}

fn value_span(text: &str, field: &str) -> Option<std::ops::Range<usize>> {
    let Kind::Struct { fields, .. } = parse(text).root?.kind else { return None };
    fields.into_iter().find(|given| given.name.text == field).map(|given| given.value.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load::load_text;
    use crate::scenario::text::resolved::resolved_ron;

    #[test]
    fn every_template_is_a_scenario_without_a_warning_in_every_language() {
        let known = crate::scenario::check::Known::with(&Factories::default());
        for template in TEMPLATES {
            assert!(template.text.starts_with("// ") && template.about().ends_with('.'), "{}", template.name);
            assert!(template.about().chars().count() <= 100, "{}", template.about());
            let mut first = None;
            for (syntax, endings) in Syntax::ALL {
                let text = translated(template.text, syntax);
                let path = format!("{}.{}", template.name, endings[0]);
                let loaded = load_text(&path, &text, template.name, &[], &known);
                let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}\n{text}"));
                assert_eq!(loaded.render_warnings(false), "", "{}", template.name);
                let resolved = resolved_ron(&loaded.spec);
                assert_eq!(&resolved, first.get_or_insert_with(|| resolved.clone()), "{text}");
            }
        }
    }

    #[test]
    fn a_value_is_replaced_and_comments_stay() {
        let template = TEMPLATES[0];
        let text = with_value(template.text, "ticks", "3");
        assert_eq!((template.value("ticks"), template.value("nothing")), (Some("12"), None));
        assert!(text.contains("ticks: 3,  ") && text.contains("// tournaments"), "{text}");
        assert_eq!(with_value(template.text, "nothing", "3"), template.text);
    }
}
