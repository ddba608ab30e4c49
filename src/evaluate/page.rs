//! What an evaluation comes to, as tables for people.

use super::conclusion::{RULE, conclusions, of_training};
use super::histories::Histories;
use super::names::shown_name;
use super::rows::EvaluationRow;
use super::subject::SubjectKind;
use super::suite::{GAMES, TRAINED_GAME};
use super::summary::{COOPERATION, FINE, ILLEGAL, MEASURES, PAYOFF, SHORTFALL, Summary, Topic};
use crate::compare::Estimate;
use crate::compare::layout::{Page, Sheet, decimals, fixed, mean_and_interval};
use crate::learning::outcomes::DecisionMode;
use std::collections::BTreeSet;

/// The label of a line with differences.
const MINUS: &str = "− untrained";

/// A column: its heading, what is measured, and the questions it is a mean over.
struct Column {
    head: String,
    measure: &'static str,
    topics: Vec<Topic>,
}

/// The tables: what learning changed where it took place, then what carries over: means over the five games under new
/// labels, cooperation, fine and shortfall by game, cooperation where the question is put in other ways. What it comes
/// to is the last thing that is said.
pub fn page(rows: &[EvaluationRow]) -> Page {
    let summary = Summary::of(rows);
    let is_estimated = (0..summary.who.len())
        .any(|who| summary.topics.iter().any(|topic| summary.estimate(who, COOPERATION, &[*topic]).n > 1));
    let pages = Pages { summary: &summary, has_seeds: is_estimated };
    let of_part =
        |part: &str| -> Vec<Topic> { summary.topics.iter().filter(|topic| topic.part == part).copied().collect() };
    let games = of_part("game");
    let mut sheets: Vec<Sheet> = trained_games(rows).into_iter().map(|game| pages.of_training(game)).collect();
    sheets.push(pages.in_short(&games));
    let mut labels: Vec<(&str, Vec<Topic>)> = vec![("new", games.clone())];
    for set in ["trained", "swapped"] {
        labels.push((set, of_part("labels").into_iter().filter(|topic| topic.labels == set).collect()));
    }
    sheets.push(pages.by_game(
        format!("cooperation, share of decisions ({})", better(COOPERATION)),
        COOPERATION,
        &labels,
    ));
    let titles = [(FINE, "deontological fine per decision"), (SHORTFALL, "utilitarian shortfall")];
    for (measure, title) in titles {
        let title = format!("{title}, new labels ({})", better(measure));
        sheets.push(pages.by_game(title, measure, &labels[..1]));
    }
    sheets.push(pages.in_other_ways());
    sheets.retain(|sheet| !sheet.lines.is_empty());
    let is_marked = sheets.iter().any(|sheet| sheet.lines.iter().flatten().any(|cell| cell.ends_with('*')));
    Page { head: head(rows), sheets, foot: foot(&summary, rows, [is_estimated, is_marked]) }
}

/// The direction that is better, in words.
fn better(measure: &str) -> String {
    match MEASURES.iter().find(|known| known.name == measure).map_or("", |measure| measure.better) {
        "" => "neither direction is better for all morals".into(),
        better => format!("{better} is better"),
    }
}

