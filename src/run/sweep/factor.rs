//! What `--vary` says: a field of the scenario and the values that it takes.

use super::decimal::Decimal;
use crate::rng::{Purpose, StreamKey, stream};
use rand::RngExt;
use std::fmt;
use std::str::FromStr;

/// More levels than this are a typing error.
pub(super) const LEVELS_MAX: usize = 10_000;

/// A field of the scenario, and its levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The field, as `--set` names it: with a colon at its end where its values are not laid over those of the file but
    /// replace them.
    pub path: String,
    parts: Vec<Part>,
    /// The levels as they were written.
    text: String,
}

/// A part between two commas.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Value(String),
    Range { from: Decimal, to: Decimal, step: Option<Decimal> },
}

impl Factor {
    /// The field alone.
    pub fn field(&self) -> &str {
        field(&self.path)
    }

    /// How to keep a Latin design to whole numbers, if both ends are some and no step is written.
    pub fn for_whole_numbers(&self) -> Option<String> {
        match self.parts[..] {
            [Part::Range { from, to, step: None }] if from.is_whole() && to.is_whole() => {
                Some(format!("for whole numbers write {}={from}..{to}:1", self.path))
            }
            _ => None,
        }
    }

    /// The values in order, ranges written out.
    ///
    /// # Errors
    /// If a range says no step and has none by itself, does not end on a step, or there are too many values.
    pub(super) fn levels(&self) -> Result<Vec<String>, String> {
        let mut levels = Vec::new();
        for part in &self.parts {
            match part {
                Part::Value(value) => levels.push(value.clone()),
                Part::Range { from, to, step } => {
                    let (first, step, count, places) = self.grid(*from, *to, *step)?;
                    let value = |index: usize| Decimal::new(first + step * index as i128, places).to_string();
                    levels.extend((0..count).map(value));
                }
            }
            if levels.len() > LEVELS_MAX {
                return Err(self.too_many());
            }
        }
        Ok(levels)
    }

    /// First value, step and number of values of a range, in units of `10^-places`, and these places.
    fn grid(&self, from: Decimal, to: Decimal, step: Option<Decimal>) -> Result<(i128, i128, usize, u32), String> {
        let step = match step {
            Some(step) => step,
            None if from.is_whole() && to.is_whole() => Decimal::new(1, 0),
            None => return Err(format!("{self}: a range needs a step, as in {}={from}..{to}:0.25", self.path)),
        };
        let too_many_digits = || format!("{self}: the numbers have too many digits");
        let ([first, last, width], places) = Decimal::aligned([from, to, step]).ok_or_else(too_many_digits)?;
        if width <= 0 {
            return Err(format!("{self}: expected a step above 0"));
        }
        let whole_steps = last.checked_sub(first).ok_or_else(too_many_digits)? / width;
        if whole_steps >= LEVELS_MAX as i128 {
            return Err(self.too_many());
        }
        // At most `last`.
        let end = first + whole_steps * width;
        if end != last {
            let below = Decimal::new(end, places);
            let above = Decimal::new(end.checked_add(width).ok_or_else(too_many_digits)?, places);
            return Err(format!("{self}: steps of {step} from {from} do not end at {to} but at {below} or {above}"));
        }
        Ok((first, width, whole_steps as usize + 1, places))
    }

    fn too_many(&self) -> String {
        format!("{self}: expected at most {LEVELS_MAX} values")
    }

