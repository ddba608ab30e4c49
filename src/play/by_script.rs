//! Matches between scripts, each played from its first round to its last, many at once.

use super::course::{Purses, RoundTable, Rounds};
use super::slip;
use crate::games::Action;
use crate::rng::{Purpose, RoundStreams, StreamKey};
use crate::world::{
    AgentId, Ledger, MatchPlayer, MatchSoFar, MatchTally, PlaysByMatch, Population, Reflex, Rules, Seated, Setting,
    Tournament, Workers,
};
use bevy_ecs::prelude::*;
use std::sync::Arc;

/// Who sits in a seat.
#[derive(Clone, Copy)]
struct Player<'a> {
    policy: &'a dyn MatchPlayer,
    reflex: Option<Reflex<'a>>,
}

/// A player in its seat.
enum Seat<'a> {
    Reflex(Reflex<'a>),
    Seated(Box<dyn Seated + 'a>),
}

impl<'a> Player<'a> {
    fn sit(self, seat: usize) -> Seat<'a> {
        self.reflex.map_or_else(|| Seat::Seated(self.policy.sit(seat)), Seat::Reflex)
    }
}

/// Who plays, as long as no agent changes.
pub(super) struct Cast {
    /// By agent.
    populations: Vec<u32>,
    /// The players that there are; agents may share one.
    kinds: Vec<Arc<dyn MatchPlayer>>,
    /// By agent.
    kind_of: Vec<u32>,
    /// Whether there are agents that cannot.
    some_cannot: bool,
}

/// The kind of an agent that cannot play by itself.
const NOBODY: u32 = u32::MAX;

impl Cast {
    fn of(count: usize, agents: &Query<(&AgentId, &Population, &PlaysByMatch)>) -> Self {
        let (populations, kind_of) = (vec![0; count], vec![NOBODY; count]);
        let mut cast = Self { populations, kinds: Vec::new(), kind_of, some_cannot: false };
        for (agent, population, PlaysByMatch(plays)) in agents {
            cast.populations[agent.index()] = population.0;
            let Some(plays) = plays else { continue };
            // Agents that share a player follow each other.
            if cast.kinds.last().is_none_or(|last| !Arc::ptr_eq(last, plays)) {
                cast.kinds.push(plays.clone());
            }
            cast.kind_of[agent.index()] = cast.kinds.len() as u32 - 1;
        }
        cast.some_cannot = cast.kind_of.contains(&NOBODY);
        cast
    }
}

/// What all matches of a tick share.
struct Shared<'a> {
    seed: u64,
    tick: u32,
    rules: &'a Rules,
    /// By seat.
    agents: &'a [AgentId],
    /// By kind.
    players: &'a [Player<'a>],
    /// By agent.
    kind_of: &'a [u32],
    /// By match.
    lengths: &'a [u32],
    table: &'a RoundTable,
    in_any_order: bool,
}

/// Matches in a row, to be played by one thread.
struct Group<'a> {
    /// The number of the first.
    first: usize,
    /// What each seat did last.
    last: &'a mut [Action],
    /// What each match adds up to, once it is played.
    tallies: &'a mut [MatchTally],
    /// The rounds of each, once it is played.
    rounds: &'a mut [Rounds],
}

/// What one match after the other is played with.
struct Desk {
    /// The rounds so far, by number.
    rounds: Vec<u16>,
    slips: RoundStreams,
    /// By seat.
    draws: [RoundStreams; 2],
}

/// Agents that play otherwise than in the tick before.
type Recast = Or<(Changed<Population>, Changed<PlaysByMatch>)>;

/// Plays every match of the tick that has not been played yet and makes the books, if every player can play by itself.
/// Otherwise nothing happens, and the tick is played round by round.
#[expect(clippy::too_many_arguments, reason = "what the system reads and writes")]
pub(super) fn play_by_script(
    setting: Setting,
    workers: Res<Workers>,
    mut purses: Purses,
    mut cast: Local<Option<Cast>>,
    mut known: Local<Vec<Rounds>>,
    agents: Query<(&AgentId, &Population, &PlaysByMatch)>,
    changed: Query<(), Recast>,
    mut tournament: ResMut<Tournament>,
    mut ledger: ResMut<Ledger>,
) {
    purses.heed_changes();
    if !changed.is_empty() {
        *cast = None;
    }
    let (tournament, ledger) = (&mut *tournament, &mut *ledger);
    if tournament.round == tournament.rounds_max() {
        return;
    }
    let cast = cast.get_or_insert_with(|| Cast::of(ledger.accounts.len(), &agents));
    let Cast { kinds, kind_of, .. } = &*cast;
    if cast.some_cannot && tournament.agents.iter().any(|agent| kind_of[agent.index()] == NOBODY) {
        return;
    }
    let players: Vec<Player> =
        kinds.iter().map(|policy| Player { policy: policy.as_ref(), reflex: policy.reflex() }).collect();
    let table = purses.rounds();
    let shared = Shared {
        seed: setting.seed.0,
        tick: setting.clock.tick,
        rules: &setting.rules,
        agents: &tournament.agents,
        players: &players,
        kind_of,
        lengths: &tournament.rounds,
        table,
        in_any_order: table.adds_exactly(tournament),
    };
    let matches = tournament.matches();
    known.resize_with(matches, Rounds::default);
    let together = (matches / 64).clamp(1, 256);
    let places = tournament.last_legal.chunks_mut(2 * together).zip(ledger.matches.chunks_mut(together));
    let group = |(number, ((last, tallies), rounds))| Group { first: number * together, last, tallies, rounds };
    let mut groups: Vec<Group> = places.zip(known.chunks_mut(together)).enumerate().map(group).collect();
    workers.each(&mut groups, |group| group.play(&shared));
    table.enter(tournament, &cast.populations, |m| &known[m], &mut ledger.accounts, &workers);
    tournament.round = tournament.rounds_max();
}

