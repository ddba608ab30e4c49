//! Lets agents inherit from each other at the end of every generation.

use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, Birth, Clock, Founder, Heritage, Ledger, PolicyName, Roster, RunSeed, TickFailure, UpdateRule,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::common_conditions::run_once;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How agents of this run inherit from each other.
#[derive(Resource, Clone, Debug)]
pub struct Evolution {
    /// Who inherits from whom.
    pub rule: Arc<dyn UpdateRule>,
    /// Ticks of a generation.
    pub every: u32,
}

impl Evolution {
    /// A few words for the dry run.
    pub fn summary(&self) -> String {
        let ticks = if self.every == 1 { "every tick".into() } else { format!("every {} ticks", self.every) };
        format!("{}, {ticks}", self.rule.summary())
    }
}

/// Payoffs and decisions of every agent since its generation began.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
struct Lives(Vec<(f64, u64)>);

/// Selection between ticks, in runs that ask for it. Strategies and their names are heritable; other plugins add traits
/// to [`Heritage`].
pub struct EvolutionPlugin;

impl Plugin for EvolutionPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Lives>();
        app.world_mut().get_resource_or_init::<Heritage>().component::<PolicyName>();
        let mut snapshots = app.world_mut().get_resource_or_init::<Snapshots>();
        snapshots.component::<Founder>("founders");
        snapshots.resource::<Lives>("lives");
        let evolves = resource_exists::<Evolution>;
        app.add_systems(Tick, resume.run_if(evolves).run_if(run_once).before(TickSystems::Pair));
        app.add_systems(Tick, (live, evolve).chain().run_if(evolves).in_set(TickSystems::Evolve));
    }
}

/// Gives every agent of a resumed run the traits of its founder.
fn resume(world: &mut World) {
    let mut founders = world.query::<(&AgentId, &Founder)>();
    let births = founders.iter(world).filter(|(agent, founder)| **agent != founder.0);
    let births: Vec<Birth> = births.map(|(agent, founder)| Birth { child: *agent, parent: founder.0 }).collect();
    Heritage::pass_on(world, &births);
}

/// Adds the tick to every agent's life.
fn live(ledger: Res<Ledger>, mut lives: ResMut<Lives>) {
    lives.0.resize(ledger.accounts.len(), (0.0, 0));
    for ((payoff, decisions), account) in lives.0.iter_mut().zip(&ledger.accounts) {
        *payoff += account.payoff;
        *decisions += account.decisions;
    }
}

/// A rule that named an agent that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{rule} named agent number {agent}; there are {agents}")]
struct UnknownAgent {
    rule: String,
    agent: u32,
    agents: usize,
}

/// Ends a generation, if the tick is its last.
fn evolve(world: &mut World) {
    let (Clock { tick, .. }, Evolution { rule, every }) = (*world.resource(), world.resource::<Evolution>().clone());
    if !(tick + 1).is_multiple_of(every) {
        return;
    }
    let lives = std::mem::take(&mut world.resource_mut::<Lives>().0);
    let fitness: Vec<f64> = lives.iter().map(|&(payoff, decisions)| payoff / decisions.max(1) as f64).collect();
    let key = StreamKey { tick, ..StreamKey::default() };
    let births = rule.births(&fitness, &mut stream(world.resource::<RunSeed>().0, Purpose::Evolution, key));
    let named = births.iter().flat_map(|birth| [birth.child, birth.parent]);
    if let Some(agent) = named.into_iter().find(|agent| agent.index() >= fitness.len()) {
        let error = UnknownAgent { rule: rule.summary(), agent: agent.0, agents: fitness.len() };
        world.resource_mut::<TickFailure>().note(error);
        return;
    }
    for birth in births.into_iter().filter(|birth| birth.child != birth.parent) {
        let roster = &world.resource::<Roster>().0;
        let (child, parent) = (roster[birth.child.index()], roster[birth.parent.index()]);
        Heritage::pass_on(world, &[birth]);
        let founder = *world.get::<Founder>(parent).expect("every agent of a run that evolves has a founder");
        world.entity_mut(child).insert(founder);
    }
}
