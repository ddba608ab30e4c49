//! Tables as people and programs read them: aligned text, Markdown, LaTeX, CSV and JSON.

mod cells;
mod frame;
mod latex;
mod markdown;
mod page;
mod sheet;
mod text;

pub use cells::{decimals, fixed, mean_and_interval};
pub use frame::{Frame, rounded};
pub use page::Page;
pub use sheet::Sheet;
