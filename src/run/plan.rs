//! What a scenario amounts to, for `--dry-run` and the head of a run.

use super::sweep::Seeds;
use crate::evolution::Evolution;
use crate::host::readable;
use crate::learning::{Estimator, LearnerSpec};
use crate::policies::llm::prompt::{Order, PromptConfig};
use crate::scenario::format::{HorizonSpec, OpeningSpec, PolicySpec, PopulationSpec, RewardSpec, ScenarioSpec};
use crate::scenario::size::extent::{Extent, sizes, tables};
use crate::scenario::spawn::{generates, model_name, needs_model};
use crate::text::{counted, shown};
use crate::world::{Judged, Matchmaker, ReputationRules, Rules};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write;

/// The plan as a table that a person can read; for a sweep over `seeds`, if there are any. `memory` says how language
/// models share it, if there are any; `others` are lines on models that the run only asks, each with its head.
pub fn plan(
    spec: &ScenarioSpec,
    rules: &Rules,
    matchmaker: &dyn Matchmaker,
    evolution: Option<&Evolution>,
    seeds: Option<&Seeds>,
    memory: Option<&str>,
    others: &[(&str, String)],
) -> String {
    let extent = Extent::of(spec, rules.game.seats(), matchmaker);
    let mut out = match seeds {
        Some(seeds) => format!("{}, seeds {seeds}\n", shown(&spec.name)),
        None => format!("{}, seed {}\n", shown(&spec.name), spec.seed),
    };
    let mut line = |head: &str, text: &str| {
        let first = format!("  {head:<7} ");
        out.push_str(&hanging(&first, &shown(text)));
    };
    line("game", &game(spec, rules));
    let matches = counted(extent.matches, "match");
    line("ticks", &format!("{}, each {matches} of {}", spec.ticks, horizon(spec, &extent)));
    line("pairs", &matchmaker.summary());
    if let Some(evolution) = evolution {
        line("evolve", &evolution.summary());
    }
    if let Some(reputation) = &rules.reputation {
        line("known", &known_for(reputation));
    }
    line("model", &if needs_model(spec) { model_name(&spec.model) } else { "none needed".into() });
    for (whose, prompt) in prompts(spec) {
        line("labels", &labels(prompt, rules, whose));
    }
    if let Some(memory) = memory {
        line("memory", memory);
    }
    line("tables", &tables_of(spec, &extent));
    others.iter().for_each(|(head, text)| line(head, text));
    let sizes = sizes(spec);
    let decisions = |number: usize| matchmaker.seats_of(&sizes, extent.seats, number) * extent.rounds as f64;
    out.push_str("  players\n");
    for (number, of_spec) in spec.populations.iter().enumerate() {
        let head = format!("    {} × {}: ", of_spec.count, shown(&of_spec.name));
        out.push_str(&hanging(&head, &shown(&population(of_spec, decisions(number)))));
    }
    out
}

/// Most columns of a line.
const WIDTH: usize = 80;
/// Blanks before what a line goes on with.
const INDENT: usize = 10;

/// `head` and `text` in lines that fit a terminal.
fn hanging(head: &str, text: &str) -> String {
    let mut out = head.to_owned();
    let (mut width, mut is_new) = (head.chars().count(), true);
    for word in text.split(' ') {
        let size = word.chars().count();
        if !is_new && width + 1 + size > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(INDENT));
            (width, is_new) = (INDENT, true);
        }
        if !is_new {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += size;
        is_new = false;
    }
    out + "\n"
}

/// The tables that will be written, and how large they will be together.
fn tables_of(spec: &ScenarioSpec, extent: &Extent) -> String {
    let tables = tables(spec, extent);
    let rows = tables.iter().map(|table| format!("{} {}", table.file, counted(table.rows, "row")));
    let rows = rows.collect::<Vec<_>>().join(", ");
    let bytes = tables.iter().map(|table| table.bytes).fold(0, u64::saturating_add);
    let every = match spec.output.every {
        0 | 1 => String::new(),
        every => format!(", each of {every} ticks"),
    };
    let unkept = generates(spec) && !spec.output.generations;
    let hint = if unkept { "; answers are not kept (`output: (generations: true)` keeps them)" } else { "" };
    format!("{rows}{every}; about {} in all{hint}", readable(bytes))
}

