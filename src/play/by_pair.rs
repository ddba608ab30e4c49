//! Matches between strategies that are certain of every move: each kind of match is played once, and its rounds are
//! entered into the books of everyone who plays it, round by round as in lockstep, so that sums are the same to the
//! bit.

use super::course::{Course, Purses, RoundTable};
use crate::games::{Action, ILLEGAL};
use crate::world::{AgentId, Behaviour, Ledger, Population, Tournament, Workers};
use bevy_ecs::prelude::*;
use std::collections::BTreeMap;

/// Most kinds of players that are told apart; with more, matches repeat too seldom.
const KINDS_MAX: usize = 512;

/// A match between two kinds of players.
struct Script {
    course: Course,
    /// What each seat did last.
    last: [Action; 2],
}

/// Agents that play otherwise than in the tick before.
type Recast = Or<(Changed<Population>, Changed<Behaviour>)>;

/// Plays every match of the tick and makes the books, if every agent's moves are certain. Otherwise nothing happens.
pub(super) fn play_by_pair(
    workers: Res<Workers>,
    mut purses: Purses,
    mut cast: Local<Option<Cast>>,
    agents: Query<(&AgentId, &Population, &Behaviour)>,
    changed: Query<(), Recast>,
    mut tournament: ResMut<Tournament>,
    mut ledger: ResMut<Ledger>,
) {
    purses.heed_changes();
    if !changed.is_empty() {
        *cast = None;
    }
    let cast = cast.get_or_insert_with(|| Cast::of(ledger.accounts.len(), &agents));
    let Cast { populations, kinds: Some((kinds, kind_of)) } = &*cast else { return };
    let table = purses.rounds();
    let (tournament, ledger) = (&mut *tournament, &mut *ledger);
    let rounds = tournament.rounds_max();
    let in_any_order = table.adds_exactly(tournament);
    let mut scripts: Vec<Script> = Vec::new();
    let mut known: Vec<Option<u32>> = vec![None; kinds.len() * kinds.len()];
    let played: Vec<u32> = tournament
        .agents
        .chunks_exact(2)
        .map(|pair| {
            let pair = [0, 1].map(|seat| kind_of[pair[seat].index()] as usize);
            *known[pair[0] * kinds.len() + pair[1]].get_or_insert_with(|| {
                scripts.push(script(table, rounds, pair.map(|kind| &*kinds[kind]), in_any_order));
                scripts.len() as u32 - 1
            })
        })
        .collect();
    let script_of = |m: usize| &scripts[played[m] as usize];
    Workers::each_with(Some(&workers), &mut ledger.matches, &played, |tally, &script| {
        tally.clone_from(&scripts[script as usize].course.tally);
    });
    for (m, last) in tournament.last_legal.chunks_exact_mut(2).enumerate() {
        last.copy_from_slice(&script_of(m).last);
    }
    table.enter(tournament, populations, |m| &script_of(m).course.rounds, &mut ledger.accounts, &workers);
    tournament.round = rounds;
}

/// The kinds of players that there are, each by what it does after every observation, and the kind of every agent.
type Kinds = (Vec<Vec<Action>>, Vec<u32>);

/// Who plays, as long as no agent changes.
pub(super) struct Cast {
    /// By agent.
    populations: Vec<u32>,
    /// `None` if some agent's moves are not certain, or if there are too many kinds.
    kinds: Option<Kinds>,
}

impl Cast {
    fn of(count: usize, agents: &Query<(&AgentId, &Population, &Behaviour)>) -> Self {
        let mut populations = vec![0; count];
        agents.iter().for_each(|(agent, population, _)| populations[agent.index()] = population.0);
        Self { populations, kinds: kinds(count, agents.iter().map(|(agent, _, behaviour)| (agent, behaviour))) }
    }
}

/// See [`Cast::kinds`].
fn kinds<'a>(agents: usize, players: impl Iterator<Item = (&'a AgentId, &'a Behaviour)>) -> Option<Kinds> {
    let (mut numbers, mut kind_of) = (BTreeMap::<&[Action], u32>::new(), vec![0; agents]);
    for (agent, behaviour) in players {
        let kind = behaviour.certain()?;
        let next = numbers.len() as u32;
        kind_of[agent.index()] = *numbers.entry(kind).or_insert(next);
        if numbers.len() > KINDS_MAX {
            return None;
        }
    }
    let mut kinds: Vec<(&[Action], u32)> = numbers.into_iter().collect();
    kinds.sort_by_key(|(_, number)| *number);
    Some((kinds.into_iter().map(|(kind, _)| kind.to_vec()).collect(), kind_of))
}

/// The match between two players, each with what it does after each observation.
fn script(table: &RoundTable, rounds: u32, players: [&[Action]; 2], in_any_order: bool) -> Script {
    let mut last = [ILLEGAL; 2];
    let (mut seen, mut numbers) = (table.seen(last), Vec::with_capacity(rounds as usize));
    for _ in 0..rounds {
        let [first, second] = table.observations(seen);
        last = [players[0][first], players[1][second]];
        let (number, next) = table.round(seen, last);
        numbers.push(number);
        seen = next;
    }
    Script { course: table.course(&numbers, in_any_order), last }
}
