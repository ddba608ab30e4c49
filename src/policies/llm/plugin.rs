//! The systems of LLM agents: score, decide, remember, learn.

use super::device::{DeviceLlm, device_works, learn_on_device, score_tables_on_device};
use super::evidence::Foresight;
use super::exact::behaviour;
use super::generate::{Texts, decide_by_text, learn_from_texts, prepare_texts, say};
use super::learn::{measure, take_back, update};
use super::score::{read_out, score_frozen, score_learner};
use super::{BaseLlm, DecisionTable, Experience, LlmFailure, LlmLearner, LlmPolicy, snapshot};
use crate::games::{Action, ILLEGAL};
use crate::learning::{Step, Trajectory};
use crate::policies::llm::partner::{ChoosesByPrompt, set_odds, take_gradients, take_steps};
use crate::policies::llm::prompt::listing::draw_listing;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{PairSystems, Round, RoundSystems, Tick, TickSystems, next_policy_place};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, AgentName, Behaviour, Clock, Decisions, IllegalReward, LearningHalted, Progress, ReadOut, RewardTable,
    Rewards, Rules, RunSeed, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use rand::RngExt;

/// Plays and learns for every agent that carries an [`LlmPolicy`].
pub struct LlmPlugin;

impl Plugin for LlmPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.init_resource::<Progress>().init_resource::<LlmFailure>();
        snapshot::register(&mut app.world_mut().get_resource_or_init::<Snapshots>());
        let (is_there, on_device) = (resource_exists::<BaseLlm>, resource_exists::<DeviceLlm>);
        let score = (
            score_tables.run_if(on_cpu),
            score_tables_on_device.run_if(on_device),
            prepare_texts.run_if(texts_are_written),
        )
            .chain();
        let learn =
            (learn.run_if(on_cpu), learn_on_device.run_if(on_device), learn_from_texts.run_if(texts_are_written))
                .chain();
        app.add_systems(Tick, score.in_set(place.clone()).run_if(is_there));
        app.add_systems(Round, say.in_set(RoundSystems::Talk).run_if(texts_are_written));
        app.add_systems(Round, (decide_llm, decide_by_text.run_if(texts_are_written)).chain().in_set(place));
        app.add_systems(Round, remember.in_set(RoundSystems::Settle));
        let learn = (take_gradients.run_if(partners_are_picked), learn, take_steps).chain();
        app.add_systems(Tick, learn.in_set(TickSystems::Learn).run_if(is_there));
        let picking = set_odds.run_if(is_there).run_if(partners_are_picked);
        app.add_systems(Tick, picking.in_set(PairSystems::Odds));
        // After a failure there are no tables to play by, and the tick's rows would be wrong.
        let rest = (TickSystems::Play, TickSystems::Learn, TickSystems::Evolve, TickSystems::Record);
        app.configure_sets(Tick, rest.distributive_run_if(device_works.and_then(models_work)));
    }
}

/// Run condition: there is a base model, and the CPU runs it.
fn on_cpu(base: Option<Res<BaseLlm>>, device: Option<Res<DeviceLlm>>) -> bool {
    base.is_some() && device.is_none()
}

/// Run condition: every model gives numbers.
fn models_work(failure: Res<LlmFailure>) -> bool {
    failure.0.is_none()
}

/// Run condition: language models pick partners.
fn partners_are_picked(agents: Query<(), With<ChoosesByPrompt>>) -> bool {
    !agents.is_empty()
}

/// Run condition: language models write what they do.
fn texts_are_written(agents: Query<(), With<Texts>>) -> bool {
    !agents.is_empty()
}

