//! Means and their uncertainty over independent runs.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};
use std::sync::OnceLock;

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
        Self { n, mean, half_width: t_of_intervals(freedom) * standard_error }
    }

    /// The ends of the interval, cut at `bounds`, the smallest and the largest value that the measure can have; NaN for
    /// fewer than two values.
    pub fn interval(&self, bounds: [f64; 2]) -> [f64; 2] {
        // `max` and `min` would turn NaN into a bound.
        if self.half_width.is_nan() {
            return [f64::NAN; 2];
        }
        [(self.mean - self.half_width).max(bounds[0]), (self.mean + self.half_width).min(bounds[1])]
    }

    /// Whether the interval excludes 0.
    pub fn leaves_out_zero(&self) -> bool {
        self.mean.abs() > self.half_width
    }

    /// The chance of a mean at least as far from 0 if the true mean is 0 (two-sided t test; for differences by seed,
    /// the paired one); NaN for fewer than two values, or values that are all alike.
    pub fn p_value(&self) -> f64 {
        if self.n < 2 || self.half_width.is_nan() || self.half_width == 0.0 {
            return f64::NAN;
        }
        let freedom = self.n as u64 - 1;
        let t = (self.mean / self.half_width).abs() * t_of_intervals(freedom);
        (1.0 - mass_within((t / (freedom as f64).sqrt()).atan(), freedom)).max(0.0)
    }
}

/// a − b, which is 0 if the two differ by no more than rounding: the tables hold six decimals.
pub fn difference(a: f64, b: f64) -> f64 {
    const ROUNDING: f64 = 1e-9;
    if (a - b).abs() <= ROUNDING * a.abs().max(b.abs()).max(1.0) { 0.0 } else { a - b }
}

/// Student's t of the intervals for `freedom` degrees of freedom, found once for each of the usual numbers of runs.
fn t_of_intervals(freedom: u64) -> f64 {
    /// Runs of a group are seldom more, and a number of them is shared by thousands of columns.
    const KEPT: usize = 128;
    static FOUND: [OnceLock<f64>; KEPT] = [const { OnceLock::new() }; KEPT];
    let find = || t_quantile(CONFIDENCE, freedom);
    FOUND.get(freedom as usize).map_or_else(find, |found| *found.get_or_init(find))
}

/// The bounds of a measure that has none.
pub const UNBOUNDED: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
/// The bounds of a share or a probability.
pub const SHARE: [f64; 2] = [0.0, 1.0];

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

    /// The paired t test of R's `sleep` data (Student 1908): t = 4.0621 on 9 degrees of freedom, p = 0.002833.
    #[test]
    fn p_values_are_those_of_the_paired_t_test() {
        let differences = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let estimate = Estimate::of(&differences);
        assert!((estimate.p_value() - 0.002_833).abs() < 5e-7, "{}", estimate.p_value());
        assert!(estimate.leaves_out_zero());
        // At the edge of the interval, p is 1 − the confidence.
        for n in [2, 3, 10, 31] {
            let edge = Estimate { n, mean: 0.3, half_width: 0.3 };
            assert!((edge.p_value() - 0.05).abs() < 1e-9 && !edge.leaves_out_zero(), "{n}: {}", edge.p_value());
        }
        for none in [Estimate::of(&[1.0]), Estimate::of(&[]), Estimate::of(&[1.0, 1.0])] {
            assert!(none.p_value().is_nan());
        }
        assert!(Estimate::of(&[1.0, 1.0]).leaves_out_zero() && !Estimate::of(&[1.0]).leaves_out_zero());
    }

    #[test]
    fn intervals_of_shares_stay_within_0_and_1() {
        let estimate = Estimate { n: 3, mean: 0.8, half_width: 0.4 };
        assert_eq!(estimate.interval(SHARE), [0.4, 1.0]);
        assert_eq!(Estimate { mean: 0.1, ..estimate }.interval(SHARE), [0.0, 0.5]);
        assert_eq!(Estimate { mean: 2.0, ..estimate }.interval(UNBOUNDED), [1.6, 2.4]);
        assert!(Estimate::of(&[0.5]).interval(SHARE)[0].is_nan());
    }

    #[test]
    fn quantiles_that_are_kept_are_those_that_are_found() {
        for freedom in [1, 2, 127, 128, 1000] {
            for _ in 0..2 {
                assert_eq!(t_of_intervals(freedom), t_quantile(CONFIDENCE, freedom), "{freedom}");
            }
        }
    }

    #[test]
    fn differences_within_rounding_are_none() {
        assert_eq!(difference(0.1 + 0.2, 0.3), 0.0);
        assert_eq!(difference(1e6 + 1e-4, 1e6), 0.0);
        assert_eq!([difference(0.75, 0.5), difference(0.5, 0.75)], [0.25, -0.25]);
        assert!(difference(f64::NAN, 0.0).is_nan());
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
