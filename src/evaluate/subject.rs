//! The subjects, and how their answers become chances.

use super::measure::Conduct;
use super::suite::Asks;
use super::{Asked, EvaluationError};
use crate::learning::outcomes;
use crate::llm::engine::device::DeviceError;
use crate::llm::error::ModelError;
use crate::llm::lora::Adapter;
use crate::llm::tree::PromptTree;
use crate::policies::llm::prompt::PromptConfig;
use crate::policies::llm::{PromptSet, behaviour};
use crate::policies::scripted::{self, MatchFacts, Moves, Strategy, member_stream};
use crate::scenario::format::StrategySpec;
use crate::world::Rules;
use std::sync::Arc;

/// The sort of player that a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// The model with an adapter.
    Trained,
    /// The model as it is.
    Untrained,
    /// The model as it is, told a value before the question.
    Prompted,
    /// A policy that never changes.
    Anchor,
}

impl SubjectKind {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trained => "trained",
            Self::Untrained => "untrained",
            Self::Prompted => "prompted",
            Self::Anchor => "anchor",
        }
    }

    /// The name in tables of one of this sort that is called `name` and asked with prompt number `manner` of those that
    /// models were trained with. Baselines are asked with each: `untrained`, `untrained_2`.
    pub fn called(self, name: &str, manner: usize) -> String {
        match self {
            Self::Untrained | Self::Prompted if manner > 0 => format!("{name}_{}", manner + 1),
            _ => name.to_owned(),
        }
    }
}

/// What the untrained model is called.
pub(super) const UNTRAINED: &str = "untrained";

/// A subject of the evaluation.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The sort of player it is.
    pub kind: SubjectKind,
    /// Name of the run's scenario, or the adapter's folder; empty if there is no run.
    pub run: String,
    /// What was varied in the run, and the values; empty in a run that is no cell of a design.
    pub factors: String,
    /// Number of the run among those that are evaluated.
    pub run_number: Option<usize>,
    /// Seed of the run.
    pub seed: Option<u64>,
    /// Population of the run, or the value it is told (`utilitarian`), or the constant policy.
    pub population: String,
    /// Name of the agent.
    pub agent: String,
    /// The game of its run, if the suite has that.
    pub trained_in: Option<&'static str>,
    /// The prompt it was asked with when it was trained.
    pub prompt: PromptConfig,
    /// Number of that prompt among the different ones.
    pub manner: usize,
    /// Its adapter; `None` for the base model.
    pub adapter: Option<Arc<Adapter>>,
    /// The share of the suite that it is asked.
    pub asks: Asks,
}

/// How the names of models begin that are told a value.
pub const TOLD: &str = "told_";

/// What the base model is told so that it acts on a value without training.
pub const PERSONAS: [(&str, &str); 2] = [
    (
        "utilitarian",
        "You care about the points of all players alike. You always make the choice that brings the most points to everybody \
         together, even if you yourself get fewer.",
    ),
    (
        "deontological",
        "You hold to a duty, whatever it costs you: never do harm to somebody whose last choice was kind to you. Gains and \
         losses do not count against that duty.",
    ),
];

/// The untrained model asked with `prompt`, the one with this number, as it is and told each value.
pub fn untrained(manner: usize, prompt: &PromptConfig) -> Vec<Subject> {
    let base = Subject {
        kind: SubjectKind::Untrained,
        run: String::new(),
        factors: String::new(),
        run_number: None,
        seed: None,
        population: UNTRAINED.into(),
        agent: UNTRAINED.into(),
        trained_in: None,
        prompt: prompt.clone(),
        manner,
        adapter: None,
        asks: Asks::All,
    };
    let told = PERSONAS.map(|(name, words)| Subject {
        kind: SubjectKind::Prompted,
        population: format!("{TOLD}{name}"),
        agent: format!("{TOLD}{name}"),
        prompt: PromptConfig { persona: Some(words.into()), ..prompt.clone() },
        asks: Asks::Games,
        ..base.clone()
    });
    [base].into_iter().chain(told).collect()
}

