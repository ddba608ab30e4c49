//! Tit for tat and its kin: strategies that repay what the opponent did.

pub mod adaptive;
pub mod contrite;
pub mod counted;
pub mod forgiving;
pub mod gradual;
pub mod hard;
pub mod omega;
pub mod pavlov;
pub mod random;
pub mod sneaky;
pub mod tit_for_tat;
pub mod two_tats;
