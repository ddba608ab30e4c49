//! Matches between scripts, each played from its first round to its last, many at once.

use super::collective::CollectiveRange;
use super::course::{Course, Purses, RoundTable};
use super::slip;
use crate::games::Action;
use crate::rng::{Purpose, RoundStreams, StreamKey};
use crate::world::{
    AgentId, Ledger, MatchPlayer, MatchSoFar, PlaysByMatch, Population, Reflex, Setting, Tournament, Workers,
};
use bevy_ecs::prelude::*;

/// Who sits in a seat.
#[derive(Clone, Copy)]
struct Player<'a> {
    policy: &'a dyn MatchPlayer,
    reflex: Option<Reflex<'a>>,
}

/// One match, to be played by one thread.
struct Match<'a> {
    number: usize,
    agents: [AgentId; 2],
    players: [Player<'a>; 2],
    rounds: u32,
    /// What each seat did last.
    last: [Action; 2],
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
        let mut slips = RoundStreams::new(seed.0, Purpose::Noise, key(self.number));
        let mut draws = [0, 1].map(|seat| {
            let key = StreamKey { agent: self.agents[seat].0, ..key(2 * self.number + seat) };
            RoundStreams::new(seed.0, Purpose::Decision, key)
        });
        let mut seated = [0, 1].map(|seat| {
            let Player { policy, reflex } = self.players[seat];
            reflex.is_none().then(|| policy.sit(seat))
        });
        let keeps_history = seated.iter().any(Option::is_some);
        let (mut history, mut rounds) = (Vec::new(), Vec::with_capacity(self.rounds as usize));
        let actions = rules.observations.actions;
        let mut seen = table.seen(self.last);
        for round in 0..self.rounds {
            let mut decide = |seat: usize| {
                let index = seen.index(seat, actions);
                match (&self.players[seat].reflex, &mut seated[seat]) {
                    (Some(reflex), _) => reflex.decide(index, round, &mut draws[seat]),
                    (None, Some(player)) => {
                        let seen = rules.observations.get(index);
                        player.decide(&MatchSoFar { rules, history: &history, seen }, &mut draws[seat])
                    }
                    (None, None) => unreachable!("a player without a reflex takes a seat"),
                }
            };
            let mut joint = [decide(0), decide(1)];
            if rules.noise > 0.0 && slips.first(round).iter().any(|draw| *draw < rules.noise) {
                // Whether the second slips is drawn after where to the first did.
                let mut rng = slips.stream(round);
                joint = joint.map(|action| slip(action, actions, rules.noise, &mut rng));
            }
            if keeps_history {
                history.extend(joint);
            }
            let (number, next) = table.round(seen, joint);
            rounds.push(number);
            (seen, self.last) = (next, joint);
        }
        self.course = table.course(rounds, in_any_order);
    }
}
