//! How much a scenario asks for, by arithmetic alone: matches, decisions and rows of a tick. All counts saturate.

use crate::scenario::format::{HorizonSpec, ScenarioSpec};
use crate::world::{Matchmaker, Sizes};

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

/// Number of members of every population of `spec`.
pub fn sizes(spec: &ScenarioSpec) -> Sizes {
    Sizes::new(spec.populations.iter().map(|population| (population.name.clone(), population.count.into())))
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
const MOVES_BYTES: u64 = 70;
const SELECTIONS_BYTES: u64 = 50;

/// The tables of a run of `spec` that grow with the population.
pub fn tables(spec: &ScenarioSpec, extent: &Extent) -> Vec<TableSize> {
    let ticks = u64::from(spec.ticks);
    let recorded = ticks.div_ceil(spec.output.every.max(1).into());
    let table = |file, field, rows: u64, bytes: u64| TableSize { file, field, rows, bytes: rows.saturating_mul(bytes) };
    let agents = extent.agents;
    let mut tables =
        vec![table("strategy_evolution.csv", "output.every", recorded.saturating_mul(agents), EVOLUTION_BYTES)];
    if spec.output.moves {
        tables.push(table("moves.csv", "output.moves", ticks.saturating_mul(extent.decisions()), MOVES_BYTES));
    }
    if spec.output.selections && spec.matchmaking.is_by_choice() {
        let rows = recorded.saturating_mul(agents).saturating_mul(agents.saturating_sub(1));
        tables.push(table("selections.csv", "output.selections", rows, SELECTIONS_BYTES));
    }
    tables
}
