//! The engine against references: candle's autograd in f64, one prompt at a time, other modes, other thread counts.

mod device;
mod engine;
mod families;
mod generate;
mod memory;
mod reference;
