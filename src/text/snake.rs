//! One spelling for names that scenarios write in camel case and tables in snake case.

/// `VirtueEquality` as `virtue_equality`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camels_become_snakes() {
        assert_eq!(["Llm", "QLearning", "payoff", ""].map(snake_case), ["llm", "q_learning", "payoff", ""]);
    }
}
