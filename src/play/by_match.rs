//! Matches between agents that learn by round, each played from its first round to its last, many at once.
//!
//! In a two-player game with one round of memory, everything that can happen in a round has a number: what a seat sees
//! times what both do. Rewards are looked up and outcomes are counted by this number, and the books are made from the
//! counts at the end. A round then costs two decisions and two updates.

use super::collective::CollectiveRange;
use super::course::{Outcome, joint_actions};
use crate::games::{Action, Observation};
use crate::rng::Stream;
use crate::world::{
    Account, AgentId, LAST_ROUNDS, LearnsByRound, Ledger, MatchTally, PlayerRound, PossibleRound, RewardTable,
    RoundLearner, Rules, SeatStreams, Setting, Tournament, Workers,
};
use bevy_ecs::prelude::*;

/// One seat of a match: who plays, what it is paid, what it sees, and how often each thing happened.
struct Seat<'a> {
    learner: &'a mut dyn RoundLearner,
    /// Indexed by what was seen and the joint action.
    rewards: Vec<f64>,
    rng: Stream,
    seen: usize,
    /// Indexed by what was seen and the joint action.
    counts: Vec<u64>,
}

/// One match, to be played by one thread.
struct Match<'a> {
    seats: [Seat<'a>; 2],
    rounds: u32,
    /// Joint actions of the last [`LAST_ROUNDS`] rounds, counted.
    last: Vec<u64>,
}

/// Plays every match of the tick and makes the books.
pub(super) fn play_by_match(
    setting: Setting,
    range: Res<CollectiveRange>,
    workers: Res<Workers>,
    mut tournament: ResMut<Tournament>,
    mut ledger: ResMut<Ledger>,
    mut agents: Query<(&AgentId, &mut LearnsByRound, &RewardTable)>,
) {
    let Setting { seed, clock, rules } = setting;
    let mut players: Vec<Option<(&mut dyn RoundLearner, &RewardTable)>> = Vec::new();
    players.resize_with(ledger.accounts.len(), || None);
    let mut tables: Vec<Option<&RewardTable>> = vec![None; players.len()];
    for (agent, learner, table) in &mut agents {
        tables[agent.index()] = Some(table);
        players[agent.index()] = Some((learner.into_inner().0.as_mut(), table));
    }
    let (observations, joints) = (rules.observations.len(), rules.observations.actions.pow(2));
    let mut seat = |number: usize| {
        let agent = tournament.agents[number];
        let (learner, table) =
            players[agent.index()].take().expect("matches played one by one seat every agent once at most");
        let entries = observations * joints;
        let mut rng = SeatStreams::open(seed.0, agent, clock.tick, number);
        let seen = learner.open(&mut rng).unwrap_or_else(|| rules.observations.index(tournament.seen[number]));
        let rewards =
            (0..entries).map(|entry| table.total(&rules, possible_round(&rules, number % 2, entry))).collect();
        Seat { learner, rewards, rng, seen, counts: vec![0; entries] }
    };
    let mut matches: Vec<Match> = (0..tournament.matches())
        .map(|m| Match { seats: [seat(2 * m), seat(2 * m + 1)], rounds: tournament.rounds[m], last: vec![0; joints] })
        .collect();
    let actions = rules.observations.actions;
    workers.each(&mut matches, |game| game.play(actions));
    let outcomes = Outcome::all(&rules, &range);
    for (m, game) in matches.iter().enumerate() {
        ledger.matches[m] = tally(&outcomes, game);
        for (s, seat) in game.seats.iter().enumerate() {
            let agent = tournament.agents[2 * m + s];
            let table = tables[agent.index()].expect("a player has a table");
            enter_seat(&outcomes, &rules, s, seat, table, &mut ledger.accounts[agent.index()]);
        }
    }
    let last: Vec<usize> = matches.iter().flat_map(|game| [game.seats[0].seen, game.seats[1].seen]).collect();
    for (seat, &seen) in last.iter().enumerate() {
        if let Observation::Last { own, .. } = rules.observations.get(seen) {
            tournament.last_legal[seat] = own;
        }
    }
    tournament.round = tournament.rounds_max();
}

/// The round that `entry` stands for, a number made of what the player in `seat` saw and the joint action.
fn possible_round(rules: &Rules, seat: usize, entry: usize) -> PossibleRound {
    let actions = rules.observations.actions;
    let (observation, joint) = (entry / (actions * actions), entry % (actions * actions));
    let joint = joint_actions(joint, actions);
    PossibleRound { seat, observation, own: joint[seat], other: joint[1 - seat] }
}

impl Match<'_> {
    /// Plays from the first round to the last. Each player has `actions` actions.
    fn play(&mut self, actions: usize) {
        let joints = actions * actions;
        let [first, second] = &mut self.seats;
        for round in 0..self.rounds {
            let a = first.learner.decide(first.seen, &mut first.rng);
            let b = second.learner.decide(second.seen, &mut second.rng);
            let joint = usize::from(a) * actions + usize::from(b);
            first.settle(a, joint, joints, 1 + joint);
            second.settle(b, joint, joints, 1 + usize::from(b) * actions + usize::from(a));
            if round + LAST_ROUNDS >= self.rounds {
                self.last[joint] += 1;
            }
        }
    }
}

impl Seat<'_> {
    /// Counts what happened, learns from it and moves on to seeing `next`.
    fn settle(&mut self, action: Action, joint: usize, joints: usize, next: usize) {
        let entry = self.seen * joints + joint;
        self.counts[entry] += 1;
        self.learner.learn(self.seen, action, self.rewards[entry], next);
        self.seen = next;
    }
}

/// What a match adds up to, where joint actions have these results.
fn tally(outcomes: &[Outcome], game: &Match) -> MatchTally {
    let mut tally = MatchTally { rounds: u64::from(game.rounds), ..MatchTally::default() };
    for (joint, outcome) in outcomes.iter().enumerate() {
        let count: u64 = game.seats[0].counts.iter().skip(joint).step_by(outcomes.len()).sum();
        tally.enter(outcome.counted(), count, game.last[joint]);
    }
    tally
}

/// Enters the rounds of the seat on this side of a match into its player's account.
fn enter_seat(
    outcomes: &[Outcome],
    rules: &Rules,
    side: usize,
    seat: &Seat,
    table: &RewardTable,
    account: &mut Account,
) {
    for (entry, &count) in seat.counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
        let (seen, joint) = (entry / outcomes.len(), entry % outcomes.len());
        let Outcome { payoffs, cooperated, shortfall } = outcomes[joint];
        let round = PlayerRound {
            seen,
            others_cooperated: rules.observations.get(seen).others_cooperated_in(rules.game.as_ref()),
            cooperated: Some(cooperated[side]),
            payoff: payoffs[side],
            reward: seat.rewards[entry],
            shortfall,
            is_void: false,
        };
        let column = RewardTable::index(rules, possible_round(rules, side, entry));
        let terms = table.terms.iter().enumerate().filter(|(_, column)| !column.is_empty());
        account.enter(&round, terms.map(|(term, paid)| (term, paid[column])), count);
    }
}
