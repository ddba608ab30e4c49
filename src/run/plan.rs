//! What a scenario amounts to, for `--dry-run` and the head of a run.

use super::sweep::Seeds;
use crate::evolution::Evolution;
use crate::learning::{Estimator, LearnerSpec};
use crate::policies::llm::prompt::{Order, PromptConfig};
use crate::scenario::format::{HorizonSpec, OpeningSpec, PolicySpec, PopulationSpec, RewardSpec, ScenarioSpec};
use crate::scenario::size::extent::{Extent, sizes};
use crate::scenario::spawn::{model_name, needs_model};
use crate::text::shown;
use crate::world::{Matchmaker, Rules};
use std::borrow::Cow;
use std::fmt::Write;

/// The plan as a table that a person can read; for a sweep over `seeds`, if there are any. `memory` says how language
/// models share it, if there are any, and `frozen` what each frozen player is.
pub fn plan(
    spec: &ScenarioSpec,
    rules: &Rules,
    matchmaker: &dyn Matchmaker,
    evolution: Option<&Evolution>,
    seeds: Option<&Seeds>,
    memory: Option<&str>,
    frozen: &[String],
) -> String {
    let extent = Extent::of(spec, rules.game.seats(), matchmaker);
    let mut out = match seeds {
        Some(seeds) => format!("{}, seeds {seeds}\n", shown(&spec.name)),
        None => format!("{}, seed {}\n", shown(&spec.name), spec.seed),
    };
    let mut line = |head: &str, text: &str| {
        let _ = writeln!(out, "  {head:<7} {}", shown(text));
    };
    line("game", &game(spec, rules));
    line("ticks", &format!("{}, each {} matches of {}", spec.ticks, extent.matches, horizon(spec, &extent)));
    line("pairs", &matchmaker.summary());
    if let Some(evolution) = evolution {
        line("evolve", &evolution.summary());
    }
    line("model", &if needs_model(spec) { model_name(&spec.model) } else { "none needed".into() });
    frozen.iter().for_each(|player| line("frozen", player));
    for (whose, prompt) in prompts(spec) {
        line("labels", &labels(prompt, rules, whose));
    }
    if let Some(memory) = memory {
        line("memory", memory);
    }
    let sizes = sizes(spec);
    let rows = spec.populations.iter().enumerate().map(|(i, population)| {
        let decisions = matchmaker.seats_of(&sizes, extent.seats, i) * extent.rounds as f64;
        population_row(population, decisions)
    });
    out + &table(
        ["population", "n", "policy", "learner", "decisions/tick", "rewards"].map(String::from),
        rows.collect(),
    )
}

fn game(spec: &ScenarioSpec, rules: &Rules) -> String {
    let mut text = format!("{} ({} seats)", rules.game.name(), rules.game.seats());
    if spec.noise > 0.0 {
        let _ = write!(text, ", noise {}", spec.noise);
    }
    if spec.opening != OpeningSpec::Blank {
        let _ = write!(text, ", opening {:?}", spec.opening);
    }
    text
}

fn horizon(spec: &ScenarioSpec, extent: &Extent) -> String {
    match spec.rounds {
        HorizonSpec::Fixed(rounds) => format!("{rounds} rounds"),
        HorizonSpec::Continue { probability, at_most } => {
            format!("about {} rounds (δ = {probability}, at most {at_most})", extent.rounds)
        }
    }
}

/// The prompts in use: the scenario's own first, then those of populations that have their own, with the population.
fn prompts(spec: &ScenarioSpec) -> Vec<(Option<&str>, &PromptConfig)> {
    let mut prompts = Vec::new();
    for population in &spec.populations {
        let (PolicySpec::Llm { prompt, .. } | PolicySpec::Frozen { prompt, .. }) = &population.policy else { continue };
        match prompt {
            Some(prompt) => prompts.push((Some(&*population.name), prompt)),
            None if prompts.iter().all(|(whose, _)| whose.is_some()) => prompts.insert(0, (None, &spec.prompt)),
            None => {}
        }
    }
    prompts
}

fn labels(prompt: &PromptConfig, rules: &Rules, whose: Option<&str>) -> String {
    let meanings = prompt.labels.iter().zip(rules.game.actions()).map(|(label, action)| format!("{label} = {action}"));
    let mut text = meanings.collect::<Vec<_>>().join(", ");
    for (what, order) in [("labels", prompt.label_order), ("rows", prompt.row_order)] {
        if order != Order::Fixed {
            let _ = write!(text, "; {what} {}", format!("{order:?}").to_lowercase());
        }
    }
    let _ = write!(text, "; {}", format!("{:?}", prompt.decision).to_lowercase());
    whose.map_or(text.clone(), |whose| format!("{text} ({whose})"))
}

fn table(heads: [String; 6], rows: Vec<[String; 6]>) -> String {
    let safe = |row: [String; 6]| row.map(|cell| shown(&cell).into_owned());
    let rows: Vec<[String; 6]> = std::iter::once(heads).chain(rows).map(safe).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut out = String::new();
    for row in &rows {
        out.push_str("  ");
        for (cell, width) in row.iter().zip(widths) {
            // Not `{cell:width$}`, which panics if a width is beyond 65,535.
            let blanks = " ".repeat(width - cell.chars().count());
            let _ = write!(out, "{cell}{blanks}  ");
        }
        let _ = writeln!(out, "{}", row[5]);
    }
    out
}

