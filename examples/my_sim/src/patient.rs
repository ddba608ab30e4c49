//! A strategy that forgives a number of defections.

use agora::prelude::*;

/// Cooperates until the others have defected more than `forgives` times in the match.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Patient {
    /// Rounds with a defection that it lets pass.
    forgives: u32,
}

impl Strategy for Patient {
    fn name(&self) -> &str {
        "patient"
    }

    fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
        let defections = view.others_cooperated().filter(|cooperated| !cooperated).count();
        view.moves.action(defections <= self.forgives as usize)
    }

    /// It counts, so the last round does not tell what it does.
    fn cooperation(&self, _: Recall) -> Option<f64> {
        None
    }

    fn draws(&self) -> bool {
        false
    }
}

/// Offers the strategy.
pub fn plugin(app: &mut App) {
    let about = "Cooperates until the others have defected more than `forgives` times in the match.";
    app.add_strategy("patient", about, |own: Patient| Ok(own));
}
