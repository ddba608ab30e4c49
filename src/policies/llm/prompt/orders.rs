//! The orders in which labels and rows can be listed, and how many prompts they make.

use super::config::{Order, PromptConfig};
use crate::games::{Action, ObservationSpace};

/// More prompts than this do not fit one tree in reasonable memory: a prompt has about 30 tokens of its own, and a
/// token takes about a megabyte of activations.
pub const PROMPTS_MAX: usize = 512;

/// Number of distinct prompts of a game that seats `seats` and numbers its observations by `space`, asked by `config`.
/// Nothing is listed, and the number saturates, since the number of orders grows with the factorial of the actions.
pub fn count_prompts(config: &PromptConfig, space: &ObservationSpace, seats: usize, symmetric: bool) -> usize {
    let roles = if symmetric { 1 } else { seats };
    [config.label_order, config.row_order]
        .into_iter()
        .map(|order| count_orders(order, space.actions))
        .chain([shown_observations(config, space)])
        .fold(roles, usize::saturating_mul)
}

/// Number of observations that prompts tell apart: without reputations, if nothing is said of them.
pub(super) fn shown_observations(config: &PromptConfig, space: &ObservationSpace) -> usize {
    if config.reputation { space.len() } else { space.rounds() }
}

/// A count as a reader sees it; a saturated one is given as the number that it exceeds.
pub fn shown_count(count: usize) -> String {
    if count == usize::MAX { "more than 10^19".into() } else { count.to_string() }
}

/// Number of [`orders`]; saturates.
fn count_orders(order: Order, actions: usize) -> usize {
    match order {
        Order::Fixed => 1,
        Order::Shuffled | Order::Counterbalanced => (1..=actions).fold(1, usize::saturating_mul),
    }
}

/// The orders in use: the game's own, or all of them, lexicographically. Callers count them first.
pub(super) fn orders(order: Order, actions: usize) -> Vec<Vec<Action>> {
    let own: Vec<Action> = (0..actions as Action).collect();
    match order {
        Order::Fixed => vec![own],
        Order::Shuffled | Order::Counterbalanced => permutations(&own),
    }
}

fn permutations(items: &[Action]) -> Vec<Vec<Action>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for (i, &first) in items.iter().enumerate() {
        let mut rest = items.to_vec();
        rest.remove(i);
        for mut tail in permutations(&rest) {
            tail.insert(0, first);
            all.push(tail);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::matrix::MatrixGame;
    use crate::policies::llm::prompt::Wordings;
    use crate::world::Horizon;
    use crate::world::Rules;
    use std::sync::Arc;

    #[test]
    fn orders_are_counted_before_they_are_listed() {
        for order in [Order::Fixed, Order::Shuffled, Order::Counterbalanced] {
            for actions in 1..7 {
                assert_eq!(count_orders(order, actions), orders(order, actions).len());
            }
        }
        assert_eq!(count_orders(Order::Shuffled, 255), usize::MAX);
        // Listing 14! orders would take longer than anyone waits, and more memory than there is.
        let names: Vec<String> = (0..14).map(|i| format!("a{i}")).collect();
        let game = MatrixGame::new("large", &names, &vec![vec![(0.0, 0.0); 14]; 14], &[]).unwrap();
        let rules = Rules::new(Arc::new(game), Horizon::Fixed(1));
        for (label_order, row_order) in [(Order::Shuffled, Order::Fixed), (Order::Fixed, Order::Counterbalanced)] {
            let config = PromptConfig { labels: names.clone(), label_order, row_order, ..PromptConfig::default() };
            let refusal = Wordings::new(&config, &rules).unwrap_err().to_string();
            assert!(refusal.contains("17174123366400 distinct prompts"), "{refusal}");
        }
    }

    #[test]
    fn orders_are_all_permutations_in_lexicographic_order() {
        assert_eq!(orders(Order::Fixed, 3), [[0, 1, 2]]);
        let all = orders(Order::Shuffled, 3);
        assert_eq!(all, [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]);
    }
}
