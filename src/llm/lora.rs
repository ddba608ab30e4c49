//! Low-rank adapters (Hu et al. 2021) with PEFT's conventions: W x + scale · B (A x), with A random and B zero.

use super::decoder::DecoderConfig;
use super::decoder::Projection;
use super::low_rank::{Noise, NotDecomposed, Product};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The largest `alpha` that is taken to be intended: usual values are one or two times the rank, and a scale that
/// overflows leaves nothing finite in what the model says.
pub const ALPHA_MAX: f64 = 1e4;

/// Shape of a low-rank adapter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoraConfig {
    /// Rank r of the matrices A and B.
    pub rank: usize,
    /// Numerator of the scale: alpha / rank, or alpha / √rank with `rslora`.
    pub alpha: f64,
    /// Whether the scale divides by √rank instead of rank (Kalajdzievski 2023).
    pub rslora: bool,
    /// The linear layers that the adapter acts on.
    pub targets: Vec<Projection>,
}

impl LoraConfig {
    /// The factor in front of B A x.
    pub fn scale(&self) -> f64 {
        let rank = self.rank as f64;
        if self.rslora { self.alpha / rank.sqrt() } else { self.alpha / rank }
    }
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { rank: 8, alpha: 16.0, rslora: false, targets: Projection::ALL.to_vec() }
    }
}

/// Where one layer's A and B lie in an adapter's flat parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSlot {
    /// Decoder layer.
    pub layer: usize,
    /// Which of its matrices.
    pub projection: Projection,
    /// A, row-major (rank, columns in).
    pub a: Range<usize>,
    /// B, row-major (rows out, rank).
    pub b: Range<usize>,
}

/// One low-rank adapter: its shape and all its parameters in one vector, so that optimizers, norms and files see a flat
/// slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// Rank, scale, targets.
    pub config: LoraConfig,
    /// Layer by layer, and in each the targets in the order of [`Projection::ALL`].
    pub slots: Vec<AdapterSlot>,
    /// Every A and B, as `slots` lays them out.
    pub params: Vec<f32>,
    /// Activated LoRA (Greenewald et al. 2025): the adapter acts from the last occurrence of these tokens on, including
    /// the tokens themselves, and nowhere if they do not occur. If empty, it acts everywhere.
    pub invocation: Vec<u32>,
}

impl Adapter {
    /// An adapter whose parameters are all zero.
    pub fn zeros(config: &LoraConfig, decoder: &DecoderConfig) -> Self {
        let mut slots = Vec::new();
        let mut len = 0;
        for layer in 0..decoder.layers() {
            for projection in Projection::ALL.into_iter().filter(|p| config.targets.contains(p)) {
                let (rows, columns) = decoder.shape(projection);
                let a = len..len + config.rank * columns;
                let b = a.end..a.end + rows * config.rank;
                len = b.end;
                slots.push(AdapterSlot { layer, projection, a, b });
            }
        }
        Self { config: config.clone(), slots, params: vec![0.0; len], invocation: Vec::new() }
    }

    /// The first of `tokens` that the adapter acts on; `None` if it acts on none of them.
    pub fn acts_from(&self, tokens: &[u32]) -> Option<usize> {
        if self.invocation.is_empty() { Some(0) } else { last_occurrence(tokens, &self.invocation) }
    }

    /// A fresh adapter as PEFT makes it: A uniform in ±1/√columns (Kaiming with a = √5), B zero.
    pub fn init(config: &LoraConfig, decoder: &DecoderConfig, rng: &mut impl Rng) -> Self {
        let mut adapter = Self::zeros(config, decoder);
        adapter.draw(rng);
        adapter
    }

    /// Makes its parameters those of a fresh adapter, as [`Adapter::init`] draws them.
    pub fn draw(&mut self, rng: &mut impl Rng) {
        self.params.fill(0.0);
        for slot in &self.slots {
            let columns = slot.a.len() / self.config.rank;
            let bound = 1.0 / (columns as f32).sqrt();
            for value in &mut self.params[slot.a.clone()] {
                *value = (rng.random::<f32>() * 2.0 - 1.0) * bound;
            }
        }
    }

    /// Its parameters with `noise` on the product of every layer's matrices ([`Product::noisy`]), slot by slot.
    ///
    /// # Errors
    /// If they are not finite.
    pub fn noisy(&self, noise: Noise, rng: &mut impl Rng) -> Result<Vec<f32>, NotDecomposed> {
        self.changed(|_, product| product.noisy(noise, &mut || StandardNormal.sample(rng)))
    }

    /// The mean of its products and those of an adapter of the same shape ([`Product::mean`]), as parameters.
    ///
    /// # Errors
    /// If any are not finite.
    ///
    /// # Panics
    /// If their shapes differ.
    pub fn mean(&self, other: &Self) -> Result<Vec<f32>, NotDecomposed> {
        self.changed(|slot, product| product.mean(&other.product(slot)))
    }

    fn product(&self, slot: &AdapterSlot) -> Product {
        Product::new(self.config.rank, &self.params[slot.a.clone()], &self.params[slot.b.clone()])
    }

    fn changed(
        &self,
        mut change: impl FnMut(&AdapterSlot, Product) -> Result<Product, NotDecomposed>,
    ) -> Result<Vec<f32>, NotDecomposed> {
        let mut params = self.params.clone();
        for slot in &self.slots {
            let product = change(slot, self.product(slot))?;
            params[slot.a.clone()].copy_from_slice(&product.a_row_major());
            params[slot.b.clone()].copy_from_slice(&product.b_row_major());
        }
        Ok(params)
    }
}

/// Where `wanted`, which is not empty, begins for the last time in `tokens`.
pub fn last_occurrence(tokens: &[u32], wanted: &[u32]) -> Option<usize> {
    tokens.windows(wanted.len()).rposition(|window| window == wanted)
}
