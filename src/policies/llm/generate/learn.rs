//! One agent's update on what it said: texts → token tree → cells → gradient of the adapter.

use super::{Exchange, Texts};
use crate::games::ILLEGAL;
use crate::learning::{Learner, PolicyTable, TableGradient};
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, Keep, TreeScores};
use crate::llm::tree::PromptTree;
use crate::policies::llm::learn::{LearningError, step};
use crate::policies::llm::{BaseLlm, Experience, LlmLearner, LlmPolicy, PromptSet};
use crate::world::{LearningStats, Rules};
use std::collections::BTreeMap;

/// The texts of one tick as a token tree, and how its cells make up a table of all prompts.
pub(super) struct Lesson {
    pub(super) tree: PromptTree,
    /// Entry of the table, and the cells of the tree whose log-probabilities add up to it: a choice, and a message before it.
    entries: Vec<(usize, Vec<usize>)>,
    /// The prompt of the tree whose value is that of a prompt of the table, for those met.
    values: Vec<(usize, usize)>,
    /// Prompts of the table.
    rows: usize,
    /// Outcomes per prompt of the table: the longest list of texts.
    outcomes: usize,
}

/// Distinct prompts with the distinct completions after each, in the order they come up.
#[derive(Default)]
struct Questions {
    prompts: Vec<Vec<u32>>,
    answers: Vec<Vec<Vec<u32>>>,
    index: BTreeMap<Vec<u32>, usize>,
}

impl Questions {
    fn ask(&mut self, prompt: &[u32]) -> usize {
        if let Some(&question) = self.index.get(prompt) {
            return question;
        }
        self.index.insert(prompt.to_vec(), self.prompts.len());
        self.prompts.push(prompt.to_vec());
        self.answers.push(Vec::new());
        self.prompts.len() - 1
    }

    /// Question and number of the answer.
    fn answer(&mut self, prompt: &[u32], answer: &[u32]) -> (usize, usize) {
        let question = self.ask(prompt);
        let answers = &mut self.answers[question];
        let known = answers.iter().position(|known| known == answer);
        let number = known.unwrap_or_else(|| {
            answers.push(answer.to_vec());
            answers.len() - 1
        });
        (question, number)
    }
}

impl Lesson {
    /// The lesson of `texts`; none if nothing was said.
    pub(super) fn new(prompts: &PromptSet, texts: &Texts) -> Option<Self> {
        let outcomes = texts.said.iter().map(Vec::len).max().filter(|&most| most > 0)?;
        let mut questions = Questions::default();
        let (mut parts, mut values) = (Vec::new(), Vec::new());
        for (prompt, said) in texts.said.iter().enumerate() {
            let Some(first) = said.first() else { continue };
            let asked = if first.exchange.is_some() { &prompts.talk[prompt] } else { &prompts.tokens[prompt] };
            values.push((questions.ask(asked), prompt));
            for (outcome, text) in said.iter().enumerate() {
                let answers = match &text.exchange {
                    None => vec![questions.answer(asked, &text.tokens)],
                    Some(Exchange { message, prompt }) => {
                        vec![questions.answer(asked, message), questions.answer(prompt, &text.tokens)]
                    }
                };
                parts.push((prompt * outcomes + outcome, answers));
            }
        }
        let tree = PromptTree::with_completions(&questions.prompts, &questions.answers);
        let cell = |(question, number): (usize, usize)| tree.cells_of(question).start + number;
        let entries = parts.into_iter().map(|(entry, answers)| (entry, answers.into_iter().map(cell).collect()));
        Some(Self { entries: entries.collect(), tree, values, rows: prompts.len(), outcomes })
    }

    /// The table of what was said: entries without a text have no mass, so learners pass over them.
    fn table(&self, scores: &TreeScores) -> PolicyTable {
        let mut log_probs = vec![f64::NEG_INFINITY; self.rows * self.outcomes];
        for (entry, cells) in &self.entries {
            log_probs[*entry] = cells.iter().map(|&cell| f64::from(scores.label_log_probs[cell])).sum();
        }
        let mut values = if scores.values.is_empty() { Vec::new() } else { vec![0.0; self.rows] };
        for &(question, prompt) in self.values.iter().filter(|_| !scores.values.is_empty()) {
            values[prompt] = f64::from(scores.values[question]);
        }
        PolicyTable { outcomes: self.outcomes, log_probs, values }
    }

    /// From the gradient in the table to those in the tree's log-probabilities and values.
    pub(super) fn slopes(&self, gradient: &TableGradient) -> (Vec<f32>, Vec<f32>) {
        let mut log_probs = vec![0.0; self.tree.cells()];
        for (entry, cells) in &self.entries {
            cells.iter().for_each(|&cell| log_probs[cell] += gradient.log_probs[*entry] as f32);
        }
        let mut values = if gradient.values.is_empty() { Vec::new() } else { vec![0.0; self.tree.prompts()] };
        for &(question, prompt) in self.values.iter().filter(|_| !gradient.values.is_empty()) {
            values[question] = gradient.values[prompt] as f32;
        }
        (log_probs, values)
    }
}

