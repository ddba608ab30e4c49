//! Text from outside and text for people: control characters made visible, the nearest known word.

mod nearest;
mod shown;

pub use nearest::{did_you_mean, nearest};
pub use shown::{shown, shown_lines};