fn population_row(population: &PopulationSpec, decisions: f64) -> [String; 6] {
    let policy: Cow<str> = match &population.policy {
        PolicySpec::Scripted(strategy) => strategy.build().name().to_string().into(),
        PolicySpec::Llm { adapter, activated, from, .. } => {
            let kind = if *activated { "activated adapter" } else { "adapter" };
            let from = from.as_ref().map_or_else(String::new, |dir| format!(" from {dir}"));
            format!("llm, {kind} of rank {}{from}", adapter.rank).into()
        }
        PolicySpec::Frozen { model, .. } => format!("frozen {}", model_name(model)).into(),
        PolicySpec::QLearning(config) => format!("q_learning, alpha {}", config.alpha).into(),
        PolicySpec::QNetwork(config) => format!("q_network, {} hidden units", config.hidden).into(),
        PolicySpec::Custom { name, .. } => name.as_str().into(),
    };
    let rewards: Vec<String> = population.rewards.iter().map(reward).collect();
    [
        population.name.clone(),
        population.count.to_string(),
        policy.into_owned(),
        learner(population),
        // Averages over members have a fraction; a tenth is enough to tell them apart.
        ((decisions * 10.0).round() / 10.0).to_string(),
        rewards.join(" + "),
    ]
}

fn learner(population: &PopulationSpec) -> String {
    let known = match (&population.learner, &population.policy) {
        (None, PolicySpec::QLearning(_)) => return "Q-learning".into(),
        (None, PolicySpec::QNetwork(config)) => return format!("Q-learning, lr {}", config.lr),
        (None, _) => return "-".into(),
        (Some(LearnerSpec::Custom { name, .. }), _) => name.clone(),
        (Some(learner), _) => learner.about().map_or_else(String::new, |about| {
            let epochs = if about.epochs == 1 { String::new() } else { format!(", {} epochs", about.epochs) };
            format!("{}, lr {}{epochs}", about.title, about.optimizer.lr)
        }),
    };
    known + if population.estimator == Estimator::Exact { ", exact" } else { "" }
}

fn reward(reward: &RewardSpec) -> String {
    let RewardSpec { term, weight, from, until, ramp } = reward;
    let phase = match (from, until) {
        (0, None) => String::new(),
        (from, None) => format!(" from tick {from}"),
        (from, Some(until)) => format!(" in ticks {from} to {}", until.saturating_sub(1)),
    };
    let ramp = if *ramp == 0 { String::new() } else { format!(", growing over {ramp} ticks") };
    let weight = if *weight == 1.0 { String::new() } else { format!("{weight} ") };
    format!("{weight}{}{phase}{ramp}", term.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Simulation;
    use crate::scenario::load::load_text;
    use crate::scenario::spawn::rules;
    use crate::world::Factories;

    fn plan_of(text: &str) -> String {
        let simulation = Simulation::new();
        let spec = load_text("test.ron", text, "test", &[], &simulation.known()).unwrap_or_else(|e| panic!("{e}")).spec;
        let factories = simulation.app.world().resource::<Factories>();
        let matchmaker = spec.matchmaking.build(factories).unwrap();
        let rules = rules(&spec, &*matchmaker, factories).unwrap();
        plan(&spec, &rules, &*matchmaker, None, None, None, &[])
    }

    #[test]
    fn a_plan_confirms_the_design() {
        let found = plan_of(
            r#"(version: 1, ticks: 8, game: Named("stag_hunt"), rounds: Fixed(10), noise: 0.05, opening: MadeUp,
                matchmaking: FixedPairs([("learner", "tit_for_tat"), ("learner", "learner")]), model: Named("tiny"),
                prompt: (labels: ["A", "B"], row_order: Shuffled), populations: [
                (name: "learner", count: 3, policy: Llm(), learner: Ppo(epochs: 2, optimizer: (lr: 0.003)),
                 rewards: [(term: Payoff, until: 4), (term: Utilitarian, weight: 0.5, from: 4, ramp: 3)]),
                (name: "tit_for_tat", policy: Scripted(TitForTat))])"#,
        );
        let expected = "\
test, seed 1
  game    stag_hunt (2 seats), noise 0.05, opening MadeUp
  ticks   8, each 6 matches of 10 rounds
  pairs   all with all: learner and tit_for_tat, learner and learner
  model   tiny
  labels  A = cooperate, B = defect; rows shuffled; constrained
  population   n  policy                  learner                  decisions/tick  rewards
  learner      3  llm, adapter of rank 8  PPO, lr 0.003, 2 epochs  30              payoff in ticks 0 to 3 + 0.5 utilitarian \
from tick 4, growing over 3 ticks
  tit_for_tat  1  tit_for_tat             -                        30              payoff
";
        assert_eq!(found, expected);
    }

    #[test]
    fn no_cell_is_too_wide() {
        let long = "x".repeat(70_000);
        let rows =
            vec![[&long, "1", "", "", "", ""].map(str::to_owned), ["a\u{1b}", "1", "", "", "", ""].map(str::to_owned)];
        let drawn = table([""; 6].map(str::to_owned), rows);
        assert!(drawn.contains(&long) && drawn.contains("a\\u{1b}"));
    }
}
