//! Zero-determinant strategies: memory-one strategies that tie the two players' long-run payoffs to each other,
//! whatever the opponent does.
//!
//! A strategy (p_CC, p_CD, p_DC, p_DD) enforces α s_own + β s_other + γ = 0 between the mean payoffs of infinitely long
//! matches if p − (1, 1, 0, 0) = α S_own + β S_other + γ (Press & Dyson 2012, equation 7). Which of these are
//! probabilities depends on the payoffs of the game, so all of this is computed for the game that is played.

use super::Computed;
use crate::fault::Fault;
use crate::games::normal_form::Rstp;
use crate::numbers::{Number, Range};
use crate::policies::scripted::sources::{NOWAK_1992, PRESS_2012, STEWART_2012};
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, Strategy};
use crate::rng::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How far a probability may be from 0 to 1 by rounding alone.
const ROUNDING: f64 = 1e-12;

/// Enforces s_own − P = χ (s_other − P): of everything above mutual defection, the player gets χ times the opponent's
/// share.
///
/// Names: extortionate zero-determinant strategy (Press & Dyson 2012); Extort-2, χ = 2 (Stewart & Plotkin 2012).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Extortion {
    /// The factor χ, 1 or more; with 1 the shares are equal.
    pub chi: f64,
    /// The factor φ, above 0, of the relation in the four probabilities: the larger, the more decided the answers.
    /// `None`: half of the largest that the game allows.
    pub phi: Option<f64>,
}

impl Default for Extortion {
    fn default() -> Self {
        Self { chi: 2.0, phi: None }
    }
}

impl Extortion {
    const NAME: &'static str = "extortion";
}

impl ForGame for Extortion {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let payoffs = facts.payoffs_for("Extortion")?;
        linear(Self::NAME, payoffs, payoffs.p, self.chi, self.phi)
    }
}

impl ListedStrategy for Extortion {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, then answers so that its long-run payoff above P is chi times the opponent's.",
        parameters: "chi (default 2), phi (default: half of the largest that the game allows)",
        source: PRESS_2012,
    };

    fn numbers(&self) -> Vec<Number> {
        numbers(self.chi, self.phi)
    }
}

/// Enforces s_own − R = χ (s_other − R): of everything below mutual cooperation, the player loses χ times as much as
/// the opponent.
///
/// Names: generous zero-determinant strategy (Stewart & Plotkin 2013); ZDGTFT-2, χ = 2 (Stewart & Plotkin 2012).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct GenerousZeroDeterminant {
    /// The factor χ, 1 or more; with 1 the losses are equal.
    pub chi: f64,
    /// The factor φ, above 0, of the relation in the four probabilities: the larger, the more decided the answers.
    /// `None`: half of the largest that the game allows.
    pub phi: Option<f64>,
}

impl Default for GenerousZeroDeterminant {
    fn default() -> Self {
        Self { chi: 2.0, phi: None }
    }
}

impl GenerousZeroDeterminant {
    const NAME: &'static str = "generous_zero_determinant";
}

impl ForGame for GenerousZeroDeterminant {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let payoffs = facts.payoffs_for("GenerousZeroDeterminant")?;
        linear(Self::NAME, payoffs, payoffs.r, self.chi, self.phi)
    }
}

impl ListedStrategy for GenerousZeroDeterminant {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, then answers so that its long-run payoff is below R by chi times what the opponent's \
             is.",
        parameters: "chi (default 2), phi (default: half of the largest that the game allows)",
        source: STEWART_2012,
    };

    fn numbers(&self) -> Vec<Number> {
        numbers(self.chi, self.phi)
    }
}

fn numbers(chi: f64, phi: Option<f64>) -> Vec<Number> {
    let phi = phi.map(|phi| Number::new("phi", phi, Range::Positive));
    [Number::new("chi", chi, Range::Positive)].into_iter().chain(phi).collect()
}

/// The strategy that enforces s_own − `baseline` = χ (s_other − `baseline`): p − (1, 1, 0, 0) is
/// φ [(S_own − baseline) − χ (S_other − baseline)] (Press & Dyson 2012, equation 12). No paper says what to do first;
/// as in Axelrod-Python, it is to cooperate.
fn linear(
    name: &'static str,
    payoffs: Rstp,
    baseline: f64,
    chi: f64,
    phi: Option<f64>,
) -> Result<Arc<dyn Strategy>, Fault> {
    let Rstp { r, s, t, p } = payoffs;
    if chi < 1.0 {
        let message = format!("a factor chi of {chi} would be for the opponent's good");
        return Err(Fault::new(".chi", message, "expected at least 1"));
    }
    let relation = |own: f64, other: f64| (own - baseline) - chi * (other - baseline);
    // What φ is multiplied with after CC, CD, DC and DD; the first two are taken from 1, the others from 0.
    let slopes = [relation(r, r), relation(s, t), relation(t, s), relation(p, p)];
    let [cc, cd, dc, dd] = slopes;
    let fits = [-cc, -cd, dc, dd].iter().all(|slope| *slope >= -ROUNDING);
    let largest = 1.0 / slopes.iter().fold(0.0_f64, |most, slope| most.max(slope.abs()));
    if !fits || !largest.is_finite() {
        let message = format!("no strategy with chi {chi} exists for payoffs R {r}, S {s}, T {t}, P {p}");
        return Err(Fault::new("", message, "expected a game with T > R > P > S"));
    }
    let phi = phi.unwrap_or(largest / 2.0);
    if phi > largest + ROUNDING {
        let message = format!("with phi {phi} an answer would have a probability outside 0 to 1");
        return Err(Fault::new(".phi", message, format!("expected at most {largest:.4} in this game, with chi {chi}")));
    }
    let chances = [1.0, 1.0 + phi * cc, 1.0 + phi * cd, phi * dc, phi * dd];
    Ok(Arc::new(Computed { name, chances: chances.map(|p| p.clamp(0.0, 1.0)) }))
}

