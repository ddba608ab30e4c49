//! How strategies act that look at the last round alone.

use super::{Moves, Strategy};
use crate::world::{Behaviour, Rules};

/// The chance that `strategy` cooperates after the observation with this `index`; `None` if it depends on more.
pub(super) fn chance(strategy: &dyn Strategy, moves: Moves, rules: &Rules, index: usize) -> Option<f64> {
    let recall = moves.recall(rules.observations.get(index));
    match &rules.reputation {
        None => strategy.cooperation(recall),
        Some(of) => strategy.cooperation_towards(recall, of.norm.is_good(rules.observations.reputation(index))),
    }
}

/// How `strategy` acts in the game of `rules` by its `moves`; unknown where it depends on more than the last round.
pub fn behaviour_of(strategy: &dyn Strategy, moves: Moves, rules: &Rules) -> Behaviour {
    let observations = 0..rules.observations.len();
    let chances: Option<Vec<f64>> = observations.map(|i| chance(strategy, moves, rules, i)).collect();
    chances.map_or_else(Behaviour::default, |chances| {
        let mut table = Vec::new();
        for p in chances {
            let mut row = vec![0.0; rules.game.actions().len() + 1];
            row[usize::from(moves.cooperate)] = p.clamp(0.0, 1.0);
            row[usize::from(moves.defect)] = 1.0 - p.clamp(0.0, 1.0);
            table.extend(row);
        }
        Behaviour::new(1, rules.game.actions().len(), vec![table])
    })
}
