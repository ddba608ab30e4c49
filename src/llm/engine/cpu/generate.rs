//! Decoding: texts drawn token by token after prompts, with keys and values kept, for many texts of one agent at once.
//!
//! The texts grow one token tree out of the prompts' tree: texts that have been the same so far stand at the same node
//! and share its pass through the model, however many they are. A step runs only the new nodes.

use super::workspace::{Head, LayerTape, Scratch};
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::{Agent, FrozenPrefix};
use crate::llm::tree::{NO_PARENT, PromptTree};
use std::collections::BTreeMap;

/// How the next token is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Divisor of the logits; 0 always takes the likeliest token (of equally likely ones, that of lowest id).
    pub temperature: f64,
    /// Tokens are drawn only from the likeliest ones that together hold this mass (Holtzman et al. 2020); 1: from all.
    pub top_p: f64,
    /// Longest completion, in tokens.
    pub max_new_tokens: usize,
}

/// What determines a text: how its tokens are drawn, from which numbers, and when it is over.
pub struct Decoding<'a> {
    /// How the next token is drawn.
    pub sampling: Sampling,
    /// Whether a text that has these tokens so far is over.
    pub is_over: &'a dyn Fn(&[u32]) -> bool,
    /// The next number in [0, 1) for the text with this index; a text with its own stream is the same alone and in
    /// company.
    pub uniform: &'a mut dyn FnMut(usize) -> f64,
}

/// A text after a prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// Its tokens, including the one that ended it.
    pub tokens: Vec<u32>,
    /// ln π(tokens | prompt) of the model itself, at temperature 1 over the whole vocabulary.
    pub log_prob: f64,
}

/// Prompts that have gone through the model with an agent's adapter: texts can be grown from them.
#[derive(Clone, Debug)]
pub struct PromptCache {
    /// The prompts alone.
    tree: PromptTree,
    /// Keys and values of all its nodes, those of a frozen prefix included.
    past: FrozenPrefix,
    /// What follows each prompt.
    next: Vec<NextToken>,
}

/// Logits of the token after a node.
#[derive(Clone, Debug)]
struct NextToken {
    /// (vocab).
    logits: Vec<f32>,
    log_sum_exp: f64,
}

/// A text while it grows.
struct Growing {
    /// The node whose logits its next token is drawn from.
    node: usize,
    text: Completion,
    is_over: bool,
}

impl PromptCache {
    /// Number of prompts.
    pub fn prompts(&self) -> usize {
        self.next.len()
    }

    /// A number that shows that the adapter no longer works: a ln Σ exp of some prompt's logits that is not finite.
    pub fn broken(&self) -> Option<f64> {
        self.next.iter().map(|next| next.log_sum_exp).find(|sum| !sum.is_finite())
    }
}

impl CpuEngine {
    /// Runs `prompts` through the model and keeps what is needed to continue them. Up to `threads` threads of the
    /// current rayon pool are used; the result does not depend on their number.
    ///
    /// # Panics
    /// If there is no prompt, a prompt is empty, or the agent's parts do not fit the model or the prompts.
    pub fn read_prompts(&self, prompts: &[Vec<u32>], agent: &Agent, threads: usize) -> PromptCache {
        let tree = PromptTree::with_completions(prompts, &vec![Vec::new(); prompts.len()]);
        let first = self.pass(&tree, agent, threads).shape.first;
        let (past, rows) = self.extend(&tree, agent, first, threads);
        let next = tree.prompt_rows.iter().map(|&row| rows[row].clone()).collect();
        PromptCache { tree, past, next }
    }

