//! Selection between agents: after every tick each agent compares its payoff with another's, and takes over the other's
//! propensity to cooperate with a probability that grows with the difference (Fermi's rule, Traulsen et al. 2006).
//!
//! What is inherited is a component of your own; a system in the `Evolve` stage copies it. Run it with
//! `cargo run --release --example custom_evolution`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::rand::RngExt;
use agora::run::RunOptions;
use agora::world::Score;

/// How often an agent cooperates, and how strongly it selects whom to imitate.
#[derive(Component, Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Propensity {
    /// Probability of cooperation, 0 to 1.
    cooperate: f64,
    /// Strength of selection, per unit of payoff.
    strength: f64,
}

fn decide(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Propensity)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, own) in &agents {
        for Turn { seat, .. } in tournament.live_seats_of(*agent) {
            let key = tournament.key(clock.tick, seat);
            let draw: f64 = stream(seed.0, Purpose::plugin("propensity"), key).random();
            decisions.0[seat] = Action::from(draw >= own.cooperate);
        }
    }
}

/// Every agent compares itself with another one, both as they were before any agent imitated.
fn imitate(seed: Res<RunSeed>, clock: Res<Clock>, mut agents: Query<(&AgentId, &Score, &mut Propensity)>) {
    let mut before: Vec<(AgentId, f64, Propensity)> =
        agents.iter().map(|(agent, score, own)| (*agent, score.0, own.clone())).collect();
    before.sort_by_key(|(agent, ..)| *agent);
    for (agent, score, mut own) in &mut agents {
        let key = StreamKey { agent: agent.0, tick: clock.tick, ..StreamKey::default() };
        let mut rng = stream(seed.0, Purpose::plugin("imitation"), key);
        let (_, payoff, model) = &before[rng.random_range(0..before.len())];
        let chance = 1.0 / (1.0 + (own.strength * (score.0 - payoff)).exp());
        if rng.random::<f64>() < chance {
            *own = model.clone();
        }
    }
}

fn plugin(app: &mut App) {
    let place = next_policy_place(app);
    app.add_systems(Round, decide.in_set(place));
    app.add_systems(Tick, imitate.in_set(TickSystems::Evolve));
    app.add_policy("propensity", "Cooperates with a probability that is imitated.", |own: Propensity, agent| {
        agent.insert(own);
        Ok(())
    });
    let mut snapshots = app.world_mut().resource_mut::<Snapshots>();
    snapshots.component::<Propensity>("propensity");
    snapshots.covers("propensity");
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 40,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(10),
    populations: [
        (name: "kind", count: 10, policy: Custom(name: "propensity", params: (cooperate: 0.9, strength: 0.05))),
        (name: "mean", count: 10, policy: Custom(name: "propensity", params: (cooperate: 0.1, strength: 0.05))),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::extended(&plugin);
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    // Nothing rewards cooperation in anonymous one-shot meetings, so defection takes over.
    let world = simulation.app.world_mut();
    let mean: f64 = world.query::<&Propensity>().iter(world).map(|own| own.cooperate).sum::<f64>() / 20.0;
    assert!(mean < 0.5, "{mean}");
    Ok(())
}
