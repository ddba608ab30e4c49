//! Strategies that try the opponent out, and those that know their own kind.

pub mod detective;
pub mod handshake;
pub mod opening;
pub mod prober;
pub mod prober4;
pub mod remorseful;
