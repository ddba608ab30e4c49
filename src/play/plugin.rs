//! The systems that run a tick's matches from the first round to the last.

use super::by_match::play_by_match;
use super::collective::CollectiveRange;
use super::expect::{WantExpectedScores, expect_scores};
use super::{draw_opening, draw_rounds, slip};
use crate::games::{ILLEGAL, inequality};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems};
use crate::world::{
    AgentId, Decisions, Horizon, LAST_ROUNDS, LastMoves, Ledger, Messages, Opening, PlayOrder, Rewards, Roster, Rules,
    Score, Setting, TermNames, Tournament, joint_index,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;

/// Plays matches.
pub struct PlayPlugin;

impl Plugin for PlayPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<PlayOrder>()
            .init_resource::<Tournament>()
            .init_resource::<Decisions>()
            .init_resource::<Messages>()
            .init_resource::<Ledger>();
        app.add_systems(Tick, (empty_books, open_matches).chain().in_set(TickSystems::Prepare));
        app.add_systems(
            Tick,
            (play_by_match.run_if(resource_equals(PlayOrder::MatchByMatch)), play_rounds, post_scores)
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

/// Empties the books for the matches of the tick.
fn empty_books(
    rules: Res<Rules>,
    roster: Res<Roster>,
    terms: Res<TermNames>,
    tournament: Res<Tournament>,
    mut decisions: ResMut<Decisions>,
    mut rewards: ResMut<Rewards>,
    mut ledger: ResMut<Ledger>,
) {
    let seats = tournament.seats();
    ledger.clear(roster.0.len(), tournament.matches(), terms.0.len(), rules.observations.len());
    rewards.clear(seats, terms.0.len());
    decisions.0.clear();
    decisions.0.resize(seats, ILLEGAL);
}

/// Sets the stage of every match.
fn open_matches(setting: Setting, last_moves: Res<LastMoves>, mut tournament: ResMut<Tournament>) {
    let Setting { seed, clock, rules } = setting;
    for match_index in 0..tournament.matches() {
        let seats = tournament.seats_in(match_index);
        let key = StreamKey { tick: clock.tick, seat: match_index as u32, ..StreamKey::default() };
        tournament.rounds[match_index] = match rules.horizon {
            Horizon::Fixed(rounds) => rounds,
            Horizon::Continue { probability, at_most } => {
                draw_rounds(probability, at_most, &mut stream(seed.0, Purpose::Horizon, key))
            }
        };
        if rules.opening == Opening::LastMoves {
            for seat in seats {
                tournament.last_legal[seat] = last_moves.0[tournament.agents[seat].index()];
            }
        } else {
            draw_opening(&rules, &mut tournament.last_legal[seats], &mut stream(seed.0, Purpose::Opening, key));
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

/// Lets intended actions slip and pays the game's payoffs. A round in which somebody's completion names no action pays
/// nothing to anybody.
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
    for match_index in (0..tournament.matches()).filter(|&m| tournament.is_live(m)) {
        let seats = tournament.seats_in(match_index);
        let joint = &decisions.0[seats.clone()];
        let payoffs = &rewards.payoffs[seats.clone()];
        let is_void = joint.contains(&ILLEGAL);
        let collective: f64 = payoffs.iter().sum();
        ledger.rounds += 1;
        ledger.matches[match_index].rounds += 1;
        if is_void {
            ledger.void_rounds += 1;
            ledger.matches[match_index].void_rounds += 1;
        } else {
            let tally = &mut ledger.matches[match_index];
            tally.collective_payoff += collective;
            tally.equality += 1.0 - inequality(payoffs);
            tally.min_payoff += payoffs.iter().copied().fold(f64::INFINITY, f64::min);
            if let [a, b] = *joint {
                let index = joint_index([game.cooperative(a), game.cooperative(b)]);
                tally.joint[index] += 1;
                let is_last = tournament.round + LAST_ROUNDS >= tournament.rounds[match_index];
                tally.joint_last[index] += u64::from(is_last);
            }
        }
        let shortfall = if is_void { 1.0 } else { range.shortfall(collective) };
        for seat in seats {
            enter_seat(&rules, &tournament, &decisions, &rewards, seat, shortfall, &mut ledger);
            ledger.accounts[tournament.agents[seat].index()].void += u64::from(is_void);
        }
    }
}

/// Enters one seat's round into its agent's account.
fn enter_seat(
    rules: &Rules,
    tournament: &Tournament,
    decisions: &Decisions,
    rewards: &Rewards,
    seat: usize,
    shortfall: f64,
    ledger: &mut Ledger,
) {
    let account = &mut ledger.accounts[tournament.agents[seat].index()];
    let (action, seen) = (decisions.0[seat], tournament.seen[seat]);
    let is_illegal = action == ILLEGAL;
    let cooperated = !is_illegal && rules.game.cooperative(action);
    account.decisions += 1;
    account.illegal += u64::from(is_illegal);
    account.cooperations += u64::from(cooperated);
    account.payoff += rewards.payoffs[seat];
    account.reward += rewards.total[seat];
    for (sum, column) in account.terms.iter_mut().zip(&rewards.terms) {
        *sum += column[seat];
    }
    account.met[rules.observations.index(seen)] += 1;
    let breach = is_illegal || (!cooperated && seen.others_cooperated_in(rules.game.as_ref()));
    account.norm_breaches += u64::from(breach);
    account.collective_shortfall += shortfall;
}

/// Appends the round to the history and makes the next observation.
fn advance(rules: Res<Rules>, mut decisions: ResMut<Decisions>, mut tournament: ResMut<Tournament>) {
    tournament.advance(&rules, &mut decisions);
}

/// Adds the matches up and posts each agent's payoffs of the tick.
fn post_scores(mut ledger: ResMut<Ledger>, mut scores: Query<(&AgentId, &mut Score)>) {
    for tally in std::mem::take(&mut ledger.matches) {
        ledger.add_match(&tally);
        ledger.matches.push(tally);
    }
    for (agent, mut score) in &mut scores {
        score.0 = ledger.accounts[agent.index()].payoff;
    }
}
