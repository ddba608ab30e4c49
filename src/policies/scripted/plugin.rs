//! Lets scripted agents decide.

use super::memory_one::play_by;
use super::{MatchView, Moves, Recall, Scripted, Strategy};
use crate::games::ILLEGAL;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Round, Tick, next_policy_place};
use crate::world::{AgentId, Behaviour, Clock, Decisions, Heritage, ReadOut, Roster, Rules, RunSeed, Tournament};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;

/// Plays for every agent that carries [`Scripted`].
pub struct ScriptedPlugin;

impl Plugin for ScriptedPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        let mut heritage = app.world_mut().get_resource_or_init::<Heritage>();
        heritage.component::<Scripted>();
        heritage.numbers(Heritage::STRATEGY, probabilities, play_by);
        app.add_systems(Round, decide_scripted.in_set(place.clone()));
        app.add_systems(Tick, (read_out_scripted, foretell_scripted).in_set(place));
    }
}

/// The probabilities of an agent's memory-one strategy, in the order of [`Recall::ALL`]; `None` if it plays otherwise.
fn probabilities(agent: EntityRef) -> Option<Vec<f64>> {
    let strategy = &agent.get::<Scripted>()?.0;
    Recall::ALL.iter().map(|&recall| strategy.cooperation(recall)).collect()
}

/// Fills the decisions of every live seat whose agent plays by script.
fn decide_scripted(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    rules: Res<Rules>,
    roster: Res<Roster>,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Scripted)>,
    mut decisions: ResMut<Decisions>,
) {
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    let mut strategies: Vec<Option<&dyn Strategy>> = vec![None; roster.0.len()];
    for (agent, scripted) in &agents {
        strategies[agent.index()] = Some(scripted.0.as_ref());
    }
    let mut idle = stream(seed.0, Purpose::Decision, StreamKey::default());
    for live in tournament.live_seats() {
        let Some(strategy) = strategies[live.agent.index()] else { continue };
        let first_seat = tournament.seats_in(live.match_index).start;
        let view = MatchView {
            game: rules.game.as_ref(),
            moves: &moves,
            history: &tournament.history,
            stride: tournament.seats(),
            first_seat,
            seat: live.seat - first_seat,
            round: tournament.round as usize,
            seen: tournament.seen[live.seat],
        };
        decisions.0[live.seat] = if strategy.draws() {
            let key =
                StreamKey { agent: live.agent.0, tick: clock.tick, seat: live.seat as u32, round: tournament.round };
            strategy.decide(&view, &mut stream(seed.0, Purpose::Decision, key))
        } else {
            strategy.decide(&view, &mut idle)
        };
        debug_assert_ne!(decisions.0[live.seat], ILLEGAL, "strategies act legally");
    }
}

/// Publishes the memory-one probabilities of the strategies that have them.
fn read_out_scripted(rules: Res<Rules>, mut agents: Query<(&Scripted, &mut ReadOut), Changed<Scripted>>) {
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    for (scripted, mut read_out) in &mut agents {
        let recalls = (0..rules.observations.len()).map(|i| moves.recall(rules.observations.get(i)));
        let by_memory_one = |recall: Recall| scripted.0.cooperation(recall).unwrap_or(f64::NAN);
        read_out.0 = recalls.map(by_memory_one).collect();
    }
}

/// Publishes how the memory-one strategies act.
fn foretell_scripted(rules: Res<Rules>, mut agents: Query<(&Scripted, &mut Behaviour), Changed<Scripted>>) {
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    for (scripted, mut behaviour) in &mut agents {
        *behaviour = behaviour_of(scripted.0.as_ref(), moves, &rules);
    }
}

/// How `strategy` acts in the game of `rules` by its `moves`; unknown where it depends on more than the last round.
pub fn behaviour_of(strategy: &dyn Strategy, moves: Moves, rules: &Rules) -> Behaviour {
    let recalls = (0..rules.observations.len()).map(|i| moves.recall(rules.observations.get(i)));
    let chances: Option<Vec<f64>> = recalls.map(|recall| strategy.cooperation(recall)).collect();
    chances.map_or_else(Behaviour::default, |chances| {
        let mut table = Vec::new();
        for p in chances {
            let mut row = vec![0.0; rules.game.actions().len() + 1];
            row[usize::from(moves.cooperate)] = p.clamp(0.0, 1.0);
            row[usize::from(moves.defect)] = 1.0 - p.clamp(0.0, 1.0);
            table.extend(row);
        }
        Behaviour::new(1, vec![table])
    })
}
