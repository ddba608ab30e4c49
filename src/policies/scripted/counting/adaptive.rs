//! Adaptive: it does what has paid most.

use crate::fault::Fault;
use crate::games::normal_form::Rstp;
use crate::policies::scripted::counts::{Outcomes, certainly};
use crate::policies::scripted::sources::LI_2011;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use std::sync::Arc;

/// Cooperates six times and defects five times, then does what has been paid more in all.
///
/// As in Axelrod-Python, payoffs are summed, not averaged over the rounds in which an action was played.
///
/// Names: Adaptive (Li, Hingston & Kendall 2011).
#[derive(Clone, Copy, Debug)]
pub struct Adaptive;

/// [`Adaptive`] with the payoffs of the game.
#[derive(Clone, Copy, Debug)]
struct Adapting(Rstp);

impl StateRule for Adapting {
    const NAME: &'static str = "adaptive";

    type State = Outcomes;

    fn start(&self) -> Outcomes {
        Outcomes::default()
    }

    fn chance(&self, outcomes: &Outcomes) -> f64 {
        let Rstp { r, s, t, p } = self.0;
        let Outcomes { cc, cd, dc, dd } = *outcomes;
        let paid = |first: u32, first_payoff: f64, second: u32, second_payoff: f64| {
            f64::from(first) * first_payoff + f64::from(second) * second_payoff
        };
        certainly(match outcomes.rounds() {
            0..6 => true,
            6..11 => false,
            _ => paid(cc, r, cd, s) > paid(dc, t, dd, p),
        })
    }

    fn next(&self, outcomes: &Outcomes, own: bool, others: bool) -> Outcomes {
        outcomes.and(own, others)
    }
}

impl ForGame for Adaptive {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        Ok(Arc::new(Adapting(facts.payoffs_for("Adaptive")?)))
    }
}

impl ListedStrategy for Adaptive {
    const EXPLANATION: Explanation = Explanation {
        name: Adapting::NAME,
        rule: "Plays C six times and D five times, then the action that has been paid more in all.",
        parameters: "",
        source: LI_2011,
    };
}
