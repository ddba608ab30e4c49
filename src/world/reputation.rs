//! What agents are known for: one public reputation each, as a norm assigns it.

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::sync::Arc;

/// A social norm: which reputation an action earns. A pure function; errors are made outside.
pub trait Norm: Debug + Send + Sync {
    /// Number of reputations that there are, 2 to 255. They are numbered from the worst, 0, to the best.
    fn reputations(&self) -> usize;

    /// Whether `reputation` is good; the best is, and the worst is not.
    fn is_good(&self, reputation: u8) -> bool;

    /// The reputation that agents begin with.
    fn first(&self) -> u8;

    /// The reputation that `deed` earns.
    fn judge(&self, deed: Deed) -> u8;

    /// The reputation that an observer who errs assigns for `deed`; in norms of two reputations, the other one.
    fn misjudge(&self, deed: Deed) -> u8 {
        1 - self.judge(deed).min(1)
    }

    /// `reputation` as a number in tables: an image score, or 1 for good and 0 for bad.
    fn score(&self, reputation: u8) -> f64 {
        f64::from(reputation)
    }

    /// What a player with `reputation` has, in words that follow "has": "a good reputation".
    fn in_words(&self, reputation: u8) -> String {
        format!("a {} reputation", if self.is_good(reputation) { "good" } else { "bad" })
    }

    /// The norm in a few words, for the dry run.
    fn summary(&self) -> String;
}

/// What a norm judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The reputation of the one who acts, before.
    pub actor: u8,
    /// The reputation of the one it acts towards; in groups, the worst among the co-players.
    pub recipient: u8,
    /// Whether it cooperated, as played.
    pub cooperated: bool,
}

/// Which actions are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// That of every round.
    Rounds,
    /// That of a match's last round.
    Matches,
}

/// How reputations are made.
#[derive(Clone, Debug)]
pub struct ReputationRules {
    /// The norm.
    pub norm: Arc<dyn Norm>,
    /// Which actions are judged.
    pub judged: Judged,
    /// Chance that a judgement is wrong.
    pub assessment_error: f64,
    /// Chance that a cooperative action fails and the game's defective action is played; defection never fails.
    pub execution_error: f64,
}

/// The reputation of every agent, by agent. A resource only in runs that have reputations.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reputations(pub Vec<u8>);
