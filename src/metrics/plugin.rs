//! Writes the tables.

use super::rows::EvolutionSource;
use super::{
    EXACT_COLUMNS, EvolutionRow, MESSAGE_COLUMNS, OUTCOME_COLUMNS, PAIR_COLUMNS, RowFile, SELECTION_COLUMNS, Summary,
    Window, add_pairs, evolution_columns, evolution_rows, move_columns, outcome_row, pair_rows, row_file::number,
};
use crate::games::{ILLEGAL, Observation};
use crate::world::TickFailure;
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, AgentName, Clock, Decisions, ExpectedScore, LearningHalted, LearningStats, Ledger, Matchmaking, Messages,
    PolicyName, Population, Populations, ReadOut, ReadOutSource, RecordEvery, Rewards, Rules, Selections, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use bevy_ecs::system::SystemParam;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Measures every tick and, where [`Records`] are open, writes it down.
pub struct MetricsPlugin;

impl Plugin for MetricsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Summary>().init_resource::<Window>();
        let mut snapshots = app.world_mut().get_resource_or_init::<Snapshots>();
        snapshots.resource::<Summary>("summary");
        snapshots.resource::<Window>("window");
        snapshots.component::<LearningStats>("learning statistics");
        snapshots.component::<LearningHalted>("halted learning");
        let recording = record_window.run_if(window_is_full);
        app.add_systems(Tick, (enter_tick, recording).chain().in_set(TickSystems::Record));
        let settle = (record_moves, record_messages).chain().in_set(RoundSystems::Settle);
        app.add_systems(Round, settle.run_if(resource_exists::<Records>));
    }
}

/// The open tables of a run.
#[derive(Resource, Debug)]
pub struct Records {
    evolution: RowFile,
    outcomes: RowFile,
    moves: Option<RowFile>,
    messages: Option<RowFile>,
    pairs: Option<RowFile>,
    selections: Option<RowFile>,
    with_exact: bool,
    /// Which of the registered terms have a column.
    terms: Vec<usize>,
}

impl Records {
    /// Creates the tables in `dir`, the optional ones as `tables` asks; `terms` are the terms that have a column of
    /// their own, as (index, name).
    pub fn create(dir: &Path, terms: &[(usize, &str)], tables: Tables) -> io::Result<Self> {
        Self::open(terms, tables, |name, columns| RowFile::create(&dir.join(name), columns))
    }

    /// Opens the tables in `dir` again, each as long as `lengths` says.
    pub fn reopen(
        dir: &Path,
        terms: &[(usize, &str)],
        tables: Tables,
        lengths: &BTreeMap<String, u64>,
    ) -> io::Result<Self> {
        Self::open(terms, tables, |name, _| {
            let length = lengths.get(name).ok_or_else(|| io::Error::other(format!("{name} is new")))?;
            RowFile::reopen(&dir.join(name), *length)
        })
    }

    fn open(
        terms: &[(usize, &str)],
        tables: Tables,
        open: impl Fn(&str, &[String]) -> io::Result<RowFile>,
    ) -> io::Result<Self> {
        let names: Vec<&str> = terms.iter().map(|&(_, name)| name).collect();
        let text = |columns: &[&str]| columns.iter().map(|&column| column.to_string()).collect::<Vec<_>>();
        let optional =
            |wanted: bool, name: &str, columns: Vec<String>| wanted.then(|| open(name, &columns)).transpose();
        let mut columns = evolution_columns(&names);
        if tables.exact {
            columns.extend(text(&EXACT_COLUMNS));
        }
        Ok(Self {
            evolution: open("strategy_evolution.csv", &columns)?,
            outcomes: open("social_outcomes.csv", &text(&OUTCOME_COLUMNS))?,
            moves: optional(tables.moves, "moves.csv", move_columns(&names))?,
            messages: optional(tables.messages, "messages.csv", text(&MESSAGE_COLUMNS))?,
            pairs: optional(tables.pairs, "pairs.csv", text(&PAIR_COLUMNS))?,
            selections: optional(tables.selections, "selections.csv", text(&SELECTION_COLUMNS))?,
            with_exact: tables.exact,
            terms: terms.iter().map(|&(index, _)| index).collect(),
        })
    }

