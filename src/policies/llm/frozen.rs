//! Language models that do not learn: each was asked all its prompts once, before the run, and plays by the answers.

use super::draw::draw;
use super::exact::behaviour;
use super::score::{fixed_table, read_out};
use super::{DecisionTable, PromptSet};
use crate::world::{AgentId, Behaviour, Decisions, ReadOut, Rules, Setting, Tournament};
use bevy_ecs::prelude::*;
use std::sync::Arc;

/// What a model has answered to all prompts of a game; shared by all agents with the same model that are asked alike.
#[derive(Debug)]
pub struct FrozenTable {
    /// What it was asked.
    pub prompts: Arc<PromptSet>,
    /// What it answered.
    pub table: DecisionTable,
}

impl FrozenTable {
    /// The table of a model that gives labels these log-probabilities, row-major (prompts, labels).
    pub fn new(prompts: Arc<PromptSet>, label_log_probs: Vec<f32>) -> Self {
        let table = fixed_table(&prompts, label_log_probs);
        Self { prompts, table }
    }
}

/// Plays by a table that never changes.
#[derive(Component, Clone, Debug)]
pub struct Frozen(pub Arc<FrozenTable>);

/// Publishes how agents act whose table is new to them.
pub(super) fn publish_frozen(
    rules: Res<Rules>,
    mut agents: Query<(&Frozen, &mut ReadOut, &mut Behaviour), Changed<Frozen>>,
) {
    for (Frozen(answers), mut out, mut acts) in &mut agents {
        let FrozenTable { prompts, table } = &**answers;
        out.0 = read_out(&rules, prompts, &table.policy);
        *acts = behaviour(&rules, prompts, &table.policy);
    }
}

/// Draws an outcome for every live seat of every frozen agent.
pub(super) fn decide_frozen(
    setting: Setting,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Frozen)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, Frozen(answers)) in &agents {
        for turn in tournament.live_seats_of(*agent) {
            let (_, action) = draw(&answers.prompts, &answers.table, &setting, &tournament, &turn);
            decisions.0[turn.seat] = action;
        }
    }
}
