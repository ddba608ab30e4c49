//! Numbers with their nouns.

use std::fmt::Display;

/// `number` and its `noun`, in the plural unless there is one: `1 tick`, `2 ticks`, `0 matches`.
pub fn counted(number: impl TryInto<u64> + Display + Copy, noun: &str) -> String {
    let plural = match number.try_into() {
        Ok(1) => "",
        _ if noun.ends_with(['s', 'x', 'h']) => "es",
        _ => "s",
    };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_one_and_none_are_many() {
        assert_eq!(
            [counted(0_usize, "run"), counted(1_u32, "run"), counted(u64::MAX, "run")],
            ["0 runs", "1 run", "18446744073709551615 runs"]
        );
        assert_eq!([counted(1_u8, "match"), counted(2_u8, "match")], ["1 match", "2 matches"]);
    }
}
