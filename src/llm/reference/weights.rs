//! Weights as candle's tensors, under the names that checkpoints on the Hugging Face Hub have.
#![expect(clippy::disallowed_types, reason = "candle takes no other map, and only looks names up in it")]

use super::ReferenceError;
use crate::llm::decoder::Projection;
use crate::llm::decoder::{BaseModel, DecoderConfig, LayerWeights};
use crate::llm::family::Family;
use crate::llm::files::safetensors::{module, weight_files};
use crate::llm::lora::Adapter;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use std::collections::HashMap;
use std::path::Path;

/// Named tensors, in f32 when they are used.
#[derive(Clone, Debug)]
pub(super) struct Tensors(HashMap<String, Tensor>);

impl Tensors {
    /// Copies of the weights of `base`.
    ///
    /// # Errors
    /// If a matrix does not have the shape that its decoder says.
    pub(super) fn of(base: &BaseModel, family: Family) -> std::result::Result<Self, ReferenceError> {
        let config = &base.config;
        let table = [config.vocab, config.hidden];
        let mut all = Self(HashMap::new());
        all.put("model.embed_tokens.weight", &base.embedding.rows(), &table)?;
        all.put_norm("model.norm.weight", &base.final_norm, family)?;
        if let Some(head) = &base.lm_head {
            all.put("lm_head.weight", &head.rows(), &table)?;
        }
        for (i, layer) in base.layers.iter().enumerate() {
            all.put_layer(&format!("model.layers.{i}"), layer, config, family)?;
        }
        Ok(all)
    }

    /// The tensors in the safetensors files of `folder`, read by candle.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(super) fn read(folder: &Path) -> std::result::Result<Self, ReferenceError> {
        let files = weight_files(folder).map_err(|error| ReferenceError::Failed { problem: error.to_string() })?;
        let mut all = HashMap::new();
        for file in files {
            all.extend(candle_core::safetensors::load(file, &Device::Cpu)?);
        }
        Ok(Self(all))
    }

    fn put(&mut self, name: &str, values: &[f32], shape: &[usize]) -> Result<()> {
        self.0.insert(name.to_string(), Tensor::from_slice(values, shape, &Device::Cpu)?);
        Ok(())
    }

    /// Adds a norm. Checkpoints of some families hold their norms minus 1; our weights include the 1.
    fn put_norm(&mut self, name: &str, values: &[f32], family: Family) -> Result<()> {
        let less = if family.rules().norms_less_one { 1.0 } else { 0.0 };
        let values: Vec<f32> = values.iter().map(|value| value - less).collect();
        self.put(name, &values, &[values.len()])
    }

    fn put_layer(&mut self, at: &str, layer: &LayerWeights, config: &DecoderConfig, family: Family) -> Result<()> {
        let before_mlp =
            if family.rules().post_norms { "pre_feedforward_layernorm" } else { "post_attention_layernorm" };
        let norms = [
            ("input_layernorm", Some(&layer.attention_norm)),
            (before_mlp, Some(&layer.mlp_norm)),
            ("post_attention_layernorm", layer.attention_post_norm.as_ref()),
            ("post_feedforward_layernorm", layer.mlp_post_norm.as_ref()),
            ("self_attn.q_norm", layer.q_norm.as_ref()),
            ("self_attn.k_norm", layer.k_norm.as_ref()),
        ];
        for (name, values) in norms {
            if let Some(values) = values {
                self.put_norm(&format!("{at}.{name}.weight"), values, family)?;
            }
        }
        let biased = [Projection::QProj, Projection::KProj, Projection::VProj];
        for (projection, bias) in biased.into_iter().zip(layer.qkv_bias.iter().flatten()) {
            self.put(&format!("{at}.{}.bias", module(projection)), bias, &[bias.len()])?;
        }
        for projection in Projection::ALL {
            let (rows, columns) = config.shape(projection);
            let values = &layer.projections[projection as usize].rows();
            self.put(&format!("{at}.{}.weight", module(projection)), values, &[rows, columns])?;
        }
        Ok(())
    }

    /// Merges `adapter` into the weights: W + scale · B A.
    ///
    /// # Errors
    /// If it acts on only a part of the text, or on a matrix that is not there.
    pub(super) fn merge(
        &mut self,
        adapter: &Adapter,
        config: &DecoderConfig,
    ) -> std::result::Result<(), ReferenceError> {
        if !adapter.invocation.is_empty() {
            let lacks = "has no adapters, and an activated one, which acts from some token on, cannot be merged";
            return Err(ReferenceError::lacks(lacks));
        }
        let rank = adapter.config.rank;
        for slot in &adapter.slots {
            let (rows, columns) = config.shape(slot.projection);
            let matrix = |values: &[f32], shape: [usize; 2]| Tensor::from_slice(values, &shape, &Device::Cpu);
            let a = matrix(&adapter.params[slot.a.clone()], [rank, columns])?;
            let b = matrix(&adapter.params[slot.b.clone()], [rows, rank])?;
            let added = (b.matmul(&a)? * adapter.config.scale())?;
            self.change(&weight_name(slot.layer, slot.projection), |weight| weight + added)?;
        }
        Ok(())
    }

    /// Multiplies the queries of every layer by `factor`; where they are normed, it multiplies the norm, which comes
    /// later.
    pub(super) fn scale_queries(&mut self, factor: f64, config: &DecoderConfig, family: Family) -> Result<()> {
        let rules = family.rules();
        for layer in 0..config.layers() {
            if rules.qk_norm {
                let less = if rules.norms_less_one { 1.0 } else { 0.0 };
                let scaled = |norm: Tensor| ((norm + less)? * factor)? - less;
                self.change(&format!("model.layers.{layer}.self_attn.q_norm.weight"), scaled)?;
            } else {
                self.change(&weight_name(layer, Projection::QProj), |weight| weight * factor)?;
            }
        }
        Ok(())
    }

    fn change(&mut self, name: &str, work: impl FnOnce(Tensor) -> Result<Tensor>) -> Result<()> {
        let Some(old) = self.0.remove(name) else {
            candle_core::bail!("tensor {name} is missing");
        };
        self.0.insert(name.to_string(), work(old.to_dtype(DType::F32)?)?);
        Ok(())
    }

    /// Drops the output matrix, which some checkpoints hold although their embedding takes its place.
    pub(super) fn drop_head(&mut self) {
        self.0.remove("lm_head.weight");
    }

    /// The builder from which candle's models take what they need.
    pub(super) fn builder(self) -> VarBuilder<'static> {
        VarBuilder::from_tensors(self.0, DType::F32, &Device::Cpu)
    }
}

fn weight_name(layer: usize, projection: Projection) -> String {
    format!("model.layers.{layer}.{}.weight", module(projection))
}
