//! Works out what every agent could expect from the tick's matches.

use super::odds::expect_match;
use crate::world::{AgentId, Behaviour, Clock, ExpectedScore, Opening, Roster, Rules, Tournament, turn};
use bevy_ecs::prelude::*;
use std::collections::BTreeMap;

/// While this resource is present, agents' [`ExpectedScore`]s are kept current.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct WantExpectedScores;

/// Fills in the expected score of every agent whose actions, and whose opponents' actions, can all be foretold.
pub(super) fn expect_scores(
    clock: Res<Clock>,
    rules: Res<Rules>,
    roster: Res<Roster>,
    tournament: Res<Tournament>,
    mut agents: Query<(&AgentId, &Behaviour, &mut ExpectedScore)>,
) {
    let mut behaviours: Vec<Option<&Behaviour>> = vec![None; roster.0.len()];
    for (agent, behaviour, _) in &agents {
        behaviours[agent.index()] = Some(behaviour).filter(|behaviour| !behaviour.is_unknown());
    }
    let totals = expect_tick(&rules, &tournament, clock.tick, &behaviours);
    for (agent, _, mut score) in &mut agents {
        *score = totals[agent.index()].unwrap_or_default();
    }
}

/// What each agent can expect from all its matches; `None` if any agent's actions in them cannot be foretold.
fn expect_tick(
    rules: &Rules,
    tournament: &Tournament,
    tick: u32,
    behaviours: &[Option<&Behaviour>],
) -> Vec<Option<ExpectedScore>> {
    let mut totals = vec![Some(ExpectedScore::ZERO); behaviours.len()];
    // With last moves, every match opens differently, and reputations differ from one match to the next; the
    // expectation for one is not known for the others.
    let opens_alike = rules.opening != Opening::LastMoves && rules.reputation.is_none();
    if tournament.seats_per_match != 2 || !opens_alike {
        totals.fill(None);
        return totals;
    }
    let mut slots = vec![0usize; behaviours.len()];
    let mut known: BTreeMap<[(usize, usize); 2], [ExpectedScore; 2]> = BTreeMap::new();
    for pair in tournament.agents.chunks_exact(2) {
        let agents = [pair[0].index(), pair[1].index()];
        let mut numbers = [None; 2];
        for seat in 0..2 {
            let turn = turn(slots[agents[seat]], tick);
            slots[agents[seat]] += 1;
            numbers[seat] = behaviours[agents[seat]].map(|behaviour| (behaviour, behaviour.number(seat, turn)));
        }
        let ([Some((first, i)), Some((second, j))], [a, b]) = (numbers, agents) else {
            agents.iter().for_each(|agent| totals[*agent] = None);
            continue;
        };
        let expected =
            known.entry([(a, i), (b, j)]).or_insert_with(|| expect_match(rules, first.table(i), second.table(j)));
        for (agent, seat) in agents.into_iter().zip(*expected) {
            if let Some(total) = &mut totals[agent] {
                total.add(seat, 1.0);
            }
        }
    }
    totals
}
