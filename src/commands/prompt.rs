//! `sim prompt`: what each agent reads before it acts. Questions for a partner, and prompts that quote messages, are
//! not among it.

use super::exit::{DONE, WRONG_INPUT};
use super::machine::model_fetcher;
use super::print::{err, fail, out};
use super::run::{Asked, read};
use crate::cli::{Format, PromptArgs};
use crate::games::{Game, Observation};
use crate::policies::llm::{DecisionTable, Frozen, LlmPolicy, PromptSet};
use crate::run::{Extension, RunError, RunOptions, Simulation};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::spawn::asks_models;
use crate::text::{nearest, shown, shown_lines};
use crate::world::{AgentId, AgentName, Rules};
use bevy_ecs::prelude::World;
use serde::Serialize;
use std::sync::Arc;

/// Agents that read the same and, where answers have probabilities, answer alike; and what they read.
#[derive(Debug, Serialize)]
struct Readers {
    agents: Vec<String>,
    prompts: Vec<Prompt>,
}

/// One prompt, and how likely each answer is.
#[derive(Debug, Serialize)]
struct Prompt {
    /// What the player saw: `start`, or its own last action and what the others did.
    history: String,
    /// The seat that it is shown to.
    seat: usize,
    text: String,
    answers: Vec<Answer>,
}

#[derive(Debug, Serialize)]
struct Answer {
    label: String,
    action: String,
    /// `None`: answers are decoded, and no label has a probability of its own.
    probability: Option<f64>,
}

pub(super) fn execute(args: &PromptArgs, extend: Extension) -> u8 {
    let mut simulation = Simulation::extended(extend);
    let asked = Asked { file: args.file.as_ref(), scenario: args.scenario.as_ref(), set: &args.set };
    let (scenario, backend) = match read(&asked, &args.machine, &simulation) {
        Ok(read) => read,
        Err(code) => return code,
    };
    if !asks_models(&scenario.spec) {
        err!("error: no agent of this scenario is a language model, so none reads a prompt");
        return WRONG_INPUT;
    }
    let options = RunOptions { threads: args.machine.threads.map(usize::from), backend, ..RunOptions::default() };
    let readers = match play(&mut simulation, &frozen(scenario.spec), options) {
        Ok(()) => readers(simulation.app.world_mut()),
        Err(error) => return fail(error),
    };
    let chosen = match chosen(readers, args) {
        Ok(chosen) => chosen,
        Err(problem) => {
            err!("error: {problem}");
            return WRONG_INPUT;
        }
    };
    print(&chosen, args.format);
    DONE
}

/// One tick of `spec` without learning: its tables are those that the first tick of a run is played by.
fn frozen(mut spec: ScenarioSpec) -> ScenarioSpec {
    spec.ticks = 1;
    for population in &mut spec.populations {
        // Without a learner there is nothing to estimate.
        (population.learner, population.estimator) = (None, Default::default());
    }
    spec
}

fn play(simulation: &mut Simulation, spec: &ScenarioSpec, options: RunOptions) -> Result<(), RunError> {
    let fetcher = model_fetcher();
    let prepared = simulation.prepare(spec, options, &fetcher)?;
    simulation.run_prepared(prepared, &fetcher).map(|_| ())
}

/// Every prompt by which the language models of `world` choose an action, in the order of the agents.
fn readers(world: &mut World) -> Vec<Readers> {
    let game = world.resource::<Rules>().game.clone();
    let mut learning = world.query::<(&AgentId, &AgentName, &LlmPolicy, Option<&DecisionTable>)>();
    let mut frozen = world.query::<(&AgentId, &AgentName, &Frozen)>();
    let learning = learning.iter(world).map(|(id, name, policy, table)| (id, name, &policy.prompts, table));
    let frozen = frozen.iter(world).map(|(id, name, Frozen(asked))| (id, name, &asked.prompts, Some(&asked.table)));
    let mut agents: Vec<_> = learning.chain(frozen).collect();
    agents.sort_by_key(|(id, ..)| **id);
    fn raw(table: Option<&DecisionTable>) -> Option<&[f32]> {
        table.map(|table| &table.raw[..])
    }
    let mut groups: Vec<(&Arc<PromptSet>, Option<&DecisionTable>, Readers)> = Vec::new();
    for (_, name, set, table) in agents {
        let alike = |(other, their_table, _): &&mut (&Arc<PromptSet>, Option<&DecisionTable>, Readers)| {
            Arc::ptr_eq(other, set) && raw(*their_table) == raw(table)
        };
        match groups.iter_mut().find(alike) {
            Some((.., readers)) => readers.agents.push(name.0.clone()),
            None => {
                let prompts = (0..set.len()).map(|index| prompt(&*game, set, table, index)).collect();
                groups.push((set, table, Readers { agents: vec![name.0.clone()], prompts }));
            }
        }
    }
    groups.into_iter().map(|(.., readers)| readers).collect()
}