    /// `samples` values of the range, one from each of as many parts of equal width, in random order: a column of a
    /// Latin hypercube, drawn from the stream of `seed` and the factor's `number`.
    ///
    /// # Errors
    /// If the levels are not one range.
    pub(super) fn spread(&self, samples: usize, number: u32, seed: u64) -> Result<Vec<String>, String> {
        let [Part::Range { from, to, step }] = self.parts[..] else {
            return Err(format!("{self}: a Latin design draws from a range; write {}=FROM..TO", self.path));
        };
        let mut draws = stream(seed, Purpose::Design, StreamKey { agent: number, ..StreamKey::default() });
        let mut strata: Vec<usize> = (0..samples).collect();
        for last in (1..samples).rev() {
            let other = (draws.random::<f64>() * (last + 1) as f64) as usize;
            strata.swap(last, other.min(last));
        }
        // A hundredth of a stratum is fine enough, and keeps values that are rounded below inside theirs.
        let mut place = || ((draws.random::<f64>() * 100.0).floor() + 0.5) / 100.0;
        let shares = strata.into_iter().map(|stratum| (stratum as f64 + place()) / samples as f64);
        if step.is_some() {
            let (first, width, count, places) = self.grid(from, to, step)?;
            let index = |share: f64| ((share * count as f64) as usize).min(count - 1);
            let value = |share| Decimal::new(first + width * index(share) as i128, places).to_string();
            return Ok(shares.map(value).collect());
        }
        let (low, high) = (from.as_f64(), to.as_f64());
        let stratum = (high - low) / samples as f64;
        if stratum <= 0.0 {
            return Err(format!("{self}: expected a range that is longer than a point"));
        }
        let places = (3.0 - stratum.log10().floor()).clamp(0.0, 18.0) as usize;
        let value = |share: f64| {
            let text = format!("{:.places$}", low + share * (high - low));
            let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
            if text == "-0" { "0".to_owned() } else { text.to_owned() }
        };
        Ok(shares.map(value).collect())
    }
}

/// The field that `path` names, without the colon of `:=`.
pub fn field(path: &str) -> &str {
    let path = path.trim();
    path.strip_suffix(':').unwrap_or(path).trim()
}

impl FromStr for Factor {
    type Err = String;

    /// Reads `PATH=LEVELS`: values and ranges `FROM..TO:STEP` (end included) separated by commas. A comma inside
    /// brackets or quotes belongs to a value.
    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write PATH=VALUES, such as noise=0,0.05 or noise=0..0.2:0.05";
        let (path, levels) = text.split_once('=').ok_or_else(|| format!("no `=` in it; {example}"))?;
        let (path, levels) = (path.trim(), levels.trim());
        match field(path) {
            "" => return Err(format!("no field before the `=`; {example}")),
            "seed" => return Err("the seed is varied by --seeds, as in --seeds 1..5".into()),
            "name" => {
                return Err("the name says which scenario it is; the runs are told apart by what is varied".into());
            }
            _ => {}
        }
        let parts: Result<Vec<Part>, String> = split(levels).into_iter().map(Part::of).collect();
        Ok(Self { path: path.to_owned(), parts: parts?, text: levels.to_owned() })
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}={}", self.path, self.text)
    }
}

impl Part {
    fn of(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("a value is missing: there is nothing between two commas, or at an end".into());
        }
        // What begins otherwise is a value that happens to contain dots, such as a file's name.
        let Some((from, rest)) = text.split_once("..").filter(|(from, _)| from.trim().parse::<f64>().is_ok()) else {
            return Ok(Self::Value(text.to_owned()));
        };
        let rest = rest.strip_prefix('=').unwrap_or(rest);
        let (to, step) = rest.split_once(':').map_or((rest, None), |(to, step)| (to, Some(step)));
        let number = |part: &str| {
            let problem = || format!("`{part}` in `{text}` is no number; a range is FROM..TO:STEP, such as 0..1:0.25");
            Decimal::parse(part.trim()).ok_or_else(problem)
        };
        let (from, to, step) = (number(from)?, number(to)?, step.map(number).transpose()?);
        match Decimal::aligned([from, to]) {
            None => return Err(format!("the numbers in `{text}` have too many digits")),
            Some(([first, last], _)) if first > last => {
                return Err(format!("`{text}` runs backwards; write {to}..{from}"));
            }
            Some(_) => {}
        }
        Ok(Self::Range { from, to, step })
    }
}

