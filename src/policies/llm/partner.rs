//! LLM agents that pick their partners by prompt: they are told what everybody chose last, and answer with a number.
//!
//! The numbers' probabilities, brought to sum 1, are the odds of the pick. What the picked match brings teaches the adapter by
//! REINFORCE with a moving-average baseline, whatever teaches it the game: with one pick a tick there is no group to
//! compare it with. The gradient is taken at the parameters that picked, before the game's own update, and its step follows
//! after that update, with moments of its own.
//!
//! Of the population's learner a pick takes the optimizer's settings and nothing else. There is no entropy bonus and no KL
//! penalty on picks: both are stated per decision of the game, over its labels, and a pick has neither. Weight decay acts in
//! the game's step alone, so once a tick. An update that broke the policy is taken back together with the pick's step after
//! it: the policy is again the one before both, in parameters and in generation.

use super::learn::take_back;
use super::prompt::{DecisionMode, PromptConfig, list_of_choices};
use super::{BaseLlm, LlmFailure, LlmLearner, LlmPolicy, LlmTokenizer};
use crate::games::Action;
use crate::learning::optimizer::{AdamW, OptimizerConfig};
use crate::learning::outcomes;
use crate::learning::reinforce::{Reinforce, ReinforceConfig};
use crate::learning::{Learner, Step, Trajectory};
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, Gradient, Keep};
use crate::llm::error::ModelError;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::llm::tree::PromptTree;
use crate::policies::llm::prompt::chat;
use crate::world::{AgentId, AgentName, Clock, LastMoves, LearningHalted, PartnerOdds, Selections};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// Picks partners by the model's odds of their numbers.
#[derive(Component, Debug)]
pub struct ChoosesByPrompt {
    /// How the agent is asked.
    config: PromptConfig,
    /// Tokens of each partner's number.
    labels: Vec<Vec<u32>>,
    /// The prompt of this tick with every answer.
    tree: Option<PromptTree>,
    /// ln π(number | prompt).
    raw: Vec<f32>,
    learning: Option<ChoiceLearning>,
}

/// What learning to pick keeps from tick to tick.
#[derive(Debug)]
struct ChoiceLearning {
    learner: Reinforce,
    optimizer: AdamW,
    gradient: Gradient,
    /// Whether `gradient` holds this tick's, not yet stepped along.
    is_fresh: bool,
}

/// What of learning to pick outlives a tick: gradients are stepped along before it ends.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptChoice {
    learner: Reinforce,
    optimizer: AdamW,
}

impl ChoosesByPrompt {
    /// A chooser among `others` partners, asked as `config` says. `like` is how it learns the game; `None`: it does not learn.
    ///
    /// An error if the model's tokens cannot tell the numbers apart.
    pub fn new(
        config: &PromptConfig,
        others: usize,
        agent: &Agent,
        like: Option<&dyn Learner>,
        tokenizer: &ChatTokenizer,
    ) -> Result<Self, ModelError> {
        let (_, labels) = tokens(config, others, tokenizer)?;
        let learning = like.map(|learner| {
            // The game's step has decayed the weights already.
            let optimizer = OptimizerConfig { weight_decay: 0.0, ..learner.optimizer().clone() };
            let gradient = Gradient::zeros(&Agent { value_head: None, ..*agent });
            let learner = Reinforce::new(ReinforceConfig { optimizer, ..ReinforceConfig::default() }, 1);
            let optimizer = AdamW::new(gradient.adapter.len());
            ChoiceLearning { learner, optimizer, gradient, is_fresh: false }
        });
        Ok(Self { config: config.clone(), labels, tree: None, raw: Vec::new(), learning })
    }

    /// What learning to pick keeps between two ticks.
    pub(super) fn keep(&self) -> Option<KeptChoice> {
        let learning = self.learning.as_ref()?;
        Some(KeptChoice { learner: learning.learner.clone(), optimizer: learning.optimizer.clone() })
    }

    /// Takes over what was kept.
    pub(super) fn recall(&mut self, kept: KeptChoice) -> Result<(), String> {
        let learning = self.learning.as_mut().ok_or("it does not learn to pick partners")?;
        (learning.learner, learning.optimizer) = (kept.learner, kept.optimizer);
        Ok(())
    }

