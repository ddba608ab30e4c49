//! What the tests of rules share.

use crate::rng::{Purpose, StreamKey, stream};
use crate::world::UpdateRule;

/// The share of `repeats` in which one defector among 20 players of a one-shot prisoner's dilemma (3, 0, 5, 1) takes
/// over, where fitness is the mean payoff against the 19 others.
pub(super) fn fixations(rule: &dyn UpdateRule, repeats: u32) -> f64 {
    let n = 20;
    let taken = (0..repeats).filter(|&repeat| {
        let rng = &mut stream(u64::from(repeat), Purpose::Evolution, StreamKey::default());
        let mut defects = vec![false; n];
        defects[7] = true;
        loop {
            let d = defects.iter().filter(|defects| **defects).count() as f64;
            if d == 0.0 || d == n as f64 {
                return d > 0.0;
            }
            let c = n as f64 - d;
            let others = n as f64 - 1.0;
            let (cooperator, defector) = ((3.0 * (c - 1.0)) / others, (5.0 * c + (d - 1.0)) / others);
            let fitness: Vec<f64> = defects.iter().map(|&d| if d { defector } else { cooperator }).collect();
            for birth in rule.births(&fitness, rng) {
                defects[birth.child.index()] = defects[birth.parent.index()];
            }
        }
    });
    taken.count() as f64 / f64::from(repeats)
}
