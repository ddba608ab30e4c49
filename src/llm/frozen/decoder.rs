//! A decoder of candle-transformers behind one face: it reads on from what it has read, and can be copied with that.

use candle_core::{DType, Device, Result, Tensor};
use std::sync::{Arc, Mutex};

/// A text model in the middle of a text.
pub(crate) trait Decoder: Send {
    /// Reads `tokens` after the `at` tokens that it has read, and returns the logits of the token after them, (vocab).
    ///
    /// # Errors
    /// If candle fails.
    fn read(&mut self, tokens: &[u32], at: usize) -> Result<Vec<f32>>;

    /// A copy that reads on by itself; the weights are shared. Copies that share a cache must be used one after
    /// another, each to its end, which is how [`super::score`] uses them.
    fn fork(&self) -> Box<dyn Decoder>;
}

/// A model that keeps keys and values, and whose copies share them.
struct Stepping<M> {
    model: M,
    device: Device,
    step: fn(&mut M, &Tensor, usize) -> Result<Tensor>,
}

/// A decoder by `step`, which gives the logits of a model after tokens (1, length) that follow a number of others.
pub(crate) fn stepping<M: Clone + Send + 'static>(
    model: M,
    device: &Device,
    step: fn(&mut M, &Tensor, usize) -> Result<Tensor>,
) -> Box<dyn Decoder> {
    Box::new(Stepping { model, device: device.clone(), step })
}

impl<M: Clone + Send + 'static> Decoder for Stepping<M> {
    fn read(&mut self, tokens: &[u32], at: usize) -> Result<Vec<f32>> {
        last((self.step)(&mut self.model, &row(tokens, &self.device)?, at)?)
    }

    fn fork(&self) -> Box<dyn Decoder> {
        Box::new(Self { model: self.model.clone(), device: self.device.clone(), step: self.step })
    }
}

/// A model that cannot be copied: every copy remembers its text instead, and reads all of it again.
struct Rereading<M> {
    model: Arc<Mutex<M>>,
    text: Vec<u32>,
    device: Device,
    whole: fn(&mut M, &Tensor) -> Result<Tensor>,
}

/// A decoder by `whole`, which gives the logits of a model after a whole text, (1, length).
pub(crate) fn rereading<M: Send + 'static>(
    model: M,
    device: &Device,
    whole: fn(&mut M, &Tensor) -> Result<Tensor>,
) -> Box<dyn Decoder> {
    Box::new(Rereading { model: Arc::new(Mutex::new(model)), text: Vec::new(), device: device.clone(), whole })
}

impl<M: Send + 'static> Decoder for Rereading<M> {
    fn read(&mut self, tokens: &[u32], at: usize) -> Result<Vec<f32>> {
        self.text.truncate(at);
        self.text.extend(tokens);
        let mut model = self.model.lock().expect("nothing that holds a model panics");
        last((self.whole)(&mut model, &row(&self.text, &self.device)?)?)
    }

    fn fork(&self) -> Box<dyn Decoder> {
        let (model, text, device) = (self.model.clone(), self.text.clone(), self.device.clone());
        Box::new(Self { model, text, device, whole: self.whole })
    }
}

fn row(tokens: &[u32], device: &Device) -> Result<Tensor> {
    Tensor::new(tokens, device)?.unsqueeze(0)
}

fn last(logits: Tensor) -> Result<Vec<f32>> {
    logits.flatten_all()?.to_dtype(DType::F32)?.to_vec1()
}
