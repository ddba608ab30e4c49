//! Envy: the disadvantageous half of inequity aversion (Fehr and Schmidt 1999).

use agora::prelude::*;

/// Minus `alpha` times how much more the others got, on average.
#[derive(Component, Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Envy {
    /// Weight of the disadvantage.
    #[serde(default = "one")]
    alpha: f64,
}

fn one() -> f64 {
    1.0
}

impl MoralTerm for Envy {
    const NAME: &'static str = "envy";

    fn reward(&self, round: &RoundView) -> f64 {
        let own = round.own_payoff();
        let excess: f64 = round.payoffs.iter().map(|other| (other - own).max(0.0)).sum();
        -self.alpha * excess / (round.payoffs.len() - 1) as f64
    }
}

/// Offers the term.
pub fn plugin(app: &mut App) {
    app.add_term::<Envy>("Pays minus `alpha` times how much more the others got, on average (Fehr and Schmidt 1999).");
}