    /// Asks the model; returns the odds of each partner, or the number that spoils them.
    fn ask(
        &mut self,
        base: &BaseLlm,
        threads: usize,
        agent: &Agent,
        last: &[Action],
        words: &ChatTokenizer,
    ) -> Result<Vec<f64>, f32> {
        let text =
            picking_prompt(&self.config, last, words).expect("such a prompt was rendered when the agent was made");
        let tokens = words.encode(&text).expect("such a prompt was tokenised when the agent was made");
        let tree = PromptTree::new(&[tokens], &self.labels);
        let forward = |workspace: &mut Workspace| base.engine.forward(&tree, agent, Keep::Nothing, threads, workspace);
        let scores = base.spare.lend(forward);
        let broken = scores.broken();
        self.raw = scores.label_log_probs;
        self.tree = Some(tree);
        if let Some(value) = broken {
            return Err(value);
        }
        let table = outcomes::table(&self.raw, self.labels.len(), DecisionMode::Constrained, Vec::new());
        Ok(table.log_probs.iter().map(|log_prob| log_prob.exp()).collect())
    }

    /// Takes the gradient of having picked partner number `chosen` for `reward`.
    fn take_gradient(&mut self, base: &BaseLlm, threads: usize, agent: &Agent, chosen: usize, reward: f64) {
        let (Some(learning), Some(tree)) = (&mut self.learning, &self.tree) else { return };
        let labels = self.labels.len();
        let played = outcomes::table(&self.raw, labels, DecisionMode::Constrained, Vec::new());
        let lived = Trajectory { steps: vec![Step { prompt: 0, outcome: chosen as u32, reward }] };
        let plan = learning.learner.begin(&[lived], &played);
        let loss = learning.learner.loss(&plan, &played, None);
        let slopes = outcomes::backward(&self.raw, labels, DecisionMode::Constrained, &loss.gradient);
        learning.gradient.clear();
        // Nothing is kept from the pick to here: the same pass once more is cheaper than a workspace per agent.
        base.spare.lend(|workspace| {
            base.engine.forward(tree, agent, base.plan.keep(), threads, workspace);
            base.engine.backward(tree, agent, &slopes, &[], threads, workspace, &mut learning.gradient);
        });
        learning.learner.end(&plan, &loss.stats);
        learning.is_fresh = true;
    }
}

/// Tokens of a prompt for picking among `others`, and of each answer.
fn tokens(
    config: &PromptConfig,
    others: usize,
    tokenizer: &ChatTokenizer,
) -> Result<(Vec<u32>, Vec<Vec<u32>>), ModelError> {
    // Whatever the others will have chosen, the prompt gets no longer than with the longest label for all.
    let longest = config.labels.iter().map(String::len).enumerate().rev().max_by_key(|(_, len)| *len);
    let last = vec![longest.map_or(0, |(action, _)| action as Action); others];
    let text = picking_prompt(config, &last, tokenizer)?;
    Ok((tokenizer.encode_prompt(&text)?, tokenizer.encode_labels(&text, &numbers(others))?))
}

/// The tree of one pick among `others`, whatever they did last: its size, for the memory it will take.
pub fn pick_tree(config: &PromptConfig, others: usize, tokenizer: &ChatTokenizer) -> Result<PromptTree, ModelError> {
    let (prompt, labels) = tokens(config, others, tokenizer)?;
    Ok(PromptTree::new(&[prompt], &labels))
}

/// The policy as it picks: with its adapter, without the value head and the frozen start of the game's prompts.
fn picking(policy: &LlmPolicy) -> Agent<'_> {
    Agent { adapter: Some(&policy.adapter), value_head: None, prefix: None }
}

/// The answers: numbers of equal length, so that none begins another.
fn numbers(others: usize) -> Vec<String> {
    let width = others.to_string().len();
    (1..=others).map(|number| format!("{number:0width$}")).collect()
}

/// The prompt that tells what each of the others chose last, chat template applied.
fn picking_prompt(config: &PromptConfig, last: &[Action], tokenizer: &ChatTokenizer) -> Result<String, ModelError> {
    Ok(chat(config, tokenizer, render(config, last))? + &config.prefill)
}

