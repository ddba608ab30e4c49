//! Right factors: matrices as they lie, and frozen weights in either direction.

use crate::llm::engine::cpu::kernels::matrix::MatRef;
use crate::llm::weight::Weight;

/// A right factor, (steps along the inner dimension, columns of the result).
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// A matrix whose neighbours lie side by side in rows or in columns.
    Plain(MatRef<'a>),
    /// Wᵀ: from inputs to outputs.
    Forward(&'a Weight),
    /// W: from outputs back to inputs.
    Backward(&'a Weight),
}

impl Right<'_> {
    /// Steps along the inner dimension.
    pub fn rows(&self) -> usize {
        match self {
            Self::Plain(matrix) => matrix.rows(),
            Self::Forward(weight) => weight.inputs(),
            Self::Backward(weight) => weight.outputs(),
        }
    }

    /// Columns of the result.
    pub fn columns(&self) -> usize {
        match self {
            Self::Plain(matrix) => matrix.columns(),
            Self::Forward(weight) => weight.outputs(),
            Self::Backward(weight) => weight.inputs(),
        }
    }
}

impl<'a> From<MatRef<'a>> for Right<'a> {
    fn from(matrix: MatRef<'a>) -> Self {
        Self::Plain(matrix)
    }
}
