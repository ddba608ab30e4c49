//! A game of your own, provided by a plugin: the snowdrift game (Hauert and Doebeli 2004), with benefit and cost as
//! parameters of the scenario.
//!
//! Run it with `cargo run --release --example custom_game`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;

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

/// The parameters of the game in a scenario.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnowdriftParams {
    /// What driving on is worth.
    benefit: f64,
    /// What clearing the snow costs, shared by all who shovel.
    cost: f64,
}

/// Makes the game known to scenarios as `Custom(name: "snowdrift", params: (…))`.
fn add_snowdrift(app: &mut App) {
    app.add_game(
        "snowdrift",
        "Two drivers before a snowdrift (Hauert and Doebeli 2004).",
        |params: SnowdriftParams| {
            let SnowdriftParams { benefit, cost } = params;
            if cost >= benefit {
                return Err(format!("`cost` {cost} must be below `benefit` {benefit}"));
            }
            Ok(Snowdrift { actions: ["shovel".into(), "wait".into()], benefit, cost })
        },
    );
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Custom(name: "snowdrift", params: (benefit: 4.0, cost: 3.0)),
    rounds: Fixed(20),
    populations: [
        (name: "reciprocators", count: 3, policy: Scripted(TitForTat)),
        (name: "idlers", count: 2, policy: Scripted(AlwaysDefect)),
        (name: "pavlov", count: 2, policy: Scripted(WinStayLoseShift)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::extended(&add_snowdrift);
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    Ok(())
}
