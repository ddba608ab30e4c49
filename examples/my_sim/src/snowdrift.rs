//! The snowdrift game for any number of drivers (Zheng, Yin, Chen and Hui 2007).

use agora::prelude::*;

/// The parameters of the game in a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Snow {
    /// Drivers before the drift.
    #[serde(default = "two")]
    drivers: usize,
    /// What driving on is worth.
    benefit: f64,
    /// What clearing the snow costs, shared by all who shovel.
    cost: f64,
}

fn two() -> usize {
    2
}

#[derive(Debug)]
struct Snowdrift {
    actions: [String; 2],
    snow: Snow,
}

impl Snowdrift {
    fn new(snow: Snow) -> Result<Self, String> {
        if !(snow.cost > 0.0 && snow.cost < snow.benefit) {
            return Err(format!("`cost` is {}, expected above 0 and below `benefit` {}", snow.cost, snow.benefit));
        }
        if !(2..=8).contains(&snow.drivers) {
            return Err(format!("`drivers` is {}, expected 2 to 8", snow.drivers));
        }
        Ok(Self { actions: ["shovel".into(), "wait".into()], snow })
    }
}

impl Game for Snowdrift {
    fn name(&self) -> &str {
        "snowdrift"
    }

    fn seats(&self) -> usize {
        self.snow.drivers
    }

    fn actions(&self) -> &[String] {
        &self.actions
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let shovelers = joint.iter().filter(|&&action| action == 0).count();
        for (payoff, &action) in payoffs.iter_mut().zip(joint) {
            *payoff = match (shovelers, action) {
                (0, _) => 0.0,
                (_, 1) => self.snow.benefit,
                (n, _) => self.snow.benefit - self.snow.cost / n as f64,
            };
        }
    }

    fn symmetric(&self) -> bool {
        true
    }
}

/// Offers the game.
pub fn plugin(app: &mut App) {
    app.add_game(
        "snowdrift",
        "Drivers before a snowdrift: who shovels shares the cost, and all drive on.",
        Snowdrift::new,
    );
}
