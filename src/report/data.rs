//! Data as the page holds it: JSON inside a script element.

use serde::{Serialize, Serializer};

/// Significant digits of a number: more than anybody reads off a curve, and fewer than a page has room for.
const DIGITS: usize = 5;

/// A number: whole ones exact and without a point, others rounded to [`DIGITS`] significant digits, NaN as `null`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.0.is_finite() {
            return serializer.serialize_none();
        }
        let is_whole = |value: f64| value.fract() == 0.0 && value.abs() < 1e15;
        let rounded =
            if is_whole(self.0) { self.0 } else { format!("{:.*e}", DIGITS - 1, self.0).parse().unwrap_or(self.0) };
        if is_whole(rounded) { serializer.serialize_i64(rounded as i64) } else { serializer.serialize_f64(rounded) }
    }
}

/// The numbers of a curve. Many do not change, or do not exist: one number, or `null`, stands for all of those.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers(pub Vec<f64>);

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let first = self.0.first().copied().unwrap_or(f64::NAN);
        let is_same = |value: &f64| *value == first || (value.is_nan() && first.is_nan());
        if self.0.len() > 1 && self.0.iter().all(is_same) || self.0.is_empty() {
            return Number(first).serialize(serializer);
        }
        serializer.collect_seq(self.0.iter().map(|&value| Number(value)))
    }
}

/// `value` as JSON that cannot end the script element it is in, nor open a comment there, whatever its texts say.
pub(super) fn script_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("the data are strings, numbers and lists");
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            // Outside strings JSON has none of these, and inside they may be written by their numbers.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// Text escaped for HTML.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_gaps_are_null() {
        let json = |values: &[f64]| serde_json::to_string(&Numbers(values.to_vec())).unwrap();
        assert_eq!(json(&[1.0, 0.123_456_789, f64::NAN, -2_000_000.0, 1e-9]), "[1,0.12346,null,-2000000,1e-9]");
        assert_eq!(json(&[123_456.0, 123_456.7, 0.999_999_9]), "[123456,123460,1]", "whole numbers are exact");
        assert_eq!(json(&[0.5, 0.5]), "0.5", "one number for a flat curve");
        assert_eq!(json(&[f64::NAN, f64::NAN]), "null");
        assert_eq!(json(&[]), "null");
        assert_eq!(json(&[7.0]), "[7]");
    }

    #[test]
    fn no_text_leaves_its_script_element() {
        let text = "</script><!--<script>&\u{2028}\u{2029}\"";
        let safe = script_json(&text);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        assert_eq!(html("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
    }
}
