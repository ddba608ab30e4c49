//! LLM agents that pick their partners by prompt: told what every other agent chose last, they answer with a number.
//!
//! The numbers' probabilities, brought to sum 1, are the odds of the pick. What the picked match brings teaches the
//! adapter by REINFORCE with a moving-average baseline, whatever teaches it the game: with one pick per tick, there is
//! no group to compare it with. The gradient is taken at the parameters that picked, before the game's own update, and
//! its step follows after that update, with moments of its own.
//!
//! A pick uses the optimizer settings of the population's learner and nothing else of it. There is no entropy bonus and
//! no KL penalty on picks: both are stated per decision of the game, over its labels, and a pick has neither. Weight
//! decay acts in the game's step alone, hence once per tick. An update that broke the policy is taken back together
//! with the pick's step after it: the policy is again the one before both, in parameters and in generation.

use super::learn::{News, take_back};
use super::prompt::{DecisionMode, PromptConfig, chat, list_of_choices};
use super::score::not_finite;
use super::{BaseLlm, LlmLearner, LlmPolicy, LlmTokenizer};
use crate::games::Action;
use crate::learning::optimizer::{AdamW, OptimizerConfig};
use crate::learning::reinforce::{Reinforce, ReinforceConfig};
use crate::learning::{Learner, Plan, Step, Trajectory, UpdateStats, outcomes};
use crate::llm::engine::device::DeviceError;
use crate::llm::engine::{Agent, Ask, Engine, Gradient, Job, Next, Slopes, TreeScores, Update};
use crate::llm::error::ModelError;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::llm::tree::PromptTree;
use crate::world::{AgentId, AgentName, Clock, Home, LastMoves, PartnerOdds, Selections, Sharing, TickFailure};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use rayon::prelude::*;
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
    /// Whether `gradient` is this tick's, with its step still to be taken.
    is_fresh: bool,
}

/// The state of learning to pick that outlives a tick; the gradients' steps are taken before it ends.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptChoice {
    learner: Vec<f64>,
    optimizer: AdamW,
}

impl ChoosesByPrompt {
    /// A chooser asked by `prompt` as `config` says. `like` is how it learns the game; `None` if it does not learn.
    pub fn new(config: &PromptConfig, prompt: &PickPrompt, agent: &Agent, like: Option<&dyn Learner>) -> Self {
        let learning = like.map(|learner| {
            // The game's step has already decayed the weights.
            let optimizer = OptimizerConfig { weight_decay: 0.0, ..learner.optimizer().clone() };
            let gradient = Gradient::zeros(&Agent { value_head: None, ..*agent });
            let learner = Reinforce::new(ReinforceConfig { optimizer, ..ReinforceConfig::default() }, 1);
            let optimizer = AdamW::new(gradient.adapter.len());
            ChoiceLearning { learner, optimizer, gradient, is_fresh: false }
        });
        Self { config: config.clone(), labels: prompt.labels.clone(), tree: None, raw: Vec::new(), learning }
    }

    /// What learning to pick keeps between two ticks.
    pub(super) fn keep(&self) -> Option<KeptChoice> {
        let learning = self.learning.as_ref()?;
        Some(KeptChoice { learner: learning.learner.keep(), optimizer: learning.optimizer.clone() })
    }

    /// Takes over what was kept.
    pub(super) fn recall(&mut self, kept: KeptChoice) -> Result<(), String> {
        let learning = self.learning.as_mut().ok_or("it does not learn to pick partners")?;
        learning.optimizer = kept.optimizer;
        learning.learner.recall(&kept.learner)
    }

    /// Writes the prompt of this tick: what every other agent did `last`.
    fn prepare(&mut self, last: &[Action], words: &ChatTokenizer) {
        let text =
            picking_prompt(&self.config, last, words).expect("such a prompt was rendered before the agent was made");
        let tokens = words.encode(&text).expect("such a prompt was tokenised before the agent was made");
        self.tree = Some(PromptTree::new(&[tokens], &self.labels));
    }

    /// What the model is asked in this tick, with `policy`'s parameters.
    fn job<'a>(&'a self, policy: &'a LlmPolicy) -> Job<'a> {
        let tree = self.tree.as_ref().expect("the prompt of the tick was written before");
        Job { tree, agent: picking(policy) }
    }

    /// The odds of each partner by what the model said, or the number that makes them unusable.
    fn odds(&mut self, scores: TreeScores) -> Result<Vec<f64>, f32> {
        let broken = scores.broken();
        self.raw = scores.label_log_probs;
        if let Some(value) = broken {
            return Err(value);
        }
        let table = outcomes::table(&self.raw, self.labels.len(), DecisionMode::Constrained, Vec::new());
        Ok(table.log_probs.iter().map(|log_prob| log_prob.exp()).collect())
    }
}

