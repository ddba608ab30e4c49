//! Why a frozen player cannot be loaded or asked.

use crate::llm::engine::device::DeviceError;
use crate::llm::error::ModelError;

/// Why a frozen player cannot be loaded or asked.
#[derive(Debug, thiserror::Error)]
pub enum FrozenError {
    /// Its files.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// What runs it.
    #[error(transparent)]
    Device(#[from] DeviceError),
}
