//! What agents are paid in the generation that is going on.

use super::{Evolution, FitnessSpec};
use crate::world::{Account, Clock, Ledger, TermNames};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// Fitness and decisions of every agent since its generation began.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lives(pub Vec<(f64, u64)>);

/// Adds the tick to every agent's life.
pub(super) fn live(
    clock: Res<Clock>,
    evolution: Res<Evolution>,
    terms: Res<TermNames>,
    ledger: Res<Ledger>,
    mut lives: ResMut<Lives>,
) {
    if clock.tick < evolution.spec.burn_in {
        return;
    }
    let term = match &evolution.spec.fitness {
        FitnessSpec::Term(name) => terms.0.iter().position(|term| term == name),
        _ => None,
    };
    let of = |account: &Account| match (&evolution.spec.fitness, term) {
        (FitnessSpec::Payoff, _) => account.payoff,
        (FitnessSpec::Reward, _) => account.reward,
        (FitnessSpec::Term(_), term) => term.map_or(0.0, |term| account.paid(term)),
    };
    lives.0.resize(ledger.accounts.len(), (0.0, 0));
    for ((sum, decisions), account) in lives.0.iter_mut().zip(&ledger.accounts) {
        *sum += of(account);
        *decisions += account.decisions;
    }
}
