//! Safetensors as candle-transformers asks for them: each read, checked and widened when its turn comes.

use super::architectures::Architecture;
use super::settings::Settings;
use crate::llm::error::ModelError;
use crate::llm::files::safetensors::TensorFiles;
use crate::llm::files::weights::not_finite;
use candle_core::{DType, Device, Result, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use std::sync::{Arc, Mutex, MutexGuard};

/// The matrix of logits, by the name that all architectures share.
const HEAD: &str = "lm_head.weight";

/// The tensors of a model, and what was found to be wrong with them.
#[derive(Clone, Debug)]
pub(super) struct Tensors(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    files: TensorFiles,
    settings: Settings,
    architecture: &'static Architecture,
    /// The first fault. candle's models panic on some errors; they are given zeros instead, and this counts.
    fault: Option<ModelError>,
}

impl Tensors {
    pub(super) fn new(files: TensorFiles, settings: Settings, architecture: &'static Architecture) -> Self {
        Self(Arc::new(Mutex::new(State { files, settings, architecture, fault: None })))
    }

    /// What candle's models read them through.
    pub(super) fn builder(&self, dtype: DType, device: &Device) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), dtype, device.clone())
    }

    /// What was wrong with a tensor or, if the model was `loaded`, a tensor that no part of it asked for.
    pub(super) fn finish_after(&self, loaded: bool) -> std::result::Result<(), ModelError> {
        let mut state = self.state();
        if let Some(fault) = state.fault.take() {
            return Err(fault);
        }
        let State { files, settings, architecture, .. } = &*state;
        let is_harmless = |name: &str| settings.tied() && name == HEAD;
        if loaded { files.refuse_leftovers(architecture.class, is_harmless) } else { Ok(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing that holds the tensors panics")
    }
}

impl State {
    fn values(&mut self, name: &str, shape: &[usize]) -> std::result::Result<Vec<f32>, ModelError> {
        let Self { files, settings, architecture, .. } = self;
        // Some models ask for a matrix of logits even where the embedding is meant.
        let stored = if name == HEAD && settings.tied() { architecture.embedding } else { name };
        let mut values = files.take(stored, shape, architecture.class)?;
        if let Some(problem) = not_finite(stored, &values) {
            return Err(ModelError::damaged(files.path_of(stored), problem));
        }
        let (factor, addend) = (architecture.adjusts)(settings, name);
        if (factor, addend) != (1.0, 0.0) {
            values.iter_mut().for_each(|value| *value = (f64::from(*value) * factor + addend) as f32);
        }
        Ok(values)
    }
}

impl SimpleBackend for Tensors {
    fn get(&self, shape: Shape, name: &str, _: Init, dtype: DType, device: &Device) -> Result<Tensor> {
        let mut state = self.state();
        if state.fault.is_none() {
            match state.values(name, shape.dims()) {
                Ok(values) => return Tensor::from_vec(values, shape, &Device::Cpu)?.to_device(device)?.to_dtype(dtype),
                Err(fault) => state.fault = Some(fault),
            }
        }
        Tensor::zeros((), dtype, device)?.broadcast_as(shape)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        let shape = self.state().files.shape(name).map(Shape::from);
        self.get(shape.unwrap_or_else(|| Shape::from(())), name, Init::Const(0.0), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.state().files.contains(name)
    }
}
