//! A reward term of your own: envy, the disadvantageous half of Fehr and Schmidt's inequity aversion (1999).
//!
//! A term is a component; its plugin gives it a column and the system that pays it. Here LLM agents on the built-in
//! `tiny` model learn under payoff minus envy.
//!
//! Run it with `cargo run --release --example custom_moral`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;

/// Minus `alpha` times how much more the others got, on average.
#[derive(Component, Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Envy {
    /// Weight of the disadvantage.
    alpha: f64,
}

impl Default for Envy {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl MoralTerm for Envy {
    const NAME: &'static str = "envy";

    fn reward(&self, round: &RoundView) -> f64 {
        let own = round.own_payoff();
        let excess: f64 = round.payoffs.iter().map(|other| (other - own).max(0.0)).sum();
        -self.alpha * excess / (round.payoffs.len() - 1) as f64
    }
}

/// Makes the term known to scenarios as `Custom(name: "envy")`.
fn add_envy(app: &mut App) {
    app.add_term::<Envy>("Pays minus `alpha` times how much more the others got (Fehr and Schmidt 1999).");
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 8,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(10),
    model: Named("tiny"),
    populations: [
        (name: "envious", count: 2, policy: Llm(), learner: Grpo(optimizer: (lr: 0.01)),
         rewards: [(term: Payoff), (term: Custom(name: "envy", params: (alpha: 0.8)))]),
        (name: "always_defect", count: 2, policy: Scripted(AlwaysDefect)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::extended(&add_envy);
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    Ok(())
}
