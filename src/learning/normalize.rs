//! Means and spreads of numbers, in one pass over a batch or running over many.

use serde::{Deserialize, Serialize};

/// Spreads below this share of the numbers' size (or below this value itself, for numbers smaller than 1) are rounding,
/// not information: an advantage computed from them is 0, because Adam would blow noise up to full steps.
pub const SPREAD_FLOOR: f64 = 1e-8;

/// Count, mean and sum of squared deviations of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many numbers there are; expected ones need not be whole.
    pub count: f64,
    /// Their mean; 0 when there are none.
    pub mean: f64,
    /// Σ (x − mean)².
    pub squares: f64,
}

impl Moments {
    /// Adds one number (Welford 1962).
    pub fn add(&mut self, x: f64) {
        self.count += 1.0;
        let delta = x - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (x - self.mean);
    }

    /// `count` numbers of this mean and variance (divisor n).
    pub fn of(count: f64, mean: f64, variance: f64) -> Self {
        Self { count, mean, squares: count * variance }
    }

    /// The same numbers, each minus `x`.
    pub fn less(self, x: f64) -> Self {
        Self { mean: self.mean - x, ..self }
    }

    /// Adds all numbers of `other` (Chan, Golub and LeVeque 1979).
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        let (n, m) = (self.count, other.count);
        let delta = other.mean - self.mean;
        self.squares += other.squares + delta * delta * n * m / (n + m);
        self.mean += delta * m / (n + m);
        self.count += other.count;
    }

    /// Variance with divisor n; 0 when there are no numbers.
    pub fn variance(&self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.squares / self.count }
    }

    /// Standard deviation with divisor n, or `None` where it is below the [floor](SPREAD_FLOOR).
    pub fn spread(&self) -> Option<f64> {
        Some(self.variance().sqrt()).filter(|sd| *sd >= floor(self.mean))
    }

    /// Standard deviation with divisor n − 1, or `None` where it is below the [floor](SPREAD_FLOOR).
    pub fn sample_spread(&self) -> Option<f64> {
        if self.count < 2.0 {
            return None;
        }
        Some((self.squares / (self.count - 1.0)).sqrt()).filter(|sd| *sd >= floor(self.mean))
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut moments = Self::default();
        for x in numbers {
            moments.add(x);
        }
        moments
    }
}

/// The smallest difference that is meaningful among numbers of the size of `scale`.
pub fn floor(scale: f64) -> f64 {
    SPREAD_FLOOR * scale.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand() {
        // 1, 2, 3, 6: mean 3, squared deviations 4 + 1 + 0 + 9 = 14.
        let moments: Moments = [1.0, 2.0, 3.0, 6.0].into_iter().collect();
        assert_eq!((moments.count, moments.mean), (4.0, 3.0));
        assert!((moments.squares - 14.0).abs() < 1e-12);
        assert!((moments.spread().expect("spread") - 3.5f64.sqrt()).abs() < 1e-12);
        assert!((moments.sample_spread().expect("spread") - (14.0f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn merging_equals_adding() {
        let numbers = [0.3, -1.7, 2.25, 8.0, -0.125, 4.5];
        for cut in 0..=numbers.len() {
            let mut merged: Moments = numbers[..cut].iter().copied().collect();
            merged.merge(&numbers[cut..].iter().copied().collect());
            let whole: Moments = numbers.into_iter().collect();
            assert_eq!(merged.count, whole.count);
            assert!((merged.mean - whole.mean).abs() < 1e-12 && (merged.squares - whole.squares).abs() < 1e-10);
        }
    }

    #[test]
    fn rounding_is_no_spread() {
        assert_eq!([0.1; 7].into_iter().collect::<Moments>().spread(), None);
        assert_eq!([1e9, 1e9 + 1e-6].into_iter().collect::<Moments>().spread(), None);
        assert_eq!(Moments::default().spread(), None);
        assert_eq!([1.0].into_iter().collect::<Moments>().sample_spread(), None);
        assert!([0.1, 0.2].into_iter().collect::<Moments>().spread().is_some());
    }
}
