//! RON as we read and write it, and a scenario written out with every default.

use crate::scenario::format::ScenarioSpec;
use ron::extensions::Extensions;

/// How scenario files are read: optional values need no `Some`, and variants no doubled parentheses.
pub fn ron_options() -> ron::Options {
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES | Extensions::UNWRAP_VARIANT_NEWTYPES;
    ron::Options::default().with_default_extension(extensions)
}

/// Writes `spec` as RON that loads back as the same spec, every default spelt out.
pub fn resolved_ron(spec: &ScenarioSpec) -> String {
    let pretty = ron::ser::PrettyConfig::new().indentor("  ".to_owned());
    let text = ron_options().to_string_pretty(spec, pretty).expect("a spec holds nothing that RON cannot write");
    format!("{}\n", without_raw_none(&text))
}

/// `text` with every `r#None` outside strings replaced by `None`: ron writes an enum's own variant of that name with
/// `r#`, and reads either.
fn without_raw_none(text: &str) -> String {
    const RAW: &str = "r#None";
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', 'r']) {
        let (before, found) = rest.split_at(at);
        plain.push_str(before);
        let (taken, written) = if found.starts_with('"') {
            let length = string_length(found);
            (length, &found[..length])
        } else if found.starts_with(RAW) {
            (RAW.len(), "None")
        } else {
            (1, "r")
        };
        plain.push_str(written);
        rest = &found[taken..];
    }
    plain + rest
}

/// Bytes of the string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let closes = |(_, c): &(usize, char)| {
        let closes = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        closes
    };
    text.char_indices().skip(1).find(closes).map_or(text.len(), |(at, _)| at + 1)
}
