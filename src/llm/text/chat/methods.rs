//! Python's methods on strings, lists and dictionaries, with bounds on those that can make much out of little.

use minijinja::{Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat;

const JOINED_BYTES_MAX: usize = 1 << 20;
/// No prompt is laid out with a width of a thousand blanks.
const WIDTH_DIGITS_MAX: usize = 3;

/// Like [`pycompat::unknown_method_callback`].
pub(super) fn call(state: &mut State, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    match (value.as_str(), method, args) {
        (Some(separator), "join", [items]) => join(separator, items),
        (Some(pattern), "format", _) if !is_narrow(pattern) => {
            let text = "format takes widths of at most three digits, and none from an argument";
            Err(Error::new(ErrorKind::InvalidOperation, text))
        }
        _ => pycompat::unknown_method_callback(state, value, method, args),
    }
}

fn join(separator: &str, items: &Value) -> Result<Value, Error> {
    let mut joined = String::new();
    for (i, item) in items.try_iter()?.enumerate() {
        let text = item.as_str().ok_or_else(|| {
            Error::new(ErrorKind::InvalidOperation, format!("join takes strings, and item {i} is a {}", item.kind()))
        })?;
        let separator = if i > 0 { separator } else { "" };
        if joined.len() + separator.len() + text.len() > JOINED_BYTES_MAX {
            let text = format!("join makes {JOINED_BYTES_MAX} bytes at most");
            return Err(Error::new(ErrorKind::InvalidOperation, text));
        }
        joined.push_str(separator);
        joined.push_str(text);
    }
    Ok(Value::from(joined))
}

/// Whether no field of `pattern` asks for much room.
fn is_narrow(pattern: &str) -> bool {
    let pattern = pattern.replace("{{", "").replace("}}", "");
    pattern.split('{').skip(1).all(|part| {
        let field = part.split_once('}').map(|(field, _)| field);
        field.is_some_and(|field| {
            field.split(|c: char| !c.is_ascii_digit()).all(|digits| digits.len() <= WIDTH_DIGITS_MAX)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_formats_are_recognised() {
        for (pattern, narrow) in [
            ("in 2024: {} and {0:>8} and {x:.2f}", true),
            ("{{100000}} {}", true),
            ("{:>1000}", false),
            ("{:>{}}", false),
            ("{:0{w}d}", false),
        ] {
            assert_eq!(is_narrow(pattern), narrow, "{pattern}");
        }
    }
}
