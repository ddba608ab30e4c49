//! What learning changed, in a sentence per population: concluded from the numbers by one rule, the same for all.

use super::names::label;
use super::rows::EvaluationRow;
use super::subject::SubjectKind;
use super::suite::TRAINED_GAME;
use super::summary::{COOPERATION, Summary, Topic};
use crate::compare::layout::mean_and_interval;
use crate::compare::{Estimate, SHARE};

/// The rule, for readers.
pub const RULE: &str = "What learning changed, judged by cooperation in the game and under the labels of training, or by \
the p(C|…) that changed most if it changed at least twice as much. A change counts if the 95 % interval of the \
difference from untrained excludes 0; with a single seed, if it is at least 0.05. It carries over if it counts under new \
labels too, as a mean over the five games, in the same direction and at least half as large; in part if it is smaller";

/// From one seed, a smaller change does not count.
const CHANGE_MIN: f64 = 0.05;
/// A p(C|…) stands for cooperation if it changed by as many times as much.
const TIMES: f64 = 2.0;
/// What a change is judged by, with the words for it.
const JUDGED: [(&str, &str); 5] = [
    (COOPERATION, "cooperates"),
    ("p_c_cc", "p(C|CC) is"),
    ("p_c_cd", "p(C|CD) is"),
    ("p_c_dc", "p(C|DC) is"),
    ("p_c_dd", "p(C|DD) is"),
];

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Nothing,
    OnlyElsewhere,
    Unasked,
    Lost,
    Reversed,
    InPart,
    Kept,
}

impl Verdict {
    /// By [`RULE`]: the differences from the untrained model where it was trained, and under new labels.
    fn of(home: &Estimate, new: Option<&Estimate>) -> Self {
        match new {
            None if counts(home) => Self::Unasked,
            None => Self::Nothing,
            Some(new) => match (counts(home), counts(new)) {
                (false, false) => Self::Nothing,
                (false, true) => Self::OnlyElsewhere,
                (true, false) => Self::Lost,
                (true, true) if home.mean.signum() != new.mean.signum() => Self::Reversed,
                (true, true) if 2.0 * new.mean.abs() < home.mean.abs() => Self::InPart,
                (true, true) => Self::Kept,
            },
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Nothing => ": no clear change",
            Self::OnlyElsewhere => ": no clear change where it was trained, but one elsewhere",
            Self::Unasked => "",
            Self::Lost => ": what it learned does not carry over",
            Self::Reversed => ": what it learned does not carry over, and the change is the other way round",
            Self::InPart => ": what it learned carries over in part",
            Self::Kept => ": what it learned carries over",
        }
    }
}

/// Whether a difference from the untrained model is a change.
fn counts(difference: &Estimate) -> bool {
    match difference.n {
        0 => false,
        1 => difference.mean.abs() >= CHANGE_MIN,
        _ => difference.leaves_out_zero(),
    }
}

/// A sentence per trained population, in the order of the tables; none for those that were not asked under the labels
/// of their training.
pub fn conclusions(rows: &[EvaluationRow]) -> Vec<String> {
    let summary = Summary::of(rows);
    let trained = (0..summary.who.len()).filter(|&who| summary.who[who].kind == SubjectKind::Trained);
    trained.filter_map(|who| conclusion(&summary, who, home(rows, &summary, who))).collect()
}

/// The game that a population was trained in, if the suite has it.
fn home(rows: &[EvaluationRow], summary: &Summary, who: usize) -> Option<&'static str> {
    let person = &summary.who[who];
    let is_theirs = |row: &&EvaluationRow| {
        (row.subject, &row.run, &row.factors, &row.population)
            == (person.kind, &person.run, &person.factors, &person.population)
    };
    rows.iter().find(is_theirs)?.trained_in
}

/// The questions in the game `game` under the labels of training.
pub(super) fn of_training(summary: &Summary, game: &str) -> Vec<Topic> {
    let is_home = |asked: &&Topic| (asked.part, asked.game, asked.labels) == ("labels", game, "trained");
    summary.topics.iter().filter(is_home).copied().collect()
}

fn conclusion(summary: &Summary, who: usize, home: Option<&'static str>) -> Option<String> {
    let at_home = of_training(summary, home.unwrap_or(TRAINED_GAME));
    let games: Vec<Topic> = summary.topics.iter().filter(|topic| topic.part == "game").copied().collect();
    let change = |measure: &str, questions: &[Topic]| summary.difference(who, measure, questions);
    let usual = change(COOPERATION, &at_home)?;
    let size = |judged: &(&str, &str)| change(judged.0, &at_home).map_or(0.0, |change| change.mean.abs());
    let largest = JUDGED.into_iter().max_by(|a, b| size(a).total_cmp(&size(b)));
    let (measure, words) = largest.filter(|judged| size(judged) >= TIMES * usual.mean.abs()).unwrap_or(JUDGED[0]);
    // The mean, with its interval where there are several seeds, and the untrained model's.
    let values = |questions: &[Topic]| {
        let base = summary.untrained(who, measure, questions)?;
        Some((mean_and_interval(&summary.estimate(who, measure, questions), SHARE, 2, false), base))
    };
    let place = match home {
        Some(_) => "where it was trained".to_owned(),
        None => format!("in {} under the labels of its prompt", TRAINED_GAME.replace('_', " ")),
    };
    let (here, untrained) = values(&at_home)?;
    let there = values(&games).map(|(there, base)| format!("; under new labels {there} ({base:.2})"));
    let verdict = Verdict::of(&change(measure, &at_home)?, change(measure, &games).as_ref());
    Some(format!(
        "{}: {words} {here} {place} (untrained {untrained:.2}){}{}",
        label(summary, who),
        there.unwrap_or_default(),
        verdict.words()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(home: &[f64], new: Option<&[f64]>) -> Verdict {
        Verdict::of(&Estimate::of(home), new.map(Estimate::of).as_ref())
    }

    #[test]
    fn one_seed_is_judged_by_size_and_several_by_their_interval() {
        assert_eq!(verdict(&[0.34], Some(&[-0.13])), Verdict::Reversed);
        assert_eq!(verdict(&[0.34], Some(&[0.04])), Verdict::Lost);
        assert_eq!(verdict(&[0.34], Some(&[0.1])), Verdict::InPart);
        assert_eq!(verdict(&[-0.34], Some(&[-0.2])), Verdict::Kept);
        assert_eq!(verdict(&[0.04], Some(&[0.2])), Verdict::OnlyElsewhere);
        assert_eq!(verdict(&[0.04], Some(&[0.0])), Verdict::Nothing);
        assert_eq!(verdict(&[0.34], None), Verdict::Unasked);
        // Half the width of the interval of two values is 12.7 standard errors: that of 0.3 and 0.4 holds 0.
        assert_eq!(verdict(&[0.3, 0.4], Some(&[0.3, 0.4])), Verdict::Nothing);
        assert_eq!(verdict(&[0.3, 0.32], Some(&[0.01, -0.01])), Verdict::Lost);
        assert_eq!(verdict(&[0.3, 0.32], Some(&[0.3, 0.32])), Verdict::Kept);
    }
}
