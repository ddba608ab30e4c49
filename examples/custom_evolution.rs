//! An update rule of your own: after every generation the worst agent takes over the strategy of the best.
//!
//! A scenario names it as `evolution: (rule: Custom(name: "worst_imitates", params: (margin: 0.1)))`. Run it with
//! `cargo run --release --example custom_evolution`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;
use agora::world::PolicyName;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorstImitates {
    /// How much better the best must do.
    margin: f64,
}

impl UpdateRule for WorstImitates {
    fn events(&self, society: &Society, _: &mut Stream) -> Result<Vec<Event>, String> {
        let fitness = society.fitness;
        let mut ranked: Vec<usize> = (0..fitness.len()).collect();
        ranked.sort_by(|&a, &b| fitness[a].total_cmp(&fitness[b]));
        let (worst, best) = (ranked[0], ranked[ranked.len() - 1]);
        if fitness[best] - fitness[worst] < self.margin {
            return Ok(Vec::new());
        }
        Ok(vec![Event::Birth { child: AgentId(worst as u32), parent: AgentId(best as u32) }])
    }

    fn summary(&self) -> String {
        format!("the worst imitates the best, margin {}", self.margin)
    }
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 20,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(20),
    evolution: (rule: Custom(name: "worst_imitates", params: (margin: 0.1))),
    populations: [
        (name: "kind", count: 3, policy: Scripted(AlwaysCooperate)),
        (name: "mean", count: 3, policy: Scripted(AlwaysDefect)),
        (name: "fair", count: 3, policy: Scripted(TitForTat)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new();
    simulation.app.add_update_rule("worst_imitates", "The worst imitates the best.", |own: WorstImitates| Ok(own));
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    simulation.run_quietly(&scenario, &RunOptions::default())?;
    let world = simulation.app.world_mut();
    let mut left: Vec<&str> = world.query::<(&AgentId, &PolicyName)>().iter(world).map(|(_, name)| &*name.0).collect();
    left.sort_unstable();
    println!("{}", left.join(", "));
    // The defectors live off the cooperators, and have none to imitate them once those are few.
    assert!(!left.contains(&"always_defect"), "{left:?}");
    Ok(())
}