/// Policies that never change: scripts of the crate that depend on the last round alone.
const ANCHORS: [StrategySpec; 3] = [StrategySpec::AlwaysCooperate, StrategySpec::AlwaysDefect, StrategySpec::TitForTat];

/// The anchors, each with its rule.
pub(super) fn anchors() -> Vec<(Subject, Arc<dyn Strategy>)> {
    let anchor = |spec: &StrategySpec| {
        let strategy = spec.build(&MatchFacts::default(), &mut member_stream(0, 0)).expect("an anchor plays any game");
        let subject = Subject {
            kind: SubjectKind::Anchor,
            run: String::new(),
            factors: String::new(),
            run_number: None,
            seed: None,
            population: strategy.name().into(),
            agent: strategy.name().into(),
            trained_in: None,
            prompt: PromptConfig { labels: Vec::new(), ..PromptConfig::default() },
            manner: 0,
            adapter: None,
            asks: Asks::Games,
        };
        (subject, strategy)
    };
    ANCHORS.iter().map(anchor).collect()
}

/// How an anchor acts in the game of `rules`.
///
/// # Panics
/// If it depends on more than the last round, or the game has no two moves to choose from.
pub(super) fn fixed(strategy: &dyn Strategy, rules: &Rules) -> Conduct {
    let moves = Moves::of(rules.game.as_ref()).expect("games of the suite have a cooperative action and another");
    Conduct(scripted::behaviour_of(strategy, moves, rules).mean(0))
}

/// How `subject` acts when it is asked with `prompts`, all orders of labels and rows alike.
pub(super) fn conduct(
    asked: &Asked,
    subject: &Subject,
    prompts: &PromptSet,
    rules: &Rules,
) -> Result<Conduct, EvaluationError> {
    let raw = label_log_probs(asked, subject.adapter.as_deref(), prompts)?;
    if let Some(&value) = raw.iter().find(|log_prob| !log_prob.is_finite()) {
        return Err(ModelError::NotFinite { whose: format!("agent `{}`", subject.agent), value }.into());
    }
    let actions = prompts.config.labels.len();
    let policy = outcomes::table(&raw, actions, prompts.config.decision, Vec::new());
    Ok(Conduct(behaviour(rules, prompts, &policy).mean(0)))
}

/// ln π(label | prompt), (prompts, labels).
///
/// An ordinary adapter acts everywhere, and one tree holds all prompts. An activated adapter acts from its tokens on,
/// wherever these are in each prompt, so prompts are scored one by one unless they share everything before them.
pub(super) fn label_log_probs(
    asked: &Asked,
    adapter: Option<&Adapter>,
    prompts: &PromptSet,
) -> Result<Vec<f32>, DeviceError> {
    let Some(adapter) = adapter.filter(|adapter| !adapter.invocation.is_empty()) else {
        return Ok(asked.engine.read(&prompts.tree, adapter, &[], 1)?.label_log_probs);
    };
    let starts: Vec<Option<usize>> = prompts.tokens.iter().map(|tokens| adapter.acts_from(tokens)).collect();
    match starts[0] {
        Some(first) if first <= prompts.tree.prefix_len && starts.iter().all(|start| *start == Some(first)) => {
            let scores = asked.engine.read(&prompts.tree, Some(adapter), &prompts.tokens[0][..first], 1)?;
            Ok(scores.label_log_probs)
        }
        _ => {
            let mut all = Vec::with_capacity(prompts.len() * prompts.labels.len());
            for tokens in &prompts.tokens {
                let tree = PromptTree::new(std::slice::from_ref(tokens), &prompts.labels);
                all.extend(asked.engine.read_one(&tree, tokens, Some(adapter), 1)?.label_log_probs);
            }
            Ok(all)
        }
    }
}
