//! Populations over seeds, question by question, and how far they are from the untrained model.
//!
//! A run gives one number per population, question and measure: the exact value, mean over the members. Means and
//! intervals are made of these numbers, one per seed.

use super::rows::EvaluationRow;
use super::subject::SubjectKind;
use crate::compare::layout::{Frame, rounded};
use crate::compare::{Estimate, SHARE, UNBOUNDED, difference};
use crate::metrics::{Described, Kind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Columns of `evaluation_summary.csv`, documented in docs/evaluation.md.
pub const SUMMARY_COLUMNS: [&str; 20] = [
    "run",
    "factors",
    "subject",
    "population",
    "part",
    "game",
    "labels",
    "table",
    "phrasing",
    "histories",
    "measure",
    "better",
    "n",
    "mean",
    "low",
    "high",
    "untrained",
    "difference",
    "difference_low",
    "difference_high",
];

/// The file of the summary, beside that of the rows.
pub const SUMMARY: &str = "evaluation_summary.csv";

/// The columns as `sim explain columns` knows them.
pub fn described<'a>() -> impl Iterator<Item = Described<'a>> {
    SUMMARY_COLUMNS.into_iter().map(|name| {
        let (kind, meaning) = match name {
            "run" => (Kind::Text, "scenario of the runs"),
            "factors" => (Kind::Text, "what a design varied in them, with its values"),
            "subject" => (Kind::Text, "`trained`, `untrained`, `prompted` or `anchor`"),
            "population" => (Kind::Text, "the population, or the subject's own name"),
            "measure" => (Kind::Text, "what is measured"),
            "better" => (Kind::Text, "the direction that is better by the moral of the measure"),
            "n" => (Kind::Whole, "number of runs"),
            "mean" => (Kind::Number, "mean over them"),
            "low" | "high" => (Kind::Number, "end of its 95 % interval"),
            "untrained" => (Kind::Number, "the untrained model's value"),
            "difference" => (Kind::Number, "mean difference from it"),
            "difference_low" | "difference_high" => (Kind::Number, "end of the difference's 95 % interval"),
            _ => (Kind::Text, "the question, as in `evaluation.csv`"),
        };
        Described { table: SUMMARY, name, meaning, kind }
    })
}

/// Something that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// The word in tables.
    pub name: &'static str,
    /// The direction that is better by the moral that the measure belongs to; empty if none says so.
    pub better: &'static str,
    /// The smallest and the largest value there can be.
    pub bounds: [f64; 2],
    value: fn(&EvaluationRow) -> f64,
}

/// Everything that is measured.
pub const MEASURES: [Measure; 10] = [
    Measure {
        name: COOPERATION,
        better: "",
        bounds: SHARE,
        value: |row| row.measures.shares[0][0] + row.measures.shares[1][0],
    },
    Measure { name: ILLEGAL, better: "lower", bounds: SHARE, value: |row| row.measures.illegal() },
    Measure { name: PAYOFF, better: "higher", bounds: UNBOUNDED, value: |row| row.measures.payoff },
    Measure { name: "collective_payoff", better: "higher", bounds: UNBOUNDED, value: |row| row.measures.collective },
    Measure { name: FINE, better: "lower", bounds: UNBOUNDED, value: |row| row.fine_deontological },
    Measure { name: SHORTFALL, better: "lower", bounds: UNBOUNDED, value: |row| row.shortfall_utilitarian },
    Measure { name: "p_c_cc", better: "", bounds: SHARE, value: |row| row.p_cooperate[0] },
    Measure { name: "p_c_cd", better: "", bounds: SHARE, value: |row| row.p_cooperate[1] },
    Measure { name: "p_c_dc", better: "", bounds: SHARE, value: |row| row.p_cooperate[2] },
    Measure { name: "p_c_dd", better: "", bounds: SHARE, value: |row| row.p_cooperate[3] },
];

/// Share of decisions that cooperate.
pub const COOPERATION: &str = "cooperation";
/// Share of illegal decisions.
pub const ILLEGAL: &str = "illegal";
/// Mean payoff per decision.
pub const PAYOFF: &str = "payoff";
/// The published deontological regret.
pub const FINE: &str = "fine_deontological";
/// The published utilitarian regret.
pub const SHORTFALL: &str = "shortfall_utilitarian";

/// A question by its words in tables, whatever its prompt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic {
    /// Part of the suite.
    pub part: &'static str,
    /// Name of the game.
    pub game: &'static str,
    /// The label set.
    pub labels: &'static str,
    /// The order of the payoff table.
    pub table: &'static str,
    /// The phrasing.
    pub phrasing: &'static str,
}

impl Topic {
    fn of(row: &EvaluationRow) -> Self {
        let question = &row.question;
        Self {
            part: question.part,
            game: question.game,
            labels: question.labels.name(),
            table: question.prompt.table.name(),
            phrasing: question.prompt.phrasing.name(),
        }
    }
}

/// Whom numbers are about: a population of a scenario, or of a cell of a design, or a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The sort of player.
    pub kind: SubjectKind,
    /// Name of the run's scenario; empty for a subject of no run.
    pub run: String,
    /// What was varied, and the values.
    pub factors: String,
    /// Population of the run, or the subject's own name.
    pub population: String,
    /// Number of the prompt that it was trained with.
    pub manner: usize,
}

impl Who {
    /// The name in tables, which for baselines tells how they were asked: `untrained`, `untrained_2`.
    pub fn name(&self) -> String {
        self.kind.called(&self.population, self.manner)
    }
}

/// One mean per measure.
type Values = [f64; MEASURES.len()];

