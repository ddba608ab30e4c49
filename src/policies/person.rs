//! A person as a policy: before every round it is asked what to do, and after it told what came of it.
//!
//! The policy knows nothing of terminals: a command puts a [`Console`] into it, and gives an agent to a
//! person by the name [`PERSON`], as a scenario gives one to a plugin's policy.

use super::llm::generate::talk::{quote, say};
use crate::games::{Action, Observation};
use crate::world::schedule::{Round, RoundSystems, next_policy_place};
use crate::world::snapshot::Snapshots;
use crate::world::{AgentId, Clock, Decisions, Factories, Messages, PolicyName, Rewards, Rules, Tournament};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// The name by which an agent is given to a person.
pub const PERSON: &str = "person";

/// Longest message of a person, in characters.
const MESSAGE_CHARACTERS: usize = 160;

/// What a person knows before it acts.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation<'a> {
    /// The match, counted from 0: the tick.
    pub tick: u32,
    /// The round, from 0.
    pub round: u32,
    /// What the person sees of the last round.
    pub seen: Observation,
    /// What the co-player is known for, in words that follow "has"; `None` where there are no reputations.
    pub known_for: Option<String>,
    /// What the co-player has just said.
    pub heard: Option<&'a str>,
}

/// What came of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<'a> {
    /// The actions as played, the person's first; [`crate::games::ILLEGAL`] where a completion named none.
    pub actions: [Action; 2],
    /// What the game paid, the person first.
    pub payoffs: [f64; 2],
    /// The round, from 0.
    pub round: u32,
    /// The tick.
    pub tick: u32,
    /// Whether it was the last of its match.
    pub is_last: bool,
    /// What the co-player said before it.
    pub heard: Option<&'a str>,
}

/// Where a person sits.
pub trait Console: Send + Sync {
    /// Asks for a message to the co-player; `None`: nothing is said.
    fn speak(&mut self, situation: &Situation) -> Option<String>;

    /// Asks for an action; `None`: the person leaves, and the match ends with the rounds played so far.
    fn act(&mut self, situation: &Situation) -> Option<Action>;

    /// Tells what came of the round.
    fn tell(&mut self, outcome: &Outcome);
}

/// The console of the only person in the world.
#[derive(Resource)]
pub struct Seated(pub Box<dyn Console>);

/// An agent that is a person.
#[derive(Component, Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {}

/// Lets a person play in games of two.
pub struct PersonPlugin;

impl Plugin for PersonPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.add_systems(Round, speak.in_set(RoundSystems::Talk).after(say));
        app.add_systems(Round, act.in_set(place));
        app.add_systems(Round, tell.in_set(RoundSystems::Settle));
        let about = "A person, who is asked before every round (`sim play`).";
        app.world_mut().resource_mut::<Factories>().add_policy(PERSON, about, |person: Person, agent| {
            agent.insert((person, PolicyName(PERSON.into())));
            Ok(())
        });
        // Nothing of a person can be kept in a checkpoint.
        app.world_mut().resource_mut::<Snapshots>().covers(PERSON);
    }
}

/// Lets the person say something where co-players talk. They have written their messages, and the person has not seen
/// them.
fn speak(
    (clock, rules): (Res<Clock>, Res<Rules>),
    tournament: Res<Tournament>,
    people: Query<&AgentId, With<Person>>,
    mut console: ResMut<Seated>,
    mut messages: ResMut<Messages>,
) {
    if messages.0.is_empty() {
        return;
    }
    for agent in &people {
        for turn in tournament.live_seats_of(*agent) {
            let known_for = known_for(&rules, turn.told);
            let situation =
                Situation { tick: clock.tick, round: tournament.round, seen: turn.seen, known_for, heard: None };
            let said = console.0.speak(&situation).map(|text| quote(&text, MESSAGE_CHARACTERS));
            messages.0[turn.seat] = said.filter(|text| !text.is_empty());
        }
    }
}

