//! The systems of agents that generate: read the prompts, speak, learn from what was said.

use super::Texts;
use super::learn::{Lesson, TextUpdate, measure, read_out};
use super::voice::{Voice, on_cpu};
use crate::games::Action;
use crate::learning::{PolicyTable, Step};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Agent, Ask, Done, Engine, Job, TreeScores};
use crate::policies::llm::learn::{LearningError, halt, take_back};
use crate::policies::llm::score::not_finite;
use crate::policies::llm::{BaseLlm, Experience, LlmLearner, LlmPolicy, LlmTokenizer};
use crate::rng::Purpose;
use crate::world::{
    AgentId, AgentName, Clock, Completion, Completions, Decisions, LearningStats, Messages, Progress, ReadOut,
    ReadOutSource, Rules, Setting, TickFailure, Tournament,
};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use rayon::prelude::*;

/// An agent that generates, as it reads its prompts.
#[derive(QueryData)]
#[query_data(mutable)]
pub(in crate::policies::llm) struct Reader {
    entity: Entity,
    name: &'static AgentName,
    policy: &'static mut LlmPolicy,
    texts: &'static mut Texts,
    experience: &'static mut Experience,
    learner: Option<&'static mut LlmLearner>,
}

/// Has every agent whose adapter has changed read its prompts, and makes room for what the tick brings.
pub(in crate::policies::llm) fn prepare_texts(
    mut commands: Commands,
    clock: Res<Clock>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<Reader>,
) {
    let mut stale: Vec<ReaderItem> = Vec::new();
    for mut reader in &mut agents {
        *reader.experience = Experience::default();
        reader.texts.said = vec![Vec::new(); reader.policy.prompts.len()];
        if reader.texts.generation != Some(reader.policy.generation) {
            stale.push(reader);
        }
    }
    let (engine, threads) = (on_cpu(&base), base.0.threads_each(stale.len()));
    let read = |policy: &LlmPolicy| {
        // Prompts for messages come first. Agents that talk are not asked the others as they are, but what they will be
        // asked begins in the same way.
        let prompts = [&policy.prompts.talk[..], &policy.prompts.tokens].concat();
        engine.read_prompts(&prompts, &policy.for_engine(), threads)
    };
    let broken: Vec<_> = base.0.pool().install(|| {
        stale
            .par_iter_mut()
            .map(|ReaderItem { entity, name, policy, texts, learner, .. }| {
                let mut cache = read(policy);
                let learned = cache.broken().zip(learner.as_ref());
                let halted = learned.and_then(|(value, learner)| take_back(policy, learner, value as f32));
                if halted.is_some() {
                    cache = read(policy);
                }
                let broken = cache.broken().map(|value| (*name, value as f32));
                (texts.cache, texts.generation) = (Some(cache), Some(policy.generation));
                progress.0.inc(1);
                (broken, halted.map(|error| (*entity, error)))
            })
            .collect()
    });
    for (broken, halted) in broken {
        failure.check(broken.map_or(Ok(()), |(name, value)| Err(not_finite(&name.0, value))));
        if let Some((entity, error)) = halted {
            halt(&mut commands, entity, clock.tick, error);
        }
    }
}

/// Draws a completion for every live seat of every agent that generates, and reads it.
pub(in crate::policies::llm) fn decide_by_text(
    setting: Setting,
    tournament: Res<Tournament>,
    base: Res<BaseLlm>,
    tokenizer: Res<LlmTokenizer>,
    messages: Res<Messages>,
    mut agents: Query<(&AgentId, &LlmPolicy, &mut Texts, &mut Experience)>,
    mut decisions: ResMut<Decisions>,
) {
    let mut speakers: Vec<_> = agents.iter_mut().collect();
    let (engine, threads) = (on_cpu(&base), base.0.threads_each(speakers.len()));
    let spoken: Vec<Vec<(usize, Action)>> = base.0.pool().install(|| {
        speakers
            .par_iter_mut()
            .map(|(agent, policy, texts, experience)| {
                let voice = Voice { engine, threads, policy, tokenizer: &tokenizer.0 };
                let mut cues = voice.cues(**agent, Purpose::Generation, &setting, &tournament);
                let asked = voice.after_talk(&cues, &setting.rules, &tournament, &messages);
                let said = voice.choose(texts, &mut cues, asked);
                let mut actions = Vec::with_capacity(cues.len());
                for (cue, text) in cues.iter().zip(said) {
                    actions.push((cue.seat, text.action));
                    let outcome = texts.enter(cue.prompt, text) as u32;
                    let step = Step { prompt: cue.prompt as u32, outcome, reward: 0.0 };
                    experience.pending.push((cue.slot as u32, cue.seat as u32, step));
                }
                actions
            })
            .collect()
    });
    for (seat, action) in spoken.into_iter().flatten() {
        decisions.0[seat] = action;
    }
}

