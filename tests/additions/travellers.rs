//! The traveller's dilemma (Basu 1994).

use super::kind::{Explanation, Intact, ListedKind};
use super::{Action, Game};
use crate::fault::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Two travellers claim a sum; both are paid the lower claim, plus or minus a bonus for the one who claimed less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Travellers {
    /// The sums that may be claimed, highest first.
    pub claims: Vec<u32>,
    /// The amount that is taken from the higher claim and given to the lower.
    pub bonus: f64,
}

impl ListedKind for Travellers {
    const EXPLANATION: Explanation = Explanation {
        name: "travellers",
        example: "Travellers(claims: [4, 3, 2], bonus: 2.0)",
        meaning: "Two travellers claim a sum, and the lower claim is paid.",
        cooperation: "The first claim is cooperation.",
        source: "Basu 1994, The Traveler's Dilemma, American Economic Review 84",
    };

    fn faults(&self, _: Intact) -> Vec<Fault> {
        match self.claims.len() {
            2..=255 => Vec::new(),
            n => vec![Fault::new(".claims", format!("{n} claims"), "expected 2 to 255")],
        }
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let actions = self.claims.iter().map(u32::to_string).collect();
        Ok(Arc::new(Played { written: self.clone(), actions }))
    }
}

#[derive(Debug)]
struct Played {
    written: Travellers,
    actions: Vec<String>,
}

impl Game for Played {
    fn name(&self) -> &str {
        "travellers"
    }

    fn seats(&self) -> usize {
        2
    }

    fn actions(&self) -> &[String] {
        &self.actions
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let claims = [joint[0], joint[1]].map(|action| f64::from(self.written.claims[usize::from(action)]));
        for seat in 0..2 {
            let (own, other) = (claims[seat], claims[1 - seat]);
            payoffs[seat] = own.min(other) + self.written.bonus * (other - own).signum() * f64::from(u8::from(own != other));
        }
    }

    fn symmetric(&self) -> bool {
        true
    }
}
