//! The matches of one tick and what happened in them so far.

use super::{AgentId, Rules};
use crate::games::{Action, ILLEGAL, Observation};
use crate::rng::StreamKey;
use bevy_ecs::prelude::Resource;

/// All matches of a tick, played in lockstep. Seats are numbered through: match m holds seats
/// `m · seats_per_match ..`.
#[derive(Resource, Clone, Debug, Default)]
pub struct Tournament {
    /// Players per match.
    pub seats_per_match: usize,
    /// Who sits in each seat.
    pub agents: Vec<AgentId>,
    /// The seats of each agent.
    pub seats_of: SeatsOf,
    /// Rounds of each match.
    pub rounds: Vec<u32>,
    /// The current round, from 0.
    pub round: u32,
    /// Actions as played, `[round][seat]`; [`ILLEGAL`] where a completion named none, and after a match's last round.
    pub history: Vec<Action>,
    /// What each seat sees before the current round.
    pub seen: Vec<Observation>,
    /// The last legal action of each seat, made-up ones included; [`ILLEGAL`] if there is none yet.
    pub last_legal: Vec<Action>,
    /// The reputation of the co-players, the worst among them, that each seat is told before the current round; 0 where
    /// there are none.
    pub told: Vec<u8>,
    /// What each seat will be told before the next round.
    pub told_next: Vec<u8>,
}

/// Makes `all` hold `count` times the same `value`.
fn refill<T: Clone>(all: &mut Vec<T>, count: usize, value: T) {
    all.clear();
    all.resize(count, value);
}

/// The seats of each agent, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatsOf {
    /// Where the seats of each agent begin in `seats`, and where the last one's end.
    begins: Vec<u32>,
    seats: Vec<u32>,
}

impl SeatsOf {
    /// Notes the seats of `population` agents, of whom `agents` sit in the seats from 0 on.
    fn renew(&mut self, agents: &[AgentId], population: usize) {
        let Self { begins, seats } = self;
        refill(begins, population + 1, 0);
        for agent in agents {
            begins[agent.index()] += 1;
        }
        let mut end = 0;
        for begin in begins.iter_mut() {
            end += *begin;
            *begin = end;
        }
        // From its last seat on, where the seats of each agent end becomes where they begin.
        refill(seats, agents.len(), 0);
        for (seat, agent) in agents.iter().enumerate().rev() {
            let place = &mut begins[agent.index()];
            *place -= 1;
            seats[*place as usize] = seat as u32;
        }
    }

    /// The seats of `agent`.
    #[inline]
    pub fn of(&self, agent: AgentId) -> &[u32] {
        &self.seats[self.begins[agent.index()] as usize..self.begins[agent.index() + 1] as usize]
    }

    /// The seats of every agent, by its number.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.begins.windows(2).map(|ends| &self.seats[ends[0] as usize..ends[1] as usize])
    }

    /// The most seats that any agent has.
    pub fn most(&self) -> usize {
        self.iter().map(<[u32]>::len).max().unwrap_or(0)
    }
}

/// A seat whose match is still in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSeat {
    /// Number of the seat in the tournament.
    pub seat: usize,
    /// Number of its match.
    pub match_index: usize,
    /// Who sits there.
    pub agent: AgentId,
}

/// A seat of an agent that is to act in the current round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Position among the agent's seats.
    pub slot: usize,
    /// Number of the seat in the tournament.
    pub seat: usize,
    /// Number of its match.
    pub match_index: usize,
    /// Position in its match.
    pub position: usize,
    /// What is seen from it.
    pub seen: Observation,
    /// The reputation of the co-players that is told there, as in [`Tournament::told`].
    pub told: u8,
}

impl Turn {
    /// The dense index of what is seen and told under `rules`.
    pub fn observation(&self, rules: &Rules) -> usize {
        rules.observations.index_with(self.seen, self.told)
    }
}

impl Tournament {
    /// A tournament of the matches in `agents` (flat, one match after the other) for a population of `population`
    /// agents; `rounds` are still to be set.
    pub fn new(seats_per_match: usize, agents: Vec<AgentId>, population: usize) -> Self {
        let mut tournament = Self::default();
        tournament.renew(seats_per_match, agents, population);
        tournament
    }

