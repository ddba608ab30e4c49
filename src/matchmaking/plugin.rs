//! Pairs the population at the start of every tick.

use super::partners::{
    add_selection_rewards, keep_last_moves, learn_selections, make_up_last_moves, partners_are_chosen, select_partners,
};
use super::{fixed_pairs, paired, random_pairs, round_robin, self_play};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{PairSystems, Round, RoundSystems, Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, ChoosesPartner, Clock, LastMoves, Matchmaking, Population, Roster, Rules, RunSeed, Selections, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;

/// Decides who meets whom.
pub struct MatchmakingPlugin;

impl Plugin for MatchmakingPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<LastMoves>().init_resource::<Selections>();
        let mut snapshots = app.world_mut().get_resource_or_init::<Snapshots>();
        snapshots.resource::<LastMoves>("last moves");
        snapshots.agents(
            "choosers of partners",
            |agent| agent.get::<ChoosesPartner>().map(|chooser| chooser.0.keep()),
            |agent, kept| agent.get_mut::<ChoosesPartner>().ok_or("it chooses otherwise")?.0.recall(&kept),
        );
        app.add_systems(Tick, make_up_last_moves.in_set(PairSystems::Known));
        let selecting = select_partners.run_if(partners_are_chosen);
        app.add_systems(Tick, (pair_agents, selecting).chain().in_set(PairSystems::Match));
        let settling = add_selection_rewards.run_if(partners_are_chosen);
        app.add_systems(Round, settling.in_set(RoundSystems::Settle));
        let learning = learn_selections.run_if(partners_are_chosen);
        app.add_systems(Tick, (keep_last_moves, learning).chain().in_set(TickSystems::Learn));
    }
}

/// Draws this tick's matches.
fn pair_agents(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    rules: Res<Rules>,
    roster: Res<Roster>,
    matchmaking: Res<Matchmaking>,
    agents: Query<(&AgentId, &Population)>,
    mut tournament: ResMut<Tournament>,
) {
    let mut members: Vec<(AgentId, u32)> = agents.iter().map(|(id, population)| (*id, population.0)).collect();
    members.sort();
    let of_population = |wanted: u32| -> Vec<AgentId> {
        members.iter().filter(|(_, population)| *population == wanted).map(|(id, _)| *id).collect()
    };
    let everybody: Vec<AgentId> = members.iter().map(|(id, _)| *id).collect();
    let seats = rules.game.seats();
    let mut rng = stream(seed.0, Purpose::Pairing, StreamKey { tick: clock.tick, ..StreamKey::default() });
    let pairing = match &*matchmaking {
        Matchmaking::RoundRobin => round_robin(&everybody, seats, &mut rng),
        Matchmaking::RandomPairs { repeats } => random_pairs(&everybody, seats, *repeats, &mut rng),
        Matchmaking::FixedPairs(pairs) | Matchmaking::Paired(pairs) => {
            let sides: Vec<_> = pairs.iter().map(|&(a, b)| (of_population(a), of_population(b))).collect();
            let sides: Vec<_> = sides.iter().map(|(a, b)| (a.as_slice(), b.as_slice())).collect();
            if matches!(*matchmaking, Matchmaking::Paired(_)) { paired(&sides) } else { fixed_pairs(&sides, &mut rng) }
        }
        Matchmaking::SelfPlay => self_play(&everybody, seats),
        // The choosers come next.
        Matchmaking::PartnerSelection => return,
    };
    *tournament = Tournament::new(seats, pairing, roster.0.len());
}
