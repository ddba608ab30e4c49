//! The systems of LLM agents: decide, remember, learn, and their order among the others.

use super::draw::draw;
use super::evidence::Foresight;
use super::frozen::{Frozen, decide_frozen, publish_frozen};
use super::generate::{Texts, decide_by_text, keep_completions, learn_from_texts, prepare_texts, say};
use super::heritage::Adapters;
use super::learn::{LabelUpdate, Learned, LearningError, measure, take_up};
use super::partner::{ChoosesByPrompt, set_odds, take_gradients, take_steps};
use super::tables::score_tables;
use super::{BaseLlm, DecisionTable, Experience, LlmLearner, LlmPolicy, snapshot};
use crate::learning::{Step, Trajectory};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Done, Engine};
use crate::world::schedule::{PairSystems, Round, RoundSystems, Tick, TickSystems, next_policy_place};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, Clock, Completions, Decisions, Heritage, Home, IllegalReward, LearningStats, Progress, RewardTable,
    Rewards, Setting, Sharing, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use rayon::prelude::*;

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
        let learn = (
            take_gradients.run_if(partners_are_picked),
            learn,
            learn_from_texts.run_if(texts_are_written),
            take_steps.run_if(partners_are_picked),
        );
        let learn = learn.chain();
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
    home: &'static Home,
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
    mut sharing: Sharing,
    mut agents: Query<Lived>,
) {
    let mut all: Vec<LivedItem> = agents.iter_mut().collect();
    // Every rank measures every agent: that takes the tables and what was decided, and both are everywhere.
    let stats: Vec<LearningStats> = base.0.pool().install(|| {
        let measure = |lived: &LivedItem| {
            let LivedItem { policy, table, experience, .. } = lived;
            measure(&table.policy, &table.reference, experience, policy.generation)
        };
        all.par_iter().map(measure).collect()
    });
    let own = learn_own(&base.0, &foresight, &mut all, &|| progress.0.inc(1));
    let Some(mut learned) = sharing.share(own) else { return };
    for (lived, stats) in all.iter_mut().zip(stats) {
        let learned = learned.remove(lived.agent);
        if learned.is_some() && !lived.home.is_here {
            progress.0.inc(1);
        }
        let grad_norm = take_up(&mut commands, (lived.entity, &mut lived.policy), clock.tick, learned);
        commands.entity(lived.entity).insert(LearningStats { grad_norm, ..stats });
    }
}

/// Updates the learners that are at home here.
fn learn_own(
    engine: &Engine,
    foresight: &Foresight,
    all: &mut [LivedItem],
    done: Done,
) -> Result<Vec<(AgentId, Learned)>, DeviceError> {
    let foretold = foresight.look();
    let begun: Vec<_> = engine.pool().install(|| {
        let begin = all.par_iter_mut().enumerate().map(|(index, lived)| {
            let LivedItem { agent, home, illegal, terms, policy, table, experience, learner, .. } = lived;
            let lived = experience.trajectories.iter().any(|trajectory| !trajectory.steps.is_empty());
            let learner = learner.as_mut().filter(|_| lived && home.is_here)?;
            let rewards = (*terms, *illegal);
            let evidence = foretold.evidence(learner.estimator, **agent, policy, table, experience, rewards);
            Some((index, evidence.map(|evidence| LabelUpdate::new(policy, learner, table, &evidence))))
        });
        begin.collect()
    });
    let (mut updates, mut learning) = (Vec::new(), Vec::new());
    let mut ended: Vec<(usize, Result<f64, LearningError>)> = Vec::new();
    for (index, update) in begun.into_iter().flatten() {
        match update {
            Ok(update) => {
                updates.push(update);
                learning.push(index);
            }
            Err(error) => ended.push((index, Err(error))),
        }
    }
    engine.update(&mut updates, done)?;
    ended.extend(learning.into_iter().zip(updates.into_iter().map(LabelUpdate::end)));
    let learned = ended.into_iter().map(|(index, norm)| (*all[index].agent, Learned::new(&all[index].policy, norm)));
    Ok(learned.collect())
}
