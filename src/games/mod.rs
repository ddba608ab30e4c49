//! The rules of games: actions, payoffs, what a player sees of the last round.
//!
//! A game knows nothing of rewards, policies, prompts or learning. The list below is the only place that names all
//! kinds of games; each kind comes with its own fields and checks ([`ListedKind`]).

mod game;
mod kind;

pub mod catalog;
pub mod coordination_game;
pub mod describe;
pub mod donation_game;
pub mod matrix;
pub mod naming_game;
pub mod normal_form;
pub mod optional_dilemma;
pub mod optional_public_goods;
pub mod public_goods;
pub mod punished_public_goods;
pub mod snowdrift_game;
pub mod threshold_public_goods;
pub mod travellers_dilemma;

pub use game::{ACTIONS_MAX, Action, Game, ILLEGAL, Observation, ObservationSpace, first, inequality};
pub use kind::{AnyKind, Explanation, Intact, ListedKind};

use crate::params::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

kind::kinds! {
    catalog::Named,
    matrix::Matrix,
    public_goods::PublicGoods,
    punished_public_goods::PunishedPublicGoods,
    threshold_public_goods::ThresholdPublicGoods,
    optional_public_goods::OptionalPublicGoods,
    donation_game::DonationGame,
    snowdrift_game::SnowdriftGame,
    optional_dilemma::OptionalDilemma,
    coordination_game::CoordinationGame,
    naming_game::NamingGame,
    travellers_dilemma::TravellersDilemma,
}
