//! The rules of games: actions, payoffs, what a player sees of the last round.
//!
//! A game knows nothing of rewards, policies, prompts or learning. The list below is the only place that names all
//! kinds of games; each kind comes with its own fields and checks ([`ListedKind`]).

mod game;
mod kind;

pub mod catalog;
pub mod describe;
pub mod matrix;
pub mod normal_form;
pub mod public_goods;

pub use game::{ACTIONS_MAX, Action, Game, ILLEGAL, Observation, ObservationSpace, first, inequality};
pub use kind::{AnyKind, Intact, ListedKind};

use crate::params::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

kind::kinds! {
    catalog::Named,
    matrix::Matrix,
    public_goods::PublicGoods,
}
