//! The prisoner's dilemma with a way out: a third action declines to play.
//!
//! Source: Orbell & Dawes 1993, "Social welfare, cooperators' advantage, and the option of not playing the game",
//! American Sociological Review 58; Batali & Kitcher 1995, "Evolution of altruism in optional and compulsory games",
//! Journal of Theoretical Biology 175.

use super::Game;
use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::matrix::MatrixGame;
use super::normal_form::Rstp;
use super::public_goods::names;
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A two-player dilemma in which either player may abstain; then both get the loner's payoff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct OptionalDilemma {
    /// What both get if both cooperate (R).
    reward: f64,
    /// What a cooperator gets against a defector (S).
    sucker: f64,
    /// What a defector gets against a cooperator (T).
    temptation: f64,
    /// What both get if both defect (P).
    punishment: f64,
    /// What both get if either abstains; between P and R, abstaining pays against defectors and not among cooperators.
    loner: f64,
}

impl OptionalDilemma {
    fn letters(&self) -> Rstp {
        Rstp { r: self.reward, s: self.sucker, t: self.temptation, p: self.punishment }
    }
}

impl ListedKind for OptionalDilemma {
    const EXPLANATION: Explanation = Explanation {
        name: "optional_dilemma",
        example: "OptionalDilemma(reward: 3.0, sucker: 0.0, temptation: 5.0, punishment: 1.0, loner: 2.0)",
        meaning: "A prisoner's dilemma with optional participation: either player may abstain, and then both get the loner's \
            payoff.",
        cooperation: "`cooperate` alone is cooperation: who abstains does not cooperate, and is judged as a defector by terms \
            and strategies that look at cooperation. A player sees its own last action and the opponent's, whichever of the \
            three they are. All reward terms apply.",
        source: "Orbell & Dawes 1993, Social welfare, cooperators' advantage, and the option of not playing the game, American \
            Sociological Review 58; Batali & Kitcher 1995, Evolution of altruism in optional and compulsory games, Journal \
            of Theoretical Biology 175",
    };

    fn numbers(&self) -> Vec<Number> {
        let Self { reward, sucker, temptation, punishment, loner } = *self;
        let all = [
            ("reward", reward),
            ("sucker", sucker),
            ("temptation", temptation),
            ("punishment", punishment),
            ("loner", loner),
        ];
        all.map(|(field, value)| Number::new(field, value, Range::Amount)).to_vec()
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        Vec::new()
    }

    fn doubts(&self) -> Vec<Fault> {
        let mut doubts = Vec::new();
        if !self.letters().is_prisoners_order() {
            let expected = "a dilemma has temptation > reward > punishment > sucker";
            doubts.push(Fault::new("", "the game without its way out is no prisoner's dilemma", expected));
        }
        if !(self.punishment < self.loner && self.loner < self.reward) {
            let message = format!("abstaining pays {}", self.loner);
            doubts.push(Fault::new(".loner", message, "abstaining matters between `punishment` and `reward`"));
        }
        doubts
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> = out_of_range(self.numbers()).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let own = |own, other| match (own, other) {
            (0, 0) => self.reward,
            (0, 1) => self.sucker,
            (1, 0) => self.temptation,
            (1, 1) => self.punishment,
            _ => self.loner,
        };
        let actions = names(["cooperate", "defect", "abstain"]).to_vec();
        let game = MatrixGame::symmetric("optional_dilemma", actions, own, |action| action == 0)?;
        Ok(Arc::new(game.with_dilemma(self.letters().is_prisoners_order())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{payoffs, pure_nash};
    use crate::games::{Observation, ObservationSpace};

    fn axelrods(loner: f64) -> OptionalDilemma {
        OptionalDilemma { reward: 3.0, sucker: 0.0, temptation: 5.0, punishment: 1.0, loner }
    }

    #[test]
    fn who_abstains_decides_for_both() {
        let game = axelrods(2.0).game().unwrap();
        assert_eq!(payoffs(&*game, &[1, 0]), [5.0, 0.0]);
        for other in 0..3 {
            assert_eq!(payoffs(&*game, &[2, other]), [2.0, 2.0]);
            assert_eq!(payoffs(&*game, &[other, 2]), [2.0, 2.0]);
        }
        // Above P, abstaining beats mutual defection: nobody who meets a defector would stay.
        assert_eq!(pure_nash(&*game).unwrap(), [[1, 2], [2, 1], [2, 2]]);
        assert_eq!((game.cooperative_action(), game.defective_action()), (0, 1));
        let seen = ObservationSpace::of(&*game).observe(&*game, 0, &[0, 2]);
        assert_eq!(seen, Observation::Last { own: 0, others: 2 });
        assert!(!seen.others_cooperated_in(&*game));
    }

    #[test]
    fn a_way_out_that_is_always_or_never_best_is_doubted() {
        assert!(axelrods(2.0).doubts().is_empty());
        assert_eq!([0.5, 3.0].map(|loner| axelrods(loner).doubts()[0].at.clone()), [".loner", ".loner"]);
        assert!(axelrods(f64::NAN).game().is_err());
    }
}
