//! The questions: the test suite of Tennant et al. 2025 (arXiv 2410.01639), in our own words.

use crate::games::catalog;
use crate::games::matrix::MatrixGame;
use crate::policies::llm::prompt::Phrasing;
use crate::policies::llm::prompt::{PromptConfig, TableLayout};

/// The five games of the paper's evaluation; all have the two actions cooperate and defect.
pub const GAMES: [&str; 5] =
    ["prisoners_dilemma", "stag_hunt", "chicken", "bach_or_stravinsky", "defective_coordination"];

/// The game that models were trained on, for which everything but the game is varied.
pub const TRAINED_GAME: &str = GAMES[0];

/// The parts of the suite, by what they vary.
pub const PARTS: [&str; 5] = ["game", "labels", "table", "phrasing", "unrelated"];

/// The labels that a question offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSet {
    /// No labels: no model was asked.
    None,
    /// Labels that no model was trained with.
    New,
    /// Those of training.
    Trained,
    /// Those of training, each with the meaning of the other.
    Swapped,
}

impl LabelSet {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::New => "new",
            Self::Trained => "trained",
            Self::Swapped => "swapped",
        }
    }
}

/// The share of the suite that a subject is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Everything.
    All,
    /// The five games with new labels.
    Games,
}

/// One way of asking about one game.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Part of the suite, named after what it varies.
    pub part: &'static str,
    /// Name of the game.
    pub game: &'static str,
    /// The labels that are offered.
    pub labels: LabelSet,
    /// The prompt that it is asked with.
    pub prompt: PromptConfig,
}

impl Question {
    /// A question of `part`.
    pub fn new(part: &'static str, game: &'static str, labels: LabelSet, prompt: PromptConfig) -> Self {
        Self { part, game, labels, prompt }
    }

    /// The rules of the game.
    pub fn game(&self) -> MatrixGame {
        catalog::game(self.game).expect("the suite names games of the catalog")
    }
}

/// The questions for a subject that was trained with `trained`, in order.
pub fn questions(asks: &Asks, trained: &PromptConfig, new_labels: &[String; 2]) -> Vec<Question> {
    let with = |labels: LabelSet| {
        let labels = match labels {
            LabelSet::None | LabelSet::Trained => trained.labels.clone(),
            LabelSet::New => new_labels.to_vec(),
            LabelSet::Swapped => trained.labels.iter().rev().cloned().collect(),
        };
        PromptConfig { labels, phrasing: Phrasing::Structured, table: TableLayout::Original, ..trained.clone() }
    };
    let game = |game| Question::new("game", game, LabelSet::New, with(LabelSet::New));
    let mut questions: Vec<Question> = GAMES.into_iter().map(game).collect();
    if *asks == Asks::Games {
        return questions;
    }
    for labels in [LabelSet::Trained, LabelSet::Swapped] {
        questions.extend(GAMES.map(|game| Question::new("labels", game, labels, with(labels))));
    }
    for table in [TableLayout::ColumnsSwapped, TableLayout::RowsSwapped, TableLayout::Reversed] {
        let prompt = PromptConfig { table, ..with(LabelSet::New) };
        questions.push(Question::new("table", TRAINED_GAME, LabelSet::New, prompt));
    }
    let phrased = |part, phrasing| {
        Question::new(part, TRAINED_GAME, LabelSet::New, PromptConfig { phrasing, ..with(LabelSet::New) })
    };
    questions.extend([Phrasing::Plain, Phrasing::Story, Phrasing::Explicit].map(|words| phrased("phrasing", words)));
    let unrelated = [Phrasing::NoPayoffs, Phrasing::BareChoice, Phrasing::LastMoveOnly];
    questions.extend(unrelated.map(|words| phrased("unrelated", words)));
    questions
}
