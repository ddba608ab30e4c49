//! The orders in which prompts list labels and rows: what play draws, and what may be drawn with which chance.

use super::config::Order;
use super::wordings::Wordings;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::turn;
use rand::RngExt;

/// The orders of labels and of rows in which the prompt of one decision lists them; `slot` counts the seats that the
/// agent holds in the tick of `key`.
pub(in crate::policies) fn draw_listing(prompts: &Wordings, seed: u64, key: StreamKey, slot: usize) -> (usize, usize) {
    let (label_orders, row_orders) = prompts.orders();
    if label_orders * row_orders == 1 {
        return (0, 0);
    }
    let (config, turn) = (&prompts.config, turn(slot, key.tick));
    let mut rng = stream(seed, Purpose::PromptOrder, key);
    let mut choose = |order: Order, turn: usize, orders: usize| match order {
        Order::Fixed => 0,
        Order::Shuffled => rng.random_range(0..orders as u32) as usize,
        Order::Counterbalanced => turn % orders,
    };
    let labels = choose(config.label_order, turn, label_orders);
    (labels, choose(config.row_order, turn_of_rows(prompts, turn), row_orders))
}

/// Rows change once all orders of labels have had their turn, so that every combination comes up equally often.
fn turn_of_rows(prompts: &Wordings, turn: usize) -> usize {
    if prompts.config.label_order == Order::Counterbalanced { turn / prompts.orders().0 } else { turn }
}

/// After how many turns an agent returns to the listings of its first.
pub(in crate::policies::llm) fn turns(prompts: &Wordings) -> usize {
    let (label_orders, row_orders) = prompts.orders();
    let turns = |order: Order, orders: usize| if order == Order::Counterbalanced { orders } else { 1 };
    turns(prompts.config.label_order, label_orders) * turns(prompts.config.row_order, row_orders)
}

/// What [`draw_listing`] may draw at `turn`: orders of labels and rows, with their chance.
pub(in crate::policies::llm) fn listings(prompts: &Wordings, turn: usize) -> Vec<(usize, usize, f64)> {
    let (label_orders, row_orders) = prompts.orders();
    let possible = |order: Order, turn: usize, orders: usize| match order {
        Order::Fixed => vec![0],
        Order::Shuffled => (0..orders).collect(),
        Order::Counterbalanced => vec![turn % orders],
    };
    let labels = possible(prompts.config.label_order, turn, label_orders);
    let rows = possible(prompts.config.row_order, turn_of_rows(prompts, turn), row_orders);
    let chance = 1.0 / (labels.len() * rows.len()) as f64;
    labels.iter().flat_map(|&label| rows.iter().map(move |&row| (label, row, chance))).collect()
}
