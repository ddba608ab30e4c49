//! Matches between scripts, each played from its first round to its last, many at once.

use super::collective::CollectiveRange;
use super::course::{Course, Purses, RoundTable};
use super::slip;
use crate::games::Action;
use crate::rng::{Purpose, RoundStreams, StreamKey};
use crate::world::{
    AgentId, Ledger, MatchPlayer, MatchSoFar, PlaysByMatch, Population, Reflex, Rules, Seated, Setting, Tournament,
    Workers,
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

/// One match, to be played by one thread.
struct Match<'a> {
    number: usize,
    agents: [AgentId; 2],
    players: [Player<'a>; 2],
    rounds: u32,
    /// What each seat did last.
    last: [Action; 2],
    /// The match, once it is played.
    course: Course,
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
    let table = RoundTable::of(&setting.rules, &range, &purses);
    let seat = |number: usize| players[tournament.agents[number].index()];
    let matches = (0..tournament.matches()).map(|number| {
        let seats = [2 * number, 2 * number + 1];
        let [first, second] = seats.map(seat);
        Some(Match {
            number,
            agents: seats.map(|seat| tournament.agents[seat]),
            players: [first?, second?],
            rounds: tournament.rounds[number],
            last: seats.map(|seat| tournament.last_legal[seat]),
            course: Course::default(),
        })
    });
    let Some(mut matches) = matches.collect::<Option<Vec<Match>>>() else { return };
    let most = tournament.seats_of.most() as u64;
    let in_any_order = table.adds_exactly(most * u64::from(tournament.rounds_max()));
    workers.each(&mut matches, |game| game.play(&setting, &table, in_any_order));
    for (m, game) in matches.iter().enumerate() {
        ledger.matches[m].clone_from(&game.course.tally);
        tournament.last_legal[2 * m..2 * m + 2].copy_from_slice(&game.last);
    }
    table.enter(tournament, &populations, |m| &matches[m].course, &mut ledger.accounts, &workers);
    tournament.round = tournament.rounds_max();
}

impl Match<'_> {
    /// Plays from the first round to the last, with the draws of lockstep.
    fn play(&mut self, setting: &Setting, table: &RoundTable, in_any_order: bool) {
        let Setting { seed, clock, rules } = setting;
        let key = |seat: usize| StreamKey { tick: clock.tick, seat: seat as u32, ..StreamKey::default() };
        let slips = RoundStreams::new(seed.0, Purpose::Noise, key(self.number));
        let [mut first, mut second] = [0, 1].map(|seat| {
            let key = StreamKey { agent: self.agents[seat].0, ..key(2 * self.number + seat) };
            RoundStreams::new(seed.0, Purpose::Decision, key)
        });
        let rounds = match self.players.map(|player| player.reflex) {
            [Some(a), Some(b)] => {
                let decide = |seen: [usize; 2], round: u32, _: [Action; 2]| {
                    [a.decide(seen[0], round, &mut first), b.decide(seen[1], round, &mut second)]
                };
                self.rounds(rules, table, slips, decide)
            }
            _ => {
                let [a, b] = self.players;
                let [mut seat_a, mut seat_b] = [a.sit(0), b.sit(1)];
                let mut history = Vec::with_capacity(2 * self.rounds as usize);
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
                self.rounds(rules, table, slips, decide)
            }
        };
        self.course = table.course(rounds, in_any_order);
    }

    /// The numbers of the rounds. `decide` is told what either player sees, by index, the number of the round and what
    /// both did last.
    #[inline(always)]
    fn rounds(
        &mut self,
        rules: &Rules,
        table: &RoundTable,
        mut slips: RoundStreams,
        mut decide: impl FnMut([usize; 2], u32, [Action; 2]) -> [Action; 2],
    ) -> Vec<u16> {
        let (noise, actions) = (rules.noise, rules.observations.actions);
        let (mut seen, mut last) = (table.seen(self.last), self.last);
        let mut rounds = Vec::with_capacity(self.rounds as usize);
        for round in 0..self.rounds {
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
        self.last = last;
        rounds
    }
}
