//! A base model on a device, before anything is run.

use super::error::{DeviceError, root_cause};
use super::memory;
use super::weights::DeviceWeights;
use crate::llm::decoder::{BaseModel, LayerAttention};
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::precision::Precision;
use candle_core::Device;
use std::sync::Arc;

/// A base model on a device.
#[derive(Debug)]
pub struct DeviceEngine {
    pub(super) model: Arc<BaseModel>,
    pub(super) weights: DeviceWeights,
    pub(super) device: Device,
    pub(super) precision: Precision,
    /// Bytes that activations may take.
    pub(super) budget: u64,
    /// The distinct attention settings of the model's layers.
    pub(super) kinds: Vec<LayerAttention>,
    /// Which of them each layer has.
    pub(super) kind_of: Vec<usize>,
}

impl DeviceEngine {
    /// Copies `model` to `device`. `budget` limits the bytes that activations take there; `None`: a share of what is
    /// free once the weights are there.
    pub fn new(
        model: Arc<BaseModel>,
        device: Device,
        precision: Precision,
        budget: Option<u64>,
    ) -> Result<Self, DeviceError> {
        let weights = DeviceWeights::new(&model, precision, &device)?;
        let CpuEngine { kinds, kind_of, .. } = CpuEngine::new(model.clone());
        let budget = match budget {
            Some(bytes) => bytes,
            None => memory::budget(&device)?,
        };
        Ok(Self { model, weights, device, precision, budget, kinds, kind_of })
    }

    /// GPU 0, 1, … of this machine.
    pub fn cuda(ordinal: usize) -> Result<Device, DeviceError> {
        if !cfg!(feature = "cuda") {
            return Err(DeviceError::NotBuilt { ordinal });
        }
        Device::new_cuda(ordinal).map_err(|error| DeviceError::Absent { ordinal, problem: root_cause(&error) })
    }

    /// Where this crate's tests run the device engine: on candle's CPU device, or on the GPU whose number is in
    /// `AGORA_TEST_CUDA`, as `tools/cuda/check` has them do.
    #[cfg(test)]
    pub(crate) fn device_under_test() -> Device {
        let Ok(number) = std::env::var("AGORA_TEST_CUDA") else { return Device::Cpu };
        let number =
            number.parse().unwrap_or_else(|_| panic!("AGORA_TEST_CUDA is `{number}`, expected a GPU's number"));
        Self::cuda(number).unwrap()
    }

    /// The base model.
    pub fn model(&self) -> &BaseModel {
        &self.model
    }

    /// Number format of the weights.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Bytes that activations may take.
    pub fn budget(&self) -> u64 {
        self.budget
    }
}