    /// Hands every row to the disk and returns the length of each table's file by its name.
    pub fn settle(&mut self) -> io::Result<BTreeMap<String, u64>> {
        let optional = [&mut self.moves, &mut self.messages, &mut self.pairs, &mut self.selections];
        let files = [&mut self.evolution, &mut self.outcomes].into_iter().chain(optional.into_iter().flatten());
        files.map(|file| Ok((file.name(), file.settle()?))).collect()
    }
}

/// Which tables are written besides the two that always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// `moves.csv`.
    pub moves: bool,
    /// `messages.csv`.
    pub messages: bool,
    /// `pairs.csv`.
    pub pairs: bool,
    /// `selections.csv`.
    pub selections: bool,
    /// [`EXACT_COLUMNS`] in `strategy_evolution.csv`.
    pub exact: bool,
}

/// A table that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct TableError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Notes that `file` could not be written, if it could not; the run stops on the first such error.
fn note(failure: &mut TickFailure, file: &RowFile, result: io::Result<()>) {
    failure.check(result.map_err(|source| TableError { path: file.path().to_path_buf(), source }));
}

/// Writes `rows` to `file` and hands everything to the system.
fn write(failure: &mut TickFailure, file: &mut RowFile, rows: &[Vec<String>]) {
    for row in rows {
        let written = file.write(row);
        note(failure, file, written);
    }
    let flushed = file.flush();
    note(failure, file, flushed);
}

/// Adds the tick to the window.
fn enter_tick(
    tournament: Res<Tournament>,
    ledger: Res<Ledger>,
    matchmaking: Option<Res<Matchmaking>>,
    selections: Res<Selections>,
    agents: Query<(&AgentId, &Population, &ExpectedScore)>,
    mut window: ResMut<Window>,
) {
    window.ledger.absorb(&ledger);
    window.matches += tournament.matches();
    for (agent, _, expected) in &agents {
        window.expect(ledger.accounts.len(), agent.index(), *expected);
    }
    if tournament.seats_per_match == 2 {
        let mut populations = vec![0; ledger.accounts.len()];
        for (agent, population, _) in &agents {
            populations[agent.index()] = population.0;
        }
        let population = |seat: usize| populations[tournament.agents[seat].index()];
        let seated = (0..tournament.matches()).map(|m| (population(2 * m), population(2 * m + 1)));
        add_pairs(&mut window.pairs, seated, &ledger.matches);
    }
    if matchmaking.is_some_and(|matchmaking| matchmaking.0.is_by_choice()) {
        for (selector, selected) in selections.partners.iter().enumerate() {
            window.select(ledger.accounts.len(), selector, selected.index());
        }
    }
}

/// Whether this tick ends a window: its ticks are over, or all of them.
fn window_is_full(clock: Res<Clock>, every: Option<Res<RecordEvery>>) -> bool {
    let every = every.map_or(1, |every| every.0);
    (clock.tick + 1).is_multiple_of(every) || clock.tick + 1 == clock.ticks
}

/// What is recorded of an agent besides its account.
#[derive(QueryData)]
struct Recorded {
    id: &'static AgentId,
    name: &'static AgentName,
    population: &'static Population,
    policy: &'static PolicyName,
    read_out: &'static ReadOut,
    source: &'static ReadOutSource,
    learning: Option<&'static LearningStats>,
}

/// Everybody who is recorded.
#[derive(SystemParam)]
struct Everybody<'w, 's> {
    populations: Res<'w, Populations>,
    agents: Query<'w, 's, Recorded>,
}

/// Where rows go, and where it is noted that one could not be written.
#[derive(SystemParam)]
struct Output<'w> {
    records: Option<ResMut<'w, Records>>,
    failure: ResMut<'w, TickFailure>,
}

