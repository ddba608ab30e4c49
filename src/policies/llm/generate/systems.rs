//! The systems of agents that generate: read the prompts, speak, learn from what was said.

use super::learn::{Lesson, TextUpdate, measure, read_out};
use super::voice::{Speech, cues, on_cpu};
use super::{Text, Texts};
use crate::learning::{PolicyTable, Step};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Agent, Ask, Done, Engine, Job, TreeScores};
use crate::policies::llm::learn::{Learned, News, take_back, take_up};
use crate::policies::llm::score::not_finite;
use crate::policies::llm::{BaseLlm, Experience, LlmLearner, LlmPolicy, LlmTokenizer};
use crate::rng::Purpose;
use crate::world::{
    AgentId, AgentName, Clock, Completion, Completions, Decisions, Home, LearningStats, Messages, Progress, ReadOut,
    ReadOutSource, Rules, Setting, Sharing, Tournament,
};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// An agent that generates, as it reads its prompts.
#[derive(QueryData)]
#[query_data(mutable)]
pub(in crate::policies::llm) struct Reader {
    entity: Entity,
    agent: &'static AgentId,
    name: &'static AgentName,
    home: &'static Home,
    policy: &'static mut LlmPolicy,
    texts: &'static mut Texts,
    experience: &'static mut Experience,
    learner: Option<&'static mut LlmLearner>,
}

/// How an agent has read its prompts, as its home says.
#[derive(Serialize, Deserialize)]
struct HasRead {
    news: News,
    /// A number by which it cannot speak.
    broken: Option<f32>,
}

/// Has every agent whose adapter has changed read its prompts, and makes room for what the tick brings.
pub(in crate::policies::llm) fn prepare_texts(
    mut commands: Commands,
    clock: Res<Clock>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut sharing: Sharing,
    mut agents: Query<Reader>,
) {
    let mut all: Vec<ReaderItem> = agents.iter_mut().collect();
    for reader in &mut all {
        *reader.experience = Experience::default();
        reader.texts.said = vec![Vec::new(); reader.policy.prompts.len()];
    }
    let own = read_own(&base, &mut all, &|| progress.0.inc(1));
    let Some(mut read) = sharing.tell(own) else { return };
    for reader in &mut all {
        let Some(HasRead { news, broken }) = read.remove(reader.agent) else { continue };
        progress.0.inc(u64::from(!reader.home.is_here));
        news.take_up(&mut commands, reader.entity, &mut reader.policy, clock.tick);
        reader.texts.generation = Some(reader.policy.generation);
        sharing.failure.check(broken.map_or(Ok(()), |value| Err(not_finite(&reader.name.0, value))));
    }
}

/// Has those read that are at home here and have changed.
fn read_own(base: &BaseLlm, all: &mut [ReaderItem], done: Done) -> Vec<(AgentId, HasRead)> {
    let is_stale =
        |reader: &&mut ReaderItem| reader.home.is_here && reader.texts.generation != Some(reader.policy.generation);
    let mut stale: Vec<&mut ReaderItem> = all.iter_mut().filter(is_stale).collect();
    let (engine, threads) = (on_cpu(base), base.0.threads_each(stale.len()));
    let read = |policy: &LlmPolicy| {
        // Prompts for messages come first. Agents that talk are not asked the others as they are, but what they will be
        // asked begins in the same way.
        let prompts = [&policy.prompts.talk[..], &policy.prompts.tokens].concat();
        engine.read_prompts(&prompts, &policy.for_engine(), threads)
    };
    base.0.pool().install(|| {
        let read = stale.par_iter_mut().map(|reader| {
            let ReaderItem { agent, policy, texts, learner, .. } = &mut **reader;
            let mut cache = read(policy);
            let learned = cache.broken().zip(learner.as_ref());
            let halted = learned.and_then(|(value, learner)| take_back(policy, learner, value as f32));
            if halted.is_some() {
                cache = read(policy);
            }
            let broken = cache.broken().map(|value| value as f32);
            texts.cache = Some(cache);
            done();
            let news = News::of(policy, halted.map(|error| error.to_string()));
            (**agent, HasRead { news, broken })
        });
        read.collect()
    })
}

