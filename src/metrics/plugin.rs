//! Measures ticks, and hands their rows to the tables.

use super::evolution::{EvolutionRow, memory_one};
use super::generations::GenerationRow;
use super::moves::{MessageRow, MoveRow, SeatRow};
use super::outcomes::OutcomeRow;
use super::pairs::{add_pairs, pair_rows};
use super::records::{Records, Texts};
use super::selections::{Party, selection_rows};
use super::summary::{Member, PopulationSummary, Summary, summarise};
use super::window::Window;
use crate::world::schedule::{Round, RoundSystems, Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    AgentId, AgentName, Chronicle, Clock, Completions, Decisions, ExpectedScore, LearningHalted, LearningStats, Ledger,
    Matchmaking, Messages, PolicyName, Population, Populations, ReadOut, ReadOutSource, RecordEvery, Rewards, Rules,
    Selections, TickFailure, Tournament, Workers,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::query::QueryData;
use bevy_ecs::system::SystemParam;
use std::io;

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
        app.add_systems(Tick, (count_last_ticks, enter_tick, recording).chain().in_set(TickSystems::Record));
        let generations = record_generations.run_if(resource_exists::<Completions>);
        let settle = (record_moves, record_messages, generations).chain().in_set(RoundSystems::Settle);
        app.add_systems(Round, settle.run_if(resource_exists::<Records>));
        let evolved = record_evolution.run_if(resource_exists::<Records>).run_if(resource_exists::<Chronicle>);
        app.add_systems(Tick, evolved.in_set(TickSystems::RecordEvolution));
    }
}

/// Counts what the last ticks of the run bring, for the table at its end.
fn count_last_ticks(
    clock: Res<Clock>,
    ledger: Res<Ledger>,
    workers: Option<Res<Workers>>,
    mut summary: ResMut<Summary>,
) {
    summary.count(&clock, &ledger.accounts, workers.as_deref());
}

/// Adds the tick to the window.
fn enter_tick(
    tournament: Res<Tournament>,
    ledger: Res<Ledger>,
    matchmaking: Option<Res<Matchmaking>>,
    selections: Res<Selections>,
    (names, workers): (Res<Populations>, Option<Res<Workers>>),
    agents: Query<(&AgentId, &Population, &ExpectedScore)>,
    mut window: ResMut<Window>,
) {
    let (workers, count) = (workers.as_deref(), ledger.accounts.len());
    let Window { ledger: sums, matches, expected, pairs, .. } = &mut *window;
    *matches += tournament.matches();
    let add_agents = || {
        let mut populations = vec![0; count];
        expected.resize(count, ExpectedScore::ZERO);
        for (agent, population, score) in &agents {
            populations[agent.index()] = population.0;
            expected[agent.index()].add(*score, 1.0);
        }
        if tournament.seats_per_match == 2 {
            // Looked up before any is used, since agents lie anywhere in memory.
            let seated: Vec<u32> = tournament.agents.iter().map(|agent| populations[agent.index()]).collect();
            let seated = seated.chunks_exact(2).map(|seats| (seats[0], seats[1]));
            add_pairs(pairs, names.0.len(), seated, &ledger.matches);
        }
    };
    Workers::both(workers, count, || sums.absorb(&ledger, workers), add_agents);
    if matchmaking.is_some_and(|matchmaking| matchmaking.0.is_by_choice()) {
        for (selector, selected) in selections.partners.iter().enumerate() {
            window.select(ledger.accounts.len(), selector, selected.index());
        }
    }
}

/// Whether this tick ends a window: it is the window's last, or the run's.
fn window_is_full(clock: Res<Clock>, every: Option<Res<RecordEvery>>) -> bool {
    let every = every.map_or(1, |every| every.0);
    (clock.tick + 1).is_multiple_of(every) || clock.tick + 1 == clock.ticks
}

/// The recorded data of an agent, besides its account.
#[derive(QueryData)]
struct Recorded {
    entity: EntityRef<'static>,
    id: &'static AgentId,
    name: &'static AgentName,
    population: &'static Population,
    policy: &'static PolicyName,
    read_out: &'static ReadOut,
    source: &'static ReadOutSource,
    learning: Option<&'static LearningStats>,
}

