//! Strategies that go by what they have counted.

pub mod adaptive;
pub mod average;
pub mod majority;
pub mod mood;
pub mod punisher;
pub mod resurrection;
pub mod retaliate;
pub mod share;
pub mod tricky;