fn prompt(game: &dyn Game, set: &PromptSet, table: Option<&DecisionTable>, index: usize) -> Prompt {
    let variant = &set.variants[index];
    let probability = |outcome: usize| table.map(|table| table.policy.log_prob(index, outcome).exp());
    let labels = set.config.labels.iter().zip(game.actions()).enumerate();
    let mut answers: Vec<Answer> = labels
        .map(|(i, (label, action))| Answer {
            label: label.clone(),
            action: action.clone(),
            probability: probability(i),
        })
        .collect();
    if table.is_some_and(|table| table.policy.outcomes > answers.len()) {
        let probability = probability(answers.len());
        answers.push(Answer { label: "illegal".into(), action: "none".into(), probability });
    }
    let history = history(game, variant.seen);
    Prompt { history, seat: variant.seat, text: set.texts[index].clone(), answers }
}

/// The word for what a player saw: `start`, `CD` (own action first) in games of two actions for two players, else the
/// names of the actions.
fn history(game: &dyn Game, seen: Observation) -> String {
    let Observation::Last { own, others } = seen else { return "start".into() };
    let name = |action: u8| game.actions()[usize::from(action)].as_str();
    let letter = |action: u8| if game.cooperative(action) { 'C' } else { 'D' };
    match (game.seats(), game.actions().len()) {
        (2, 2) => [letter(own), letter(others)].iter().collect(),
        (2, _) => format!("{}/{}", name(own), name(others)),
        (seats, _) => format!("{}/{others} of {}", name(own), seats - 1),
    }
}

/// The readers and prompts that the command line asks for.
fn chosen(readers: Vec<Readers>, args: &PromptArgs) -> Result<Vec<Readers>, String> {
    let missing = |what: &str, word: &str, known: Vec<&str>| {
        let hint = nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("no {what} `{}` in this scenario{hint}", shown(word))
    };
    let mut chosen = readers;
    if let Some(agent) = &args.agent {
        let is_of =
            |name: &str| name == agent || name.rsplit_once('_').is_some_and(|(population, _)| population == agent);
        if !chosen.iter().any(|readers| readers.agents.iter().any(|name| is_of(name))) {
            let known = chosen.iter().flat_map(|readers| readers.agents.iter().map(String::as_str)).collect();
            return Err(missing("language model", agent, known));
        }
        chosen.iter_mut().for_each(|readers| readers.agents.retain(|name| is_of(name)));
        chosen.retain(|readers| !readers.agents.is_empty());
    }
    if let Some(history) = &args.history {
        let is_it = |prompt: &Prompt| prompt.history.eq_ignore_ascii_case(history);
        if !chosen.iter().any(|readers| readers.prompts.iter().any(is_it)) {
            let known =
                chosen.iter().flat_map(|readers| readers.prompts.iter().map(|prompt| &*prompt.history)).collect();
            return Err(missing("history", history, known));
        }
        chosen.iter_mut().for_each(|readers| readers.prompts.retain(is_it));
    }
    Ok(chosen)
}

fn print(readers: &[Readers], format: Format) {
    if format == Format::Json {
        let text = serde_json::to_string_pretty(readers).expect("prompts are strings and finite numbers");
        out!("{text}");
        return;
    }
    for Readers { agents, prompts } in readers {
        out!("== {}", shown(&agents.join(", ")));
        for Prompt { history, seat, text, answers } in prompts {
            out!("\n-- seat {seat}, after {history}\n{}", shown_lines(text.trim_end()));
            for Answer { label, action, probability } in answers {
                let probability = probability.map_or_else(|| "decoded".into(), |p| format!("{p:.6}"));
                out!("   {} = {}: {probability}", shown(label), shown(action));
            }
        }
        out!("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::{catalog, matrix::MatrixGame, public_goods::PublicGoods};

    #[test]
    fn histories_are_letters_where_two_choose_between_two_and_names_elsewhere() {
        let seen = |own, others| Observation::Last { own, others };
        let two = catalog::game("prisoners_dilemma").unwrap();
        assert_eq!([history(&two, Observation::Opening), history(&two, seen(0, 1))], ["start", "CD"]);
        let names = ["rock", "paper", "scissors"].map(String::from);
        let three = MatrixGame::new("rps", &names, &vec![vec![(0.0, 0.0); 3]; 3], &[]).unwrap();
        assert_eq!(history(&three, seen(2, 1)), "scissors/paper");
        assert_eq!(history(&PublicGoods::new(4, 2.0, 1.0).unwrap(), seen(1, 2)), "keep/2 of 3");
    }
}
