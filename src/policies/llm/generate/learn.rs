//! One agent's update on what it said: texts → token tree → cells → gradient of the adapter.

use super::{Exchange, Texts};
use crate::games::ILLEGAL;
use crate::learning::{Plan, PolicyTable, TableGradient};
use crate::llm::engine::{Gradient, Job, Next, Slopes, TreeScores, Update};
use crate::llm::tree::PromptTree;
use crate::policies::llm::learn::{Course, LearningError};
use crate::policies::llm::{Experience, LlmLearner, LlmPolicy, PromptSet};
use crate::world::{LearningStats, Rules};
use std::collections::BTreeMap;

/// The texts of one tick as a token tree, and how its cells make up a table of all prompts.
pub(super) struct Lesson {
    pub(super) tree: PromptTree,
    /// Entry of the table, and the cells of the tree whose log-probabilities add up to it: a choice, and a message
    /// before it.
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

    /// The question's number and the answer's.
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
    /// The lesson of `texts`; `None` if nothing was said.
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
    pub(super) fn table(&self, scores: &TreeScores) -> PolicyTable {
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

    /// Carries the gradient over from the table to the tree's log-probabilities and values.
    pub(super) fn slopes(&self, gradient: &TableGradient) -> Slopes {
        let mut log_probs = vec![0.0; self.tree.cells()];
        for (entry, cells) in &self.entries {
            cells.iter().for_each(|&cell| log_probs[cell] += gradient.log_probs[*entry] as f32);
        }
        let mut values = if gradient.values.is_empty() { Vec::new() } else { vec![0.0; self.tree.prompts()] };
        for &(question, prompt) in self.values.iter().filter(|_| !gradient.values.is_empty()) {
            values[question] = gradient.values[prompt] as f32;
        }
        Slopes { log_probs, values }
    }
}

/// An update on what was said. The texts are scored for the first time in its first epoch.
pub(super) struct TextUpdate<'a> {
    course: Course<'a>,
    lesson: &'a Lesson,
    experience: &'a Experience,
    /// The table that played and what is learned from it, once it is scored.
    begun: Option<(PolicyTable, Plan)>,
}

impl<'a> TextUpdate<'a> {
    pub(super) fn new(
        policy: &'a mut LlmPolicy,
        learner: &'a mut LlmLearner,
        lesson: &'a Lesson,
        experience: &'a Experience,
    ) -> Self {
        Self { course: Course::new(policy, learner), lesson, experience, begun: None }
    }

    /// The table that played, and the gradient's norm in the first epoch, or why there was no step: the policy is then
    /// the one that played.
    pub(super) fn end(self) -> (PolicyTable, Result<f64, LearningError>) {
        let (played, plan) = self.begun.expect("an update that was run was begun");
        (played, self.course.end(&plan))
    }
}

impl Update for TextUpdate<'_> {
    fn job(&self) -> Job<'_> {
        Job { tree: &self.lesson.tree, agent: self.course.policy().for_engine() }
    }

    fn slopes(&mut self, scores: Option<TreeScores>) -> Option<Slopes> {
        let now = self.lesson.table(&scores.expect("nothing of texts is kept from an earlier scoring"));
        let (_, plan) = match self.begun.take() {
            Some(begun) => self.begun.insert(begun),
            None => {
                let plan = self.course.learner().begin(&self.experience.trajectories, &now);
                self.begun.insert((now.clone(), plan))
            }
        };
        let loss = self.course.loss(plan, &now, None)?;
        Some(self.lesson.slopes(&loss.gradient))
    }

    fn step(&mut self, gradient: &Gradient) -> Next {
        self.course.step(gradient)
    }
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

/// Share of cooperation after each observation among the decisions of this tick; NaN after observations that were not
/// met.
pub(super) fn read_out(rules: &Rules, prompts: &PromptSet, texts: &Texts, experience: &Experience) -> Vec<f64> {
    let mut counts = vec![(0.0, 0.0); prompts.observations()];
    for step in experience.trajectories.iter().flat_map(|t| &t.steps) {
        let action = texts.said[step.prompt as usize][step.outcome as usize].action;
        let (cooperations, decisions) = &mut counts[prompts.observation_index(step.prompt as usize)];
        *decisions += 1.0;
        if action != ILLEGAL && rules.game.cooperative(action) {
            *cooperations += 1.0;
        }
    }
    // What is not told of makes no difference.
    let of = |observation: usize| counts[observation % counts.len()];
    (0..rules.observations.len()).map(of).map(|(cooperations, decisions)| cooperations / decisions).collect()
}
