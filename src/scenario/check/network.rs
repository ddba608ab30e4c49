//! Checks of agents with networks.

use super::{Checks, KnownGame};
use crate::policies::network::q_network::QNetworkConfig;
use crate::scenario::format::{HorizonSpec, OpeningSpec};

/// Most hidden units: larger networks would learn no better from one or two bits, and take as much memory as a language
/// model.
const HIDDEN_MAX: u32 = 1 << 14;

impl Checks<'_> {
    pub(super) fn q_network(&mut self, path: &str, config: &QNetworkConfig, game: Option<&KnownGame>) {
        if !(1..=HIDDEN_MAX).contains(&config.hidden) {
            let message = format!("`hidden` {} is out of range", config.hidden);
            self.error(&format!("{path}.hidden"), message, format!("expected 1 to {HIDDEN_MAX}"));
        }
        self.rate(&format!("{path}.lr"), config.lr);
        self.below_one(&format!("{path}.discount"), "`discount`", config.discount);
        self.probability(&format!("{path}.epsilon"), config.epsilon);
        self.probability(&format!("{path}.selection_epsilon"), config.selection_epsilon);
        if let Some(game) = game.filter(|game| game.seats != 2) {
            let message = format!("this network answers one opponent; `{}` seats {}", game.name, game.seats);
            self.error(path, message, "expected a game for two");
        }
        let sees_nothing = self.spec.opening == OpeningSpec::Blank && self.spec.rounds == HorizonSpec::Fixed(1);
        if sees_nothing && self.view.intact("opening") && self.view.intact("rounds") {
            let message = "with one round and a blank opening a network never sees a move, and never learns";
            self.error(path, message, "expected `opening: LastMoves` or more rounds");
        }
    }
}