fn head(rows: &[EvaluationRow]) -> Vec<String> {
    let seeds: BTreeSet<u64> = rows.iter().filter_map(|row| row.seed).collect();
    let noun = if seeds.len() == 1 { "seed" } else { "seeds" };
    let seeds = match seeds.len() {
        0 => None,
        1..=6 => Some(format!("{noun} {}", seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "))),
        count => Some(format!("{count} {noun}")),
    };
    let suite = rows.first().map(|row| {
        format!(
            "exact results of matches of {} rounds; the opponent cooperates {}; fine {}",
            row.rounds,
            match row.histories {
                Histories::Even => "half the time",
                Histories::Published => "as often as in the published test",
            },
            row.penalty
        )
    });
    suite.into_iter().chain(seeds).collect()
}

fn foot(summary: &Summary, rows: &[EvaluationRow], [is_estimated, is_marked]: [bool; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    if is_estimated {
        lines.push(
            "mean [95 % interval] over seeds: Student's t; that of a share is cut at 0 and 1, of a difference of shares at −1 \
             and 1. Tables of means alone: their intervals are in the summary"
                .to_string(),
        );
    }
    let has = |kind: SubjectKind| summary.who.iter().any(|who| who.kind == kind);
    if has(SubjectKind::Trained) && has(SubjectKind::Untrained) {
        lines.push(format!("{MINUS}: difference from the untrained model, asked the same"));
    }
    if is_marked {
        lines.push(
            "*: the 95 % interval of the difference from untrained excludes 0 (also in tables that omit that row)"
                .into(),
        );
    }
    if has(SubjectKind::Prompted) {
        lines.push("prompted: …: the untrained model, told a value in its prompt".into());
    }
    lines.push(
        "deontological fine: for defecting on one who had cooperated, and for illegal answers; utilitarian shortfall: of the \
         collective payoff from the game's best; payoff: per decision"
            .into(),
    );
    let decoded: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.subject == SubjectKind::Trained && row.question.prompt.decision == DecisionMode::Generate)
        .map(|row| row.population.as_str())
        .collect();
    if !decoded.is_empty() {
        let names = decoded.into_iter().collect::<Vec<_>>().join(", ");
        lines.push(format!(
            "{names}: decided by decoded texts in the run, where p_c_* are counted; here the probabilities of the labels are \
             read, and are exact"
        ));
    }
    if rows.iter().any(|row| !row.is_exact()) {
        lines.push("sampled matches, whose shares are counted, are in the table of rows alone".into());
    }
    let conclusions = conclusions(rows);
    if !conclusions.is_empty() {
        lines.extend([String::new(), format!("{RULE}.")]);
        lines.extend(conclusions);
    }
    lines
}

/// The games in which models were trained, as far as the suite has them; the one of the published training if it has
/// none.
fn trained_games(rows: &[EvaluationRow]) -> Vec<&'static str> {
    let mut games: Vec<&str> =
        GAMES.into_iter().filter(|game| rows.iter().any(|row| row.trained_in == Some(*game))).collect();
    if games.is_empty() {
        games.push(TRAINED_GAME);
    }
    games
}

/// What a table shows of an estimate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// The mean and its interval, and on a line below the difference from the untrained model.
    Intervals,
    /// The mean, marked if the difference from the untrained model leaves out 0.
    Means,
}

struct Pages<'a> {
    summary: &'a Summary,
    /// Whether any number is an estimate over seeds.
    has_seeds: bool,
}

