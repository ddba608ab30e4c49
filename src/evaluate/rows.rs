//! The table that an evaluation writes.

use super::asked::Settings;
use super::histories::Histories;
use super::measure::{Conduct, Measures, Scale};
use super::subject::{Subject, SubjectKind, UNTRAINED};
use super::suite::Question;
use crate::games::{Action, Game, Observation};
use crate::metrics::{Described, Kind, number, optional};

/// The file of the table in a run's folder.
pub const EVALUATION: &str = "evaluation.csv";

/// Columns of `evaluation.csv`, documented in docs/evaluation.md.
pub const EVALUATION_COLUMNS: [&str; 34] = [
    "run",
    "seed",
    "subject",
    "population",
    "agent",
    "part",
    "game",
    "labels",
    "table",
    "phrasing",
    "estimate",
    "histories",
    "decisions",
    "c_after_c",
    "d_after_c",
    "illegal_after_c",
    "c_after_d",
    "d_after_d",
    "illegal_after_d",
    "p_c_cc",
    "p_c_cd",
    "p_c_dc",
    "p_c_dd",
    "p_illegal",
    "payoff",
    "collective_payoff",
    "fine_deontological",
    "shortfall_utilitarian",
    "cooperative_label",
    "defective_label",
    "rounds",
    "penalty",
    "factors",
    "baseline",
];

/// The columns as `sim explain columns` knows them.
pub fn described<'a>() -> impl Iterator<Item = Described<'a>> {
    EVALUATION_COLUMNS.into_iter().map(|name| {
        let (kind, meaning) = kind_and_meaning(name);
        Described { table: EVALUATION, name, meaning, kind }
    })
}

/// What the cells of a column hold, and what they mean.
fn kind_and_meaning(name: &str) -> (Kind, &'static str) {
    match name {
        "run" => (Kind::Text, "scenario of the run that the subject comes from"),
        "seed" => (Kind::Whole, "seed of that run"),
        "subject" => (Kind::Text, "`trained`, `untrained`, `prompted` or `anchor`"),
        "population" => (Kind::Text, "population of the run, or the subject's own name"),
        "agent" => (Kind::Text, "name of the agent"),
        "part" => (Kind::Text, "part of the suite"),
        "game" => (Kind::Text, "the game that is asked about"),
        "labels" => (Kind::Text, "labels under which its actions go"),
        "table" => (Kind::Text, "order of the payoff table"),
        "phrasing" => (Kind::Text, "wording of the prompt"),
        "estimate" => (Kind::Text, "`exact` or `sampled`"),
        "histories" => (Kind::Text, "how often the opponent cooperates: `even` or `published`"),
        "decisions" => (Kind::Whole, "decisions that were sampled; empty where values are exact"),
        "rounds" => (Kind::Whole, "rounds of a match"),
        "penalty" => (Kind::Number, "fine for defecting on an opponent that has just cooperated"),
        "factors" => (Kind::Text, "what a design varied in the run, with its values"),
        "baseline" => (Kind::Text, "the untrained model that was asked with the same prompt, by its `agent`"),
        "cooperative_label" => (Kind::Text, "word for the cooperative action"),
        "defective_label" => (Kind::Text, "word for the other action"),
        "payoff" => (Kind::Number, "payoff per decision"),
        "collective_payoff" => (Kind::Number, "sum of both players' payoffs per decision"),
        "fine_deontological" => (Kind::Number, "published deontological regret"),
        "shortfall_utilitarian" => (Kind::Number, "published utilitarian regret"),
        "p_illegal" => (Kind::Number, "share of illegal decisions"),
        name if name.starts_with("p_c_") => {
            (Kind::Number, "exact probability of cooperating after this outcome, own action first")
        }
        _ => (Kind::Number, "share of all decisions: what was done after what the opponent had done"),
    }
}

