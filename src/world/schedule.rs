//! The order of everything. Plugins say which set a system is in; which set comes before which is said only here.

use super::ranks::hear_of_failures;
use super::{Ranks, TickFailure};
use bevy_app::App;
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};

/// One tournament: pair, play, learn, record.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tick;

/// One round of every live match, in lockstep; run by [`TickSystems::Play`] until no match is left.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Round;

/// Stages of a [`Tick`], in order.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub enum TickSystems {
    /// Decides who meets whom and for how long; empties the books.
    Pair,
    /// Policies get ready: decision tables are scored, read-outs taken.
    Prepare,
    /// Players are told each other's reputations, if they have any.
    Tell,
    /// Plays every round.
    Play,
    /// Learners update.
    Learn,
    /// Policies that learn while they play publish what they have become.
    ReadOut,
    /// Writes rows.
    Record,
    /// Agents inherit from each other, for the ticks to come. Empty unless the scenario or a plugin asks for it.
    Evolve,
    /// Writes down what evolution did.
    RecordEvolution,
}

/// Stages of [`TickSystems::Pair`], in order.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub enum PairSystems {
    /// What every agent did last is known.
    Known,
    /// Policies say whom they would pick.
    Odds,
    /// Matches are made.
    Match,
}

/// Stages of a [`Round`], in order.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub enum RoundSystems {
    /// Agents that talk say something, all at the same time and before any agent chooses.
    Talk,
    /// Policies choose an action for every seat they hold.
    Decide,
    /// Cooperation fails, where execution errors are made.
    Execute,
    /// Noise, then payoffs.
    Resolve,
    /// Reward terms pay.
    Reward,
    /// What the terms paid is added up.
    Sum,
    /// Actions are judged, where there are reputations.
    Judge,
    /// Books are kept, moves written, experience remembered.
    Settle,
    /// The round enters the history and the next observation is made.
    Advance,
}

/// The place of one system among those that share a stage and write to the same resource: first registered, first run.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The n-th reward term.
    Term(usize),
    /// The n-th kind of policy.
    Policy(usize),
}

/// How many reward terms and policy kinds have been registered.
#[derive(Resource, Debug, Default)]
pub struct Places {
    terms: usize,
    policies: usize,
}

/// Sets up both schedules. Called once, before any plugin adds systems.
pub fn configure(app: &mut App) {
    for schedule in [Schedule::new(Tick), Schedule::new(Round)] {
        app.add_schedule(schedule);
    }
    app.edit_schedule(Tick, |schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
        schedule.configure_sets(
            (
                TickSystems::Pair,
                TickSystems::Prepare,
                TickSystems::Tell,
                TickSystems::Play,
                TickSystems::Learn,
                TickSystems::ReadOut,
                TickSystems::Record,
                TickSystems::Evolve,
                TickSystems::RecordEvolution,
            )
                .chain(),
        );
        // After a failure the tick's rows would be wrong.
        let later = (
            TickSystems::Play,
            TickSystems::Learn,
            TickSystems::ReadOut,
            TickSystems::Evolve,
            TickSystems::Record,
            TickSystems::RecordEvolution,
        );
        schedule.configure_sets(later.distributive_run_if(nothing_has_failed));
        // Ranks wait for each other in some of these stages, so all of them skip the same ones.
        schedule.add_systems((
            hear_of_failures.after(TickSystems::Tell).before(TickSystems::Play),
            hear_of_failures.after(TickSystems::Play).before(TickSystems::Learn),
            hear_of_failures.after(TickSystems::Record).before(TickSystems::Evolve),
        ));
        let pairing = (PairSystems::Known, PairSystems::Odds, PairSystems::Match);
        schedule.configure_sets(pairing.chain().in_set(TickSystems::Pair));
    });
    app.edit_schedule(Round, |schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
        schedule.configure_sets(
            (
                RoundSystems::Talk,
                RoundSystems::Decide,
                RoundSystems::Execute,
                RoundSystems::Resolve,
                RoundSystems::Reward,
                RoundSystems::Sum,
                RoundSystems::Judge,
                RoundSystems::Settle,
                RoundSystems::Advance,
            )
                .chain(),
        );
    });
    app.init_resource::<Places>().init_resource::<TickFailure>().init_resource::<Ranks>();
}

/// Run condition: nothing in this tick has failed.
fn nothing_has_failed(failure: Res<TickFailure>) -> bool {
    failure.is_none()
}

/// How many systems both schedules have where nothing was added to this crate's own.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
struct OwnSystems(usize);

/// Notes that all systems so far are this crate's own.
pub fn note_own_systems(world: &mut World) {
    let own = OwnSystems(systems(world));
    world.insert_resource(own);
}

/// Whether no system was added to this crate's own. Others may look at every round, so that rounds have to be played
/// where they can see them.
pub fn has_own_systems_alone(world: &World) -> bool {
    world.get_resource::<OwnSystems>().is_some_and(|own| own.0 == systems(world))
}

fn systems(world: &World) -> usize {
    let schedules = world.resource::<Schedules>();
    let count = |schedule: Option<&Schedule>| schedule.map_or(0, Schedule::systems_len);
    count(schedules.get(Tick)) + count(schedules.get(Round))
}

/// Makes an ambiguous order of two systems an error when a schedule is built.
pub fn forbid_ambiguity(app: &mut App) {
    let settings = ScheduleBuildSettings { ambiguity_detection: LogLevel::Error, ..Default::default() };
    for label in [Tick.intern(), Round.intern()] {
        app.edit_schedule(label, |schedule| {
            schedule.set_build_settings(settings.clone());
        });
    }
}

/// Reserves the next place among the reward terms, in [`RoundSystems::Reward`] and in [`TickSystems::Prepare`]; returns
/// its set and number.
pub fn next_term_place(app: &mut App) -> (Place, usize) {
    let mut places = app.world_mut().resource_mut::<Places>();
    let number = places.terms;
    places.terms += 1;
    let place = Place::Term(number);
    app.configure_sets(Round, place.clone().in_set(RoundSystems::Reward));
    app.configure_sets(Tick, place.clone().in_set(TickSystems::Prepare));
    if number > 0 {
        for schedule in [Round.intern(), Tick.intern()] {
            app.configure_sets(schedule, Place::Term(number - 1).before(place.clone()));
        }
    }
    (place, number)
}

/// Reserves the next place among the policy kinds, in [`RoundSystems::Decide`] and in [`TickSystems::Prepare`]; returns
/// its set.
pub fn next_policy_place(app: &mut App) -> Place {
    let mut places = app.world_mut().resource_mut::<Places>();
    let number = places.policies;
    places.policies += 1;
    let place = Place::Policy(number);
    app.configure_sets(Round, place.clone().in_set(RoundSystems::Decide));
    app.configure_sets(Tick, place.clone().in_set(TickSystems::Prepare));
    if number > 0 {
        for schedule in [Round.intern(), Tick.intern()] {
            app.configure_sets(schedule, Place::Policy(number - 1).before(place.clone()));
        }
    }
    place
}
