//! What every strategy does and who described it: the text of `sim explain strategies`.

use super::automaton::STATES_MAX;
use super::{MatchFacts, STRATEGIES, StrategySpec, member_stream};
use serde_json::json;
use std::fmt::Write;

/// The names of all strategies, in the order of the list.
pub fn names() -> impl Iterator<Item = &'static str> {
    STRATEGIES.iter().map(|listed| listed.explanation.name)
}

/// What the strategy `name` does, for a reader; the name is spelt as in outputs (`tit_for_tat`) or as in scenarios
/// (`TitForTat`). `None` for an unknown name.
pub fn explain(name: &str) -> Option<String> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let listed = STRATEGIES.iter().find(|listed| plain(listed.explanation.name) == plain(name))?;
    let found = listed.explanation;
    let mut text = format!("{}\n\n  Rule:   {}\n  Source: {}\n", found.name, found.rule, found.source);
    if let Some(states) = states(listed.word) {
        writeln!(text, "  States: {states}").expect("writing to a string cannot fail");
    }
    if !found.parameters.is_empty() {
        writeln!(text, "  Parameters: {}", found.parameters).expect("writing to a string cannot fail");
    }
    Some(text)
}

/// How many states the strategy that a scenario calls `word` has as an automaton, with its default numbers and
/// Axelrod's payoffs; `None` if it has no defaults.
fn states(word: &str) -> Option<String> {
    let written = [json!(word), json!({ word: {} })];
    let spec = written.into_iter().find_map(|value| serde_json::from_value::<StrategySpec>(value).ok())?;
    let strategy = spec.build(&MatchFacts::AXELROD, &mut member_stream(1, 0)).ok()?;
    Some(match strategy.automaton(STATES_MAX) {
        Some(automaton) => automaton.states.len().to_string(),
        None => format!("more than {STATES_MAX}, since it counts"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog;
    use crate::games::normal_form::{self, Rstp};
    use crate::policies::scripted::memory_one::zero_determinant::generosity;
    use crate::policies::scripted::reciprocal::tit_for_tat::GenerousTitForTat;
    use crate::testing::assert_near;

    #[test]
    fn generosity_is_explained_for_the_payoffs_that_it_is_best_for() {
        assert_near(GenerousTitForTat::default().p, generosity(Rstp { r: 3.0, s: 0.0, t: 5.0, p: 1.0 }), 1e-12);
        let game = catalog::game("prisoners_dilemma").unwrap();
        let [of_row, _] = normal_form::rstp(&game).unwrap();
        assert_near(generosity(of_row), 2.0 / 3.0, 1e-12);
        let text = explain("generous_tit_for_tat").unwrap();
        assert!(text.contains("5, 3, 1, 0") && text.contains("it is 2/3"), "{text}");
    }
}
