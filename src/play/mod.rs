//! Matches and rounds in lockstep: noise, payoffs, books, the next observation; and what matches can be expected to
//! bring.

mod by_match;
mod by_pair;
mod by_script;
mod collective;
mod course;
mod expect;
pub mod odds;
#[cfg(test)]
mod odds_tests;
mod plugin;

pub use collective::CollectiveRange;
pub use course::{ACTIONS_MAX, RewardsByPopulation};
pub use expect::WantExpectedScores;
pub use plugin::PlayPlugin;

use crate::games::{Action, ILLEGAL};
use crate::world::{Opening, Rules};
use rand::{Rng, RngExt};

/// With probability `noise`, lets an action slip to one of the other actions, all equally likely. An illegal completion
/// stays as it is.
pub fn slip(action: Action, actions: usize, noise: f64, rng: &mut impl Rng) -> Action {
    if action == ILLEGAL || rng.random::<f64>() >= noise {
        return action;
    }
    let other = rng.random_range(0..actions as u32 - 1) as Action;
    if other >= action { other + 1 } else { other }
}

/// Draws the number of rounds of a match that continues with `probability` after each round, up to `at_most`.
pub fn draw_rounds(probability: f64, at_most: u32, rng: &mut impl Rng) -> u32 {
    let mut rounds = 1;
    while rounds < at_most && rng.random::<f64>() < probability {
        rounds += 1;
    }
    rounds
}

/// Draws the last actions that a match starts from: none, or made-up ones.
pub fn draw_opening(rules: &Rules, joint: &mut [Action], rng: &mut impl Rng) {
    match rules.opening {
        // Last moves depend on who sits where; the caller fills them in.
        Opening::Blank | Opening::LastMoves => joint.fill(ILLEGAL),
        Opening::MadeUp => {
            let actions = rules.game.actions().len() as u32;
            joint.fill_with(|| rng.random_range(0..actions) as Action);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};

    #[test]
    fn slips_happen_as_often_as_said_and_reach_every_other_action() {
        let mut rng = stream(3, Purpose::Noise, StreamKey::default());
        let mut counts = [0u32; 3];
        for _ in 0..30_000 {
            counts[slip(1, 3, 0.3, &mut rng) as usize] += 1;
        }
        // 30 % of 30,000 slips, half to each side; five standard errors are about 400.
        assert!((counts[1] as f64 - 21_000.0).abs() < 400.0, "{counts:?}");
        assert!((counts[0] as f64 - 4_500.0).abs() < 330.0, "{counts:?}");
        assert_eq!(slip(ILLEGAL, 3, 1.0, &mut rng), ILLEGAL);
        assert_eq!(slip(0, 2, 0.0, &mut rng), 0);
        assert_eq!(slip(0, 2, 1.0, &mut rng), 1);
    }

    #[test]
    fn match_length_is_geometric() {
        let mut rng = stream(3, Purpose::Horizon, StreamKey::default());
        let mean = (0..20_000).map(|_| f64::from(draw_rounds(0.8, 10_000, &mut rng))).sum::<f64>() / 20_000.0;
        // Mean 1 / (1 - 0.8) = 5, standard deviation √0.8 / 0.2 = 4.5; five standard errors are 0.16.
        assert!((mean - 5.0).abs() < 0.16, "{mean}");
        assert_eq!(draw_rounds(0.0, 10, &mut rng), 1);
        assert_eq!(draw_rounds(0.999_999, 7, &mut rng), 7);
    }

    #[test]
    fn matches_that_always_go_on_end_where_they_must() {
        let mut rng = stream(3, Purpose::Horizon, StreamKey::default());
        assert_eq!([1, 5].map(|at_most| draw_rounds(1.0, at_most, &mut rng)), [1, 5]);
        assert_eq!(draw_rounds(0.0, 5, &mut rng), 1);
    }

    #[test]
    fn openings_are_blank_or_made_up() {
        let game = std::sync::Arc::new(crate::games::catalog::game("stag_hunt").unwrap());
        let mut rules = Rules::new(game, crate::world::Horizon::Fixed(1));
        let mut rng = stream(3, Purpose::Opening, StreamKey::default());
        for (opening, is_legal) in [(Opening::Blank, false), (Opening::LastMoves, false), (Opening::MadeUp, true)] {
            rules.opening = opening;
            let mut joint = if is_legal { [ILLEGAL; 8] } else { [0; 8] };
            draw_opening(&rules, &mut joint, &mut rng);
            assert!(
                joint.iter().all(|&action| (action < 2) == is_legal && (action == ILLEGAL) != is_legal),
                "{joint:?}"
            );
        }
    }
}
