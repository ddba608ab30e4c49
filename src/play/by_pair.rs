//! Matches between strategies that are certain of every move: each kind of match is played once, and its rounds are
//! entered into the books of everyone who plays it, round by round as in lockstep, so that sums are the same to the
//! bit.

use super::collective::CollectiveRange;
use crate::games::{Action, Observation};
use crate::world::{
    Account, AgentId, Behaviour, CountedRound, LAST_ROUNDS, Ledger, MatchTally, PlayerRound, Population, PossibleRound,
    RewardTable, Rules, Tournament, Workers,
};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use std::collections::BTreeMap;

/// What the members of every population are paid for each possible round, by population: an entity each, whose
/// [`RewardTable`] its terms fill in before every tick.
#[derive(Resource, Clone, Debug, Default)]
pub struct RewardsByPopulation(pub Vec<Entity>);

/// Most kinds of players that are told apart; with more, matches repeat too seldom.
const KINDS_MAX: usize = 512;

/// What tells players apart: what they do after each observation, and their population.
type Kind = (Vec<Action>, u32);

/// One seat's share of a round, and what its terms pay.
struct Entry {
    round: PlayerRound,
    terms: Vec<(usize, f64)>,
}

/// A match between two kinds of players, from its first round to its last.
struct Script {
    /// `[round][seat]`.
    rounds: Vec<[Entry; 2]>,
    tally: MatchTally,
    /// What each seat did last.
    last: [Action; 2],
}

/// What every population is paid for.
#[derive(SystemParam)]
pub(super) struct Purses<'w, 's> {
    of: Res<'w, RewardsByPopulation>,
    tables: Query<'w, 's, &'static RewardTable>,
}

/// Plays every match of the tick and makes the books, if every agent's moves are certain. Otherwise nothing happens,
/// and the tick is played round by round.
pub(super) fn play_by_pair(
    rules: Res<Rules>,
    range: Res<CollectiveRange>,
    workers: Res<Workers>,
    purses: Purses,
    agents: Query<(&AgentId, &Population, &Behaviour)>,
    mut tournament: ResMut<Tournament>,
    mut ledger: ResMut<Ledger>,
) {
    let Some((kinds, kind_of)) = kinds(&rules, ledger.accounts.len(), agents.iter()) else { return };
    let purses: Vec<&RewardTable> = purses.of.0.iter().filter_map(|purse| purses.tables.get(*purse).ok()).collect();
    let (tournament, ledger) = (&mut *tournament, &mut *ledger);
    let rounds = tournament.rounds_max();
    let mut scripts: Vec<Script> = Vec::new();
    let mut known: Vec<Option<u32>> = vec![None; kinds.len() * kinds.len()];
    let played: Vec<u32> = tournament
        .agents
        .chunks_exact(2)
        .map(|pair| {
            let pair = [kind_of[pair[0].index()] as usize, kind_of[pair[1].index()] as usize];
            *known[pair[0] * kinds.len() + pair[1]].get_or_insert_with(|| {
                let players = pair.map(|kind| (&*kinds[kind].0, purses.get(kinds[kind].1 as usize).copied()));
                scripts.push(script(&rules, &range, rounds, players));
                scripts.len() as u32 - 1
            })
        })
        .collect();
    for (tally, &script) in ledger.matches.iter_mut().zip(&played) {
        tally.clone_from(&scripts[script as usize].tally);
    }
    for (last, &script) in tournament.last_legal.chunks_exact_mut(2).zip(&played) {
        last.copy_from_slice(&scripts[script as usize].last);
    }
    let mut seated: Vec<(&mut Account, &[u32])> =
        ledger.accounts.iter_mut().zip(tournament.seats_of.iter().map(Vec::as_slice)).collect();
    workers.each(&mut seated, |(account, seats)| {
        for round in 0..rounds as usize {
            for &seat in *seats {
                let script = &scripts[played[seat as usize / 2] as usize];
                let Entry { round, terms } = &script.rounds[round][seat as usize % 2];
                account.enter(round, terms.iter().copied(), 1);
            }
        }
    });
    tournament.round = rounds;
}

/// The kinds of players that there are, and the kind of every agent; `None` if some agent's moves are not certain, or
/// if there are too many kinds.
fn kinds<'a>(
    rules: &Rules,
    agents: usize,
    players: impl Iterator<Item = (&'a AgentId, &'a Population, &'a Behaviour)>,
) -> Option<(Vec<Kind>, Vec<u32>)> {
    let (mut numbers, mut kind_of) = (BTreeMap::<Kind, u32>::new(), vec![0; agents]);
    for (agent, population, behaviour) in players {
        let kind = (behaviour.certain(rules.observations.actions)?, population.0);
        let next = numbers.len() as u32;
        kind_of[agent.index()] = *numbers.entry(kind).or_insert(next);
        if numbers.len() > KINDS_MAX {
            return None;
        }
    }
    let mut kinds: Vec<(Kind, u32)> = numbers.into_iter().collect();
    kinds.sort_by_key(|(_, number)| *number);
    Some((kinds.into_iter().map(|(kind, _)| kind).collect(), kind_of))
}

/// The match between two players, each with what it does after each observation, and what it is paid.
fn script(
    rules: &Rules,
    range: &CollectiveRange,
    rounds: u32,
    players: [(&[Action], Option<&RewardTable>); 2],
) -> Script {
    let game = rules.game.as_ref();
    let mut seen = [Observation::Opening; 2];
    let (mut tally, mut entries, mut last) = (MatchTally::default(), Vec::new(), [0; 2]);
    for number in 0..rounds {
        let indices = seen.map(|seen| rules.observations.index(seen));
        let joint = [players[0].0[indices[0]], players[1].0[indices[1]]];
        let mut payoffs = [0.0; 2];
        game.payoffs(&joint, &mut payoffs);
        let cooperated = joint.map(|action| game.cooperative(action));
        tally.rounds += 1;
        let is_last = u64::from(number + LAST_ROUNDS >= rounds);
        tally.enter(CountedRound { payoffs: &payoffs, cooperated: Some(cooperated) }, 1, is_last);
        let entry = |seat: usize| {
            let possible = PossibleRound { seat, observation: indices[seat], own: joint[seat], other: joint[1 - seat] };
            let place = RewardTable::index(rules, possible);
            let paid = players[seat].1.map_or(&[][..], |table| &table.terms);
            let terms =
                paid.iter().enumerate().filter_map(|(term, column)| Some((term, *column.get(place)?))).collect();
            let round = PlayerRound {
                seen: indices[seat],
                others_cooperated: seen[seat].others_cooperated_in(game),
                cooperated: Some(cooperated[seat]),
                payoff: payoffs[seat],
                reward: players[seat].1.map_or(0.0, |table| table.total(rules, possible)),
                shortfall: range.shortfall(payoffs.iter().sum()),
                is_void: false,
            };
            Entry { round, terms }
        };
        entries.push([entry(0), entry(1)]);
        seen = [0, 1].map(|seat| rules.observations.observe(game, seat, &joint));
        last = joint;
    }
    Script { rounds: entries, tally, last }
}
