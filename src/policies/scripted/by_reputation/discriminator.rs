//! Strategies that look at nothing but the co-player's reputation.

use crate::games::Action;
use crate::policies::scripted::{Automaton, Explanation, ListedStrategy, MatchView, Recall, Strategy};
use crate::rng::Stream;

/// Cooperates with the good and defects on the bad. In groups, all co-players have to be good; where there are no
/// reputations, it takes every player for good.
///
/// Names: discriminator (Nowak & Sigmund 1998).
#[derive(Clone, Copy, Debug)]
pub struct Discriminator;

impl Strategy for Discriminator {
    fn name(&self) -> &str {
        Self::EXPLANATION.name
    }

    fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
        view.moves.action(view.others_good != Some(false))
    }

    fn cooperation(&self, _: Recall) -> Option<f64> {
        Some(1.0)
    }

    fn cooperation_towards(&self, _: Recall, good: bool) -> Option<f64> {
        Some(f64::from(u8::from(good)))
    }

    fn draws(&self) -> bool {
        false
    }

    /// What it does depends on more than the match.
    fn automaton(&self, _: usize) -> Option<Automaton> {
        None
    }
}

impl ListedStrategy for Discriminator {
    const EXPLANATION: Explanation = Explanation {
        name: "discriminator",
        rule: "Cooperates with co-players of good reputation, and defects on others.",
        parameters: "",
        source: "Nowak & Sigmund 1998, Evolution of indirect reciprocity by image scoring, Nature 393",
    };
    const ANSWERS_NOBODY: bool = true;
    const READS_REPUTATION: bool = true;
}

/// Cooperates with the bad and defects on the good. In groups, one bad co-player suffices; where there are no
/// reputations, it takes every player for good.
///
/// Names: paradoxical discriminator (Ohtsuki & Iwasa 2006; Santos, Santos & Pacheco 2018).
#[derive(Clone, Copy, Debug)]
pub struct ParadoxicalDiscriminator;

impl Strategy for ParadoxicalDiscriminator {
    fn name(&self) -> &str {
        Self::EXPLANATION.name
    }

    fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
        view.moves.action(view.others_good == Some(false))
    }

    fn cooperation(&self, _: Recall) -> Option<f64> {
        Some(0.0)
    }

    fn cooperation_towards(&self, _: Recall, good: bool) -> Option<f64> {
        Some(f64::from(u8::from(!good)))
    }

    fn draws(&self) -> bool {
        false
    }

    /// What it does depends on more than the match.
    fn automaton(&self, _: usize) -> Option<Automaton> {
        None
    }
}

impl ListedStrategy for ParadoxicalDiscriminator {
    const EXPLANATION: Explanation = Explanation {
        name: "paradoxical_discriminator",
        rule: "Cooperates with co-players of bad reputation, and defects on others.",
        parameters: "",
        source: "Santos, Santos & Pacheco 2018, Social norm complexity and past reputations in the evolution of \
            cooperation, Nature 555",
    };
    const ANSWERS_NOBODY: bool = true;
    const READS_REPUTATION: bool = true;
}
