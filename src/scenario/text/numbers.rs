//! Numbers as RON spells them, read exactly as ron reads them.

use crate::scenario::text::node::{Kind, Node};
use serde_json::{Value, json};

/// Why a number was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with it.
    pub problem: String,
    /// What was expected instead.
    pub expected: String,
}

/// Reads a whole number of the Rust type `suffix` between `min` and `max`: decimal, `0x`, `0o` or `0b`, optionally with
/// `_` between digits and the type's name at the end.
///
/// # Errors
/// If it is not a whole number, or out of range.
pub fn read_integer(text: &str, suffix: &str, min: i128, max: i128) -> Result<Value, Refusal> {
    let range = || if min == 0 { format!("a whole number, 0 to {max}") } else { format!("{min} to {max}") };
    let not_whole = || Refusal { problem: "not a whole number".into(), expected: range() };
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    let digits = digits.strip_suffix(suffix).unwrap_or(digits);
    if digits.starts_with('_') || digits.is_empty() {
        return Err(not_whole());
    }
    let plain = digits.replace('_', "");
    if !plain.chars().all(|c| c.is_digit(radix)) {
        return Err(not_whole());
    }
    let too_large = || Refusal { problem: "out of range".into(), expected: range() };
    let magnitude = i128::from_str_radix(&plain, radix).map_err(|_| too_large())?;
    let number = if negative { -magnitude } else { magnitude };
    if number < min && min == 0 {
        return Err(Refusal { problem: "negative".into(), expected: range() });
    }
    if number < min || number > max {
        return Err(too_large());
    }
    Ok(match u64::try_from(number) {
        Ok(number) => json!(number),
        Err(_) => json!(i64::try_from(number).expect("every integer type of a scenario fits 64 bits")),
    })
}

/// Reads a finite real number; `None` if `node` is a word that names no number.
///
/// `inf` and `NaN`, which RON knows, are refused: no quantity of a scenario can be either.
pub fn read_float(node: &Node) -> Option<Result<f64, Refusal>> {
    let text = match &node.kind {
        Kind::Number(text) => text,
        Kind::Word(word) if matches!(&**word, "inf" | "NaN" | "inff64" | "NaNf64") => word,
        _ => return None,
    };
    let expected = || "a finite number such as `0.5`, `3` or `1e-4`".to_owned();
    let digits = text.strip_suffix("f64").unwrap_or(text);
    if matches!(digits.trim_start_matches(['+', '-']), "inf" | "NaN") {
        return Some(Err(Refusal { problem: format!("`{text}` is not finite"), expected: expected() }));
    }
    let spelt = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, 'e' | 'E' | '.' | '+' | '-' | '_'));
    let number = if spelt && underscores_fit(digits) { digits.replace('_', "").parse::<f64>().ok() } else { None };
    Some(match number {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => Err(Refusal { problem: format!("`{text}` is too large"), expected: expected() }),
        None => Err(Refusal { problem: format!("`{text}` is not a number"), expected: expected() }),
    })
}

/// Whether each `_` follows a digit, an exponent mark or another such `_`, as ron requires.
fn underscores_fit(text: &str) -> bool {
    let mut allowed = false;
    for c in text.chars() {
        match c {
            '_' if !allowed => return false,
            '0'..='9' | 'e' | 'E' => allowed = true,
            '.' => allowed = false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_read_as_ron_reads_them() {
        for text in ["0", "-0", "+7", "1_000", "0x1F", "0b101", "0o17", "7u32", "4294967295", "4294967296", "-1", "1.0"]
        {
            let ours = read_integer(text, "u32", 0, i128::from(u32::MAX)).ok().and_then(|v| v.as_u64());
            let theirs = ron::from_str::<u32>(text).ok().map(u64::from);
            assert_eq!(ours, theirs, "{text}");
        }
        for text in ["_1", "1e3", "7u64", "0x", "", "-", "18446744073709551616", "1__0"] {
            let ours = read_integer(text, "u32", 0, i128::from(u32::MAX)).ok().and_then(|v| v.as_u64());
            assert_eq!(ours, ron::from_str::<u32>(text).ok().map(u64::from), "{text}");
        }
    }

    #[test]
    fn floats_read_as_ron_reads_them() {
        for text in
            ["0", "1.", ".5", "-2.5e-3", "1_0.5", "1._5", "1e_5", "0x10", "1e", "+3", "1f64", "1f32", "1-2", "--1"]
        {
            let node = Node { span: 0..text.len(), kind: Kind::Number(text.into()) };
            let ours = read_float(&node).unwrap().ok();
            assert_eq!(ours, ron::from_str::<f64>(text).ok(), "{text}");
        }
    }
}
