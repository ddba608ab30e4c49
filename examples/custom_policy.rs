//! A kind of policy of your own: agents that count. Each cooperates with the share of cooperation it has met in the
//! current match as its probability, plus a little hope.
//!
//! A policy is a component and a system in the `Decide` stage that fills the seats of the agents that carry it. The
//! same plugin adds a strategy of your own, which needs no system: it is a value of the `Scripted` component.
//!
//! Run it with `cargo run --release --example custom_policy`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::rand::RngExt;
use agora::run::RunOptions;

/// Cooperates with a probability that is the share of cooperation met so far, moved towards 1 by `hope`.
#[derive(Component, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Counting {
    /// How far it looks beyond what it has met, 0 to 1.
    hope: f64,
}

impl Default for Counting {
    fn default() -> Self {
        Self { hope: 0.1 }
    }
}

fn decide_counting(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Counting)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, counting) in &agents {
        for Turn { seat, match_index, .. } in tournament.live_seats_of(*agent) {
            let opponent =
                tournament.seats_in(match_index).find(|&other| other != seat).expect("a match has two seats");
            let met: Vec<Action> =
                (0..tournament.round as usize).map(|r| tournament.history[r * tournament.seats() + opponent]).collect();
            let cooperations = met.iter().filter(|&&action| action == 0).count();
            let share = (cooperations as f64 + 1.0) / (met.len() as f64 + 2.0);
            let p = share + counting.hope * (1.0 - share);
            let key = tournament.key(clock.tick, seat);
            let draw: f64 = stream(seed.0, Purpose::plugin("counting"), key).random();
            decisions.0[seat] = Action::from(draw >= p);
        }
    }
}

/// Cooperates in every third round.
#[derive(Debug, Deserialize, JsonSchema)]
struct EveryThird {}

impl Strategy for EveryThird {
    fn name(&self) -> &str {
        "every_third"
    }

    fn decide(&self, view: &MatchView, _rng: &mut Stream) -> Action {
        view.moves.action(view.round.is_multiple_of(3))
    }

    fn cooperation(&self, _recall: Recall) -> Option<f64> {
        None
    }

    fn draws(&self) -> bool {
        false
    }
}

/// Makes both known to scenarios.
struct CountingPlugin;

impl Plugin for CountingPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.add_systems(Round, decide_counting.in_set(place));
        app.add_policy("counting", "Cooperates as often as it has met cooperation.", |counting: Counting, agent| {
            agent.insert(counting);
            Ok(())
        });
        // The state of an agent that checkpoints keep is named here; nothing of this policy outlives a tick.
        app.world_mut().resource_mut::<Snapshots>().covers("counting");
        app.add_strategy("every_third", "Cooperates in every third round.", |own: EveryThird| Ok(own));
    }
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Named("prisoners_dilemma"),
    rounds: Continue(probability: 0.95),
    populations: [
        (name: "counting", count: 4, policy: Custom(name: "counting", params: (hope: 0.2))),
        (name: "every_third", count: 2, policy: Custom(name: "every_third")),
        (name: "grim", count: 2, policy: Scripted(Grim)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new();
    simulation.app.add_plugins(CountingPlugin);
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    Ok(())
}