/// Makes the rows of the window, hands them to the summary and to the files, and begins a new window. It has exclusive
/// access to the world, because the columns of plugins may read anything.
fn record_window(world: &mut World, mut agents: Local<QueryState<Recorded>>) {
    let window = std::mem::take(&mut *world.resource_mut::<Window>());
    let (populations, texts) = read_window(world, &window, &mut agents);
    let seats = world.resource::<Rules>().game.seats();
    let mut summary = world.resource_mut::<Summary>();
    (summary.populations, summary.seats) = (populations, seats);
    let Some(texts) = texts.and_then(|texts| world.resource_mut::<TickFailure>().check(texts)) else { return };
    let Some(mut records) = world.get_resource_mut::<Records>() else { return };
    let written = records.write(texts);
    world.resource_mut::<TickFailure>().check(written);
}

/// Agents whose rows are made by one thread in a row.
const PIECE: usize = 1024;

/// The rows of some agents, and what they add to the summary.
struct Piece<'a, A> {
    agents: &'a [A],
    members: Vec<(&'a str, Member)>,
    csv: io::Result<Vec<u8>>,
}

/// What agents' rows are made of.
#[derive(Clone, Copy)]
struct Source<'a> {
    world: &'a World,
    tick: u32,
    rules: &'a Rules,
    populations: &'a [String],
    window: &'a Window,
}

impl<'a> Source<'a> {
    /// The data behind the row of `agent`.
    fn row(&self, agent: &RecordedItem<'a, '_>) -> EvolutionRow<'a> {
        EvolutionRow {
            world: self.world,
            agent: agent.entity,
            tick: self.tick,
            name: &agent.name.0,
            population: &self.populations[agent.population.0 as usize],
            policy: &agent.policy.0,
            account: &self.window.ledger.accounts[agent.id.index()],
            p_cooperate: memory_one(self.rules, &agent.read_out.0),
            read_out_source: *agent.source,
            learning: agent.learning.copied(),
            expected: self.window.expected[agent.id.index()],
        }
    }

    /// `agent` as one that picks or is picked.
    fn party(&self, agent: &RecordedItem<'a, '_>) -> Party<'a> {
        Party { name: &agent.name.0, population: &self.populations[agent.population.0 as usize] }
    }
}

/// The populations in the window for the summary, and its rows if there are tables.
fn read_window(
    world: &World,
    window: &Window,
    agents: &mut QueryState<Recorded>,
) -> (Vec<PopulationSummary>, Option<io::Result<Texts>>) {
    let source = Source {
        world,
        tick: world.resource::<Clock>().tick,
        rules: world.resource::<Rules>(),
        populations: &world.resource::<Populations>().0,
        window,
    };
    let Source { tick, populations, .. } = source;
    let (records, accounts) = (world.get_resource::<Records>(), &world.resource::<Summary>().accounts);
    let mut agents: Vec<_> = agents.iter(world).collect();
    agents.sort_by_key(|agent| *agent.id);
    let piece = |agents| Piece { agents, members: Vec::new(), csv: Ok(Vec::new()) };
    let mut pieces: Vec<Piece<_>> = agents.chunks(PIECE).map(piece).collect();
    let fill = |piece: &mut Piece<_>| {
        let rows: Vec<EvolutionRow> = piece.agents.iter().map(|agent| source.row(agent)).collect();
        let first = piece.agents.first().map_or(0, |agent| agent.id.index());
        let members = rows.iter().zip(first..);
        piece.members = members.map(|(row, number)| (row.population, Member::of(row, accounts.get(number)))).collect();
        if let Some(records) = records {
            piece.csv = records.agents(&rows);
        }
    };
    match world.get_resource::<Workers>() {
        Some(workers) => workers.each(&mut pieces, fill),
        None => pieces.iter_mut().for_each(fill),
    }
    let (members, csv): (Vec<_>, Vec<_>) = pieces.into_iter().map(|piece| (piece.members, piece.csv)).unzip();
    let texts = records.map(|records| {
        let seats_per_match = world.resource::<Tournament>().seats_per_match;
        let together = OutcomeRow { world, tick, matches: window.matches, seats_per_match, ledger: &window.ledger };
        let parties: Vec<Party> = agents.iter().map(|agent| source.party(agent)).collect();
        let pairs = pair_rows(tick, populations, &window.pairs);
        let selections = selection_rows(tick, &parties, &window.selections);
        records.texts(csv.into_iter().collect::<io::Result<_>>()?, together, pairs, selections)
    });
    (summarise(members.into_iter().flatten()), texts)
}

