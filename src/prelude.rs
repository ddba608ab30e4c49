//! What a program of your own needs: `use agora::prelude::*;`.

pub use crate::fault::Fault;
pub use crate::games::{Action, Game, ILLEGAL, Observation};
pub use crate::learning::exact::{self, Expectation, ReturnRule};
pub use crate::learning::normalize::Moments;
pub use crate::learning::optimizer::OptimizerConfig;
pub use crate::learning::{Cells, Learner, Loss, Plan, PolicyTable, TableGradient, Trajectory, UpdateStats};
pub use crate::learning::{returns, surrogate};
pub use crate::morals::{MoralTerm, RoundView};
pub use crate::plugins::{AppExt, SimPlugins};
pub use crate::policies::scripted::{MatchView, Recall, Scripted, Strategy};
pub use crate::rng::{Purpose, Stream, StreamKey, stream};
pub use crate::run::Simulation;
pub use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems, next_policy_place};
pub use crate::world::snapshot::Snapshots;
pub use crate::world::{
    AgentId, AgentName, Behaviour, Clock, Decisions, Deed, Event, Graph, Matchmaker, Norm, People, Reputations,
    Rewards, Roster, Rules, RunSeed, Sizes, Society, TickFailure, Tournament, Turn, UpdateRule,
};
pub use bevy_app::{App, Plugin, PluginGroup};
pub use bevy_ecs;
pub use bevy_ecs::prelude::*;
pub use schemars::{self, JsonSchema};
pub use serde::{self, Deserialize, Serialize};
