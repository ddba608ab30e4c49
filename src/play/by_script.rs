//! Matches between scripts, each played from its first round to its last, many at once.

use super::collective::CollectiveRange;
use super::course::{Purses, RoundTable, Rounds};
use super::slip;
use crate::games::Action;
use crate::rng::{Purpose, RoundStreams, StreamKey};
use crate::world::{
    AgentId, Ledger, MatchPlayer, MatchSoFar, MatchTally, PlaysByMatch, Population, Reflex, Rules, Seated, Setting,
    Tournament, Workers,
};
use bevy_ecs::prelude::*;

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

/// What all matches of a tick share.
struct Shared<'a> {
    seed: u64,
    tick: u32,
    rules: &'a Rules,
    /// By seat.
    agents: &'a [AgentId],
    /// By agent.
    players: &'a [Option<Player<'a>>],
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

/// Plays every match of the tick that has not been played yet and makes the books, if every player can play by itself.
/// Otherwise nothing happens, and the tick is played round by round.
pub(super) fn play_by_script(
    setting: Setting,
    range: Res<CollectiveRange>,
    workers: Res<Workers>,
    purses: Purses,
    agents: Query<(&AgentId, &Population, &PlaysByMatch)>,
    mut tournament: ResMut<Tournament>,
    mut ledger: ResMut<Ledger>,
) {
    let (tournament, ledger) = (&mut *tournament, &mut *ledger);
    if tournament.round == tournament.rounds_max() {
        return;
    }
    let mut populations = vec![0; ledger.accounts.len()];
    let mut players: Vec<Option<Player>> = vec![None; populations.len()];
    for (agent, population, PlaysByMatch(plays)) in &agents {
        populations[agent.index()] = population.0;
        players[agent.index()] = plays.as_deref().map(|policy| Player { policy, reflex: policy.reflex() });
    }
    if tournament.agents.iter().any(|agent| players[agent.index()].is_none()) {
        return;
    }
    let table = RoundTable::of(&setting.rules, &range, &purses);
    let shared = Shared {
        seed: setting.seed.0,
        tick: setting.clock.tick,
        rules: &setting.rules,
        agents: &tournament.agents,
        players: &players,
        lengths: &tournament.rounds,
        table: &table,
        in_any_order: table.adds_exactly(tournament),
    };
    let places = ledger.matches.iter_mut().zip(tournament.last_legal.chunks_exact_mut(2)).enumerate();
    let made = |(number, (tally, last))| Match { number, last, tally, rounds: Rounds::default() };
    let mut matches: Vec<Match> = places.map(made).collect();
    workers.each(&mut matches, |game| game.play(&shared));
    let rounds: Vec<Rounds> = matches.into_iter().map(|game| game.rounds).collect();
    table.enter(tournament, &populations, |m| &rounds[m], &mut ledger.accounts, &workers);
    tournament.round = tournament.rounds_max();
}

impl Match<'_> {
    /// Plays from the first round to the last, with the draws of lockstep.
    fn play(&mut self, shared: &Shared) {
        let Shared { seed, tick, rules, table, .. } = *shared;
        let agents = [0, 1].map(|seat| shared.agents[2 * self.number + seat]);
        let players = agents.map(|agent| shared.players[agent.index()].expect("all who are seated can play"));
        let key = |seat: usize| StreamKey { tick, seat: seat as u32, ..StreamKey::default() };
        let slips = RoundStreams::new(seed, Purpose::Noise, key(self.number));
        let [mut first, mut second] = [0, 1].map(|seat| {
            let key = StreamKey { agent: agents[seat].0, ..key(2 * self.number + seat) };
            RoundStreams::new(seed, Purpose::Decision, key)
        });
        let length = shared.lengths[self.number];
        let rounds = match players.map(|player| player.reflex) {
            [Some(a), Some(b)] => {
                let decide = |seen: [usize; 2], round: u32, _: [Action; 2]| {
                    [a.decide(seen[0], round, &mut first), b.decide(seen[1], round, &mut second)]
                };
                self.rounds(length, rules, table, slips, decide)
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
                self.rounds(length, rules, table, slips, decide)
            }
        };
        let course = table.course(rounds, shared.in_any_order);
        (*self.tally, self.rounds) = (course.tally, course.rounds);
    }

    /// The numbers of `length` rounds. `decide` is told what either player sees, by index, the number of the round and
    /// what both did last.
    #[inline(always)]
    fn rounds(
        &mut self,
        length: u32,
        rules: &Rules,
        table: &RoundTable,
        mut slips: RoundStreams,
        mut decide: impl FnMut([usize; 2], u32, [Action; 2]) -> [Action; 2],
    ) -> Vec<u16> {
        let (noise, actions) = (rules.noise, rules.observations.actions);
        let mut last = [self.last[0], self.last[1]];
        let (mut seen, mut rounds) = (table.seen(last), Vec::with_capacity(length as usize));
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
        rounds
    }
}
