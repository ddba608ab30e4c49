//! What the systems that draw and play need to know of the tick.

use super::{Clock, Rules, RunSeed};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

/// The setting of a tick: the seed of its draws, when it is, and the rules of its matches.
#[derive(SystemParam)]
pub struct Setting<'w> {
    /// The seed of every stream.
    pub seed: Res<'w, RunSeed>,
    /// Which tick it is.
    pub clock: Res<'w, Clock>,
    /// What every match follows.
    pub rules: Res<'w, Rules>,
}
