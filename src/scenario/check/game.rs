//! Checks of the game.

use super::{Checks, KnownGame};
use crate::games::normal_form::can_be_counted;
use crate::scenario::format::GameSpec;

impl Checks<'_> {
    /// Checks the game; returns what the other checks need of it, if that is known.
    pub(super) fn game(&mut self) -> Option<KnownGame> {
        let spec = self.spec;
        let Some((word, kind)) = spec.game.listed() else { return self.game_of_plugin() };
        let path = format!("game.{word}");
        let view = self.view;
        self.faults(&path, kind.faults(&|at| view.intact(&format!("{path}{at}"))));
        self.numbers(&path, &kind.numbers());
        self.doubts(&path, kind.doubts());
        let game = kind.game().ok().filter(|_| self.view.intact("game"))?;
        Some(KnownGame::of(&*game))
    }

    fn game_of_plugin(&mut self) -> Option<KnownGame> {
        let GameSpec::Custom { name, params } = &self.spec.game else { return None };
        let offers = &self.known.offered.games;
        let names: Vec<&str> = offers.keys().map(String::as_str).collect();
        self.name("game.Custom.name", "plugin game", name, &names);
        let offer = offers.get(name).filter(|_| self.view.intact("game"))?;
        match (offer.make)(params).and_then(|game| can_be_counted(&*game).map(|()| game)) {
            Ok(game) => Some(KnownGame::of(&*game)),
            Err(problem) => {
                self.error("game.Custom.params", format!("`{name}` refuses its parameters: {problem}"), "refused");
                None
            }
        }
    }
}