    /// Becomes [`Tournament::new`] of the same, with the memory that is there.
    pub fn renew(&mut self, seats_per_match: usize, agents: Vec<AgentId>, population: usize) {
        assert_eq!(agents.len() % seats_per_match, 0, "every match has all its seats taken");
        let seats = agents.len();
        self.seats_of.renew(&agents, population);
        (self.seats_per_match, self.agents, self.round) = (seats_per_match, agents, 0);
        self.history.clear();
        refill(&mut self.rounds, seats / seats_per_match, 0);
        refill(&mut self.seen, seats, Observation::Opening);
        refill(&mut self.last_legal, seats, ILLEGAL);
        refill(&mut self.told, seats, 0);
        refill(&mut self.told_next, seats, 0);
    }

    /// Number of seats over all matches.
    pub fn seats(&self) -> usize {
        self.agents.len()
    }

    /// Number of matches.
    pub fn matches(&self) -> usize {
        self.rounds.len()
    }

    /// Rounds of the longest match.
    pub fn rounds_max(&self) -> u32 {
        self.rounds.iter().copied().max().unwrap_or(0)
    }

    /// Whether `match_index` plays the current round.
    pub fn is_live(&self, match_index: usize) -> bool {
        self.round < self.rounds[match_index]
    }

    /// The match of `seat`.
    pub fn match_of(&self, seat: usize) -> usize {
        seat / self.seats_per_match
    }

    /// The seats of `match_index`.
    pub fn seats_in(&self, match_index: usize) -> std::ops::Range<usize> {
        match_index * self.seats_per_match..(match_index + 1) * self.seats_per_match
    }

    /// Every seat of every match that plays the current round, ascending.
    pub fn live_seats(&self) -> impl Iterator<Item = LiveSeat> + '_ {
        (0..self.matches()).filter(|&m| self.is_live(m)).flat_map(move |match_index| {
            self.seats_in(match_index).map(move |seat| LiveSeat { seat, match_index, agent: self.agents[seat] })
        })
    }

    /// Every seat of `agent` whose match plays the current round, ascending.
    pub fn live_seats_of(&self, agent: AgentId) -> impl Iterator<Item = Turn> + '_ {
        let seats = self.seats_of.of(agent).iter().map(|&seat| seat as usize).enumerate();
        let turns = seats.map(|(slot, seat)| {
            let (match_index, position) = (self.match_of(seat), seat % self.seats_per_match);
            Turn { slot, seat, match_index, position, seen: self.seen[seat], told: self.told[seat] }
        });
        turns.filter(|turn| self.is_live(turn.match_index))
    }

    /// The key of what the agent in `seat` draws in the current round of `tick`.
    pub fn key(&self, tick: u32, seat: usize) -> StreamKey {
        StreamKey { agent: self.agents[seat].0, tick, seat: seat as u32, round: self.round }
    }

    /// The dense index of what `seat` sees and is told before the current round.
    pub fn observation(&self, rules: &Rules, seat: usize) -> usize {
        rules.observations.index_with(self.seen[seat], self.told[seat])
    }

    /// The dense index of what `seat` will see and be told once the current round, in which the seats acted as in
    /// `decisions`, is history.
    pub fn observation_next(&self, rules: &Rules, decisions: &Decisions, seat: usize) -> usize {
        rules.observations.index_with(self.seen_next(rules, decisions, seat), self.told_next[seat])
    }

    /// What `seat` will see once the current round, in which the seats acted as in `decisions`, is history.
    pub fn seen_next(&self, rules: &Rules, decisions: &Decisions, seat: usize) -> Observation {
        let seats = self.seats_in(self.match_of(seat));
        let first = seats.start;
        let legal = |s: usize| if decisions.0[s] == ILLEGAL { self.last_legal[s] } else { decisions.0[s] };
        let joint: Vec<Action> = seats.map(legal).collect();
        if joint.contains(&ILLEGAL) {
            return self.seen[seat];
        }
        rules.observations.observe(rules.game.as_ref(), seat - first, &joint)
    }

    /// Enters the current round, in which the seats acted as in `decisions`, into the history, and makes the next
    /// observation; nothing is decided for the next round yet.
    ///
    /// A seat that acted legally has that as its last action, even in a round that another's illegal completion voided.
    pub fn advance(&mut self, rules: &Rules, decisions: &mut Decisions) {
        for seat in 0..self.seats() {
            if !self.is_live(self.match_of(seat)) {
                decisions.0[seat] = ILLEGAL;
            } else if decisions.0[seat] != ILLEGAL {
                self.last_legal[seat] = decisions.0[seat];
            }
        }
        self.history.extend_from_slice(&decisions.0);
        decisions.0.fill(ILLEGAL);
        self.told.clone_from(&self.told_next);
        self.round += 1;
        self.observe(rules);
    }

    /// Makes every seat's observation from its match's last legal actions. A match in which some seat has never acted
    /// legally stays at its opening.
    pub fn observe(&mut self, rules: &Rules) {
        for match_index in 0..self.matches() {
            let seats = self.seats_in(match_index);
            let joint = &self.last_legal[seats.clone()];
            if joint.contains(&ILLEGAL) {
                continue;
            }
            for (position, seat) in seats.enumerate() {
                self.seen[seat] = rules.observations.observe(rules.game.as_ref(), position, joint);
            }
        }
    }
}