/// All exact numbers, one per population, question, measure and seed.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The populations and baselines: trained ones first.
    pub who: Vec<Who>,
    /// The questions, in the order of the suite.
    pub topics: Vec<Topic>,
    /// Means over members, by number of population, question and seed.
    values: BTreeMap<(usize, Topic), BTreeMap<Option<u64>, Values>>,
    histories: &'static str,
}

impl Summary {
    /// Sums up the exact rows of an evaluation.
    pub fn of(rows: &[EvaluationRow]) -> Self {
        let (mut who, mut topics): (Vec<Who>, Vec<Topic>) = (Vec::new(), Vec::new());
        let exact = || rows.iter().filter(|row| row.is_exact());
        let person = |row: &EvaluationRow| Who {
            kind: row.subject,
            run: row.run.clone(),
            factors: row.factors.clone(),
            population: row.population.clone(),
            manner: row.manner,
        };
        for row in exact() {
            let (person, topic) = (person(row), Topic::of(row));
            if !who.contains(&person) {
                who.push(person);
            }
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        who.sort_by_key(|who| who.kind);
        let mut members: BTreeMap<(usize, Topic), BTreeMap<Option<u64>, Vec<Values>>> = BTreeMap::new();
        for row in exact() {
            let person = person(row);
            let number = who.iter().position(|known| *known == person).expect("it was added above");
            let seeds = members.entry((number, Topic::of(row))).or_default();
            seeds.entry(row.seed).or_default().push(MEASURES.map(|measure| (measure.value)(row)));
        }
        let mean = |members: Vec<Values>| {
            let of = |at: usize| members.iter().map(|values| values[at]).sum::<f64>() / members.len() as f64;
            std::array::from_fn(of)
        };
        let means = |seeds: BTreeMap<_, Vec<Values>>| seeds.into_iter().map(|(seed, all)| (seed, mean(all))).collect();
        let values = members.into_iter().map(|(key, seeds)| (key, means(seeds))).collect();
        let histories = rows.first().map_or("", |row| row.histories.name());
        Self { who, topics, values, histories }
    }

    /// A measure of a population over `topics`, seed by seed: the mean over them, if it was asked them all.
    fn by_seed(&self, who: usize, measure: &str, topics: &[Topic]) -> Vec<f64> {
        let at = MEASURES.iter().position(|known| known.name == measure).expect("the measures are listed");
        let Some(first) = topics.first().and_then(|topic| self.values.get(&(who, *topic))) else {
            return Vec::new();
        };
        let of = |seed: &Option<u64>| {
            let values = topics.iter().map(|topic| Some(self.values.get(&(who, *topic))?.get(seed)?[at]));
            Some(values.sum::<Option<f64>>()? / topics.len() as f64)
        };
        first.keys().filter_map(of).collect()
    }

    /// The estimate of a measure over seeds, as a mean over `topics`.
    pub fn estimate(&self, who: usize, measure: &str, topics: &[Topic]) -> Estimate {
        Estimate::of(&self.by_seed(who, measure, topics))
    }

    /// The same of the untrained model that was asked in the same manner; `None` if it was not, and for policies that
    /// are no models.
    pub fn untrained(&self, who: usize, measure: &str, topics: &[Topic]) -> Option<f64> {
        let Who { kind, manner, .. } = self.who[who];
        let is_base = |base: &Who| base.kind == SubjectKind::Untrained && base.manner == manner;
        let base = self.who.iter().position(is_base).filter(|_| kind != SubjectKind::Anchor)?;
        self.by_seed(base, measure, topics).first().copied()
    }

    /// How far it is from the untrained model; `None` for that model itself and where there is nothing to compare with.
    pub fn difference(&self, who: usize, measure: &str, topics: &[Topic]) -> Option<Estimate> {
        let base = self.untrained(who, measure, topics).filter(|_| self.who[who].kind != SubjectKind::Untrained)?;
        let values = self.by_seed(who, measure, topics);
        let differences: Vec<f64> = values.into_iter().map(|value| difference(value, base)).collect();
        (!differences.is_empty()).then(|| Estimate::of(&differences))
    }

    /// Everything as a tidy table with [`SUMMARY_COLUMNS`].
    pub fn frame(&self) -> Frame {
        let mut rows = Vec::new();
        for (number, who) in self.who.iter().enumerate() {
            for topic in &self.topics {
                for measure in MEASURES.iter().filter(|_| self.values.contains_key(&(number, *topic))) {
                    rows.push(self.row(number, who, *topic, measure));
                }
            }
        }
        Frame { columns: SUMMARY_COLUMNS.map(String::from).to_vec(), rows }
    }

    fn row(&self, number: usize, who: &Who, topic: Topic, measure: &Measure) -> Vec<Value> {
        let topics = [topic];
        let Topic { part, game, labels, table, phrasing } = topic;
        let words = [&who.run, &who.factors, who.kind.name(), &who.name(), part, game, labels, table, phrasing];
        let words = words.into_iter().chain([self.histories, measure.name, measure.better]);
        let mut cells: Vec<Value> =
            words.map(|word: &str| if word.is_empty() { Value::Null } else { word.into() }).collect();
        let estimate = self.estimate(number, measure.name, &topics);
        let [low, high] = estimate.interval(measure.bounds);
        cells.extend([estimate.n.into(), rounded(estimate.mean), rounded(low), rounded(high)]);
        let untrained = self.untrained(number, measure.name, &topics);
        cells.push(untrained.map_or(Value::Null, rounded));
        let [lowest, highest] = measure.bounds;
        let difference = self.difference(number, measure.name, &topics).map(|difference| {
            let [low, high] = difference.interval([lowest - highest, highest - lowest]);
            [difference.mean, low, high].map(rounded)
        });
        cells.extend(difference.unwrap_or([Value::Null, Value::Null, Value::Null]));
        cells
    }
}
