//! What partner selection is based on, and its outcome.

use super::AgentId;
use super::snapshot::Opaque;
use crate::games::Action;
use crate::rng::Stream;
use bevy_ecs::prelude::{Component, Resource};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A policy for choosing partners.
pub trait PartnerChooser: Debug + Send + Sync {
    /// The number of a partner among the others, given whether each of them cooperated last; others are numbered in the
    /// order of their agents, with the chooser left out.
    fn choose(&mut self, cooperated: &[bool], rng: &mut Stream) -> usize;

    /// Takes in what the match with partner number `chosen` brought, and whether each of the others cooperated last
    /// after it.
    fn learn(&mut self, chosen: usize, reward: f64, cooperated: &[bool]);

    /// What it has learned, to be kept while the run is stopped.
    fn keep(&self) -> Opaque;

    /// Takes over what [`PartnerChooser::keep`] kept, or says why it cannot.
    fn recall(&mut self, kept: &Opaque) -> Result<(), String>;
}

/// An agent that carries this chooses its partners; others get one at random.
#[derive(Component, Debug)]
pub struct ChoosesPartner(pub Box<dyn PartnerChooser>);

/// The chance of each partner, numbered as in [`PartnerChooser::choose`]: an agent that carries this is drawn one by
/// these odds. Its policy sets them before partners are chosen.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct PartnerOdds(pub Vec<f64>);

/// The last move of every agent, by agent; made up before the agent has played, and never [`crate::games::ILLEGAL`].
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastMoves(pub Vec<Action>);

/// Who chose whom in this tick.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Selections {
    /// The partner that each agent chose, by agent.
    pub partners: Vec<AgentId>,
    /// What the chosen match has brought each agent so far, by agent.
    pub rewards: Vec<f64>,
}

/// How many ticks each row of the tables covers.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordEvery(pub u32);

impl Default for RecordEvery {
    fn default() -> Self {
        Self(1)
    }
}
