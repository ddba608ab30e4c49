//! The memory that agents, their matches and a tick's history need, estimated before any of them is made.

use super::extent::Extent;
use crate::games::ObservationSpace;
use crate::host::gibibytes;
use crate::learning::Estimator;
use crate::llm::engine::budget::plan::Limits;
use crate::scenario::format::{MemorySpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::questions::play_order;
use crate::world::{Matchmaker, PlayOrder};

/// Bytes that one decision occupies during its tick if language models keep their steps to learn from.
const BYTES_PER_DECISION_LLM: u64 = 64;
/// The same if no agent does: the action in the history, and room for the history to grow.
const BYTES_PER_DECISION: u64 = 2;

/// Bytes of an agent: its components, names, accounts, and its place in the tables of all.
const BYTES_PER_AGENT: u64 = 4096;
/// Bytes of a match: its tally and its length.
const BYTES_PER_MATCH: u64 = 128;
/// Bytes of a seat: who sits there (twice while pairs are made), what is seen, payoffs, and what every reward term
/// paid.
const BYTES_PER_SEAT: u64 = 160;
/// Bytes of an edge: twice in a list while agents are placed, and twice 4 in either of two graphs.
const BYTES_PER_EDGE: u64 = 32;
/// Vectors as long as its parameters that a network holds: the parameters, two moments, the gradient.
const VECTORS_OF_NETWORK: u64 = 4;

/// Agents and seats are numbered by 32 bits.
pub const NUMBERS: u64 = 1 << 32;

/// What the agents, the matches and the history of one tick take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// What the tick amounts to.
    pub extent: Extent,
    /// Bytes that one decision occupies while its tick lasts.
    pub bytes_per_decision: u64,
    /// Bytes that agents, matches and seats take, however few rounds there are. Language models, their adapters and
    /// their passes are not included.
    pub people: u64,
    /// All bytes: those, plus the tick's history.
    pub bytes: u64,
}

/// Estimates what one tick of `spec` takes if its game seats `seats` players and numbers its observations by `space`,
/// and `matchmaker` makes the matches; saturates instead of overflowing.
pub fn estimate(spec: &ScenarioSpec, space: &ObservationSpace, seats: usize, matchmaker: &dyn Matchmaker) -> Estimate {
    let extent = Extent::of(spec, seats, matchmaker);
    // A match that a learner plays by itself leaves no history behind.
    let rounds_kept = if play_order(spec) == PlayOrder::LearnersByMatch { 1 } else { extent.rounds };
    let decisions = extent.seats_taken().saturating_mul(rounds_kept);
    let has_llm = spec.populations.iter().any(|population| matches!(population.policy, PolicySpec::Llm { .. }));
    let bytes_per_decision = if has_llm { BYTES_PER_DECISION_LLM } else { BYTES_PER_DECISION };
    let people = people(spec, space, &extent);
    let bytes = decisions.saturating_mul(bytes_per_decision).saturating_add(people);
    Estimate { extent, bytes_per_decision, people, bytes }
}

fn people(spec: &ScenarioSpec, space: &ObservationSpace, extent: &Extent) -> u64 {
    let others = if spec.matchmaking.is_by_choice() { extent.agents.saturating_sub(1) } else { 0 };
    let tables = spec.populations.iter().map(|population| {
        let own = BYTES_PER_AGENT.saturating_add(policy_bytes(spec, population, space, others));
        own.saturating_mul(population.count.into())
    });
    let matches = extent.matches.saturating_mul(BYTES_PER_MATCH);
    let seats = extent.seats_taken().saturating_mul(BYTES_PER_SEAT);
    // How often each agent picked each other agent.
    let selections = others.saturating_mul(extent.agents).saturating_mul(8);
    // The edges of a structure: in a list while it is made, and among the neighbours of either end.
    let edges = spec.structure.as_ref().map_or(0, |structure| structure.edges_kept(extent.agents));
    let edges = edges.saturating_mul(BYTES_PER_EDGE);
    tables.chain([matches, seats, selections, edges]).fold(0, u64::saturating_add)
}

/// Bytes of what a member of `population` acts by and is judged by, if it picks among `others` partners.
fn policy_bytes(spec: &ScenarioSpec, population: &PopulationSpec, space: &ObservationSpace, others: u64) -> u64 {
    let (observations, actions) = (space.len() as u64, space.actions as u64);
    let cells = observations.saturating_mul(actions.saturating_add(1));
    // How often each observation was met, and how likely cooperation is after it.
    let judged = observations.saturating_mul(24);
    let own = match &population.policy {
        PolicySpec::Scripted(_) | PolicySpec::QLearning(_) => cells.saturating_mul(8),
        PolicySpec::QNetwork(config) => {
            let hidden = u64::from(config.hidden);
            let parameters = |inputs: u64, outputs: u64| {
                let weights = hidden.saturating_mul(inputs.saturating_add(outputs));
                weights.saturating_add(hidden).saturating_add(outputs)
            };
            let parameters = parameters(1, actions).saturating_add(parameters(others, others));
            parameters.saturating_mul(4 * VECTORS_OF_NETWORK)
        }
        PolicySpec::Llm { .. } | PolicySpec::Frozen { .. } | PolicySpec::Remote(_) | PolicySpec::Custom { .. } => 0,
    };
    // Every possible round, in either seat, for each term.
    let is_foretold = play_order(spec) == PlayOrder::LearnersByMatch || population.estimator == Estimator::Exact;
    let terms = if is_foretold { population.rewards.len() as u64 } else { 0 };
    let rewards = cells.saturating_mul(actions).saturating_mul(16).saturating_mul(terms);
    judged.saturating_add(own).saturating_add(rewards)
}

/// Under `memory: Auto`, workspaces may grow to this before learners take turns: eight agents with ordinary prompts on
/// the default model stay below it.
const COMFORT: u64 = 2 << 30;

/// What `memory` allows a run when `available` bytes are free.
pub fn limits(memory: MemorySpec, available: Option<u64>) -> Limits {
    match memory {
        // A tenth is left for other programs, and for what the estimates leave out.
        MemorySpec::Auto => Limits { most: available.map(|bytes| bytes / 10 * 9), comfort: COMFORT },
        MemorySpec::GiB(amount) => Limits { most: Some(gibibytes(amount)), comfort: u64::MAX },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_limit_knows_no_comfort() {
        let most = |bytes| Some(bytes);
        assert_eq!(limits(MemorySpec::Auto, Some(1000)), Limits { most: most(900), comfort: COMFORT });
        assert_eq!(limits(MemorySpec::Auto, None).most, None);
        assert_eq!(limits(MemorySpec::GiB(1.5), Some(1)), Limits { most: most(3 << 29), comfort: u64::MAX });
    }
}
