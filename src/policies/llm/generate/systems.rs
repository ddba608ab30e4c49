//! The systems of agents that generate: read the prompts, speak, learn from what was said.

use super::learn::{Lesson, TextUpdate, measure, read_out};
use super::{Exchange, Text, Texts, cut, parse};
use crate::games::{Action, ILLEGAL};
use crate::learning::{PolicyTable, Step};
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::generate::{PromptCache, Sampling};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Agent, Ask, Done, Engine, Job, TreeScores};
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::policies::llm::learn::{LearningError, halt, take_back};
use crate::policies::llm::prompt::GenerationConfig;
use crate::policies::llm::prompt::listing::draw_listing;
use crate::policies::llm::score::not_finite;
use crate::policies::llm::{BaseLlm, Experience, LlmLearner, LlmPolicy, LlmTokenizer};
use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::world::{
    AgentId, AgentName, Clock, Decisions, LearningStats, Messages, Progress, ReadOut, ReadOutSource, Rules, RunSeed,
    TickFailure, Tournament,
};
use bevy_ecs::prelude::*;
use rand::RngExt;
use rayon::prelude::*;

/// Lets every agent whose adapter has changed read its prompts, and makes room for what the tick brings.
pub(in crate::policies::llm) fn prepare_texts(
    mut commands: Commands,
    clock: Res<Clock>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<(Entity, &AgentName, &mut LlmPolicy, &mut Texts, &mut Experience, Option<&mut LlmLearner>)>,
) {
    let mut stale: Vec<_> = Vec::new();
    for (entity, name, policy, mut texts, mut experience, learner) in &mut agents {
        *experience = Experience::default();
        texts.said = vec![Vec::new(); policy.prompts.len()];
        if texts.generation != Some(policy.generation) {
            stale.push((entity, name, policy, texts, learner));
        }
    }
    let (engine, threads) = (on_cpu(&base), base.0.threads_each(stale.len()));
    let read = |policy: &LlmPolicy| {
        // Prompts for messages come first. The others are not asked as they are by agents that talk, but what they will be
        // asked begins alike.
        let prompts = [&policy.prompts.talk[..], &policy.prompts.tokens].concat();
        engine.read_prompts(&prompts, &policy.for_engine(), threads)
    };
    let broken: Vec<_> = base.0.pool().install(|| {
        stale
            .par_iter_mut()
            .map(|(entity, name, policy, texts, learner)| {
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

/// The engine that generates.
pub(super) fn on_cpu(base: &BaseLlm) -> &CpuEngine {
    base.0.cpu().expect("texts are the CPU's, and scenarios with them are refused elsewhere")
}

/// One seat that is to speak.
pub(super) struct Turn {
    /// Position among the agent's seats.
    slot: usize,
    pub(super) seat: usize,
    /// Index in the prompt set.
    pub(super) prompt: usize,
    stream: Stream,
}

/// Draws a completion for every live seat of every agent that generates, and reads it.
pub(in crate::policies::llm) fn decide_by_text(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    rules: Res<Rules>,
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
                let mut turns = turns(**agent, policy, Purpose::Generation, seed.0, clock.tick, &rules, &tournament);
                let asked = after_talk(policy, &turns, &rules, &tournament, &messages, &tokenizer.0);
                let said = choose(engine, threads, policy, texts, &tokenizer.0, &mut turns, asked);
                let mut actions = Vec::with_capacity(turns.len());
                for (turn, text) in turns.iter().zip(said) {
                    actions.push((turn.seat, text.action));
                    let outcome = texts.enter(turn.prompt, text) as u32;
                    let step = Step { prompt: turn.prompt as u32, outcome, reward: 0.0 };
                    experience.pending.push((turn.slot as u32, turn.seat as u32, step));
                }
                actions
            })
            .collect()
    });
    for (seat, action) in spoken.into_iter().flatten() {
        decisions.0[seat] = action;
    }
}

/// The live seats of `agent`, with their prompts and streams.
pub(super) fn turns(
    agent: AgentId,
    policy: &LlmPolicy,
    purpose: Purpose,
    seed: u64,
    tick: u32,
    rules: &Rules,
    tournament: &Tournament,
) -> Vec<Turn> {
    let seats = tournament.seats_of[agent.index()].iter().map(|&seat| seat as usize).enumerate();
    let live = seats.filter(|&(_, seat)| tournament.is_live(tournament.match_of(seat)));
    live.map(|(slot, seat)| {
        let key = StreamKey { agent: agent.0, tick, match_index: seat as u32, round: tournament.round };
        let (label_order, row_order) = draw_listing(&policy.prompts, seed, key, slot);
        let observation = rules.observations.index(tournament.seen[seat]);
        let seat_in_match = seat - tournament.seats_in(tournament.match_of(seat)).start;
        let prompt = policy.prompts.index(seat_in_match, label_order, row_order, observation);
        Turn { slot, seat, prompt, stream: stream(seed, purpose, key) }
    })
    .collect()
}

/// The prompts of every turn with what both have said; none unless the agent talks.
fn after_talk(
    policy: &LlmPolicy,
    turns: &[Turn],
    rules: &Rules,
    tournament: &Tournament,
    messages: &Messages,
    tokenizer: &ChatTokenizer,
) -> Option<Vec<Vec<u32>>> {
    let ask = |turn: &Turn| {
        let other = tournament.seats_in(tournament.match_of(turn.seat)).find(|&seat| seat != turn.seat);
        let (own, other) = (messages.said(turn.seat), other.and_then(|seat| messages.said(seat)));
        let prompt = policy.prompts.after_talk(turn.prompt, rules, tokenizer, own, other);
        prompt.expect("the same prompt without quotes was rendered, and quotes are plain text")
    };
    (policy.prompts.config.talk > 0).then(|| turns.iter().map(ask).collect())
}

/// A choice for every turn: after the prompts that were read before the tick, or after those in `asked`.
fn choose(
    engine: &CpuEngine,
    threads: usize,
    policy: &LlmPolicy,
    texts: &mut Texts,
    tokenizer: &ChatTokenizer,
    turns: &mut [Turn],
    asked: Option<Vec<Vec<u32>>>,
) -> Vec<Text> {
    let config = &policy.prompts.config;
    let cache = texts.cache.as_ref().expect("prompts are read before the first round of a tick");
    let read = |(tokens, text): (Vec<u32>, String), exchange: Option<Exchange>| {
        let action = parse(&text, &config.labels).unwrap_or(ILLEGAL);
        Text { exchange, tokens, action }
    };
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        let starts: Vec<usize> = turns.iter().map(|turn| turn.prompt).collect();
        let said = speak(engine, threads, policy, cache, &starts, &config.generation, tokenizer, turns);
        return said.into_iter().map(|said| read(said, None)).collect();
    };
    let mut distinct = asked.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let cache = engine.read_more(cache, &distinct, &policy.for_engine(), threads);
    let start = |prompt| distinct.binary_search(prompt).expect("every prompt was put into the list above");
    let starts: Vec<usize> = asked.iter().map(start).collect();
    let said = speak(engine, threads, policy, &cache, &starts, &config.generation, tokenizer, turns);
    let messages = std::mem::take(&mut texts.messages);
    let exchanges = messages.into_iter().zip(asked).map(|(message, prompt)| Exchange { message, prompt });
    said.into_iter().zip(exchanges).map(|(said, exchange)| read(said, Some(exchange))).collect()
}

