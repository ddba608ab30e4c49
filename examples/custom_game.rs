//! A game of one's own, brought by a plugin: the snowdrift game (Hauert and Doebeli 2004), with benefit and cost as
//! parameters of the scenario.
//!
//! Run it with `cargo run --release --example custom_game`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::games::{Action, Game};
use agora::run::{RunOptions, Simulation};
use agora::scenario::load::load_text;
use agora::world::Factories;
use bevy_app::{App, Plugin};
use std::sync::Arc;

/// Two drivers before a snowdrift: the one who shovels pays, both drive on.
#[derive(Debug)]
struct Snowdrift {
    actions: [String; 2],
    benefit: f64,
    cost: f64,
}

impl Game for Snowdrift {
    fn name(&self) -> &str {
        "snowdrift"
    }

    fn seats(&self) -> usize {
        2
    }

    fn actions(&self) -> &[String] {
        &self.actions
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let shovelers = joint.iter().filter(|&&action| action == 0).count();
        for (payoff, &action) in payoffs.iter_mut().zip(joint) {
            *payoff = match (shovelers, action) {
                (0, _) => 0.0,
                (_, 1) => self.benefit,
                (n, _) => self.benefit - self.cost / n as f64,
            };
        }
    }

    fn symmetric(&self) -> bool {
        true
    }
}

/// Makes the game known to scenarios as `Custom(name: "snowdrift")`.
struct SnowdriftPlugin;

impl Plugin for SnowdriftPlugin {
    fn build(&self, app: &mut App) {
        let mut factories = app.world_mut().resource_mut::<Factories>();
        factories.games.insert(
            "snowdrift".into(),
            Box::new(|params| {
                let number = |name: &str| params.get(name).copied().ok_or_else(|| format!("needs the number `{name}`"));
                let (benefit, cost) = (number("benefit")?, number("cost")?);
                Ok(Arc::new(Snowdrift { actions: ["shovel".into(), "wait".into()], benefit, cost }))
            }),
        );
    }
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Custom(name: "snowdrift", params: {"benefit": 4.0, "cost": 3.0}),
    rounds: Fixed(20),
    populations: [
        (name: "reciprocators", count: 3, policy: Scripted(TitForTat)),
        (name: "idlers", count: 2, policy: Scripted(AlwaysDefect)),
        (name: "pavlov", count: 2, policy: Scripted(WinStayLoseShift)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new();
    simulation.app.add_plugins(SnowdriftPlugin);
    let scenario = load_text("custom_game.rs", SCENARIO, "snowdrift", &[], &simulation.known())
        .map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    Ok(())
}
