//! The numeric kernels of the CPU engine: f32 slices in, f32 slices out, each with its backward.
//!
//! Every kernel computes a row (of a norm, a softmax, a rotation) in a fixed order, so results do not depend on how
//! rows are shared among threads.

mod ahead;
pub mod attention;
pub mod bf16;
pub mod exp;
pub mod gate;
pub mod heads;
pub mod machine;
pub mod matrix;
pub mod norm;
pub mod plan;
pub mod product;
pub mod rows;
pub mod softmax;
pub mod target;

#[cfg(test)]
pub(crate) mod tests;