/// What a co-player with the reputation `told` is known for.
fn known_for(rules: &Rules, told: u8) -> Option<String> {
    rules.reputation.as_ref().map(|reputation| reputation.norm.in_words(told))
}

/// Asks for an action in every live seat of the person.
fn act(
    (clock, rules): (Res<Clock>, Res<Rules>),
    people: Query<&AgentId, With<Person>>,
    messages: Res<Messages>,
    mut tournament: ResMut<Tournament>,
    mut console: ResMut<Seated>,
    mut decisions: ResMut<Decisions>,
) {
    for agent in &people {
        let turns: Vec<_> = tournament.live_seats_of(*agent).collect();
        for turn in turns {
            let heard = other(&tournament, turn.seat).and_then(|seat| messages.said(seat));
            let known_for = known_for(&rules, turn.told);
            let situation = Situation { tick: clock.tick, round: tournament.round, seen: turn.seen, known_for, heard };
            match console.0.act(&situation) {
                Some(action) => decisions.0[turn.seat] = action,
                None => tournament.rounds[turn.match_index] = tournament.round,
            }
        }
    }
}

/// Tells the person what came of the round in each of its matches.
fn tell(
    clock: Res<Clock>,
    people: Query<&AgentId, With<Person>>,
    (tournament, messages): (Res<Tournament>, Res<Messages>),
    decisions: Res<Decisions>,
    rewards: Res<Rewards>,
    mut console: ResMut<Seated>,
) {
    for agent in &people {
        for turn in tournament.live_seats_of(*agent) {
            let Some(other) = other(&tournament, turn.seat) else { continue };
            let seats = [turn.seat, other];
            console.0.tell(&Outcome {
                actions: seats.map(|seat| decisions.0[seat]),
                payoffs: seats.map(|seat| rewards.payoffs[seat]),
                round: tournament.round,
                tick: clock.tick,
                is_last: tournament.round + 1 == tournament.rounds[turn.match_index],
                heard: messages.said(other),
            });
        }
    }
}

/// The other seat of a match of two.
fn other(tournament: &Tournament, seat: usize) -> Option<usize> {
    tournament.seats_in(tournament.match_of(seat)).find(|&other| other != seat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{RunOptions, Simulation};
    use std::sync::{Arc, Mutex};

    /// Defects until it is defected on, then leaves.
    struct Scripted(Arc<Mutex<Vec<String>>>);

    impl Console for Scripted {
        fn speak(&mut self, _: &Situation) -> Option<String> {
            None
        }

        fn act(&mut self, situation: &Situation) -> Option<Action> {
            self.0.lock().unwrap().push(format!("{} {:?}", situation.round, situation.seen));
            (situation.seen != Observation::Last { own: 1, others: 1 }).then_some(1)
        }

        fn tell(&mut self, outcome: &Outcome) {
            self.0.lock().unwrap().push(format!("{:?} {:?} {}", outcome.actions, outcome.payoffs, outcome.is_last));
        }
    }

    #[test]
    fn a_person_is_asked_and_told_and_may_leave() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut simulation = Simulation::new();
        simulation.app.add_plugins(PersonPlugin);
        simulation.app.insert_resource(Seated(Box::new(Scripted(heard.clone()))));
        let text = r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(9),
            matchmaking: FixedPairs([("me", "other")]), populations: [
            (name: "me", policy: Custom(name: "person")), (name: "other", policy: Scripted(TitForTat))])"#;
        let scenario = simulation.scenario(text).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
        simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
        let expected = [
            "0 Opening",
            "[1, 0] [4.0, 0.0] false",
            "1 Last { own: 1, others: 0 }",
            "[1, 1] [1.0, 1.0] false",
            "2 Last { own: 1, others: 1 }",
        ];
        assert_eq!(*heard.lock().unwrap(), expected);
        let ledger = simulation.app.world().resource::<crate::world::Ledger>();
        assert_eq!(ledger.accounts[0].payoff, 5.0);
    }
}
