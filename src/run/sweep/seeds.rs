//! A list of seeds as people write it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// More runs than this are a typing error.
const SEEDS_MAX: u64 = 10_000;

/// Seeds in the order they were given, each once, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

impl Seeds {
    /// One seed.
    pub fn one(seed: u64) -> Self {
        Self(vec![seed])
    }

    /// The seeds.
    pub fn all(&self) -> &[u64] {
        &self.0
    }
}

impl FromStr for Seeds {
    type Err = String;

    /// Reads numbers and ranges separated by commas; both ends of a range belong to it: `1..5`, `1..=5`, `1,2,7`,
    /// `1..3,9`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let expected = "is not a seed or a range of seeds; expected whole numbers and ranges, such as 1..5 (5 included) \
                            or 1,2,7";
            let (first, last) = whole_range(part, expected)?;
            // Written so that no range, however long, is enumerated.
            if last - first >= SEEDS_MAX || seeds.len() as u64 + (last - first) >= SEEDS_MAX {
                return Err(format!("expected at most {SEEDS_MAX} seeds"));
            }
            seeds.extend(first..=last);
        }
        let mut seen = BTreeSet::new();
        match seeds.iter().find(|seed| !seen.insert(**seed)) {
            Some(twice) => Err(format!("seed {twice} is there twice")),
            None => Ok(Self(seeds)),
        }
    }
}

/// First and last of a range of whole numbers, both of which belong to it: `1..5`, `1..=5`; a number alone is both.
///
/// # Errors
/// With a sentence: that `part` is something else, in which case it is told what was `expected`, or runs backwards.
pub fn whole_range(part: &str, expected: &str) -> Result<(u64, u64), String> {
    let part = part.trim();
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{part}` {expected}"));
    match part.split_once("..") {
        None => number(part).map(|seed| (seed, seed)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last.strip_prefix('=').unwrap_or(last))?);
            if first > last {
                return Err(format!("`{part}` runs backwards; write {last}..{first}"));
            }
            Ok((first, last))
        }
    }
}

impl fmt::Display for Seeds {
    /// Writes them briefly, readable by [`Seeds::from_str`]: three or more in a row as a range.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = self.0.chunk_by(|a, b| a.checked_add(1) == Some(*b));
        let parts = rows.flat_map(|row| match row {
            [first, .., last] if row.len() > 2 => vec![format!("{first}..{last}")],
            few => few.iter().map(u64::to_string).collect(),
        });
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_read_and_written() {
        let cases: [(&str, &[u64], &str); 7] = [
            ("7", &[7], "7"),
            ("1..5", &[1, 2, 3, 4, 5], "1..5"),
            ("1..=3", &[1, 2, 3], "1..3"),
            ("1,2,7", &[1, 2, 7], "1, 2, 7"),
            ("9, 1..3", &[9, 1, 2, 3], "9, 1..3"),
            ("4..4", &[4], "4"),
            (
                "18446744073709551614..18446744073709551615",
                &[u64::MAX - 1, u64::MAX],
                "18446744073709551614, 18446744073709551615",
            ),
        ];
        for (text, expected, written) in cases {
            let seeds: Seeds = text.parse().unwrap();
            assert_eq!(seeds.all(), expected, "{text}");
            assert_eq!(seeds.to_string(), written);
            assert_eq!(seeds.to_string().parse(), Ok(seeds));
        }
    }

    #[test]
    fn what_is_no_list_of_seeds_is_refused_with_advice() {
        let cases = [
            ("", "1..5"),
            ("1,,2", "1..5"),
            ("x", "`x`"),
            ("-1", "`-1`"),
            ("5..1", "1..5"),
            ("1..3,2", "seed 2"),
            ("0..18446744073709551615", "at most"),
            ("1..6000,7000..12999", "at most"),
        ];
        for (text, word) in cases {
            let error = text.parse::<Seeds>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
