//! Asks servers for tables before the first tick is played and for completions in every round, and plays by them.

use super::ask::Approach;
use super::labels::log_probs;
use crate::games::{Action, ILLEGAL};
use crate::policies::llm::generate::{cut, parse};
use crate::policies::llm::prompt::listing::draw_listing;
use crate::policies::llm::{DecisionTable, behaviour, draw, fixed_table, read_out};
use crate::remote::{Desk, Occasion, Question, RemoteError, Reply};
use crate::rng::{Purpose, Stream, stream};
use crate::world::schedule::{Round, Tick, TickSystems, next_policy_place};
use crate::world::{
    AgentId, AgentName, Behaviour, Decisions, LearnsByRound, ReadOut, ReadOutSource, Rules, Setting, TickFailure,
    Tournament, Turn,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use rand::RngExt;
use std::sync::Arc;

/// Plays for every agent that is a [`RemotePlayer`].
pub struct RemotePlugin;

impl Plugin for RemotePlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        let is_there = resource_exists::<RemoteDesk>;
        let get_ready = (ask_for_tables, forget_counts).chain();
        app.add_systems(Tick, get_ready.in_set(place.clone()).run_if(is_there));
        app.add_systems(Round, (decide_by_table, decide_by_completion).chain().in_set(place).run_if(is_there));
        app.add_systems(Tick, publish_counts.in_set(TickSystems::ReadOut).run_if(is_there));
    }
}

/// Where servers are asked.
#[derive(Resource, Clone, Debug)]
pub struct RemoteDesk(pub Arc<Desk>);

/// A player that a server decides for.
#[derive(Component, Debug)]
pub struct RemotePlayer {
    /// How it is asked; shared by its population.
    pub approach: Arc<Approach>,
    /// What it plays by, once its server was asked; `None` before, and where completions are asked for.
    pub table: Option<Arc<DecisionTable>>,
    /// Cooperative decisions and all decisions of the tick after each observation, where completions are asked for.
    counts: Vec<(f64, f64)>,
}

impl RemotePlayer {
    /// A player that has not been asked anything.
    pub fn new(approach: Arc<Approach>) -> Self {
        Self { approach, table: None, counts: Vec::new() }
    }
}

/// Makes the table of every player that has none yet.
fn ask_for_tables(
    desk: Res<RemoteDesk>,
    rules: Res<Rules>,
    mut failure: ResMut<TickFailure>,
    mut players: Query<(&AgentId, &AgentName, &mut RemotePlayer, &mut ReadOut, &mut Behaviour)>,
) {
    let mut due: Vec<_> =
        players.iter_mut().filter(|(_, _, player, ..)| player.table.is_none() && player.approach.has_table()).collect();
    due.sort_by_key(|(agent, ..)| **agent);
    let mut tables: Vec<(Arc<Approach>, Arc<DecisionTable>)> = Vec::new();
    for (_, name, player, read, how) in &mut due {
        let known = tables.iter().find(|(approach, _)| Arc::ptr_eq(approach, &player.approach));
        let table = match known {
            Some((_, table)) => table.clone(),
            None => {
                let Some(table) = failure.check(table(&desk.0, &player.approach, &rules, &name.0)) else { return };
                let table = Arc::new(table);
                tables.push((player.approach.clone(), table.clone()));
                table
            }
        };
        read.0 = read_out(&rules, &player.approach.wordings, &table.policy);
        **how = behaviour(&rules, &player.approach.wordings, &table.policy);
        player.table = Some(table);
    }
}

/// The table of players that are asked so.
fn table(desk: &Desk, approach: &Approach, rules: &Rules, whose: &str) -> Result<DecisionTable, RemoteError> {
    let question = |index| Question {
        endpoint: &approach.endpoint,
        request: approach.for_table(index, rules),
        occasion: None,
        whose,
    };
    let questions: Vec<Question> = (0..approach.wordings.len()).map(question).collect();
    let replies = desk.ask(&questions)?;
    let config = &approach.wordings.config;
    let mut raw = Vec::with_capacity(replies.len() * config.labels.len());
    for reply in &replies {
        let positions = reply.positions.as_deref().unwrap_or_default();
        let found = log_probs(positions, &config.labels, &approach.config.log_probs);
        raw.extend(found.map_err(|problem| RemoteError::Answer {
            whose: whose.to_owned(),
            url: approach.endpoint.address.to_string(),
            problem,
        })?);
    }
    Ok(fixed_table(&approach.wordings, raw))
}

