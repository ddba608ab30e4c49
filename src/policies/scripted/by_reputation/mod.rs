//! Strategies that look at what their co-players are known for.

pub mod discriminator;