/// The parts between commas that are in no brackets and no quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut in_quotes, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if in_quotes => {
                in_quotes = c != '"' || is_escaped;
                is_escaped = c == '\\' && !is_escaped;
            }
            '"' => in_quotes = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Vec<String> {
        text.parse::<Factor>().and_then(|factor| factor.levels()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn refusal(text: &str) -> String {
        text.parse::<Factor>().and_then(|factor| factor.levels()).unwrap_err()
    }

    #[test]
    fn lists_and_ranges_are_written_as_people_write_them() {
        assert_eq!(levels("noise=0, 0.05"), ["0", "0.05"]);
        assert_eq!(levels("w=0..1:0.25"), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(levels("w=0..0.3:0.1,1"), ["0", "0.1", "0.2", "0.3", "1"]);
        assert_eq!(levels("w=-1..=1"), ["-1", "0", "1"]);
        assert_eq!(levels("lr=1e-4..3e-4:1e-4"), ["0.0001", "0.0002", "0.0003"]);
        assert_eq!(levels("w=0..1:0.1").len(), 11);
        assert_eq!(levels("w=2..2:0.5"), ["2"]);
        assert_eq!(levels("prompt.labels=[\"a\",\"b\"], [\"c, d\",\"e\"]"), ["[\"a\",\"b\"]", "[\"c, d\",\"e\"]"]);
        assert_eq!(
            levels("g=PublicGoods(players: 3, multiplier: 1.6),\"a,\\\"b\""),
            ["PublicGoods(players: 3, multiplier: 1.6)", "\"a,\\\"b\""]
        );
        assert_eq!(levels("model=Path(\"../a\"),a..b"), ["Path(\"../a\")", "a..b"]);
    }

    #[test]
    fn what_is_no_factor_is_refused_with_advice() {
        let cases = [
            ("noise", "write PATH=VALUES"),
            ("=1", "no field"),
            ("seed=1,2", "--seeds"),
            ("name=a,b", "which scenario"),
            ("noise=0,,1", "missing"),
            ("noise=", "missing"),
            ("w=1..0:0.1", "write 0..1"),
            ("w=0..1:0.3", "at 0.9 or 1.2"),
            ("w=0..1:0", "above 0"),
            ("w=0..1:-1", "above 0"),
            ("w=0..0.5", "needs a step"),
            ("w=0..x:1", "`x` in"),
            ("w=0..1e18", "at most"),
            ("w=0..1:0.00001", "at most"),
            ("w=1e-18..999999999999999999e18:1", "too many digits"),
            ("w=0..999999999999999999e18:1e-18", "too many digits"),
            ("w=-999999999999999999..999999999999999999:0.01e-18", "too many digits"),
            ("seed:=1,2", "--seeds"),
            ("name := a,b", "which scenario"),
        ];
        for (text, word) in cases {
            let error = refusal(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_column_of_a_latin_hypercube_has_one_value_in_every_part() {
        for (text, low, high) in [("w=0..1", 0.0, 1.0), ("lr=1e-4..1e-3", 1e-4, 1e-3), ("x=-7..13", -7.0, 13.0)] {
            let factor: Factor = text.parse().unwrap();
            for samples in [1, 2, 7, 100] {
                let values = factor.spread(samples, 3, 42).unwrap();
                assert_eq!(values, factor.spread(samples, 3, 42).unwrap());
                let stratum = |value: &String| (value.parse::<f64>().unwrap() - low) / (high - low) * samples as f64;
                let mut strata: Vec<usize> = values.iter().map(|value| stratum(value).floor() as usize).collect();
                strata.sort_unstable();
                assert!(strata.into_iter().eq(0..samples), "{text}: {values:?}");
            }
        }
        let factor: Factor = "w=0..1".parse().unwrap();
        assert_ne!(factor.spread(9, 0, 1).unwrap(), factor.spread(9, 1, 1).unwrap(), "factors do not move together");
        assert_ne!(factor.spread(9, 0, 1).unwrap(), factor.spread(9, 0, 2).unwrap());
        let mut counts: Vec<String> = "n=2..8:2".parse::<Factor>().unwrap().spread(8, 0, 1).unwrap();
        counts.sort();
        assert_eq!(counts, ["2", "2", "4", "4", "6", "6", "8", "8"]);
        for (text, word) in [("w=0,1", "draws from a range"), ("w=1..1", "longer than a point")] {
            assert!(text.parse::<Factor>().unwrap().spread(2, 0, 1).unwrap_err().contains(word));
        }
    }
}
