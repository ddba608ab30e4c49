//! The systems that run a tick's matches from the first round to the last.

use super::by_match::play_by_match;
use super::by_pair::play_by_pair;
use super::by_script::play_by_script;
use super::collective::CollectiveRange;
use super::course::RewardsByPopulation;
use super::expect::{WantExpectedScores, expect_scores};
use super::{draw_opening, draw_rounds, slip};
use crate::games::{Action, ILLEGAL};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems};
use crate::world::{
    AgentId, CountedRound, Decisions, Horizon, LAST_ROUNDS, LastMoves, Ledger, Messages, Opening, PlayOrder,
    PlayerRound, Rewards, Roster, Rules, Score, Setting, TermNames, Tournament, Workers, scripts_play_by_match,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;

/// Plays matches.
pub struct PlayPlugin;

impl Plugin for PlayPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<PlayOrder>()
            .init_resource::<RewardsByPopulation>()
            .init_resource::<Tournament>()
            .init_resource::<Decisions>()
            .init_resource::<Messages>()
            .init_resource::<Ledger>();
        app.add_systems(Tick, (empty_books, open_matches).chain().in_set(TickSystems::Prepare));
        app.add_systems(
            Tick,
            (
                play_by_match.run_if(resource_equals(PlayOrder::LearnersByMatch)),
                play_by_pair.run_if(resource_equals(PlayOrder::PairByPair)),
                play_by_script.run_if(scripts_play_by_match),
                play_rounds,
                post_scores,
            )
                .chain()
                .in_set(TickSystems::Play),
        );
        let wanted = expect_scores.run_if(resource_exists::<WantExpectedScores>);
        app.add_systems(Tick, wanted.in_set(TickSystems::Play).after(post_scores));
        app.add_systems(Round, resolve_round.in_set(RoundSystems::Resolve));
        app.add_systems(Round, keep_books.in_set(RoundSystems::Settle));
        app.add_systems(Round, advance.in_set(RoundSystems::Advance));
    }
}

/// Clears the books for the matches of the tick.
#[expect(clippy::too_many_arguments, reason = "what the system reads and writes")]
fn empty_books(
    rules: Res<Rules>,
    roster: Res<Roster>,
    terms: Res<TermNames>,
    tournament: Res<Tournament>,
    workers: Option<Res<Workers>>,
    mut decisions: ResMut<Decisions>,
    mut rewards: ResMut<Rewards>,
    mut ledger: ResMut<Ledger>,
) {
    let seats = tournament.seats();
    ledger.clear(roster.0.len(), tournament.matches(), rules.observations.len(), workers.as_deref());
    // Every round that is played in lockstep makes room for its own.
    rewards.terms.resize_with(terms.0.len(), Vec::new);
    decisions.0.clear();
    decisions.0.resize(seats, ILLEGAL);
}

/// Sets the scene for every match.
fn open_matches(setting: Setting, last_moves: Res<LastMoves>, mut tournament: ResMut<Tournament>) {
    let Setting { seed, clock, rules } = setting;
    let key = |match_index: usize| StreamKey { tick: clock.tick, seat: match_index as u32, ..StreamKey::default() };
    match rules.horizon {
        Horizon::Fixed(rounds) => tournament.rounds.fill(rounds),
        Horizon::Continue { probability, at_most } => {
            for (match_index, rounds) in tournament.rounds.iter_mut().enumerate() {
                *rounds = draw_rounds(probability, at_most, &mut stream(seed.0, Purpose::Horizon, key(match_index)));
            }
        }
    }
    match rules.opening {
        // Nobody has moved yet.
        Opening::Blank => return,
        Opening::LastMoves => {
            for seat in 0..tournament.seats() {
                tournament.last_legal[seat] = last_moves.0[tournament.agents[seat].index()];
            }
        }
        Opening::MadeUp => {
            for match_index in 0..tournament.matches() {
                let seats = tournament.seats_in(match_index);
                let mut rng = stream(seed.0, Purpose::Opening, key(match_index));
                draw_opening(&rules, &mut tournament.last_legal[seats], &mut rng);
            }
        }
    }
    tournament.observe(&rules);
}

