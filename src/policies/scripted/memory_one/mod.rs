//! Strategies that look at the last round alone.

mod computed;

pub mod contrary;
pub mod firm_but_fair;
pub mod grofman;
pub mod joss;
pub mod mutual;
pub mod repeat;
pub mod vector;
pub mod win_stay_lose_shift;
pub mod zero_determinant;

pub use computed::Computed;
