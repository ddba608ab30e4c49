//! Pays reward terms to the agents that carry them.

use super::{MoralTerm, RoundView, Schedule};
use crate::games::{Action, ILLEGAL, Observation};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems, next_term_place};
use crate::world::{
    AgentId, Clock, Decisions, IllegalReward, LearnsByRound, PlayOrder, RewardTable, Rewards, Roster, Rules, TermNames,
    Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use std::marker::PhantomData;

/// An agent's reward term and when it is in force.
#[derive(Component, Clone, Debug)]
pub struct Moral<T: MoralTerm> {
    /// The rule.
    pub term: T,
    /// Weight and phase.
    pub schedule: Schedule,
}

/// Makes the term `T` known: a column of its own and the system that pays it.
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
        app.world_mut().get_resource_or_init::<TermRules>().0.push(term_of::<T>);
        let pay = move |clock: Res<Clock>,
                        rules: Res<Rules>,
                        roster: Res<Roster>,
                        tournament: Res<Tournament>,
                        decisions: Res<Decisions>,
                        payees: Query<(&AgentId, &Moral<T>)>,
                        mut rewards: ResMut<Rewards>| {
            pay_term(column, &clock, &rules, roster.0.len(), &tournament, &decisions, &payees, &mut rewards);
        };
        app.add_systems(Round, pay.in_set(place));
    }
}

/// What the agent behind a component pays itself for a round at a tick, weighted; none without the term in force.
type TermRule = fn(EntityRef, u32, &RoundView) -> Option<f64>;

/// The rules of the registered terms, in the order of their columns.
#[derive(Resource, Default)]
struct TermRules(Vec<TermRule>);

fn term_of<T: MoralTerm>(agent: EntityRef, tick: u32, round: &RoundView) -> Option<f64> {
    let moral = agent.get::<Moral<T>>()?;
    let weight = moral.schedule.at(tick);
    (weight != 0.0).then(|| weight * moral.term.reward(round))
}

/// Adds up what the terms paid.
pub struct RewardSumPlugin;

impl Plugin for RewardSumPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Rewards>().init_resource::<TermNames>();
        app.add_systems(Round, sum_terms.in_set(RoundSystems::Sum));
        let by_match = resource_equals(PlayOrder::MatchByMatch);
        app.init_resource::<TermRules>().init_resource::<PlayOrder>();
        app.add_systems(Tick, tabulate_rewards.in_set(TickSystems::Tabulate).run_if(by_match));
    }
}

/// Gives every agent that learns by round the table of its rewards, for a game of two.
fn tabulate_rewards(world: &mut World) {
    let (rules, tick) = (world.resource::<Rules>().clone(), world.resource::<Clock>().tick);
    let rounds = every_round(&rules);
    let mut tables = Vec::new();
    let mut learners = world.query_filtered::<EntityRef, With<LearnsByRound>>();
    for agent in learners.iter(world) {
        let mut table = RewardTable { terms: Vec::new(), total: vec![0.0; rounds.len()] };
        for rule in &world.resource::<TermRules>().0 {
            let column: Option<Vec<f64>> = rounds.iter().map(|round| rule(agent, tick, &round.view(&rules))).collect();
            let column = column.unwrap_or_default();
            for (sum, reward) in table.total.iter_mut().zip(&column) {
                *sum += reward;
            }
            table.terms.push(column);
        }
        tables.push((agent.id(), table));
    }
    for (agent, table) in tables {
        world.entity_mut(agent).insert(table);
    }
}

/// A round of a game of two from the side of one seat.
struct WholeRound {
    seat: usize,
    joint: [Action; 2],
    payoffs: [f64; 2],
    seen: Observation,
}

impl WholeRound {
    fn view<'a>(&'a self, rules: &'a Rules) -> RoundView<'a> {
        RoundView {
            game: rules.game.as_ref(),
            seat: self.seat,
            joint: &self.joint,
            payoffs: &self.payoffs,
            seen: rules.judged(self.seat, self.seen),
        }
    }
}

/// Everything that can happen in a round, in the order of [`RewardTable`]'s entries.
fn every_round(rules: &Rules) -> Vec<WholeRound> {
    let actions = 0..rules.observations.actions as Action;
    let mut rounds = Vec::new();
    for seat in 0..2 {
        for seen in (0..rules.observations.len()).map(|index| rules.observations.get(index)) {
            for first in actions.clone() {
                for second in actions.clone() {
                    let mut round = WholeRound { seat, joint: [first, second], payoffs: [0.0; 2], seen };
                    rules.game.payoffs(&round.joint, &mut round.payoffs);
                    rounds.push(round);
                }
            }
        }
    }
    rounds
}

/// Pays one term to every live seat whose agent carries it and acted legally.
fn pay_term<T: MoralTerm>(
    column: usize,
    clock: &Clock,
    rules: &Rules,
    population: usize,
    tournament: &Tournament,
    decisions: &Decisions,
    payees: &Query<(&AgentId, &Moral<T>)>,
    rewards: &mut Rewards,
) {
    if payees.is_empty() {
        return;
    }
    let mut terms: Vec<Option<(&T, f64)>> = vec![None; population];
    for (agent, moral) in payees {
        let weight = moral.schedule.at(clock.tick);
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

/// Reward = sum of the terms, in the order of their columns; an illegal completion gets the illegal reward alone.
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