    /// Reads `prompts` on top of what `cache` has read: what they share with its prompts is not run again. The returned
    /// cache holds the new prompts alone. `agent` must be the one that read the others.
    ///
    /// # Panics
    /// If there is no prompt, or one is empty.
    pub fn read_more(&self, cache: &PromptCache, prompts: &[Vec<u32>], agent: &Agent, threads: usize) -> PromptCache {
        let mut tree = cache.tree.clone();
        let first = tree.len();
        let known = (0..first).map(|node| ((tree.parents[node], tree.tokens[node]), node));
        let mut children: BTreeMap<(usize, u32), usize> = known.collect();
        let mut ends = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            let (&last, start) = prompt.split_last().expect("a prompt has tokens");
            let mut node = NO_PARENT;
            for &token in start {
                node = *children.entry((node, token)).or_insert_with(|| tree.grow(node, token));
            }
            // Logits are read at new nodes only, so a prompt that ends at an old node gets a twin of it.
            let end = children.get(&(node, last)).copied().filter(|&end| end >= first);
            let end = end.unwrap_or_else(|| tree.grow(node, last));
            children.insert((node, last), end);
            ends.push(end);
        }
        tree.logit_nodes.clone_from(&ends);
        tree.logit_nodes.sort_unstable();
        tree.logit_nodes.dedup();
        let row = |end: &usize| tree.logit_nodes.binary_search(end).expect("every end was put into the list above");
        tree.prompt_rows = ends.iter().map(row).collect();
        let company = Agent { prefix: Some(&cache.past), ..*agent };
        let (past, rows) = self.extend(&tree, &company, first, threads);
        let next = tree.prompt_rows.iter().map(|&row| rows[row].clone()).collect();
        PromptCache { tree, past, next }
    }

    /// Grows one text after each of `starts` (indices of prompts in `cache`) until `decoding` says that it is over or
    /// it reaches its maximum length. `agent` must be the one that read the prompts.
    ///
    /// # Panics
    /// If a start is not a prompt of the cache, or no token may be drawn at all.
    pub fn generate(
        &self,
        cache: &PromptCache,
        agent: &Agent,
        starts: &[usize],
        mut decoding: Decoding,
        threads: usize,
    ) -> Vec<Completion> {
        assert!(decoding.sampling.max_new_tokens > 0, "a completion has at least one token");
        let mut tree = cache.tree.clone();
        let mut past = cache.past.clone();
        let ends: Vec<usize> = tree.prompt_rows.iter().map(|&row| tree.logit_nodes[row]).collect();
        let mut next: BTreeMap<usize, NextToken> = ends.iter().copied().zip(cache.next.iter().cloned()).collect();
        let text = |&start: &usize| Growing { node: ends[start], text: Completion::default(), is_over: false };
        let mut texts: Vec<Growing> = starts.iter().map(text).collect();
        loop {
            let fresh = step(&mut tree, &next, &mut texts, &mut decoding);
            if fresh == 0 {
                return texts.into_iter().map(|growing| growing.text).collect();
            }
            let first = tree.len() - fresh;
            tree.logit_nodes = (first..tree.len()).collect();
            let company = Agent { prefix: Some(&past), ..*agent };
            let (longer, rows) = self.extend(&tree, &company, first, threads);
            past = longer;
            next = (first..tree.len()).zip(rows).collect();
        }
    }

    /// Runs the nodes of `tree` from `first` on; the keys and values of the others are the agent's prefix. Returns all
    /// keys and values, and what follows each of the tree's logit nodes.
    fn extend(&self, tree: &PromptTree, agent: &Agent, first: usize, threads: usize) -> (FrozenPrefix, Vec<NextToken>) {
        let pass = self.lay_out(tree, agent, first, threads);
        let mut past = FrozenPrefix { tokens: tree.tokens.clone(), keys: Vec::new(), values: Vec::new() };
        let (mut x, mut y, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
        let mut tape = LayerTape::default();
        self.embed(&pass, &mut x);
        for layer in 0..self.model.config.layers() {
            self.layer(&pass, layer).forward(&x, &mut y, &mut tape, &mut scratch);
            past.keys.push(std::mem::take(&mut tape.k));
            past.values.push(std::mem::take(&mut tape.v));
            std::mem::swap(&mut x, &mut y);
        }
        let mut head = Head::default();
        self.logits(&pass, &x, &mut head);
        let rows = head.logits.chunks_exact(self.model.config.vocab).zip(&head.log_sum_exp);
        let next = rows.map(|(logits, &log_sum_exp)| NextToken { logits: logits.to_vec(), log_sum_exp });
        (past, next.collect())
    }
}

/// Draws a token for every text that is not over and adds to `tree` the nodes that texts now stand at; returns how
/// many.
fn step(
    tree: &mut PromptTree,
    next: &BTreeMap<usize, NextToken>,
    texts: &mut [Growing],
    decoding: &mut Decoding,
) -> usize {
    let Decoding { sampling, is_over, uniform } = decoding;
    let mut choices: BTreeMap<usize, Choice> = BTreeMap::new();
    let mut children: BTreeMap<(usize, u32), Vec<usize>> = BTreeMap::new();
    for (index, growing) in texts.iter_mut().enumerate().filter(|(_, growing)| !growing.is_over) {
        let row = &next[&growing.node];
        let choice = choices.entry(growing.node).or_insert_with(|| Choice::new(&row.logits, sampling));
        let token = choice.pick(|| uniform(index));
        growing.text.tokens.push(token);
        growing.text.log_prob += f64::from(row.logits[token as usize]) - row.log_sum_exp;
        growing.is_over = growing.text.tokens.len() >= sampling.max_new_tokens || is_over(&growing.text.tokens);
        if !growing.is_over {
            children.entry((growing.node, token)).or_default().push(index);
        }
    }
    let fresh = children.len();
    for ((parent, token), standing) in children {
        let node = tree.grow(parent, token);
        standing.into_iter().for_each(|index| texts[index].node = node);
    }
    fresh
}