/// Scores the table of every agent whose adapter has changed, and makes room for the tick's experience.
fn score_tables(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<LlmFailure>,
    mut agents: Query<(
        (Entity, &AgentName),
        &mut LlmPolicy,
        &mut DecisionTable,
        (&mut ReadOut, &mut Behaviour),
        &mut Experience,
        Option<&mut LlmLearner>,
    )>,
) {
    let mut stale: Vec<_> = Vec::new();
    for (who, policy, table, foretold, mut experience, learner) in &mut agents {
        *experience = Experience::default();
        if table.generation != Some(policy.generation) {
            stale.push((who, policy, table, foretold, learner));
        }
    }
    let heavy = stale.len();
    let scored = base.each(&mut stale, heavy, |threads, ((entity, name), policy, table, (out, acts), learner)| {
        let mut halted = None;
        match learner {
            Some(learner) => {
                score_learner(&base, threads, policy, learner, table);
                halted = table.broken().and_then(|value| take_back(policy, learner, value));
                if halted.is_some() {
                    score_frozen(&base, threads, policy, table);
                }
            }
            None => score_frozen(&base, threads, policy, table),
        }
        out.0 = read_out(&rules, &policy.prompts, &table.policy);
        **acts = behaviour(&rules, &policy.prompts, &table.policy);
        progress.0.inc(1);
        (table.broken().map(|value| (*name, value)), halted.map(|error| (*entity, error.to_string())))
    });
    for (broken, halted) in scored {
        if let Some((name, value)) = broken {
            failure.note(&name.0, value);
        }
        if let Some((entity, reason)) = halted {
            commands.entity(entity).remove::<LlmLearner>().insert(LearningHalted { tick: clock.tick, reason });
        }
    }
}

/// Draws an outcome for every live seat of every LLM agent from the agent's table.
fn decide_llm(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    rules: Res<Rules>,
    tournament: Res<Tournament>,
    mut agents: Query<(&AgentId, &LlmPolicy, &DecisionTable, &mut Experience)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, policy, table, mut experience) in &mut agents {
        for (slot, &seat) in tournament.seats_of[agent.index()].iter().enumerate() {
            let seat = seat as usize;
            let match_index = tournament.match_of(seat);
            if !tournament.is_live(match_index) {
                continue;
            }
            let key = StreamKey { agent: agent.0, tick: clock.tick, match_index: seat as u32, round: tournament.round };
            let (label_order, row_order) = draw_listing(&policy.prompts, seed.0, key, slot);
            let observation = rules.observations.index(tournament.seen[seat]);
            let seat_in_match = seat - tournament.seats_in(match_index).start;
            let prompt = policy.prompts.index(seat_in_match, label_order, row_order, observation);
            let outcome = table.pick(prompt, stream(seed.0, Purpose::Decision, key).random());
            decisions.0[seat] = if outcome < policy.prompts.config.labels.len() { outcome as Action } else { ILLEGAL };
            let step = Step { prompt: prompt as u32, outcome: outcome as u32, reward: 0.0 };
            experience.pending.push((slot as u32, seat as u32, step));
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

/// Updates every learner that has lived through something, and records what was measured.
fn learn(
    mut commands: Commands,
    clock: Res<Clock>,
    foresight: Foresight,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut agents: Query<(
        (Entity, &AgentId, Option<&IllegalReward>, Option<&RewardTable>),
        &mut LlmPolicy,
        &DecisionTable,
        &Experience,
        Option<&mut LlmLearner>,
    )>,
) {
    let foretold = foresight.look();
    let mut all: Vec<_> = agents.iter_mut().collect();
    let learners = all.iter().filter(|(.., learner)| learner.is_some()).count();
    let results = base.each(&mut all, learners, |threads, (who, policy, table, experience, learner)| {
        let (entity, agent, illegal, terms) = who;
        let mut stats = measure(&table.policy, &policy.prompts.reference, experience, policy.generation);
        let mut halted = None;
        let lived = experience.trajectories.iter().any(|t| !t.steps.is_empty());
        if let Some(learner) = learner.as_mut()
            && lived
        {
            let rewards = (*terms, *illegal);
            let evidence = foretold.evidence(learner.estimator, **agent, policy, table, experience, rewards);
            match evidence.and_then(|evidence| update(&base, threads, policy, learner, table, &evidence)) {
                Ok(norm) => stats.grad_norm = Some(norm),
                Err(error) => halted = Some(error.to_string()),
            }
            progress.0.inc(1);
        }
        (*entity, stats, halted)
    });
    for (entity, stats, halted) in results {
        commands.entity(entity).insert(stats);
        if let Some(reason) = halted {
            commands.entity(entity).remove::<LlmLearner>().insert(LearningHalted { tick: clock.tick, reason });
        }
    }
}
