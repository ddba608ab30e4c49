//! The systems of LLM agents: score, decide, remember, learn.

use super::draw::draw;
use super::evidence::Foresight;
use super::exact::behaviour;
use super::frozen::{Frozen, decide_frozen, publish_frozen};
use super::generate::{Texts, decide_by_text, keep_completions, learn_from_texts, prepare_texts, say};
use super::heritage::Adapters;
use super::learn::{LabelUpdate, LearningError, halt, measure, take_back};
use super::partner::{ChoosesByPrompt, set_odds, take_gradients, take_steps};
use super::score::{fill, not_finite, read_out};
use super::{BaseLlm, DecisionTable, Experience, LlmLearner, LlmPolicy, snapshot};
use crate::learning::{Step, Trajectory};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Ask, Done, Engine, Job};
use crate::world::schedule::{PairSystems, Round, RoundSystems, Tick, TickSystems, next_policy_place};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, AgentName, Behaviour, Clock, Completions, Decisions, Heritage, IllegalReward, LearningStats, Progress,
    ReadOut, RewardTable, Rewards, Rules, Setting, TickFailure, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use rayon::prelude::*;
use std::borrow::BorrowMut;

/// Plays and learns for every agent that carries an [`LlmPolicy`].
pub struct LlmPlugin;

impl Plugin for LlmPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.init_resource::<Progress>();
        snapshot::register(&mut app.world_mut().get_resource_or_init::<Snapshots>());
        let mut heritage = app.world_mut().get_resource_or_init::<Heritage>();
        heritage.component::<Frozen>();
        heritage.component::<IllegalReward>();
        heritage.learned(Adapters);
        let is_there = resource_exists::<BaseLlm>;
        let score = (score_tables, prepare_texts.run_if(texts_are_written)).chain();
        app.add_systems(Tick, score.in_set(place.clone()).run_if(is_there));
        app.add_systems(Tick, publish_frozen.before(score_tables).in_set(place.clone()));
        app.add_systems(Round, say.in_set(RoundSystems::Talk).run_if(texts_are_written));
        let write = (decide_by_text, keep_completions.run_if(resource_exists::<Completions>)).chain();
        app.add_systems(Round, (decide_llm, decide_frozen, write.run_if(texts_are_written)).chain().in_set(place));
        app.add_systems(Round, remember.in_set(RoundSystems::Settle));
        let learn =
            (take_gradients.run_if(partners_are_picked), learn, learn_from_texts.run_if(texts_are_written), take_steps)
                .chain();
        app.add_systems(Tick, learn.in_set(TickSystems::Learn).run_if(is_there));
        let picking = set_odds.run_if(is_there).run_if(partners_are_picked);
        app.add_systems(Tick, picking.in_set(PairSystems::Odds));
    }
}

/// Run condition: language models pick partners.
fn partners_are_picked(agents: Query<(), With<ChoosesByPrompt>>) -> bool {
    !agents.is_empty()
}

/// Run condition: language models write what they do.
fn texts_are_written(agents: Query<(), With<Texts>>) -> bool {
    !agents.is_empty()
}

/// An agent that decides by a table, as the table is made.
#[derive(QueryData)]
#[query_data(mutable)]
struct Scored {
    entity: Entity,
    name: &'static AgentName,
    policy: &'static mut LlmPolicy,
    table: &'static mut DecisionTable,
    read_out: &'static mut ReadOut,
    behaviour: &'static mut Behaviour,
    experience: &'static mut Experience,
    learner: Option<&'static mut LlmLearner>,
}

impl ScoredItem<'_, '_> {
    /// What the engine is asked; keeps what an update will need if one `follows`.
    fn ask(&mut self, follows: bool) -> Ask<'_> {
        let job = Job { tree: &self.policy.prompts.tree, agent: self.policy.for_engine() };
        Ask { job, memo: self.learner.as_mut().filter(|_| follows).map(|learner| &mut learner.memo) }
    }
}

/// Scores the table of every agent whose parameters have changed, and makes room for the tick's experience.
fn score_tables(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<Scored>,
) {
    // Agents whose parameters are not those that their table was scored with.
    let mut stale: Vec<ScoredItem> = Vec::new();
    for mut agent in &mut agents {
        *agent.experience = Experience::default();
        if agent.table.generation != Some(agent.policy.generation) {
            stale.push(agent);
        }
    }
    let Some(()) = failure.check(score(&base.0, &mut stale, true, &|| progress.0.inc(1))) else { return };
    // This is where it first shows that an update has broken its policy.
    let mut broken = Vec::new();
    for stale in &mut stale {
        let Some((value, learner)) = stale.table.broken().zip(stale.learner.as_ref()) else { continue };
        if let Some(error) = take_back(&mut stale.policy, learner, value) {
            halt(&mut commands, stale.entity, clock.tick, error);
            broken.push(stale);
        }
    }
    let Some(()) = failure.check(score(&base.0, &mut broken, false, &|| ())) else { return };
    base.0.pool().install(|| {
        stale.par_iter_mut().for_each(|stale| {
            stale.read_out.0 = read_out(&rules, &stale.policy.prompts, &stale.table.policy);
            *stale.behaviour = behaviour(&rules, &stale.policy.prompts, &stale.table.policy);
        });
    });
    for stale in &stale {
        let checked = stale.table.broken().map_or(Ok(()), |value| Err(not_finite(&stale.name.0, value)));
        failure.check(checked);
    }
}

