//! When a reward term is in force.

/// When and how strongly a term counts, by tick.
///
/// The weight is 0 before `from` and from `until` on. Between, it grows linearly over the first `ramp` ticks, stays at
/// `weight`, and falls linearly over the last `fade` ticks. With `ramp: 0` it is `weight` at once, with `fade: 0` to
/// the end. A ramp and a fade over the same ticks mirror each other: at every tick, what one has gained the other has
/// lost.
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
    /// Ticks before `until` over which it falls to 0.
    pub fade: u32,
}

impl Phase {
    /// The weight at `tick`.
    pub fn at(&self, tick: u32) -> f64 {
        if tick < self.from || self.until.is_some_and(|until| tick >= until) {
            return 0.0;
        }
        let (age, left) = (tick - self.from, self.until.map_or(u32::MAX, |until| until - tick));
        let part =
            |done: u32, of: u32| if done >= of { self.weight } else { self.weight * f64::from(done) / f64::from(of) };
        f64::min(part(age, self.ramp), part(left, self.fade))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_zero_outside_its_phase_and_ramps_up_inside() {
        let at_once = Phase { weight: 2.0, from: 3, until: Some(6), ramp: 0, fade: 0 };
        assert_eq!([0, 2, 3, 5, 6, 9].map(|tick| at_once.at(tick)), [0.0, 0.0, 2.0, 2.0, 0.0, 0.0]);
        let ramped = Phase { weight: 2.0, from: 3, until: None, ramp: 4, fade: 0 };
        assert_eq!([2, 3, 4, 5, 6, 7, 99].map(|tick| ramped.at(tick)), [0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.0]);
    }

    #[test]
    fn a_fade_mirrors_a_ramp_over_the_same_ticks() {
        let fading = Phase { weight: 2.0, from: 0, until: Some(7), ramp: 0, fade: 4 };
        assert_eq!([0, 2, 3, 4, 5, 6, 7].map(|tick| fading.at(tick)), [2.0, 2.0, 2.0, 1.5, 1.0, 0.5, 0.0]);
        let growing = Phase { weight: 2.0, from: 3, until: None, ramp: 4, fade: 0 };
        for tick in 0..12 {
            assert_eq!(fading.at(tick) + growing.at(tick), 2.0, "{tick}");
        }
        let both = Phase { weight: 1.0, from: 2, until: Some(8), ramp: 2, fade: 2 };
        assert_eq!([1, 2, 3, 4, 5, 6, 7, 8].map(|tick| both.at(tick)), [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]);
    }
}
