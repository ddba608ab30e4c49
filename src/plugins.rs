//! Everything `sim` is made of, as one group of plugins.

use crate::matchmaking::MatchmakingPlugin;
use crate::metrics::MetricsPlugin;
use crate::morals::TermsPlugin;
use crate::morals::plugin::RewardSumPlugin;
use crate::play::PlayPlugin;
use crate::policies::llm::LlmPlugin;
use crate::policies::network::NetworkPlugin;
use crate::policies::scripted::ScriptedPlugin;
use crate::policies::tabular::TabularPlugin;
use crate::world::snapshot::Snapshots;
use crate::world::{Factories, schedule};
use bevy_app::{App, Plugin};

/// The schedule and every plugin of this crate. Add your own after it.
pub struct SimPlugins;

impl Plugin for SimPlugins {
    fn build(&self, app: &mut App) {
        schedule::configure(app);
        app.init_resource::<Factories>().init_resource::<Snapshots>();
        app.add_plugins((MatchmakingPlugin, PlayPlugin, RewardSumPlugin, MetricsPlugin));
        app.add_plugins((ScriptedPlugin, LlmPlugin, TabularPlugin, NetworkPlugin));
        app.add_plugins(TermsPlugin);
    }
}
