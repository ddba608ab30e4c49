//! Lets scripted agents decide.

use super::behaviour::{behaviour_of, chance};
use super::by_match::ByMatch;
use super::memory_one::vector::play_by;
use super::seat::SeatMemory;
use super::strategy::happens;
use super::{MatchView, Moves, Recall, Scripted, Strategy};
use crate::games::ILLEGAL;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Round, Tick, next_policy_place};
use crate::world::{
    AgentId, Behaviour, Decisions, Heritage, PlaysByMatch, ReadOut, Roster, Rules, Setting, Tournament,
    scripts_play_by_match,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use std::sync::Arc;

/// Plays for every agent that carries [`Scripted`].
pub struct ScriptedPlugin;

impl Plugin for ScriptedPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        let mut heritage = app.world_mut().get_resource_or_init::<Heritage>();
        heritage.component::<Scripted>();
        heritage.numbers(Heritage::STRATEGY, probabilities, play_by);
        app.add_systems(Round, decide_scripted.in_set(place.clone()));
        let seat_scripted = seat_scripted.run_if(scripts_play_by_match);
        app.add_systems(Tick, (read_out_scripted, foretell_scripted, seat_scripted).in_set(place));
    }
}

/// The probabilities of an agent's memory-one strategy, in the order of [`Recall::ALL`]; `None` if it plays otherwise.
fn probabilities(agent: EntityRef) -> Option<Vec<f64>> {
    let strategy = &agent.get::<Scripted>()?.0;
    Recall::ALL.iter().map(|&recall| strategy.cooperation(recall)).collect()
}

/// What strategies keep of the matches of a tick.
#[derive(Default)]
struct Memories {
    tick: Option<u32>,
    /// For each seat; `None` until its agent decides for the first time in this tick.
    seats: Vec<Option<SeatMemory>>,
}

impl Memories {
    /// Forgets everything where `tick` is another than before, or `round` is its first.
    fn turn(&mut self, tick: u32, round: u32, seats: usize) {
        if self.tick != Some(tick) || round == 0 {
            self.tick = Some(tick);
            self.seats.clear();
            self.seats.resize_with(seats, || None);
        }
    }

    /// Probability of cooperation of `strategy`, which keeps what it needs of the match, in the seat of number `seat`,
    /// from which the match looks like `view`; `None` if it keeps nothing.
    fn chance(&mut self, seat: usize, strategy: &dyn Strategy, view: &MatchView) -> Option<f64> {
        self.seats[seat].get_or_insert_with(|| SeatMemory::of(strategy)).chance(view)
    }
}

/// Fills the decisions of every live seat whose agent plays by script.
fn decide_scripted(
    mut memories: Local<Memories>,
    setting: Setting,
    roster: Res<Roster>,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Scripted)>,
    mut decisions: ResMut<Decisions>,
) {
    let Setting { seed, clock, rules } = setting;
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    // Each with whether it ever draws.
    let mut strategies: Vec<Option<(&dyn Strategy, bool)>> = vec![None; roster.0.len()];
    for (agent, scripted) in &agents {
        strategies[agent.index()] = Some((scripted.0.as_ref(), scripted.0.draws()));
    }
    let mut idle = stream(seed.0, Purpose::Decision, StreamKey::default());
    memories.turn(clock.tick, tournament.round, tournament.seats());
    for live in tournament.live_seats() {
        let Some((strategy, may_draw)) = strategies[live.agent.index()] else { continue };
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
            others_good: rules.reputation.as_ref().map(|rules_of| rules_of.norm.is_good(tournament.told[live.seat])),
        };
        let key = StreamKey { agent: live.agent.0, tick: clock.tick, seat: live.seat as u32, round: tournament.round };
        let draws = || stream(seed.0, Purpose::Decision, key);
        decisions.0[live.seat] = match memories.chance(live.seat, strategy, &view) {
            Some(p) if p > 0.0 && p < 1.0 => moves.action(happens(p, &mut draws())),
            Some(p) => moves.action(p >= 1.0),
            None if may_draw => strategy.decide(&view, &mut draws()),
            None => strategy.decide(&view, &mut idle),
        };
        debug_assert_ne!(decisions.0[live.seat], ILLEGAL, "strategies act legally");
    }
}

/// What was made of the strategy that was asked last: members of a population follow each other and share theirs.
struct Last<T>(Option<(Arc<dyn Strategy>, T)>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Last<T> {
    /// What `make` makes of `strategy`.
    fn of(&mut self, strategy: &Arc<dyn Strategy>, make: impl FnOnce(&Arc<dyn Strategy>) -> T) -> &T {
        let known = self.0.take().filter(|(last, _)| Arc::ptr_eq(last, strategy));
        &self.0.insert(known.unwrap_or_else(|| (strategy.clone(), make(strategy)))).1
    }
}

/// Publishes the memory-one probabilities of the strategies that have them.
fn read_out_scripted(rules: Res<Rules>, mut agents: Query<(&Scripted, &mut ReadOut), Changed<Scripted>>) {
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    let mut last = Last::default();
    for (scripted, mut read_out) in &mut agents {
        let all = |strategy: &Arc<dyn Strategy>| -> Vec<f64> {
            let by_memory_one = |i: usize| chance(strategy.as_ref(), moves, &rules, i).unwrap_or(f64::NAN);
            (0..rules.observations.len()).map(by_memory_one).collect()
        };
        read_out.0.clone_from(last.of(&scripted.0, all));
    }
}

/// Publishes how the memory-one strategies act.
fn foretell_scripted(rules: Res<Rules>, mut agents: Query<(&Scripted, &mut Behaviour), Changed<Scripted>>) {
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    let mut last = Last::default();
    for (scripted, mut behaviour) in &mut agents {
        behaviour.clone_from(last.of(&scripted.0, |strategy| behaviour_of(strategy.as_ref(), moves, &rules)));
    }
}

/// Lets agents play their matches one by one.
fn seat_scripted(rules: Res<Rules>, mut agents: Query<(&Scripted, &mut PlaysByMatch), Changed<Scripted>>) {
    let Some(moves) = Moves::of(rules.game.as_ref()) else { return };
    let mut last = Last::default();
    for (scripted, mut plays) in &mut agents {
        let seated = |strategy: &Arc<dyn Strategy>| Arc::new(ByMatch::new(strategy.clone(), moves, &rules));
        let seated: &Arc<ByMatch> = last.of(&scripted.0, seated);
        plays.0 = Some(seated.clone());
    }
}