/// Sets the opponent's long-run payoff, whatever the opponent does.
///
/// Names: equalizer (Boerlijst, Nowak & Sigmund 1997); a score-setting strategy (Press & Dyson 2012).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Equaliser {
    /// What the opponent is to get per round, P to R. `None`: halfway between them.
    pub payoff: Option<f64>,
}

impl Equaliser {
    const NAME: &'static str = "equaliser";
}

impl ForGame for Equaliser {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let Rstp { r, s, t, p } = facts.payoffs_for("Equaliser")?;
        let target = self.payoff.unwrap_or((r + p) / 2.0);
        // p − (1, 1, 0, 0) = φ (target − S_other): after CC, CD, DC and DD the opponent got R, T, S and P.
        let slopes = [target - r, target - t, target - s, target - p];
        let [cc, cd, dc, dd] = slopes;
        if [-cc, -cd, dc, dd].iter().any(|slope| *slope < 0.0) {
            let message = format!("the opponent's payoff cannot be held at {target} in this game");
            let expected = if r.min(t) >= p.max(s) {
                format!("expected {} to {}", p.max(s), r.min(t))
            } else {
                "expected a game in which cooperation is always better for the other".to_owned()
            };
            return Err(Fault::new(".payoff", message, expected));
        }
        let steepest = slopes.iter().fold(0.0_f64, |most, slope| most.max(slope.abs()));
        if steepest == 0.0 {
            return Err(Fault::new("", "all payoffs of this game are the same", "expected payoffs that differ"));
        }
        // Half of the largest φ, as with the others.
        let phi = 0.5 / steepest;
        let chances = [0.5, 1.0 + phi * cc, 1.0 + phi * cd, phi * dc, phi * dd];
        Ok(Arc::new(Computed { name: Self::NAME, chances }))
    }
}

impl ListedStrategy for Equaliser {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Holds the opponent's long-run payoff at a value of its own choice, whatever the opponent does.",
        parameters: "payoff (default: halfway between P and R)",
        source: "Boerlijst, Nowak & Sigmund 1997, Equal pay for all prisoners, American Mathematical Monthly 104; \
             Press & Dyson 2012, PNAS 109",
    };

    fn numbers(&self) -> Vec<Number> {
        self.payoff.map(|payoff| Number::new("payoff", payoff, Range::Amount)).into_iter().collect()
    }
}

/// Generous tit for tat with the most generosity that the game's payoffs leave safe.
///
/// Names: Generous Tit for Tat (Nowak & Sigmund 1992).
#[derive(Clone, Copy, Debug)]
pub struct OptimalGenerousTitForTat;

impl OptimalGenerousTitForTat {
    const NAME: &'static str = "optimal_generous_tit_for_tat";
}

/// The most forgiving probability of cooperation after a defection that others cannot exploit (Nowak & Sigmund 1992):
/// min(1 − (T − R) / (R − S), (R − P) / (T − P)).
pub fn generosity(payoffs: Rstp) -> f64 {
    let Rstp { r, s, t, p } = payoffs;
    (1.0 - (t - r) / (r - s)).min((r - p) / (t - p))
}

impl ForGame for OptimalGenerousTitForTat {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        let payoffs = facts.payoffs_for("OptimalGenerousTitForTat")?;
        let p = generosity(payoffs);
        if !payoffs.is_prisoners_order() || !(0.0..=1.0).contains(&p) {
            let Rstp { r, s, t, p } = payoffs;
            let message = format!("there is no best generosity for payoffs R {r}, S {s}, T {t}, P {p}");
            return Err(Fault::new("", message, "expected a prisoner's dilemma: T > R > P > S and 2R > T + S"));
        }
        Ok(Arc::new(Computed { name: Self::NAME, chances: [1.0, 1.0, p, 1.0, p] }))
    }
}

impl ListedStrategy for OptimalGenerousTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays generous tit for tat with p = min(1 - (T - R) / (R - S), (R - P) / (T - P)) of the game at hand.",
        parameters: "",
        source: NOWAK_1992,
    };
}
