//! What every strategy does and who described it: the text of `sim explain strategies`.

use super::STRATEGIES;
use std::fmt::Write;

/// The names of all strategies, in the order of the list.
pub fn names() -> impl Iterator<Item = &'static str> {
    STRATEGIES.iter().map(|listed| listed.explanation.name)
}

/// What the strategy `name` does, for a reader; the name is spelt as in outputs (`tit_for_tat`) or as in scenarios
/// (`TitForTat`). `None` for an unknown name.
pub fn explain(name: &str) -> Option<String> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let found = STRATEGIES.iter().map(|listed| listed.explanation).find(|found| plain(found.name) == plain(name))?;
    let mut text = format!("{}\n\n  Rule:   {}\n  Source: {}\n", found.name, found.rule, found.source);
    if !found.parameters.is_empty() {
        writeln!(text, "  Parameters: {}", found.parameters).expect("writing to a string cannot fail");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::{catalog, normal_form};
    use crate::policies::scripted::tit_for_tat::GenerousTitForTat;
    use crate::testing::assert_near;

    /// What Nowak and Sigmund 1992 give for the payoffs of a prisoner's dilemma.
    fn optimum(t: f64, r: f64, p: f64, s: f64) -> f64 {
        (1.0 - (t - r) / (r - s)).min((r - p) / (t - p))
    }

    #[test]
    fn generosity_is_explained_for_the_payoffs_that_it_is_best_for() {
        assert_near(GenerousTitForTat::default().p, optimum(5.0, 3.0, 1.0, 0.0), 1e-12);
        let game = catalog::game("prisoners_dilemma").unwrap();
        let [of_row, _] = normal_form::rstp(&game).unwrap();
        assert_near(optimum(of_row.t, of_row.r, of_row.p, of_row.s), 2.0 / 3.0, 1e-12);
        let text = explain("generous_tit_for_tat").unwrap();
        assert!(text.contains("5, 3, 1, 0") && text.contains("it is 2/3"), "{text}");
    }
}
