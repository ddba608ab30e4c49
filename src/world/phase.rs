//! When a reward term is in force.

/// When and how strongly a term counts, by tick.
///
/// The weight is 0 before `from` and from `until` on; between, it grows linearly over the first `ramp` ticks
/// and then stays at `weight`. With `ramp: 0` it is `weight` at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// The full weight.
    pub weight: f64,
    /// First tick in force.
    pub from: u32,
    /// First tick no longer in force.
    pub until: Option<u32>,
    /// Ticks it takes to reach the full weight.
    pub ramp: u32,
}

impl Phase {
    /// The weight at `tick`.
    pub fn at(&self, tick: u32) -> f64 {
        if tick < self.from || self.until.is_some_and(|until| tick >= until) {
            return 0.0;
        }
        let age = tick - self.from;
        if age >= self.ramp { self.weight } else { self.weight * f64::from(age) / f64::from(self.ramp) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_zero_outside_its_phase_and_ramps_up_inside() {
        let at_once = Phase { weight: 2.0, from: 3, until: Some(6), ramp: 0 };
        assert_eq!([0, 2, 3, 5, 6, 9].map(|tick| at_once.at(tick)), [0.0, 0.0, 2.0, 2.0, 0.0, 0.0]);
        let ramped = Phase { weight: 2.0, from: 3, until: None, ramp: 4 };
        assert_eq!([2, 3, 4, 5, 6, 7, 99].map(|tick| ramped.at(tick)), [0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.0]);
    }
}
