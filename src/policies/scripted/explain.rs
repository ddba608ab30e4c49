//! What every strategy does and who described it: the text of `sim explain strategies`.

use std::fmt::Write;

/// One strategy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// The name in outputs ([`super::Strategy::name`]).
    pub name: &'static str,
    /// What it does.
    pub rule: &'static str,
    /// Parameters that a scenario may set, with their defaults; empty if there are none.
    pub parameters: &'static str,
    /// Who described it where.
    pub source: &'static str,
}

const AXELROD_1980: &str = "Axelrod 1980, Effective Choice in the Prisoner's Dilemma, J. Conflict Resolution 24";
const AXELROD_1984: &str = "Axelrod 1984, The Evolution of Cooperation";

/// Every scripted strategy that a scenario can name.
pub const EXPLANATIONS: [Explanation; 12] = [
    Explanation { name: "always_cooperate", rule: "Cooperates always.", parameters: "", source: AXELROD_1984 },
    Explanation { name: "always_defect", rule: "Defects always.", parameters: "", source: AXELROD_1984 },
    Explanation {
        name: "random",
        rule: "Cooperates with probability p, whatever happened.",
        parameters: "p (default 0.5)",
        source: AXELROD_1980,
    },
    Explanation {
        name: "tit_for_tat",
        rule: "Cooperates first, then does what the opponent did.",
        parameters: "",
        source: "Anatol Rapoport in Axelrod 1980, Effective Choice in the Prisoner's Dilemma, J. Conflict Resolution 24",
    },
    Explanation {
        name: "suspicious_tit_for_tat",
        rule: "Defects first, then does what the opponent did.",
        parameters: "",
        source: "Boyd & Lorberbaum 1987, No pure strategy is evolutionarily stable in the repeated Prisoner's Dilemma \
             game, Nature 327",
    },
    Explanation {
        name: "generous_tit_for_tat",
        rule: "Cooperates first and after cooperation; after a defection it cooperates with probability p.",
        parameters: "p (default 1/3, the most generous that is safe for T, R, P, S = 5, 3, 1, 0: \
             min(1 - (T - R) / (R - S), (R - P) / (T - P)); for the catalog's prisoners_dilemma, 4, 3, 1, 0, it is 2/3)",
        source: "Nowak & Sigmund 1992, Tit for tat in heterogeneous populations, Nature 355",
    },
    Explanation {
        name: "tit_for_two_tats",
        rule: "Defects only after two defections in a row.",
        parameters: "",
        source: AXELROD_1984,
    },
    Explanation {
        name: "two_tits_for_tat",
        rule: "Defects if the opponent defected in either of the last two rounds.",
        parameters: "",
        source: AXELROD_1984,
    },
    Explanation {
        name: "grim",
        rule: "Cooperates until the opponent's first defection, then never again.",
        parameters: "",
        source: "Friedman 1971, A Non-cooperative Equilibrium for Supergames, Review of Economic Studies 38",
    },
    Explanation {
        name: "win_stay_lose_shift",
        rule: "Repeats its action if the opponent cooperated, changes it otherwise (Pavlov).",
        parameters: "",
        source: "Nowak & Sigmund 1993, A strategy of win-stay, lose-shift that outperforms tit-for-tat, Nature 364; \
             Kraines & Kraines 1989, Pavlov and the prisoner's dilemma, Theory and Decision 26",
    },
    Explanation {
        name: "alternator",
        rule: "Cooperates and defects in turn, cooperation first.",
        parameters: "",
        source: "Mittal & Deb 2009, Optimal Strategies of the Iterated Prisoner's Dilemma Problem for Multiple \
             Conflicting Objectives, IEEE Trans. Evolutionary Computation 13",
    },
    Explanation {
        name: "memory_one",
        rule: "Cooperates with probability start in the first round and cc, cd, dc or dd after it, own action first.",
        parameters: "start, cc, cd, dc, dd (no defaults)",
        source: "Nowak, Sigmund & El-Sedy 1995, Automata, repeated games and noise, J. Mathematical Biology 33; \
             Press & Dyson 2012, Iterated Prisoner's Dilemma contains strategies that dominate any evolutionary \
             opponent, PNAS 109",
    },
];

/// The names of all strategies, in the order of [`EXPLANATIONS`].
pub fn names() -> impl Iterator<Item = &'static str> {
    EXPLANATIONS.iter().map(|explanation| explanation.name)
}

/// What the strategy `name` does, for a reader, spelled as in outputs (`tit_for_tat`) or as in scenarios (`TitForTat`);
/// none for an unknown name.
pub fn explain(name: &str) -> Option<String> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let found = EXPLANATIONS.iter().find(|explanation| plain(explanation.name) == plain(name))?;
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
    use crate::scenario::format::StrategySpec;
    use crate::testing::assert_near;

    /// What Nowak and Sigmund 1992 give for the payoffs of a prisoner's dilemma.
    fn optimum(t: f64, r: f64, p: f64, s: f64) -> f64 {
        (1.0 - (t - r) / (r - s)).min((r - p) / (t - p))
    }

    #[test]
    fn generosity_is_explained_for_the_payoffs_that_it_is_best_for() {
        let StrategySpec::GenerousTitForTat { p } = ron::from_str("GenerousTitForTat()").unwrap() else {
            unreachable!()
        };
        assert_near(p, optimum(5.0, 3.0, 1.0, 0.0), 1e-12);
        let game = catalog::game("prisoners_dilemma").unwrap();
        let [of_row, _] = normal_form::rstp(&game).unwrap();
        assert_near(optimum(of_row.t, of_row.r, of_row.p, of_row.s), 2.0 / 3.0, 1e-12);
        let text = explain("generous_tit_for_tat").unwrap();
        assert!(text.contains("5, 3, 1, 0") && text.contains("it is 2/3"), "{text}");
    }
}