/// Empties what is counted during a tick.
fn forget_counts(rules: Res<Rules>, mut players: Query<&mut RemotePlayer>) {
    for mut player in players.iter_mut().filter(|player| !player.approach.has_table()) {
        player.counts = vec![(0.0, 0.0); rules.observations.len()];
    }
}

/// Draws an outcome for every live seat of every player with a table.
fn decide_by_table(
    setting: Setting,
    tournament: Res<Tournament>,
    players: Query<(&AgentId, &RemotePlayer)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, player) in &players {
        let Some(table) = &player.table else { continue };
        for turn in tournament.live_seats_of(*agent) {
            let (_, action) = draw(&player.approach.wordings, table, &setting, &tournament, &turn);
            decisions.0[turn.seat] = action;
        }
    }
}

/// The prompt that a player reads in a seat, and the stream of what is drawn for its completion.
fn seat(player: &RemotePlayer, setting: &Setting, tournament: &Tournament, turn: &Turn) -> (usize, Stream) {
    let wordings = &player.approach.wordings;
    let key = tournament.key(setting.clock.tick, turn.seat);
    let (label_order, row_order) = draw_listing(wordings, setting.seed.0, key, turn.slot);
    let observation = turn.observation(&setting.rules);
    let prompt = wordings.index(turn.position, label_order, row_order, observation);
    (prompt, stream(setting.seed.0, Purpose::Generation, key))
}

/// Asks for a completion for every live seat of every player without a table, and reads it.
fn decide_by_completion(
    setting: Setting,
    tournament: Res<Tournament>,
    desk: Res<RemoteDesk>,
    mut failure: ResMut<TickFailure>,
    mut players: Query<(&AgentId, &AgentName, &mut RemotePlayer)>,
    mut decisions: ResMut<Decisions>,
) {
    // The rounds of a tick go on after a failure, and none of them should ask anything more.
    if !failure.is_none() {
        return;
    }
    let mut speaking: Vec<_> = players.iter_mut().filter(|(_, _, player)| !player.approach.has_table()).collect();
    speaking.sort_by_key(|(agent, ..)| **agent);
    let (mut questions, mut turns) = (Vec::new(), Vec::new());
    for (number, (agent, name, player)) in speaking.iter().enumerate() {
        for turn in tournament.live_seats_of(**agent) {
            let (prompt, mut draws) = seat(player, &setting, &tournament, &turn);
            // Some servers take 32 bits with a sign, and one takes all ones for no seed.
            let seed = draws.random::<u32>() >> 1;
            let (tick, round) = (setting.clock.tick, tournament.round);
            questions.push(Question {
                endpoint: &player.approach.endpoint,
                request: player.approach.for_decision(prompt, &setting.rules, seed),
                occasion: Some(Occasion { tick, round, seat: turn.seat as u32 }),
                whose: &name.0,
            });
            turns.push((number, turn));
        }
    }
    if questions.is_empty() {
        return;
    }
    let Some(replies) = failure.check(desk.0.ask(&questions)) else { return };
    drop(questions);
    for ((number, turn), reply) in turns.into_iter().zip(replies) {
        let player = &mut speaking[number].2;
        let action = action(&player.approach, &reply);
        decisions.0[turn.seat] = action;
        let (cooperations, all) = &mut player.counts[turn.observation(&setting.rules)];
        *all += 1.0;
        if action != ILLEGAL && setting.rules.game.cooperative(action) {
            *cooperations += 1.0;
        }
    }
}

/// What a completion names.
fn action(approach: &Approach, reply: &Reply) -> Action {
    let config = &approach.wordings.config;
    parse(cut(&reply.text, &config.generation.stop), &config.labels).unwrap_or(ILLEGAL)
}

/// Publishes the shares of cooperation of players without a table; NaN after observations that were not met.
fn publish_counts(mut players: Query<(&RemotePlayer, &mut ReadOut, &mut ReadOutSource), Without<LearnsByRound>>) {
    for (player, mut read_out, mut source) in players.iter_mut().filter(|(player, ..)| !player.approach.has_table()) {
        source.set_if_neq(ReadOutSource::Counted);
        read_out.0 = player.counts.iter().map(|(cooperations, all)| cooperations / all).collect();
    }
}