/// The distribution a next token is drawn from, as running sums over the tokens that may come.
enum Choice {
    /// The likeliest token alone.
    Greedy(u32),
    /// Tokens and running sums of their weights; if no tokens are listed, all of them in order of their ids.
    Drawn { tokens: Vec<u32>, sums: Vec<f64> },
}

impl Choice {
    fn new(logits: &[f32], sampling: &Sampling) -> Self {
        let mut best = 0;
        for (token, logit) in logits.iter().enumerate() {
            if *logit > logits[best] {
                best = token;
            }
        }
        if sampling.temperature == 0.0 {
            return Self::Greedy(best as u32);
        }
        let weight = |logit: f32| ((f64::from(logit) - f64::from(logits[best])) / sampling.temperature).exp();
        let mut weights: Vec<f64> = logits.iter().map(|&logit| weight(logit)).collect();
        let mut tokens = Vec::new();
        if sampling.top_p < 1.0 {
            let limit = sampling.top_p * weights.iter().sum::<f64>();
            tokens = (0..logits.len() as u32).collect();
            tokens.sort_by(|&a, &b| logits[b as usize].total_cmp(&logits[a as usize]).then(a.cmp(&b)));
            let mut held = 0.0;
            let kept = tokens.iter().take_while(|&&token| {
                let wanted = held < limit;
                held += weights[token as usize];
                wanted
            });
            let kept = kept.count().max(1);
            tokens.truncate(kept);
            weights = tokens.iter().map(|&token| weights[token as usize]).collect();
        }
        let mut sum = 0.0;
        for weight in &mut weights {
            sum += *weight;
            *weight = sum;
        }
        Self::Drawn { tokens, sums: weights }
    }

    fn pick(&self, uniform: impl FnOnce() -> f64) -> u32 {
        match self {
            Self::Greedy(token) => *token,
            Self::Drawn { tokens, sums } => {
                let total = sums.last().copied().unwrap_or(0.0);
                let level = uniform() * total;
                // Rounding may put the level at the total itself; the last token with mass takes it.
                let index = sums.partition_point(|&sum| sum <= level).min(sums.partition_point(|&sum| sum < total));
                tokens.get(index).copied().unwrap_or(index as u32)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(temperature: f64, top_p: f64) -> Sampling {
        Sampling { temperature, top_p, max_new_tokens: 1 }
    }

    fn shares(logits: &[f32], sampling: &Sampling) -> Vec<f64> {
        let choice = Choice::new(logits, sampling);
        let mut counts = vec![0.0; logits.len()];
        for i in 0..10_000 {
            counts[choice.pick(|| (f64::from(i) + 0.5) / 10_000.0) as usize] += 1e-4;
        }
        counts
    }

    #[test]
    fn tokens_come_by_temperature_and_mass() {
        let logits = [0.5f32, 0.2, 0.3].map(f32::ln);
        let close = |found: &[f64], expected: [f64; 3]| {
            assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 2e-4), "{found:?} {expected:?}");
        };
        close(&shares(&logits, &sampling(1.0, 1.0)), [0.5, 0.2, 0.3]);
        // At temperature ½ weights are squared: 25, 4, 9 of 38.
        close(&shares(&logits, &sampling(0.5, 1.0)), [25.0 / 38.0, 4.0 / 38.0, 9.0 / 38.0]);
        // The first alone holds half the mass; a little more takes in the second likeliest.
        close(&shares(&logits, &sampling(1.0, 0.49)), [1.0, 0.0, 0.0]);
        close(&shares(&logits, &sampling(1.0, 0.6)), [0.625, 0.0, 0.375]);
        close(&shares(&logits, &sampling(0.0, 1.0)), [1.0, 0.0, 0.0]);
        close(&shares(&[1.0, 3.0, 3.0], &sampling(0.0, 1.0)), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn the_ends_of_the_draw_stay_inside() {
        let choice = Choice::new(&[0.0, 0.0, f32::NEG_INFINITY], &sampling(1.0, 1.0));
        assert_eq!((choice.pick(|| 0.0), choice.pick(|| 1.0)), (0, 1));
    }
}
