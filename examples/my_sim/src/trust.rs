//! Columns with the trust of agents that have it: that of each, and the mean of all.

use crate::trusting::Trusting;
use agora::prelude::*;

/// Offers the columns.
pub fn plugin(app: &mut App) {
    app.add_column("trust", "the agent's trust after it has learned from the tick", |row| {
        row.agent.get::<Trusting>().map(|trusting| trusting.trust)
    });
    app.add_outcome_column("trust", "the mean trust of the agents that have one", |row| {
        let agents = row.world.resource::<Roster>().0.iter();
        let trusts: Vec<f64> =
            agents.filter_map(|&agent| row.world.get::<Trusting>(agent)).map(|trusting| trusting.trust).collect();
        (!trusts.is_empty()).then(|| trusts.iter().sum::<f64>() / trusts.len() as f64)
    });
}
