//! The best and the worst that the players of a match can get together.

use crate::games::Action;
use crate::world::Rules;
use bevy_ecs::prelude::Resource;

/// Largest and smallest sum of payoffs over joint actions, used to normalise regret; with more than two seats, only
/// how often each action occurs is varied, not who chooses it.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct CollectiveRange {
    /// The best the players can do together.
    pub max: f64,
    /// The worst.
    pub min: f64,
}

impl CollectiveRange {
    /// The range of `rules`' game.
    pub fn of(rules: &Rules) -> Self {
        let game = rules.game.as_ref();
        let (seats, actions) = (game.seats(), game.actions().len());
        let mut range = Self { max: f64::NEG_INFINITY, min: f64::INFINITY };
        let mut joint: Vec<Action> = vec![0; seats];
        let mut payoffs = vec![0.0; seats];
        // Non-decreasing joint actions stand for all orders of them where more than two seats are alike.
        let all_orders = seats == 2;
        loop {
            if all_orders || joint.is_sorted() {
                game.payoffs(&joint, &mut payoffs);
                let collective: f64 = payoffs.iter().sum();
                range.max = range.max.max(collective);
                range.min = range.min.min(collective);
            }
            let Some(digit) = joint.iter().rposition(|&a| usize::from(a) + 1 < actions) else { return range };
            joint[digit] += 1;
            let next = if all_orders { 0 } else { joint[digit] };
            joint[digit + 1..].fill(next);
        }
    }

    /// How far `collective` falls short of the best, 0 to 1.
    pub fn shortfall(&self, collective: f64) -> f64 {
        if self.max > self.min { (self.max - collective) / (self.max - self.min) } else { 0.0 }
    }
}