/// The gradient of having picked partner number `chosen` for `reward`, at the parameters that picked. Nothing is kept
/// from the pick until here: running the same pass again is cheaper than a workspace per agent.
struct PickUpdate<'a> {
    policy: &'a LlmPolicy,
    chooser: &'a mut ChoosesByPrompt,
    chosen: usize,
    reward: f64,
    /// What is learned from, and what its loss came to, once it is known.
    ended: Option<(Plan, UpdateStats)>,
}

impl Update for PickUpdate<'_> {
    fn job(&self) -> Job<'_> {
        self.chooser.job(self.policy)
    }

    fn slopes(&mut self, _: Option<TreeScores>) -> Option<Slopes> {
        let ChoosesByPrompt { labels, raw, learning, .. } = &mut *self.chooser;
        let learner = &mut learning.as_mut()?.learner;
        let played = outcomes::table(raw, labels.len(), DecisionMode::Constrained, Vec::new());
        let lived = Trajectory { steps: vec![Step { prompt: 0, outcome: self.chosen as u32, reward: self.reward }] };
        let plan = learner.begin(&[lived], &played);
        let loss = learner.loss(&plan, &played, None);
        let log_probs = outcomes::backward(raw, labels.len(), DecisionMode::Constrained, &loss.gradient);
        self.ended = Some((plan, loss.stats));
        Some(Slopes { log_probs, values: Vec::new() })
    }

    /// Keeps the gradient: its step follows after the game's.
    fn step(&mut self, gradient: &Gradient) -> Next {
        if let (Some(learning), Some((plan, stats))) = (&mut self.chooser.learning, &self.ended) {
            learning.gradient.adapter.copy_from_slice(&gradient.adapter);
            learning.learner.end(plan, stats);
            learning.is_fresh = true;
        }
        Next::Done
    }
}

/// What agents that pick one of several others are asked, as far as it is known before anything is played.
#[derive(Debug)]
pub struct PickPrompt {
    /// Tokens of each answer.
    labels: Vec<Vec<u32>>,
    /// The longest prompt that is possible, with every answer: it decides how much memory a pick takes.
    pub tree: PromptTree,
}

