//! What a learner learns from: what happened, or what its opponents' tables let it expect.

use super::exact::{Known, Rewarding, expect};
use super::learn::{Evidence, LearningError};
use super::{DecisionTable, Experience, LlmPolicy};
use crate::learning::Estimator;
use crate::world::{AgentId, AgentName, Behaviour, Clock, IllegalReward, RewardTable, Roster, Rules, Tournament};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

/// Everything that expectations are made of.
#[derive(SystemParam)]
pub(super) struct Foresight<'w, 's> {
    clock: Res<'w, Clock>,
    rules: Res<'w, Rules>,
    roster: Res<'w, Roster>,
    tournament: Res<'w, Tournament>,
    agents: Query<'w, 's, (&'static AgentId, &'static AgentName, &'static Behaviour)>,
}

/// How every agent of this tick acts.
pub(super) struct Foretold<'a> {
    known: Known<'a>,
    names: Vec<&'a str>,
}

impl Foresight<'_, '_> {
    /// Looks up every agent, by [`AgentId`].
    pub(super) fn look(&self) -> Foretold<'_> {
        let mut behaviours: Vec<Option<&Behaviour>> = vec![None; self.roster.0.len()];
        let mut names = vec![""; self.roster.0.len()];
        for (agent, name, behaviour) in &self.agents {
            behaviours[agent.index()] = Some(behaviour);
            names[agent.index()] = &name.0;
        }
        let known = Known { rules: &self.rules, tournament: &self.tournament, tick: self.clock.tick, behaviours };
        Foretold { known, names }
    }
}

impl Foretold<'_> {
    /// What `agent` learns from in this tick, by its estimator.
    pub(super) fn evidence<'e>(
        &self,
        estimator: Estimator,
        agent: AgentId,
        policy: &LlmPolicy,
        table: &DecisionTable,
        experience: &'e Experience,
        rewards: (Option<&RewardTable>, Option<&IllegalReward>),
    ) -> Result<Evidence<'e>, LearningError> {
        if estimator == Estimator::Sampled {
            return Ok(Evidence::Lived(experience));
        }
        let nothing = RewardTable::default();
        let (terms, illegal) = rewards;
        let rewarding = Rewarding { terms: terms.unwrap_or(&nothing), illegal: illegal.map_or(0.0, |reward| reward.0) };
        expect(&self.known, agent, policy, &table.policy, rewarding)
            .map(Evidence::Expected)
            .map_err(|opponent| LearningError::UnknownOpponent { opponent: self.names[opponent.index()].to_string() })
    }
}
