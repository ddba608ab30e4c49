//! Lets agents that learn round by round decide and learn in lockstep.

use crate::games::{Action, ILLEGAL};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems, next_policy_place};
use crate::world::snapshot::{Opaque, Snapshots};
use crate::world::{
    AgentId, Decisions, HandsOn, Heritage, LearnsByRound, ReadOut, ReadOutSource, Rewards, Rules, SeatStreams, Setting,
    Tournament, Turn,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;

/// Plays and teaches every agent that carries [`LearnsByRound`].
pub struct TabularPlugin;

impl Plugin for TabularPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.add_systems(Round, decide_by_round.in_set(place.clone()));
        app.add_systems(Round, learn_by_round.in_set(RoundSystems::Settle));
        app.add_systems(Tick, read_out_learners.in_set(TickSystems::ReadOut));
        app.world_mut().get_resource_or_init::<Snapshots>().agents(
            "learners by round",
            |agent| agent.get::<LearnsByRound>().map(|learner| learner.0.keep()),
            |agent, kept| agent.get_mut::<LearnsByRound>().ok_or("it learns otherwise")?.0.recall(&kept),
        );
        app.world_mut().get_resource_or_init::<Heritage>().learned(Tables);
    }
}

/// What agents that learn round by round hand on.
struct Tables;

impl HandsOn for Tables {
    fn keep(&self, agent: EntityRef) -> Option<Opaque> {
        agent.get::<LearnsByRound>().map(|learner| learner.0.keep())
    }

    fn recall(&self, agent: &mut EntityWorldMut, kept: &Opaque) -> Result<(), String> {
        agent.get_mut::<LearnsByRound>().ok_or("it learns otherwise")?.0.recall(kept)
    }
}

/// Fills the decisions of every live seat whose agent learns round by round. In the first round, a learner may replace
/// what its seat sees by moves of its own making, which rewards then follow as well.
fn decide_by_round(
    setting: Setting,
    mut agents: Query<(&AgentId, &mut LearnsByRound, &mut SeatStreams)>,
    mut tournament: ResMut<Tournament>,
    mut decisions: ResMut<Decisions>,
) {
    let Setting { seed, clock, rules } = setting;
    let tournament = &mut *tournament;
    for (agent, mut learner, mut streams) in &mut agents {
        let seats = tournament.seats_of.of(*agent);
        if tournament.round == 0 {
            streams.0.clear();
            streams.0.extend(seats.iter().map(|&seat| SeatStreams::open(seed.0, *agent, clock.tick, seat as usize)));
        }
        for (&seat, rng) in seats.iter().zip(&mut streams.0) {
            let seat = seat as usize;
            if !tournament.is_live(tournament.match_of(seat)) {
                continue;
            }
            if tournament.round == 0
                && let Some(first) = learner.0.open(rng)
            {
                tournament.seen[seat] = rules.observations.get(first);
            }
            decisions.0[seat] = learner.0.decide(tournament.observation(&rules, seat), rng);
        }
    }
}

/// Teaches every agent that learns round by round what its decisions brought, seat by seat.
fn learn_by_round(
    rules: Res<Rules>,
    tournament: Res<Tournament>,
    decisions: Res<Decisions>,
    rewards: Res<Rewards>,
    mut agents: Query<(&AgentId, &mut LearnsByRound)>,
) {
    for (agent, mut learner) in &mut agents {
        for turn in tournament.live_seats_of(*agent) {
            let Turn { seat, .. } = turn;
            let action = decisions.0[seat];
            if action == ILLEGAL {
                continue;
            }
            let seen = turn.observation(&rules);
            let next = tournament.observation_next(&rules, &decisions, seat);
            learner.0.learn(seen, action, rewards.total[seat], next);
        }
    }
}

/// Publishes how likely agents that learn round by round are to cooperate at the end of the tick: the policy that
/// played it changed from round to round. If a learner makes up what it sees first, it has no number for the start.
fn read_out_learners(rules: Res<Rules>, mut agents: Query<(&LearnsByRound, &mut ReadOut, &mut ReadOutSource)>) {
    let game = rules.game.as_ref();
    let cooperative: Vec<Action> =
        (0..game.actions().len()).map(|a| a as Action).filter(|&a| game.cooperative(a)).collect();
    for (learner, mut read_out, mut source) in &mut agents {
        let cooperation = |seen| {
            let chance = || cooperative.iter().map(|&action| learner.0.probability(seen, action)).sum::<f64>();
            if learner.0.meets(seen) { chance() } else { f64::NAN }
        };
        source.set_if_neq(ReadOutSource::ExactAtEnd);
        read_out.0.clear();
        read_out.0.extend((0..rules.observations.len()).map(cooperation));
    }
}