impl Group<'_> {
    /// Plays every match.
    fn play(&mut self, shared: &Shared) {
        // The agents lie anywhere in memory; asked in a row for their kinds, they all come at once.
        let agents = &shared.agents[2 * self.first..2 * (self.first + self.tallies.len())];
        let kinds: Vec<u32> = agents.iter().map(|agent| shared.kind_of[agent.index()]).collect();
        let streams = |purpose| RoundStreams::new(shared.seed, purpose, StreamKey::default());
        let draws = [0, 1].map(|_| streams(Purpose::Decision));
        let mut desk = Desk { rounds: Vec::new(), slips: streams(Purpose::Noise), draws };
        let places = self.last.chunks_exact_mut(2).zip(self.tallies.iter_mut().zip(self.rounds.iter_mut()));
        for ((number, kinds), (last, (tally, rounds))) in (self.first..).zip(kinds.chunks_exact(2)).zip(places) {
            let players = [0, 1].map(|seat| shared.players[kinds[seat] as usize]);
            desk.play(shared, number, players, last);
            let course = shared.table.course(&desk.rounds, shared.in_any_order);
            (*tally, *rounds) = (course.tally, course.rounds);
        }
    }
}

impl Desk {
    /// Plays the match of this number from the first round to the last, with the draws of lockstep. `last` is what each
    /// seat did last, and becomes it again.
    fn play(&mut self, shared: &Shared, number: usize, players: [Player; 2], last: &mut [Action]) {
        let Shared { tick, rules, table, .. } = *shared;
        let key = |seat: usize| StreamKey { tick, seat: seat as u32, ..StreamKey::default() };
        self.slips.begin_with(key(number));
        for (seat, draws) in (2 * number..).zip(&mut self.draws) {
            draws.begin_with(StreamKey { agent: shared.agents[seat].0, ..key(seat) });
        }
        let length = shared.lengths[number];
        let Self { rounds, slips, draws: [first, second] } = self;
        rounds.clear();
        match players.map(|player| player.reflex) {
            [Some(a), Some(b)] => {
                let decide = |seen: [usize; 2], round: u32, _: [Action; 2]| {
                    [a.decide(seen[0], round, first), b.decide(seen[1], round, second)]
                };
                play_rounds(length, rules, table, slips, rounds, last, decide);
            }
            _ => {
                let [a, b] = players;
                let [mut seat_a, mut seat_b] = [a.sit(0), b.sit(1)];
                let mut history = Vec::with_capacity(2 * length as usize);
                let decide = |seen: [usize; 2], round: u32, last: [Action; 2]| {
                    if round > 0 {
                        history.extend(last);
                    }
                    let so_far = |index| MatchSoFar { rules, history: &history, seen: rules.observations.get(index) };
                    let act = |seat: &mut Seat, index, draws: &mut RoundStreams| match seat {
                        Seat::Reflex(reflex) => reflex.decide(index, round, draws),
                        Seat::Seated(player) => player.decide(&so_far(index), draws),
                    };
                    [act(&mut seat_a, seen[0], first), act(&mut seat_b, seen[1], second)]
                };
                play_rounds(length, rules, table, slips, rounds, last, decide);
            }
        }
    }
}

/// Adds the numbers of `length` rounds to `rounds`. `done` is what both did last, and becomes it again; `decide` is
/// told what either player sees, by index, the number of the round and what both did last.
#[inline(always)]
fn play_rounds(
    length: u32,
    rules: &Rules,
    table: &RoundTable,
    slips: &mut RoundStreams,
    rounds: &mut Vec<u16>,
    done: &mut [Action],
    mut decide: impl FnMut([usize; 2], u32, [Action; 2]) -> [Action; 2],
) {
    let (noise, actions) = (rules.noise, rules.observations.actions);
    let mut last = [done[0], done[1]];
    let mut seen = table.seen(last);
    for round in 0..length {
        let mut joint = decide(table.observations(seen), round, last);
        if noise > 0.0 {
            let [first, second] = slips.first(round);
            if first < noise || second < noise {
                // Whether the second slips is drawn after where to the first did.
                let mut rng = slips.stream(round);
                joint = joint.map(|action| slip(action, actions, noise, &mut rng));
            }
        }
        let (number, next) = table.round(seen, joint);
        rounds.push(number);
        (seen, last) = (next, joint);
    }
    done.copy_from_slice(&last);
}