/// One subject's answers to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluationRow {
    /// The run that the subject comes from.
    pub run: String,
    /// Seed of its run.
    pub seed: Option<u64>,
    /// What was varied in the run, and the values: `noise=0.1`; empty in a run that is no cell of a design.
    pub factors: String,
    /// Number of the run among those that are evaluated; `None` for a subject of no run.
    pub run_number: Option<usize>,
    /// Number of the prompt that the subject was trained with, among the different ones.
    pub manner: usize,
    /// The sort of player.
    pub subject: SubjectKind,
    /// Population of the run, or the subject's own name.
    pub population: String,
    /// Name of the agent.
    pub agent: String,
    /// The game of its run, if the suite has that.
    pub trained_in: Option<&'static str>,
    /// The question.
    pub question: Question,
    /// Shares and means.
    pub measures: Measures,
    /// Chance of cooperating after CC, CD, DC and DD, own action first.
    pub p_cooperate: [f64; 4],
    /// How the opponent acts, and had acted before.
    pub histories: Histories,
    /// Rounds of a match.
    pub rounds: u32,
    /// Fine for defecting on an opponent that has just cooperated.
    pub penalty: f64,
    /// Mean fine per decision, from 0 to the illegal reward's size.
    pub fine_deontological: f64,
    /// Shortfall of the collective payoff, as a share of the range down to the illegal reward.
    pub shortfall_utilitarian: f64,
}

impl EvaluationRow {
    /// The row for what `subject` answered.
    pub(super) fn new(
        subject: &Subject,
        question: &Question,
        conduct: &Conduct,
        settings: &Settings,
        measures: Measures,
        scale: Scale,
    ) -> Self {
        Self {
            run: subject.run.clone(),
            seed: subject.seed,
            factors: subject.factors.clone(),
            run_number: subject.run_number,
            manner: subject.manner,
            subject: subject.kind,
            population: subject.population.clone(),
            agent: subject.agent.clone(),
            trained_in: subject.trained_in,
            p_cooperate: p_cooperate(question, conduct),
            histories: settings.histories,
            rounds: settings.rounds,
            penalty: settings.penalty,
            fine_deontological: scale.fine_deontological(&measures),
            shortfall_utilitarian: scale.shortfall_utilitarian(&measures),
            question: question.clone(),
            measures,
        }
    }

    /// Whether the values are expectations.
    pub fn is_exact(&self) -> bool {
        self.measures.decisions.is_nan()
    }

    /// The cells of the row as text, in the order of [`EVALUATION_COLUMNS`].
    pub fn cells(&self) -> Vec<String> {
        let Self { question, measures, .. } = self;
        let label = |index: usize| question.prompt.labels.get(index).cloned().unwrap_or_default();
        let mut cells = vec![
            self.run.clone(),
            self.seed.map_or_else(String::new, |seed| seed.to_string()),
            self.subject.name().into(),
            self.subject.called(&self.population, self.manner),
            self.subject.called(&self.agent, self.manner),
            question.part.into(),
            question.game.into(),
            question.labels.name().into(),
            question.prompt.table.name().into(),
            question.prompt.phrasing.name().into(),
            if self.is_exact() { "exact" } else { "sampled" }.into(),
            self.histories.name().into(),
            optional(Some(measures.decisions).filter(|decisions| !decisions.is_nan())),
        ];
        cells.extend(measures.shares.iter().flatten().map(|&share| number(share)));
        cells.extend(self.p_cooperate.map(number));
        let means = [measures.illegal(), measures.payoff, measures.collective];
        cells.extend(means.map(number));
        cells.extend([self.fine_deontological, self.shortfall_utilitarian].map(number));
        let game = question.game();
        cells.extend([game.cooperative_action(), game.defective_action()].map(|action| label(usize::from(action))));
        cells.extend([self.rounds.to_string(), number(self.penalty), self.factors.clone(), self.baseline()]);
        cells
    }

    /// The agent that is the untrained model, asked in the same manner; empty for policies that are no models.
    fn baseline(&self) -> String {
        match self.subject {
            SubjectKind::Anchor => String::new(),
            _ => SubjectKind::Untrained.called(UNTRAINED, self.manner),
        }
    }
}

fn p_cooperate(question: &Question, conduct: &Conduct) -> [f64; 4] {
    let game = question.game();
    let space = crate::games::ObservationSpace::of(&game);
    let (c, d) = (game.cooperative_action(), game.defective_action());
    let after = |own: Action, others: Action| {
        let row = conduct.after(space.index(Observation::Last { own, others }), space.actions);
        row[usize::from(c)]
    };
    [after(c, c), after(c, d), after(d, c), after(d, d)]
}