/// Runs all epochs of one update on the texts of this tick; returns the table that played and the gradient's norm in the
/// first epoch. After an error the policy is the one that played.
pub(super) fn update(
    base: &BaseLlm,
    threads: usize,
    policy: &mut LlmPolicy,
    learner: &mut LlmLearner,
    lesson: &Lesson,
    experience: &Experience,
) -> Result<(PolicyTable, f64), LearningError> {
    learner.keep(policy);
    let result = base.spare.lend(|workspace| epochs(base, threads, policy, learner, lesson, experience, workspace));
    if result.is_err() {
        learner.restore(policy);
    }
    result
}

/// [`update`] with a workspace.
fn epochs(
    base: &BaseLlm,
    threads: usize,
    policy: &mut LlmPolicy,
    learner: &mut LlmLearner,
    lesson: &Lesson,
    experience: &Experience,
    workspace: &mut Workspace,
) -> Result<(PolicyTable, f64), LearningError> {
    let score = |policy: &LlmPolicy, workspace: &mut Workspace| {
        lesson.table(&base.engine.forward(&lesson.tree, &policy.for_engine(), base.plan.keep(), threads, workspace))
    };
    let played = score(policy, workspace);
    let plan = learner.learner.begin(&experience.trajectories, &played);
    let mut first = None;
    let mut now = played.clone();
    for epoch in 0..learner.learner.epochs() {
        if epoch > 0 {
            now = score(policy, workspace);
        }
        let loss = learner.learner.loss(&plan, &now, None);
        if !loss.loss.is_finite() {
            return Err(LearningError::NonFiniteLoss { loss: loss.loss });
        }
        let (d_log_probs, d_values) = lesson.slopes(&loss.gradient);
        learner.gradient.clear();
        let (agent, gradient) = (policy.for_engine(), &mut learner.gradient);
        base.engine.backward(&lesson.tree, &agent, &d_log_probs, &d_values, threads, workspace, gradient);
        let norm = step(policy, learner)?;
        first.get_or_insert((loss.stats, norm));
    }
    policy.generation += 1;
    let (stats, norm) = first.expect("learners have at least one epoch");
    learner.learner.end(&plan, &stats);
    Ok((played, norm))
}

/// The table of what was said by an agent that does not learn.
pub(super) fn score(base: &BaseLlm, threads: usize, agent: &Agent, lesson: &Lesson) -> PolicyTable {
    let score = |workspace: &mut Workspace| {
        lesson.table(&base.engine.forward(&lesson.tree, agent, Keep::Nothing, threads, workspace))
    };
    base.spare.lend(score)
}

/// Estimates from the texts drawn: entropy `−mean ln π`, and divergence from the base by `mean (r − 1 − ln r)` with
/// `r = π_base / π` (Schulman 2020, k3), which is never negative and has the divergence for its expectation.
pub(super) fn measure(
    played: &PolicyTable,
    reference: &PolicyTable,
    experience: &Experience,
    generation: u64,
) -> LearningStats {
    let (mut entropy, mut kl, mut decisions) = (0.0, 0.0, 0.0);
    for step in experience.trajectories.iter().flat_map(|t| &t.steps) {
        let at = |table: &PolicyTable| table.log_prob(step.prompt as usize, step.outcome as usize);
        let log_ratio = at(reference) - at(played);
        entropy -= at(played);
        kl += log_ratio.exp_m1() - log_ratio;
        decisions += 1.0;
    }
    let mean = |sum: f64| if decisions > 0.0 { sum / decisions } else { 0.0 };
    LearningStats { generation, entropy: mean(entropy), kl: mean(kl), grad_norm: None }
}

/// Share of cooperation after each observation among the decisions of this tick; NaN after those that were not met.
pub(super) fn read_out(rules: &Rules, prompts: &PromptSet, texts: &Texts, experience: &Experience) -> Vec<f64> {
    let mut counts = vec![(0.0, 0.0); rules.observations.len()];
    for step in experience.trajectories.iter().flat_map(|t| &t.steps) {
        let action = texts.said[step.prompt as usize][step.outcome as usize].action;
        let (cooperations, decisions) =
            &mut counts[rules.observations.index(prompts.observation(step.prompt as usize))];
        *decisions += 1.0;
        if action != ILLEGAL && rules.game.cooperative(action) {
            *cooperations += 1.0;
        }
    }
    counts.into_iter().map(|(cooperations, decisions)| cooperations / decisions).collect()
}
