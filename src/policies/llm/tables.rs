//! Decision tables before a tick: made on each agent's home, known on every rank.

use super::exact::behaviour;
use super::learn::{News, take_back};
use super::score::{fill, not_finite, read_out};
use super::{BaseLlm, DecisionTable, Experience, LlmLearner, LlmPolicy};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Ask, Done, Engine, Job, TreeScores};
use crate::world::{AgentId, AgentName, Behaviour, Clock, Home, Progress, ReadOut, Rules, Sharing};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// An agent that decides by a table, as the table is made.
#[derive(QueryData)]
#[query_data(mutable)]
pub(super) struct Scored {
    entity: Entity,
    agent: &'static AgentId,
    name: &'static AgentName,
    home: &'static Home,
    policy: &'static mut LlmPolicy,
    table: &'static mut DecisionTable,
    read_out: &'static mut ReadOut,
    behaviour: &'static mut Behaviour,
    experience: &'static mut Experience,
    learner: Option<&'static mut LlmLearner>,
}

impl ScoredItem<'_, '_> {
    /// Whether its parameters, which are here, are not those that its table was scored with.
    fn is_stale(&self) -> bool {
        self.home.is_here && self.table.generation != Some(self.policy.generation)
    }

    /// What the engine is asked; keeps what an update will need if one `follows`.
    fn ask(&mut self, follows: bool) -> Ask<'_> {
        let job = Job { tree: &self.policy.prompts.tree, agent: self.policy.for_engine() };
        Ask { job, memo: self.learner.as_mut().filter(|_| follows).map(|learner| &mut learner.memo) }
    }
}

/// What an agent plays by from now on, as its home says.
#[derive(Serialize, Deserialize)]
struct Fresh {
    news: News,
    label_log_probs: Vec<f32>,
    values: Vec<f32>,
}

impl Fresh {
    fn new(agent: &ScoredItem, scores: TreeScores, halted: Option<String>) -> Self {
        let TreeScores { label_log_probs, values, .. } = scores;
        Self { news: News::of(&agent.policy, halted), label_log_probs, values }
    }
}

/// Scores the table of every agent whose parameters have changed, and makes room for the tick's experience.
pub(super) fn score_tables(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut sharing: Sharing,
    mut agents: Query<Scored>,
) {
    let mut all: Vec<ScoredItem> = agents.iter_mut().collect();
    all.iter_mut().for_each(|agent| *agent.experience = Experience::default());
    let own = score_own(&base.0, &mut all, &|| progress.0.inc(1));
    let Some(mut fresh) = sharing.share(own) else { return };
    let mut told = Vec::new();
    for mut agent in all {
        let Some(Fresh { news, label_log_probs, values }) = fresh.remove(agent.agent) else { continue };
        progress.0.inc(u64::from(!agent.home.is_here));
        news.take_up(&mut commands, agent.entity, &mut agent.policy, clock.tick);
        told.push((TreeScores { label_log_probs, values, hidden: Vec::new() }, agent));
    }
    base.0.pool().install(|| {
        told.par_iter_mut().for_each(|(scores, agent)| {
            fill(&mut agent.table, &agent.policy.prompts, agent.policy.generation, std::mem::take(scores));
            agent.read_out.0 = read_out(&rules, &agent.policy.prompts, &agent.table.policy);
            *agent.behaviour = behaviour(&rules, &agent.policy.prompts, &agent.table.policy);
        });
    });
    for (_, agent) in &told {
        let checked = agent.table.broken().map_or(Ok(()), |value| Err(not_finite(&agent.name.0, value)));
        sharing.failure.check(checked);
    }
}

/// Scores the tables of the agents that are at home here, if they are stale. This is where it first shows that an
/// update has broken its policy, so this is where that is taken back.
fn score_own(engine: &Engine, all: &mut [ScoredItem], done: Done) -> Result<Vec<(AgentId, Fresh)>, DeviceError> {
    let mut stale: Vec<&mut ScoredItem> = all.iter_mut().filter(|agent| agent.is_stale()).collect();
    let mut scores = score(engine, &mut stale, true, done)?;
    let mut halted: Vec<Option<String>> = vec![None; stale.len()];
    let (mut broken, mut replaced) = (Vec::new(), Vec::new());
    for ((agent, scores), halted) in stale.iter_mut().zip(&mut scores).zip(&mut halted) {
        let Some((value, learner)) = scores.broken().zip(agent.learner.as_ref()) else { continue };
        if let Some(error) = take_back(&mut agent.policy, learner, value) {
            *halted = Some(error.to_string());
            broken.push(&mut **agent);
            replaced.push(scores);
        }
    }
    for (replaced, scores) in replaced.into_iter().zip(score(engine, &mut broken, false, &|| ())?) {
        *replaced = scores;
    }
    let fresh = stale.iter().zip(scores).zip(halted);
    Ok(fresh.map(|((agent, scores), halted)| (*agent.agent, Fresh::new(agent, scores, halted))).collect())
}

/// Scores these agents' tables; keeps what their updates will need if some `follow`.
fn score(
    engine: &Engine,
    agents: &mut [&mut ScoredItem],
    follow: bool,
    done: Done,
) -> Result<Vec<TreeScores>, DeviceError> {
    let mut asks: Vec<Ask> = agents.iter_mut().map(|agent| agent.ask(follow)).collect();
    engine.score(&mut asks, done)
}
