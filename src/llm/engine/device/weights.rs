//! The frozen base model as tensors on a device.

use crate::llm::decoder::{BaseModel, LayerWeights};
use crate::llm::engine::precision::Precision;
use crate::llm::weight::Weight;
use candle_core::{DType, Device, Result, Tensor};

/// The tensors' type for a number format.
fn dtype(precision: Precision) -> DType {
    match precision {
        Precision::F32 => DType::F32,
        Precision::Bf16 => DType::BF16,
    }
}

/// One block's weights: matrices (out, in) in the chosen precision, vectors in f32.
#[derive(Debug)]
pub(super) struct DeviceLayer {
    pub attention_norm: Tensor,
    pub mlp_norm: Tensor,
    pub attention_post_norm: Option<Tensor>,
    pub mlp_post_norm: Option<Tensor>,
    pub q_norm: Option<Tensor>,
    pub k_norm: Option<Tensor>,
    pub qkv_bias: Option<[Tensor; 3]>,
    /// Indexed by [`Projection`](crate::llm::decoder::Projection).
    pub projections: Vec<Tensor>,
}

/// All weights.
#[derive(Debug)]
pub(super) struct DeviceWeights {
    /// (vocab, hidden).
    pub embedding: Tensor,
    pub layers: Vec<DeviceLayer>,
    pub final_norm: Tensor,
    /// (vocab, hidden); the embedding itself where they are tied.
    pub output: Tensor,
}

impl DeviceWeights {
    /// Copies `model` to `device`.
    pub(super) fn new(model: &BaseModel, precision: Precision, device: &Device) -> Result<Self> {
        let upload = Upload { device, dtype: dtype(precision) };
        let embedding = upload.matrix(&model.embedding)?;
        let output = match &model.lm_head {
            Some(weight) => upload.matrix(weight)?,
            None => embedding.clone(),
        };
        let layers = model.layers.iter().map(|layer| upload.layer(layer)).collect::<Result<_>>()?;
        Ok(Self { embedding, layers, final_norm: upload.vector(&model.final_norm)?, output })
    }
}

/// Where weights go, and the type that matrices have there.
struct Upload<'a> {
    device: &'a Device,
    dtype: DType,
}

impl Upload<'_> {
    fn vector(&self, data: &[f32]) -> Result<Tensor> {
        Tensor::from_slice(data, data.len(), self.device)
    }

    fn optional(&self, data: Option<&Vec<f32>>) -> Result<Option<Tensor>> {
        data.map(|data| self.vector(data)).transpose()
    }

    fn matrix(&self, weight: &Weight) -> Result<Tensor> {
        let shape = (weight.outputs(), weight.inputs());
        Tensor::from_vec(weight.rows(), shape, self.device)?.to_dtype(self.dtype)
    }

    fn layer(&self, layer: &LayerWeights) -> Result<DeviceLayer> {
        let bias = |[q, k, v]: &[Vec<f32>; 3]| -> Result<_> { Ok([self.vector(q)?, self.vector(k)?, self.vector(v)?]) };
        Ok(DeviceLayer {
            attention_norm: self.vector(&layer.attention_norm)?,
            mlp_norm: self.vector(&layer.mlp_norm)?,
            attention_post_norm: self.optional(layer.attention_post_norm.as_ref())?,
            mlp_post_norm: self.optional(layer.mlp_post_norm.as_ref())?,
            q_norm: self.optional(layer.q_norm.as_ref())?,
            k_norm: self.optional(layer.k_norm.as_ref())?,
            qkv_bias: layer.qkv_bias.as_ref().map(bias).transpose()?,
            projections: layer.projections.iter().map(|weight| self.matrix(weight)).collect::<Result<_>>()?,
        })
    }
}
