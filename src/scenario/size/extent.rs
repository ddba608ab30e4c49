//! How much a scenario asks for, by arithmetic alone: matches, decisions and rows of a tick. All counts saturate.

use crate::matchmaking::count;
use crate::scenario::format::{HorizonSpec, MatchmakingSpec, ScenarioSpec};
use std::collections::BTreeMap;

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
    /// What a tick of `spec` amounts to, whose game seats `seats` players.
    pub fn of(spec: &ScenarioSpec, seats: usize) -> Self {
        let seats = seats as u64;
        let agents: u64 = spec.populations.iter().map(|population| u64::from(population.count)).sum();
        let matches = match &spec.matchmaking {
            MatchmakingSpec::RoundRobin => count::round_robin(agents, seats),
            MatchmakingSpec::RandomPairs { repeats } => count::random_pairs(agents, seats, *repeats),
            MatchmakingSpec::FixedPairs(pairs) | MatchmakingSpec::Paired(pairs) => {
                let members = members(spec);
                let of = |name: &String| members.get(&**name).copied().unwrap_or(0);
                let by_member = matches!(spec.matchmaking, MatchmakingSpec::Paired(_));
                let meetings = |a: &String, b: &String| match by_member {
                    true => count::paired(of(a), of(b)),
                    false => count::fixed_pairs(of(a), (a != b).then(|| of(b))),
                };
                pairs.iter().fold(0, |sum: u64, (a, b)| sum.saturating_add(meetings(a, b)))
            }
            MatchmakingSpec::SelfPlay | MatchmakingSpec::PartnerSelection { .. } => agents,
        };
        Self { agents, matches, seats, rounds: rounds(spec.rounds.clone()) }
    }

    /// Seats of all matches.
    pub fn seats_taken(&self) -> u64 {
        self.matches.saturating_mul(self.seats)
    }

    /// Decisions of a tick.
    pub fn decisions(&self) -> u64 {
        self.seats_taken().saturating_mul(self.rounds)
    }

    /// Seats that a member of population number `index` of `spec` takes in a tick, on average.
    pub fn seats_per_member(&self, spec: &ScenarioSpec, index: usize) -> f64 {
        let own = &spec.populations[index];
        match &spec.matchmaking {
            MatchmakingSpec::RoundRobin | MatchmakingSpec::RandomPairs { .. } => {
                self.seats_taken() as f64 / self.agents.max(1) as f64
            }
            MatchmakingSpec::FixedPairs(pairs) => {
                let members = members(spec);
                let of = |name: &String| members.get(&**name).copied().unwrap_or(0);
                let meets = |(a, b): &(String, String)| match (*a == own.name, *b == own.name) {
                    (true, true) => of(a).saturating_sub(1),
                    (true, false) => of(b),
                    (false, true) => of(a),
                    (false, false) => 0,
                };
                pairs.iter().map(meets).fold(0, u64::saturating_add) as f64
            }
            MatchmakingSpec::Paired(pairs) => {
                pairs.iter().filter(|(a, b)| *a == own.name || *b == own.name).count() as f64
            }
            MatchmakingSpec::SelfPlay => self.seats as f64,
            // The match it picks, and on average one that it is picked for.
            MatchmakingSpec::PartnerSelection { .. } => 2.0,
        }
    }
}

/// Members of every population, by name.
fn members(spec: &ScenarioSpec) -> BTreeMap<&str, u64> {
    spec.populations.iter().map(|population| (&*population.name, u64::from(population.count))).collect()
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

/// Bytes of a row of each table, of ordinary names and numbers.
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
    if spec.output.selections && matches!(spec.matchmaking, MatchmakingSpec::PartnerSelection { .. }) {
        let rows = recorded.saturating_mul(agents).saturating_mul(agents.saturating_sub(1));
        tables.push(table("selections.csv", "output.selections", rows, SELECTIONS_BYTES));
    }
    tables
}
