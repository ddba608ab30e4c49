//! Writes the tables.

use super::rows::EvolutionSource;
use super::{
    OUTCOME_COLUMNS, PAIR_COLUMNS, RowFile, Summary, evolution_columns, evolution_rows, move_columns, outcome_row,
    pair_rows, pair_sums, row_file::number,
};
use crate::games::{ILLEGAL, Observation};
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems};
use crate::world::{
    AgentId, AgentName, Clock, Decisions, LearningStats, Ledger, PolicyName, Population, Populations, ReadOut, Rewards,
    Rules, Tournament,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use std::io;
use std::path::{Path, PathBuf};

/// Measures every tick and, where [`Records`] are open, writes it down.
pub struct MetricsPlugin;

impl Plugin for MetricsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Summary>().init_resource::<WriteFailure>();
        app.add_systems(Tick, record_tick.in_set(TickSystems::Record));
        app.add_systems(Round, record_moves.in_set(RoundSystems::Settle).run_if(resource_exists::<Records>));
    }
}

/// The open tables of a run.
#[derive(Resource, Debug)]
pub struct Records {
    evolution: RowFile,
    outcomes: RowFile,
    moves: Option<RowFile>,
    pairs: Option<RowFile>,
    /// Which of the registered terms have a column.
    terms: Vec<usize>,
}

impl Records {
    /// Creates the tables in `dir`; `terms` are the terms that have a column of their own, as (index, name).
    pub fn create(dir: &Path, terms: &[(usize, &str)], with_moves: bool, with_pairs: bool) -> io::Result<Self> {
        let names: Vec<&str> = terms.iter().map(|&(_, name)| name).collect();
        let outcome_columns = OUTCOME_COLUMNS.map(String::from);
        Ok(Self {
            evolution: RowFile::create(&dir.join("strategy_evolution.csv"), &evolution_columns(&names))?,
            outcomes: RowFile::create(&dir.join("social_outcomes.csv"), &outcome_columns)?,
            moves: with_moves.then(|| RowFile::create(&dir.join("moves.csv"), &move_columns(&names))).transpose()?,
            pairs: with_pairs
                .then(|| RowFile::create(&dir.join("pairs.csv"), &PAIR_COLUMNS.map(String::from)))
                .transpose()?,
            terms: terms.iter().map(|&(index, _)| index).collect(),
        })
    }
}

/// The first error in writing a table; the run stops on it.
#[derive(Resource, Debug, Default)]
pub struct WriteFailure(pub Option<(PathBuf, io::Error)>);

impl WriteFailure {
    fn note(&mut self, file: &RowFile, result: io::Result<()>) {
        if let Err(error) = result
            && self.0.is_none()
        {
            self.0 = Some((file.path().to_path_buf(), error));
        }
    }
}

/// Makes the rows of the tick, hands them to the summary and to the files.
fn record_tick(
    clock: Res<Clock>,
    rules: Res<Rules>,
    tournament: Res<Tournament>,
    ledger: Res<Ledger>,
    populations: Res<Populations>,
    agents: Query<(&AgentId, &AgentName, &Population, &PolicyName, &ReadOut, Option<&LearningStats>)>,
    records: Option<ResMut<Records>>,
    mut summary: ResMut<Summary>,
    mut failure: ResMut<WriteFailure>,
) {
    let mut agents: Vec<_> = agents.iter().collect();
    agents.sort_by_key(|(id, ..)| **id);
    let sources = agents.iter().map(|(id, name, population, policy, read_out, learning)| EvolutionSource {
        names: [&name.0, &populations.0[population.0 as usize], &policy.0],
        account: &ledger.accounts[id.index()],
        read_out: &read_out.0,
        learning: learning.copied(),
    });
    let mut rows = evolution_rows(clock.tick, &rules, sources);
    summary.add(clock.tick, &rows);
    let Some(mut records) = records else { return };
    let records = &mut *records;
    for row in &mut rows {
        row.terms = records.terms.iter().map(|&index| row.terms[index]).collect();
        let written = records.evolution.write(&row.cells());
        failure.note(&records.evolution, written);
    }
    let outcome = outcome_row(clock.tick, tournament.matches(), tournament.seats_per_match, &ledger);
    let written = records.outcomes.write(&outcome.cells());
    failure.note(&records.outcomes, written);
    if let Some(file) = &mut records.pairs
        && tournament.seats_per_match == 2
    {
        let population = |seat: usize| agents[tournament.agents[seat].index()].2.0;
        let seated = (0..tournament.matches()).map(|m| (population(2 * m), population(2 * m + 1)));
        for row in pair_rows(clock.tick, &populations.0, &pair_sums(seated, &ledger.matches)) {
            let written = file.write(&row);
            failure.note(file, written);
        }
    }
    let always = [&mut records.evolution, &mut records.outcomes];
    for file in always.into_iter().chain(&mut records.moves).chain(&mut records.pairs) {
        let flushed = file.flush();
        failure.note(file, flushed);
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
    mut records: ResMut<Records>,
    mut failure: ResMut<WriteFailure>,
) {
    let records = &mut *records;
    let Some(moves) = &mut records.moves else { return };
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
        row.extend(records.terms.iter().map(|&term| number(rewards.terms[term][live.seat])));
        let written = moves.write(&row);
        failure.note(moves, written);
    }
}