/// What agents are known for, and which errors are made.
fn known_for(reputation: &ReputationRules) -> String {
    let ReputationRules { norm, judged, assessment_error, execution_error } = reputation;
    let after = match judged {
        Judged::Rounds => "every round is judged",
        Judged::Matches => "the last round of every match is judged",
    };
    let mut text = format!("{}; {after}", norm.summary());
    for (what, error) in [("judgements", assessment_error), ("attempts to cooperate", execution_error)] {
        if *error > 0.0 {
            text += &format!(", {} % of {what} fail", error * 100.0);
        }
    }
    text
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
        HorizonSpec::Fixed(rounds) => counted(rounds, "round"),
        HorizonSpec::Continue { probability, at_most } => {
            format!("about {} rounds (δ = {probability}, at most {at_most})", extent.rounds)
        }
    }
}

/// The prompts in use: the scenario's own first, then those of populations that have their own, with the population.
fn prompts(spec: &ScenarioSpec) -> Vec<(Option<&str>, &PromptConfig)> {
    let mut prompts = Vec::new();
    for population in &spec.populations {
        let prompt = match &population.policy {
            PolicySpec::Llm { prompt, .. } | PolicySpec::Frozen { prompt, .. } => prompt,
            PolicySpec::Remote(config) => &config.prompt,
            _ => continue,
        };
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

/// What the members of a population are, how they learn, and from how much: in phrases.
fn population(population: &PopulationSpec, decisions: f64) -> String {
    let policy: String = match &population.policy {
        PolicySpec::Scripted(strategy) => strategy.name().to_owned(),
        PolicySpec::Llm { adapter, activated, from, .. } => {
            let kind = if *activated { "activated adapter" } else { "adapter" };
            let from = from.as_ref().map_or_else(String::new, |dir| format!(" from {dir}"));
            format!("llm, {kind} of rank {}{from}{}", adapter.rank, unusual(adapter, &["rank"]))
        }
        PolicySpec::Frozen { model, .. } => format!("frozen {}", model_name(model)),
        PolicySpec::QLearning(config) => format!("q_learning, alpha {}{}", config.alpha, unusual(config, &["alpha"])),
        PolicySpec::QNetwork(config) => {
            format!("q_network, {} hidden units, lr {}{}", config.hidden, config.lr, unusual(config, &["hidden", "lr"]))
        }
        PolicySpec::Remote(config) => format!("remote, {}", config.model),
        PolicySpec::Custom { name, .. } => name.clone(),
    };
    let rewards: Vec<String> = population.rewards.iter().map(reward).collect();
    // Averages over members have a fraction; a tenth is enough to tell them apart.
    let decisions = (decisions * 10.0).round() / 10.0;
    let decisions = format!("{decisions} {} per tick", if decisions == 1.0 { "decision" } else { "decisions" });
    let stay = match (population.joins, population.leaves) {
        (0, None) => None,
        (joins, None) => Some(format!("plays from tick {joins} on")),
        (joins, Some(leaves)) => Some(format!("plays in ticks {joins} to {}", leaves.saturating_sub(1))),
    };
    let rewards = Some(format!("reward: {}", rewards.join(" + ")));
    let parts = [Some(policy), learner(population), stay, Some(decisions), rewards];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// How the members of a population learn, if it is from a learner.
pub(super) fn learner(population: &PopulationSpec) -> Option<String> {
    let known = match population.learner.as_ref()? {
        LearnerSpec::Custom { name, .. } => name.clone(),
        learner => learner.about().map_or_else(String::new, |about| {
            let epochs = if about.epochs == 1 { String::new() } else { format!(", {} epochs", about.epochs) };
            let rest = unusual(learner, &["lr", "epochs"]);
            format!("{}, lr {}{epochs}{rest}", about.title, about.optimizer.lr)
        }),
    };
    Some(known + if population.estimator == Estimator::Exact { ", exact" } else { "" })
}

/// The settings that differ from their defaults, but for those that are `told` anyway: `, discount 0.9`.
fn unusual<T: Serialize + DeserializeOwned>(settings: &T, told: &[&str]) -> String {
    let Ok(value) = serde_json::to_value(settings) else { return String::new() };
    // The variant of an enum holds its settings; left empty, it has the defaults.
    let (value, default) = match value.as_object().and_then(|fields| fields.iter().next().filter(|_| fields.len() == 1))
    {
        Some((word, inner)) => {
            let empty = serde_json::json!({ word.as_str(): {} });
            (inner.clone(), default_of::<T>(empty).and_then(|default| default.get(word).cloned()))
        }
        None => (value, default_of::<T>(serde_json::json!({}))),
    };
    let mut differing = Vec::new();
    differences("", &value, &default.unwrap_or_default(), told, &mut differing);
    differing.iter().map(|setting| format!(", {setting}")).collect()
}

fn default_of<T: Serialize + DeserializeOwned>(empty: Value) -> Option<Value> {
    serde_json::to_value(serde_json::from_value::<T>(empty).ok()?).ok()
}

/// Names what in `value` is not as in `default`.
fn differences(name: &str, value: &Value, default: &Value, told: &[&str], into: &mut Vec<String>) {
    match (value, default) {
        (value, default) if value == default => {}
        // Other fields are those of another variant.
        (Value::Object(fields), Value::Object(defaults)) if fields.keys().eq(defaults.keys()) => {
            for (field, value) in fields.iter().filter(|(field, _)| !told.contains(&field.as_str())) {
                differences(field, value, &defaults[field], told, into);
            }
        }
        (value, _) => into.push(format!("{name} {}", written(value))),
    }
}

/// A setting much as a scenario writes it: `Linear(from: 1.0, to: 0.0)`.
fn written(value: &Value) -> String {
    let all = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::String(word) => word.clone(),
        Value::Array(items) => format!("[{}]", all(items.iter().map(written).collect())),
        Value::Object(fields) if fields.len() == 1 => {
            fields.iter().map(|(word, inner)| format!("{word}({})", written(inner))).collect()
        }
        Value::Object(fields) => {
            all(fields.iter().map(|(field, value)| format!("{field}: {}", written(value))).collect())
        }
        other => other.to_string(),
    }
}

/// A term of a reward, with its weight and the ticks in which it is in force.
pub(super) fn reward(reward: &RewardSpec) -> String {
    let RewardSpec { term, weight, from, until, ramp, fade } = reward;
    let phase = match (from, until) {
        (0, None) => String::new(),
        (from, None) => format!(" from tick {from}"),
        (from, Some(until)) => format!(" in ticks {from} to {}", until.saturating_sub(1)),
    };
    let ramp = if *ramp == 0 { String::new() } else { format!(", ramping up over {ramp} ticks") };
    let fade = if *fade == 0 { String::new() } else { format!(", fading over {fade} ticks") };
    let weight = if *weight == 1.0 { String::new() } else { format!("{weight} × ") };
    format!("{weight}{}{phase}{ramp}{fade}", term.name())
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
                (name: "learner", count: 3, policy: Llm(adapter: (alpha: 8)), learner: Ppo(epochs: 2, discount: 0.9, optimizer: (lr: 0.003)),
                 rewards: [(term: Payoff, until: 4, fade: 2), (term: Utilitarian, weight: 0.5, from: 4, ramp: 3)]),
                (name: "tit_for_tat", policy: Scripted(TitForTat))])"#,
        );
        let expected = "\
test, seed 1
  game    stag_hunt (2 seats), noise 0.05, opening MadeUp
  ticks   8, each 6 matches of 10 rounds
  pairs   every learner meets every tit_for_tat, every learner meets every other
          learner
  model   tiny
  labels  A = cooperate, B = defect; rows shuffled; constrained
  tables  strategy_evolution.csv 32 rows, social_outcomes.csv 8 rows, pairs.csv
          24 rows; about 7.8 KiB in all
  players
    3 × learner: llm, adapter of rank 8, alpha 8.0; PPO, lr 0.003, 2 epochs,
          discount 0.9; 30 decisions per tick; reward: payoff in ticks 0 to 3,
          fading over 2 ticks + 0.5 × utilitarian from tick 4, ramping up over 3
          ticks
    1 × tit_for_tat: tit_for_tat; 30 decisions per tick; reward: payoff
";
        assert_eq!(found, expected);
    }

    #[test]
    fn a_plan_fits_a_terminal_and_long_names_do_no_harm() {
        let long = "x".repeat(200);
        let text = hanging("  head ", &format!("{long} {} {}", shown("a\u{1b}"), "some more words ".repeat(20)));
        assert!(text.contains(&long) && text.contains("a\\u{1b}"));
        assert!(text.lines().skip(2).all(|line| line.chars().count() <= WIDTH), "{text}");
        let found = plan_of(
            r#"(version: 1, ticks: 3, game: Named("stag_hunt"), rounds: Fixed(1), model: Named("tiny"),
                prompt: (decision: Generate, labels: ["A", "B"]), output: (every: 2), populations: [
                (name: "sayer", count: 2, policy: Llm()),
                (name: "q", policy: QLearning(epsilon: Linear(from: 1, to: 0, over: 30), discount: 0.5))])"#,
        );
        for words in ["each of 2 ticks", "answers are not kept", "epsilon Linear(from: 1.0", "discount 0.5"] {
            assert!(found.replace("\n          ", " ").contains(words), "no {words} in\n{found}");
        }
        assert!(found.lines().all(|line| line.chars().count() <= WIDTH), "{found}");
    }
}
