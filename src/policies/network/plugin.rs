//! Lets agents with networks decide and learn.

use super::q_network::QNetwork;
use super::{PlaysByNetwork, state};
use crate::games::Action;
use crate::rng::{Purpose, stream};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems, next_policy_place};
use crate::world::snapshot::{Opaque, Snapshots};
use crate::world::{
    AgentId, Decisions, HandsOn, Heritage, ReadOut, Rewards, Rules, Setting, Tournament, Turn, Workers,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use rand::RngExt;

/// Plays and teaches every agent that carries [`PlaysByNetwork`].
pub struct NetworkPlugin;

impl Plugin for NetworkPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.add_systems(Round, decide_by_network.in_set(place.clone()));
        app.add_systems(Tick, read_out_networks.in_set(place));
        app.add_systems(Round, remember_round.in_set(RoundSystems::Settle));
        app.world_mut().get_resource_or_init::<Snapshots>().agents(
            "networks",
            |agent| agent.get::<PlaysByNetwork>().map(|player| player.network.clone()),
            |agent, kept| {
                agent.get_mut::<PlaysByNetwork>().ok_or("it plays otherwise")?.network = kept;
                Ok(())
            },
        );
        app.world_mut().get_resource_or_init::<Heritage>().learned(Networks);
        let workers = resource_exists::<Workers>;
        app.add_systems(Tick, learn_by_network.in_set(TickSystems::Learn).run_if(workers));
    }
}

/// What agents with networks hand on.
struct Networks;

impl HandsOn for Networks {
    fn keep(&self, agent: EntityRef) -> Option<Opaque> {
        agent.get::<PlaysByNetwork>().map(|player| Opaque::new(&player.network))
    }

    fn recall(&self, agent: &mut EntityWorldMut, kept: &Opaque) -> Result<(), String> {
        agent.get_mut::<PlaysByNetwork>().ok_or("it plays otherwise")?.network = kept.open()?;
        Ok(())
    }

    fn without_moments(&self, kept: &Opaque) -> Result<Opaque, String> {
        let mut network: QNetwork = kept.open()?;
        network.forget_moments();
        Ok(Opaque::new(&network))
    }
}

/// Fills the decisions of every live seat whose agent plays by network; decides at random where nothing is seen.
fn decide_by_network(
    setting: Setting,
    tournament: Res<Tournament>,
    mut agents: Query<(&AgentId, &mut PlaysByNetwork)>,
    mut decisions: ResMut<Decisions>,
) {
    let Setting { seed, clock, rules } = setting;
    let actions = rules.observations.actions as u32;
    for (agent, mut player) in &mut agents {
        for turn in tournament.live_seats_of(*agent) {
            let mut rng = stream(seed.0, Purpose::Decision, tournament.key(clock.tick, turn.seat));
            decisions.0[turn.seat] = match state(rules.game.as_ref(), turn.seen) {
                Some(state) => player.network.decide(&[state], &mut rng) as Action,
                None => rng.random_range(0..actions) as Action,
            };
        }
    }
}

/// Remembers what every decision brought, even in rounds that the opponent's illegal completion voided: a player that
/// acted legally learns from what it was paid, as every learner does.
///
/// The next state is the move that the opponent has just made, as in the paper, or its last legal one; the move that
/// the player meets next may be another opponent's.
fn remember_round(
    rules: Res<Rules>,
    tournament: Res<Tournament>,
    decisions: Res<Decisions>,
    rewards: Res<Rewards>,
    mut agents: Query<(&AgentId, &mut PlaysByNetwork)>,
) {
    let game = rules.game.as_ref();
    for (agent, mut player) in &mut agents {
        for Turn { seat, seen, .. } in tournament.live_seats_of(*agent) {
            let seen = state(game, seen);
            let next = state(game, tournament.seen_next(&rules, &decisions, seat));
            if let (Some(seen), Some(next)) = (seen, next) {
                player.memory.push((seen, decisions.0[seat], rewards.total[seat], next));
            }
        }
    }
}

/// One update per agent, agents side by side.
fn learn_by_network(workers: Res<Workers>, mut agents: Query<&mut PlaysByNetwork>) {
    let mut players: Vec<_> = agents.iter_mut().collect();
    if !players.is_empty() {
        workers.each(&mut players, |player| player.learn());
    }
}

/// Publishes how likely networks are to cooperate after each observation.
fn read_out_networks(rules: Res<Rules>, mut agents: Query<(&PlaysByNetwork, &mut ReadOut)>) {
    let game = rules.game.as_ref();
    let actions = rules.observations.actions;
    let cooperative: Vec<usize> = (0..actions).filter(|&action| game.cooperative(action as Action)).collect();
    for (player, mut read_out) in &mut agents {
        // The network sees one of two states, and the start is random.
        let cooperation = |input: f32| cooperative.iter().map(|&a| player.network.probability(&[input], a)).sum();
        let after: [f64; 2] = [cooperation(0.0), cooperation(1.0)];
        let of = |index: usize| match state(game, rules.observations.get(index)) {
            None => cooperative.len() as f64 / actions as f64,
            Some(input) => after[usize::from(input != 0.0)],
        };
        read_out.0.clear();
        read_out.0.extend((0..rules.observations.len()).map(of));
    }
}
