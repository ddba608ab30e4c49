//! One agent's update on what it said: texts → token tree → cells → gradient of the adapter.

use super::{Text, Texts};
use crate::games::ILLEGAL;
use crate::learning::{Learner, PolicyTable, TableGradient};
use crate::llm::engine::{Agent, Keep, TreeScores, Workspace};
use crate::llm::prompt_tree::PromptTree;
use crate::policies::llm::learn::{LearningError, step};
use crate::policies::llm::{BaseLlm, Experience, LlmLearner, LlmPolicy, PromptSet};
use crate::world::{LearningStats, Rules};

/// The texts of one tick as a token tree, and how its cells stand in a table of all prompts.
pub(super) struct Lesson {
    tree: PromptTree,
    /// The prompt of the table that each prompt of the tree is.
    prompts: Vec<usize>,
    /// Prompts of the table.
    rows: usize,
    /// Outcomes per prompt of the table: the longest list of texts.
    outcomes: usize,
}

impl Lesson {
    /// The lesson of `texts`; none if nothing was said.
    pub(super) fn new(prompts: &PromptSet, texts: &Texts) -> Option<Self> {
        let met: Vec<usize> = (0..texts.said.len()).filter(|&prompt| !texts.said[prompt].is_empty()).collect();
        if met.is_empty() {
            return None;
        }
        let tokens: Vec<Vec<u32>> = met.iter().map(|&prompt| prompts.tokens[prompt].clone()).collect();
        let list = |said: &Vec<Text>| said.iter().map(|text| text.tokens.clone()).collect();
        let completions: Vec<Vec<Vec<u32>>> = met.iter().map(|&prompt| list(&texts.said[prompt])).collect();
        let outcomes = completions.iter().map(Vec::len).max().unwrap_or(0);
        let tree = PromptTree::with_completions(&tokens, &completions);
        Some(Self { tree, prompts: met, rows: prompts.len(), outcomes })
    }

    /// Cell of the tree and entry of the table, for every text.
    fn entries(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.prompts.iter().enumerate().flat_map(move |(i, &prompt)| {
            self.tree.cells_of(i).enumerate().map(move |(outcome, cell)| (cell, prompt * self.outcomes + outcome))
        })
    }

    /// The table of what was said: entries without a text have no mass, so learners pass over them.
    fn table(&self, scores: &TreeScores) -> PolicyTable {
        let mut log_probs = vec![f64::NEG_INFINITY; self.rows * self.outcomes];
        for (cell, entry) in self.entries() {
            log_probs[entry] = f64::from(scores.label_log_probs[cell]);
        }
        let mut values = if scores.values.is_empty() { Vec::new() } else { vec![0.0; self.rows] };
        for (value, &prompt) in scores.values.iter().zip(&self.prompts) {
            values[prompt] = f64::from(*value);
        }
        PolicyTable { outcomes: self.outcomes, log_probs, values }
    }

    /// From the gradient in the table to those in the tree's log-probabilities and values.
    fn slopes(&self, gradient: &TableGradient) -> (Vec<f32>, Vec<f32>) {
        let log_probs = self.entries().map(|(_, entry)| gradient.log_probs[entry] as f32).collect();
        let value = |&prompt: &usize| gradient.values[prompt] as f32;
        let values = if gradient.values.is_empty() { Vec::new() } else { self.prompts.iter().map(value).collect() };
        (log_probs, values)
    }
}

/// Runs all epochs of one update on the texts of this tick; returns the table that played and the gradient's norm in the
/// first epoch.
pub(super) fn update(
    base: &BaseLlm,
    threads: usize,
    policy: &mut LlmPolicy,
    learner: &mut LlmLearner,
    lesson: &Lesson,
    experience: &Experience,
) -> Result<(PolicyTable, f64), LearningError> {
    base.spare.lend(|workspace| epochs(base, threads, policy, learner, lesson, experience, workspace))
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
    learner.last_good.clone_from(&policy.adapter.params);
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