/// Runs rounds until no match is left.
fn play_rounds(world: &mut World) {
    let tournament = world.resource::<Tournament>();
    for _ in tournament.round..tournament.rounds_max() {
        world.run_schedule(Round);
    }
}

/// Lets intended actions slip and pays the game's payoffs. A round in which any seat's completion names no action pays
/// nothing to any seat.
fn resolve_round(
    setting: Setting,
    tournament: Res<Tournament>,
    mut decisions: ResMut<Decisions>,
    mut rewards: ResMut<Rewards>,
) {
    let Setting { seed, clock, rules } = setting;
    let actions = rules.game.actions().len();
    let terms = rewards.terms.len();
    rewards.clear(tournament.seats(), terms);
    for match_index in (0..tournament.matches()).filter(|&m| tournament.is_live(m)) {
        let seats = tournament.seats_in(match_index);
        if rules.noise > 0.0 {
            let key = StreamKey {
                tick: clock.tick,
                seat: match_index as u32,
                round: tournament.round,
                ..StreamKey::default()
            };
            let mut rng = stream(seed.0, Purpose::Noise, key);
            for action in &mut decisions.0[seats.clone()] {
                *action = slip(*action, actions, rules.noise, &mut rng);
            }
        }
        let joint = &decisions.0[seats.clone()];
        if !joint.contains(&ILLEGAL) {
            rules.game.payoffs(joint, &mut rewards.payoffs[seats]);
        }
    }
}

/// Enters the round into every player's account and the population's.
fn keep_books(
    rules: Res<Rules>,
    range: Res<CollectiveRange>,
    tournament: Res<Tournament>,
    decisions: Res<Decisions>,
    rewards: Res<Rewards>,
    mut ledger: ResMut<Ledger>,
) {
    let game = rules.game.as_ref();
    let ledger = &mut *ledger;
    for match_index in (0..tournament.matches()).filter(|&m| tournament.is_live(m)) {
        let seats = tournament.seats_in(match_index);
        let (joint, payoffs) = (&decisions.0[seats.clone()], &rewards.payoffs[seats.clone()]);
        let is_void = joint.contains(&ILLEGAL);
        let tally = &mut ledger.matches[match_index];
        tally.rounds += 1;
        if is_void {
            tally.void_rounds += 1;
        } else {
            let pair = <[Action; 2]>::try_from(joint).ok();
            let cooperated = pair.map(|pair| pair.map(|action| game.cooperative(action)));
            let is_last = tournament.round + LAST_ROUNDS >= tournament.rounds[match_index];
            tally.enter(CountedRound { payoffs, cooperated }, 1, u64::from(is_last));
        }
        let shortfall = if is_void { 1.0 } else { range.shortfall(payoffs.iter().sum()) };
        for seat in seats {
            let (action, seen) = (decisions.0[seat], tournament.seen[seat]);
            let round = PlayerRound {
                seen: tournament.observation(&rules, seat),
                others_cooperated: seen.others_cooperated_in(game),
                cooperated: (action != ILLEGAL).then(|| game.cooperative(action)),
                payoff: rewards.payoffs[seat],
                reward: rewards.total[seat],
                shortfall,
                is_void,
            };
            let terms = rewards.terms.iter().map(|column| column[seat]).enumerate();
            ledger.accounts[tournament.agents[seat].index()].enter(&round, terms, 1);
        }
    }
}

/// Appends the round to the history and makes the next observation.
fn advance(rules: Res<Rules>, mut decisions: ResMut<Decisions>, mut tournament: ResMut<Tournament>) {
    tournament.advance(&rules, &mut decisions);
}

/// Adds up the matches and posts each agent's payoffs of the tick.
fn post_scores(workers: Option<Res<Workers>>, mut ledger: ResMut<Ledger>, mut scores: Query<(&AgentId, &mut Score)>) {
    ledger.add_matches(workers.as_deref(), |accounts| {
        for (agent, mut score) in &mut scores {
            score.0 = accounts[agent.index()].payoff;
        }
    });
}