impl PickPrompt {
    /// The prompt of agents that are asked as `config` says and pick among `others`.
    ///
    /// # Errors
    /// If the model's tokens cannot tell the numbers apart.
    pub fn new(config: &PromptConfig, others: usize, tokenizer: &ChatTokenizer) -> Result<Self, ModelError> {
        // Whatever the others choose, the prompt is no longer than with the longest label for all of them.
        let longest = config.labels.iter().map(String::len).enumerate().rev().max_by_key(|(_, len)| *len);
        let last = vec![longest.map_or(0, |(action, _)| action as Action); others];
        let text = picking_prompt(config, &last, tokenizer)?;
        let prompt = tokenizer.encode_prompt(&text)?;
        let labels = tokenizer.encode_labels(&text, &numbers(others))?;
        Ok(Self { tree: PromptTree::new(&[prompt], &labels), labels })
    }
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

/// An agent that is about to pick.
#[derive(QueryData)]
#[query_data(mutable)]
pub(super) struct Picker {
    entity: Entity,
    agent: &'static AgentId,
    name: &'static AgentName,
    home: &'static Home,
    policy: &'static mut LlmPolicy,
    chooser: &'static mut ChoosesByPrompt,
    odds: &'static mut PartnerOdds,
    learner: Option<&'static LlmLearner>,
}

/// Whom an agent would pick in this tick, as its home says.
#[derive(Serialize, Deserialize)]
struct Picked {
    news: News,
    odds: Vec<f64>,
    /// The number that makes the odds unusable.
    broken: Option<f32>,
}

/// Sets the odds by which every LLM agent picks its partner in this tick.
pub(super) fn set_odds(
    mut commands: Commands,
    clock: Res<Clock>,
    base: Res<BaseLlm>,
    words: Res<LlmTokenizer>,
    last_moves: Res<LastMoves>,
    mut sharing: Sharing,
    mut agents: Query<Picker>,
) {
    let mut pickers: Vec<PickerItem> = agents.iter_mut().collect();
    let own = pick_own(&base.0, &words.0, &last_moves, &mut pickers);
    let Some(mut picked) = sharing.share(own) else { return };
    for picker in &mut pickers {
        let Some(Picked { news, odds, broken }) = picked.remove(picker.agent) else { continue };
        picker.odds.0 = odds;
        news.take_up(&mut commands, picker.entity, &mut picker.policy, clock.tick);
        sharing.failure.check(broken.map_or(Ok(()), |value| Err(not_finite(&picker.name.0, value))));
    }
}

/// Asks the agents that are at home here. They are the first to see what the last tick's updates have made of the
/// policies, so this is where a broken one is taken back.
fn pick_own(
    engine: &Engine,
    words: &ChatTokenizer,
    last_moves: &LastMoves,
    pickers: &mut [PickerItem],
) -> Result<Vec<(AgentId, Picked)>, DeviceError> {
    let mut own: Vec<&mut PickerItem> = pickers.iter_mut().filter(|picker| picker.home.is_here).collect();
    engine.pool().install(|| {
        own.par_iter_mut().for_each(|picker| {
            let others = last_moves.0.iter().enumerate().filter(|(other, _)| *other != picker.agent.index());
            let last: Vec<Action> = others.map(|(_, action)| *action).collect();
            picker.chooser.prepare(&last, words);
        });
    });
    let mut odds = ask(engine, &mut own)?;
    let mut halted: Vec<Option<String>> = vec![None; own.len()];
    let (mut again, mut replaced) = (Vec::new(), Vec::new());
    for ((picker, odds), halted) in own.iter_mut().zip(&mut odds).zip(&mut halted) {
        let Some((value, learner)) = odds.as_ref().err().copied().zip(picker.learner) else { continue };
        if let Some(error) = take_back(&mut picker.policy, learner, value) {
            *halted = Some(error.to_string());
            again.push(&mut **picker);
            replaced.push(odds);
        }
    }
    for (replaced, now) in replaced.into_iter().zip(ask(engine, &mut again)?) {
        *replaced = now;
    }
    let picked = own.iter().zip(odds).zip(halted).map(|((picker, odds), halted)| {
        let (broken, others) = (odds.as_ref().err().copied(), picker.chooser.labels.len());
        // No agent plays by equal odds: a model that stays broken ends the run before the first round.
        let odds = odds.unwrap_or_else(|_| vec![1.0 / others as f64; others]);
        (*picker.agent, Picked { news: News::of(&picker.policy, halted), odds, broken })
    });
    Ok(picked.collect())
}

/// The odds by which each of them picks, or the number that makes them unusable.
fn ask(engine: &Engine, pickers: &mut [&mut PickerItem]) -> Result<Vec<Result<Vec<f64>, f32>>, DeviceError> {
    let mut asks: Vec<Ask> = pickers.iter().map(|picker| Ask::once(picker.chooser.job(&picker.policy))).collect();
    let scores = engine.score(&mut asks, &|| ())?;
    drop(asks);
    Ok(pickers.iter_mut().zip(scores).map(|(picker, scores)| picker.chooser.odds(scores)).collect())
}

/// Takes every learner's gradient of its pick, at the parameters that picked.
pub(super) fn take_gradients(
    base: Res<BaseLlm>,
    selections: Res<Selections>,
    mut failure: ResMut<TickFailure>,
    mut agents: Query<(&AgentId, &Home, &LlmPolicy, &mut ChoosesByPrompt), With<LlmLearner>>,
) {
    let mut own: Vec<_> = agents.iter_mut().filter(|(_, home, ..)| home.is_here).collect();
    let mut updates: Vec<PickUpdate> = Vec::new();
    for (agent, _, policy, chooser) in &mut own {
        let (agent, partner) = (agent.index(), selections.partners[agent.index()].index());
        let (chosen, reward) = (partner - usize::from(partner > agent), selections.rewards[agent]);
        updates.push(PickUpdate { policy, chooser, chosen, reward, ended: None });
    }
    failure.check(base.0.update(&mut updates, &|| ()));
}

/// Takes the steps along those gradients; an agent whose gradient is not finite learns no more.
pub(super) fn take_steps(
    mut commands: Commands,
    clock: Res<Clock>,
    mut sharing: Sharing,
    mut agents: Query<(Entity, &AgentId, &mut LlmPolicy, &mut ChoosesByPrompt), With<LlmLearner>>,
) {
    let mut own = Vec::new();
    for (_, agent, mut policy, mut chooser) in &mut agents {
        let Some(learning) = chooser.learning.as_mut().filter(|learning| learning.is_fresh) else { continue };
        learning.is_fresh = false;
        let config = learning.learner.optimizer().clone();
        let stepped = learning.optimizer.step(&config, &mut policy.adapter.params, &learning.gradient.adapter);
        let halted = stepped.err().map(|error| format!("picking partners: {error}"));
        policy.generation += u64::from(halted.is_none());
        own.push((*agent, News::of(&policy, halted)));
    }
    let Some(mut stepped) = sharing.tell(own) else { return };
    for (entity, agent, mut policy, _) in &mut agents {
        if let Some(news) = stepped.remove(agent) {
            news.take_up(&mut commands, entity, &mut policy, clock.tick);
        }
    }
}
