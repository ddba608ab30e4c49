//! What every reward term means, in words, formula and source: the text of `sim explain <term>`.

use std::fmt::Write;

/// One parameter of a term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The name as a scenario spells it.
    pub name: &'static str,
    /// The value it has if a scenario leaves it out.
    pub default: f64,
    /// What it is.
    pub meaning: &'static str,
}

/// One reward term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// The name in outputs ([`super::MoralTerm::NAME`]).
    pub name: &'static str,
    /// The reward in symbols: R_M the player's payoff, R_O a co-player's, a_M the player's action, a_O a co-player's
    /// action in the round that the player saw before acting; n players.
    pub formula: &'static str,
    /// The reward in words.
    pub meaning: &'static str,
    /// Who proposed it where.
    pub source: &'static str,
    /// What a scenario may set.
    pub parameters: &'static [Parameter],
}

const DYADS: &str = "Tennant, Hailes & Musolesi 2023 (IJCAI), arXiv 2301.08491, Table 2";
const POPULATIONS: &str = "Tennant, Hailes & Musolesi 2024 (AIES), arXiv 2403.04202, Table 2";
const POPULATIONS_CODE: &str =
    "released code of Tennant, Hailes & Musolesi 2024 (AIES), arXiv 2403.04202; not used in the paper";
const LLM: &str = "Tennant, Hailes & Musolesi 2023 (IJCAI), arXiv 2301.08491, Table 2; \
     for LLM agents Tennant, Hailes & Musolesi 2025 (ICLR), arXiv 2410.01639, Table 1";

const BONUS: Parameter = Parameter { name: "bonus", default: 5.0, meaning: "size of the prize" };

/// Every reward term that a scenario can name.
pub const EXPLANATIONS: [Explanation; 13] = [
    Explanation {
        name: "payoff",
        formula: "R_M",
        meaning: "The player's own payoff: the selfish reward, and the extrinsic part of a mixed one.",
        source: LLM,
        parameters: &[],
    },
    Explanation {
        name: "utilitarian",
        formula: "R_M + sum of R_O",
        meaning: "The sum of all payoffs of the round.",
        source: LLM,
        parameters: &[],
    },
    Explanation {
        name: "anti_utilitarian",
        formula: "-(R_M + sum of R_O)",
        meaning: "Minus the sum of all payoffs of the round.",
        source: POPULATIONS,
        parameters: &[],
    },
    Explanation {
        name: "altruist",
        formula: "sum of R_O",
        meaning: "The payoffs of the co-players, summed; the player's own does not count.",
        source: POPULATIONS_CODE,
        parameters: &[],
    },
    Explanation {
        name: "anti_altruist",
        formula: "-(sum of R_O)",
        meaning: "Minus the payoffs of the co-players, summed.",
        source: POPULATIONS_CODE,
        parameters: &[],
    },
    Explanation {
        name: "deontological",
        formula: "-penalty if a_M defects and every a_O cooperated; else 0",
        meaning: "A fine for defecting on those who all cooperated in the round that the player saw before acting, \
             a made-up opening included. It rewards nothing and asks nothing after a defection.",
        source: "Tennant, Hailes & Musolesi 2023 (IJCAI), arXiv 2301.08491, Table 2 (penalty 5); \
             for LLM agents Tennant, Hailes & Musolesi 2025 (ICLR), arXiv 2410.01639, Table 1 (penalty 3)",
        parameters: &[Parameter { name: "penalty", default: 3.0, meaning: "size of the fine" }],
    },
    Explanation {
        name: "malicious_deontological",
        formula: "bonus if a_M defects and every a_O cooperated; else 0",
        meaning: "A prize for defecting on those who all cooperated in the round that the player saw before acting.",
        source: POPULATIONS,
        parameters: &[BONUS],
    },
    Explanation {
        name: "virtue_equality",
        formula: "1 - |R_M - R_O| / (|R_M| + |R_O|); for n players 1 - (sum over pairs of |R_i - R_j|) / ((n - 1) * sum of |R_i|)",
        meaning: "Equality of the round's payoffs: 1 if all got the same, 0 if one got everything. \
             A round that paid everybody nothing (a voided one, too) is equal: 1.",
        source: DYADS,
        parameters: &[],
    },
    Explanation {
        name: "virtue_inequality",
        formula: "|R_M - R_O| / (|R_M| + |R_O|); for n players (sum over pairs of |R_i - R_j|) / ((n - 1) * sum of |R_i|)",
        meaning: "Inequality of the round's payoffs: 0 if all got the same, 1 if one got everything. \
             A round that paid everybody nothing (a voided one, too) is equal: 0.",
        source: POPULATIONS,
        parameters: &[],
    },
    Explanation {
        name: "virtue_kindness",
        formula: "bonus if a_M cooperates; else 0",
        meaning: "A prize for cooperating, whatever the co-players do.",
        source: DYADS,
        parameters: &[BONUS],
    },
    Explanation {
        name: "virtue_aggression",
        formula: "bonus if a_M defects; else 0",
        meaning: "A prize for defecting, whatever the co-players do.",
        source: POPULATIONS,
        parameters: &[BONUS],
    },
    Explanation {
        name: "virtue_mixed",
        formula: "beta * equality + (1 - beta) * (1 if a_M cooperates; else 0)",
        meaning: "Equality (as in virtue_equality) and kindness on one scale.",
        source: DYADS,
        parameters: &[Parameter { name: "beta", default: 0.5, meaning: "share of equality, 0 to 1" }],
    },
    Explanation {
        name: "custom",
        formula: "whatever the plugin computes",
        meaning: "A term that a plugin registered under the given name; `params` are handed to it.",
        source: "the plugin's author",
        parameters: &[],
    },
];

/// The names of all terms, in the order of [`EXPLANATIONS`].
pub fn names() -> impl Iterator<Item = &'static str> {
    EXPLANATIONS.iter().map(|explanation| explanation.name)
}

/// The explanation of the term `name`, spelled as in outputs (`virtue_equality`) or as in scenarios (`VirtueEquality`).
pub fn find(name: &str) -> Option<&'static Explanation> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    EXPLANATIONS.iter().find(|explanation| plain(explanation.name) == plain(name))
}

/// What the term `name` means, for a reader; none for an unknown name.
pub fn explain(name: &str) -> Option<String> {
    let explanation = find(name)?;
    let mut text = format!(
        "{}\n\n  Reward:  {}\n  Meaning: {}\n  Source:  {}\n",
        explanation.name, explanation.formula, explanation.meaning, explanation.source
    );
    for Parameter { name, default, meaning } in explanation.parameters {
        writeln!(text, "  {name}: {meaning} (default {default})").expect("writing to a string cannot fail");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_read_well() {
        let text = explain("VirtueMixed").unwrap();
        assert!(text.starts_with("virtue_mixed\n\n  Reward:  beta * equality"), "{text}");
        assert!(text.ends_with("  beta: share of equality, 0 to 1 (default 0.5)\n"), "{text}");
        assert_eq!(explain("virtue_mixed"), Some(text));
        assert_eq!(explain("virtue_mixd"), None);
    }
}
