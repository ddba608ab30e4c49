//! From what is known of a tick to the decision processes of exact mode: an LLM agent against each opponent it meets.

use super::prompt::Wordings;
use super::{LlmPolicy, PromptSet};
use crate::games::ILLEGAL;
use crate::learning::{Expectation, PolicyTable, exact::Branch, exact::Process, outcomes};
use crate::play::odds::JointStates;
use crate::policies::llm::prompt::listing::{listings, turns};
use crate::world::{AgentId, Behaviour, PossibleRound, RewardTable, Rules, Tournament, turn};
use std::collections::BTreeMap;

/// What is known of a tick before it is played.
pub(super) struct Known<'a> {
    pub(super) rules: &'a Rules,
    pub(super) tournament: &'a Tournament,
    pub(super) tick: u32,
    /// How every agent acts, by [`AgentId`]; `None` where it is not known.
    pub(super) behaviours: Vec<Option<&'a Behaviour>>,
}

/// How an agent is rewarded: by its terms, or by what takes their place for an illegal completion.
#[derive(Clone, Copy)]
pub(super) struct Rewarding<'a> {
    pub(super) terms: &'a RewardTable,
    pub(super) illegal: f64,
}

/// How an agent acts if it plays `policy` at its prompts; unknown with more than two seats.
pub fn behaviour(rules: &Rules, prompts: &Wordings, policy: &PolicyTable) -> Behaviour {
    if rules.game.seats() != 2 {
        return Behaviour::default();
    }
    let roles = if rules.game.symmetric() { 1 } else { 2 };
    let actions = rules.game.actions().len();
    let table = |seat: usize, turn: usize| {
        let listings = listings(prompts, turn);
        let mut table = vec![0.0; rules.observations.len() * (actions + 1)];
        for (observation, row) in table.chunks_exact_mut(actions + 1).enumerate() {
            for &(labels, rows, chance) in &listings {
                let prompt = prompts.index(seat, labels, rows, observation);
                for (outcome, p) in row.iter_mut().enumerate().take(policy.outcomes) {
                    *p += chance * policy.log_prob(prompt, outcome).exp();
                }
            }
        }
        table
    };
    let tables = (0..roles).flat_map(|seat| (0..turns(prompts)).map(move |turn| (seat, turn)));
    Behaviour::new(roles, actions, tables.map(|(seat, turn)| table(seat, turn)).collect())
}

/// What `agent` can expect of its matches of the tick, or the opponent whose actions cannot be foretold.
pub(super) fn expect(
    known: &Known,
    agent: AgentId,
    policy: &LlmPolicy,
    played: &PolicyTable,
    rewarding: Rewarding,
) -> Result<Expectation, AgentId> {
    let Known { rules, tournament, tick, behaviours } = known;
    let turns = turns(&policy.prompts);
    // Matches that agree in these agree in everything: own seat and turn, opponent and the table it plays by.
    let mut times: BTreeMap<(usize, usize, AgentId, usize), f64> = BTreeMap::new();
    for (slot, &seat) in tournament.seats_of.of(agent).iter().enumerate() {
        let first = tournament.seats_in(tournament.match_of(seat as usize)).start;
        let position = seat as usize - first;
        let opponent_seat = first + 1 - position;
        let opponent = tournament.agents[opponent_seat];
        let opponent_slot = tournament.seats_of.of(opponent).partition_point(|&s| (s as usize) < opponent_seat);
        let behaviour = behaviours[opponent.index()].filter(|behaviour| !behaviour.is_unknown()).ok_or(opponent)?;
        let number = behaviour.number(1 - position, turn(opponent_slot, *tick));
        *times.entry((position, turn(slot, *tick) % turns, opponent, number)).or_default() += 1.0;
    }
    let matches = times.into_iter().map(|((seat, turn, opponent, number), times)| {
        let table = behaviours[opponent.index()].expect("looked at above").table(number);
        (process(rules, &policy.prompts, seat, turn, table, rewarding), times)
    });
    Ok(Expectation::new(matches.collect(), played))
}

/// The match of an agent in `seat`, at its `turn`, with an opponent that plays by `opponent`.
fn process(
    rules: &Rules,
    prompts: &PromptSet,
    seat: usize,
    turn: usize,
    opponent: &[f64],
    rewarding: Rewarding,
) -> Process {
    let states = JointStates::new(rules);
    let listings = listings(prompts, turn);
    let labels = prompts.config.labels.len();
    let outcomes = outcomes::outcomes(labels, prompts.config.decision);
    let (go_on, rounds_max) = states.horizon();
    let mut process = Process { start: states.start(), prompts: Vec::new(), branches: Vec::new(), go_on, rounds_max };
    for state in 0..states.count() {
        let observation = states.observation(state, seat);
        let shown = listings.iter().map(|&(label_order, row_order, chance)| {
            (prompts.index(seat, label_order, row_order, observation), chance)
        });
        process.prompts.push(shown.collect());
        let row = states.observation(state, 1 - seat) * (labels + 1);
        let other = states.slipped(&opponent[row..=row + labels]);
        for outcome in 0..outcomes {
            let mut intended = vec![0.0; labels + 1];
            intended[outcome] = 1.0;
            process.branches.push(branches(
                rules,
                &states,
                state,
                seat,
                [&states.slipped(&intended), &other],
                rewarding,
            ));
        }
    }
    process
}

/// What may follow if the player in `seat` and its opponent act by these `chances` in `state`.
fn branches(
    rules: &Rules,
    states: &JointStates,
    state: usize,
    seat: usize,
    chances: [&[f64]; 2],
    rewarding: Rewarding,
) -> Vec<Branch> {
    let observation = states.observation(state, seat);
    let mut branches = Vec::new();
    for (i, p) in chances[0].iter().enumerate().filter(|(_, p)| **p > 0.0) {
        for (j, q) in chances[1].iter().enumerate().filter(|(_, q)| **q > 0.0) {
            let (own, other) = (states.action(i), states.action(j));
            let reward = match own {
                ILLEGAL => rewarding.illegal,
                _ => rewarding.terms.total(rules, PossibleRound { seat, observation, own, other }),
            };
            let joint = if seat == 0 { [own, other] } else { [other, own] };
            branches.push(Branch { chance: p * q, reward, next: states.next(state, joint) });
        }
    }
    branches
}