/// Makes the rows of the window, hands them to the summary and to the files, and begins a new window.
fn record_window(
    clock: Res<Clock>,
    rules: Res<Rules>,
    tournament: Res<Tournament>,
    everybody: Everybody,
    mut window: ResMut<Window>,
    mut summary: ResMut<Summary>,
    output: Output,
) {
    let Everybody { populations, agents } = everybody;
    let window = std::mem::take(&mut *window);
    let mut agents: Vec<_> = agents.iter().collect();
    agents.sort_by_key(|agent| *agent.id);
    let sources = agents.iter().map(|agent| EvolutionSource {
        names: [&agent.name.0, &populations.0[agent.population.0 as usize], &agent.policy.0],
        account: &window.ledger.accounts[agent.id.index()],
        read_out: &agent.read_out.0,
        read_out_source: *agent.source,
        learning: agent.learning.copied(),
        expected: window.expected[agent.id.index()],
    });
    let mut rows = evolution_rows(clock.tick, &rules, sources);
    summary.add(clock.tick, &rows);
    let Output { records: Some(mut records), mut failure } = output else { return };
    let Records { evolution, outcomes, moves, messages, pairs, selections, with_exact, terms } = &mut *records;
    for row in &mut rows {
        row.terms = terms.iter().map(|&index| row.terms[index]).collect();
    }
    let cells = |row: &EvolutionRow| {
        let mut cells = row.cells();
        if *with_exact {
            cells.extend(row.exact_cells());
        }
        cells
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    write(&mut failure, evolution, &rows);
    let outcome = outcome_row(clock.tick, window.matches, tournament.seats_per_match, &window.ledger);
    write(&mut failure, outcomes, &[outcome.cells()]);
    if let Some(file) = pairs {
        write(&mut failure, file, &pair_rows(clock.tick, &populations.0, &window.pairs));
    }
    if let Some(file) = selections {
        let mut names: Vec<(&str, &str)> = Vec::new();
        for agent in &agents {
            names.push((&agent.name.0, &populations.0[agent.population.0 as usize]));
        }
        write(&mut failure, file, &window.selection_rows(clock.tick, &names));
    }
    for file in moves.iter_mut().chain(messages) {
        write(&mut failure, file, &[]);
    }
}

/// Writes one row per live seat, if moves are asked for.
fn record_moves(
    clock: Res<Clock>,
    rules: Res<Rules>,
    tournament: Res<Tournament>,
    decisions: Res<Decisions>,
    rewards: Res<Rewards>,
    agents: Query<(&AgentId, &AgentName)>,
    output: Output,
) {
    let Output { records: Some(mut records), mut failure } = output else { return };
    let Records { moves: Some(moves), terms, .. } = &mut *records else { return };
    let mut names: Vec<_> = agents.iter().collect();
    names.sort_by_key(|(id, _)| **id);
    let actions = rules.game.actions();
    for live in tournament.live_seats() {
        let action = decisions.0[live.seat];
        let (seen_own, seen_others) = match tournament.seen[live.seat] {
            Observation::Opening => (String::new(), String::new()),
            Observation::Last { own, others } if tournament.seats_per_match == 2 => {
                (actions[usize::from(own)].clone(), actions[usize::from(others)].clone())
            }
            Observation::Last { own, others } => (actions[usize::from(own)].clone(), others.to_string()),
        };
        let mut row = vec![
            clock.tick.to_string(),
            live.match_index.to_string(),
            tournament.round.to_string(),
            (live.seat % tournament.seats_per_match).to_string(),
            names[live.agent.index()].1.0.clone(),
            seen_own,
            seen_others,
            if action == ILLEGAL { "illegal".to_string() } else { actions[usize::from(action)].clone() },
            number(rewards.payoffs[live.seat]),
            number(rewards.total[live.seat]),
        ];
        row.extend(terms.iter().map(|&term| number(rewards.terms[term][live.seat])));
        let written = moves.write(&row);
        note(&mut failure, moves, written);
    }
}

/// Writes one row per live seat that has something to say.
fn record_messages(
    clock: Res<Clock>,
    tournament: Res<Tournament>,
    messages: Res<Messages>,
    agents: Query<(&AgentId, &AgentName)>,
    output: Output,
) {
    let Output { records: Some(mut records), mut failure } = output else { return };
    let Some(file) = &mut records.messages else { return };
    let mut names: Vec<_> = agents.iter().collect();
    names.sort_by_key(|(id, _)| **id);
    for live in tournament.live_seats() {
        let Some(text) = messages.0.get(live.seat).and_then(Option::as_ref) else { continue };
        let row = [
            clock.tick.to_string(),
            live.match_index.to_string(),
            tournament.round.to_string(),
            (live.seat % tournament.seats_per_match).to_string(),
            names[live.agent.index()].1.0.clone(),
            text.clone(),
        ];
        let written = file.write(&row);
        note(&mut failure, file, written);
    }
}
