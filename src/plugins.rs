//! Everything `sim` is made of, as one group of plugins.

use crate::evolution::EvolutionPlugin;
use crate::games::Game;
use crate::learning::Learner;
use crate::matchmaking::MatchmakingPlugin;
use crate::metrics::{Columns, EvolutionRow, MetricsPlugin, OutcomeRow};
use crate::morals::plugin::{Moral, MoralTermPlugin, RewardSumPlugin};
use crate::morals::{MoralTerm, TermsPlugin};
use crate::play::PlayPlugin;
use crate::policies::llm::LlmPlugin;
use crate::policies::network::NetworkPlugin;
use crate::policies::remote::RemotePlugin;
use crate::policies::scripted::ScriptedPlugin;
use crate::policies::scripted::{Scripted, Strategy};
use crate::policies::tabular::TabularPlugin;
use crate::reputation::ReputationPlugin;
use crate::world::snapshot::Snapshots;
use crate::world::{Factories, Matchmaker, Norm, UpdateRule, schedule};
use bevy_app::{App, Plugin, PluginGroup, PluginGroupBuilder};
use bevy_ecs::world::EntityWorldMut;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The schedule, and the registries that plugins add to: what all others need.
pub struct FoundationPlugin;

impl Plugin for FoundationPlugin {
    fn build(&self, app: &mut App) {
        schedule::configure(app);
        app.init_resource::<Factories>().init_resource::<Snapshots>().init_resource::<Columns>();
    }
}

/// Every plugin of this crate. A member can be left out or replaced, as in any group:
/// `SimPlugins.build().disable::<MatchmakingPlugin>().add(MyMatchmaking)`.
pub struct SimPlugins;

impl PluginGroup for SimPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(FoundationPlugin)
            .add(MatchmakingPlugin)
            .add(EvolutionPlugin)
            .add(PlayPlugin)
            .add(ReputationPlugin)
            .add(RewardSumPlugin)
            .add(MetricsPlugin)
            .add(ScriptedPlugin)
            .add(LlmPlugin)
            .add(TabularPlugin)
            .add(NetworkPlugin)
            .add(RemotePlugin)
            .add(TermsPlugin)
    }
}

/// What a plugin from outside adds with one line each. Scenarios name it as `Custom(name: "…", params: (…))`, and
/// `params` are checked against the type into which the plugin reads them: fields, types and defaults, with line,
/// column and the nearest word. `sim explain` and `sim schema` know it too.
pub trait AppExt {
    /// A game, made from its parameters.
    fn add_game<P: DeserializeOwned + JsonSchema, G: Game + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<G, String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A matchmaker, made from its parameters.
    fn add_matchmaker<P: DeserializeOwned + JsonSchema, M: Matchmaker + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<M, String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A reward term by its own name, read as it is, with the column `reward_<name>`.
    fn add_term<T: MoralTerm + DeserializeOwned + JsonSchema>(&mut self, about: &str) -> &mut Self;

