//! From a completion to an action.

use crate::games::Action;

/// The part of `text` before the first of the texts in `stop`.
pub fn cut<'a>(text: &'a str, stop: &[String]) -> &'a str {
    let end = stop.iter().filter_map(|stop| text.find(stop.as_str())).min();
    &text[..end.unwrap_or(text.len())]
}

/// The action whose label opens `text`: after leading white space comes the label exactly as it is spelt, and after it
/// the end, white space or punctuation. Anything else names no action.
///
/// "action1", " action1.", "action1\nbecause" name action1; "action12", "Action1" and "I choose action1" do not.
/// Letters, digits, marks and `_` continue a word; every other character is punctuation here.
pub fn parse(text: &str, labels: &[String]) -> Option<Action> {
    let text = text.trim_start();
    let opens = |label: &String| {
        text.strip_prefix(label.as_str())
            .is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '_'))
    };
    labels.iter().position(opens).map(|index| index as Action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_must_open_the_text_and_end_there() {
        let labels = ["action1".to_string(), "action2".to_string()];
        for (text, action) in [
            ("action1", Some(0)),
            ("  action2", Some(1)),
            ("action2.", Some(1)),
            ("action1, because", Some(0)),
            ("action1\nand so on", Some(0)),
            ("action1-like", Some(0)),
            ("action12", None),
            ("action1_", None),
            ("action1é", None),
            ("Action1", None),
            ("I choose action1", None),
            ("\"action1\"", None),
            ("", None),
            ("action", None),
        ] {
            assert_eq!(parse(text, &labels), action, "{text:?}");
        }
    }

    #[test]
    fn the_first_stop_cuts() {
        let stop = ["END".to_string(), "\n".to_string()];
        assert_eq!(cut("a b\nc END", &stop), "a b");
        assert_eq!(cut("a ENDb\n", &stop), "a ");
        assert_eq!(cut("plain", &stop), "plain");
        assert_eq!(cut("plain", &[]), "plain");
    }
}
