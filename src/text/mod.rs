//! Text from outside and text for people: control characters made visible, the nearest known word.

mod nearest;
mod shown;

pub use nearest::{advice, did_you_mean, list, nearest};
pub use shown::{shown, shown_lines};
