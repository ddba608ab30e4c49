//! Sums of numbers that are given and wanted as logarithms, so that 1e-300 and less keep their digits.

/// ln(eᵃ + eᵇ).
pub fn add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high.is_infinite() { high } else { high + (low - high).exp().ln_1p() }
}

/// ln Σ eˣ; −∞ for no terms.
pub fn sum(terms: &[f64]) -> f64 {
    let greatest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest.is_infinite() {
        return greatest;
    }
    // What is below e⁻⁵⁰ of the greatest is below 2⁻⁷² of the sum and, but for 2²⁰ terms of it, below its last digit.
    let worth = |term: &&f64| **term - greatest > -50.0;
    greatest + terms.iter().filter(worth).map(|term| (term - greatest).exp()).sum::<f64>().ln()
}

/// ln(1 + eˣ).
pub fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

/// 1/(1 + e⁻ˣ), with all its digits when it is tiny.
pub fn logistic(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_add_up() {
        let none = f64::NEG_INFINITY;
        assert_eq!((add(none, none), add(none, 3.0), sum(&[])), (none, 3.0, none));
        assert!((add(-800.0, -801.0) - (-800.0 + (1.0 + (-1.0f64).exp()).ln())).abs() < 1e-12);
        assert!((sum(&[-900.0, -900.0, none, -2000.0]) - (-900.0 + 2.0f64.ln())).abs() < 1e-12);
        assert_eq!(softplus(1000.0), 1000.0);
        assert!((softplus(-700.0) / (-700.0f64).exp() - 1.0).abs() < 1e-12);
        assert!((logistic(-700.0) / (-700.0f64).exp() - 1.0).abs() < 1e-12);
        assert_eq!((logistic(0.0), logistic(1000.0), logistic(-1000.0)), (0.5, 1.0, 0.0));
    }
}
