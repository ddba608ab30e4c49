//! A run as it goes on, from its files alone: read as they grow, kept in bounded memory, never written to. What is on
//! the screen is drawn elsewhere.

mod curves;
mod folder;
mod manifest;
mod now;
mod pace;
mod run;
mod tail;

pub use curves::{Curve, Curves, POPULATIONS_MAX};
pub use folder::{Glance, Runs};
pub use manifest::Manifest;
pub use now::{Now, PopulationNow};
pub use run::{Measure, Run};
