//! Memory-one strategies whose probabilities follow from the payoffs of the game.

use crate::games::Action;
use crate::policies::scripted::strategy::happens;
use crate::policies::scripted::{MatchView, Recall, Strategy};
use crate::rng::Stream;

/// Probabilities of cooperation under the name of the strategy that they were computed for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Computed {
    /// The name in outputs.
    pub name: &'static str,
    /// In the first round, and after CC, CD, DC and DD, the player's own action first.
    pub chances: [f64; 5],
}

impl Computed {
    fn chance(&self, recall: Recall) -> f64 {
        let place = match recall {
            Recall::Start => 0,
            Recall::Last { own, others } => 1 + usize::from(!own) * 2 + usize::from(!others),
        };
        self.chances[place]
    }
}

impl Strategy for Computed {
    fn name(&self) -> &str {
        self.name
    }

    fn decide(&self, view: &MatchView, rng: &mut Stream) -> Action {
        view.moves.action(happens(self.chance(view.recall()), rng))
    }

    fn cooperation(&self, recall: Recall) -> Option<f64> {
        Some(self.chance(recall))
    }

    fn draws(&self) -> bool {
        self.chances.iter().any(|&p| p > 0.0 && p < 1.0)
    }
}