/// A completion for every turn after the prompt of `cache` that `starts` names: its tokens, and its text up to a stop.
pub(super) fn speak(
    engine: &CpuEngine,
    threads: usize,
    policy: &LlmPolicy,
    cache: &PromptCache,
    starts: &[usize],
    generation: &GenerationConfig,
    tokenizer: &ChatTokenizer,
    turns: &mut [Turn],
) -> Vec<(Vec<u32>, String)> {
    let GenerationConfig { temperature, top_p, max_new_tokens, stop } = generation;
    let sampling = Sampling { temperature: *temperature, top_p: *top_p, max_new_tokens: *max_new_tokens as usize };
    let decode = |tokens: &[u32]| tokenizer.decode(tokens).expect("every id the model can say can be decoded");
    let is_over = |tokens: &[u32]| {
        let ended = tokens.last().is_some_and(|last| tokenizer.stop_ids().binary_search(last).is_ok());
        ended || (!stop.is_empty() && stop.iter().any(|stop| decode(tokens).contains(stop.as_str())))
    };
    let mut uniform = |index: usize| turns[index].stream.random::<f64>();
    let agent = policy.for_engine();
    let completions = engine.generate(cache, &agent, starts, &sampling, &is_over, &mut uniform, threads);
    let read = |tokens: Vec<u32>| {
        let text = cut(&decode(&tokens), stop).to_string();
        (tokens, text)
    };
    completions.into_iter().map(|completion| read(completion.tokens)).collect()
}

/// An agent that has said something in this tick.
struct Speaker<'a> {
    entity: Entity,
    policy: Mut<'a, LlmPolicy>,
    lesson: Lesson,
    experience: &'a Experience,
    learner: Option<Mut<'a, LlmLearner>>,
}

/// Updates every learner that has said something, and records what was measured.
pub(in crate::policies::llm) fn learn_from_texts(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    base: Res<BaseLlm>,
    progress: Res<Progress>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<(
        Entity,
        &mut LlmPolicy,
        (&mut ReadOut, &mut ReadOutSource),
        &Texts,
        &Experience,
        Option<&mut LlmLearner>,
    )>,
) {
    let mut speakers = Vec::new();
    for (entity, policy, (mut out, mut source), texts, experience, learner) in &mut agents {
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

/// Measures all of them and updates those that learn: what was measured, and why learning has to stop, if it has to.
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
                let scores = frozen.next().expect("everybody who does not learn was scored");
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

/// What the model says of these jobs, no update following.
fn score<'a>(engine: &Engine, jobs: impl Iterator<Item = Job<'a>>, done: Done) -> Result<Vec<TreeScores>, DeviceError> {
    engine.score(&mut jobs.map(Ask::once).collect::<Vec<_>>(), done)
}
