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
}

/// The kind of an agent that cannot play by itself.
const NOBODY: u32 = u32::MAX;

impl Cast {
    fn of(count: usize, agents: &Query<(&AgentId, &Population, &PlaysByMatch)>) -> Self {
        let mut cast = Self { populations: vec![0; count], kinds: Vec::new(), kind_of: vec![NOBODY; count] };
        for (agent, population, PlaysByMatch(plays)) in agents {
            cast.populations[agent.index()] = population.0;
            let Some(plays) = plays else { continue };
            // Agents that share a player follow each other.
            if cast.kinds.last().is_none_or(|last| !Arc::ptr_eq(last, plays)) {
                cast.kinds.push(plays.clone());
            }
            cast.kind_of[agent.index()] = cast.kinds.len() as u32 - 1;
        }
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

/// One match, to be played by one thread.
struct Match<'a> {
    number: usize,
    /// What each seat did last.
    last: &'a mut [Action],
    /// What it adds up to, once it is played.
    tally: &'a mut MatchTally,
    /// Its rounds, once it is played.
    rounds: Rounds,
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
    let Cast { populations, kinds, kind_of } = &*cast;
    if tournament.agents.iter().any(|agent| kind_of[agent.index()] == NOBODY) {
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
    let places = ledger.matches.iter_mut().zip(tournament.last_legal.chunks_exact_mut(2)).enumerate();
    let made = |(number, (tally, last))| Match { number, last, tally, rounds: Rounds::default() };
    let mut matches: Vec<Match> = places.map(made).collect();
    // Several matches in a row share their memory.
    let together = (matches.len() / 64).clamp(1, 256);
    let mut groups: Vec<&mut [Match]> = matches.chunks_mut(together).collect();
    workers.each(&mut groups, |games| {
        let mut rounds = Vec::new();
        games.iter_mut().for_each(|game| game.play(&shared, &mut rounds));
    });
    let rounds: Vec<Rounds> = matches.into_iter().map(|game| game.rounds).collect();
    table.enter(tournament, populations, |m| &rounds[m], &mut ledger.accounts, &workers);
    tournament.round = tournament.rounds_max();
}

impl Match<'_> {
    /// Plays from the first round to the last, with the draws of lockstep; `rounds` is overwritten.
    fn play(&mut self, shared: &Shared, rounds: &mut Vec<u16>) {
        let Shared { seed, tick, rules, table, .. } = *shared;
        let agents = [0, 1].map(|seat| shared.agents[2 * self.number + seat]);
        let players = agents.map(|agent| shared.players[shared.kind_of[agent.index()] as usize]);
        let key = |seat: usize| StreamKey { tick, seat: seat as u32, ..StreamKey::default() };
        let slips = RoundStreams::new(seed, Purpose::Noise, key(self.number));
        let [mut first, mut second] = [0, 1].map(|seat| {
            let key = StreamKey { agent: agents[seat].0, ..key(2 * self.number + seat) };
            RoundStreams::new(seed, Purpose::Decision, key)
        });
        let length = shared.lengths[self.number];
        rounds.clear();
        match players.map(|player| player.reflex) {
            [Some(a), Some(b)] => {
                let decide = |seen: [usize; 2], round: u32, _: [Action; 2]| {
                    [a.decide(seen[0], round, &mut first), b.decide(seen[1], round, &mut second)]
                };
                self.rounds(length, rules, table, slips, rounds, decide);
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
                    let act = |seat: &mut Seat, index, draws| match seat {
                        Seat::Reflex(reflex) => reflex.decide(index, round, draws),
                        Seat::Seated(player) => player.decide(&so_far(index), draws),
                    };
                    [act(&mut seat_a, seen[0], &mut first), act(&mut seat_b, seen[1], &mut second)]
                };
                self.rounds(length, rules, table, slips, rounds, decide);
            }
        }
        let course = table.course(rounds, shared.in_any_order);
        (*self.tally, self.rounds) = (course.tally, course.rounds);
    }

    /// Adds the numbers of `length` rounds to `rounds`. `decide` is told what either player sees, by index, the number
    /// of the round and what both did last.
    #[inline(always)]
    fn rounds(
        &mut self,
        length: u32,
        rules: &Rules,
        table: &RoundTable,
        mut slips: RoundStreams,
        rounds: &mut Vec<u16>,
        mut decide: impl FnMut([usize; 2], u32, [Action; 2]) -> [Action; 2],
    ) {
        let (noise, actions) = (rules.noise, rules.observations.actions);
        let mut last = [self.last[0], self.last[1]];
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
        self.last.copy_from_slice(&last);
    }
}