/// Scores these agents' tables; keeps what their updates will need if some `follow`.
fn score<'w, 's, S: BorrowMut<ScoredItem<'w, 's>>>(
    engine: &Engine,
    agents: &mut [S],
    follow: bool,
    done: Done,
) -> Result<(), DeviceError> {
    let mut asks: Vec<Ask> = agents.iter_mut().map(|agent| agent.borrow_mut().ask(follow)).collect();
    let scores = engine.score(&mut asks, done)?;
    for (agent, scores) in agents.iter_mut().zip(scores) {
        let ScoredItem { policy, table, .. } = agent.borrow_mut();
        fill(table, &policy.prompts, policy.generation, scores);
    }
    Ok(())
}

/// Draws an outcome for every live seat of every LLM agent from the agent's table.
fn decide_llm(
    setting: Setting,
    tournament: Res<Tournament>,
    mut agents: Query<(&AgentId, &LlmPolicy, &DecisionTable, &mut Experience)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, policy, table, mut experience) in &mut agents {
        for turn in tournament.live_seats_of(*agent) {
            let (step, action) = draw(&policy.prompts, table, &setting, &tournament, &turn);
            decisions.0[turn.seat] = action;
            experience.pending.push((turn.slot as u32, turn.seat as u32, step));
        }
    }
}

/// Rewards the decisions of the round and files them under their match.
fn remember(rewards: Res<Rewards>, mut agents: Query<&mut Experience>) {
    for mut experience in &mut agents {
        let experience = &mut *experience;
        for (slot, seat, step) in experience.pending.drain(..) {
            let slot = slot as usize;
            if experience.trajectories.len() <= slot {
                experience.trajectories.resize_with(slot + 1, Trajectory::default);
            }
            experience.trajectories[slot].steps.push(Step { reward: rewards.total[seat as usize], ..step });
        }
    }
}

/// An agent that decides by a table, as it learns from what it decided.
#[derive(QueryData)]
#[query_data(mutable)]
struct Lived {
    entity: Entity,
    agent: &'static AgentId,
    illegal: Option<&'static IllegalReward>,
    terms: Option<&'static RewardTable>,
    policy: &'static mut LlmPolicy,
    table: &'static DecisionTable,
    experience: &'static Experience,
    learner: Option<&'static mut LlmLearner>,
}

/// Updates every learner that has lived through something, and records what was measured.
fn learn(
    mut commands: Commands,
    clock: Res<Clock>,
    foresight: Foresight,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<Lived>,
) {
    let foretold = foresight.look();
    let mut all: Vec<_> = agents.iter_mut().collect();
    let begun: Vec<_> = base.0.pool().install(|| {
        let begin = all.par_iter_mut().map(|lived| {
            let LivedItem { entity, agent, illegal, terms, policy, table, experience, learner } = lived;
            let stats = measure(&table.policy, &table.reference, experience, policy.generation);
            let lived = experience.trajectories.iter().any(|trajectory| !trajectory.steps.is_empty());
            let update = learner.as_mut().filter(|_| lived).map(|learner| {
                let rewards = (*terms, *illegal);
                let evidence = foretold.evidence(learner.estimator, **agent, policy, table, experience, rewards)?;
                Ok(LabelUpdate::new(policy, learner, table, &evidence))
            });
            (*entity, stats, update)
        });
        begin.collect()
    });
    let (mut updates, mut learning) = (Vec::new(), Vec::new());
    for (entity, stats, update) in begun {
        commands.entity(entity).insert(stats);
        match update {
            None => {}
            Some(Ok(update)) => {
                updates.push(update);
                learning.push((entity, stats));
            }
            Some(Err(error)) => halt(&mut commands, entity, clock.tick, LearningError::to_string(&error)),
        }
    }
    let Some(()) = failure.check(base.0.update(&mut updates, &|| progress.0.inc(1))) else { return };
    for ((entity, stats), update) in learning.into_iter().zip(updates) {
        match update.end() {
            Ok(norm) => _ = commands.entity(entity).insert(LearningStats { grad_norm: Some(norm), ..stats }),
            Err(error) => halt(&mut commands, entity, clock.tick, error),
        }
    }
}
