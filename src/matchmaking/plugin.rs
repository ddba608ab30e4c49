//! Pairs the population at the start of every tick.

use super::partners::{
    add_selection_rewards, keep_last_moves, learn_selections, make_up_last_moves, partners_are_chosen, select_partners,
};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{PairSystems, Round, RoundSystems, Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, ChoosesPartner, LastMoves, Lineages, Matchmaker, Matchmaking, People, Population, Populations, Presence,
    Roster, Selections, Setting, Structure, TickFailure, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

/// Decides who meets whom.
pub struct MatchmakingPlugin;

impl Plugin for MatchmakingPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<LastMoves>().init_resource::<Presence>().init_resource::<Selections>();
        let mut snapshots = app.world_mut().get_resource_or_init::<Snapshots>();
        snapshots.resource::<LastMoves>("last moves");
        snapshots.agents(
            "choosers of partners",
            |agent| agent.get::<ChoosesPartner>().map(|chooser| chooser.0.keep()),
            |agent, kept| agent.get_mut::<ChoosesPartner>().ok_or("it chooses otherwise")?.0.recall(&kept),
        );
        app.add_systems(Tick, make_up_last_moves.in_set(PairSystems::Known));
        let selecting = select_partners.run_if(partners_are_chosen);
        let pairing = pair_agents.run_if(not(partners_are_chosen));
        app.add_systems(Tick, (pairing, selecting).chain().in_set(PairSystems::Match));
        let settling = add_selection_rewards.run_if(partners_are_chosen);
        app.add_systems(Round, settling.in_set(RoundSystems::Settle));
        let learning = learn_selections.run_if(partners_are_chosen);
        app.add_systems(Tick, (keep_last_moves, learning).chain().in_set(TickSystems::Learn));
    }
}

/// The error of a matchmaker that did not do what it promises.
#[derive(Debug, thiserror::Error)]
enum PairingError {
    #[error("{matchmaker} filled {taken} seats, which make no whole matches of {seats}")]
    Incomplete { matchmaker: String, taken: usize, seats: usize },
    #[error("{matchmaker} promises to seat no agent twice in a tick, and seated agent number {agent} twice")]
    Twice { matchmaker: String, agent: u32 },
    #[error("{matchmaker} seated agent number {agent}; there are {agents}")]
    Unknown { matchmaker: String, agent: u32, agents: usize },
}

/// What a matchmaker is told of the agents.
#[derive(SystemParam)]
struct Told<'w, 's> {
    populations: Res<'w, Populations>,
    presence: Res<'w, Presence>,
    agents: Query<'w, 's, (&'static AgentId, &'static Population)>,
    structure: Option<Res<'w, Structure>>,
    lineages: Option<Res<'w, Lineages>>,
}

/// Draws this tick's matches.
fn pair_agents(
    setting: Setting,
    roster: Res<Roster>,
    matchmaking: Res<Matchmaking>,
    told: Told,
    mut tournament: ResMut<Tournament>,
    mut failure: ResMut<TickFailure>,
) {
    let Setting { seed, clock, rules } = setting;
    let Told { populations, presence, agents, structure, lineages } = told;
    let stays = |population: usize| presence.0.get(population).is_none_or(|stay| stay.includes(clock.tick));
    let seated = agents.iter().map(|(id, population)| (*id, population.0 as usize));
    let mut people = People::new(&populations.0, seated.filter(|(_, population)| stays(*population)));
    if let Some(structure) = &structure {
        people = people.beside(&structure.interaction);
    }
    if let Some(lineages) = lineages.as_ref().filter(|lineages| !lineages.types.is_empty()) {
        people = people.of_types(&lineages.types);
    }
    let (seats, agents) = (rules.game.seats(), roster.0.len());
    let mut rng = stream(seed.0, Purpose::Pairing, StreamKey { tick: clock.tick, ..StreamKey::default() });
    let pairing = matchmaking.0.pair(&people, seats, &mut rng);
    match checked(pairing, seats, agents, &*matchmaking.0) {
        Ok(pairing) => tournament.renew(seats, pairing, agents),
        Err(error) => failure.note(error),
    }
}

/// Returns `pairing` if it is valid: whole matches of agents that exist.
fn checked(
    pairing: Vec<AgentId>,
    seats: usize,
    agents: usize,
    matchmaker: &dyn Matchmaker,
) -> Result<Vec<AgentId>, PairingError> {
    if !pairing.len().is_multiple_of(seats) {
        return Err(PairingError::Incomplete { matchmaker: matchmaker.summary(), taken: pairing.len(), seats });
    }
    if let Some(agent) = pairing.iter().find(|agent| agent.index() >= agents) {
        return Err(PairingError::Unknown { matchmaker: matchmaker.summary(), agent: agent.0, agents });
    }
    if matchmaker.seats_each_once().is_ok() {
        let mut is_seated = vec![false; agents];
        let again = |agent: &&AgentId| std::mem::replace(&mut is_seated[agent.index()], true);
        if let Some(agent) = pairing.iter().find(again) {
            return Err(PairingError::Twice { matchmaker: matchmaker.summary(), agent: agent.0 });
        }
    }
    Ok(pairing)
}
