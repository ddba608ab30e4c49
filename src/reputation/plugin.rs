//! The systems that let cooperation fail, judge it, and tell players what the others are known for.

use crate::games::ILLEGAL;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{Decisions, Deed, Judged, ReputationRules, Reputations, Setting, Tournament};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use rand::RngExt;

/// Gives agents reputations in runs that have [`Reputations`].
pub struct ReputationPlugin;

impl Plugin for ReputationPlugin {
    fn build(&self, app: &mut App) {
        let is_there = resource_exists::<Reputations>;
        app.add_systems(Tick, tell.in_set(TickSystems::Tell).run_if(is_there));
        app.add_systems(Round, fail.in_set(RoundSystems::Execute).run_if(is_there));
        app.add_systems(Round, judge.in_set(RoundSystems::Judge).run_if(is_there));
        app.world_mut().get_resource_or_init::<Snapshots>().resource::<Reputations>("reputations");
    }
}

/// Tells every seat the reputation of its co-players before the first round.
fn tell(reputations: Res<Reputations>, mut tournament: ResMut<Tournament>) {
    tell_next(&reputations, &mut tournament);
    let Tournament { told, told_next, .. } = &mut *tournament;
    told.clone_from(told_next);
}

/// Writes down what every seat is told next: the worst reputation among its co-players.
fn tell_next(reputations: &Reputations, tournament: &mut Tournament) {
    for seat in 0..tournament.seats() {
        let others = tournament.seats_in(tournament.match_of(seat)).filter(|&other| other != seat);
        let worst = others.map(|other| reputations.0[tournament.agents[other].index()]).min();
        tournament.told_next[seat] = worst.unwrap_or(0);
    }
}

/// Lets cooperative actions fail. Every match draws from a stream of its own, in the order of its seats.
fn fail(setting: Setting, tournament: Res<Tournament>, mut decisions: ResMut<Decisions>) {
    let Setting { seed, clock, rules } = setting;
    let game = rules.game.as_ref();
    let Some(&ReputationRules { execution_error, .. }) = rules.reputation.as_ref() else { return };
    if execution_error <= 0.0 {
        return;
    }
    for match_index in (0..tournament.matches()).filter(|&m| tournament.is_live(m)) {
        let mut rng = stream(seed.0, Purpose::Execution, key(clock.tick, &tournament, match_index));
        for action in &mut decisions.0[tournament.seats_in(match_index)] {
            let fails = rng.random::<f64>() < execution_error;
            if fails && *action != ILLEGAL && game.cooperative(*action) {
                *action = game.defective_action();
            }
        }
    }
}

/// Judges what was done in every match whose actions are judged now. A round that an illegal completion voided is not
/// judged.
///
/// The recipient's reputation is the one that the actor was told. An agent that sits in several matches is judged for
/// them in the order of seats, each time from the reputation that the judgement before has left it.
fn judge(
    setting: Setting,
    decisions: Res<Decisions>,
    mut tournament: ResMut<Tournament>,
    mut reputations: ResMut<Reputations>,
) {
    let Setting { seed, clock, rules } = setting;
    let game = rules.game.as_ref();
    let Some(ReputationRules { norm, judged, assessment_error, .. }) = rules.reputation.as_ref() else { return };
    for match_index in (0..tournament.matches()).filter(|&m| tournament.is_live(m)) {
        let seats = tournament.seats_in(match_index);
        let is_judged = *judged == Judged::Rounds || tournament.round + 1 == tournament.rounds[match_index];
        if !is_judged || decisions.0[seats.clone()].contains(&ILLEGAL) {
            continue;
        }
        let mut rng = stream(seed.0, Purpose::Assessment, key(clock.tick, &tournament, match_index));
        for seat in seats {
            let reputation = &mut reputations.0[tournament.agents[seat].index()];
            let recipient = tournament.told[seat];
            let deed = Deed { actor: *reputation, recipient, cooperated: game.cooperative(decisions.0[seat]) };
            let errs = *assessment_error > 0.0 && rng.random::<f64>() < *assessment_error;
            *reputation = if errs { norm.misjudge(deed) } else { norm.judge(deed) };
        }
    }
    tell_next(&reputations, &mut tournament);
}

/// The key of what is drawn for a match in the current round.
fn key(tick: u32, tournament: &Tournament, match_index: usize) -> StreamKey {
    StreamKey { tick, seat: match_index as u32, round: tournament.round, ..StreamKey::default() }
}
