//! Draws what an agent does at its turn, from its table.

use super::prompt::listing::draw_listing;
use super::{DecisionTable, Wordings};
use crate::games::{Action, ILLEGAL};
use crate::learning::Step;
use crate::rng::{Purpose, stream};
use crate::world::{Setting, Tournament, Turn};
use rand::RngExt;

/// The outcome that an agent with this table draws at its `turn`, and the action that it is.
pub(in crate::policies) fn draw(
    prompts: &Wordings,
    table: &DecisionTable,
    setting: &Setting,
    tournament: &Tournament,
    turn: &Turn,
) -> (Step, Action) {
    let seed = setting.seed.0;
    let key = tournament.key(setting.clock.tick, turn.seat);
    let (label_order, row_order) = draw_listing(prompts, seed, key, turn.slot);
    let observation = turn.observation(&setting.rules);
    let prompt = prompts.index(turn.position, label_order, row_order, observation);
    let outcome = table.pick(prompt, stream(seed, Purpose::Decision, key).random());
    let action = if outcome < prompts.config.labels.len() { outcome as Action } else { ILLEGAL };
    (Step { prompt: prompt as u32, outcome: outcome as u32, reward: 0.0 }, action)
}
