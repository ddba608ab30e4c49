//! What plugins from outside offer to scenario files: games, reward terms and policies under names of their own.

use super::Phase;
use crate::games::Game;
use bevy_ecs::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Numbers that a scenario hands to a plugin.
pub type Params = BTreeMap<String, f64>;

/// Makes a game from its parameters, or says what is wrong with them.
pub type GameFactory = Box<dyn Fn(&Params) -> Result<Arc<dyn Game>, String> + Send + Sync>;

/// Gives an agent a reward term in force during the phase, or says what is wrong with the parameters.
pub type TermFactory = Box<dyn Fn(&Params, Phase, &mut EntityWorldMut) -> Result<(), String> + Send + Sync>;

/// Gives an agent a policy, or says what is wrong with the parameters.
pub type PolicyFactory = Box<dyn Fn(&Params, &mut EntityWorldMut) -> Result<(), String> + Send + Sync>;

/// Everything that `Custom(name: …)` may name in a scenario.
#[derive(Resource, Default)]
pub struct Factories {
    /// Games by name.
    pub games: BTreeMap<String, GameFactory>,
    /// Reward terms by name.
    pub terms: BTreeMap<String, TermFactory>,
    /// Policies by name.
    pub policies: BTreeMap<String, PolicyFactory>,
}