    /// A strategy, made from its parameters: a policy that needs no system and keeps nothing between ticks.
    fn add_strategy<P: DeserializeOwned + JsonSchema, S: Strategy + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<S, String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// An update rule, made of its parameters: who inherits from whom.
    fn add_update_rule<P: DeserializeOwned + JsonSchema, R: UpdateRule + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<R, String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A norm of reputation, made of its parameters: which reputation an action earns.
    fn add_norm<P: DeserializeOwned + JsonSchema, N: Norm + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<N, String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A learner for language models, made from its parameters and the number of prompts that its agent can see.
    fn add_learner<P: DeserializeOwned + JsonSchema, L: Learner + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P, usize) -> Result<L, String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A policy, given to an agent as components; the plugin's own systems decide by them, in the place that
    /// [`schedule::next_policy_place`] reserves. State of it that outlives a tick is declared in [`Snapshots`].
    fn add_policy<P: DeserializeOwned + JsonSchema>(
        &mut self,
        name: &str,
        about: &str,
        give: impl Fn(P, &mut EntityWorldMut) -> Result<(), String> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A column of `strategy_evolution.csv`, after the existing ones: what `number` reads of an agent when its row is
    /// recorded, at the end of the row's last tick and after everything was learned from it. `None` leaves the cell
    /// empty, as does a number that is not finite. `name` is of lower-case letters, digits and `_`, and no other
    /// column's, nor does it begin with `reward_`; two columns of one name are an error when a scenario is read.
    /// `meaning` is Markdown that continues after "name: ". The row also holds the agent's account of all the row's
    /// ticks. Anything else is counted by systems of the plugin, in a component that `number` reads.
    fn add_column(
        &mut self,
        name: &str,
        meaning: &str,
        number: impl Fn(&EvolutionRow) -> Option<f64> + Send + Sync + 'static,
    ) -> &mut Self;

    /// A column of `social_outcomes.csv`, likewise: what `number` reads of the world.
    fn add_outcome_column(
        &mut self,
        name: &str,
        meaning: &str,
        number: impl Fn(&OutcomeRow) -> Option<f64> + Send + Sync + 'static,
    ) -> &mut Self;
}

impl AppExt for App {
    #[track_caller]
    fn add_norm<P: DeserializeOwned + JsonSchema, N: Norm + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<N, String> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Factories>().add_norm(name, about, make);
        self
    }

    #[track_caller]
    fn add_update_rule<P: DeserializeOwned + JsonSchema, R: UpdateRule + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<R, String> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Factories>().add_update_rule(name, about, make);
        self
    }

    #[track_caller]
    fn add_game<P: DeserializeOwned + JsonSchema, G: Game + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<G, String> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Factories>().add_game(name, about, make);
        self
    }

    #[track_caller]
    fn add_matchmaker<P: DeserializeOwned + JsonSchema, M: Matchmaker + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<M, String> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Factories>().add_matchmaker(name, about, make);
        self
    }

    #[track_caller]
    fn add_term<T: MoralTerm + DeserializeOwned + JsonSchema>(&mut self, about: &str) -> &mut Self {
        let give = |term: T, phase, agent: &mut EntityWorldMut| {
            agent.insert(Moral { term, phase });
            Ok(())
        };
        self.world_mut().resource_mut::<Factories>().add_term(T::NAME, about, give);
        self.add_plugins(MoralTermPlugin::<T>::default())
    }

    #[track_caller]
    fn add_strategy<P: DeserializeOwned + JsonSchema, S: Strategy + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<S, String> + Send + Sync + 'static,
    ) -> &mut Self {
        let give = move |params: P, agent: &mut EntityWorldMut| {
            agent.insert(Scripted(Arc::new(make(params)?)));
            Ok(())
        };
        let mut factories = self.world_mut().resource_mut::<Factories>();
        factories.add_policy(name, about, give);
        factories.heritable.insert(name.to_owned());
        self.world_mut().resource_mut::<Snapshots>().covers(name);
        self
    }

    #[track_caller]
    fn add_learner<P: DeserializeOwned + JsonSchema, L: Learner + 'static>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P, usize) -> Result<L, String> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Factories>().add_learner(name, about, make);
        self
    }

    #[track_caller]
    fn add_policy<P: DeserializeOwned + JsonSchema>(
        &mut self,
        name: &str,
        about: &str,
        give: impl Fn(P, &mut EntityWorldMut) -> Result<(), String> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Factories>().add_policy(name, about, give);
        self
    }

    #[track_caller]
    fn add_column(
        &mut self,
        name: &str,
        meaning: &str,
        number: impl Fn(&EvolutionRow) -> Option<f64> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Columns>().add_to_evolution(name, meaning, number);
        self
    }

    #[track_caller]
    fn add_outcome_column(
        &mut self,
        name: &str,
        meaning: &str,
        number: impl Fn(&OutcomeRow) -> Option<f64> + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().resource_mut::<Columns>().add_to_outcomes(name, meaning, number);
        self
    }
}
