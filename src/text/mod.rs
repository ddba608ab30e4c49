//! Text from outside and text for people: control characters made visible, the nearest known word,
//! room for names.

mod counted;
mod fit;
mod nearest;
mod shown;
mod snake;

pub use counted::counted;
pub use fit::{TERMINAL_WIDTH, shortened, wrapped};
pub use nearest::{advice, did_you_mean, did_you_mean_or_stop, list, nearest};
pub use shown::{shown, shown_lines};
pub use snake::snake_case;
