//! What trained models do where they were not trained: other games, labels, tables and words.
//!
//! The suite is that of Tennant et al. 2025: matches against an opponent that acts at random, with made-up last moves
//! before the first round. A model's answers are read out as exact probabilities, so the outcome of a match is exact as
//! well ([`measure::expect`]), or sampled on request ([`measure::sample`]).
//!
//! - [`suite`]: the questions.
//! - [`gather`]: subjects from what is on disk.
//! - [`subject`]: the subjects: adapters of runs, the untrained model, the same model told a value, constant policies.
//! - [`histories`]: how the opponent acts, and had acted before.
//! - [`measure`]: from answers to action types, fines and shortfalls.
//! - [`rows`]: the table.
//! - [`summary`]: populations over seeds, and against the untrained model.
//! - [`page`]: what is printed.
//! - [`conclusion`]: what learning changed, in a sentence per population.

mod asked;
pub mod conclusion;
pub mod gather;
pub mod histories;
pub mod measure;
mod names;
pub mod page;
pub mod rows;
pub mod subject;
pub mod suite;
pub mod summary;
#[cfg(test)]
mod tests;

pub use asked::{Asked, EvaluationError, Settings};

use crate::metrics::Described;
use crate::policies::llm::PromptSet;
use crate::world::{Horizon, Opening, Progress, Rules};
use measure::{Conduct, Measures, Scale};
use rayon::prelude::*;
use rows::EvaluationRow;
use std::sync::Arc;
use subject::{Subject, SubjectKind, conduct};
use suite::{LabelSet, Question};

/// The columns of both tables that an evaluation writes, as `sim explain columns` describes those of a run.
pub fn described<'a>() -> impl Iterator<Item = Described<'a>> {
    rows::described().chain(summary::described())
}

/// A question with its prompts.
struct Prepared {
    question: Question,
    rules: Rules,
    prompts: PromptSet,
    scale: Scale,
}

/// Asks every subject every question of the suite, in order; `progress` counts the answers.
pub fn evaluate(
    asked: &Asked,
    subjects: &[Subject],
    settings: &Settings,
    progress: &Progress,
) -> Result<Vec<EvaluationRow>, EvaluationError> {
    let mut prepared: Vec<Arc<Prepared>> = Vec::new();
    let mut jobs: Vec<(&Subject, Arc<Prepared>)> = Vec::new();
    for subject in subjects {
        let questions = suite::questions(&subject.asks, &subject.prompt, &settings.new_labels);
        for question in questions.into_iter().filter(|question| settings.parts.iter().any(|p| p == question.part)) {
            let known = prepared.iter().find(|known| known.question == question).cloned();
            let ready = match known {
                Some(ready) => ready,
                None => {
                    let ready = Arc::new(prepare(asked, question, settings)?);
                    prepared.push(ready.clone());
                    ready
                }
            };
            jobs.push((subject, ready));
        }
    }
    progress.start(jobs.len() as u64);
    let answer = |(subject, ready): &(&Subject, Arc<Prepared>)| -> Result<Vec<EvaluationRow>, EvaluationError> {
        let conduct = conduct(asked, subject, &ready.prompts, &ready.rules)?;
        progress.0.inc(1);
        Ok(rows_of(subject, ready, &conduct, settings))
    };
    let answered: Result<Vec<_>, _> = match asked.engine.device() {
        // A device takes one batch at a time.
        Some(_) => jobs.iter().map(answer).collect(),
        None => asked.engine.pool().install(|| jobs.par_iter().map(answer).collect()),
    };
    Ok(answered?.into_iter().flatten().collect())
}

fn prepare(asked: &Asked, question: Question, settings: &Settings) -> Result<Prepared, EvaluationError> {
    let game = Arc::new(question.game());
    let scale = Scale::of(game.as_ref(), question.prompt.illegal_reward, settings.penalty)?;
    let rules = Rules { opening: Opening::MadeUp, ..Rules::new(game, Horizon::Fixed(settings.rounds)) };
    let prompts = PromptSet::new(&question.prompt, &rules, asked.tokenizer).map_err(|problem| {
        let labels = question.prompt.labels.join(", ");
        let (game, phrasing) = (question.game, question.prompt.phrasing.name());
        EvaluationError::Prompts { game, labels, phrasing, problem: Box::new(problem) }
    })?;
    Ok(Prepared { question, rules, prompts, scale })
}

/// The rows of one subject's answers to one question: exact, and sampled on request.
fn rows_of(subject: &Subject, ready: &Prepared, conduct: &Conduct, settings: &Settings) -> Vec<EvaluationRow> {
    let Prepared { question, rules, scale, .. } = ready;
    measured(rules, conduct, settings)
        .into_iter()
        .map(|measures| EvaluationRow::new(subject, question, conduct, settings, measures, *scale))
        .collect()
}

/// The results of `conduct`: exact, and sampled on request.
fn measured(rules: &Rules, conduct: &Conduct, settings: &Settings) -> Vec<Measures> {
    let Settings { histories, seed, episodes, .. } = *settings;
    let mut measured = vec![measure::expect(rules, conduct, histories)];
    if episodes > 0 {
        measured.push(measure::sample(rules, conduct, histories, seed, episodes));
    }
    measured
}

/// The part of `rows` that is about the runs with these numbers: the untrained model asked as their trained models
/// were, then these; the same rows as if no other run had been evaluated.
pub fn of_runs(rows: &[EvaluationRow], runs: &[usize]) -> Vec<EvaluationRow> {
    let theirs = || rows.iter().filter(|row| row.run_number.is_some_and(|number| runs.contains(&number)));
    let mut manners: Vec<usize> = Vec::new();
    for row in theirs() {
        if !manners.contains(&row.manner) {
            manners.push(row.manner);
        }
    }
    let renumbered = |row: &EvaluationRow| {
        let manner = manners.iter().position(|manner| *manner == row.manner)?;
        Some(EvaluationRow { manner, ..row.clone() })
    };
    let bases = rows.iter().filter(|row| row.subject != SubjectKind::Trained);
    let mut part: Vec<EvaluationRow> = bases.filter_map(renumbered).collect();
    part.sort_by_key(|row| row.manner);
    part.extend(theirs().filter_map(renumbered));
    part
}

/// Rows of policies that never change, for comparison: always cooperate, always defect, tit for tat, in every game.
pub fn anchors(settings: &Settings, illegal_reward: f64) -> Result<Vec<EvaluationRow>, EvaluationError> {
    let mut rows = Vec::new();
    for (subject, strategy) in subject::anchors() {
        for game in suite::GAMES {
            let mut question = Question::new("anchor", game, LabelSet::None, subject.prompt.clone());
            question.prompt.illegal_reward = illegal_reward;
            let rules = Rules {
                opening: Opening::MadeUp,
                ..Rules::new(Arc::new(question.game()), Horizon::Fixed(settings.rounds))
            };
            let scale = Scale::of(rules.game.as_ref(), illegal_reward, settings.penalty)?;
            let conduct = subject::fixed(strategy.as_ref(), &rules);
            let row = |measures| EvaluationRow::new(&subject, &question, &conduct, settings, measures, scale);
            rows.extend(measured(&rules, &conduct, settings).into_iter().map(row));
        }
    }
    Ok(rows)
}
