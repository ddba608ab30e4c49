//! Helpers shared by the tests of this crate. Integration tests include this very file.

use proptest::test_runner::{Config, RngSeed};

/// The environment variable that gives property tests another seed: a whole number.
const SEED: &str = "AGORA_TEST_SEED";

/// Settings for the draws of property tests: `cases` of them, the same every time, so that a passing suite does not
/// fail one day because of an unlucky draw, and a failing one can be run again. The environment variable [`SEED`] gives
/// another seed.
pub(crate) fn property_config(cases: u32) -> Config {
    let seed = match std::env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED} is `{text}`, expected a whole number")),
        Err(_) => 17,
    };
    Config { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() }
}

/// Whether Linux lists `flag` for this processor; elsewhere nothing is listed.
pub(crate) fn processor_has(flag: &str) -> bool {
    let listed = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    listed.lines().find(|line| line.starts_with("flags")).is_some_and(|line| line.split(' ').any(|word| word == flag))
}

/// Checks that two numbers are within `tolerance` of each other, or equal (infinities).
#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!(found == expected || (found - expected).abs() <= tolerance, "{found} is not {expected} within {tolerance}");
}

/// Checks that two lists have the same length, at least one number, and numbers within `tolerance` of each other.
#[track_caller]
pub(crate) fn assert_close<A, B>(found: &[A], expected: &[B], tolerance: f64)
where
    A: Copy + Into<f64>,
    B: Copy + Into<f64>,
{
    assert_eq!(found.len(), expected.len(), "as many numbers as expected");
    assert!(!expected.is_empty(), "nothing was compared");
    let pairs = found.iter().zip(expected).map(|(&found, &expected)| (found.into(), expected.into()));
    for (place, (found, expected)) in pairs.enumerate() {
        let is_near = found == expected || (found - expected).abs() <= tolerance;
        assert!(is_near, "number {place}: {found} is not {expected} within {tolerance}");
    }
}

mod tests {
    use super::{assert_close, assert_near, property_config};
    use proptest::prelude::{Strategy, any};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    #[test]
    fn property_tests_draw_the_same_every_time() {
        let draws = || {
            let mut runner = TestRunner::new(property_config(1));
            [(); 4].map(|()| any::<u64>().new_tree(&mut runner).unwrap().current())
        };
        assert_eq!(draws(), draws());
    }

    #[test]
    fn near_numbers_are_accepted() {
        assert_near(1.0, 1.1, 0.2);
        assert_close(&[1.0f32, f32::INFINITY], &[1.1f64, f64::INFINITY], 0.2);
    }

    #[test]
    #[should_panic = "as many numbers"]
    fn lists_of_other_lengths_are_refused() {
        assert_close(&[1.0], &[1.0, 2.0], 1.0);
    }

    #[test]
    #[should_panic = "nothing was compared"]
    fn empty_lists_are_refused() {
        assert_close::<f64, f64>(&[], &[], 1.0);
    }

    #[test]
    #[should_panic = "number 1"]
    fn what_is_not_a_number_is_near_nothing() {
        assert_close(&[1.0, f64::NAN], &[1.0, f64::NAN], 1.0);
    }
}