fn render(config: &PromptConfig, last: &[Action]) -> String {
    let mut text = config.opening_words();
    let choices = list_of_choices(config.labels.iter().map(String::as_str));
    text.push_str(&format!(
        "You are about to play a game with one of {} other players, and you pick which one. In the game you both choose {choices} \
         at the same time, and the points of each depend on both choices. With whom do you get the most points? Answer only \
         with the player's number. This is what each player chose last:\n\n",
        last.len()
    ));
    for (number, &action) in numbers(last.len()).iter().zip(last) {
        text.push_str(&format!("Player {number}: {}\n", config.label(action)));
    }
    text
}

/// Sets the odds by which every LLM agent picks its partner in this tick. It is the first to see what the last tick's
/// updates have made of the policies, so it is here that a broken one is taken back.
pub(super) fn set_odds(
    mut commands: Commands,
    clock: Res<Clock>,
    base: Res<BaseLlm>,
    words: Res<LlmTokenizer>,
    last_moves: Res<LastMoves>,
    mut failure: ResMut<LlmFailure>,
    mut agents: Query<(
        (Entity, &AgentId, &AgentName),
        &mut LlmPolicy,
        &mut ChoosesByPrompt,
        &mut PartnerOdds,
        Option<&LlmLearner>,
    )>,
) {
    let mut all: Vec<_> = agents.iter_mut().collect();
    let heavy = all.len();
    let asked = base.each(&mut all, heavy, |threads, ((entity, agent, name), policy, chooser, odds, learner)| {
        let others = last_moves.0.iter().enumerate().filter(|(other, _)| *other != agent.index());
        let last: Vec<Action> = others.map(|(_, action)| *action).collect();
        let mut ask = |policy: &LlmPolicy| chooser.ask(&base, threads, &picking(policy), &last, &words.0);
        let mut found = ask(policy);
        let broken = found.as_ref().err().zip(learner.as_ref());
        let halted = broken.and_then(|(&value, learner)| take_back(policy, learner, value));
        if halted.is_some() {
            found = ask(policy);
        }
        // Nobody plays by the equal odds: a broken model ends the run before the first round.
        let (found, broken) = match found {
            Ok(found) => (found, None),
            Err(value) => (vec![1.0 / last.len() as f64; last.len()], Some((*name, value))),
        };
        odds.0 = found;
        (broken, halted.map(|error| (*entity, error.to_string())))
    });
    for (broken, halted) in asked {
        if let Some((name, value)) = broken {
            failure.note(&name.0, value);
        }
        if let Some((entity, reason)) = halted {
            commands.entity(entity).remove::<LlmLearner>().insert(LearningHalted { tick: clock.tick, reason });
        }
    }
}

/// Takes every learner's gradient of its pick, at the parameters that picked.
pub(super) fn take_gradients(
    base: Res<BaseLlm>,
    selections: Res<Selections>,
    mut agents: Query<(&AgentId, &LlmPolicy, &mut ChoosesByPrompt), With<LlmLearner>>,
) {
    let mut all: Vec<_> = agents.iter_mut().collect();
    let heavy = all.len();
    base.each(&mut all, heavy, |threads, (agent, policy, chooser)| {
        let (agent, partner) = (agent.index(), selections.partners[agent.index()].index());
        let number = partner - usize::from(partner > agent);
        chooser.take_gradient(&base, threads, &picking(policy), number, selections.rewards[agent]);
    });
}

/// Takes the steps along those gradients; an agent whose gradient is not finite learns no more.
pub(super) fn take_steps(
    mut commands: Commands,
    clock: Res<Clock>,
    mut agents: Query<(Entity, &mut LlmPolicy, &mut ChoosesByPrompt), With<LlmLearner>>,
) {
    for (entity, mut policy, mut chooser) in &mut agents {
        let Some(learning) = chooser.learning.as_mut().filter(|learning| learning.is_fresh) else { continue };
        learning.is_fresh = false;
        let config = learning.learner.optimizer().clone();
        match learning.optimizer.step(&config, &mut policy.adapter.params, &learning.gradient.adapter) {
            Ok(_) => policy.generation += 1,
            Err(error) => {
                let reason = format!("picking partners: {error}");
                commands.entity(entity).remove::<LlmLearner>().insert(LearningHalted { tick: clock.tick, reason });
            }
        }
    }
}
