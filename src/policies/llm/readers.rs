//! What language models read before they act, and how likely each answer is. Questions for a partner, and prompts that
//! quote messages, are not among it.

use super::{DecisionTable, Frozen, LlmPolicy, PromptSet};
use crate::games::{Game, Observation};
use crate::world::{AgentId, AgentName, Rules};
use bevy_ecs::prelude::World;
use serde::Serialize;
use std::sync::Arc;

/// Agents that read the same and, where answers have probabilities, answer alike; and what they read.
#[derive(Debug, Serialize)]
pub struct Readers {
    /// Their names.
    pub agents: Vec<String>,
    /// Every prompt that they may meet.
    pub prompts: Vec<Prompt>,
}

/// One prompt, and how likely each answer is.
#[derive(Debug, Serialize)]
pub struct Prompt {
    /// What the player saw: `start`, or its own last action and what the others did.
    pub history: String,
    /// What the co-player, or in groups the one among them with the worst reputation, is said to have; `None` where
    /// nothing is said of reputations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reputation: Option<String>,
    /// The seat that it is shown to.
    pub seat: usize,
    /// What the model reads.
    pub text: String,
    /// What it may answer, label by label; with `decision: Free`, `illegal` stands for everything else.
    pub answers: Vec<Answer>,
}

/// One answer to a prompt.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The label.
    pub label: String,
    /// The action that it stands for; `none` for what is on no label.
    pub action: String,
    /// How likely it is; `None`: answers are decoded, and no label has a probability of its own; or a server is to be
    /// asked for it.
    pub probability: Option<f64>,
    /// What is printed where there is no probability.
    #[serde(skip)]
    pub instead: &'static str,
}

/// Where answers are decoded, no label has a probability of its own.
pub const DECODED: &str = "decoded";
/// Where a server gives the probabilities, none is known before it is asked.
pub const SERVED: &str = "to be asked of the server";

/// Every prompt by which the language models of `world` choose an action, in the order of the agents, with the
/// probabilities of the tables that were scored last.
pub fn readers(world: &mut World) -> Vec<Readers> {
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
    let mut answers = answers(game, &set.config.labels, DECODED, probability);
    if table.is_some_and(|table| table.policy.outcomes > answers.len()) {
        let probability = probability(answers.len());
        answers.push(Answer { label: "illegal".into(), action: "none".into(), probability, instead: DECODED });
    }
    let (history, reputation) = (history(game, variant.seen), variant.reputation.clone());
    Prompt { history, reputation, seat: variant.seat, text: set.texts[index].clone(), answers }
}

/// An answer for each of `labels`, as likely as `probability` says, with a word `instead` where it says nothing.
pub fn answers(
    game: &dyn Game,
    labels: &[String],
    instead: &'static str,
    probability: impl Fn(usize) -> Option<f64>,
) -> Vec<Answer> {
    let labels = labels.iter().zip(game.actions()).enumerate();
    let answer = |(i, (label, action)): (usize, (&String, &String))| Answer {
        label: label.clone(),
        action: action.clone(),
        probability: probability(i),
        instead,
    };
    labels.map(answer).collect()
}

/// The word for what a player saw: `start`, `CD` (own action first) in games of two actions for two players, else the
/// names of the actions.
pub fn history(game: &dyn Game, seen: Observation) -> String {
    let Observation::Last { own, others } = seen else { return "start".into() };
    let name = |action: u8| game.actions()[usize::from(action)].as_str();
    let letter = |action: u8| if game.cooperative(action) { 'C' } else { 'D' };
    match (game.seats(), game.actions().len()) {
        (2, 2) => [letter(own), letter(others)].iter().collect(),
        (2, _) => format!("{}/{}", name(own), name(others)),
        (seats, _) => format!("{}/{others} of {}", name(own), seats - 1),
    }
}

/// `readers` as the text of a JSON file.
pub fn to_json(readers: &[Readers]) -> String {
    serde_json::to_string_pretty(readers).expect("prompts are strings and finite numbers") + "\n"
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