/// Draws a completion for every live seat of every agent that generates, and reads it.
pub(in crate::policies::llm) fn decide_by_text(
    setting: Setting,
    tournament: Res<Tournament>,
    speech: Speech,
    messages: Res<Messages>,
    mut sharing: Sharing,
    mut agents: Query<(&AgentId, &Home, &LlmPolicy, &mut Texts, &mut Experience)>,
    mut decisions: ResMut<Decisions>,
) {
    let mut speakers: Vec<_> = agents.iter_mut().filter(|(_, home, ..)| home.is_here).collect();
    let threads = speech.threads_each(speakers.len());
    let own: Vec<(AgentId, Vec<Text>)> = speech.pool().install(|| {
        let speak = speakers.par_iter_mut().map(|(agent, _, policy, texts, _)| {
            let voice = speech.voice(policy, threads);
            let mut cues = cues(policy, **agent, Purpose::Generation, &setting, &tournament);
            let asked = voice.after_talk(&cues, &setting.rules, &tournament, &messages);
            (**agent, voice.choose(texts, &mut cues, asked))
        });
        speak.collect()
    });
    let Some(mut spoken) = sharing.tell(own) else { return };
    for (agent, _, policy, mut texts, mut experience) in &mut agents {
        let cues = cues(policy, *agent, Purpose::Generation, &setting, &tournament);
        for (cue, text) in cues.iter().zip(spoken.remove(agent).unwrap_or_default()) {
            decisions.0[cue.seat] = text.action;
            let outcome = texts.enter(cue.prompt, text) as u32;
            let step = Step { prompt: cue.prompt as u32, outcome, reward: 0.0 };
            experience.pending.push((cue.slot as u32, cue.seat as u32, step));
        }
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
    agent: AgentId,
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
    agent: &'static AgentId,
    home: &'static Home,
    policy: &'static mut LlmPolicy,
    read_out: &'static mut ReadOut,
    source: &'static mut ReadOutSource,
    texts: &'static Texts,
    experience: &'static Experience,
    learner: Option<&'static mut LlmLearner>,
}

/// What an agent has learned from what it said, and what was measured of it, as its home says.
#[derive(Serialize, Deserialize)]
struct Lived {
    stats: LearningStats,
    /// `None` if it does not learn.
    learned: Option<Learned>,
}

/// Updates every learner that has said something, and records what was measured.
pub(in crate::policies::llm) fn learn_from_texts(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut sharing: Sharing,
    mut agents: Query<Author>,
) {
    let mut speakers = Vec::new();
    for author in &mut agents {
        let AuthorItem { agent, home, policy, read_out: mut out, mut source, texts, experience, learner, .. } = author;
        source.set_if_neq(ReadOutSource::Counted);
        out.0 = read_out(&rules, &policy.prompts, texts, experience);
        let lesson = Lesson::new(&policy.prompts, texts);
        if lesson.is_none() || !home.is_here {
            progress.0.inc(1);
        }
        if let Some(lesson) = lesson.filter(|_| home.is_here) {
            speakers.push(Speaker { agent: *agent, policy, lesson, experience, learner });
        }
    }
    let own = learn_all(&base.0, &mut speakers, &|| progress.0.inc(1));
    let own = own.map(|lived| speakers.iter().map(|speaker| speaker.agent).zip(lived).collect());
    let Some(mut lived) = sharing.share(own) else { return };
    for AuthorItem { entity, agent, mut policy, .. } in &mut agents {
        let Some(Lived { stats, learned }) = lived.remove(agent) else { continue };
        let grad_norm = take_up(&mut commands, (entity, &mut policy), clock.tick, learned);
        commands.entity(entity).insert(LearningStats { grad_norm, ..stats });
    }
}

/// Measures all of them and updates those that learn.
fn learn_all(engine: &Engine, speakers: &mut [Speaker], done: Done) -> Result<Vec<Lived>, DeviceError> {
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
        let stats = measure(&played, reference, speaker.experience, generation);
        let learned = learned.map(|norm| Learned::new(&speaker.policy, norm));
        Lived { stats, learned }
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
