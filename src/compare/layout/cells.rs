//! Numbers as text.

use crate::compare::interval::Estimate;

/// The number of decimals that shows numbers of this size: two, more if even the largest begins later, fewer if it is
/// large.
pub fn decimals(numbers: impl IntoIterator<Item = f64>) -> usize {
    const MOST: usize = 6;
    let largest = numbers.into_iter().filter(|x| x.is_finite()).map(f64::abs).fold(0.0, f64::max);
    match largest {
        x if x >= 1000.0 => 0,
        x if x >= 100.0 => 1,
        x if x >= 0.1 || x == 0.0 => 2,
        // 0.05: −2 → 3.
        x => ((1.0 - x.log10().floor()) as usize).min(MOST),
    }
}

/// `value` with this many decimals; zero has no sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.into(),
        _ => text,
    }
}

/// `0.83 [0.43, 1.00]`: the mean and its interval, cut at `bounds`; the mean alone if there is one value, and a dash if
/// there is none. With `signed`, a mean above 0 has a sign.
pub fn mean_and_interval(estimate: &Estimate, bounds: [f64; 2], decimals: usize, signed: bool) -> String {
    if estimate.n == 0 || estimate.mean.is_nan() {
        return "-".into();
    }
    let mean = fixed(estimate.mean, decimals);
    let is_above = signed && mean.chars().any(|c| ('1'..='9').contains(&c)) && !mean.starts_with('-');
    let mean = if is_above { format!("+{mean}") } else { mean };
    let [low, high] = estimate.interval(bounds);
    if low.is_nan() { mean } else { format!("{mean} [{}, {}]", fixed(low, decimals), fixed(high, decimals)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::interval::SHARE;

    #[test]
    fn decimals_show_two_digits_of_the_largest_number() {
        let cases =
            [(2345.0, 0), (234.5, 1), (23.45, 2), (1.0, 2), (0.1, 2), (0.05, 3), (0.0002, 5), (1e-9, 6), (0.0, 2)];
        for (number, expected) in cases {
            assert_eq!(decimals([0.0, -number, f64::NAN]), expected, "{number}");
        }
        assert_eq!(decimals([]), 2);
    }

    #[test]
    fn cells_say_what_there_is() {
        let cell = |values: &[f64], signed| mean_and_interval(&Estimate::of(values), SHARE, 2, signed);
        assert_eq!(cell(&[], false), "-");
        assert_eq!(cell(&[0.5], false), "0.50");
        assert_eq!(cell(&[1.0, 0.5, 1.0], false), "0.83 [0.12, 1.00]");
        assert_eq!(cell(&[0.5], true), "+0.50");
        assert_eq!(cell(&[-0.001], true), "0.00");
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-0.006, 2), "-0.01");
    }
}
