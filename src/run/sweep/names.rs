//! Names of cells: short words for factors, and folders that every file system can hold.

use crate::llm::files::sha256::sha256_of;
use crate::run::Factors;

/// Longest name of a cell's folder, in bytes; the seed follows.
const NAME_MAX: usize = 120;
/// Digits of the hash that ends the name of a cell whose values cannot be written out.
const HASH_DIGITS: usize = 8;

/// A word for each of `paths`: the last name of the path, with as many names before it as tell it from the others.
pub fn labels(paths: &[&str]) -> Vec<String> {
    let names: Vec<Vec<&str>> = paths.iter().map(|path| path.split('.').collect()).collect();
    let tail = |path: usize, depth: usize| names[path][names[path].len().saturating_sub(depth)..].join(".");
    let label = |path: usize| {
        let is_alone =
            |depth: &usize| (0..paths.len()).all(|other| other == path || tail(other, *depth) != tail(path, *depth));
        let depth = (1..=names[path].len()).find(is_alone).unwrap_or(names[path].len());
        tail(path, depth)
    };
    (0..paths.len()).map(label).collect()
}

/// What is varied, in short words: `noise=0.05, weight=1`.
pub fn in_brief(factors: &Factors) -> String {
    let paths: Vec<&str> = factors.0.iter().map(|(path, _)| path.as_str()).collect();
    let parts = labels(&paths).into_iter().zip(&factors.0).map(|(label, (_, value))| format!("{label}={value}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// The name of the folder of the cell with these factors, without its seed. It depends on the factors of the design and
/// on the cell's own values, so it stays when levels are added. Values that no file system minds are written out;
/// others are simplified, and a short hash of all values tells them apart.
pub(super) fn folder(factors: &Factors) -> String {
    let paths: Vec<&str> = factors.0.iter().map(|(path, _)| path.as_str()).collect();
    let parts = labels(&paths).into_iter().zip(&factors.0).map(|(label, (_, value))| {
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        (
            format!("{}={}", simplified(&label), simplified(value)),
            simplified(&label) == label && simplified(value) == value,
        )
    });
    let (parts, are_plain): (Vec<String>, Vec<bool>) = parts.unzip();
    let name = parts.join(",");
    if name.len() <= NAME_MAX && are_plain.iter().all(|is_plain| *is_plain) {
        return name;
    }
    let kept: String = name.chars().take(NAME_MAX - HASH_DIGITS - 1).collect();
    format!("{kept}-{}", &sha256_of(factors.to_string().as_bytes())[..HASH_DIGITS])
}

/// `text` with every run of characters that a file system or a shell may mind as one `_`.
fn simplified(text: &str) -> String {
    let mut simple = String::with_capacity(text.len());
    for c in text.chars() {
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        if is_plain {
            simple.push(c);
        } else if !simple.ends_with('_') {
            simple.push('_');
        }
    }
    simple.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(pairs: &[(&str, &str)]) -> Factors {
        Factors(pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn factors_are_called_by_what_tells_them_apart() {
        assert_eq!(labels(&["noise", "populations.a.rewards.payoff.weight"]), ["noise", "weight"]);
        assert_eq!(labels(&["populations.a.count", "populations.b.count", "ticks"]), ["a.count", "b.count", "ticks"]);
        assert_eq!(labels(&["count", "a.count"]), ["count", "a.count"]);
    }

    #[test]
    fn factors_are_told_in_short() {
        assert_eq!(in_brief(&factors(&[("noise", "0.05"), ("populations.a.weight", "1")])), "noise=0.05, weight=1");
        assert_eq!(in_brief(&Factors::default()), "");
    }

    #[test]
    fn folders_say_what_they_hold_and_fit_every_file_system() {
        assert_eq!(folder(&factors(&[("noise", "0.05"), ("populations.a.weight", "0.25")])), "noise=0.05,weight=0.25");
        assert_eq!(folder(&factors(&[("model", "\"tiny\"")])), "model=tiny");
        let [two, three] = ["Fixed(2)", "Fixed(3)"].map(|rounds| folder(&factors(&[("rounds", rounds)])));
        assert!(two.starts_with("rounds=Fixed_2-") && two.len() == "rounds=Fixed_2-".len() + 8, "{two}");
        assert_ne!(two, three);
        // Values that are simplified to the same word.
        assert_ne!(folder(&factors(&[("a", "x(1)")])), folder(&factors(&[("a", "x[1]")])));
        let long = folder(&factors(&[("persona", &"be kind ".repeat(100))]));
        assert!(long.len() <= NAME_MAX && long.is_ascii(), "{long}");
        let odd = folder(&factors(&[("persona", "../é:*?\"<>|\\/")]));
        assert!(odd.chars().all(|c| c.is_ascii_alphanumeric() || "._-+=,".contains(c)), "{odd}");
    }
}
