//! Strategies that hold a grudge.

pub mod backstabber;
pub mod fool_me_once;
pub mod grim;
pub mod punishment;
pub mod reversed;
pub mod spiteful;