/// What was said in each seat before the current round, as the others read it: on one line, empty if nothing legible
/// came, `None` for a seat that does not speak. If it holds no seats, no agent speaks at all.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages(pub Vec<Option<String>>);

impl Messages {
    /// What was said in `seat`; `None` if nothing was.
    pub fn said(&self, seat: usize) -> Option<&str> {
        self.0.get(seat)?.as_deref().filter(|text| !text.is_empty())
    }
}

/// The answers that agents wrote for the current round, by seat; `None` for a seat that writes none. It is a resource
/// only in runs that keep what was written.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions(pub Vec<Option<Completion>>);

/// A written answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text as it was decoded, before anything was read into it.
    pub text: String,
    /// The action that it names, before any noise; [`ILLEGAL`] if it names none.
    pub action: Action,
}

/// What policies chose for the current round, one action per seat; [`ILLEGAL`] until the seat's policy decides.
#[derive(Resource, Clone, Debug, Default)]
pub struct Decisions(pub Vec<Action>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(property_config(64))]

        #[test]
        fn every_agent_has_its_seats_whatever_the_matches_before(
            first in prop::collection::vec(0u32..20, 0..30),
            then in prop::collection::vec(0u32..20, 0..30),
        ) {
            let mut tournament = Tournament::default();
            for agents in [first, then] {
                let agents: Vec<AgentId> = agents.into_iter().map(AgentId).collect();
                tournament.renew(1, agents.clone(), 20);
                for agent in (0..20).map(AgentId) {
                    let by_hand = (0..agents.len()).filter(|&seat| agents[seat] == agent).map(|seat| seat as u32);
                    prop_assert_eq!(tournament.seats_of.of(agent), by_hand.collect::<Vec<u32>>());
                }
                prop_assert_eq!(tournament.seats_of.iter().count(), 20);
                prop_assert!(tournament.last_legal == vec![ILLEGAL; agents.len()] && tournament.round == 0);
                // What a tick leaves behind.
                tournament.last_legal.fill(1);
                (tournament.round, tournament.history) = (7, vec![1]);
            }
            prop_assert!(tournament.seen.iter().all(|seen| *seen == Observation::Opening));
        }
    }

    #[test]
    fn an_agent_acts_in_the_seats_whose_match_goes_on() {
        let [a, b] = [AgentId(0), AgentId(1)];
        let mut tournament = Tournament::new(2, vec![a, b, b, a, a, a], 2);
        tournament.rounds = vec![1, 2, 2];
        let turns = |tournament: &Tournament, agent| tournament.live_seats_of(agent).collect::<Vec<_>>();
        assert_eq!(turns(&tournament, b).len(), 2);
        tournament.round = 1;
        let turn = |slot, seat, match_index, position| Turn {
            slot,
            seat,
            match_index,
            position,
            seen: Observation::Opening,
            told: 0,
        };
        assert_eq!(turns(&tournament, a), [turn(1, 3, 1, 1), turn(2, 4, 2, 0), turn(3, 5, 2, 1)]);
        assert_eq!(turns(&tournament, b), [turn(1, 2, 1, 0)]);
        assert_eq!(tournament.key(7, 3), StreamKey { agent: 0, tick: 7, seat: 3, round: 1 });
        let all: Vec<usize> = tournament.live_seats().map(|live| live.seat).collect();
        assert_eq!(all, [2, 3, 4, 5]);
    }
}