/// Keeps what was just written, as it was decoded.
pub(in crate::policies::llm) fn keep_completions(
    tournament: Res<Tournament>,
    tokenizer: Res<LlmTokenizer>,
    agents: Query<(&Texts, &Experience)>,
    mut completions: ResMut<Completions>,
) {
    completions.0.clear();
    completions.0.resize(tournament.seats(), None);
    for (texts, experience) in &agents {
        for (_, seat, step) in &experience.pending {
            let text = &texts.said[step.prompt as usize][step.outcome as usize];
            let decoded = tokenizer.0.decode(&text.tokens).expect("every id the model can say can be decoded");
            completions.0[*seat as usize] = Some(Completion { text: decoded, action: text.action });
        }
    }
}

/// An agent that has said something in this tick.
struct Speaker<'a> {
    entity: Entity,
    policy: Mut<'a, LlmPolicy>,
    lesson: Lesson,
    experience: &'a Experience,
    learner: Option<Mut<'a, LlmLearner>>,
}

/// An agent that generates, as it learns from what it said.
#[derive(QueryData)]
#[query_data(mutable)]
pub(in crate::policies::llm) struct Author {
    entity: Entity,
    policy: &'static mut LlmPolicy,
    read_out: &'static mut ReadOut,
    source: &'static mut ReadOutSource,
    texts: &'static Texts,
    experience: &'static Experience,
    learner: Option<&'static mut LlmLearner>,
}

/// Updates every learner that has said something, and records what was measured.
pub(in crate::policies::llm) fn learn_from_texts(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<Author>,
) {
    let mut speakers = Vec::new();
    for author in &mut agents {
        let AuthorItem { entity, policy, read_out: mut out, mut source, texts, experience, learner } = author;
        source.set_if_neq(ReadOutSource::Counted);
        out.0 = read_out(&rules, &policy.prompts, texts, experience);
        match Lesson::new(&policy.prompts, texts) {
            Some(lesson) => speakers.push(Speaker { entity, policy, lesson, experience, learner }),
            None => progress.0.inc(1),
        }
    }
    let learned = learn_all(&base.0, &mut speakers, &|| progress.0.inc(1));
    let Some(learned) = failure.check(learned) else { return };
    for (speaker, learned) in speakers.iter().zip(learned) {
        let (stats, error) = learned;
        commands.entity(speaker.entity).insert(stats);
        if let Some(error) = error {
            halt(&mut commands, speaker.entity, clock.tick, error);
        }
    }
}

/// Measures all of them and updates those that learn: what was measured, and why learning has to stop, if it does.
fn learn_all(
    engine: &Engine,
    speakers: &mut [Speaker],
    done: Done,
) -> Result<Vec<(LearningStats, Option<LearningError>)>, DeviceError> {
    let references = score(engine, speakers.iter().map(|speaker| job(&speaker.lesson, Agent::default())), &|| ())?;
    let references = speakers.iter().zip(&references).map(|(speaker, scores)| speaker.lesson.table(scores));
    let references: Vec<PolicyTable> = references.collect();
    let frozen = speakers.iter().filter(|speaker| speaker.learner.is_none());
    let frozen = score(engine, frozen.map(|speaker| job(&speaker.lesson, speaker.policy.for_engine())), done)?;
    let mut updates = Vec::new();
    for Speaker { policy, lesson, experience, learner, .. } in speakers.iter_mut() {
        updates.extend(learner.as_mut().map(|learner| TextUpdate::new(policy, learner, lesson, experience)));
    }
    engine.update(&mut updates, done)?;
    let mut updated = updates.into_iter().map(TextUpdate::end).collect::<Vec<_>>().into_iter();
    let mut frozen = frozen.iter();
    let measured = speakers.iter().zip(&references).map(|(speaker, reference)| {
        let (played, learned) = match &speaker.learner {
            None => {
                let scores = frozen.next().expect("every agent that does not learn was scored");
                (speaker.lesson.table(scores), None)
            }
            Some(_) => {
                let (played, learned) = updated.next().expect("every learner was updated");
                (played, Some(learned))
            }
        };
        // The table that played is of the generation before a step.
        let generation = speaker.policy.generation - u64::from(matches!(learned, Some(Ok(_))));
        let (grad_norm, error) = match learned {
            None => (None, None),
            Some(Ok(norm)) => (Some(norm), None),
            Some(Err(error)) => (None, Some(error)),
        };
        let stats = measure(&played, reference, speaker.experience, generation);
        (LearningStats { grad_norm, ..stats }, error)
    });
    Ok(measured.collect())
}

fn job<'a>(lesson: &'a Lesson, agent: Agent<'a>) -> Job<'a> {
    Job { tree: &lesson.tree, agent }
}

/// Scores these jobs, with no update to follow.
fn score<'a>(engine: &Engine, jobs: impl Iterator<Item = Job<'a>>, done: Done) -> Result<Vec<TreeScores>, DeviceError> {
    engine.score(&mut jobs.map(Ask::once).collect::<Vec<_>>(), done)
}