/// Writes down what evolution did, if anything.
fn record_evolution(
    chronicle: Res<Chronicle>,
    names: Query<(&AgentId, &AgentName)>,
    mut records: ResMut<Records>,
    mut failure: ResMut<TickFailure>,
) {
    if let Some(types) = records.types.as_mut().filter(|_| !chronicle.types.is_empty()) {
        failure.check(types.write(chronicle.types.iter()));
        failure.check(types.flush());
    }
    if let Some(genealogy) = records.genealogy.as_mut().filter(|_| !chronicle.births.is_empty()) {
        let mut sorted: Vec<_> = names.iter().collect();
        sorted.sort_by_key(|(id, _)| **id);
        failure.check(genealogy.write(chronicle.births.iter().map(|row| (row, &*sorted[row.agent.index()].1.0))));
        failure.check(genealogy.flush());
    }
}

/// The round that was just played, and the agents in it.
#[derive(SystemParam)]
struct Played<'w, 's> {
    clock: Res<'w, Clock>,
    tournament: Res<'w, Tournament>,
    agents: Query<'w, 's, (&'static AgentId, &'static AgentName)>,
}

impl Played<'_, '_> {
    /// The seats that played it.
    fn seats(&self) -> impl Iterator<Item = SeatRow<'_>> {
        let mut names: Vec<_> = self.agents.iter().collect();
        names.sort_by_key(|(id, _)| **id);
        let (tick, tournament) = (self.clock.tick, &*self.tournament);
        tournament.live_seats().map(move |live| {
            let name = |agent: AgentId| &*names[agent.index()].1.0;
            // The two seats of a match are neighbours, the first with an even number.
            let opponent = (tournament.seats_per_match == 2).then(|| name(tournament.agents[live.seat ^ 1]));
            SeatRow { tick, tournament, live, agent: name(live.agent), opponent }
        })
    }
}

/// Writes one row per live seat, if moves are to be recorded.
fn record_moves(
    played: Played,
    rules: Res<Rules>,
    decisions: Res<Decisions>,
    rewards: Res<Rewards>,
    mut records: ResMut<Records>,
    mut failure: ResMut<TickFailure>,
) {
    let Some(moves) = &mut records.moves else { return };
    let row = |seat| MoveRow { seat, rules: &rules, decisions: &decisions, rewards: &rewards };
    failure.check(moves.write(played.seats().map(row)));
}

/// Writes one row per live seat that has something to say.
fn record_messages(
    played: Played,
    messages: Res<Messages>,
    mut records: ResMut<Records>,
    mut failure: ResMut<TickFailure>,
) {
    let Some(sheet) = &mut records.messages else { return };
    let text = |seat: SeatRow| messages.0.get(seat.live.seat)?.as_ref();
    let rows = played.seats().filter_map(|seat| Some(MessageRow { seat, text: text(seat)? }));
    failure.check(sheet.write(rows));
}

/// Writes one row per live seat whose agent wrote its answer.
fn record_generations(
    played: Played,
    rules: Res<Rules>,
    completions: Res<Completions>,
    mut records: ResMut<Records>,
    mut failure: ResMut<TickFailure>,
) {
    let Some(sheet) = &mut records.generations else { return };
    let completion = |seat: SeatRow| completions.0.get(seat.live.seat)?.as_ref();
    let rows = played.seats().filter_map(|seat| {
        let completion = completion(seat)?;
        Some(GenerationRow { seat, rules: &rules, completion })
    });
    failure.check(sheet.write(rows));
}
