//! Pays reward terms to the agents that carry them.

use super::{MoralTerm, RoundView};
use crate::games::ILLEGAL;
use crate::world::schedule::{Round, RoundSystems, Tick, next_term_place};
use crate::world::{
    AgentId, Clock, Decisions, Heritage, IllegalReward, Phase, PossibleRound, RewardTable, Rewards, Roster, Rules,
    TermNames, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use std::marker::PhantomData;

/// An agent's reward term and when it is in force.
#[derive(Component, Clone, Debug)]
pub struct Moral<T: MoralTerm> {
    /// The rule.
    pub term: T,
    /// Weight and phase.
    pub phase: Phase,
}

/// Registers the term `T`: a column of its own, the system that pays it, and the system that says beforehand what it
/// would pay.
pub struct MoralTermPlugin<T>(PhantomData<fn() -> T>);

impl<T> Default for MoralTermPlugin<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: MoralTerm> Plugin for MoralTermPlugin<T> {
    fn build(&self, app: &mut App) {
        let (place, column) = next_term_place(app);
        app.world_mut().get_resource_or_init::<TermNames>().0.push(T::NAME);
        let mut heritage = app.world_mut().get_resource_or_init::<Heritage>();
        heritage.numbers(T::NAME, weight::<T>, give_weight::<T>);
        let pay = move |played: Played, payees: Query<(&AgentId, &Moral<T>)>, mut rewards: ResMut<Rewards>| {
            pay_term(column, &played, &payees, &mut rewards);
        };
        app.add_systems(Round, pay.in_set(place.clone()));
        let tabulate =
            move |clock: Res<Clock>, rules: Res<Rules>, mut payees: Query<(Option<&Moral<T>>, &mut RewardTable)>| {
                for (moral, mut table) in &mut payees {
                    if table.terms.len() <= column {
                        table.terms.resize_with(column + 1, Vec::new);
                    }
                    table.terms[column] = moral.map_or_else(Vec::new, |moral| tabulate_term(&clock, &rules, moral));
                }
            };
        app.add_systems(Tick, tabulate.in_set(place));
    }
}

/// The weight of an agent's term; `None` if it has no such term.
fn weight<T: MoralTerm>(agent: EntityRef) -> Option<Vec<f64>> {
    agent.get::<Moral<T>>().map(|moral| vec![moral.phase.weight])
}

/// Gives an agent's term another weight.
fn give_weight<T: MoralTerm>(agent: &mut EntityWorldMut, numbers: &[f64]) {
    if let (Some(mut moral), &[weight]) = (agent.get_mut::<Moral<T>>(), numbers) {
        moral.phase.weight = weight;
    }
}

/// Adds up what the terms paid.
pub struct RewardSumPlugin;

impl Plugin for RewardSumPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Rewards>().init_resource::<TermNames>();
        app.add_systems(Round, sum_terms.in_set(RoundSystems::Sum));
    }
}

/// The round that was just played.
#[derive(SystemParam)]
struct Played<'w> {
    clock: Res<'w, Clock>,
    rules: Res<'w, Rules>,
    roster: Res<'w, Roster>,
    tournament: Res<'w, Tournament>,
    decisions: Res<'w, Decisions>,
}

/// Pays one term to every live seat whose agent carries it and acted legally.
fn pay_term<T: MoralTerm>(
    column: usize,
    played: &Played,
    payees: &Query<(&AgentId, &Moral<T>)>,
    rewards: &mut Rewards,
) {
    if payees.is_empty() {
        return;
    }
    let Played { clock, rules, roster, tournament, decisions } = played;
    let mut terms: Vec<Option<(&T, f64)>> = vec![None; roster.0.len()];
    for (agent, moral) in payees {
        let weight = moral.phase.at(clock.tick);
        if weight != 0.0 {
            terms[agent.index()] = Some((&moral.term, weight));
        }
    }
    for live in tournament.live_seats() {
        let Some((term, weight)) = terms[live.agent.index()] else { continue };
        if decisions.0[live.seat] == ILLEGAL {
            continue;
        }
        let seats = tournament.seats_in(live.match_index);
        let view = RoundView {
            game: rules.game.as_ref(),
            seat: live.seat - seats.start,
            joint: &decisions.0[seats.clone()],
            payoffs: &rewards.payoffs[seats.clone()],
            seen: rules.judged(live.seat - seats.start, tournament.seen[live.seat]),
        };
        rewards.terms[column][live.seat] = weight * term.reward(&view);
    }
}

/// The weighted reward that a term pays for each of [`RewardTable::rounds`]; empty while the term is not in force.
fn tabulate_term<T: MoralTerm>(clock: &Clock, rules: &Rules, moral: &Moral<T>) -> Vec<f64> {
    let weight = moral.phase.at(clock.tick);
    if weight == 0.0 || rules.game.seats() != 2 {
        return Vec::new();
    }
    tabulate(rules, &moral.term, weight)
}

/// The reward, `weight` times, that `term` pays for each of [`RewardTable::rounds`] of a game of two players.
pub(super) fn tabulate<T: MoralTerm>(rules: &Rules, term: &T, weight: f64) -> Vec<f64> {
    let reward = |PossibleRound { seat, observation, own, other }: PossibleRound| {
        let joint = if seat == 0 { [own, other] } else { [other, own] };
        let mut payoffs = [0.0; 2];
        if other != ILLEGAL {
            rules.game.payoffs(&joint, &mut payoffs);
        }
        let seen = rules.judged(seat, rules.observations.get(observation));
        weight * term.reward(&RoundView { game: rules.game.as_ref(), seat, joint: &joint, payoffs: &payoffs, seen })
    };
    RewardTable::rounds(rules).map(reward).collect()
}

/// Reward = sum of the terms, in the order of their columns; an illegal completion gets only the illegal reward.
fn sum_terms(
    roster: Res<Roster>,
    tournament: Res<Tournament>,
    decisions: Res<Decisions>,
    fines: Query<(&AgentId, &IllegalReward)>,
    mut rewards: ResMut<Rewards>,
) {
    let mut illegal_reward = vec![0.0; roster.0.len()];
    for (agent, fine) in &fines {
        illegal_reward[agent.index()] = fine.0;
    }
    let rewards = &mut *rewards;
    for live in tournament.live_seats() {
        rewards.total[live.seat] = if decisions.0[live.seat] == ILLEGAL {
            illegal_reward[live.agent.index()]
        } else {
            rewards.terms.iter().map(|column| column[live.seat]).sum()
        };
    }
}
