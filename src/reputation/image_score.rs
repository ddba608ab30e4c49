//! Image scoring: a score that rises with every act of cooperation and falls with every defection.
//!
//! Source: Nowak & Sigmund 1998, "Evolution of indirect reciprocity by image scoring", Nature 393: scores from −5 to 5,
//! 0 at birth; a player of strategy k helps those whose score is at least k.

use super::{Explanation, ListedNorm};
use crate::fault::Fault;
use crate::world::{Deed, Norm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest bound: there are twice as many reputations, and one more, and they are numbered in one byte.
const BOUND_MAX: i32 = 100;

/// A step up for cooperation, a step down for defection, between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ImageScore {
    /// Scores lie between minus this and this, 1 to 100; agents begin with 0. Every score makes observations of its
    /// own, so a language model that is told it has 2 · bound + 1 times as many prompts.
    pub bound: i32,
    /// The lowest score that counts as good, Nowak and Sigmund's k.
    pub good_from: i32,
}

impl Default for ImageScore {
    fn default() -> Self {
        Self { bound: 5, good_from: 0 }
    }
}

impl ImageScore {
    /// The bound, as it is meant where it has been checked.
    fn bound(&self) -> i32 {
        self.bound.clamp(1, BOUND_MAX)
    }

    fn of(&self, reputation: u8) -> i32 {
        i32::from(reputation) - self.bound()
    }

    /// The reputation a step above `reputation`, or a step below.
    fn step(&self, reputation: u8, up: bool) -> u8 {
        let score = self.of(reputation) + if up { 1 } else { -1 };
        (score.clamp(-self.bound(), self.bound()) + self.bound()) as u8
    }
}

impl Norm for ImageScore {
    fn reputations(&self) -> usize {
        2 * self.bound() as usize + 1
    }

    fn is_good(&self, reputation: u8) -> bool {
        self.of(reputation) >= self.good_from
    }

    fn first(&self) -> u8 {
        self.bound() as u8
    }

    fn judge(&self, deed: Deed) -> u8 {
        self.step(deed.actor, deed.cooperated)
    }

    fn misjudge(&self, deed: Deed) -> u8 {
        self.step(deed.actor, !deed.cooperated)
    }

    fn score(&self, reputation: u8) -> f64 {
        f64::from(self.of(reputation))
    }

    fn in_words(&self, reputation: u8) -> String {
        format!("an image score of {} on a scale from {} to {}", self.of(reputation), -self.bound(), self.bound())
    }

    fn summary(&self) -> String {
        format!("image scores from {} to {}, good from {}", -self.bound(), self.bound(), self.good_from)
    }
}

impl ListedNorm for ImageScore {
    const EXPLANATION: Explanation = Explanation {
        name: "image_score",
        example: "ImageScore(bound: 5)",
        meaning: "A score that rises by one with every cooperation and falls by one with every defection, between bounds.",
        source: "Nowak & Sigmund 1998, Evolution of indirect reciprocity by image scoring, Nature 393",
    };

    fn faults(&self) -> Vec<Fault> {
        let Self { bound, good_from } = *self;
        let mut faults = Vec::new();
        if !(1..=BOUND_MAX).contains(&bound) {
            let message = format!("scores between {} and {bound}", -i64::from(bound));
            faults.push(Fault::new(".bound", message, format!("expected a bound of 1 to {BOUND_MAX}")));
        } else if !(good_from > -bound && good_from <= bound) {
            let message =
                format!("scores from {good_from} on are good, and there are those from {} to {bound}", -bound);
            faults.push(Fault::new(
                ".good_from",
                message,
                format!("expected {} to {bound}: some good, some bad", 1 - bound),
            ));
        }
        faults
    }
}
