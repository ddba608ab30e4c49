//! The well-known memory-one strategy that a policy plays most like.

/// Memory-one strategies by their probabilities of cooperation after CC, CD, DC, DD (own action first). The
/// deterministic ones follow Nowak and Sigmund 1993; `random` is the middle of the cube of all such strategies.
const KNOWN: [(&str, [f64; 4]); 8] = [
    ("always_cooperate", [1.0, 1.0, 1.0, 1.0]),
    ("always_defect", [0.0, 0.0, 0.0, 0.0]),
    ("tit_for_tat", [1.0, 0.0, 1.0, 0.0]),
    ("win_stay_lose_shift", [1.0, 0.0, 0.0, 1.0]),
    ("grim", [1.0, 0.0, 0.0, 0.0]),
    ("firm_but_fair", [1.0, 0.0, 1.0, 1.0]),
    ("contrary", [0.0, 1.0, 0.0, 1.0]),
    ("random", [0.5, 0.5, 0.5, 0.5]),
];

/// The strategies that [`nearest_strategy`] knows, each with its probabilities of cooperation after CC, CD, DC, DD.
pub fn memory_one_strategies() -> impl Iterator<Item = (&'static str, [f64; 4])> {
    KNOWN.into_iter()
}

/// The names that [`nearest_strategy`] may give.
pub fn known_strategies() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name)
}

/// The name of the known strategy with the smallest Euclidean distance to `p` = (p(C|CC), p(C|CD), p(C|DC), p(C|DD));
/// `None` if a probability is missing.
pub fn nearest_strategy(p: [f64; 4]) -> Option<&'static str> {
    if p.iter().any(|x| x.is_nan()) {
        return None;
    }
    let distance = |q: &[f64; 4]| -> f64 { p.iter().zip(q).map(|(a, b)| (a - b) * (a - b)).sum() };
    KNOWN.iter().min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1))).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_strategies_are_their_own_nearest() {
        for (name, p) in KNOWN {
            assert_eq!(nearest_strategy(p), Some(name));
        }
        assert_eq!(nearest_strategy([0.9, 0.1, 0.8, 0.2]), Some("tit_for_tat"));
        assert_eq!(nearest_strategy([0.9, f64::NAN, 0.8, 0.2]), None);
    }
}