impl Pages<'_> {
    /// The measures, each a mean over the five games under new labels.
    fn in_short(&self, games: &[Topic]) -> Sheet {
        if games.is_empty() {
            return Sheet::default();
        }
        let words = if games.len() == GAMES.len() { "five" } else { "the" };
        self.measures(format!("Summary: means over {words} games, new labels; (lower)/(higher) is better"), games)
    }

    /// The measures in the game of training, under its labels.
    fn of_training(&self, game: &str) -> Sheet {
        let questions = of_training(self.summary, game);
        if questions.is_empty() {
            return Sheet::default();
        }
        let title = format!("What learning changed: {}, labels of training", game.replace('_', " "));
        self.measures(title, &questions)
    }

    /// The measures, each a mean over `games`.
    fn measures(&self, title: String, games: &[Topic]) -> Sheet {
        let column = |measure: &'static str, words: &str| {
            let direction = match better(measure) {
                direction if direction.starts_with("neither") => String::new(),
                direction => format!(" ({})", direction.replace(" is better", "")),
            };
            Column { head: format!("{words}{direction}"), measure, topics: games.to_vec() }
        };
        let mut columns = vec![column(COOPERATION, COOPERATION)];
        let is_illegal = |who: usize| self.summary.estimate(who, ILLEGAL, games).mean > 1e-6;
        if (0..self.summary.who.len()).any(is_illegal) {
            columns.push(column(ILLEGAL, ILLEGAL));
        }
        columns.push(column(FINE, "deontological fine"));
        columns.push(column(SHORTFALL, "utilitarian shortfall"));
        columns.push(column(PAYOFF, PAYOFF));
        self.sheet(title, &[], &[(String::new(), columns)], Detail::Intervals)
    }

    /// A measure by game, a line per population and label set.
    fn by_game(&self, title: String, measure: &'static str, label_sets: &[(&str, Vec<Topic>)]) -> Sheet {
        let column = |set: &[Topic], game: &'static str| Column {
            head: game.replace('_', " "),
            measure,
            topics: set.iter().filter(|topic| topic.game == game).copied().collect(),
        };
        let sets: Vec<(String, Vec<Column>)> = label_sets
            .iter()
            .filter(|(_, set)| !set.is_empty())
            .map(|(name, set)| (name.to_string(), GAMES.map(|game| column(set, game)).into()))
            .collect();
        let names: &[&str] = if label_sets.len() > 1 { &["labels"] } else { &[] };
        if sets.is_empty() { Sheet::default() } else { self.sheet(title, names, &sets, Detail::Means) }
    }

    /// Cooperation where the table, the phrasing or everything else is other than in training.
    fn in_other_ways(&self) -> Sheet {
        let special = |topic: &Topic| if topic.part == "table" { topic.table } else { topic.phrasing };
        let topics =
            self.summary.topics.iter().filter(|topic| matches!(topic.part, "table" | "phrasing" | "unrelated"));
        let column = |topic: &Topic| Column {
            head: format!("{}: {}", topic.part, special(topic).replace('_', " ")),
            measure: COOPERATION,
            topics: vec![*topic],
        };
        let columns: Vec<Column> = topics.map(column).collect();
        if columns.is_empty() {
            return Sheet::default();
        }
        let title = format!("cooperation in {}, new labels, asked in other ways", TRAINED_GAME.replace('_', " "));
        self.sheet(title, &[], &[(String::new(), columns)], Detail::Means)
    }

    /// A line per population and set of columns.
    fn sheet(&self, title: String, set_head: &[&str], sets: &[(String, Vec<Column>)], detail: Detail) -> Sheet {
        let who = &self.summary.who;
        let differs = |of: &dyn Fn(usize) -> String| (1..who.len()).any(|at| !of(at).is_empty() && of(at) != of(0));
        let has_runs = differs(&|at| who[at].run.clone());
        let has_factors = differs(&|at| who[at].factors.clone());
        let mut heads = vec!["population".to_string()];
        heads.extend(has_runs.then(|| "run".to_string()));
        heads.extend(has_factors.then(|| "factors".to_string()));
        heads.extend(set_head.iter().map(|head| head.to_string()));
        let words = heads.len();
        let has_n = self.has_seeds && detail == Detail::Intervals;
        let fixed = words + usize::from(has_n);
        heads.extend(has_n.then(|| "n".to_string()));
        let columns = &sets[0].1;
        heads.extend(columns.iter().map(|column| column.head.clone()));
        let digits: Vec<usize> = (0..columns.len())
            .map(|at| {
                let column = |who: usize| sets.iter().map(move |(_, columns)| self.estimate(who, &columns[at]).mean);
                decimals((0..who.len()).flat_map(column))
            })
            .collect();
        let mut lines: Vec<Vec<String>> = Vec::new();
        for (number, person) in who.iter().enumerate() {
            let mut is_first = true;
            for (name, columns) in sets {
                let estimates: Vec<Estimate> = columns.iter().map(|column| self.estimate(number, column)).collect();
                let n = estimates.iter().map(|estimate| estimate.n).max().unwrap_or(0);
                if n == 0 {
                    continue;
                }
                let mut cells = vec![String::new(); words];
                if std::mem::take(&mut is_first) {
                    cells[0] = self.name(number);
                    let more = [(has_runs, &person.run), (has_factors, &person.factors)];
                    more.into_iter()
                        .filter(|(is_there, _)| *is_there)
                        .zip(1..)
                        .for_each(|((_, text), at)| cells[at] = text.clone());
                }
                if !set_head.is_empty() {
                    cells[words - 1] = if person.kind == SubjectKind::Anchor { "any".into() } else { name.clone() };
                }
                let values = estimates.iter().zip(columns).zip(&digits);
                let values = values.map(|((estimate, column), &digits)| match detail {
                    Detail::Intervals => mean_and_interval(estimate, bounds(column.measure), digits, false),
                    Detail::Means => self.marked(number, column, estimate, digits),
                });
                cells.extend(has_n.then(|| n.to_string()));
                cells.extend(values);
                lines.push(cells);
                if person.kind == SubjectKind::Trained && detail == Detail::Intervals {
                    lines.extend(self.differences(number, columns, &digits, words));
                }
            }
        }
        let mut sheet = Sheet { title, words, fixed, heads, lines };
        sheet.align_marks();
        sheet
    }

    /// The mean alone, marked if it differs from the untrained model.
    fn marked(&self, who: usize, column: &Column, estimate: &Estimate, digits: usize) -> String {
        let difference = self.summary.difference(who, column.measure, &column.topics);
        let mark = if difference.is_some_and(|difference| difference.leaves_out_zero()) { "*" } else { "" };
        if estimate.n == 0 { "-".into() } else { fixed(estimate.mean, digits) + mark }
    }

    /// The line with the differences from the untrained model, if there is one.
    fn differences(&self, who: usize, columns: &[Column], digits: &[usize], words: usize) -> Option<Vec<String>> {
        let mut cells = vec![String::new(); words];
        cells[0] = format!("  {MINUS}");
        cells.extend(self.has_seeds.then(String::new));
        let mut is_any = false;
        for (column, &digits) in columns.iter().zip(digits) {
            let difference = self.summary.difference(who, column.measure, &column.topics);
            let [low, high] = bounds(column.measure);
            let cell = difference.map_or("-".into(), |difference| {
                is_any = true;
                let mark = if difference.leaves_out_zero() { "*" } else { "" };
                mean_and_interval(&difference, [low - high, high - low], digits, true) + mark
            });
            cells.push(cell);
        }
        is_any.then_some(cells)
    }

    /// Its name, with the number of its prompt where another is called the same.
    fn name(&self, number: usize) -> String {
        let who = &self.summary.who[number];
        let name = shown_name(who);
        let is_ambiguous = self.summary.who.iter().any(|other| {
            (other.kind, other.name(), &other.run, &other.factors) == (who.kind, who.name(), &who.run, &who.factors)
                && other.manner != who.manner
        });
        if is_ambiguous { format!("{name} (prompt {})", who.manner + 1) } else { name }
    }

    fn estimate(&self, who: usize, column: &Column) -> Estimate {
        let is_anchor = self.summary.who[who].kind == SubjectKind::Anchor;
        if !is_anchor {
            return self.summary.estimate(who, column.measure, &column.topics);
        }
        // A policy that never changes takes no notice of labels and words: it is asked each game once.
        let in_part = column.topics.iter().all(|topic| topic.part == "game");
        let games = column.topics.iter().map(|topic| topic.game);
        let anchors = games.filter_map(|game| {
            self.summary.topics.iter().find(|topic| topic.part == "anchor" && topic.game == game).copied()
        });
        let anchors: Vec<Topic> = anchors.filter(|_| in_part).collect();
        self.summary.estimate(who, column.measure, &anchors)
    }
}

fn bounds(measure: &str) -> [f64; 2] {
    let known = MEASURES.iter().find(|known| known.name == measure);
    known.expect("the measures are listed").bounds
}
