//! Checks of the game.

use super::{Checks, KnownGame};
use crate::games::matrix::MatrixGame;
use crate::games::normal_form::can_be_counted;
use crate::scenario::format::GameSpec;

/// Actions are numbered by bytes, and the largest byte means an illegal one.
pub(super) const ACTIONS_MAX: usize = 255;

/// Co-operators are counted in a byte, and round-robin groups grow with the power of this.
const PLAYERS_MAX: usize = 255;

impl Checks<'_> {
    /// Checks the game; returns what the other checks need of it, if that is known.
    pub(super) fn game(&mut self) -> Option<KnownGame> {
        let spec = self.spec;
        let game = match &spec.game {
            GameSpec::Named(name) => {
                let names: Vec<&str> = self.known.games.iter().map(|game| &*game.name).collect();
                self.name("game.Named", "game", name, &names);
                self.known.games.iter().find(|game| game.name == *name).cloned()
            }
            GameSpec::Matrix { name, actions, payoffs, cooperative } => {
                self.matrix(name, actions, payoffs, cooperative)
            }
            GameSpec::PublicGoods { players, multiplier, endowment } => {
                self.public_goods(*players, *multiplier, *endowment)
            }
            GameSpec::Custom { name, params } => {
                let offers = &self.known.offered.games;
                let names: Vec<&str> = offers.keys().map(String::as_str).collect();
                self.name("game.Custom.name", "plugin game", name, &names);
                let made = offers
                    .get(name)
                    .filter(|_| self.view.intact("game"))
                    .map(|offer| (offer.make)(params).and_then(|game| can_be_counted(game.as_ref()).map(|()| game)));
                match made? {
                    Ok(game) => Some(KnownGame::of(game.as_ref())),
                    Err(problem) => {
                        self.error("game.Custom.params", format!("`{name}` refuses them: {problem}"), "refused");
                        None
                    }
                }
            }
        };
        game.filter(|_| self.view.intact("game"))
    }

    fn matrix(
        &mut self,
        name: &str,
        actions: &[String],
        payoffs: &[Vec<(f64, f64)>],
        cooperative: &[String],
    ) -> Option<KnownGame> {
        let path = "game.Matrix.payoffs";
        if name.trim().is_empty() {
            self.error("game.Matrix.name", "a game without a name", "expected a name for the outputs");
        }
        self.printable("game.Matrix.name", "the name", name);
        let size = actions.len();
        if !(2..=ACTIONS_MAX).contains(&size) {
            let label = format!("expected 2 to {ACTIONS_MAX} actions");
            self.error("game.Matrix.actions", format!("{size} actions make no game"), label);
            return None;
        }
        for (i, action) in actions.iter().enumerate() {
            let path = format!("game.Matrix.actions[{i}]");
            if action.trim().is_empty() {
                self.error(&path, "an action without a name", "expected a word");
            } else if actions[..i].contains(action) {
                self.error(&path, format!("two actions are named `{action}`"), "expected another name");
            }
            self.printable(&path, "the action", action);
        }
        if self.view.intact("game.Matrix.actions") {
            if payoffs.len() != size {
                let message = format!("the matrix has {} rows, the game {size} actions", payoffs.len());
                self.error(path, message, format!("expected {size} rows, one per action"));
            }
            for (row, cells) in payoffs.iter().enumerate() {
                if cells.len() != size {
                    let message = format!("row {row} has {} cells, the game {size} actions", cells.len());
                    self.error(&format!("{path}[{row}]"), message, format!("expected {size} cells `(own, other's)`"));
                }
            }
            let names: Vec<&str> = actions.iter().map(String::as_str).collect();
            for (i, action) in cooperative.iter().enumerate() {
                self.name(&format!("game.Matrix.cooperative[{i}]"), "action", action, &names);
            }
            if names.iter().all(|name| cooperative.iter().any(|listed| listed == name)) {
                let message = "every action counts as cooperation";
                self.error("game.Matrix.cooperative", message, "leave out at least one, which counts as defection");
            }
        }
        for (row, cells) in payoffs.iter().enumerate() {
            for (column, (own, other)) in cells.iter().enumerate() {
                self.amount(&format!("{path}[{row}][{column}][0]"), "a payoff", *own);
                self.amount(&format!("{path}[{row}][{column}][1]"), "a payoff", *other);
            }
        }
        MatrixGame::new(name, actions, payoffs, cooperative).ok().map(|game| KnownGame::of(&game))
    }

    fn public_goods(&mut self, players: usize, multiplier: f64, endowment: f64) -> Option<KnownGame> {
        let path = "game.PublicGoods";
        let players_fit = (3..=PLAYERS_MAX).contains(&players);
        if !players_fit {
            let message = format!("a public good among {players} players");
            let label = format!("expected 3 to {PLAYERS_MAX}; two players play a matrix game");
            self.error(&format!("{path}.players"), message, label);
        }
        self.positive(&format!("{path}.multiplier"), "multiplier", multiplier);
        self.positive(&format!("{path}.endowment"), "endowment", endowment);
        let dilemma = multiplier > 1.0 && multiplier < players as f64;
        if players_fit && multiplier > 0.0 && !dilemma {
            let message = "this public good is no dilemma";
            self.warn(&format!("{path}.multiplier"), message, format!("a dilemma lies between 1 and {players}"));
        }
        players_fit.then(|| KnownGame {
            name: "public_goods".into(),
            actions: 2,
            seats: players,
            symmetric: true,
            dilemma: Some(dilemma),
            prisoners_order: false,
        })
    }
}
