//! Strategies that look at nobody but themselves.

pub mod alternator;
pub mod constant;
pub mod cycler;
pub mod fading;
