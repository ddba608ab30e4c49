//! A policy with memory of its own: trust that grows with every tick of good payoffs and is kept in checkpoints.

use agora::prelude::*;
use agora::rand::RngExt;

/// Cooperates with probability `trust`.
#[derive(Component, Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trusting {
    /// Probability of cooperation at the start.
    pub trust: f64,
    /// Share of the way to 1, or to 0, that it moves in a tick.
    #[serde(default = "tenth")]
    pace: f64,
}

fn tenth() -> f64 {
    0.1
}

fn decide(
    seed: Res<RunSeed>,
    clock: Res<Clock>,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Trusting)>,
    mut decisions: ResMut<Decisions>,
) {
    for (agent, trusting) in &agents {
        for Turn { seat, .. } in tournament.live_seats_of(*agent) {
            let key = tournament.key(clock.tick, seat);
            let draw: f64 = stream(seed.0, Purpose::plugin("trusting"), key).random();
            decisions.0[seat] = Action::from(draw >= trusting.trust);
        }
    }
}

/// Trust moves towards the share of cooperation met in the tick.
fn learn(ledger: Res<agora::world::Ledger>, mut agents: Query<(&AgentId, &mut Trusting)>) {
    for (agent, mut trusting) in &mut agents {
        let account = &ledger.accounts[agent.index()];
        if account.decisions > 0 {
            let paid = account.payoff / account.decisions as f64;
            let aim = if paid > 1.0 { 1.0 } else { 0.0 };
            trusting.trust += trusting.pace * (aim - trusting.trust);
        }
    }
}

/// Offers the policy.
pub fn plugin(app: &mut App) {
    let place = next_policy_place(app);
    app.add_systems(Round, decide.in_set(place));
    app.add_systems(Tick, learn.in_set(TickSystems::Learn));
    app.add_policy(
        "trusting",
        "Cooperates with a trust that grows and shrinks with what it is paid.",
        |own: Trusting, agent| {
            if !(0.0..=1.0).contains(&own.trust) {
                return Err(format!("`trust` is {}, expected 0 to 1", own.trust));
            }
            agent.insert(own);
            Ok(())
        },
    );
    let mut snapshots = app.world_mut().resource_mut::<Snapshots>();
    snapshots.component::<Trusting>("trusting");
    snapshots.covers("trusting");
}
