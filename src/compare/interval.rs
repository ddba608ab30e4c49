//! Means and their uncertainty over independent runs.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// The confidence level of the intervals.
pub const CONFIDENCE: f64 = 0.95;

/// A mean over independent values and its 95 % interval, mean ± `half_width`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Number of values.
    pub n: usize,
    /// Their mean; NaN if there are none.
    pub mean: f64,
    /// Half the width of the interval, `t · s / √n` with Student's t for n − 1 degrees of freedom and s the sample
    /// standard deviation (divisor n − 1); NaN for fewer than two values.
    pub half_width: f64,
}

impl Estimate {
    /// The estimate from `values`.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        if n < 2 {
            return Self { n, mean, half_width: f64::NAN };
        }
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let freedom = n as u64 - 1;
        let standard_error = (squares / freedom as f64 / n as f64).sqrt();
        Self { n, mean, half_width: t_quantile(CONFIDENCE, freedom) * standard_error }
    }
}

// A few lines of our own: for whole degrees of freedom, Student's distribution has finite sums, exact to rounding at
// the two or three degrees that runs have, whereas general libraries invert an incomplete beta function.

/// The t with `P(|T| ≤ t) = confidence`, where T has Student's distribution with `freedom` degrees of freedom.
///
/// # Panics
/// If `freedom` is 0, or `confidence` is not between 0 and 1.
pub fn t_quantile(confidence: f64, freedom: u64) -> f64 {
    assert!(freedom > 0 && (0.0..1.0).contains(&confidence), "{confidence} {freedom}");
    // The mass grows with the angle; halving the bracket ends at neighbouring numbers.
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle.tan() * (freedom as f64).sqrt();
        }
        if mass_within(middle, freedom) < confidence { low = middle } else { high = middle }
    }
}

/// `P(|T| ≤ t)` at `t = √freedom · tan(angle)`: the finite sums of Abramowitz & Stegun 26.7.3 (odd) and 26.7.4 (even),
/// exact for whole degrees of freedom.
fn mass_within(angle: f64, freedom: u64) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    // The terms are cos θ · 2/3 cos² θ · 4/5 cos² θ … for odd, 1 · 1/2 cos² θ · 3/4 cos² θ … for even.
    let (mut term, mut sum) = if odd { (cos, 0.0) } else { (1.0, 0.0) };
    let mut k = if odd { 1 } else { 0 };
    while k + 2 <= freedom {
        sum += term;
        term *= cos * cos * (k + 1) as f64 / (k + 2) as f64;
        k += 2;
    }
    if odd { FRAC_2_PI * (angle + sin * sum) } else { sin * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns 0.95 and 0.99 (two-sided) of the usual tables, to the digits printed there.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        let table = [
            (1, 12.706, 63.657),
            (2, 4.303, 9.925),
            (3, 3.182, 5.841),
            (4, 2.776, 4.604),
            (5, 2.571, 4.032),
            (9, 2.262, 3.250),
            (10, 2.228, 3.169),
            (19, 2.093, 2.861),
            (30, 2.042, 2.750),
            (100, 1.984, 2.626),
            (1000, 1.962, 2.581),
        ];
        for (freedom, at_95, at_99) in table {
            assert!((t_quantile(0.95, freedom) - at_95).abs() < 5e-4, "{freedom}");
            assert!((t_quantile(0.99, freedom) - at_99).abs() < 5e-4, "{freedom}");
        }
    }

    /// One degree: tan(π p / 2), Cauchy's. Two: p √(2 / (1 − p²)). Four has a closed form too (Shaw 2006, section 4).
    #[test]
    fn quantiles_are_the_closed_forms() {
        for p in [0.1, 0.5, 0.9, 0.95, 0.99, 0.9999] {
            let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-10 * b, "{p}: {a} {b}");
            near(t_quantile(p, 1), (FRAC_PI_2 * p).tan());
            near(t_quantile(p, 2), p * (2.0 / (1.0 - p * p)).sqrt());
            let alpha = (1.0 - p * p).sqrt();
            near(t_quantile(p, 4), 2.0 * ((alpha.acos() / 3.0).cos() / alpha - 1.0).sqrt());
        }
    }

    #[test]
    fn many_degrees_are_nearly_normal() {
        assert!((t_quantile(0.95, 100_000) - 1.959_963_985 - 2.37e-5).abs() < 1e-6);
    }

    #[test]
    fn estimates_by_hand() {
        // Mean 2, s² = 1, so 4.302653 / √3.
        let three = Estimate::of(&[1.0, 2.0, 3.0]);
        assert_eq!((three.n, three.mean), (3, 2.0));
        assert!((three.half_width - 4.302_652_73 / 3.0f64.sqrt()).abs() < 1e-8);
        let alike = Estimate::of(&[0.25; 4]);
        assert_eq!((alike.mean, alike.half_width), (0.25, 0.0));
        let one = Estimate::of(&[5.0]);
        assert!(one.mean == 5.0 && one.half_width.is_nan());
        let none = Estimate::of(&[]);
        assert!(none.n == 0 && none.mean.is_nan() && none.half_width.is_nan());
    }
}
