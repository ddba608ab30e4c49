//! A learner of your own for language models: advantage-weighted regression (Peng et al. 2019), which makes what paid
//! off more likely, with a weight that grows with how well it did.
//!
//! A scenario names it as `learner: Custom(name: "awr", params: (temperature: 0.5))`. Run it with
//! `cargo run --release --example custom_learner`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;

/// Largest weight of a decision.
const WEIGHT_MAX: f64 = 20.0;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Awr {
    /// How much better a return must be to weigh e times as much.
    temperature: f64,
    /// Step size and the other settings of the optimizer.
    #[serde(default)]
    optimizer: OptimizerConfig,
}

impl Awr {
    /// The weight of a return, given those of the same prompt.
    fn weight(&self, value: f64, others: &Moments) -> f64 {
        ((value - others.mean) / self.temperature).exp().min(WEIGHT_MAX)
    }
}

impl Learner for Awr {
    fn optimizer(&self) -> &OptimizerConfig {
        &self.optimizer
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        let samples = returns::samples(trajectories, 0.0);
        let prompts = returns::by_prompt(&samples, played.prompts());
        let cells = returns::cells(played, &samples, |prompt, value| self.weight(value, &prompts[prompt]));
        Plan::by_decision(played, cells, None)
    }

    /// The same for expected returns, for `estimator: Exact`.
    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        let returns = ahead.returns(&ReturnRule::discounted(0.0));
        let prompts = exact::by_prompt(&returns, played.outcomes);
        let cells = exact::cells(played, &returns, |prompt, value| self.weight(value, &prompts[prompt]));
        Plan::by_decision(played, cells, None)
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, _: Option<&PolicyTable>) -> Loss {
        let mut gradient = TableGradient::zeros(current, false);
        let loss = surrogate::log_likelihood(plan, current, &mut gradient);
        Loss { loss, gradient, stats: UpdateStats { policy_loss: loss, ..UpdateStats::of(plan, current) } }
    }

    fn end(&mut self, _: &Plan, _: &UpdateStats) {}

    fn keep(&self) -> Vec<f64> {
        Vec::new()
    }

    fn recall(&mut self, _: &[f64]) -> Result<(), String> {
        Ok(())
    }
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 40,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(20),
    model: Named("tiny"),
    populations: [
        (name: "learner", count: 2, policy: Llm(),
         learner: Custom(name: "awr", params: (temperature: 0.5, optimizer: (lr: 0.01)))),
        (name: "kind", count: 2, policy: Scripted(AlwaysCooperate)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new();
    simulation.app.add_learner("awr", "Advantage-weighted regression.", |own: Awr, _| match own.temperature > 0.0 {
        true => Ok(own),
        false => Err(format!("`temperature` is {}, expected more than 0", own.temperature)),
    });
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    assert!(finished.halted.is_empty());
    Ok(())
}
