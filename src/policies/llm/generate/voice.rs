//! What an agent that generates speaks with, and the seats it speaks in.

use super::{Exchange, Text, Texts, cut, parse};
use crate::games::ILLEGAL;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::generate::{Decoding, PromptCache, Sampling};
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::policies::llm::prompt::GenerationConfig;
use crate::policies::llm::prompt::listing::draw_listing;
use crate::policies::llm::{BaseLlm, LlmPolicy, LlmTokenizer};
use crate::rng::{Purpose, Stream, stream};
use crate::world::{AgentId, Messages, Rules, Setting, Tournament, Turn};
use bevy_ecs::prelude::Res;
use bevy_ecs::system::SystemParam;
use rand::RngExt;
use rayon::ThreadPool;

/// The engine that generates.
pub(super) fn on_cpu(base: &BaseLlm) -> &CpuEngine {
    base.0.cpu().expect("texts are the CPU's, and scenarios with them are refused elsewhere")
}

/// What all agents that generate speak with.
#[derive(SystemParam)]
pub(in crate::policies) struct Speech<'w> {
    base: Res<'w, BaseLlm>,
    tokenizer: Res<'w, LlmTokenizer>,
}

impl Speech<'_> {
    /// Threads for each of this number of agents.
    pub(super) fn threads_each(&self, speakers: usize) -> usize {
        self.base.0.threads_each(speakers)
    }

    pub(super) fn pool(&self) -> &ThreadPool {
        self.base.0.pool()
    }

    /// What an agent with this `policy` speaks with, on this number of `threads`.
    pub(super) fn voice<'a>(&'a self, policy: &'a LlmPolicy, threads: usize) -> Voice<'a> {
        Voice { engine: on_cpu(&self.base), threads, policy, tokenizer: &self.tokenizer.0 }
    }
}

/// One seat that is to speak.
pub(super) struct Cue {
    /// Position among the agent's seats.
    pub(super) slot: usize,
    pub(super) seat: usize,
    /// Index in the prompt set.
    pub(super) prompt: usize,
    stream: Stream,
}

/// What one agent speaks with.
pub(super) struct Voice<'a> {
    engine: &'a CpuEngine,
    /// Threads that it may use.
    threads: usize,
    policy: &'a LlmPolicy,
    tokenizer: &'a ChatTokenizer,
}

/// The live seats of `agent`, which speaks by `policy`, with their prompts and streams.
pub(super) fn cues(
    policy: &LlmPolicy,
    agent: AgentId,
    purpose: Purpose,
    setting: &Setting,
    tournament: &Tournament,
) -> Vec<Cue> {
    let prompts = &policy.prompts;
    let cue = |turn: Turn| {
        let Turn { slot, seat, position, .. } = turn;
        let key = tournament.key(setting.clock.tick, seat);
        let (label_order, row_order) = draw_listing(prompts, setting.seed.0, key, slot);
        let observation = turn.observation(&setting.rules);
        let prompt = prompts.index(position, label_order, row_order, observation);
        Cue { slot, seat, prompt, stream: stream(setting.seed.0, purpose, key) }
    };
    tournament.live_seats_of(agent).map(cue).collect()
}

impl Voice<'_> {
    /// The prompts of every cue, with what both have said; `None` unless the agent talks.
    pub(super) fn after_talk(
        &self,
        cues: &[Cue],
        rules: &Rules,
        tournament: &Tournament,
        messages: &Messages,
    ) -> Option<Vec<Vec<u32>>> {
        let prompts = &self.policy.prompts;
        let ask = |cue: &Cue| {
            let other = tournament.seats_in(tournament.match_of(cue.seat)).find(|&seat| seat != cue.seat);
            let (own, other) = (messages.said(cue.seat), other.and_then(|seat| messages.said(seat)));
            let prompt = prompts.after_talk(cue.prompt, rules, self.tokenizer, own, other);
            prompt.expect("the same prompt without quotes was rendered, and quotes are plain text")
        };
        (prompts.config.talk > 0).then(|| cues.iter().map(ask).collect())
    }

    /// A choice for every cue: after the prompts that were read before the tick, or after those in `asked`.
    pub(super) fn choose(&self, texts: &mut Texts, cues: &mut [Cue], asked: Option<Vec<Vec<u32>>>) -> Vec<Text> {
        let config = &self.policy.prompts.config;
        let cache = texts.cache.as_ref().expect("prompts are read before the first round of a tick");
        let read = |(tokens, text): (Vec<u32>, String), exchange: Option<Exchange>| {
            let action = parse(&text, &config.labels).unwrap_or(ILLEGAL);
            Text { exchange, tokens, action }
        };
        let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
            let starts: Vec<usize> = cues.iter().map(|cue| cue.prompt).collect();
            let said = self.speak(cache, &starts, &config.generation, cues);
            return said.into_iter().map(|said| read(said, None)).collect();
        };
        let mut distinct = asked.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let cache = self.engine.read_more(cache, &distinct, &self.policy.for_engine(), self.threads);
        let start = |prompt| distinct.binary_search(prompt).expect("every prompt was put into the list above");
        let starts: Vec<usize> = asked.iter().map(start).collect();
        let said = self.speak(&cache, &starts, &config.generation, cues);
        let messages = std::mem::take(&mut texts.messages);
        let exchanges = messages.into_iter().zip(asked).map(|(message, prompt)| Exchange { message, prompt });
        said.into_iter().zip(exchanges).map(|(said, exchange)| read(said, Some(exchange))).collect()
    }

    /// A completion for every cue, after the prompt of `cache` that `starts` names: its tokens, and its text up to a
    /// stop.
    pub(super) fn speak(
        &self,
        cache: &PromptCache,
        starts: &[usize],
        generation: &GenerationConfig,
        cues: &mut [Cue],
    ) -> Vec<(Vec<u32>, String)> {
        let GenerationConfig { temperature, top_p, max_new_tokens, stop } = generation;
        let sampling = Sampling { temperature: *temperature, top_p: *top_p, max_new_tokens: *max_new_tokens as usize };
        let tokenizer = self.tokenizer;
        let decode = |tokens: &[u32]| tokenizer.decode(tokens).expect("every id the model can say can be decoded");
        let is_over = |tokens: &[u32]| {
            let ended = tokens.last().is_some_and(|last| tokenizer.stop_ids().binary_search(last).is_ok());
            ended || (!stop.is_empty() && stop.iter().any(|stop| decode(tokens).contains(stop.as_str())))
        };
        let mut uniform = |index: usize| cues[index].stream.random::<f64>();
        let decoding = Decoding { sampling, is_over: &is_over, uniform: &mut uniform };
        let completions = self.engine.generate(cache, &self.policy.for_engine(), starts, decoding, self.threads);
        let read = |tokens: Vec<u32>| {
            let text = cut(&decode(&tokens), stop).to_string();
            (tokens, text)
        };
        completions.into_iter().map(|completion| read(completion.tokens)).collect()
    }
}
