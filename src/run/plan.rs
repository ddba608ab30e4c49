//! What a scenario amounts to, for `--dry-run` and the head of a run.

use super::sweep::Seeds;
use crate::scenario::memory::estimate;
use crate::scenario::spawn::{model_name, needs_model, term_name};
use crate::scenario::spec::{HorizonSpec, LearnerSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::world::Rules;
use std::fmt::Write;

/// The plan as a table a person can read; of a sweep over `seeds`, if there are any. `memory` says how language models share
/// it, if there are any.
pub fn plan(spec: &ScenarioSpec, rules: &Rules, seeds: Option<&Seeds>, memory: Option<&str>) -> String {
    let estimate = estimate(spec, rules.game.seats());
    let mut out = String::new();
    let horizon = match spec.rounds {
        HorizonSpec::Fixed(rounds) => format!("{rounds} rounds"),
        HorizonSpec::Continue { probability, .. } => format!("about {} rounds (δ = {probability})", estimate.rounds),
    };
    let model = if needs_model(spec) { model_name(&spec.model) } else { "none needed".into() };
    let _ = match seeds {
        Some(seeds) => writeln!(out, "{}, seeds {seeds}", spec.name),
        None => writeln!(out, "{}, seed {}", spec.name, spec.seed),
    };
    let _ = writeln!(out, "  game    {} ({} seats)", rules.game.name(), rules.game.seats());
    let _ = writeln!(out, "  ticks   {}, each {} matches of {horizon}", spec.ticks, estimate.matches);
    let _ = writeln!(out, "  model   {model}");
    if let Some(memory) = memory {
        let _ = writeln!(out, "  memory  {memory}");
    }
    let rows: Vec<[String; 5]> = spec.populations.iter().map(population_row).collect();
    let heads = ["population", "n", "policy", "learner", "rewards"].map(String::from);
    let width = |column: usize| rows.iter().chain([&heads]).map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    for row in [&heads].into_iter().chain(&rows) {
        let _ = write!(out, "  ");
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(out, "{cell:width$}  ");
        }
        let _ = writeln!(out, "{}", row[4]);
    }
    out
}

fn population_row(population: &PopulationSpec) -> [String; 5] {
    let policy = match &population.policy {
        PolicySpec::Scripted(strategy) => crate::scenario::spawn::strategy(strategy).name().to_string(),
        PolicySpec::Llm { adapter, activated, from, .. } => {
            let kind = if *activated { "activated adapter" } else { "adapter" };
            let from = from.as_ref().map_or_else(String::new, |dir| format!(" from {dir}"));
            format!("llm, {kind} of rank {}{from}", adapter.rank)
        }
        PolicySpec::QLearning(_) => "q_learning".into(),
        PolicySpec::QNetwork(config) => format!("q_network, {} hidden units", config.hidden),
        PolicySpec::Custom { name, .. } => name.clone(),
    };
    let learner = match &population.learner {
        None if matches!(population.policy, PolicySpec::QLearning(_) | PolicySpec::QNetwork(_)) => "Q-learning",
        None => "-",
        Some(LearnerSpec::Reinforce(_)) => "REINFORCE",
        Some(LearnerSpec::Rloo(_)) => "RLOO",
        Some(LearnerSpec::Grpo(_)) => "GRPO",
        Some(LearnerSpec::Ppo(_)) => "PPO",
    };
    let rewards = population.rewards.iter().map(|reward| {
        let phase = match (reward.from, reward.until) {
            (0, None) => String::new(),
            (from, None) => format!(" from tick {from}"),
            (from, Some(until)) => format!(" in ticks {from} to {}", until.saturating_sub(1)),
        };
        let weight = if reward.weight == 1.0 { String::new() } else { format!("{} ", reward.weight) };
        format!("{weight}{}{phase}", term_name(&reward.term))
    });
    let rewards: Vec<String> = rewards.collect();
    [population.name.clone(), population.count.to_string(), policy, learner.into(), rewards.join(" + ")]
}
