//! How much a scenario asks for, by arithmetic alone: matches, decisions and rows of a tick. All counts saturate.

use crate::scenario::format::{HorizonSpec, ScenarioSpec};
use crate::scenario::questions::{generates, talks};
use crate::world::{Matchmaker, Sizes};
use std::collections::BTreeSet;

/// What one tick amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Agents of all populations.
    pub agents: u64,
    /// Matches per tick.
    pub matches: u64,
    /// Players per match.
    pub seats: u64,
    /// Rounds per match; with an open end, the expected number.
    pub rounds: u64,
}

impl Extent {
    /// What a tick of `spec` amounts to if its game seats `seats` players and `matchmaker` makes the matches.
    pub fn of(spec: &ScenarioSpec, seats: usize, matchmaker: &dyn Matchmaker) -> Self {
        let (seats, sizes) = (seats as u64, sizes(spec));
        let matches = matchmaker.matches(&sizes, seats);
        Self { agents: sizes.agents(), matches, seats, rounds: rounds(spec.rounds.clone()) }
    }

    /// Seats of all matches.
    pub fn seats_taken(&self) -> u64 {
        self.matches.saturating_mul(self.seats)
    }

    /// Decisions of a tick.
    pub fn decisions(&self) -> u64 {
        self.seats_taken().saturating_mul(self.rounds)
    }
}

/// Number of members of every population of `spec`, and of pairs of neighbours.
pub fn sizes(spec: &ScenarioSpec) -> Sizes {
    let sizes =
        Sizes::new(spec.populations.iter().map(|population| (population.name.clone(), population.count.into())));
    match &spec.structure {
        Some(structure) => {
            let edges = structure.edges(sizes.agents());
            sizes.with_edges(edges)
        }
        None => sizes,
    }
}

/// Rounds of a match; with an open end, the expected number, rounded up.
fn rounds(horizon: HorizonSpec) -> u64 {
    match horizon {
        HorizonSpec::Fixed(rounds) => rounds.into(),
        // 1 + p + p² + … = 1 / (1 − p); the cast saturates.
        HorizonSpec::Continue { probability, at_most } => {
            ((1.0 / (1.0 - probability)).ceil() as u64).min(at_most.into())
        }
    }
}

/// One of a run's tables and how large it will become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Its file.
    pub file: &'static str,
    /// The field of `output` that makes it smaller.
    pub field: &'static str,
    /// Rows.
    pub rows: u64,
    /// Estimated bytes.
    pub bytes: u64,
}

/// Bytes of a row of each table, with ordinary names and numbers.
const EVOLUTION_BYTES: u64 = 120;
/// Bytes of a reward term's column in it.
const TERM_BYTES: u64 = 9;
const OUTCOMES_BYTES: u64 = 60;
const PAIRS_BYTES: u64 = 130;
const MOVES_BYTES: u64 = 70;
const SELECTIONS_BYTES: u64 = 50;
const MESSAGES_BYTES: u64 = 80;
const GENERATIONS_BYTES: u64 = 60;
const TYPES_BYTES: u64 = 40;
/// Bytes of the five probabilities of a memory-one strategy in it.
const STRATEGY_BYTES: u64 = 25;
const GENEALOGY_BYTES: u64 = 40;

/// The tables of a run of `spec`, the two first that every run writes. Where it depends on the matches how many rows
/// there will be, it is the most.
pub fn tables(spec: &ScenarioSpec, extent: &Extent) -> Vec<TableSize> {
    let ticks = u64::from(spec.ticks);
    let recorded = ticks.div_ceil(spec.output.every.max(1).into());
    let table = |file, field, rows: u64, bytes: u64| TableSize { file, field, rows, bytes: rows.saturating_mul(bytes) };
    let agents = extent.agents;
    let names: BTreeSet<&str> = spec.populations.iter().flat_map(|p| &p.rewards).map(|r| r.term.name()).collect();
    let evolution = EVOLUTION_BYTES + TERM_BYTES * names.len() as u64;
    let mut tables = vec![
        table("strategy_evolution.csv", "output.every", recorded.saturating_mul(agents), evolution),
        table("social_outcomes.csv", "output.every", recorded, OUTCOMES_BYTES),
    ];
    if let Some(evolution) = &spec.evolution {
        let generations = ticks / u64::from(evolution.every.max(1));
        // Founding types; with other mutants there may be more, up to one per agent.
        let types = (spec.populations.len() as u64).min(agents);
        let inherit = &evolution.inherit;
        let strategy = if inherit.strategy { STRATEGY_BYTES } else { 0 };
        let bytes = TYPES_BYTES + strategy + TERM_BYTES * inherit.weights.len() as u64;
        tables.push(table("types.csv", "evolution.every", generations.saturating_mul(types), bytes));
        if evolution.genealogy {
            let births = evolution.rule.events_at_most(agents);
            tables.push(table(
                "genealogy.csv",
                "evolution.genealogy",
                generations.saturating_mul(births),
                GENEALOGY_BYTES,
            ));
        }
    }
    let decisions = ticks.saturating_mul(extent.decisions());
    if spec.output.pairs && extent.seats == 2 {
        let populations = spec.populations.len() as u64;
        let pairs = (populations * (populations + 1) / 2).min(extent.matches);
        tables.push(table("pairs.csv", "output.every", recorded.saturating_mul(pairs), PAIRS_BYTES));
    }
    if spec.output.moves {
        tables.push(table("moves.csv", "output.moves", decisions, MOVES_BYTES));
    }
    if talks(spec) {
        tables.push(table("messages.csv", "prompt", decisions, MESSAGES_BYTES));
    }
    if spec.output.generations && generates(spec) {
        tables.push(table("generations.csv", "output.generations", decisions, GENERATIONS_BYTES));
    }
    if spec.output.selections && spec.matchmaking.is_by_choice() {
        let rows = recorded.saturating_mul(agents).saturating_mul(agents.saturating_sub(1));
        tables.push(table("selections.csv", "output.selections", rows, SELECTIONS_BYTES));
    }
    tables
}
